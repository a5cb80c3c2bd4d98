// @vitest-environment node
/** Earlier conversations and comparisons, between a panel and the backend. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Desk } from "../../src/background/desk";
import { restored } from "../../src/background/history";
import { Page } from "../../src/background/page";
import { answer, events, FakeBrowser, FakePanel, problem, stream } from "./fakes";

const TAB = 5;
const ABOUT_A_JOB = answer("m1", { text: "It failed.", entities: { job_ids: [12] } });
let browser: FakeBrowser;
let panel: FakePanel;
let desk: Desk;

beforeEach(async () => {
  vi.useFakeTimers();
  browser = new FakeBrowser();
  browser.stored["consented"] = ["openai/x"];
  panel = new FakePanel();
  desk = new Desk(browser, TAB, new Page(browser, TAB));
  await say({ type: "hello" });
});
afterEach(() => {
  vi.useRealTimers();
});

async function settle(): Promise<void> {
  const settled = desk.settled().then(() => true);
  for (let turn = 0; turn < 200; turn += 1) {
    if (await Promise.race([settled, vi.advanceTimersByTimeAsync(200).then(() => false)])) break;
  }
  await vi.advanceTimersByTimeAsync(500);
}

async function say(message: Parameters<Desk["hear"]>[1]): Promise<void> {
  desk.hear(panel, message);
  await settle();
}

describe("earlier conversations", () => {
  test("are looked for with the reader's words", async () => {
    const one = { id: "c7", title: "Why?", updated: "2026-11-23T10:00:00Z" };
    browser.backend.replies["GET /api/v1/conversations?q=pilot%201305"] = () => Response.json({ conversations: [one] });
    await say({ type: "history", words: "pilot 1305" });
    expect(panel.of("history")).toEqual([{ type: "history", words: "pilot 1305", conversations: [one] }]);
  });

  test("one that is taken up is what the next question goes on from, on whatever page", async () => {
    browser.backend.replies["GET /api/v1/conversations/c7"] = () =>
      Response.json({
        messages: [
          { id: "u", role: "user", text: "Why?", answer: null },
          { id: "m1", role: "assistant", text: "It failed.", answer: ABOUT_A_JOB, feedback: { helpful: false, comment: "No." }, comparisons: [{ id: "m2", model: "openai/x", status: "answered", answer: answer("m2") }] },
        ],
      });
    await say({ type: "continue", id: "c7" });
    expect(panel.of("state").at(-1)?.exchanges).toMatchObject([
      { question: "Why?", state: "done", helpful: false, comment: "No.", about: { page: "job", pandaid: 12 }, comparisons: [{ model: "openai/x", state: "done" }] },
    ]);
    browser.backend.streams.push(() => stream(events("m3", ["More."])));
    await say({ type: "ask", question: "And now?", audience: "user" });
    expect(browser.backend.asks().at(-1)?.conversation_id).toBe("c7");
  });

  test("one that is gone is said to be gone, and what is on the screen stays", async () => {
    browser.backend.streams.push(() => stream(events("m1", ["One."])));
    await say({ type: "ask", question: "Why?", audience: "user" });
    browser.backend.replies["GET /api/v1/conversations/c9"] = () => problem(404, "not_found", "There is no such conversation.");
    await say({ type: "continue", id: "c9" });
    expect(panel.of("notice")).toEqual([{ type: "notice", text: "There is no such conversation." }]);
    await say({ type: "hello" });
    expect(panel.of("state").at(-1)?.exchanges).toHaveLength(1);
  });

  test("are handed over as files under the backend's name", async () => {
    const headers = { "content-disposition": 'attachment; filename="ask-panda-why.md"', "content-type": "text/markdown; charset=utf-8" };
    browser.backend.replies["GET /api/v1/conversations/c7/export?format=markdown"] = () => new Response("# Why?", { headers });
    await say({ type: "export", id: "c7", format: "markdown" });
    expect(panel.of("file")).toEqual([{ type: "file", name: "ask-panda-why.md", mime: "text/markdown; charset=utf-8", text: "# Why?" }]);
  });

  test("deleting the one at hand clears it; deleting another one does not", async () => {
    browser.backend.streams.push(() => stream(events("m1", ["One."])));
    await say({ type: "ask", question: "Why?", audience: "user" });
    await say({ type: "delete", id: "c9" });
    await say({ type: "hello" });
    expect(panel.of("state").at(-1)?.exchanges).toHaveLength(1);
    await say({ type: "delete", id: "c1" });
    expect(panel.of("state").at(-1)?.exchanges).toEqual([]);
    expect(browser.backend.calls.filter(({ method }) => method === "DELETE").map(({ path }) => path)).toEqual(["/api/v1/conversations/c9", "/api/v1/conversations/c1"]);
  });

  test("an answer that was never finished can be asked for again, and two jobs are no one job's", () => {
    const two = answer("m1", { entities: { job_ids: [1, 2] } });
    const told = (reply: typeof two | null) => restored([{ id: "u", role: "user", text: "Why?", answer: null }, { id: "m", role: "assistant", text: "", answer: reply }]);
    expect(told(null)[0]).toMatchObject({ state: "failed", events: [] });
    expect(told(two)[0]?.about).toBeUndefined();
  });
});

describe("a vote", () => {
  test("is still seen on the next page; one that was not kept is said", async () => {
    browser.backend.streams.push(() => stream(events("m1", ["One."])));
    await say({ type: "ask", question: "Why?", audience: "user" });
    await say({ type: "feedback", messageId: "m1", helpful: true, comment: "well said" });
    await say({ type: "hello" });
    expect(panel.of("state").at(-1)?.exchanges[0]).toMatchObject({ helpful: true, comment: "well said" });
    browser.backend.replies["POST /api/v1/feedback"] = () => problem(503, "unavailable", "The database is away.");
    await say({ type: "feedback", messageId: "m1", helpful: false, comment: "" });
    expect(panel.of("notice")).toEqual([{ type: "notice", text: "The database is away." }]);
  });
});

describe("a comparison", () => {
  const compare = { type: "compare", messageId: "m1", model: "openai/x" } as const;
  const ask = async (): Promise<void> => {
    browser.backend.streams.push(() => stream(events("m1", ["One."])));
    await say({ type: "ask", question: "Why?", audience: "user" });
  };
  const sent = () => browser.backend.paths("/answers/m1/compare").map(({ body }) => body);

  test("asks for the same evidence and reads no page again", async () => {
    await ask();
    const before = browser.done.length;
    browser.backend.streams.push(() => stream(events("m2", ["Other words."])));
    await say(compare);
    expect(sent()).toEqual([{ model: "openai/x" }]);
    expect(browser.done.slice(before)).not.toContain("page/fetch");
    expect(panel.of("comparison").map(({ of, model, change }) => [of, model, change?.type])).toEqual([
      ["m1", "openai/x", undefined],
      ["m1", "openai/x", "event"],
      ["m1", "openai/x", "event"],
      ["m1", "openai/x", "event"],
      ["m1", "openai/x", "ended"],
    ]);
    await say({ type: "hello" });
    expect(panel.of("state").at(-1)?.exchanges).toMatchObject([{ question: "Why?", comparisons: [{ model: "openai/x", state: "done" }] }]);
  });

  test("goes on where it was when the background was ended", async () => {
    await ask();
    browser.backend.streams.push((_, signal) => stream(events("m2", ["Other words."]).slice(0, 2), { open: true, signal }));
    desk.hear(panel, compare);
    await vi.advanceTimersByTimeAsync(1_000);
    desk = new Desk(browser, TAB, new Page(browser, TAB));
    browser.backend.streams.push(() => stream(events("m2", ["Other words."]).slice(2), { first: 3 }));
    await say({ type: "hello" });
    expect(browser.backend.paths("/answers/m2/events")).toHaveLength(1);
    expect(panel.of("comparison").at(-1)?.change).toEqual({ type: "ended", state: "done" });
  });

  test("with a remote model waits for consent", async () => {
    browser.stored["consented"] = [];
    await ask();
    await say(compare);
    expect(panel.of("trouble").map(({ trouble }) => trouble)).toEqual(["consent_needed"]);
    expect(sent()).toEqual([]);
    await say({ type: "consent", model: "openai/x" });
    browser.backend.streams.push(() => stream(events("m2", ["Other words."])));
    await say(compare);
    expect(sent()).toHaveLength(1);
  });

  test("can be stopped, at the backend too", async () => {
    await ask();
    browser.backend.streams.push((_, signal) => stream(events("m2", ["Other words."]).slice(0, 2), { open: true, signal }));
    desk.hear(panel, compare);
    await vi.advanceTimersByTimeAsync(1_000);
    await say({ type: "stop" });
    expect(panel.of("comparison").at(-1)?.change).toEqual({ type: "ended", state: "stopped" });
    expect(browser.backend.paths("/answers/m2/stop")).toHaveLength(1);
  });
});
