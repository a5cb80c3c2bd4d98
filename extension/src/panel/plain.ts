/** A whole answer as Markdown, to paste into a ticket: the question, the verdict, its proof, the words and the sources. */
import type { Citation, Diagnosis } from "../shared/contract";
import { sectionTexts, type Turn } from "./conversation";
import { type Audience, sectionTitle, visibleSections } from "./sections";
import { ADVICE, attemptWords, CONFIDENCE, dateWords, KIND, OUTCOME, PARTY, placeWords } from "./words";

export function asMarkdown(turn: Turn, audience: Audience): string {
  const { written } = turn;
  const texts = sectionTexts(written);
  const parts = [
    `> ${turn.question.replaceAll("\n", "\n> ")}`,
    written.diagnosis && verdict(written.diagnosis),
    ...visibleSections(audience).map((name) => {
      const text = texts[name].trim();
      const title = sectionTitle(name);
      return text && (title && name !== "details" ? `### ${title}\n\n${text}` : text);
    }),
    ...(written.final?.warnings ?? []).map((warning) => `_${warning}_`),
    written.sources.length > 0 && `### Sources\n\n${written.sources.map(source).join("\n")}`,
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function verdict(diagnosis: Diagnosis): string {
  const { outcome, component, code, name, cause, party, retry, confidence, evidence } = diagnosis;
  const again = [ADVICE[retry.advice].word, attemptWords(retry), retry.reason].filter(Boolean).join("; ");
  return [
    `**${OUTCOME[outcome]}: ${component}:${code}${name && ` ${name}`}**${cause && ` — ${cause}`}`,
    `- Whose problem: ${PARTY[party]}\n- Does a retry help? ${again}\n- Confidence: ${CONFIDENCE[confidence].word}`,
    ...evidence.slice(0, 3).map((line) => `${placeWords(line)}\n\n${fenced(line.text)}`),
  ].join("\n\n");
}

/** A fence longer than any in the text, so that a log line cannot end it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function source(citation: Citation): string {
  const { n, kind, title, section, url, as_of: asOf } = citation;
  const date = asOf && `as of ${dateWords(asOf)}`;
  return `${n}. ${[KIND[kind].word, title, section !== title && section, url, date].filter(Boolean).join(", ")}`;
}
