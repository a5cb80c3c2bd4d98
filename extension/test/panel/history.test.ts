/** Earlier conversations in the panel: what the reader sees and what the background is told. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Change } from "../../src/shared/messages";
import { done, MODELS, START, state } from "./fixtures";
import { button, openPanel, press, shown, textOf, type, type Panel } from "./harness";

const LISTED = [
  { id: "c1", title: "Why did this job fail?", updated: "2026-11-23T10:00:00Z" },
  { id: "c2", title: "<b>What</b> is PanDA?", updated: "2026-11-20T09:30:00Z", excerpt: "the pilot log" },
];
let panel: Panel;
const list = (): HTMLElement => document.querySelector<HTMLElement>("#conversations")!;
const search = (): HTMLInputElement => document.querySelector<HTMLInputElement>("#search")!;

beforeEach(async () => {
  vi.useFakeTimers();
  panel = await openPanel();
  panel.feed(state());
  button("Earlier conversations").click();
  panel.feed({ type: "history", words: "", conversations: LISTED });
});

afterEach(() => {
  panel.app.close();
  vi.useRealTimers();
});

test("are listed with their date, over the conversation at hand", () => {
  expect(panel.sent("history")).toEqual([{ type: "history", words: "" }]);
  expect([...list().querySelectorAll(".earlier-title")].map((one) => one.textContent)).toEqual(["Why did this job fail?", "<b>What</b> is PanDA?… the pilot log …"]);
  expect(textOf("#conversations li .ways span")).toBe("23 Nov 2026, 10:00 UTC");
  expect(document.querySelector<HTMLElement>("#conversation")!.inert).toBe(true);
  expect(document.activeElement).toBe(search());
});

test("Escape leads back to the conversation, not out of the sidebar", () => {
  press(search(), "Escape");
  expect(shown("#earlier")).toBe(false);
  expect(panel.sent("close")).toEqual([]);
  expect(document.activeElement).toBe(button("Earlier conversations"));
});

test("are searched once typing rests; what was found for other words is let go", () => {
  for (const words of ["pi", "pilot"]) {
    search().value = words;
    search().dispatchEvent(new Event("input"));
  }
  vi.advanceTimersByTime(1_000);
  expect(panel.sent("history").map(({ words }) => words)).toEqual(["", "pilot"]);
  panel.feed({ type: "history", words: "pi", conversations: [] });
  expect(list().children).toHaveLength(2);
  panel.feed({ type: "history", words: "pilot", conversations: [] });
  expect(list().children).toHaveLength(0);
  expect(textOf("#none")).toBe("Nothing found.");
});

test("one is taken up with a click, and stands there when it comes", () => {
  button(/Why did this job fail/, list()).click();
  expect(panel.sent("continue")).toEqual([{ type: "continue", id: "c1" }]);
  expect(shown("#earlier")).toBe(false);
  panel.feed(state({ exchanges: [{ question: "Why did this job fail?", events: [done()], state: "done", helpful: true }] }));
  expect(textOf(".question h2")).toBe("You asked: Why did this job fail?");
  expect(button("Helpful").getAttribute("aria-pressed")).toBe("true");
});

test("are saved in either format under the name that the backend gives", () => {
  const saved: string[] = [];
  const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download);
  });
  button("Markdown", list()).click();
  button("JSON", list()).click();
  expect(panel.sent("export").map(({ id, format }) => [id, format])).toEqual([["c1", "markdown"], ["c1", "json"]]);
  panel.feed({ type: "file", name: "ask-panda-1.md", mime: "text/markdown", text: "# x" });
  expect(saved).toEqual(["ask-panda-1.md"]);
  click.mockRestore();
});

describe("deleting", () => {
  test("is asked back, and can be let be", () => {
    button("Delete", list()).click();
    expect(textOf("#conversations li .ways span")).toBe("Delete it for good?");
    expect(document.activeElement).toBe(button("Keep", list()));
    button("Keep", list()).click();
    expect(panel.sent("delete")).toEqual([]);
    expect(document.activeElement?.textContent).toBe("Delete");
  });

  test("is done with a second word, and the list is asked for anew", () => {
    button("Delete", list()).click();
    button("Delete", list()).click();
    expect(panel.sent("delete")).toEqual([{ type: "delete", id: "c1" }]);
    expect(panel.sent("history")).toHaveLength(2);
    panel.feed({ type: "history", words: "", conversations: LISTED.slice(1) });
    expect(list().children).toHaveLength(1);
  });
});

test("what cannot be done is said, its commands as commands", () => {
  panel.feed({ type: "notice", text: "It is not running: start it with `make serve`." });
  expect(textOf("#box-note")).toBe("It is not running: start it with make serve.");
  expect(textOf("#box-note code")).toBe("make serve");
});

describe("another model's words for the same evidence", () => {
  const answered = (models = MODELS): void => {
    press(search(), "Escape");
    panel.feed(state({ models, exchanges: [{ question: "Why?", events: [START, done()], state: "done" }] }));
  };
  const compare = (change: Change | null): void => panel.feed({ type: "comparison", of: "m1", model: "ollama/llama3.2", change });

  test("are not offered where there are no models, nor is anything said of them", () => {
    answered(MODELS.slice(0, 1));
    expect(document.body.textContent).not.toMatch(/Compare|model/i);
  });

  test("stand under the answer, which then tells its own; a model that has answered is not offered again", () => {
    answered();
    button("ollama/llama3.2").click();
    expect(panel.sent("compare")).toEqual([{ type: "compare", messageId: "m1", model: "ollama/llama3.2" }]);
    compare(null);
    expect([...document.querySelectorAll(".worded-by")].map((one) => one.textContent)).toEqual(["Worded without a model", "Worded by ollama/llama3.2"]);
    expect(shown("#stop")).toBe(true);
    compare({ type: "event", event: { event: "token", data: { section: "user.problem", text: "Its own words [1]." } } });
    expect(textOf(".wording + .wording")).toContain("Its own words");
    expect(document.querySelector(".wording + .wording .cite")!.getAttribute("href")).toBe("#x0-source-1");
    compare({ type: "event", event: done() });
    compare({ type: "ended", state: "done" });
    expect(shown("#stop")).toBe(false);
    expect([...document.querySelectorAll(".actions .tool")].map((one) => one.textContent)).toContain("Compare with openai/gpt-5-mini");
  });

  test("that end in a problem say so and can be asked for again", () => {
    answered();
    compare(null);
    compare({ type: "event", event: { event: "error", data: { code: "bad_request", message: "There is no evidence.", retryable: false, retry_after: null } } });
    compare({ type: "ended", state: "failed" });
    expect(textOf(".wording + .wording .progress")).toBe("There is no evidence.");
    button("ollama/llama3.2").click();
    expect(panel.sent("compare")).toHaveLength(1);
  });

  test("of a remote one are asked for again after the reader's consent", () => {
    answered();
    button("openai/gpt-5-mini").click();
    panel.feed({ type: "trouble", trouble: "consent_needed", message: "It runs far away.", backend: "", detail: { model: "openai/gpt-5-mini", host: "far", data: [] } });
    button("Agree").click();
    expect(panel.sent("consent")).toHaveLength(1);
    expect(panel.sent("compare")).toHaveLength(2);
    expect(panel.sent("ask")).toEqual([]);
  });

  test("a question typed meanwhile waits until they are there", () => {
    answered();
    compare(null);
    type("Does a retry help?");
    press(document.querySelector<HTMLElement>("#question")!, "Enter");
    expect(panel.sent("ask")).toEqual([]);
    expect(textOf("#box-note")).toContain("still being written");
  });
});
