/** The options page's requests, and the one-time set-up that a prepared folder carries. */
import type { UsageLine } from "../shared/contract";
import type { FromOptions, Setup } from "../shared/messages";
import { Backend, BackendError } from "./backend";
import type { Browser } from "./browser";
import { origins, reachOpenPages, register } from "./monitors";
import * as say from "./sentences";
import { isLoopback, origin, pattern, settings } from "./settings";

type Answers = { [K in keyof FromOptions]: (message: FromOptions[K]["args"]) => Promise<FromOptions[K]["result"]> };

/** What the options page may ask for. `changed` is called after anything that panels should know of. */
export function optionsAnswers(browser: Browser, changed: () => void): Answers {
  return {
    "options/pair": async ({ backend, code }) => {
      const { ok, message } = await pair(browser, backend, code);
      if (ok) changed();
      return { ok, message };
    },
    "options/unpair": async () => {
      await browser.save({ token: "", owner: "" });
      changed();
      return null;
    },
    "options/status": () => status(browser),
    "options/usage": () => usage(browser),
    "options/monitors": async ({ monitors }) => {
      const found = origins(monitors);
      if (!found) return { ok: false, message: "One of the monitors is no address: write it like https://bigpanda.cern.ch." };
      for (const one of found) {
        if (!(await browser.hasHosts([pattern(one)]))) return { ok: false, message: say.noHost(one) };
      }
      await browser.save({ monitors: found });
      await register(browser);
      await reachOpenPages(browser);
      return { ok: true, message: "Saved." };
    },
  };
}

/** `again`: nothing answered, so that another try may succeed. */
interface Pairing {
  ok: boolean;
  message: string;
  again?: boolean;
}

async function pair(browser: Browser, address: string, code: string): Promise<Pairing> {
  const backend = origin(address);
  if (!backend) return { ok: false, message: say.noAddress(address) };
  if (!isLoopback(backend) && !(await browser.hasHosts([pattern(backend)]))) {
    return { ok: false, message: say.noHost(backend) };
  }
  try {
    const { token, owner } = await new Backend(browser.fetch, { backend, token: "" }).pair(code.trim(), browser.name);
    await browser.save({ backend, token, owner });
    return { ok: true, message: say.pairedAs(owner, backend) };
  } catch (error) {
    if (error instanceof BackendError) return { ok: false, message: error.message, again: error.problem === "down" };
    throw error;
  }
}

async function status(browser: Browser): Promise<FromOptions["options/status"]["result"]> {
  const stored = await settings(browser);
  const known = { paired: Boolean(stored.token), backend: stored.backend, owner: stored.owner };
  try {
    const { models, default: defaultModel } = await new Backend(browser.fetch, stored).models();
    return { ...known, reachable: true, models, defaultModel };
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const refused = error.problem === "refused";
    return {
      ...known,
      paired: known.paired && !refused,
      reachable: error.problem === "unpaired" ? await answers(browser, stored.backend) : error.problem !== "down",
      models: [],
      defaultModel: "",
    };
  }
}

/** Days of usage that the options page shows. */
const USAGE_DAYS = 7;

async function usage(browser: Browser): Promise<UsageLine[]> {
  try {
    return await new Backend(browser.fetch, await settings(browser)).usage(USAGE_DAYS);
  } catch (error) {
    // Why the backend cannot be asked stands in the status.
    if (error instanceof BackendError) return [];
    throw error;
  }
}

/** Whether a backend that has given us no token yet is there. */
async function answers(browser: Browser, backend: string): Promise<boolean> {
  try {
    return (await browser.fetch(`${backend}/healthz`, { signal: AbortSignal.timeout(3_000), credentials: "omit" })).ok;
  } catch {
    return false;
  }
}

/** A fresh backend may need a moment longer than the browser. */
const SETUP_ATTEMPTS = 5;

/** Uses `setup.json`, once for each code: pairs and adds the monitors. What it did not know before, or null. */
export async function setUp(browser: Browser, wait: (milliseconds: number) => Promise<void>): Promise<Setup | null> {
  const setup = await browser.readOwnFile("setup.json");
  if (!isSetup(setup)) return null;
  const stored = await browser.load();
  if (stored.setupCode === setup.code) return null;
  const monitors = origins([...(await settings(browser)).monitors, ...setup.monitors]);
  if (monitors) await browser.save({ monitors });
  for (let attempt = 0; attempt < SETUP_ATTEMPTS; attempt += 1) {
    if (attempt) await wait(attempt * 1_000);
    const { ok, message, again } = await pair(browser, setup.backend, setup.code);
    if (!ok) console.warn("Ask PanDA:", message);
    if (again) continue;
    // Codes work once; one that was refused would be refused again.
    await browser.save({ setupCode: setup.code });
    return setup;
  }
  return setup;
}

function isSetup(value: unknown): value is Setup {
  if (typeof value !== "object" || value === null) return false;
  const { backend, code, monitors } = value as Record<string, unknown>;
  return typeof backend === "string" && typeof code === "string" && Array.isArray(monitors) && monitors.every((one) => typeof one === "string");
}
