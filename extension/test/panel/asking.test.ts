/** The box, what goes with a question, and how its answer is to be read. */
import { describe, expect, test } from "vitest";
import { done, MODELS, SECTIONS, START, state } from "./fixtures";
import { asked, box, button, ended, event, freshPanel, openPanel, panel, press, Q, shown, textOf, type } from "./harness";

freshPanel();

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

  test("a click under the words is one into the box, one on a button is not", () => {
    const pressed = (at: Element): boolean => at.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
    box().blur();
    expect(pressed(button("Ask"))).toBe(true);
    expect(document.activeElement).not.toBe(box());
    expect(pressed(document.querySelector("#tools") as Element)).toBe(false);
    expect(document.activeElement).toBe(box());
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
    await openPanel();
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
    await openPanel({ remembered: panel.remembered });
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
