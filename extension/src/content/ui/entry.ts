/**
 * The ways in: a field in the navigation bar, in the manner of the search field beside it, and a button where the bar
 * is hidden (narrow windows) or is not there.
 */
import { element, ENTRY, shadow } from "./root";

export interface Ways {
  /** The sidebar hides the button while it is open. */
  sidebarIs(open: boolean): void;
}

export interface WaysOptions {
  stop: AbortSignal;
  /** The viewer wants the sidebar; `focus` where the cursor should go there. */
  open(focus: boolean): void;
  ask(question: string): void;
  close(): void;
}

export function createWaysIn(page: Document, root: ShadowRoot, options: WaysOptions): Ways {
  const button = element(page, "button", { class: "askpanda open-button", type: "button" }, "Ask PanDA …");
  button.addEventListener("click", (event) => event.isTrusted && options.open(true), { signal: options.stop });
  root.append(button);

  const item = addEntry(page, options);
  let entryShown = false;
  let open = false;
  const update = () => (button.hidden = open || entryShown);
  button.hidden = item !== null;
  if (item) {
    // Tells when the bar is hidden or shown, without asking for a layout while the page loads.
    const watcher = new ResizeObserver(([last]) => {
      entryShown = (last?.contentRect.width ?? 0) > 0;
      update();
    });
    watcher.observe(item);
    options.stop.addEventListener("abort", () => watcher.disconnect(), { once: true });
  }
  return {
    sidebarIs(now) {
      open = now;
      update();
    },
  };
}

/** The list item in the bar, after the search box; first on the right where there is no search box. */
function addEntry(page: Document, options: WaysOptions): HTMLLIElement | null {
  const search = page.querySelector("#main-menu #searchselectid")?.closest("li");
  const right = page.querySelector("#main-menu .top-bar-right > ul, .top-bar .top-bar-right > ul");
  if (!search && !right) return null;

  const { host, root } = shadow(page, ENTRY, { display: "inline-block", "vertical-align": "middle" }, FIELD);
  const field = element(page, "input", {
    class: "askpanda",
    type: "text",
    placeholder: "Ask PanDA …",
    "aria-label": "Ask PanDA",
    title: "Ask about this page (Alt+Shift+K)",
    maxlength: "4000",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "send",
  });
  root.append(field);

  const { stop } = options;
  field.addEventListener("click", (event) => event.isTrusted && options.open(false), { signal: stop });
  field.addEventListener(
    "keydown",
    (event) => {
      if (!event.isTrusted || event.isComposing) return;
      if (event.key === "Escape") options.close();
      if (event.key !== "Enter") return;
      event.preventDefault();
      const question = field.value.trim();
      field.value = "";
      if (question) options.ask(question);
      else options.open(true);
    },
    { signal: stop },
  );
  // The bar's menus take keys of their own.
  for (const type of ["keydown", "keyup", "keypress"]) {
    host.addEventListener(type, (event) => event.stopPropagation(), { signal: stop });
  }

  const item = page.createElement("li");
  item.append(host);
  if (search) search.after(item);
  else right?.prepend(item);
  stop.addEventListener("abort", () => item.remove(), { once: true });
  return item;
}

const FIELD = `
  input {
    display: block; width: 9.5em; height: 28px; margin: 0 8px; padding: 2px 10px; font: 13px/1.3 system-ui, sans-serif;
    color: #1c2530; background: #ffffff; border: 1px solid #7b8794; border-radius: 14px; color-scheme: light;
  }
  input::placeholder { color: #4c5866; opacity: 1; }
  input:hover { border-color: #0b5cad; }
  input:focus-visible { outline: 2px solid #0b5cad; outline-offset: 1px; }
`;
