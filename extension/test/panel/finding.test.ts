/** The verdict strip and its evidence. */
import { describe, expect, test } from "vitest";
import type { Diagnosis } from "../../src/shared/contract";
import { rowsOf } from "../../src/panel/evidence";
import { VerdictView } from "../../src/panel/verdict";
import { STAGE_IN } from "./fixtures";
import { button, dangers } from "./harness";

function draw(change: Partial<Diagnosis> = {}, recommendations: string | null = ""): HTMLElement {
  const root = document.createElement("div");
  const view = new VerdictView("x0");
  view.update({ ...STAGE_IN, ...change }, recommendations);
  root.append(view.node);
  document.body.replaceChildren(root);
  return root;
}

const fact = (root: HTMLElement, name: string): string => {
  const term = [...root.querySelectorAll("dt")].find((dt) => dt.textContent === name);
  return (term?.nextElementSibling?.textContent ?? "").replace(/\s+/g, " ").trim();
};

describe("the verdict", () => {
  test("says error, cause, whose problem, retry, transient and confidence", () => {
    const root = draw();
    expect(root.querySelector(".error")!.textContent).toBe("Failedpilot:1324SERVICENOTAVAILABLE");
    expect(root.querySelector(".cause")!.textContent).toBe(STAGE_IN.cause);
    expect(fact(root, "Whose problem")).toBe("Data management (storage or transfer)");
    expect(fact(root, "Does a retry help?")).toMatch(/^Yes, but laterAttempt 1 of 3, 2 leftThe storage .* the same job can pass\.$/);
    expect(fact(root, "Transient")).toBe("Yes, it may pass");
    expect(fact(root, "Confidence")).toBe("High");
    expect(root.querySelector(".also")!.textContent).toContain("transform:65");
  });

  test.each([
    ["user", "Your job or its options"],
    ["site", "The site"],
    ["system", "PanDA or the experiment’s services"],
    ["unknown", "Not clear"],
  ] as const)("party %s is said as %s", (party, words) => {
    expect(fact(draw({ party }), "Whose problem")).toBe(words);
  });

  test("without attempts, reason and cause nothing empty is left standing", () => {
    const root = draw({ cause: "", category: "", secondary: [], evidence: [], name: "", transient: null, retry: { advice: "no", actor: "none", reason: "", attempt: null, max_attempts: null } });
    expect(fact(root, "Does a retry help?")).toBe("No");
    expect(fact(root, "Transient")).toBe("Not clear");
    expect(fact(root, "Category") + fact(root, "Also set") + fact(root, "Do now")).toBe("");
    expect(root.querySelector(".cause, .proof, .reason, .code-name, .now:not([hidden])")).toBeNull();
  });

  test("the first piece of advice stands in it, without the numbers of its sources", () => {
    const root = draw({}, "- Wait for `JEDI` [1].\n- Then ask [2, 3].");
    expect(fact(root, "Do now")).toBe("Wait for JEDI.");
  });

  test("where a model words the advice, the verdict alone says what to do now", () => {
    const now = (advice: Diagnosis["retry"]["advice"], actor: Diagnosis["retry"]["actor"], more: Partial<Diagnosis> = {}) =>
      fact(draw({ retry: { ...STAGE_IN.retry, advice, actor }, ...more }, null), "Do now");
    expect(now("yes", "user")).toBe("Retry the task.");
    expect(now("wait", "automatic")).toBe("Wait: PanDA retries by itself.");
    expect(now("no", "none", { party: "user" })).toBe("Change the job or its options before the next try.");
    expect(now("no", "none", { party: "site" })).toBe("Tell the site.");
    expect(now("no", "none", { party: "user", outcome: "cancelled" })).toBe("");
  });

  test("advice that comes after the verdict closes no evidence that was opened", () => {
    const view = new VerdictView("x0");
    view.update(STAGE_IN, "");
    document.body.replaceChildren(view.node);
    const opener = button(/^Context of/);
    opener.click();
    view.update(STAGE_IN, "- Wait.");
    expect(fact(view.node, "Do now")).toBe("Wait.");
    expect(opener.isConnected).toBe(true);
    expect(opener.getAttribute("aria-expanded")).toBe("true");
  });

  test("without a reason it says who starts the retry; a reason that counts attempts is not repeated", () => {
    const retry = { ...STAGE_IN.retry, advice: "yes" as const, reason: "" };
    expect(fact(draw({ retry }), "Does a retry help?")).toBe("YesAttempt 1 of 3, 2 leftPanDA retries by itself.");
    expect(fact(draw({ retry: { ...retry, actor: "user" } }), "Does a retry help?")).toContain("You start it.");
    expect(fact(draw({ retry: { ...retry, reason: "JEDI makes it: attempt 2 of 10, 8 left." } }), "Does a retry help?")).toBe("YesJEDI makes it: attempt 2 of 10, 8 left.");
  });

  test("markup in a cause or a name is shown, not read", () => {
    const root = draw({ cause: "<img src=x onerror=alert(1)>", name: "<b>X</b>" });
    expect(dangers(root)).toEqual([]);
    expect(root.textContent).toContain("<img src=x onerror=alert(1)>");
  });
});

describe("evidence", () => {
  test("names its place: file and lines, or the record's field", () => {
    expect([...draw().querySelectorAll(".file")].map((node) => node.textContent)).toEqual([
      "pilotlog.txt:1042",
      "job.json · piloterrordiag",
      "pilotlog.txt:1107–1108",
      "pilotlog.txt:1110",
    ]);
  });

  test("from the record alone is said to be so; with one line of a log it is not", () => {
    const [line, field] = STAGE_IN.evidence;
    const heading = (evidence: Diagnosis["evidence"]) => draw({ evidence }).querySelector("#x0-proof")!.textContent;
    expect(heading([field!])).toBe("Evidence from the record alone, no log line");
    expect(heading([field!, line!])).toBe("Evidence");
  });

  test("shows three, and the rest on a click", () => {
    const root = draw();
    expect(root.querySelectorAll(".evidence > li:not([hidden])")).toHaveLength(3);
    button("Show 1 more", root).click();
    expect(root.querySelectorAll(".evidence > li:not([hidden])")).toHaveLength(4);
  });

  test("opens to the lines around, with numbers and only the decisive one marked", () => {
    const root = draw();
    const lines = root.querySelector(".lines")!;
    expect(lines.querySelectorAll(".line")).toHaveLength(1);
    const open = button(/^Context of pilotlog\.txt:1042$/, root);
    open.click();
    expect(open.getAttribute("aria-expanded")).toBe("true");
    expect([...lines.querySelectorAll<HTMLElement>(".number")].map((node) => node.dataset["n"])).toEqual(["1039", "1040", "1041", "1042", "1043", "1044"]);
    expect([...lines.querySelectorAll("mark")].map((node) => node.textContent)).toEqual([STAGE_IN.evidence[0]!.text]);
    open.click();
    expect(lines.querySelectorAll(".line")).toHaveLength(1);
  });

  test("a window that lacks its line does not hide it", () => {
    const rows = rowsOf({ file: "a.log", line: 50, text: "the line", window: { start: 1, text: "other\nlines" } });
    expect(rows).toEqual([{ number: 50, text: "the line", decisive: true }]);
  });

  test("the columns of a pilot log's line stand apart from its message, and not a letter is changed", () => {
    const line = "2025-02-18 05:45:38,344 | CRITICAL | pilot.api.data                   | transfer                  | failed |  to  transfer";
    const root = draw({ evidence: [{ file: "pilotlog.txt", line: 3, text: line }] });
    expect(root.querySelector(".columns")?.textContent).toBe(line.slice(0, line.indexOf("failed")));
    expect(root.querySelector("mark")?.textContent).toBe(line);
  });

  test("log text with markup stays text", () => {
    const root = draw({ evidence: [{ file: "<b>x</b>", line: 1, text: "</pre><script>alert(1)</script>" }] });
    expect(dangers(root)).toEqual([]);
    expect(root.querySelector("mark")!.textContent).toBe("</pre><script>alert(1)</script>");
  });

  test("after the best piece, long ones are cut to their first lines until they are opened", () => {
    const long = `2025-02-18 05:45:38,344 | CRITICAL | pilot.api.data | transfer | ${"failed to transfer ".repeat(9)}`;
    const root = draw({ evidence: [1, 2].map((line) => ({ file: "pilotlog.txt", line, text: long })) });
    expect([...root.querySelectorAll(".lines")].map((lines) => lines.classList.contains("clamped"))).toEqual([false, true]);
    const opener = button(/^All of it/, root);
    opener.click();
    expect(root.querySelector(".clamped")).toBeNull();
    expect([...root.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual([long, long]);
    opener.click();
    expect(root.querySelectorAll(".clamped")).toHaveLength(1);
  });

  test("a line of 100,000 characters is cut, and whole on a click", () => {
    const long = "x".repeat(100_000);
    const root = draw({ evidence: [{ file: "a.log", line: 1, text: long }] });
    expect(root.querySelector("mark")!.textContent.length).toBeLessThan(1_000);
    button(/more characters/, root).click();
    expect(root.querySelector("mark")!.textContent).toBe(long);
  });
});
