/** The one place where the background meets the browser. Everything else is written against `Browser`. */
import type { Stored, ToContent } from "../shared/messages";

export interface Browser {
  fetch: typeof fetch;
  load(): Promise<Partial<Stored> & Installed>;
  save(values: Partial<Stored & Installed>): Promise<void>;
  /** Values that live as long as the browser's session. */
  recall(key: string): Promise<unknown>;
  remember(key: string, value: unknown): Promise<void>;
  forget(key: string): Promise<void>;
  /** What the tab's content scripts answer; undefined where there are none. */
  askTab<K extends keyof ToContent>(tabId: number, message: ToContent[K]["args"]): Promise<ToContent[K]["result"] | undefined>;
  /** Adds one of our scripts to a tab's page; false where the browser does not let us. */
  addScript(tabId: number, file: string): Promise<boolean>;
  /** The tabs that show pages of these patterns, as far as the browser lets us see them. */
  tabs(patterns: string[]): Promise<Tab[]>;
  openTab(path: string): Promise<void>;
  openOptions(): Promise<void>;
  /** A file beside the manifest, or null. */
  readOwnFile(name: string): Promise<unknown>;
  hasHosts(patterns: string[]): Promise<boolean>;
  /** Which pages get the content script beside those of the manifest. */
  registerPages(patterns: string[]): Promise<void>;
  showMenu(id: string, title: string, patterns: string[]): Promise<void>;
  /** "Chromium" or "Firefox", for the name under which a token is listed. */
  name: string;
}

export interface Tab {
  id: number;
  url: string;
  /** It is the one that is seen in its window. */
  active: boolean;
}

/** What is kept beside the viewer's settings. */
export interface Installed {
  /** The code of the `setup.json` that was used, so that it is used once. */
  setupCode?: string;
}

const REGISTRATION = "monitors";

export function realBrowser(): Browser {
  return {
    fetch: (input, init) => fetch(input, init),
    load: () => chrome.storage.local.get(),
    save: (values) => chrome.storage.local.set(values),
    recall: async (key) => (await chrome.storage.session.get(key))[key],
    remember: (key, value) => chrome.storage.session.set({ [key]: value }),
    forget: (key) => chrome.storage.session.remove(key),
    askTab: async (tabId, message) => {
      try {
        return await chrome.tabs.sendMessage(tabId, message, { frameId: 0 });
      } catch {
        return undefined;
      }
    },
    addScript: async (tabId, file) => {
      try {
        await chrome.scripting.executeScript({ target: { tabId, frameIds: [0] }, files: [file] });
        return true;
      } catch {
        return false;
      }
    },
    tabs: async (patterns) => {
      const found = patterns.length ? await chrome.tabs.query({ url: patterns }) : [];
      return found.flatMap(({ id, url, active }) => (id === undefined || url === undefined ? [] : [{ id, url, active }]));
    },
    openTab: async (path) => {
      await chrome.tabs.create({ url: chrome.runtime.getURL(path) });
    },
    openOptions: () => chrome.runtime.openOptionsPage(),
    readOwnFile: async (name) => {
      try {
        return (await (await fetch(chrome.runtime.getURL(name))).json()) as unknown;
      } catch {
        return null;
      }
    },
    hasHosts: (patterns) => chrome.permissions.contains({ origins: patterns }),
    registerPages: async (patterns) => {
      const ids = [REGISTRATION];
      const registered = await chrome.scripting.getRegisteredContentScripts({ ids });
      if (registered.length) await chrome.scripting.unregisterContentScripts({ ids });
      if (!patterns.length) return;
      const script = { id: REGISTRATION, matches: patterns, js: ["content.js"], runAt: "document_end" as const };
      await chrome.scripting.registerContentScripts([script]);
    },
    showMenu: async (id, title, patterns) => {
      await chrome.contextMenus.removeAll();
      chrome.contextMenus.create({ id, title, contexts: ["selection", "page", "link"], documentUrlPatterns: patterns }, () => {
        // Reading it keeps the browser from reporting what another wake-up of the background has already created.
        return chrome.runtime.lastError;
      });
    },
    name: chrome.runtime.getURL("").startsWith("moz-extension:") ? "Firefox" : "Chromium",
  };
}
