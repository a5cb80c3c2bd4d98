/** One answer: how it comes, what can be done with it, and how it may end. */
import { describe, expect, test, vi } from "vitest";
import type { Exchange } from "../../src/shared/messages";
import { ANSWER, CITATIONS, done, plainAnswer, STAGE_IN, START, state, token } from "./fixtures";
import { asked, button, ended, event, freshPanel, panel, Q, shown, textOf } from "./harness";

freshPanel();

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

  test("a verdict beside the point waits behind its error, and what was asked for stands open", () => {
    const sections = { ...ANSWER.sections, details: "```text\n91: the last line\n```" };
    panel.feed(asked, event(START), event({ event: "route", data: { intent: "log_request", entities: {} } }), event({ event: "diagnosis", data: STAGE_IN }));
    expect(document.querySelector(".finding details")?.hasAttribute("open")).toBe(false);
    expect(textOf(".finding summary")).toContain("pilot:1324");
    panel.feed(event(done({ intent: "log_request", sections, blocks: [] })), ended("done"));
    expect(document.querySelector(".finding details .cause")?.textContent).toBe(STAGE_IN.cause);
    expect(document.querySelector(".part.details details")).toBeNull();
    expect(textOf(".part.details .line")).toBe("Line 91: the last line");
    expect(button("Copy code")).toBeTruthy();
  });

  test("the same job's verdict is told once in a conversation, another job's each time, and again to who asks again", () => {
    const one = (question: string, job = 6519134287): Exchange => ({ question, events: [START, done({ entities: { job_ids: [job] } })], state: "done" });
    panel.feed(state({ exchanges: [one(Q), one("Does a retry help?"), one("And the other job?", 6519134288), one("Which line says so?"), one(Q)] }));
    const folded = [...document.querySelectorAll(".finding")].map((finding) => finding.querySelector(":scope > details") !== null);
    expect(folded).toEqual([false, true, false, true, false]);
  });

  test("a follow-up asks at once, with the reason beside it", () => {
    panel.feed(asked, event(START), event(done()), ended("done"));
    const chip = button("Which other jobs failed like this?");
    const why = document.getElementById(chip.getAttribute("aria-describedby")!)!;
    expect(why.textContent).toBe("Tells a broken storage from a lost file.");
    expect(why.matches(".visually-hidden")).toBe(false);
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
    expect(textOf(".thanks")).toBe("Thank you. Your comment: wrong line");
    button("Helpful").click();
    expect(panel.sent("feedback")[2]).toEqual({ type: "feedback", messageId: "m1", helpful: true, comment: "wrong line" });
  });

  test("a comment of an earlier day is seen again, and can be taken back", () => {
    panel.feed(state({ exchanges: [{ question: Q, events: [done()], state: "done", helpful: false, comment: "wrong line" }] }));
    expect(textOf(".thanks")).toBe("Your comment: wrong line");
    button("Not helpful").click();
    const words = document.querySelector<HTMLTextAreaElement>(".comment textarea")!;
    expect(words.value).toBe("wrong line");
    words.value = "";
    document.querySelector<HTMLFormElement>(".comment")!.requestSubmit();
    expect(panel.sent("feedback").at(-1)).toEqual({ type: "feedback", messageId: "m1", helpful: false, comment: "" });
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

  test("words from the store are the model's that made them, at no cost", () => {
    const model = "openai/x";
    panel.feed(asked, event({ event: "start", data: { conversation_id: "c1", message_id: "m1", model } }), event(done({ usage: { calls: [] } })), ended("done"));
    expect(textOf(".usage")).toBe("openai/x, from the store");
  });

  test.each([
    [{ estimated: true }, {}, "about $0.0042"],
    [{ priced: false, cost_usd: 0 }, { priced: false, cost_usd: 0 }, "cost unknown"],
    [{ priced: false, cost_usd: 0 }, {}, "$0.0021 + unknown"],
    [{ cost_usd: 0.00001 }, { cost_usd: 0 }, "<$0.0001"],
    [{ cost_usd: 0, estimated: true }, { cost_usd: 0 }, "822 out"],
  ])("a cost says what is not known of it (%j, %j)", (first, second, said) => {
    const [call] = ANSWER.usage.calls;
    panel.feed(asked, event(done({ usage: { calls: [{ ...call!, ...first }, { ...call!, ...second }] } })), ended("done"));
    expect(textOf(".usage").split(/ · |, /).at(-1)).toBe(said);
  });

  test("where a model was asked and had no words, ours are not told as its own from the store", () => {
    const usage = { calls: [{ model: "none", purpose: "answer" as const, input_tokens: 0, output_tokens: 0, cost_usd: 0 }] };
    panel.feed(asked, event({ event: "start", data: { conversation_id: "c1", message_id: "m1", model: "openai/x" } }), event(done({ usage })), ended("done"));
    expect(textOf(".usage")).toBe("No language model");
    expect(textOf(".finding .now dd")).toBe(ANSWER.sections.user.recommendations[0]!.replace(/ ?\[\d\]/g, ""));
  });

  test("a model's advice never stands in the verdict, neither while it comes nor when it is found again", () => {
    const advice = ANSWER.sections.user.recommendations[0]!;
    const now = (): string => textOf(".finding .now dd");
    const model = "openai/x";
    panel.feed(asked, event({ event: "start", data: { conversation_id: "c1", message_id: "m1", model } }), event({ event: "diagnosis", data: STAGE_IN }));
    expect(now()).toBe("Wait: PanDA retries by itself.");
    panel.feed(event(done()), ended("done"));
    expect(document.querySelector(".worded")!.textContent).toContain("Do nothing for now");
    expect(now()).toBe("Wait: PanDA retries by itself.");
    for (const [calls, said] of [[ANSWER.usage.calls, "Wait:"], [[], "Wait:"], [[{ ...ANSWER.usage.calls[0]!, model: "none" }], advice.slice(0, 5)]] as const) {
      panel.feed(state({ exchanges: [{ question: Q, events: [done({ usage: { calls: [...calls] } })], state: "done" }] }));
      expect(now().startsWith(said), said).toBe(true);
    }
  });

  test("an interrupted answer says so", () => {
    panel.feed(asked, event(START), event(done({ status: "interrupted", warnings: ["A note.", "The answer took too long."] })), ended("done"));
    expect(textOf(".ended p")).toBe("The answer took too long.");
    expect(textOf(".warnings")).toBe("A note.");
  });
});
