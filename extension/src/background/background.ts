/** The background: wires the browser's events to the desks. Listeners are added at once, because events wake it. */
import type { FromContent, FromOptions, FromPanel, Opening } from "../shared/messages";
import { realBrowser } from "./browser";
import { Desk } from "./desk";
import { MENU, openInMonitorTab, reachOpenPages, register } from "./monitors";
import { Page } from "./page";
import type { PanelPort } from "./panels";
import { optionsAnswers, setUp } from "./pairing";
import { origin, settings } from "./settings";

const browser = realBrowser();
const desks = new Map<number, Desk>();
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** The conversation of a tab. A panel that stands in a tab of its own and names no other has no page. */
function desk(tabId: number, page = true): Desk {
  let found = desks.get(tabId);
  if (!found) {
    found = new Desk(browser, tabId, page ? new Page(browser, tabId) : null);
    desks.set(tabId, found);
  }
  return found;
}

/** Once in a browser session (it wakes many times), and whenever the extension is put in or updated. */
let readying = Promise.resolve();
function ready(anew = false): void {
  readying = readying
    .then(async () => {
      if (!anew && (await browser.recall("ready"))) return;
      await browser.remember("ready", true);
      await register(browser);
      const setup = await setUp(browser, wait);
      if (setup) await register(browser);
      await reachOpenPages(browser);
      for (const one of desks.values()) one.refresh();
      if (setup?.open) void openInMonitorTab(browser, wait);
    })
    .catch((error: unknown) => console.error("Ask PanDA:", error));
}
chrome.runtime.onInstalled.addListener(() => ready(true));
chrome.runtime.onStartup.addListener(() => ready());
ready();

/** Only pages of this extension have its address; content scripts have that of their page. */
const OWN = /^(?:chrome|moz)-extension:/;

chrome.runtime.onConnect.addListener((port) => {
  const { sender } = port;
  const tab = sender?.tab?.id;
  if (port.name !== "panel" || sender?.id !== chrome.runtime.id || tab === undefined || !OWN.test(sender.url ?? "")) {
    port.disconnect();
    return;
  }
  const panel: PanelPort = { postMessage: (message) => port.postMessage(message) };
  let mine: Desk | null = sender.frameId ? desk(tab) : null;
  port.onMessage.addListener((message: FromPanel) => {
    if (message.type === "hello") mine ??= message.tabId === undefined ? desk(tab, false) : desk(message.tabId);
    mine?.hear(panel, message);
  });
  port.onDisconnect.addListener(() => mine?.leave(panel));
});

const options = optionsAnswers(browser, () => {
  for (const one of desks.values()) one.refresh();
});

chrome.runtime.onMessage.addListener((message: FromContent | FromOptions[keyof FromOptions]["args"], sender, reply) => {
  if (sender.id !== chrome.runtime.id) return false;
  const tab = sender.tab?.id;
  if (message.type === "content/open") {
    if (tab !== undefined && sender.frameId === 0) void openFromPage(tab, sender.url ?? "", message.opening);
  } else if (OWN.test(sender.url ?? "") && Object.hasOwn(options, message.type)) {
    const answer = options[message.type as keyof FromOptions] as (message: unknown) => Promise<unknown>;
    answer(message).then(reply, (error: unknown) => {
      console.error("Ask PanDA:", error);
      reply(null);
    });
    return true;
  }
  return false;
});

async function openFromPage(tabId: number, url: string, opening: Opening): Promise<void> {
  const { monitors } = await settings(browser);
  if (monitors.includes(origin(url) ?? "")) desk(tabId).open(opening);
}

chrome.contextMenus.onClicked.addListener((info, tab) => {
  if (info.menuItemId === MENU && tab?.id !== undefined) void explain(tab.id, info.selectionText);
});

/** The highlighted words, or the error row under the pointer; where there is neither, the sidebar alone. */
async function explain(tabId: number, selected: string | undefined): Promise<void> {
  const page = new Page(browser, tabId);
  const selection = selected?.trim().slice(0, 4_000);
  const error = selection ? null : await page.clickedError();
  if (!(await page.openSidebar())) return;
  if (selection) desk(tabId).open({ selection, ask: true });
  else if (error) desk(tabId).open({ error, ask: true });
}

chrome.commands.onCommand.addListener((command, tab) => {
  if (command === "toggle-sidebar") void toggle(tab);
});
chrome.action.onClicked.addListener((tab) => void toggle(tab));

/** Where the page is no monitor's, questions about PanDA itself can still be asked, in a tab. */
async function toggle(tab: chrome.tabs.Tab | undefined): Promise<void> {
  const tabId = tab?.id;
  if (tabId === undefined) return;
  const page = new Page(browser, tabId);
  if (await page.toggleSidebar()) return;
  const { monitors } = await settings(browser);
  // A page that was open before the extension came carries no script yet.
  if (monitors.includes(origin(tab?.url ?? "") ?? "") && (await browser.addScript(tabId, "content.js"))) {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await wait(50);
      if (await page.openSidebar()) return;
    }
  }
  await browser.openTab("panel/panel.html");
}

chrome.tabs.onRemoved.addListener((tabId) => {
  // Also a tab whose conversation is only in the store, because the background has slept since.
  desk(tabId).close();
  desks.delete(tabId);
});
