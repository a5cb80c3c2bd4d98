// @vitest-environment node
/** What outlives a cut connection, a background that sleeps or is ended, and a page. */
import { describe, expect, test, vi } from "vitest";
import type { FetchedResource } from "../../src/shared/messages";
import { ask, browser, desk, freshDesk, hello, LOG, needs, newBrowser, newDesk, newPanel, panel, settle } from "./desk-kit";
import { events, FakePanel, stream } from "./fakes";

freshDesk();

describe("a draft", () => {
  const draft = (question: string, selection?: string) => desk.hear(panel, { type: "draft", question, ...(selection ? { selection } : {}) });
  const shown = async () => {
    const next = new FakePanel();
    newDesk();
    await hello(next);
    return next.of("state").at(-1)?.draft;
  };

  test("is there for the tab's next page, also after the background has slept and in a new conversation", async () => {
    await hello();
    draft("half a", "quoted");
    draft("half a thought", "quoted");
    await settle();
    expect(await shown()).toEqual({ question: "half a thought", selection: "quoted" });
    desk.hear(panel, { type: "new" });
    await settle();
    expect(await shown()).toEqual({ question: "half a thought", selection: "quoted" });
  });

  test("that was taken out of the box is gone", async () => {
    await hello();
    draft("half a thought");
    draft("");
    await settle();
    expect(await shown()).toBeUndefined();
  });
});

describe("a connection that is cut", () => {
  test("is taken up where it broke", async () => {
    await hello();
    const all = events("m1", ["One. ", "Two."]);
    browser.backend.streams.push(
      () => stream(all.slice(0, 2), { cut: true }),
      () => stream(all.slice(2, 3), { first: 3 }),
      () => stream(all.slice(3), { first: 4 }),
    );
    await ask();
    expect(panel.types().slice(3)).toEqual(["start", "token", "token", "done", "ended"]);
    expect(browser.backend.paths("/answers/m1/events").map(({ headers }) => headers.get("last-event-id"))).toEqual(["2", "3"]);
    expect(browser.backend.asks()).toHaveLength(1);
  });

  test("is given up after a while, with a sentence, and what came is kept", async () => {
    await hello();
    browser.backend.streams.push(() => stream(events("m1", ["One."]).slice(0, 2), { cut: true }));
    await ask();
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "failed" }]);
    const error = panel.of("event").map(({ event }) => event).find((event) => event.event === "error");
    expect(error?.data.message).toContain("http://127.0.0.1:8765 was cut");
    await hello();
    expect(panel.of("state").at(-1)?.exchanges[0]?.events.map(({ event }) => event)).toEqual(["start", "token", "error"]);
  });

  test("and an answer that cannot be read is said to be unreadable", async () => {
    await hello();
    browser.backend.streams.push(() => new Response("id: 1\nevent: start\ndata: {oops\n\n", { headers: { "content-type": "text/event-stream" } }));
    await ask();
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "failed" }]);
  });
});

describe("a background that was put to sleep", () => {
  async function sleepDuring(run: () => void): Promise<void> {
    await hello();
    run();
    desk.hear(panel, { type: "ask", question: "Why?", audience: "expert" });
    await vi.advanceTimersByTimeAsync(1_000);
    // The process is gone: its timers, its memory; only the session's store is left.
    vi.clearAllTimers();
    newDesk();
    newPanel();
  }

  test("goes on with the running answer from its last event, when the panel comes back", async () => {
    const all = events("m1", ["One. ", "Two."]);
    await sleepDuring(() => browser.backend.streams.push(() => stream(all.slice(0, 2), { open: true })));
    browser.backend.streams.push(() => stream(all.slice(2), { first: 3 }));
    await hello();
    expect(panel.of("state")[0]?.exchanges).toMatchObject([{ question: "Why?", state: "running", events: [{ event: "start" }, { event: "token" }] }]);
    expect(panel.types()).toEqual(["state", "token", "done", "ended"]);
    expect(browser.backend.paths("/answers/m1/events")[0]?.headers.get("last-event-id")).toBe("2");
  });

  test("reads again what the backend needs, in the same round", async () => {
    await sleepDuring(() => {
      browser.fetched[LOG] = new Promise<FetchedResource>(() => undefined);
      browser.backend.streams.push(() => stream(needs("m1")));
    });
    browser.fetched[LOG] = { status: 200, text: "the log" };
    browser.backend.streams.push(() => stream(events("m2", ["Better."])));
    await hello();
    expect(browser.backend.asks()[1]).toMatchObject({ continues: "m1", audience: "expert", resources: { [LOG]: { text: "the log" } } });
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "done" }]);
  });

  test("shows a finished conversation again, without the words that the whole answers hold", async () => {
    await hello();
    browser.backend.streams.push(() => stream(events("m1", ["One."])));
    await ask();
    newDesk();
    const later = new FakePanel();
    await hello(later);
    expect(later.of("state")[0]?.exchanges).toMatchObject([{ state: "done", events: [{ event: "start" }, { event: "done" }] }]);
    expect(later.of("state")[0]?.exchanges[0]).not.toHaveProperty("turn");
  });
});

describe("a background that is ended", () => {
  /** Answers as the backend does: a first answer that needs a log, a better one for the log, and what is left of either. */
  function answersAnything(): void {
    const first = needs("m1");
    const second = events("m2", ["Better. ", "Much."], { text: "The verdict." });
    const reply = (path: string, { headers, body }: RequestInit): Response => {
      if (path === "/api/v1/models") return Response.json(browser.backend.models);
      if (path === "/api/v1/ask") return stream((JSON.parse(body as string) as { continues: unknown }).continues ? second : first);
      const after = Number(new Headers(headers).get("last-event-id") ?? 0);
      const left = (path.includes("/m1/") ? first : second).slice(after);
      return left.length ? stream(left, { first: after + 1 }) : stream([], { cut: true });
    };
    browser.fetch = (input, init = {}) => Promise.resolve(reply(new URL(input as string).pathname, init));
  }

  test("at any moment from the first write on loses no question and no answer", async () => {
    const moments: Map<string, string>[] = [];
    const { remember } = browser;
    browser.remember = async (key, value) => {
      await remember(key, value);
      moments.push(new Map(browser.session));
    };
    answersAnything();
    await hello();
    moments.length = 0;
    browser.fetched[LOG] = { status: 200, content_type: "text/plain", text: "log" };
    await ask("Why did this fail?", { selection: "quoted" });
    expect(moments.length).toBeGreaterThan(4);
    for (const moment of moments) {
      newBrowser();
      browser.fetched[LOG] = { status: 200, content_type: "text/plain", text: "log" };
      browser.session = new Map(moment);
      answersAnything();
      newPanel();
      newDesk();
      await hello();
      const again = new FakePanel();
      await hello(again);
      const shown = again.of("state")[0]!.exchanges;
      expect(shown.map(({ question, selection, state }) => ({ question, selection, state }))).toEqual([
        { question: "Why did this fail?", selection: "quoted", state: "done" },
      ]);
      expect(shown[0]!.events.at(-1)).toMatchObject({ event: "done", data: { text: "The verdict." } });
    }
  });

  test("writes a question down before it does anything else with it", async () => {
    const done: string[] = [];
    const { remember } = browser;
    browser.remember = (key, value) => {
      done.push("write");
      return remember(key, value);
    };
    const { fetch } = browser;
    browser.fetch = (input, init) => {
      done.push("fetch");
      return fetch(input, init);
    };
    browser.backend.streams.push(() => stream(events("m1", [])));
    await ask();
    expect(done.slice(0, 2)).toEqual(["write", "fetch"]);
    expect(done.slice(0, done.indexOf("fetch", 2)).filter((one) => one === "write")).toHaveLength(2);
  });

  test("keeps words that wait for the box", async () => {
    desk.open({ selection: "quoted", ask: false });
    await settle();
    newDesk();
    await hello();
    expect(panel.of("opening")).toEqual([{ type: "opening", opening: { selection: "quoted", ask: false } }]);
    desk.hear(panel, { type: "opened" });
    await settle();
    newDesk();
    await hello();
    expect(panel.of("opening")).toHaveLength(1);
  });
});
