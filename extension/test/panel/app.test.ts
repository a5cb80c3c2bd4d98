/** What stands in the way of a conversation, how it outlives its background, and what a screen reader hears of it. */
import { describe, expect, test, vi } from "vitest";
import type { ToPanel } from "../../src/shared/messages";
import { CITATIONS, done, FAILED_JOB, MODELS, STAGE_IN, START, state, token } from "./fixtures";
import { asked, box, button, dangers, ended, event, FakePort, freshPanel, live, openPanel, panel, press, Q, shown, textOf, type } from "./harness";

freshPanel();

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
    expect(panel.remembered.model).toBe("none");
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
    await openPanel({
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
    await openPanel();
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
    await openPanel();
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
