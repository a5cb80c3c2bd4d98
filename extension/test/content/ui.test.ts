import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createBubble, selectedText } from "../../src/content/ui/bubble";
import { createWaysIn } from "../../src/content/ui/entry";
import { floatingRoot } from "../../src/content/ui/root";
import { createSidebar, type Sidebar } from "../../src/content/ui/sidebar";

/*
 * jsdom cannot make trusted events, so what a viewer's hand does is tried in real browsers; here is what a page's script
 * must not be able to do, and what the page looks like before and after.
 */
const BAR = `<div id="main-menu" class="top-bar"><div class="top-bar-right"><ul class="menu">
  <li id="first">a</li><li id="search"><select id="searchselectid"></select></li><li id="prodsys">ProdSys</li></ul></div></div>`;

let stop: AbortController;
let watched: (shown: number) => void;

beforeEach(() => {
  document.documentElement.removeAttribute("style");
  document.body.innerHTML = BAR;
  stop = new AbortController();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(callback: (entries: { contentRect: { width: number } }[]) => void) {
        watched = (width) => callback([{ contentRect: { width } }]);
      }
      observe = vi.fn();
      disconnect = vi.fn();
    },
  );
});
afterEach(() => {
  stop.abort();
});

const host = () => document.querySelector("ask-panda-root")!;
const entry = () => document.querySelector("ask-panda-entry");

function sidebar(over: object = {}): { sidebar: Sidebar; changes: boolean[] } {
  const changes: boolean[] = [];
  const root = floatingRoot(document, stop.signal);
  const made = createSidebar(document, root, { panelUrl: "about:blank", width: 400, stop: stop.signal, onWidth: vi.fn(), onChange: (open) => changes.push(open), ...over });
  return { sidebar: made, changes };
}

describe("the sidebar", () => {
  test("stands outside the body in an open shadow root, over everything, and loads nothing before it is opened", () => {
    sidebar();
    expect(host().parentElement).toBe(document.documentElement);
    expect(host().shadowRoot).not.toBeNull();
    expect(host().shadowRoot!.querySelector("iframe")).toBeNull();
  });

  test("moves a wide page aside and puts its own margin back", () => {
    document.documentElement.style.marginRight = "7px";
    vi.stubGlobal("innerWidth", 1500);
    const { sidebar: one, changes } = sidebar();
    one.open(false);
    expect(document.documentElement.style.marginRight).toBe("400px");
    const frame = host().shadowRoot!.querySelector("iframe");
    one.close();
    expect(document.documentElement.style.marginRight).toBe("7px");
    one.toggle();
    expect(host().shadowRoot!.querySelector("iframe")).toBe(frame);
    expect(changes).toEqual([true, false, true]);
  });

  test("lies over a narrow page, and is never wider than the window allows", () => {
    vi.stubGlobal("innerWidth", 700);
    const { sidebar: one } = sidebar({ width: 880 });
    one.open(false);
    expect(document.documentElement.style.marginRight).toBe("");
    expect(host().shadowRoot!.querySelector("[role=separator]")!.getAttribute("aria-valuenow")).toBe("640");
  });

  test("gives the focus back to where it was", () => {
    document.body.insertAdjacentHTML("beforeend", "<input id='mine'>");
    const mine = document.querySelector<HTMLInputElement>("#mine")!;
    mine.focus();
    const { sidebar: one } = sidebar();
    one.open(true);
    host().shadowRoot!.querySelector("iframe")!.focus();
    expect(document.activeElement).toBe(host());
    one.close();
    expect(document.activeElement).toBe(mine);
  });

  test("leaves nothing in the page when it is taken back, and replaces what an earlier copy left", () => {
    sidebar().sidebar.open(false);
    sidebar();
    expect(document.querySelectorAll("ask-panda-root")).toHaveLength(1);
    stop.abort();
    expect(document.querySelector("ask-panda-root")).toBeNull();
    expect(document.documentElement.style.marginRight).toBe("");
  });
});

describe("the ways in", () => {
  const act = { open: vi.fn(), ask: vi.fn(), close: vi.fn() };
  const ways = () => {
    const root = floatingRoot(document, stop.signal);
    const made = createWaysIn(document, root, { stop: stop.signal, ...act });
    return { ...made, button: root.querySelector<HTMLButtonElement>(".open-button")! };
  };
  beforeEach(() => vi.clearAllMocks());

  test("the entry comes after the search box", () => {
    ways();
    expect(document.querySelector("#search")!.nextElementSibling!.contains(entry())).toBe(true);
    expect(entry()!.shadowRoot!.querySelector("input")).toMatchObject({ placeholder: "Ask PanDA …" });
  });
  test("or first on the right where there is none, signed out", () => {
    document.querySelector("#search")!.remove();
    ways();
    expect(document.querySelector(".menu")!.firstElementChild!.contains(entry())).toBe(true);
  });
  test("the button stands in where the bar is hidden or missing, unless the sidebar is open", () => {
    const { button, sidebarIs } = ways();
    expect(button.hidden).toBe(true);
    watched(0);
    expect(button.hidden).toBe(false);
    sidebarIs(true);
    expect(button.hidden).toBe(true);
    sidebarIs(false);
    watched(120);
    expect(button.hidden).toBe(true);
    document.body.innerHTML = "";
    expect(ways().button.hidden).toBe(false);
  });
  test("are deaf to a page's script", () => {
    const { button } = ways();
    const input = entry()!.shadowRoot!.querySelector("input")!;
    input.value = "kill everything";
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    input.click();
    button.click();
    expect([act.open, act.ask, act.close].map((one) => one.mock.calls.length)).toEqual([0, 0, 0]);
  });
});

describe("the bubble", () => {
  const choose = vi.fn();
  const select = (from: Node) => {
    getSelection()!.removeAllRanges();
    const range = document.createRange();
    range.selectNodeContents(from);
    getSelection()!.addRange(range);
  };

  test("does not come or act for a page's script", () => {
    const root = floatingRoot(document, stop.signal);
    createBubble(document, root, { stop: stop.signal, choose });
    const bubble = root.querySelector<HTMLElement>(".bubble")!;
    select(document.querySelector("#prodsys")!);
    document.dispatchEvent(new MouseEvent("pointerup", { bubbles: true, button: 0 }));
    document.dispatchEvent(new KeyboardEvent("keyup", { key: "Shift" }));
    expect(bubble.hidden).toBe(true);
    bubble.querySelectorAll("button").forEach((button) => button.click());
    expect(choose).not.toHaveBeenCalled();
  });
  test("takes text of the page, cut to a length, and none of fields, editors or slips", () => {
    document.body.innerHTML = `<p>${"word ".repeat(2000)}</p><i>ab</i><div contenteditable="true"><b>my draft</b></div>`;
    const words = (selector: string) => {
      select(document.querySelector(selector)!);
      return selectedText(getSelection());
    };
    expect(words("p")).toHaveLength(4000);
    expect(words("i")).toBe("");
    expect(words("b")).toBe("");
    getSelection()!.collapseToStart();
    expect(selectedText(getSelection())).toBe("");
  });
});
