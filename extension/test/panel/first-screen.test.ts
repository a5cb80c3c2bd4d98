/** The panel before anything was asked, and on a page that the answer is not about. */
import { describe, expect, test, vi } from "vitest";
import { done, FAILED_JOB, START, state } from "./fixtures";
import { asked, button, ended, event, freshPanel, openPanel, panel, Q, shown, textOf } from "./harness";

freshPanel();

describe("on another page than the answer is about", () => {
  const OTHER = { ...FAILED_JOB, pandaid: 6800730400, site: "DESY-HH" };
  const kept = (about = { page: "job" as const, pandaid: 6519134287, jeditaskid: null, site: null }) => ({ question: Q, events: [START, done()], state: "done" as const, about });

  test("says so, and asks about this one on a click", () => {
    panel.feed(state({ context: OTHER, exchanges: [kept()] }));
    expect(textOf("#moved p")).toBe("The answer is about Job 6519134287, this page is Job 6800730400.");
    expect(textOf(".elsewhere")).toBe("on Job 6519134287");
    button(Q, document.querySelector<HTMLElement>("#moved")!).click();
    expect(panel.sent("ask").map(({ question }) => question)).toEqual([Q]);
    panel.feed(asked);
    expect(shown("#moved")).toBe(false);
    panel.feed(event(START), event(done()), ended("done"));
    expect(shown("#moved")).toBe(false);
  });

  test("a job that was asked for by its number is what the answer is about, wherever it was asked", () => {
    const by = { question: "Why did job 6800730400 fail?", events: [START, done({ entities: { job_ids: [6800730400] } })], state: "done" as const, about: { page: "job" as const, pandaid: 6519134287, jeditaskid: null, site: null } };
    panel.feed(state({ context: OTHER, exchanges: [by] }));
    expect(shown("#moved")).toBe(false);
    panel.feed(state({ context: { ...OTHER, pandaid: 6715819744 }, exchanges: [by] }));
    expect(textOf("#moved p")).toBe("The answer is about Job 6800730400, this page is Job 6715819744.");
    panel.feed(state({ exchanges: [by] }));
    expect(shown("#moved")).toBe(false);
  });

  test("says nothing on the page itself, nor of a question that was asked on none", () => {
    panel.feed(state({ exchanges: [kept()] }));
    expect(shown("#moved")).toBe(false);
    expect(document.querySelector(".elsewhere")).toBeNull();
    panel.feed(state({ context: OTHER, exchanges: [{ question: Q, events: [], state: "done" }] }));
    expect(shown("#moved")).toBe(false);
  });
});

describe("first screen", () => {
  test("says which page it is about and offers what fits a failed job", () => {
    expect(textOf("#page")).toBe("This page: Job 6519134287 · failed · RO-16-UAIC");
    expect([...document.querySelectorAll(".suggestion")].map((one) => one.textContent)).toEqual([Q, "Does a retry help?", "What can I do?", "What does pilot 1324 mean?"]);
    expect(shown("#new")).toBe(false);
  });

  test("waits for the page to be known, but not for ever", async () => {
    panel.app.close();
    vi.useFakeTimers();
    await openPanel();
    expect(shown("#welcome")).toBe(false);
    vi.advanceTimersByTime(1_500);
    expect(shown("#welcome")).toBe(true);
    vi.useRealTimers();
  });

  test("no other button comes under the pointer when that for a new conversation goes", () => {
    expect([...document.querySelectorAll("header button")].map(({ id }) => id)).toEqual(["new", "history", "options", "close"]);
  });

  test("a suggestion asks at once", () => {
    button(Q).click();
    expect(panel.sent("ask")).toEqual([{ type: "ask", question: Q, selection: undefined, audience: "user", model: null }]);
  });

  test("without a page it offers what needs none", () => {
    panel.feed(state({ context: null }));
    expect(shown("#page")).toBe(false);
    expect(textOf(".suggestions")).toContain("What is PanDA?");
  });

  test.each([
    [{ page: "task", jeditaskid: 46374283, status: "running" } as const, "Task 46374283 · running", "What is happening with this task?"],
    [{ page: "site", site: "MWT2", status: "online" } as const, "Queue MWT2 · online", "Is this queue healthy?"],
    [{ page: "errors" } as const, "Errors", "Why do these jobs fail?"],
    [{ page: "user" } as const, "User", "Which of my tasks failed?"],
    [{ page: "home" } as const, "BigPanDA", "How many jobs failed in the last 12 hours?"],
    [{ page: "job", pandaid: 1, status: "closed" } as const, "Job 1 · closed", "Why was this job closed?"],
  ])("fits the page %j", (context, words, suggestion) => {
    panel.feed(state({ context }));
    expect(textOf("#page .words")).toBe(words);
    expect(textOf(".suggestion")).toBe(suggestion);
  });
});
