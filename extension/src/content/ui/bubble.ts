/** A small bubble at highlighted text: "Explain" asks at once, "Ask…" takes the text along as a quotation. */
import { element, on } from "./root";

export interface BubbleOptions {
  stop: AbortSignal;
  choose: (selection: string, ask: boolean) => void;
}

/** Shorter selections are slips of the mouse. */
const SHORTEST = 3;
/** Longer ones are cut: a question about them needs no more. */
export const LONGEST_SELECTION = 4000;
const GAP = 8;

export function createBubble(page: Document, root: ShadowRoot, { stop, choose }: BubbleOptions): void {
  const view = page.defaultView;
  if (!view) return;
  const bubble = element(page, "div", {
    class: "askpanda bubble",
    role: "toolbar",
    "aria-label": "Ask PanDA about the selection",
  });
  bubble.hidden = true;
  const explain = element(page, "button", { type: "button" }, "Explain");
  const ask = element(page, "button", { type: "button" }, "Ask…");
  bubble.append(explain, ask);
  root.append(bubble);

  let chosen = "";
  const hide = () => {
    bubble.hidden = true;
    chosen = "";
  };
  const show = () => {
    const selection = page.getSelection();
    const words = selectedText(selection);
    if (!selection || !words) {
      hide();
      return;
    }
    chosen = words;
    bubble.hidden = false;
    place(bubble, selection.getRangeAt(selection.rangeCount - 1), view);
  };
  const inside = (event: Event) => event.composedPath().includes(bubble);

  // Selections are final only after the event that made them.
  on(page, "pointerup", stop, (event) => event.button === 0 && !inside(event) && view.setTimeout(show), true);
  on(page, "keyup", stop, (event) => (event.shiftKey || event.key === "Shift" || isSelectAll(event)) && show(), true);
  on(page, "pointerdown", stop, (event) => !inside(event) && hide(), true);
  on(page, "scroll", stop, hide, true);
  on(view, "resize", stop, hide);
  on(page, "keydown", stop, (event) => {
    if (bubble.hidden) return;
    if (event.key === "Escape") hide();
    // The bubble stands at the end of the document; Tab goes there from the selection.
    else if (event.key === "Tab" && !event.shiftKey && root.activeElement === null) {
      event.preventDefault();
      explain.focus();
    }
  }, true);

  // Without this a press on a button would clear the selection before it is used.
  on(bubble, "mousedown", stop, (event) => event.preventDefault());
  for (const button of [explain, ask]) {
    on(button, "click", stop, () => {
      const selection = chosen;
      hide();
      if (selection) choose(selection, button === explain);
    });
  }
}

function isSelectAll(event: KeyboardEvent): boolean {
  return event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey);
}

/** Highlighted text of the page; nothing inside fields and editors, whose text is the viewer's own. */
export function selectedText(selection: Selection | null): string {
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return "";
  const anchor = selection.anchorNode;
  const around = anchor instanceof Element ? anchor : anchor?.parentElement;
  if (around?.closest("input, textarea, select, [contenteditable]:not([contenteditable='false'])")) return "";
  const words = selection.toString().trim();
  return words.length < SHORTEST ? "" : words.slice(0, LONGEST_SELECTION);
}

/** Under the end of the selection, inside the window. */
function place(bubble: HTMLElement, range: Range, view: Window): void {
  const boxes = range.getClientRects();
  const end = boxes[boxes.length - 1] ?? range.getBoundingClientRect();
  const { width, height } = bubble.getBoundingClientRect();
  const below = end.bottom + GAP;
  const top = below + height > view.innerHeight ? end.top - GAP - height : below;
  const room = view.document.documentElement.clientWidth;
  bubble.style.left = `${Math.max(GAP, Math.min(end.right, room - width - GAP))}px`;
  bubble.style.top = `${Math.max(GAP, top)}px`;
}
