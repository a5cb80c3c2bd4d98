/** What an answer says of itself: what could not be read, what was left out. */
import { type Child, h } from "./dom";
import { icon } from "./icons";

export function warningNodes(warnings: string[]): Child[] {
  return warnings.map((warning) => h("li", { dir: "auto" }, icon("info"), h("span", {}, warning)));
}
