/** The worded part of an answer: what is said to everybody, and the switch between the user's and the expert's view. */
import type { Citation } from "../shared/contract";
import type { Stored } from "../shared/messages";
import { hasText, type SectionName } from "./conversation";
import { h, Region } from "./dom";
import { markdown } from "./markdown";
import { citer } from "./sources";

export type Audience = Stored["audience"];
type Texts = Record<SectionName, string>;

const VIEWS: Record<Audience, { tab: string; parts: [SectionName, string][] }> = {
  user: {
    tab: "User",
    parts: [
      ["user.problem", "What happened"],
      ["user.causes", "Why"],
      ["user.recommendations", "What to do"],
    ],
  },
  expert: {
    tab: "Expert",
    parts: [
      ["expert.analysis", "Analysis"],
      ["expert.steps", "What to check"],
      ["expert.scenarios", "Scenarios"],
    ],
  },
};
const AUDIENCES: Audience[] = ["user", "expert"];

export interface Shown {
  texts: Texts;
  citations: Citation[];
  /** The prefix of the sources' ids, where it is another than the section's own. */
  sourcesOf?: string;
  audience: Audience;
  running: boolean;
  /** The verdict or a table says already what the details spell out: they wait behind their title. */
  folded: boolean;
}

/** The sections that the reader sees with this choice, in reading order. */
export function visibleSections(audience: Audience): SectionName[] {
  return ["description", ...VIEWS[audience].parts.map(([name]) => name), "problems", "details"];
}

export function sectionTitle(name: SectionName): string {
  const part = AUDIENCES.flatMap((audience) => VIEWS[audience].parts).find(([section]) => section === name);
  return part?.[1] ?? { problems: "Problems", details: "Details" }[name as string] ?? "";
}

export class SectionsView {
  readonly node = h("div", { class: "sections" });
  private readonly description = new Region(h("div", { class: "prose lead" }));
  private readonly tablist = h("div", { class: "tabs", role: "tablist", "aria-label": "Explained for" });
  private readonly tabs = {} as Record<Audience, HTMLButtonElement>;
  private readonly panels = {} as Record<Audience, HTMLElement>;
  private readonly parts = new Map<SectionName, Region>();

  /** @param id a prefix for ids, unique in the page */
  constructor(
    private readonly id: string,
    private readonly choose: (audience: Audience) => void,
  ) {
    for (const audience of AUDIENCES) this.addView(audience);
    this.tablist.append(...AUDIENCES.map((audience) => this.tabs[audience]));
    this.node.append(this.description.node, this.tablist, ...AUDIENCES.map((audience) => this.panels[audience]));
    for (const name of ["problems", "details"] as const) this.node.append(this.part(name).node);
  }

  update(shown: Shown): void {
    const { texts, citations, audience, running, folded } = shown;
    const cite = citer(citations, shown.sourcesOf ?? this.id);
    this.description.update([texts.description, citations], () => markdown(texts.description, { heading: 3, cite }));
    this.showViews(texts, audience, running);
    for (const [name, region] of this.parts) {
      const title = name === "details" && !this.isNotAlone(texts) ? "" : sectionTitle(name);
      const fold = folded && name === "details" && title !== "";
      region.update([texts[name], citations, title, fold], () => {
        if (!texts[name].trim()) return [];
        const words = markdown(texts[name], { heading: title ? 4 : 3, cite });
        if (!fold) return [title && h("h3", {}, title), ...words];
        const open = region.node.querySelector("details")?.open;
        return [h("details", { open }, h("summary", {}, h("h3", {}, title)), ...words)];
      });
    }
  }

  /** Two tabs where there are two views; one that stands alone needs no switch. */
  private showViews(texts: Texts, audience: Audience, running: boolean): void {
    const there = AUDIENCES.filter((one) => hasText(texts, `${one}.`));
    const both = there.length === 2 || (running && there.length === 1);
    const chosen = both || there.includes(audience) ? audience : (there[0] ?? audience);
    this.tablist.hidden = !both;
    for (const one of AUDIENCES) {
      const on = one === chosen;
      this.tabs[one].setAttribute("aria-selected", String(on));
      this.tabs[one].tabIndex = on ? 0 : -1;
      this.panels[one].hidden = !on || there.length === 0;
      this.panels[one].classList.toggle("awaited", both && !there.includes(one));
      if (both) this.panels[one].setAttribute("role", "tabpanel");
      else this.panels[one].removeAttribute("role");
    }
  }

  private isNotAlone(texts: Texts): boolean {
    return hasText({ ...texts, details: "" });
  }

  private part(name: SectionName): Region {
    const region = new Region(h("section", { class: `prose part ${name.replace(".", "-")}` }));
    this.parts.set(name, region);
    return region;
  }

  private addView(audience: Audience): void {
    const { tab, parts } = VIEWS[audience];
    const [tabId, panelId] = [`${this.id}-tab-${audience}`, `${this.id}-view-${audience}`];
    const button = h("button", { type: "button", role: "tab", id: tabId, "aria-controls": panelId }, tab);
    button.addEventListener("click", () => this.choose(audience));
    button.addEventListener("keydown", (event) => {
      const other = { ArrowLeft: 1, ArrowRight: 1, Home: "user", End: "expert" }[event.key];
      if (other === undefined) return;
      event.preventDefault();
      const next = typeof other === "string" ? (other as Audience) : audience === "user" ? "expert" : "user";
      this.choose(next);
      this.tabs[next].focus();
    });
    this.tabs[audience] = button;
    this.panels[audience] = h(
      "div",
      { id: panelId, class: "view", "aria-labelledby": tabId },
      ...parts.map(([name]) => this.part(name).node),
      h("p", { class: "awaiting" }, "Being written …"),
    );
  }
}
