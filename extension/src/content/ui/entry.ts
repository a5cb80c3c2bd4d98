/**
 * The ways in: a field in the navigation bar, in the manner of the search field beside it, and a button where the bar
 * is hidden (narrow windows) or is not there.
 */
import field from "./entry.css?inline";
import { element, ENTRY, on, shadow } from "./root";

export interface Ways {
  /** The sidebar hides the button while it is open. */
  sidebarIs: (open: boolean) => void;
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
  on(button, "click", options.stop, () => options.open(true));
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

  const { host, root } = shadow(page, ENTRY, field);
  const input = element(page, "input", {
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
  root.append(input);

  const { stop } = options;
  on(input, "click", stop, () => options.open(false));
  on(input, "keydown", stop, (event) => {
    if (event.key === "Escape") options.close();
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const question = input.value.trim();
    input.value = "";
    if (question) options.ask(question);
    else options.open(true);
  });
  // The bar's menus take keys of their own.
  for (const type of ["keydown", "keyup", "keypress"] as const) on(host, type, stop, (event) => event.stopPropagation());

  const item = page.createElement("li");
  item.append(host);
  if (search) search.after(item);
  else right?.prepend(item);
  stop.addEventListener("abort", () => item.remove(), { once: true });
  return item;
}
