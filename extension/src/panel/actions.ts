/** Under a finished answer: copy, was it helpful, and what it cost. */
import type { Answer } from "../shared/contract";
import { announce } from "./announcer";
import { copyButton } from "./clipboard";
import { button, type Child, h, unseen } from "./dom";
import { icon, type IconName } from "./icons";
import { dollars, number } from "./values";
import { modelName } from "./words";

const NO_MODEL = "No language model";

export interface ActionsOf {
  answer: Answer;
  /** The model that was asked. */
  model: string;
  /** What the reader has said of it before. */
  helpful: boolean | undefined;
  comment: string | undefined;
  /** Names of models that could word the same evidence. */
  others: string[];
  compare: (model: string) => void;
  /** Whether there are models at all: where there are none, nothing is said of them. */
  withModels: boolean;
  markdown: () => string;
  feedback: (helpful: boolean, comment: string) => void;
}

export function actions(of: ActionsOf): HTMLElement {
  const { votes, comment } = feedback(of);
  const words = usageWords(of.answer, of.model);
  return h(
    "div",
    { class: "actions" },
    h("div", { class: "row" }, copyButton("Copy answer", of.markdown, true), votes, ...compareButtons(of), (of.withModels || words !== NO_MODEL) && h("p", { class: "usage" }, words)),
    comment,
  );
}

/** One button for one other model, a list to open for several. */
function compareButtons({ others, compare }: ActionsOf): Child[] {
  const own = (words: string, model: string): Node => button("tool", () => compare(model), {}, icon("compare"), words);
  const [first, second] = others;
  if (first === undefined) return [];
  if (second === undefined) return [own(`Compare with ${modelName(first)}`, first)];
  return [h("details", { class: "others" }, h("summary", { class: "tool" }, icon("compare"), "Compare with …"), ...others.map((model) => own(modelName(model), model)))];
}

/** A click counts at once; the comment is a second, voluntary step. */
function feedback({ feedback: send, helpful: said, comment: written = "" }: ActionsOf): { votes: HTMLElement; comment: HTMLElement } {
  const words = h("textarea", { rows: 2, maxlength: 2_000, placeholder: "What was good or wrong? (optional)", "aria-label": "Comment", dir: "auto" }, written);
  const thanks = h("p", { class: "thanks", dir: "auto", hidden: !written }, written && `Your comment: ${written}`);
  const form = h("form", { class: "comment", hidden: true }, words, h("button", { type: "submit", class: "button" }, "Send comment"));
  const vote = (value: boolean, name: IconName, label: string): HTMLButtonElement => {
    const act = (): void => {
      for (const other of votes.children) other.setAttribute("aria-pressed", String(other === own));
      said = value;
      send(value, words.value.trim());
      form.hidden = false;
      thanks.hidden = true;
      announce(own, "Thank you.");
    };
    const own = button("tool small", act, { "aria-pressed": String(said === value), title: label }, icon(name), unseen(label));
    return own;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const comment = words.value.trim();
    if (comment !== written) send(said ?? true, comment);
    written = comment;
    form.hidden = true;
    thanks.hidden = false;
    thanks.textContent = comment ? `Thank you. Your comment: ${comment}` : "Thank you.";
    announce(form, "Thank you.");
  });
  const votes = h("span", { class: "votes" });
  votes.append(vote(true, "up", "Helpful"), vote(false, "down", "Not helpful"));
  return { votes, comment: h("div", {}, form, thanks) };
}

/**
 * "openai/gpt-5-mini · 1,204 tokens in, 311 out · $0.0021", or what is known of its cost; without a model, that it needed none. A model that was
 * stopped tells of no tokens, and words from the store cost none.
 */
export function usageWords(answer: Answer, asked: string): string {
  const calls = answer.usage.calls.filter(({ model }) => model !== "none");
  if (calls.length === 0) {
    if (asked !== "none" && answer.status === "interrupted") return asked;
    // Our own words are a call of "none": where there is none at all, they are a model's that were kept.
    return asked !== "none" && answer.status === "answered" && answer.usage.calls.length === 0 ? `${asked}, from the store` : NO_MODEL;
  }
  const sum = (count: (call: (typeof calls)[number]) => number): number => calls.reduce((total, call) => total + count(call), 0);
  const models = [...new Set(calls.map(({ model }) => model))].join(", ");
  const tokens = `${number(sum((call) => call.input_tokens))} tokens in, ${number(sum((call) => call.output_tokens))} out`;
  const cost = dollars(sum(({ cost_usd: usd }) => usd), calls.some(({ estimated }) => estimated), calls.some(({ priced }) => priced === false));
  return [models, tokens, cost].filter(Boolean).join(" · ");
}
