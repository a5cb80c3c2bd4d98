/** The sidebar: a frame of the panel page at the window's right edge, resizable, beside the page or over it. */
import { element, on } from "./root";

export interface Sidebar {
  readonly isOpen: boolean;
  /** `focus`: the cursor goes into the panel. */
  open(focus: boolean): void;
  close(): void;
  toggle(): void;
}

export interface SidebarOptions {
  panelUrl: string;
  width: number;
  stop: AbortSignal;
  onWidth(width: number): void;
  onChange(open: boolean): void;
}

export const DEFAULT_WIDTH = 400;
const NARROWEST = 300;
const WIDEST = 900;
/** The page is moved aside where this much is left for it; otherwise the sidebar lies over it. */
const PAGE_NEEDS = 800;
/** A window this narrow has room for one thing at a time. */
const PHONE = 480;
/** Pixels of one arrow key. */
const STEP = 24;

/** A window in which the sidebar is not all that there is to see. */
export function hasRoomBeside(view: Window): boolean {
  return view.innerWidth > PHONE;
}

export function createSidebar(page: Document, root: ShadowRoot, options: SidebarOptions): Sidebar {
  const view = page.defaultView;
  if (!view) throw new Error("A page without a window has no sidebar.");
  const { stop } = options;
  let width = options.width;
  let frame: HTMLIFrameElement | null = null;
  let cameFrom: Element | null = null;
  const margin = pageMargin(page);

  const box = element(page, "div", { class: "askpanda sidebar", role: "complementary", "aria-label": "Ask PanDA" });
  const grip = element(page, "div", {
    class: "grip",
    role: "separator",
    tabindex: "0",
    "aria-orientation": "vertical",
    "aria-label": "Width of the Ask PanDA sidebar",
    "aria-valuemin": String(NARROWEST),
  });
  box.hidden = true;
  box.append(grip);
  root.append(box);

  const widest = () => Math.max(NARROWEST, Math.min(WIDEST, view.innerWidth - 60));
  /** The sidebar's width now: the whole window on a phone. */
  const shownWidth = () => (hasRoomBeside(view) ? Math.round(Math.min(Math.max(width, NARROWEST), widest())) : view.innerWidth);

  function layOut(): void {
    const shown = shownWidth();
    grip.hidden = shown === view?.innerWidth;
    box.style.setProperty("--width", `${shown}px`);
    grip.setAttribute("aria-valuemax", String(widest()));
    grip.setAttribute("aria-valuenow", String(shown));
    if (!box.hidden && view && view.innerWidth - shown >= PAGE_NEEDS) margin.set(shown);
    else margin.restore();
  }

  function resize(to: number): void {
    width = Math.min(Math.max(to, NARROWEST), widest());
    layOut();
  }

  const sidebar: Sidebar = {
    get isOpen() {
      return !box.hidden;
    },
    open(focus) {
      if (box.hidden) cameFrom = focused(page, root);
      const first = !frame;
      frame ??= addFrame();
      const wasClosed = box.hidden;
      box.hidden = false;
      layOut();
      if (focus) {
        // The focus given to a frame that is still loading is lost on its page, and cannot be given again.
        if (first) frame.addEventListener("load", () => frame?.focus(), { once: true, signal: stop });
        // Firefox does not move the focus into a frame while a key is still being handled.
        else view.setTimeout(() => frame?.focus());
      }
      if (wasClosed) options.onChange(true);
    },
    close() {
      if (box.hidden) return;
      const hadFocus = page.activeElement === root.host;
      // The frame stays: what was typed or is being answered is still there when it is opened again.
      box.hidden = true;
      layOut();
      if (hadFocus && cameFrom instanceof HTMLElement && cameFrom.isConnected) cameFrom.focus({ preventScroll: true });
      cameFrom = null;
      options.onChange(false);
    },
    toggle() {
      if (sidebar.isOpen) sidebar.close();
      else sidebar.open(true);
    },
  };

  function addFrame(): HTMLIFrameElement {
    const made = element(page, "iframe", { title: "Ask PanDA", allow: "clipboard-write", src: options.panelUrl });
    box.append(made);
    return made;
  }

  on(grip, "pointerdown", stop, (down) => {
    if (down.button !== 0) return;
    down.preventDefault();
    grip.setPointerCapture(down.pointerId);
    box.classList.add("dragging");
    const drag = new AbortController();
    const end = () => {
      drag.abort();
      box.classList.remove("dragging");
      options.onWidth(width);
    };
    on(grip, "pointermove", drag.signal, (move) => resize(view.innerWidth - move.clientX));
    on(grip, "pointerup", drag.signal, end);
    on(grip, "pointercancel", drag.signal, end);
  });
  on(grip, "keydown", stop, (event) => {
    event.stopPropagation();
    if (event.key === "Escape") sidebar.close();
    const by = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    resize(width + by);
    options.onWidth(width);
  });
  on(view, "resize", stop, layOut);
  stop.addEventListener("abort", () => margin.restore(), { once: true });
  return sidebar;
}

/** What has the focus, also inside our own field; null inside the sidebar itself. */
function focused(page: Document, sidebar: ShadowRoot): Element | null {
  const active = page.activeElement;
  return active === sidebar.host ? null : (active?.shadowRoot?.activeElement ?? active);
}

/** The page's own right margin: replaced while the sidebar stands beside it, and put back. */
function pageMargin(page: Document): { set(width: number): void; restore(): void } {
  const style = page.documentElement.style;
  let own: [string, string] | null = null;
  return {
    set(width) {
      own ??= [style.getPropertyValue("margin-right"), style.getPropertyPriority("margin-right")];
      style.setProperty("margin-right", `${width}px`, "important");
    },
    restore() {
      if (own) style.setProperty("margin-right", ...own);
      own = null;
    },
  };
}
