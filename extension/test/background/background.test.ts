// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from "vitest";

/** Enough of the browser's interface to hold the background's listeners. */
function event() {
  const listeners: ((...args: never[]) => unknown)[] = [];
  return { addListener: (listener: (...args: never[]) => unknown) => listeners.push(listener), fire: (...args: unknown[]) => listeners.map((one) => one(...(args as never[]))) };
}

const ID = "own-id";
const MONITOR = "https://bigpanda.cern.ch/job/1/";
const PANEL = "chrome-extension://own-id/panel/panel.html";
let sent: { tabId: number; type: string }[];
let tabs: string[];
let answering: boolean;
let chrome: ReturnType<typeof fakeChrome>;

function fakeChrome() {
  const session = new Map<string, unknown>();
  return {
    runtime: {
      id: ID,
      getURL: (path: string) => `chrome-extension://${ID}/${path}`,
      onInstalled: event(),
      onStartup: event(),
      onConnect: event(),
      onMessage: event(),
      openOptionsPage: () => Promise.resolve(),
    },
    storage: {
      local: { get: () => Promise.resolve({}), set: () => Promise.resolve() },
      session: { get: (key: string) => Promise.resolve({ [key]: session.get(key) }), set: (values: object) => {
        for (const [key, value] of Object.entries(values)) session.set(key, value);
        return Promise.resolve();
      }, remove: () => Promise.resolve() },
    },
    contextMenus: { onClicked: event(), removeAll: () => Promise.resolve(), create: vi.fn() },
    commands: { onCommand: event() },
    action: { onClicked: event() },
    permissions: { contains: () => Promise.resolve(true) },
    scripting: {
      executeScript: vi.fn(() => Promise.resolve([])),
      getRegisteredContentScripts: () => Promise.resolve([]),
      registerContentScripts: () => Promise.resolve(),
      unregisterContentScripts: () => Promise.resolve(),
    },
    tabs: {
      query: () => Promise.resolve([]),
      onRemoved: event(),
      create: ({ url }: { url: string }) => Promise.resolve(void tabs.push(url)),
      sendMessage: (tabId: number, message: { type: string }) => {
        sent.push({ tabId, type: message.type });
        return answering ? Promise.resolve(null) : Promise.reject(new Error("no receiver"));
      },
    },
  };
}

beforeEach(async () => {
  sent = [];
  tabs = [];
  answering = true;
  chrome = fakeChrome();
  vi.resetModules();
  vi.stubGlobal("chrome", chrome);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  await import("../../src/background/background");
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

function connect(sender: object, name = "panel") {
  const port = { name, sender, disconnect: vi.fn(), posted: [] as { type: string }[], postMessage: (message: { type: string }) => port.posted.push(message), onMessage: event(), onDisconnect: event() };
  chrome.runtime.onConnect.fire(port);
  return port;
}

describe("a port", () => {
  test("of the panel in a tab is served", async () => {
    const port = connect({ id: ID, url: PANEL, frameId: 3, tab: { id: 7 } });
    port.onMessage.fire({ type: "hello" });
    await pause();
    expect(port.posted[0]).toMatchObject({ type: "state" });
    expect(sent).toContainEqual({ tabId: 7, type: "page/context" });
  });
  test("of a panel in a tab of its own has the page of the tab it names, or none", async () => {
    connect({ id: ID, url: PANEL, frameId: 0, tab: { id: 7 } }).onMessage.fire({ type: "hello", tabId: 9 });
    connect({ id: ID, url: PANEL, frameId: 0, tab: { id: 8 } }).onMessage.fire({ type: "hello" });
    await pause();
    expect(sent.filter(({ type }) => type === "page/context")).toEqual([{ tabId: 9, type: "page/context" }]);
  });
  test.each([
    ["a content script", { id: ID, url: MONITOR, frameId: 0, tab: { id: 7 } }, "panel"],
    ["another extension", { id: "other", url: "chrome-extension://other/x", tab: { id: 7 } }, "panel"],
    ["another name", { id: ID, url: PANEL, frameId: 3, tab: { id: 7 } }, "else"],
  ])("of %s is closed", (_, sender, name) => {
    expect(connect(sender, name).disconnect).toHaveBeenCalled();
  });
});

describe("a message", () => {
  test("for the options is answered to our own pages only", async () => {
    const reply = vi.fn();
    chrome.runtime.onMessage.fire({ type: "options/unpair" }, { id: ID, url: MONITOR, tab: { id: 7 }, frameId: 0 }, reply);
    chrome.runtime.onMessage.fire({ type: "options/unpair" }, { id: "other", url: "chrome-extension://other/x" }, reply);
    await pause();
    expect(reply).not.toHaveBeenCalled();
    chrome.runtime.onMessage.fire({ type: "options/unpair" }, { id: ID, url: "chrome-extension://own-id/options/options.html" }, reply);
    await pause();
    expect(reply).toHaveBeenCalledWith(null);
  });
  test.each([
    ["a page of the monitor", MONITOR, 0, true],
    ["a frame in it", MONITOR, 2, false],
    ["another site", "https://evil.example/job/1/", 0, false],
  ])("that opens the sidebar from %s", async (_, url, frameId, taken) => {
    chrome.runtime.onMessage.fire({ type: "content/open", opening: { selection: "words", ask: false } }, { id: ID, url, frameId, tab: { id: 7 } }, vi.fn());
    await pause();
    const port = connect({ id: ID, url: PANEL, frameId: 3, tab: { id: 7 } });
    port.onMessage.fire({ type: "hello" });
    await pause();
    expect(port.posted.some(({ type }) => type === "opening")).toBe(taken);
  });
});

describe("the browser's own buttons", () => {
  test("toggle the sidebar of a page that has it", async () => {
    chrome.commands.onCommand.fire("toggle-sidebar", { id: 7, url: MONITOR });
    chrome.action.onClicked.fire({ id: 8, url: MONITOR });
    await pause();
    expect(sent.map(({ tabId, type }) => `${tabId} ${type}`)).toEqual(["7 sidebar/toggle", "8 sidebar/toggle"]);
    expect(tabs).toEqual([]);
  });
  test("open the panel in a tab elsewhere, and put nothing into other pages", async () => {
    answering = false;
    chrome.action.onClicked.fire({ id: 8, url: "https://elsewhere.example/" });
    await pause();
    expect(tabs).toEqual([PANEL]);
    expect(chrome.scripting.executeScript).not.toHaveBeenCalled();
  });
  test("add the script to a monitor's page that was open before", async () => {
    answering = false;
    chrome.scripting.executeScript.mockImplementation(() => {
      answering = true;
      return Promise.resolve([]);
    });
    chrome.action.onClicked.fire({ id: 8, url: MONITOR });
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(chrome.scripting.executeScript).toHaveBeenCalledWith({ target: { tabId: 8, frameIds: [0] }, files: ["content.js"] });
    expect(sent.at(-1)).toEqual({ tabId: 8, type: "sidebar/open" });
    expect(tabs).toEqual([]);
  });
  test("the menu's entry takes the selection, and opens the sidebar", async () => {
    chrome.contextMenus.onClicked.fire({ menuItemId: "explain", selectionText: " Invalid redirect URL " }, { id: 7 });
    await pause();
    expect(sent.map(({ type }) => type)).toContain("sidebar/open");
    const port = connect({ id: ID, url: PANEL, frameId: 3, tab: { id: 7 } });
    port.onMessage.fire({ type: "hello" });
    await pause();
    expect(port.posted.find(({ type }) => type === "opening")).toMatchObject({ opening: { selection: "Invalid redirect URL", question: "Explain this." } });
  });
});
