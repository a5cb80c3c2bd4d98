/** Reading a block's `data`, whose insides the contract leaves open: whatever comes becomes text, numbers and lists. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  return JSON.stringify(value);
}

export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A number, or a string that is one ("4,875", "22 %"); otherwise null. */
export function asNumber(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string") return null;
  const bare = value.trim().replace(/\s?%$/, "").replace(/,(?=\d{3}\b)/g, "");
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(bare) ? Number(bare) : null;
}

/** The first of these fields that says something. */
export function pick(record: Record<string, unknown>, ...names: string[]): unknown {
  return names.map((name) => record[name]).find((value) => value !== undefined && value !== null && value !== "");
}

/** "1,204" */
export function number(value: number): string {
  return value.toLocaleString("en");
}

/**
 * "$0.0021", for cents are too coarse for one answer; "about $0.0021", "cost unknown", "$0.0021 + unknown" where that is all
 * that is known; nothing where it cost nothing.
 */
export function dollars(cost: number, estimated: unknown, unpriced: unknown): string {
  const known = cost > 0 && `${estimated ? "about " : ""}${cost < 0.0001 ? "<$0.0001" : `$${cost.toFixed(cost < 0.01 ? 4 : 2)}`}`;
  return unpriced ? (known ? `${known} + unknown` : "cost unknown") : known || "";
}
