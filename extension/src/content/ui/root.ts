/**
 * The elements that live in the monitor's page. Each is a host whose own style the page cannot change (among important
 * declarations those of a shadow root win over the page's, inline ones too), with an open shadow root that the page's
 * rules do not reach. They stand on the root element, outside the body that AngularJS compiles.
 */
import floating from "./floating.css?inline";

const ROOT = "ask-panda-root";
export const ENTRY = "ask-panda-entry";

export interface Shadow {
  host: HTMLElement;
  root: ShadowRoot;
}

/** A host with a shadow root; its sheet has the host's own style as well. */
export function shadow(page: Document, name: string, css: string): Shadow {
  const host = page.createElement(name);
  const root = host.attachShadow({ mode: "open" });
  const style = page.createElement("style");
  style.textContent = css;
  root.append(style);
  return { host, root };
}

/** The one root for what floats over the page. It has no extent; its children place themselves. */
export function floatingRoot(page: Document, stop: AbortSignal): ShadowRoot {
  removeLeftovers(page);
  const { host, root } = shadow(page, ROOT, floating);
  page.documentElement.append(host);
  stop.addEventListener("abort", () => host.remove(), { once: true });
  return root;
}

/** What an earlier copy of the extension, updated or reloaded since, has left in the page. */
function removeLeftovers(page: Document): void {
  page.querySelectorAll(ROOT).forEach((old) => old.remove());
  page.querySelectorAll(ENTRY).forEach((old) => (old.closest("li") ?? old).remove());
}

export function element<K extends keyof HTMLElementTagNameMap>(
  page: Document,
  name: K,
  attributes: Record<string, string>,
  words = "",
): HTMLElementTagNameMap[K] {
  const made = page.createElement(name);
  for (const [attribute, setting] of Object.entries(attributes)) made.setAttribute(attribute, setting);
  made.textContent = words;
  return made;
}

/** Events by their target, for `on`. */
type EventsOf<T> = T extends Window ? WindowEventMap : T extends Document ? DocumentEventMap : HTMLElementEventMap;

/** Listens until `stop`, to events of the viewer's own hand only: a page can dispatch any other. */
export function on<T extends Window | Document | HTMLElement, K extends keyof EventsOf<T> & string>(
  target: T,
  type: K,
  stop: AbortSignal,
  handle: (event: EventsOf<T>[K]) => void,
  capture = false,
): void {
  target.addEventListener(type, (event) => event.isTrusted && handle(event as EventsOf<T>[K]), { signal: stop, capture });
}
