/**
 * The elements that live in the monitor's page. Each is a host whose own style the page cannot change (inline and
 * important wins over any sheet), with an open shadow root that the page's rules do not reach. They stand on the root
 * element, outside the body that AngularJS compiles.
 */

const ROOT = "ask-panda-root";
export const ENTRY = "ask-panda-entry";

/** Colours and type of everything that stands in the page; the panel has its own sheet. */
const LOOK = `
  :host { color-scheme: light dark; }
  * { box-sizing: border-box; }
  .askpanda {
    --ground: #ffffff; --ink: #1c2530; --line: #8a94a1; --accent: #0b5cad; --hover: #e8f0f9;
    font: 14px/1.4 system-ui, sans-serif; color: var(--ink);
  }
  @media (prefers-color-scheme: dark) {
    .askpanda { --ground: #1b222b; --ink: #e8edf3; --line: #7b8794; --accent: #8cc4ff; --hover: #2a3542; }
  }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  @media print { .askpanda { display: none !important; } }
`;

export interface Shadow {
  host: HTMLElement;
  root: ShadowRoot;
}

/** A host with a shadow root; `layout` is the host's own style, everything else of it is the browser's default. */
export function shadow(page: Document, name: string, layout: Record<string, string>, css: string): Shadow {
  const host = page.createElement(name);
  for (const [property, setting] of Object.entries({ all: "initial", ...layout })) {
    host.style.setProperty(property, setting, "important");
  }
  const root = host.attachShadow({ mode: "open" });
  const style = page.createElement("style");
  style.textContent = LOOK + css;
  root.append(style);
  return { host, root };
}

/** The one root for what floats over the page. It has no extent; its children place themselves. */
export function floatingRoot(page: Document, stop: AbortSignal): ShadowRoot {
  removeLeftovers(page);
  const { host, root } = shadow(
    page,
    ROOT,
    { display: "block", position: "fixed", top: "0", right: "0", width: "0", height: "0", "z-index": "2147483647" },
    FLOATING,
  );
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

const FLOATING = `
  .sidebar {
    position: fixed; top: 0; right: 0; bottom: 0; width: var(--width, 400px); max-width: 100vw; display: flex;
    background: var(--ground); border-left: 1px solid var(--line); box-shadow: 0 0 16px rgb(0 0 0 / 25%);
    animation: askpanda-in 140ms ease-out;
  }
  .sidebar[hidden] { display: none; }
  @keyframes askpanda-in { from { transform: translateX(24px); opacity: 0; } }
  @media (prefers-reduced-motion: reduce) { .sidebar { animation: none; } }
  .sidebar iframe { flex: 1; width: 100%; height: 100%; border: 0; background: var(--ground); }
  .grip { flex: none; width: 7px; cursor: col-resize; touch-action: none; background: var(--ground); }
  .grip:hover, .grip:focus-visible { background: var(--hover); }
  .dragging iframe { pointer-events: none; }
  .open-button {
    position: fixed; right: 16px; bottom: 16px; display: flex; align-items: center; padding: 10px 16px;
    font: 600 14px/1.2 system-ui, sans-serif; color: var(--ink); background: var(--ground);
    border: 1px solid var(--line); border-radius: 22px; box-shadow: 0 2px 8px rgb(0 0 0 / 30%); cursor: pointer;
  }
  .open-button[hidden], .bubble[hidden] { display: none; }
  .bubble {
    position: fixed; display: flex; gap: 2px; padding: 3px; background: var(--ground); border: 1px solid var(--line);
    border-radius: 8px; box-shadow: 0 2px 10px rgb(0 0 0 / 30%);
  }
  .bubble button {
    font: 13px/1.3 system-ui, sans-serif; padding: 5px 10px; color: var(--ink); background: none; border: 0;
    border-radius: 5px; cursor: pointer; white-space: nowrap;
  }
  .bubble button:hover, .open-button:hover { background: var(--hover); }
`;
