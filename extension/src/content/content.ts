/**
 * The content script. It acts only on real pages of the viewer's own monitors, changes nothing before it knows that it
 * is on one, and takes everything back through one AbortController.
 */
import type { FromContent, Opening, Stored, ToContent } from "../shared/messages";
import { watchRightClicks } from "./clicked";
import { isQuiet } from "./pages/detect";
import { readPage } from "./pages/read";
import { createResources } from "./resources";
import { createBubble } from "./ui/bubble";
import { createWaysIn } from "./ui/entry";
import { floatingRoot } from "./ui/root";
import { createSidebar, DEFAULT_WIDTH } from "./ui/sidebar";

/** True in builds for benchmarks only. */
declare const __MEASURE__: boolean;

/** One copy per page, also where the toolbar button injects it into a page that was open before the extension came. */
const world = globalThis as { askPandaIsHere?: boolean };

const began = performance.now();
if (!world.askPandaIsHere && isMonitorPage(document, new URL(location.href))) {
  world.askPandaIsHere = true;
  const spent = performance.now() - began;
  void chrome.storage.local.get(["monitors", "width"]).then((stored: Partial<Stored>) => {
    const again = performance.now();
    // Without a list, the extension is as installed, and the manifest has brought the script here.
    if (stored.monitors && !stored.monitors.includes(location.origin)) return;
    start(stored.width ?? DEFAULT_WIDTH);
    if (__MEASURE__) document.documentElement.dataset["askPandaMs"] = String(spent + performance.now() - again);
  });
}

/** A page with the monitor's navigation: no sign-in page, plain file, answer fragment or frame. */
function isMonitorPage(page: Document, url: URL): boolean {
  return window.top === window && !isQuiet(url) && page.querySelector("#main-menu") !== null;
}

function start(width: number): void {
  const ending = new AbortController();
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
      if (!isOpen) send({ type: "content/closed" });
    },
  });
  const ways = createWaysIn(document, root, {
    stop,
    open: (focus) => sidebar.open(focus),
    ask: (question) => open({ question, ask: true }),
    close: () => sidebar.close(),
  });
  createBubble(document, root, { stop, choose: (selection, ask) => open({ selection, ask }) });
  const clickedError = watchRightClicks(document, stop);
  const resources = createResources(location.origin, stop);

  const answers: { [K in keyof ToContent]: (message: ToContent[K]["args"]) => Promise<ToContent[K]["result"]> | ToContent[K]["result"] } = {
    "page/context": () => readPage(document, new URL(location.href)),
    "page/fetch": ({ request }) => resources.fetch(request),
    "page/piece": ({ key, index }) => resources.piece(key, index),
    "page/clicked-error": clickedError,
    "sidebar/open": () => {
      sidebar.open(true);
      return null;
    },
    "sidebar/toggle": () => {
      sidebar.toggle();
      return null;
    },
    "sidebar/close": () => {
      sidebar.close();
      return null;
    },
  };
  const listener = (message: ToContent[keyof ToContent]["args"], sender: chrome.runtime.MessageSender, reply: (answer: unknown) => void) => {
    // The background alone has no tab; pages cannot send at all.
    if (sender.id !== chrome.runtime.id || sender.tab || !Object.hasOwn(answers, message.type)) return false;
    const answer = answers[message.type] as (message: unknown) => unknown;
    Promise.resolve(message)
      .then(answer)
      .then(reply, () => reply(null));
    return true;
  };
  chrome.runtime.onMessage.addListener(listener);
  stop.addEventListener("abort", () => isConnected() && chrome.runtime.onMessage.removeListener(listener), { once: true });
}

/** False once this copy of the extension is gone: its API then loses its id. */
function isConnected(): boolean {
  return Boolean((chrome.runtime as { id?: string } | undefined)?.id);
}
