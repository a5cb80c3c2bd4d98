/**
 * Builds nodes. Text only ever becomes text nodes: nothing here, or above, reads a string as markup.
 */

export type Child = Node | string | null | undefined | false;
type Listener = (event: Event) => void;
/** Attributes by name; `on…` functions become listeners; `true` is an empty attribute; null and false are left out. */
export type Attributes = Record<string, string | number | boolean | null | undefined | Listener>;

const SVG = "http://www.w3.org/2000/svg";

/** `h("p", { class: "cause" }, "text", node)` */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return dress(document.createElement(tag), attributes, children);
}

/** The same in the SVG namespace. */
export function s(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

/** Words for screen readers alone. */
export function unseen(words: string): HTMLElement {
  return h("span", { class: "visually-hidden" }, words);
}

/** A sentence whose commands stand between backticks. */
export function sentence(words: string): Child[] {
  return words.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part));
}

/** A button of one of the sheet's kinds (button, tool, chip, …). */
export function button(kind: string, act: () => void, attributes: Attributes, ...children: Child[]): HTMLButtonElement {
  return h("button", { type: "button", class: kind, onclick: act, ...attributes }, ...children);
}

/** The first `most` characters of a long text, and a button for the rest. */
export function shortened(whole: string, most: number): HTMLElement {
  const span = h("span", {}, whole.slice(0, most));
  const act = (): void => {
    span.textContent = whole;
    more.remove();
  };
  const more = button("tool inline", act, {}, `… ${(whole.length - most).toLocaleString("en")} more characters`);
  return h("span", {}, span, more);
}

function dress<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...kept(children));
  return element;
}

/** The children that are there. */
export function kept(children: Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false);
}

/** The element with this id; the page is ours, so that it lacks one is a fault of ours. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}`);
  return element;
}

/**
 * A part of the page that is built anew only when what it shows has changed: streaming redraws nothing that the reader
 * has opened, selected or focused elsewhere.
 */
export class Region<E extends HTMLElement = HTMLElement> {
  private shown: string | undefined;
  private last: readonly unknown[] = [];

  constructor(readonly node: E) {}

  /** `on` is everything that `build` reads; compared by identity first, then by value. */
  update(on: readonly unknown[], build: () => Child[]): void {
    if (this.shown !== undefined && on.length === this.last.length && on.every((value, i) => value === this.last[i])) return;
    this.last = on;
    const key = JSON.stringify(on);
    if (key === this.shown) return;
    this.shown = key;
    const children = kept(build());
    this.node.replaceChildren(...children);
    this.node.hidden = children.length === 0;
  }
}
