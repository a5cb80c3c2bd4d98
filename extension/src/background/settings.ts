/** What the viewer has set, with what holds where nothing is set. */
import type { Stored } from "../shared/messages";
import type { Browser } from "./browser";

/** The monitor that the manifest itself names. */
export const FIRST_MONITOR = "https://bigpanda.cern.ch";

export const DEFAULTS: Stored = {
  backend: "http://127.0.0.1:8765",
  token: "",
  owner: "",
  monitors: [FIRST_MONITOR],
  model: null,
  audience: "user",
  consented: [],
  width: 400,
};

export async function settings(browser: Browser): Promise<Stored> {
  const stored = await browser.load();
  const set = Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...set };
}

/** An address as its origin, without path or last slash; null where it is no http address. */
export function origin(address: string): string | null {
  const words = address.trim();
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(words) ? words : `https://${words}`;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  // Chromium takes "no address" for the host "no%20address".
  return /^https?:$/.test(url.protocol) && /^[\w.:[\]-]+$/.test(url.hostname) ? url.origin : null;
}

/** The match pattern of an origin. Patterns know no port in Firefox, and without one they match every port. */
export function pattern(of: string): string {
  const { protocol, hostname } = new URL(of);
  return `${protocol}//${hostname}/*`;
}

export function isLoopback(address: string): boolean {
  return URL.canParse(address) && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(address).hostname);
}
