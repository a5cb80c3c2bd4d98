export function lexerAlone(source: string): string;
