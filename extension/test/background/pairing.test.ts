// @vitest-environment node
import { beforeEach, describe, expect, test, vi } from "vitest";
import { openInMonitorTab, reachOpenPages, register } from "../../src/background/monitors";
import { optionsAnswers, setUp } from "../../src/background/pairing";
import { FIRST_MONITOR, isLoopback, origin, pattern } from "../../src/background/settings";
import { FakeBrowser } from "./fakes";

let browser: FakeBrowser;
const changed = vi.fn();
let options: ReturnType<typeof optionsAnswers>;

beforeEach(() => {
  browser = new FakeBrowser();
  browser.stored = {};
  changed.mockClear();
  options = optionsAnswers(browser, changed);
});

const pair = (backend: string, code: string) => options["options/pair"]({ type: "options/pair", backend, code });
const status = () => options["options/status"]({ type: "options/status" });
const monitors = (list: string[]) => options["options/monitors"]({ type: "options/monitors", monitors: list });

describe("pairing", () => {
  test("trades a code for a token of this browser", async () => {
    expect(await pair("http://127.0.0.1:8765/", " GOOD ")).toEqual({ ok: true, message: "Paired with http://127.0.0.1:8765 as ann." });
    expect(browser.stored).toMatchObject({ backend: "http://127.0.0.1:8765", token: "new", owner: "ann" });
    expect(browser.backend.calls[0]?.body).toEqual({ code: "GOOD", name: "Firefox" });
    expect(browser.backend.calls[0]?.headers.has("authorization")).toBe(false);
    expect(changed).toHaveBeenCalledOnce();
  });
  test("with a wrong code keeps what was there and says why", async () => {
    browser.stored = { token: "tok" };
    expect(await pair("http://127.0.0.1:8765", "BAD")).toEqual({ ok: false, message: "The code is wrong or old." });
    expect(browser.stored).toEqual({ token: "tok" });
    expect(changed).not.toHaveBeenCalled();
  });
  test("where nothing runs says how to start it", async () => {
    browser.backend.up = false;
    expect((await pair("http://127.0.0.1:8765", "GOOD")).message).toContain("make serve");
  });
  test.each(["", "file:///etc/passwd", "http://", "javascript:1"])("with %s as address asks nobody", async (address) => {
    expect(await pair(address, "GOOD")).toMatchObject({ ok: false });
    expect(browser.backend.calls).toEqual([]);
  });
  test("with a host that was not granted asks nobody", async () => {
    expect(await pair("https://far.example", "GOOD")).toMatchObject({ ok: false, message: expect.stringContaining("permission") as unknown });
    expect(browser.backend.calls).toEqual([]);
  });
  test("is taken back by unpairing", async () => {
    browser.stored = { token: "tok", owner: "ann" };
    await options["options/unpair"]({ type: "options/unpair" });
    expect(browser.stored).toMatchObject({ token: "", owner: "" });
  });
});

describe("the usage", () => {
  const usage = () => options["options/usage"]({ type: "options/usage" });

  test("is the backend's, of the last week; nothing where it cannot be asked", async () => {
    browser.stored = { token: "tok" };
    const line = { day: "2026-11-28", model: "openai/x", purpose: "answer", calls: 3, estimated: 0, unpriced: 0, input_tokens: 3_600, output_tokens: 900, cost_usd: 0.0021 };
    browser.backend.replies["GET /api/v1/usage?days=7"] = () => Response.json({ usage: [], purposes: [line] });
    expect(await usage()).toEqual([line]);
    browser.backend.up = false;
    expect(await usage()).toEqual([]);
  });
});

describe("the status", () => {
  test("of a paired backend has its models", async () => {
    browser.stored = { token: "tok", owner: "ann" };
    expect(await status()).toMatchObject({ paired: true, reachable: true, owner: "ann", defaultModel: "none", models: [{ name: "none" }, { name: "openai/x" }] });
  });
  test("tells a refused token, an unpaired and an absent backend apart", async () => {
    expect(await status()).toMatchObject({ paired: false, reachable: true });
    browser.stored = { token: "old" };
    expect(await status()).toMatchObject({ paired: false, reachable: true });
    browser.backend.up = false;
    expect(await status()).toMatchObject({ paired: true, reachable: false });
  });
});

describe("monitors", () => {
  test("beside the manifest's own are registered where they were granted", async () => {
    browser.granted.push("https://panda-doma.cern.ch/*");
    expect(await monitors(["https://bigpanda.cern.ch/", "panda-doma.cern.ch", "http://127.0.0.1:8766/job/1", " "])).toMatchObject({ ok: true });
    expect(browser.stored["monitors"]).toEqual([FIRST_MONITOR, "https://panda-doma.cern.ch", "http://127.0.0.1:8766"]);
    expect(browser.registered).toEqual(["https://panda-doma.cern.ch/*", "http://127.0.0.1/*"]);
    expect(browser.menus).toEqual(["https://bigpanda.cern.ch/*", "https://panda-doma.cern.ch/*", "http://127.0.0.1/*"]);
  });
  test("get the script on pages that are open already, and no other page gets it", async () => {
    browser.open = [
      { id: 1, url: "http://127.0.0.1:8766/job/1", active: false },
      { id: 2, url: "http://127.0.0.1:9999/other", active: true },
      { id: 3, url: "https://bigpanda.cern.ch/job/1", active: true },
    ];
    expect(await monitors([FIRST_MONITOR, "http://127.0.0.1:8766"])).toEqual({ ok: true, message: "Saved." });
    expect(browser.scripts).toEqual([[1, "content.js"], [3, "content.js"]]);
    browser.scripts.length = 0;
    await reachOpenPages(browser);
    expect(browser.scripts).toHaveLength(2);
  });
  test("that are no address, or were not granted, change nothing", async () => {
    expect(await monitors(["https://bigpanda.cern.ch", "ftp://x"])).toMatchObject({ ok: false });
    expect(await monitors(["https://far.example"])).toMatchObject({ ok: false, message: expect.stringContaining("far.example") as unknown });
    expect(browser.stored).toEqual({});
  });
  test("whose permission was taken back are no longer registered", async () => {
    browser.stored = { monitors: ["https://far.example", FIRST_MONITOR] };
    await register(browser);
    expect(browser.registered).toEqual([]);
    expect(browser.menus).toEqual(["https://bigpanda.cern.ch/*"]);
  });
});

describe("a prepared folder", () => {
  const wait = vi.fn(() => Promise.resolve());
  const setup = { backend: "http://127.0.0.1:8765", code: "GOOD", monitors: ["http://127.0.0.1:8766"] };

  test("pairs and adds its monitors, once for a code", async () => {
    browser.setup = setup;
    await setUp(browser, wait);
    expect(browser.stored).toMatchObject({ token: "new", monitors: [FIRST_MONITOR, "http://127.0.0.1:8766"] });
    browser.backend.calls.length = 0;
    await setUp(browser, wait);
    expect(browser.backend.calls).toEqual([]);
  });
  test("says what it was, so that the sidebar can be opened, and nothing the next time", async () => {
    browser.setup = { ...setup, open: true };
    expect(await setUp(browser, wait)).toMatchObject({ open: true });
    expect(await setUp(browser, wait)).toBeNull();
  });
  test("has the sidebar opened in the tab that is seen, once its page is there", async () => {
    browser.stored["monitors"] = setup.monitors;
    browser.open = [{ id: 1, url: "http://127.0.0.1:8766/job/1", active: false }];
    const later = vi.fn(() => {
      browser.open.push({ id: 2, url: "http://127.0.0.1:8766/job/2", active: true });
      return Promise.resolve();
    });
    await openInMonitorTab(browser, later);
    expect(later).toHaveBeenCalledOnce();
    expect(browser.scripts).toEqual([[2, "content.js"]]);
    expect(browser.done).toEqual(["sidebar/open"]);
  });
  test("gives up where no page of a monitor is opened", async () => {
    const later = vi.fn(() => Promise.resolve());
    await openInMonitorTab(browser, later);
    expect(browser.done).toEqual([]);
    expect(later.mock.calls.length).toBeGreaterThan(10);
  });
  test("waits for a backend that starts late, and does not use up a refused code's tries", async () => {
    browser.setup = setup;
    browser.backend.up = false;
    wait.mockImplementationOnce(() => Promise.resolve(void (browser.backend.up = true)));
    await setUp(browser, wait);
    expect(browser.stored["token"]).toBe("new");
    browser.setup = { ...setup, code: "BAD" };
    browser.backend.calls.length = 0;
    await setUp(browser, wait);
    await setUp(browser, wait);
    expect(browser.backend.calls).toHaveLength(1);
    expect(browser.stored["token"]).toBe("new");
  });
  test.each([null, {}, { ...setup, monitors: [1] }, { ...setup, code: 5 }, "x"])("with a file that is none (%j) is left alone", async (file) => {
    browser.setup = file;
    await setUp(browser, wait);
    expect(browser.backend.calls).toEqual([]);
  });
});

describe("addresses", () => {
  test.each([
    ["https://bigpanda.cern.ch/job/1/?x", "https://bigpanda.cern.ch"],
    ["HTTP://LOCALHOST:8765/", "http://localhost:8765"],
    ["panda-doma.cern.ch", "https://panda-doma.cern.ch"],
    ["ws://x", null],
    ["", null],
  ])("%s → %s", (written, expected) => {
    expect(origin(written)).toBe(expected);
  });
  test("patterns have no port, and only this machine is this machine", () => {
    expect(pattern("https://usdf-panda-bigmon.slac.stanford.edu:8443")).toBe("https://usdf-panda-bigmon.slac.stanford.edu/*");
    expect(["http://127.0.0.1:1", "http://localhost", "http://[::1]:8"].map(isLoopback)).toEqual([true, true, true]);
    expect(["http://localhost.evil.example", "http://127.0.0.1.evil.example", "https://10.0.0.1"].map(isLoopback)).toEqual([false, false, false]);
  });
});
