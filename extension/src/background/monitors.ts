/** Which pages carry the content script and the menu entry: those of the monitors in the settings. */
import type { Browser, Tab } from "./browser";
import { Page } from "./page";
import { FIRST_MONITOR, origin, pattern, settings } from "./settings";

export const MENU = "explain";

/** The viewer's list, as origins without repetition; null where one of them is no address. */
export function origins(monitors: string[]): string[] | null {
  const found = new Set<string>();
  for (const monitor of monitors) {
    if (!monitor.trim()) continue;
    const one = origin(monitor);
    if (!one) return null;
    found.add(one);
  }
  return [...found];
}

/** The tabs that show a page of a monitor in the settings. Patterns know no port; the settings do. */
export async function monitorTabs(browser: Browser): Promise<Tab[]> {
  const { monitors } = await settings(browser);
  const tabs = await browser.tabs([...new Set(monitors.map(pattern))]).catch(() => []);
  return tabs.filter(({ url }) => monitors.includes(origin(url) ?? ""));
}

/** Brings the content script to pages that were open before their monitor was registered. It stays one copy a page. */
export async function reachOpenPages(browser: Browser): Promise<void> {
  for (const { id } of await monitorTabs(browser)) await browser.addScript(id, "content.js");
}

/** How long a prepared browser may take to load its first page. */
const PAGE_ATTEMPTS = 60;
const PAGE_WAIT = 500;

/** Opens the sidebar in the monitor's tab that is seen, as soon as there is one. */
export async function openInMonitorTab(browser: Browser, wait: (milliseconds: number) => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < PAGE_ATTEMPTS; attempt += 1) {
    for (const { id, active } of await monitorTabs(browser)) {
      if (active && (await browser.addScript(id, "content.js")) && (await new Page(browser, id).openSidebar())) return;
    }
    await wait(PAGE_WAIT);
  }
}

/** Brings the browser's registrations in line with the settings. Hosts that were not granted are left out. */
export async function register(browser: Browser): Promise<void> {
  const { monitors } = await settings(browser);
  const patterns = [...new Set(monitors.map(pattern))];
  const granted: string[] = [];
  for (const one of patterns) if (await browser.hasHosts([one])) granted.push(one);
  // The manifest brings the script to its own monitor; a second registration would load it twice.
  await browser.registerPages(granted.filter((one) => one !== pattern(FIRST_MONITOR)));
  if (granted.length) await browser.showMenu(MENU, "Explain this error", granted);
}
