/** What another model makes of an answer's evidence: its words and notes alone, for all else is the answer's own. */
import type { Citation } from "../shared/contract";
import { usageWords } from "./actions";
import { isRunning, sectionTexts, type Turn } from "./conversation";
import { h, Region } from "./dom";
import type { Doing } from "./exchange";
import { warningNodes } from "./notes";
import { type Audience, SectionsView } from "./sections";
import { errorWords, wordedBy } from "./words";

export class ComparisonView {
  readonly node: HTMLElement;
  private readonly sections: SectionsView;
  private readonly title = new Region(h("h3", { class: "worded-by" }));
  private readonly warnings = new Region(h("ul", { class: "warnings", "aria-label": "Notes" }));
  private readonly status = new Region(h("p", { class: "progress" }));
  private readonly usage = new Region(h("p", { class: "usage" }));

  /** @param id a prefix for ids, unique in the page */
  constructor(id: string, doing: Doing) {
    this.sections = new SectionsView(id, doing.choose);
    this.node = h("section", { class: "wording" }, this.title.node, this.sections.node, this.warnings.node, this.status.node, this.usage.node);
  }

  /** @param citations the answer's, whose list has ids that begin with `of` */
  update(turn: Turn, audience: Audience, citations: Citation[], of: string): void {
    const { written, model = "none" } = turn;
    const running = isRunning(turn);
    const name = wordedBy(model);
    this.node.setAttribute("aria-label", name);
    this.node.setAttribute("aria-busy", String(running));
    this.title.update([name], () => [name]);
    this.sections.update({ texts: sectionTexts(written), citations, sourcesOf: of, audience, running, folded: true });
    this.warnings.update([written.final?.warnings ?? []], () => warningNodes(written.final?.warnings ?? []));
    const words = running ? "Writing …" : written.failure ? errorWords(written.failure) : turn.state === "stopped" ? "Stopped." : "";
    this.status.update([words, running], () => (words ? [running && h("span", { class: "spinner", "aria-hidden": "true" }), words] : []));
    this.usage.update([written.final], () => (written.final && !running ? [usageWords(written.final, model)] : []));
  }
}
