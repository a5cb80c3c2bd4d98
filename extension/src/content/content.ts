/**
 * The content script: the ways into the sidebar, on real pages of the viewer's own monitors only. It changes nothing
 * before it knows that it is on one, and takes everything back through one AbortController. Reading the page is
 * `reader.ts`, which the background adds when a question is asked.
 */
import type { FromContent, Opening, Stored, ToContent } from "../shared/messages";
import { isQuiet } from "./pages/quiet";
import { createBubble } from "./ui/bubble";
import { createWaysIn } from "./ui/entry";
import { floatingRoot, on } from "./ui/root";
import { createSidebar, DEFAULT_WIDTH, hasRoomBeside } from "./ui/sidebar";
import { keep, wasOpen } from "./ui/staying";
import { answering, isConnected, world } from "./world";

/** True in builds for benchmarks only. */
declare const __MEASURE__: boolean;

const began = performance.now();
// One copy per page, also where the toolbar button adds it to a page that was open before the extension came.
if ((!world.askPanda || world.askPanda.stop.aborted) && isMonitorPage(document, new URL(location.href))) {
  const ending = new AbortController();
  world.askPanda = { stop: ending.signal, clicked: null };
  const spent = performance.now() - began;
  void chrome.storage.local.get(["monitors", "width"]).then((stored: Partial<Stored>) => {
    const again = performance.now();
    // Without a list, the extension is as installed, and the manifest has brought the script here.
    if (stored.monitors && !stored.monitors.includes(location.origin)) ending.abort();
    else start(ending, stored.width ?? DEFAULT_WIDTH);
    if (__MEASURE__) document.documentElement.dataset["askPandaMs"] = String(spent + performance.now() - again);
  });
}

/** A page with the monitor's navigation: no sign-in page, plain file, answer fragment or frame. */
function isMonitorPage(page: Document, url: URL): boolean {
  return window.top === window && !isQuiet(url) && page.querySelector("#main-menu") !== null;
}

function start(ending: AbortController, width: number): void {
  const stop = ending.signal;

  /** Tells the background; where the extension has been updated or removed meanwhile, everything is taken back. */
  const send = (message: FromContent) => {
    Promise.resolve()
      .then(() => chrome.runtime.sendMessage(message))
      .catch(() => {
        if (!isConnected()) ending.abort();
      });
  };
  const open = (opening: Opening) => {
    send({ type: "content/open", opening });
    sidebar.open(true);
  };

  const root = floatingRoot(document, stop);
  const sidebar = createSidebar(document, root, {
    panelUrl: chrome.runtime.getURL("panel/panel.html"),
    width,
    stop,
    onWidth: (to) => void chrome.storage.local.set({ width: Math.round(to) }),
    onChange: (isOpen) => {
      ways.sidebarIs(isOpen);
      keep(window, isOpen);
    },
  });
  const ways = createWaysIn(document, root, {
    stop,
    open: (focus) => sidebar.open(focus),
    ask: (question) => open({ question, ask: true }),
    close: () => sidebar.close(),
  });
  createBubble(document, root, { stop, choose: (selection, ask) => open({ selection, ask }) });
  on(document, "contextmenu", stop, (event) => world.askPanda && (world.askPanda.clicked = event.target), true);

  const done = (act: () => void) => () => {
    act();
    return null;
  };
  answering<Pick<ToContent, "sidebar/open" | "sidebar/toggle" | "sidebar/close">>(stop, {
    "sidebar/open": done(() => sidebar.open(true)),
    "sidebar/toggle": done(() => sidebar.toggle()),
    "sidebar/close": done(() => sidebar.close()),
  });
  if (hasRoomBeside(window) && wasOpen(window)) sidebar.open(false);
}
