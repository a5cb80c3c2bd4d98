/** The verdict strip: which error, in one sentence, whose problem, does a retry help, and how sure that is. */
import type { Diagnosis } from "../shared/contract";
import { type Child, h } from "./dom";
import { evidenceList } from "./evidence";
import { icon } from "./icons";
import { ACTOR, ADVICE, attemptWords, CONFIDENCE, OUTCOME, PARTY, transientWord } from "./words";

/** @param id a prefix for ids, unique in the page */
export function verdict(diagnosis: Diagnosis, id: string): Child[] {
  const { outcome, component, code, name, category, cause, evidence, secondary } = diagnosis;
  return [
    h(
      "div",
      { class: `verdict ${outcome}` },
      h("h3", { class: "visually-hidden" }, "Verdict"),
      h(
        "p",
        { class: "error" },
        h("span", { class: "outcome" }, OUTCOME[outcome]),
        h("code", { class: "code-id" }, `${component}:${code}`),
        name && h("code", { class: "code-name" }, name),
      ),
      cause && h("p", { class: "cause", dir: "auto" }, cause),
      facts(diagnosis),
      (category || secondary.length > 0) &&
        h(
          "p",
          { class: "also" },
          category && h("span", {}, `Category: ${category}`),
          secondary.length > 0 &&
            h("span", {}, "Also set: ", ...secondary.flatMap((other, i) => [i > 0 && ", ", h("code", {}, `${other.component}:${other.code}`)])),
        ),
    ),
    evidence.length > 0 &&
      h(
        "section",
        { class: "proof", "aria-labelledby": `${id}-proof` },
        h("h3", { id: `${id}-proof` }, "Evidence"),
        evidenceList(evidence, `${id}-line`),
      ),
  ];
}

function facts(diagnosis: Diagnosis): Node {
  const { party, retry, transient, confidence } = diagnosis;
  const advice = ADVICE[retry.advice];
  const sure = CONFIDENCE[confidence];
  const reason = retry.reason || (retry.advice === "no" ? "" : ACTOR[retry.actor]);
  // A reason that counts the attempts itself need not be told twice.
  const attempt = /attempt \d+ of \d+/i.test(reason) ? "" : attemptWords(retry);
  return h(
    "dl",
    { class: "facts" },
    fact("Whose problem", `party ${party}`, icon(party), h("span", {}, PARTY[party])),
    fact(
      "Does a retry help?",
      `retry ${retry.advice}`,
      icon(advice.icon),
      h("span", {}, advice.word, attempt && h("small", {}, attempt)),
      reason && h("p", { class: "reason", dir: "auto" }, reason),
    ),
    fact("Transient", "plain", h("span", {}, transientWord(transient))),
    fact("Confidence", "plain", bars(sure.bars), h("span", {}, sure.word)),
  );
}

function fact(name: string, kind: string, ...value: Child[]): Node {
  return h("div", { class: `fact ${kind}` }, h("dt", {}, name), h("dd", {}, ...value));
}

function bars(n: number): Node {
  return h("span", { class: "bars", "aria-hidden": "true" }, ...[1, 2, 3].map((i) => h("i", { class: i <= n ? "on" : null })));
}
