/** The verdict strip: which error, in one sentence, whose problem, does a retry help, what to do now, and how sure that is. */
import type { Diagnosis } from "../shared/contract";
import { type Child, h, kept, Region } from "./dom";
import { evidenceList } from "./evidence";
import { icon } from "./icons";
import { markdown } from "./markdown";
import { ACTOR, ADVICE, attemptWords, CONFIDENCE, nextWords, OUTCOME, PARTY, transientWord } from "./words";

export class VerdictView {
  readonly node: HTMLElement;
  private readonly finding = new Region(h("div", { class: "finding" }));
  /** A part of its own, because it comes later than the verdict, whose evidence may have been opened by then. */
  private readonly now = new Region(h("div", { class: "fact now" }));

  /** @param id a prefix for ids, unique in the page */
  constructor(private readonly id: string) {
    this.node = this.finding.node;
  }

  /**
   * @param recommendations the user's in our own words, as a Markdown list: the first one is what to do now. Null where a
   *   model words them: no line stands behind its advice, so that the verdict says it
   * @param mentioned the answer is about something else: the verdict waits behind its error
   */
  update(diagnosis: Diagnosis | null, recommendations: string | null, mentioned = false): void {
    const first = recommendations === null ? nextWords(diagnosis) : firstItem(recommendations);
    this.now.update([first], () => (first ? [h("dt", {}, "Do now"), h("dd", {}, h("div", { class: "prose" }, ...kept(markdown(first, { heading: 4 }))))] : []));
    this.finding.update([diagnosis, mentioned], () => (diagnosis ? this.verdict(diagnosis, mentioned) : []));
  }

  private verdict(diagnosis: Diagnosis, mentioned: boolean): Child[] {
    const { outcome, component, code, name, cause, evidence } = diagnosis;
    const error = h(
      mentioned ? "span" : "p",
      { class: "error" },
      h("span", { class: "outcome" }, OUTCOME[outcome]),
      h("code", { class: "code-id" }, `${component}:${code}`),
      name && h("code", { class: "code-name" }, name),
    );
    const parts = [
      h(
        "div",
        { class: `verdict ${outcome}` },
        h("h3", { class: "visually-hidden" }, "Verdict"),
        !mentioned && error,
        cause && h("p", { class: "cause", dir: "auto" }, cause),
        h("dl", { class: "facts" }, whose(diagnosis), retryFact(diagnosis), this.now.node),
        small(diagnosis),
      ),
      evidence.length > 0 &&
        h(
          "section",
          { class: "proof", "aria-labelledby": `${this.id}-proof` },
          h("h3", { id: `${this.id}-proof` }, "Evidence", evidence.every(({ field }) => field) && h("small", {}, " from the record alone, no log line")),
          evidenceList(evidence, `${this.id}-line`),
        ),
    ];
    return mentioned ? [h("details", { class: "mentioned" }, h("summary", {}, error, icon("more")), ...parts)] : parts;
  }
}

/** The first item of a list, without the numbers of its sources. */
function firstItem(list: string): string {
  return /^[-*] (.+)$/m.exec(list)?.[1]?.replace(/\s*\[\d{1,3}(?:,\s*\d{1,3})*\]/g, "").trim() ?? "";
}

function whose({ party }: Diagnosis): Node {
  return fact("Whose problem", `party ${party}`, icon(party), h("span", {}, PARTY[party]));
}

function retryFact({ retry }: Diagnosis): Node {
  const advice = ADVICE[retry.advice];
  const reason = retry.reason || (retry.advice === "no" ? "" : ACTOR[retry.actor]);
  // A reason that counts the attempts itself need not be told twice.
  const attempt = /attempt \d+ of \d+/i.test(reason) ? "" : attemptWords(retry);
  return fact(
    "Does a retry help?",
    `retry ${retry.advice}`,
    icon(advice.icon),
    h("span", {}, advice.word, attempt && h("small", {}, attempt)),
    reason && h("p", { class: "reason", dir: "auto" }, reason),
  );
}

/** What matters only to who looks twice. */
function small({ transient, confidence, category, secondary }: Diagnosis): Node {
  const sure = CONFIDENCE[confidence];
  return h(
    "dl",
    { class: "also" },
    fact("Confidence", "plain", bars(sure.bars), h("span", {}, sure.word)),
    fact("Transient", "plain", h("span", {}, transientWord(transient))),
    category && fact("Category", "plain", h("span", {}, category)),
    secondary.length > 0 &&
      fact("Also set", "plain", h("span", {}, ...secondary.flatMap((other, i) => [i > 0 && ", ", h("code", {}, `${other.component}:${other.code}`)]))),
  );
}

function fact(name: string, kind: string, ...value: Child[]): Node {
  return h("div", { class: `fact ${kind}` }, h("dt", {}, name), h("dd", {}, ...value));
}

function bars(n: number): Node {
  return h("span", { class: "bars", "aria-hidden": "true" }, ...[1, 2, 3].map((i) => h("i", { class: i <= n ? "on" : null })));
}
