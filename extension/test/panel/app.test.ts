/** The whole panel against a fake port: what the reader sees and what the background is told. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AnswerEvent } from "../../src/shared/contract";
import type { ToPanel } from "../../src/shared/messages";
import { ANSWER, CITATIONS, done, FAILED_JOB, MODELS, plainAnswer, SECTIONS, STAGE_IN, START, state, token } from "./fixtures";
import { box, button, dangers, FakePort, openPanel, press, shown, textOf, type, type Panel } from "./harness";

let panel: Panel;
const Q = "Why did this job fail?";
const asked: ToPanel = { type: "asked", question: Q };
const event = (one: AnswerEvent): ToPanel => ({ type: "event", event: one });
const ended = (how: "done" | "stopped" | "failed"): ToPanel => ({ type: "ended", state: how });
const live = (): string[] => [...document.querySelectorAll("#live > p")].map((p) => p.textContent);

beforeEach(async () => {
  panel = await openPanel();
  panel.feed(state());
});

afterEach(() => panel.app.close());

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
    panel = await openPanel();
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

describe("asking", () => {
  test("Enter sends, Shift+Enter and a word still being composed do not", () => {
    type(Q);
    expect(press(box(), "Enter", { shiftKey: true }).defaultPrevented).toBe(false);
    press(box(), "Enter", { isComposing: true });
    expect(panel.sent("ask")).toEqual([]);
    press(box(), "Enter");
    expect(panel.sent("ask")).toHaveLength(1);
  });

  test("the words stay in the box until the background has taken them over", () => {
    type(Q);
    press(box(), "Enter");
    expect(box().value).toBe(Q);
    panel.feed(asked);
    expect(box().value).toBe("");
    expect(textOf(".question h2")).toBe(`You asked: ${Q}`);
    expect(shown("#welcome")).toBe(false);
  });

  test("words typed meanwhile are not taken away", () => {
    type(Q);
    press(box(), "Enter");
    type("And the next one");
    panel.feed(asked);
    expect(box().value).toBe("And the next one");
  });

  test("an empty box says so and sends nothing", () => {
    type("   ");
    button("Ask").click();
    expect(panel.sent("ask")).toEqual([]);
    expect(textOf("#box-note")).toBe("Type something to ask first.");
    expect(box().getAttribute("aria-invalid")).toBe("true");
    type("x");
    expect(shown("#box-note")).toBe(false);
    expect(box().hasAttribute("aria-invalid")).toBe(false);
  });

  test("4,000 characters go, one more is counted and refused without losing it", () => {
    type("🐼".repeat(4_000));
    expect(textOf("#count")).toBe("4,000 / 4,000");
    press(box(), "Enter");
    expect(panel.sent("ask")).toHaveLength(1);
    type("x".repeat(4_001));
    press(box(), "Enter");
    expect(panel.sent("ask")).toHaveLength(1);
    expect(textOf("#box-note")).toBe("Too long: take out 1 characters.");
    expect(box().value).toHaveLength(4_001);
    type("short");
    expect(shown("#count")).toBe(false);
  });

  test("while an answer runs there is Stop instead of Ask, and Enter keeps the words", () => {
    panel.feed(asked);
    expect(shown("#send")).toBe(false);
    type("more");
    press(box(), "Enter");
    expect(panel.sent("ask")).toEqual([]);
    expect(box().value).toBe("more");
    button("Stop").focus();
    button("Stop").click();
    expect(panel.sent("stop")).toHaveLength(1);
    panel.feed(ended("stopped"));
    expect(shown("#stop")).toBe(false);
    expect(document.activeElement).toBe(box());
  });

  test("a quotation stands above the box, goes with the question, and can be removed", () => {
    panel.feed({ type: "opening", opening: { selection: "pilot, 1324: <b>x</b>", ask: false } });
    expect(textOf("#quote blockquote")).toBe("pilot, 1324: <b>x</b>");
    type("What is this?");
    press(box(), "Enter");
    expect(panel.sent("ask")[0]).toMatchObject({ question: "What is this?", selection: "pilot, 1324: <b>x</b>" });
    button("Remove the quotation").click();
    press(box(), "Enter");
    expect(panel.sent("ask")[1]!.selection).toBeUndefined();
  });

  test("an opening never asks by itself and never overwrites words", () => {
    type("half a thought");
    panel.feed({ type: "opening", opening: { question: Q, ask: true } });
    expect(panel.sent("ask")).toEqual([]);
    expect(box().value).toBe(`half a thought\n${Q}`);
  });

  test("the draft outlives the page", async () => {
    type("half a thought");
    panel.feed({ type: "opening", opening: { selection: "quoted", ask: false } });
    const draft = panel.sent("draft").at(-1)!;
    expect(draft).toEqual({ type: "draft", question: "half a thought", selection: "quoted" });
    panel.app.close();
    panel = await openPanel();
    panel.feed(state({ draft: { question: draft.question, selection: draft.selection! } }));
    expect(box().value).toBe("half a thought");
    expect(textOf("#quote blockquote")).toBe("quoted");
  });

  test("a draft comes once: what was changed since is not put back by a background that wakes", () => {
    panel.feed(state({ draft: { question: "half a thought" } }));
    expect(box().value).toBe("");
  });

  test("what was asked is no draft any more", () => {
    type(Q);
    press(box(), "Enter");
    panel.feed(asked);
    expect(panel.sent("draft").at(-1)).toEqual({ type: "draft", question: "" });
  });
});

describe("models and audience", () => {
  test("there is no choice of model where there is only one", () => {
    panel.feed(state({ models: [MODELS[0]!] }));
    expect(shown("#models")).toBe(false);
  });

  test("a chosen model goes with the question and is remembered", () => {
    const select = document.querySelector<HTMLSelectElement>("#models select")!;
    expect([...select.options].map((option) => option.textContent)).toEqual(["No model", "ollama/llama3.2", "openai/gpt-5-mini (remote)"]);
    select.value = "ollama/llama3.2";
    select.dispatchEvent(new Event("change"));
    type(Q);
    press(box(), "Enter");
    expect(panel.sent("ask")[0]!.model).toBe("ollama/llama3.2");
    expect(panel.remembered.model).toBe("ollama/llama3.2");
  });

  test("the switch between user and expert asks nothing anew and is remembered", async () => {
    panel.feed(asked, event(START), event(done()), ended("done"));
    expect(textOf("[id$=view-user] h3")).toBe("What happened");
    expect(shown("[id$=view-expert]")).toBe(false);
    button("Expert").click();
    expect(shown("[id$=view-user]")).toBe(false);
    expect([...document.querySelectorAll("[id$=view-expert] h3")].map((one) => one.textContent)).toEqual(["Analysis", "What to check", "Scenarios"]);
    expect(panel.sent("ask")).toEqual([]);
    panel.app.close();
    panel = await openPanel({ remembered: panel.remembered });
    panel.feed(state({ exchanges: [{ question: Q, events: [START, done()], state: "done" }] }));
    expect(shown("[id$=view-expert]")).toBe(true);
  });

  test("the tabs take the arrow keys, and only the chosen one is a stop of the tab key", () => {
    panel.feed(asked, event(START), event(done()), ended("done"));
    button("User").focus();
    press(button("User"), "ArrowRight");
    expect(document.activeElement).toBe(button("Expert"));
    expect(button("Expert").getAttribute("aria-selected")).toBe("true");
    expect([button("User").tabIndex, button("Expert").tabIndex]).toEqual([-1, 0]);
  });

  test("one view alone needs no switch, and is shown whatever was chosen", () => {
    panel.remembered.audience = "expert";
    const sections = { ...SECTIONS, expert: { analysis: "", steps: [], scenarios: [] } };
    panel.feed(asked, event(START), event(done({ sections })), ended("done"));
    expect(shown("[role=tablist]")).toBe(false);
    expect(shown("[id$=view-user]")).toBe(true);
  });
});

describe("an answer", () => {
  test("comes in order: progress, verdict, words, sources, and the end", () => {
    panel.feed(asked, { type: "progress", text: "Reading payload.stdout from the page…" });
    expect(textOf(".progress")).toBe("Reading payload.stdout from the page…");
    panel.feed(event(START), event({ event: "diagnosis", data: STAGE_IN }));
    expect(textOf(".cause")).toBe(STAGE_IN.cause);
    expect(textOf(".progress")).toBe("Writing …");
    panel.feed(event({ event: "sources", data: CITATIONS }), event(token("user.problem", "The storage [1]")));
    expect(document.querySelector(".cite")!.getAttribute("href")).toBe("#x0-source-1");
    expect(shown(".chips")).toBe(false);
    panel.feed(event(done()), ended("done"));
    expect(textOf(".user-problem")).toContain("could not be read from RO-07-NIPNE_DATADISK");
    expect(shown(".progress")).toBe(false);
    expect([...document.querySelectorAll(".chip")].map((one) => one.textContent)).toEqual(ANSWER.follow_ups.map(({ question }) => question));
    expect(textOf(".usage")).toBe("openai/gpt-5-mini · 3,204 tokens in, 411 out · $0.0021");
    expect(textOf(".warnings")).toBe(ANSWER.warnings[0]);
  });

  test("what the reader has opened stays open while more arrives", () => {
    panel.feed(asked, event(START), event({ event: "diagnosis", data: STAGE_IN }), event({ event: "sources", data: CITATIONS }));
    const [context, excerpt] = [button(/^Context/), document.querySelector("details")!];
    context.click();
    excerpt.open = true;
    panel.feed(event(token("details", "a")), event(done({ diagnosis: structuredClone(STAGE_IN), citations: structuredClone(CITATIONS) })), ended("done"));
    expect(button(/^Context/)).toBe(context);
    expect(context.getAttribute("aria-expanded")).toBe("true");
    expect(document.querySelector("details")!.open).toBe(true);
  });

  test("a number in the text leads to its source", () => {
    panel.feed(asked, event(START), event(done()), ended("done"));
    const source = document.querySelector<HTMLElement>("#x0-source-2")!;
    source.scrollIntoView = vi.fn();
    document.querySelector<HTMLAnchorElement>('.cite[href="#x0-source-2"]')!.click();
    expect(document.activeElement).toBe(source);
    expect(source.textContent).toContain("as of 23 Nov 2026, 06:41 UTC");
  });

  test("two answers do not share an id", () => {
    panel.feed(state({ exchanges: [1, 2].map(() => ({ question: Q, events: [START, done()], state: "done" as const })) }));
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a follow-up asks at once, with the reason as its description", () => {
    panel.feed(asked, event(START), event(done()), ended("done"));
    const chip = button("Which other jobs failed like this?");
    expect(document.getElementById(chip.getAttribute("aria-describedby")!)!.textContent).toBe("Tells a broken storage from a lost file.");
    chip.click();
    expect(panel.sent("ask")[0]!.question).toBe("Which other jobs failed like this?");
  });

  test("feedback counts with the click, a comment follows", () => {
    panel.feed(asked, event(START), event(done()), ended("done"));
    button("Not helpful").click();
    expect(panel.sent("feedback")).toEqual([{ type: "feedback", messageId: "m1", helpful: false, comment: "" }]);
    expect(button("Not helpful").getAttribute("aria-pressed")).toBe("true");
    document.querySelector<HTMLTextAreaElement>(".comment textarea")!.value = " wrong line ";
    document.querySelector<HTMLFormElement>(".comment")!.requestSubmit();
    expect(panel.sent("feedback")[1]).toEqual({ type: "feedback", messageId: "m1", helpful: false, comment: "wrong line" });
    expect(textOf(".thanks")).toBe("Thank you.");
  });

  test("copies the whole answer as Markdown", async () => {
    const writeText = vi.fn().mockResolvedValue(undefined);
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    panel.feed(asked, event(START), event(done()), ended("done"));
    button("Copy answer").click();
    await vi.waitFor(() => expect(textOf(".actions .tool")).toBe("Copied"));
    const copied = (writeText.mock.calls as string[][])[0]![0]!;
    expect(copied).toMatch(/^> Why did this job fail\?\n\n\*\*Failed: pilot:1324 SERVICENOTAVAILABLE\*\* — /);
    for (const words of ["- Whose problem: Data management", "pilotlog.txt:1042", "### What to do", "1. Error catalogue, pilot:1324", "Attempt 1 of 3, 2 left"]) expect(copied).toContain(words);
    expect(copied).not.toContain("### Analysis");
  });

  test("where the clipboard is refused, the button says so", async () => {
    vi.stubGlobal("navigator", { clipboard: { writeText: () => Promise.reject(new Error("NotAllowedError")) } });
    panel.feed(asked, event(START), event(done()), ended("done"));
    button("Copy answer").click();
    await vi.waitFor(() => expect(textOf(".actions .tool")).toBe("Could not copy"));
  });

  test("beside a verdict the details wait behind their title, and stay open once opened", () => {
    panel.feed(asked, event(START), event({ event: "diagnosis", data: STAGE_IN }), event(token("description", "Job.")), event(token("details", "Line 93.")));
    const fold = (): HTMLDetailsElement => document.querySelector<HTMLDetailsElement>(".details details")!;
    expect(fold().open).toBe(false);
    fold().open = true;
    panel.feed(event(token("details", " Line 94.")));
    expect(fold().open).toBe(true);
    expect(fold().textContent).toBe("DetailsLine 93. Line 94.");
  });

  test("details that nothing else says are not hidden", () => {
    panel.feed(asked, event(START), event(token("description", "PanDA.")), event(token("details", "More.")));
    expect(document.querySelector(".details details")).toBeNull();
    expect(textOf(".details h3")).toBe("Details");
  });

  test("lines that stand as evidence are not shown a second time", () => {
    const { text } = STAGE_IN.evidence[0]!.window!;
    const block = (code: string) => ({ kind: "code" as const, title: "pilotlog.txt", data: { code, start: 1039, highlight: [1042, 1042] } });
    panel.feed(asked, event(START), event(done({ blocks: [block(text), block("other lines")] })), ended("done"));
    expect([...document.querySelectorAll(".blocks .lines")].map((node) => node.textContent)).toEqual(["Line 1039: other lines"]);
  });

  test("an answer without sections shows its text; a refusal is an answer", () => {
    panel.feed(asked, event({ event: "done", data: { ...plainAnswer(""), status: "refused", text: "I can't assist you with that, sorry!" } }), ended("done"));
    expect(textOf(".details")).toBe("I can't assist you with that, sorry!");
    expect(shown(".ended")).toBe(false);
  });
});

describe("an answer that does not end well", () => {
  test("a failure says why and when to ask again, and asks the same", () => {
    panel.feed({ ...asked, selection: "quoted" }, event(START), event({ event: "error", data: { code: "x", message: "The model did not answer.", retryable: true, retry_after: 19.2 } }), ended("failed"));
    expect(textOf(".ended p")).toBe("The model did not answer. Try again in 20 s.");
    button("Ask again").click();
    expect(panel.sent("ask")[0]).toMatchObject({ question: Q, selection: "quoted" });
  });

  test("a failure that would repeat itself offers no repetition", () => {
    panel.feed(asked, event({ event: "error", data: { code: "x", message: "No such model.", retryable: false, retry_after: null } }), ended("failed"));
    expect(document.querySelector(".ended button")).toBeNull();
  });

  test("what was there when it was stopped stays there", () => {
    panel.feed(asked, event(START), event(token("details", "PanDA stands for")), ended("stopped"));
    expect(textOf(".details")).toBe("PanDA stands for");
    expect(textOf(".ended p")).toBe("Stopped. What was there is kept.");
  });

  test("an interrupted answer says so", () => {
    panel.feed(asked, event(START), event(done({ status: "interrupted" })), ended("done"));
    expect(textOf(".ended p")).toBe("The answer was interrupted before it was finished.");
  });
});

describe("troubles", () => {
  const trouble = (one: Extract<ToPanel, { type: "trouble" }>["trouble"], message = "", detail?: Extract<ToPanel, { type: "trouble" }>["detail"]): ToPanel => ({ type: "trouble", trouble: one, message, backend: "http://127.0.0.1:8765", detail });
  const ask = (): void => {
    type(Q);
    press(box(), "Enter");
  };

  test("with the backend down the question stays in the box, the command can be copied, and trying again says hello", () => {
    ask();
    panel.feed(trouble("backend_down", "Not running at http://127.0.0.1:8765. Start it with `make serve`."));
    expect(box().value).toBe(Q);
    expect(textOf("#trouble pre")).toBe("make serve");
    expect(shown("#welcome")).toBe(false);
    button("Try again").click();
    expect(panel.sent("hello")).toHaveLength(2);
    expect(shown("#trouble")).toBe(false);
    expect(box().value).toBe(Q);
  });

  test("a question that was taken over before the trouble goes back into the box once", () => {
    ask();
    panel.feed(asked);
    expect(box().value).toBe("");
    panel.feed(trouble("backend_down"), { type: "opening", opening: { question: Q, ask: false } });
    expect(box().value).toBe(Q);
    expect(document.querySelector(".exchange")).toBeNull();
  });

  test("unpaired leads to the options, and goes away once paired", () => {
    panel.feed(trouble("unpaired", "Open the options and enter the code that `askpanda pair` prints."));
    expect(document.querySelector("#trouble")!.getAttribute("role")).toBe("alert");
    button("Open options").click();
    expect(panel.sent("options")).toHaveLength(1);
    panel.feed(state());
    expect(shown("#trouble")).toBe(false);
    expect(shown("#welcome")).toBe(true);
  });

  test("consent names host and data; agreeing tells the background and asks again", () => {
    ask();
    panel.feed(trouble("consent_needed", "Runs at api.openai.com.", { model: "openai/gpt-5-mini", host: "api.openai.com", data: ["your question", "<b>log lines</b>"] }));
    expect(textOf("#trouble")).toContain("api.openai.com");
    expect(textOf("#trouble .data")).toBe("your question<b>log lines</b>");
    button("Agree").click();
    expect(panel.port.sent.slice(-2)).toEqual([
      { type: "consent", model: "openai/gpt-5-mini" },
      { type: "ask", question: Q, selection: undefined, audience: "user", model: null },
    ]);
  });

  test("without consent the same question can be asked without a model", () => {
    ask();
    panel.feed(trouble("consent_needed", "", { model: "openai/gpt-5-mini", host: "h", data: [] }));
    button("Use no model").click();
    expect(panel.sent("consent")).toEqual([]);
    expect(panel.sent("ask").at(-1)).toMatchObject({ question: Q, model: "none" });
  });

  test.each(["token_refused", "no_page"] as const)("%s has a title and a way out", (one) => {
    panel.feed(trouble(one, "What to do."));
    expect(textOf("#trouble h2")).not.toBe("");
    expect(button("Try again")).toBeDefined();
  });

  test("an extension that was updated says so and keeps the words", async () => {
    let gone = false;
    const port = new FakePort();
    panel.app.close();
    panel = await openPanel({
      connect: () => {
        if (gone) throw new Error("Extension context invalidated.");
        return port;
      },
    });
    gone = port.cut = true;
    type(Q);
    expect(textOf("#trouble h2")).toBe("Ask PanDA was updated");
    expect(box().value).toBe(Q);
  });
});

describe("the conversation", () => {
  test("comes back whole after the background has slept, without a duplicate", () => {
    vi.useFakeTimers();
    panel.feed(asked, event(START), event(done()), ended("done"));
    const before = document.querySelector(".exchange");
    panel.port.sleep();
    vi.advanceTimersByTime(300);
    vi.useRealTimers();
    panel.feed(state({ exchanges: [{ question: Q, events: [START, done()], state: "done" }] }));
    expect(document.querySelectorAll(".exchange")).toHaveLength(1);
    expect(document.querySelector(".exchange")).toBe(before);
  });

  test("a question that the background has forgotten in its sleep goes back into the box", () => {
    panel.feed({ ...asked, selection: "quoted" }, state());
    expect(box().value).toBe(Q);
    expect(textOf("#quote blockquote")).toBe("quoted");
    expect(shown("#welcome")).toBe(true);
  });

  test("a question that the background took before it was ended does not stay in the box", () => {
    type(Q);
    panel.feed(state({ exchanges: [{ question: Q, events: [], state: "fetching" }] }));
    expect(box().value).toBe("");
    type("Another one");
    panel.feed(state({ exchanges: [{ question: Q, events: [START, done()], state: "done" }] }));
    expect(box().value).toBe("Another one");
  });

  test("pings while an answer runs, so that the background stays awake", async () => {
    panel.app.close();
    vi.useFakeTimers();
    panel = await openPanel();
    panel.feed(state(), asked);
    vi.advanceTimersByTime(20_500);
    expect(panel.sent("ping")).toHaveLength(2);
    panel.feed(ended("done"));
    vi.advanceTimersByTime(60_000);
    expect(panel.sent("ping")).toHaveLength(2);
    vi.useRealTimers();
  });

  test("a new one begins with the first screen", () => {
    panel.feed(asked, event(START), event(done()), ended("done"));
    button("New conversation").click();
    expect(panel.sent("new")).toHaveLength(1);
    panel.feed(state());
    expect(document.querySelector(".exchange")).toBeNull();
    expect(shown("#welcome")).toBe(true);
  });

  test("Escape and the button close the sidebar; options opens them", () => {
    press(box(), "Escape");
    press(box(), "Escape", { isComposing: true });
    button("Close").click();
    expect(panel.sent("close")).toHaveLength(2);
    button("Options").click();
    expect(panel.sent("options")).toHaveLength(1);
  });

  test("a frame that had the focus before the panel was ready begins in the box", async () => {
    panel.app.close();
    vi.spyOn(document, "hasFocus").mockReturnValue(true);
    panel = await openPanel();
    expect(document.activeElement).toBe(box());
  });

  test("focus given to the frame goes into the box, but not away from a part of the panel", () => {
    dispatchEvent(new Event("focus"));
    expect(document.activeElement).toBe(box());
    button("Options").focus();
    dispatchEvent(new Event("focus"));
    expect(document.activeElement).toBe(button("Options"));
  });
});

describe("screen readers", () => {
  test("hear the verdict, whole sentences of what is on the screen, and the end; never half a word", () => {
    panel.feed(asked, event(START), event({ event: "diagnosis", data: STAGE_IN }));
    panel.feed(event(token("user.problem", "The file is **2.5 GB** lar")), event(token("expert.analysis", "Hidden here. ")));
    expect(live()).toEqual([STAGE_IN.cause]);
    panel.feed(event(token("user.problem", "ge [1]. It ")));
    expect(live().at(-1)).toBe("The file is 2.5 GB large.");
    panel.feed(event(token("user.problem", "stays.")), ended("done"));
    expect(live().slice(-2)).toEqual(["It stays.", "The answer is complete."]);
  });

  test("an answer is a labelled article that is busy while it is written", () => {
    panel.feed(asked);
    const article = document.querySelector("article")!;
    expect(article.getAttribute("aria-busy")).toBe("true");
    expect(document.getElementById(article.getAttribute("aria-labelledby")!)!.textContent).toContain(Q);
    panel.feed(event(done()), ended("done"));
    expect(article.getAttribute("aria-busy")).toBe("false");
  });

  test("only the box is called Question", () => {
    panel.feed(asked, event(START), event(done()), ended("done"));
    const labels = [...document.querySelectorAll("label, [aria-label]")].map((one) => one.getAttribute("aria-label") ?? one.textContent);
    expect(labels.filter((label) => /question/i.test(label))).toEqual(["Question"]);
  });
});

test("hostile words in every place a message can carry them become visible text and nothing else", () => {
  const evil = "<img src=x onerror=alert(1)>[x](javascript:alert(1))![i](https://evil.example/i.png)";
  const nasty: Parameters<typeof done>[0] = {
    sections: { description: evil, user: { problem: evil, causes: [evil], recommendations: [evil] }, expert: { analysis: evil, steps: [evil], scenarios: [evil] }, problems: [evil], details: evil },
    citations: CITATIONS.map((citation) => ({ ...citation, title: evil, section: evil, excerpt: evil, as_of: evil, url: "javascript:alert(1)" })),
    follow_ups: [{ question: evil, why: evil }],
    warnings: [evil],
    usage: { calls: [{ model: evil, purpose: "answer", input_tokens: 1, output_tokens: 1, cost_usd: 0 }] },
    diagnosis: { ...STAGE_IN, cause: evil, name: evil, component: evil, category: evil, retry: { ...STAGE_IN.retry, reason: evil }, evidence: [{ file: evil, field: evil, text: evil }] },
    blocks: [{ kind: "table", title: evil, data: { columns: [evil], rows: [[evil]] } }],
  };
  panel.feed(
    state({ context: { ...FAILED_JOB, site: evil, status: `failed ${evil}` }, models: [...MODELS, { name: evil, provider: evil, remote: true }], model: evil }),
    { type: "asked", question: evil, selection: evil },
    event(token("details", evil)),
    { type: "progress", text: evil },
    event(done(nasty)),
    ended("done"),
    { type: "trouble", trouble: "consent_needed", message: evil, backend: evil, detail: { model: evil, host: evil, data: [evil] } },
  );
  for (const place of ["#exchanges", "#trouble", "#page", "#models", "#live"]) {
    expect(dangers(document.querySelector(place)!).filter((tag) => tag !== "form")).toEqual([]);
  }
  expect(textOf("#exchanges")).toContain("<img src=x onerror=alert(1)>");
});
