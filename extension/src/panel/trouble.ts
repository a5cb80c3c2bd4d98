/** What keeps a question from being answered, each with what to do now. The question itself stays in the box. */
import { copyButton } from "./clipboard";
import type { Trouble } from "./conversation";
import { button, type Child, h } from "./dom";
import { icon } from "./icons";
import { markdown } from "./markdown";

export interface Ways {
  options: () => void;
  retry: () => void;
  agree: (model: string) => void;
  withoutModel: () => void;
}

const TITLES: Record<Trouble["trouble"], string> = {
  unpaired: "Not paired with a backend yet",
  token_refused: "The backend does not know this browser any more",
  backend_down: "The backend does not answer",
  consent_needed: "May this leave your computer?",
  no_page: "There is no page to read",
};

export function troubleNodes(trouble: Trouble, ways: Ways): Child[] {
  return [
    h("h2", {}, icon(trouble.trouble === "consent_needed" ? "info" : "alert"), TITLES[trouble.trouble]),
    ...markdown(trouble.message, { heading: 3 }),
    ...commandsIn(trouble.message).map(command),
    trouble.detail && h("ul", { class: "data" }, ...trouble.detail.data.map((item) => h("li", { dir: "auto" }, item))),
    trouble.detail && h("p", { class: "aside" }, "You are asked once for each model. The options page takes your word back."),
    h("p", { class: "ways" }, ...buttons(trouble, ways)),
  ];
}

/** The commands that a message names, to copy. */
function commandsIn(message: string): string[] {
  return [...message.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
}

function command(words: string): Node {
  return h("div", { class: "code one" }, h("pre", {}, h("code", {}, words)), copyButton("Copy command", () => words));
}

function buttons({ trouble, detail }: Trouble, ways: Ways): Child[] {
  const first = (words: string, act: () => void): Node => button("button first", act, {}, words);
  const second = (words: string, act: () => void): Node => button("button", act, {}, words);
  switch (trouble) {
    case "unpaired":
    case "token_refused":
      return [first("Open options", ways.options), second("Try again", ways.retry)];
    case "backend_down":
      return [first("Try again", ways.retry), second("Open options", ways.options)];
    case "consent_needed":
      return [detail && first("Agree", () => ways.agree(detail.model)), second("Use no model", ways.withoutModel)];
    case "no_page":
      return [first("Try again", ways.retry)];
  }
}
