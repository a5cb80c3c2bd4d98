/** Which pages carry the content script and the menu entry: those of the monitors in the settings. */
import type { Browser } from "./browser";
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
