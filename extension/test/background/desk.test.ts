// @vitest-environment node
/** One tab's conversation, from a panel's first word to the tab's end. */
import { describe, expect, test, vi } from "vitest";
import type { FetchedResource } from "../../src/shared/messages";
import { ask, browser, desk, freshDesk, hello, LOG, needs, newDesk, panel, settle } from "./desk-kit";
import { events, FakePanel, problem, stream } from "./fakes";

freshDesk();

describe("a question", () => {
  test("is asked with the page and its record, and its answer is passed on as it comes", async () => {
    await hello();
    browser.backend.streams.push(() => stream(events("m1", ["One. ", "Two."])));
    await ask("Why?", { selection: "Invalid redirect URL" });
    expect(panel.types()).toEqual(["state", "asked", "progress", "start", "token", "token", "done", "ended"]);
    expect(panel.of("asked")).toEqual([{ type: "asked", question: "Why?", selection: "Invalid redirect URL" }]);
    expect(panel.of("progress")).toEqual([{ type: "progress", text: "Reading the job's record from the page…" }]);
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "done" }]);
    expect(browser.backend.asks()).toEqual([
      {
        question: "Why?",
        conversation_id: null,
        continues: null,
        audience: "user",
        model: null,
        can_fetch: true,
        context: { ...browser.context, selection: "Invalid redirect URL", job: { pandaid: 12, files: [{ lfn: "a" }], dsfiles: [] } },
        resources: {},
      },
    ]);
  });

  test("that follows another stays in its conversation, until a new one is begun", async () => {
    await hello();
    for (const id of ["m1", "m2", "m3"]) browser.backend.streams.push(() => stream(events(id, [])));
    await ask();
    await ask("And then?");
    desk.hear(panel, { type: "new" });
    await ask("Something else");
    expect(browser.backend.asks().map((one) => one.conversation_id)).toEqual([null, "c1", null]);
    expect(panel.of("state").at(-1)?.exchanges).toEqual([]);
  });

  test("whose record is odd passes the odd answer on, for the backend to explain", async () => {
    browser.fetched["/job?pandaid=12&json"] = { status: 401, content_type: "text/html", text: "" };
    browser.backend.streams.push(() => stream(events("m1", [])));
    await ask();
    expect(browser.backend.asks()[0]?.context?.job).toBeUndefined();
    expect(browser.backend.asks()[0]?.resources).toEqual({ "/job?pandaid=12&json": { status: 401, content_type: "text/html", text: "" } });
  });

  test("without a page is asked all the same", async () => {
    newDesk(null);
    browser.backend.streams.push(() => stream(events("m1", [])));
    await ask("What is PanDA?");
    expect(browser.backend.asks()[0]).toMatchObject({ question: "What is PanDA?", context: {}, resources: {} });
  });

  test("that is a task's has the task", async () => {
    browser.context = { page: "task", jeditaskid: 7, errors: [] };
    browser.fetched["/task/7/?json"] = { status: 200, json: { task: { status: "running" } } };
    browser.backend.streams.push(() => stream(events("m1", [])));
    await ask();
    expect(browser.backend.asks()[0]?.context?.task).toEqual({ task: { status: "running" } });
  });

  test("while another is answered stops that one first", async () => {
    await hello();
    browser.backend.streams.push((_, signal) => stream(events("m1", ["One."]).slice(0, 2), { open: true, signal }), () => stream(events("m2", ["Two."])));
    desk.hear(panel, { type: "ask", question: "first", audience: "user" });
    await vi.advanceTimersByTimeAsync(100);
    await ask("second");
    expect(panel.of("ended").map(({ state }) => state)).toEqual(["stopped", "done"]);
    expect(browser.backend.paths("/answers/m1/stop")).toHaveLength(1);
    await hello();
    expect(panel.of("state").at(-1)?.exchanges.map(({ state }) => state)).toEqual(["stopped", "done"]);
  });
});

describe("what the backend needs", () => {
  test("is read from the page, and the better answer follows the first", async () => {
    await hello();
    browser.fetched[LOG] = { status: 200, content_type: "text/plain", text: "the log" };
    browser.backend.streams.push(() => stream(needs("m1")), () => stream(events("m2", ["Better."])));
    await ask();
    expect(panel.types()).toEqual(["state", "asked", "progress", "start", "token", "done", "progress", "progress", "start", "token", "done", "ended"]);
    expect(panel.of("progress").map(({ text }) => text)).toContain("Reading pilotlog.txt from the page…");
    expect(browser.backend.asks()[1]).toMatchObject({
      continues: "m1",
      conversation_id: "c1",
      context: { job: { pandaid: 12 } },
      resources: { [LOG]: { status: 200, text: "the log" } },
    });
  });

  test("is read twice at most, and nothing that was read is lost on the way", async () => {
    browser.fetched[LOG] = { status: 200, text: "the log" };
    const again = (id: string) => events(id, [], { status: "needs", requests: [{ path: "/jobstatuslog/12/?json", as: "json" }] });
    browser.fetched["/jobstatuslog/12/?json"] = { status: 200, json: [] };
    browser.backend.streams.push(() => stream(needs("m1")), () => stream(again("m2")), () => stream(again("m3")));
    await hello();
    await ask();
    expect(browser.backend.asks().map((one) => one.continues)).toEqual([null, "m1", "m2"]);
    expect(Object.keys(browser.backend.asks()[2]?.resources ?? {})).toEqual([LOG, "/jobstatuslog/12/?json"]);
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "done" }]);
  });

  test("is not read where there is no page: the first answer stands", async () => {
    newDesk(null);
    browser.backend.streams.push(() => stream(needs("m1")));
    await hello();
    await ask();
    expect(browser.backend.asks()).toHaveLength(1);
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "done" }]);
  });

  test("goes by upload where it is large, byte for byte", async () => {
    const bytes = [Uint8Array.from([0xff, 0, 10]), Uint8Array.from([0xe9])];
    browser.fetched[LOG] = { status: 200, content_type: "text/plain", key: "k", pieces: 2, bytes: 4 };
    browser.pieces["k"] = bytes.map((one) => Buffer.from(one).toString("base64"));
    browser.backend.streams.push(() => stream(needs("m1")), () => stream(events("m2", [])));
    await ask();
    expect(browser.backend.paths("/uploads")[0]?.path).toBe("/api/v1/uploads?name=pilotlog.txt");
    expect([...browser.backend.uploads[0]!]).toEqual([0xff, 0, 10, 0xe9]);
    expect(browser.backend.asks()[1]?.resources).toEqual({ [LOG]: { status: 200, content_type: "text/plain", upload: "up1" } });
  });

  test("is a broken network where the page went away meanwhile", async () => {
    browser.fetched[LOG] = { status: 200, key: "gone", pieces: 1 };
    browser.backend.streams.push(() => stream(needs("m1")), () => stream(events("m2", [])));
    await ask();
    expect(browser.backend.asks()[1]?.resources).toEqual({ [LOG]: { error: "network" } });
  });

  test("never makes a question larger than the backend takes", async () => {
    const requests = [1, 2, 3, 4, 5].map((n) => ({ path: `/jobs/?jeditaskid=${n}&json`, as: "json" as const }));
    for (const { path } of requests) browser.fetched[path] = { status: 200, json: { words: "x".repeat(240_000) } };
    browser.fetched["/job?pandaid=12&json"] = { status: 200, json: { job: { pandaid: 12, metadata: "y".repeat(250_000) }, files: [] } };
    browser.backend.streams.push(() => stream(events("m1", [], { status: "needs", requests })), () => stream(events("m2", [])));
    await ask();
    const second = browser.backend.asks()[1]!;
    expect(JSON.stringify(second).length).toBeLessThan(1_000_000);
    expect(Object.keys(second.resources ?? {})).toHaveLength(6);
    expect(browser.backend.uploads.length).toBeGreaterThan(0);
    for (const one of Object.values(second.resources ?? {})) expect(one.json ?? one.upload).toBeTruthy();
  });
});

describe("stopping", () => {
  test("is done at once, tells the backend and keeps what had come", async () => {
    await hello();
    browser.backend.streams.push((_, signal) => stream(events("m1", ["One."]).slice(0, 2), { open: true, signal }));
    desk.hear(panel, { type: "ask", question: "Why?", audience: "user" });
    await vi.advanceTimersByTimeAsync(100);
    desk.hear(panel, { type: "stop" });
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "stopped" }]);
    await settle();
    expect(browser.backend.paths("/answers/m1/stop")).toHaveLength(1);
    expect(panel.of("ended")).toHaveLength(1);
    expect(panel.types()).not.toContain("error");
  });

  test("stays what it was, whatever the backend still sends", async () => {
    await hello();
    // The backend sends the rest a second after it was told.
    const [start, ...rest] = events("m1", ["One."]).map((one) => stream([one]).body!);
    const line = new TransformStream<Uint8Array, Uint8Array>();
    browser.backend.streams.push(() => new Response(line.readable, { headers: { "content-type": "text/event-stream" } }));
    void start!.pipeTo(line.writable, { preventClose: true });
    desk.hear(panel, { type: "ask", question: "Why?", audience: "user" });
    await vi.advanceTimersByTimeAsync(100);
    desk.hear(panel, { type: "stop" });
    for (const [i, late] of rest.entries()) await late.pipeTo(line.writable, { preventClose: i === 0 });
    await settle();
    await hello();
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "stopped" }]);
    expect(panel.of("state").at(-1)?.exchanges.at(-1)?.state).toBe("stopped");
  });

  test("while the page is read needs no backend", async () => {
    await hello();
    browser.fetched["/job?pandaid=12&json"] = new Promise<FetchedResource>(() => undefined);
    desk.hear(panel, { type: "ask", question: "Why?", audience: "user" });
    await vi.advanceTimersByTimeAsync(100);
    desk.hear(panel, { type: "stop" });
    await settle();
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "stopped" }]);
    expect(browser.backend.asks()).toHaveLength(0);
  });
});

describe("trouble", () => {
  const question = { question: "Why?", ask: false };

  test("no backend: how to start it, and the question goes back into the box", async () => {
    browser.backend.up = false;
    await hello();
    await ask("Why?");
    for (const trouble of panel.of("trouble")) {
      expect(trouble).toMatchObject({ trouble: "backend_down", backend: "http://127.0.0.1:8765" });
      expect(trouble.message).toContain("not running at http://127.0.0.1:8765. Start it with `make serve`");
    }
    expect(panel.of("trouble")).toHaveLength(2);
    expect(panel.of("opening")).toEqual([{ type: "opening", opening: question }]);
    expect(panel.of("asked")).toEqual([]);
  });

  test("not paired: nothing is sent anywhere", async () => {
    browser.stored["token"] = "";
    await ask("Why?");
    await hello();
    expect(panel.of("trouble")).toMatchObject([{ trouble: "unpaired" }]);
    expect(panel.of("opening")).toEqual([{ type: "opening", opening: question }]);
    expect(browser.backend.calls).toEqual([]);
  });

  test("a token that is refused", async () => {
    browser.stored["token"] = "old";
    await hello();
    expect(panel.of("trouble")).toMatchObject([{ trouble: "token_refused" }]);
  });

  test("a remote model waits for consent, naming host and data; then never asks again", async () => {
    await hello();
    browser.backend.streams.push(() => stream(events("m1", [])), () => stream(events("m2", [])));
    await ask("Why?", { model: "openai/x" });
    expect(panel.of("trouble")).toMatchObject([{ trouble: "consent_needed", detail: { model: "openai/x", host: "api.openai.com" } }]);
    expect(panel.of("trouble")[0]?.detail?.data.length).toBeGreaterThan(1);
    expect(browser.backend.asks()).toEqual([]);
    desk.hear(panel, { type: "consent", model: "openai/x" });
    await ask("Why?", { model: "openai/x" });
    await ask("And?", { model: "openai/x" });
    expect(browser.backend.asks().map(({ model }) => model)).toEqual(["openai/x", "openai/x"]);
    expect(panel.of("trouble")).toHaveLength(1);
  });

  test("a remote default is no less remote", async () => {
    browser.backend.models = { models: [{ name: "far", provider: "compatible", remote: true, host: "llm.example" }], default: "far" };
    await hello();
    await ask();
    expect(panel.of("trouble")).toMatchObject([{ trouble: "consent_needed", detail: { host: "llm.example" } }]);
  });

  test.each([
    [413, "too_large", "", {}, "too large"],
    [429, "too_many_requests", "", { "retry-after": "7" }, "in 7 seconds"],
    [503, "unavailable", "The index is away.", {}, "The index is away."],
    [500, "internal_error", "", {}, "status 500"],
  ])("status %i is a sentence in the answer's place", async (status, code, told, headers, expected) => {
    await hello();
    browser.backend.streams.push(() => problem(status, code, told, headers));
    await ask();
    const error = panel.of("event").map(({ event }) => event).find((event) => event.event === "error");
    expect(error?.data).toMatchObject({ code, retryable: status !== 413 });
    expect(error?.data.message).toContain(expected);
    expect(panel.of("ended")).toEqual([{ type: "ended", state: "failed" }]);
  });

  test("what is no backend at all is said to be none", async () => {
    await hello();
    browser.backend.streams.push(() => new Response("<html>"));
    await ask();
    const error = panel.of("event").map(({ event }) => event).find((event) => event.event === "error");
    expect(error?.data.message).toContain("is not Ask PanDA's backend");
  });
});

describe("an opening from the page", () => {
  test("that asks at once is asked by the background, before and without a panel", async () => {
    browser.backend.streams.push(() => stream(events("m1", [])), () => stream(events("m2", [])));
    desk.open({ selection: "Invalid redirect URL", ask: true });
    await settle();
    desk.open({ error: { component: "pilot", code: 1324, message: "Service not available", description: "" }, ask: true });
    await settle();
    const [selection, error] = browser.backend.asks();
    expect(selection).toMatchObject({ question: "Explain this.", context: { selection: "Invalid redirect URL" } });
    expect(error?.question).toBe("Explain this error: pilot 1324: Service not available");
    expect(error?.context?.errors?.[0]).toMatchObject({ component: "pilot", code: 1324 });
  });

  test("that only brings words waits for the panel, and is given once", async () => {
    desk.open({ selection: "words", ask: false });
    await hello();
    desk.hear(panel, { type: "opened" });
    await hello();
    expect(panel.of("opening")).toEqual([{ type: "opening", opening: { selection: "words", ask: false } }]);
    expect(panel.types().indexOf("state")).toBeLessThan(panel.types().indexOf("opening"));
  });
  test("that only brings words is not lost on the port of a page just left", async () => {
    const left = new FakePanel();
    await hello(left);
    desk.open({ selection: "words", ask: false });
    await settle();
    await hello();
    expect(panel.of("opening")).toEqual([{ type: "opening", opening: { selection: "words", ask: false } }]);
  });
});

describe("the rest of a panel's words", () => {
  test("are heard", async () => {
    await hello();
    desk.hear(panel, { type: "ping" });
    desk.hear(panel, { type: "close" });
    desk.hear(panel, { type: "options" });
    desk.hear(panel, { type: "feedback", messageId: "m1", helpful: true, comment: "good" });
    await settle();
    expect(panel.types()).toContain("pong");
    expect(browser.done).toContain("sidebar/close");
    expect(browser.done).toContain("options");
    expect(browser.backend.paths("/feedback")[0]?.body).toEqual({ message_id: "m1", helpful: true, comment: "good" });
  });

  test("a panel that went away does not keep the others from hearing", async () => {
    const dead = { postMessage: () => { throw new Error("closed"); } };
    desk.hear(dead, { type: "hello" });
    await hello();
    browser.backend.streams.push(() => stream(events("m1", [])));
    await ask();
    expect(panel.of("ended")).toHaveLength(1);
  });

  test("a tab that is closed leaves nothing behind", async () => {
    browser.backend.streams.push(() => stream(events("m1", [])));
    await ask();
    expect(browser.session.size).toBe(1);
    desk.close();
    await settle();
    expect(browser.session.size).toBe(0);
  });
});
