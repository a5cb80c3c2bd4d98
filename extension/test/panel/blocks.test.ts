import { describe, expect, test } from "vitest";
import type { Block } from "../../src/shared/contract";
import { blockNode, blockNodes } from "../../src/panel/blocks";
import { sorted } from "../../src/panel/table";
import { button, dangers } from "./harness";

const image = (name: string): string => `moz-extension://own/panel/images/${name}`;

function draw(kind: Block["kind"], data: Record<string, unknown>, title = "Title"): HTMLElement {
  const root = document.createElement("div");
  const node = blockNode({ kind, title, data }, image);
  if (node) root.append(node);
  document.body.replaceChildren(root);
  return root;
}

const column = (root: HTMLElement, n: number): string[] => [...root.querySelectorAll(`tbody td:nth-child(${n})`)].map((cell) => cell.textContent);

describe("table", () => {
  const rows = [
    ["1150", "LOOPINGJOB", "12,004"],
    ["99", "", "7"],
    ["1305", "<b>PAYLOAD</b>", ""],
  ];

  test("keeps the order it came in until a head is pressed, then sorts up and down", () => {
    const root = draw("table", { columns: ["Code", "Name", "Jobs"], rows });
    expect(column(root, 1)).toEqual(["1150", "99", "1305"]);
    button(/^Code/, root).click();
    expect(column(root, 1)).toEqual(["99", "1150", "1305"]);
    expect(root.querySelector("th")!.getAttribute("aria-sort")).toBe("ascending");
    button(/^Code/, root).click();
    expect(column(root, 1)).toEqual(["1305", "1150", "99"]);
    button(/^Jobs/, root).click();
    expect(column(root, 3)).toEqual(["7", "12,004", ""]);
    expect(root.querySelectorAll("[aria-sort]")).toHaveLength(1);
  });

  test("a long cell is cut, and whole on a click; what is copied is whole", () => {
    const long = "word ".repeat(60).trim();
    const root = draw("table", { columns: ["Message"], rows: [[long]] });
    expect(root.querySelector("td")!.textContent.length).toBeLessThan(140);
    button(/more characters/, root).click();
    expect(column(root, 1)).toEqual([long]);
  });

  test("cells are text; only a whole web address is a link", () => {
    const root = draw("table", { columns: ["A"], rows: [["<b>x</b>"], ["javascript:alert(1)"], ["https://bigpanda.cern.ch/job/1/"], [null], [{ odd: 1 }]] });
    expect(dangers(root)).toEqual([]);
    expect(column(root, 1)).toEqual(["<b>x</b>", "javascript:alert(1)", "https://bigpanda.cern.ch/job/1/", "", '{"odd":1}']);
    expect(root.querySelectorAll("a")).toHaveLength(1);
  });

  test("a long table shows its first rows and all of them on a click", () => {
    const root = draw("table", { columns: ["n"], rows: Array.from({ length: 1_000 }, (_, i) => [i]) });
    expect(column(root, 1)).toHaveLength(250);
    button("Show all 1000 rows", root).click();
    expect(column(root, 1)).toHaveLength(1_000);
  });

  test("rows may be objects, short or missing", () => {
    expect(column(draw("table", { columns: ["a", "b"], rows: [{ b: 2, a: 1 }, ["x"]] }), 2)).toEqual(["2", ""]);
    expect(draw("table", {}).querySelector("table")).not.toBeNull();
  });

  test("sites sort by their numbers", () => {
    expect(sorted([["RO-16"], ["RO-2"]], 0, "ascending")).toEqual([["RO-2"], ["RO-16"]]);
  });
});

describe("image", () => {
  test("shows the extension's own picture with its description", () => {
    const picture = draw("image", { src: "panda-system.svg", alt: "The system" }).querySelector("img")!;
    expect(picture.getAttribute("src")).toBe("moz-extension://own/panel/images/panda-system.svg");
    expect(picture.alt).toBe("The system");
    expect(draw("image", { src: "images/panda-system.svg", alt: "x" }).querySelector("img")).not.toBeNull();
  });

  test.each(["https://evil.example/x.png", "//evil.example/x.png", "../panel.html", "images/../../x.svg", "data:image/svg+xml,<svg/>", "x.html", ".svg", "a/b.svg", 7, null])("%s is not loaded; its description is shown", (src) => {
    const root = draw("image", { src, alt: "The system" });
    expect(root.querySelector("img")).toBeNull();
    expect(root.textContent).toBe("The system");
  });
});

describe("bars, groups, times, code", () => {
  test.each([
    [{ kind: "bar", labels: ["pilot", "ddm"], values: [12, 3] }],
    [{ kind: "bar", series: [{ label: "pilot", value: 12 }, { label: "ddm", value: 3 }] }],
    [{ kind: "bar", labels: ["pilot", "ddm"], series: [{ name: "hours", values: [12, 3] }] }],
    [{ kind: "bar", series: [{ name: "hours", points: [{ x: "pilot", y: 12 }, { x: "ddm", y: "3" }] }] }],
  ])("each value of a plot is there as text: %j", (data) => {
    const items = [...draw("plot", data).querySelectorAll("li")].map((item) => item.textContent);
    expect(items).toEqual(["pilot12", "ddm3"]);
  });

  test("the longest bar fills its line, the others their share; nothing divides by zero", () => {
    const widths = (data: Record<string, unknown>): string[] => [...draw("plot", data).querySelectorAll<HTMLElement>(".bar i")].map((bar) => bar.style.getPropertyValue("inline-size"));
    expect(widths({ labels: ["a", "b"], values: [4, 1] })).toEqual(["100%", "25%"]);
    expect(widths({ labels: ["a", "b"], values: [0, -3] })).toEqual(["0%", "0%"]);
  });

  test("a group of errors says its count, its message and examples", () => {
    const root = draw("cluster", { clusters: [{ label: "pilot:1235", count: 1012, message: "Out of memory", examples: [6800730400] }] });
    expect(root.querySelector("li")!.textContent).toContain("1,012");
    expect(root.querySelector("small")!.textContent).toBe("Out of memory\nFor example: 6800730400");
  });

  test("of many groups the largest are seen, the others on a click; a long message is cut", () => {
    const clusters = Array.from({ length: 12 }, (_, i) => ({ label: `group ${i}`, count: 12 - i, message: "m".repeat(200), examples: [i] }));
    draw("cluster", { clusters });
    const seen = (): number => [...document.querySelectorAll<HTMLElement>(".bar-list > li")].filter(({ hidden }) => !hidden).length;
    expect(seen()).toBe(8);
    expect(document.querySelector(".bar-list small")!.textContent).toBe(`${"m".repeat(120)}… 80 more characters\nFor example: 0`);
    button("Show 4 more").click();
    expect(seen()).toBe(12);
    expect(document.querySelectorAll(".bar-list > li")[8]!.contains(document.activeElement)).toBe(true);
  });

  test("a table of the same groups waits behind its title, any other table stands open", () => {
    const clusters: Block = { kind: "cluster", title: "By error", data: { clusters: [{ label: "pilot:1235", count: 2 }] } };
    const table = (rows: string[][]): Block => ({ kind: "table", title: "Jobs", data: { columns: ["Code"], rows } });
    document.body.replaceChildren(...(blockNodes([clusters, table([["1235"]]), table([["MWT2"], ["BNL"]])], image) as Node[]));
    expect([...document.querySelectorAll("table")].map((one) => one.closest("details") !== null)).toEqual([true, false]);
    document.body.replaceChildren(...(blockNodes([clusters, table([["MWT2"], ["BNL"]])], image) as Node[]));
    expect(document.querySelector("details")).toBeNull();
  });

  test("a timeline keeps time and event together", () => {
    const root = draw("timeline", { events: [{ time: "21:02", title: "activated" }, { time: "23:25", status: "running", detail: "at MWT2" }] });
    expect([...root.querySelectorAll("li")].map((item) => item.textContent)).toEqual(["21:02activated", "23:25runningat MWT2"]);
  });

  test("code is shown as it is, with a button that copies it", () => {
    const root = draw("code", { language: "bash", code: "prun --exec '<x>'" });
    expect(root.querySelector("code")!.textContent).toBe("prun --exec '<x>'");
    expect(button("Copy code", root)).toBeDefined();
  });

  test("lines of a log have their numbers, the telling one is marked", () => {
    const root = draw("code", { language: "text", code: "one\n<b>two</b>\nthree", start: 89, highlight: [90, 90] });
    expect([...root.querySelectorAll<HTMLElement>(".number")].map((node) => node.dataset["n"])).toEqual(["89", "90", "91"]);
    expect([...root.querySelectorAll("mark")].map((node) => node.textContent)).toEqual(["<b>two</b>"]);
  });

  test.each(["table", "cluster", "plot", "timeline", "image", "code"] as const)("a %s whose data is nonsense does not break the answer", (kind) => {
    for (const data of [{}, { rows: 7, columns: "x" }, { series: [null, 1, {}] }, { clusters: [null, "x", {}] }, { events: {} }, { code: { a: 1 }, language: 3 }, { start: 4, highlight: "x" }]) {
      expect(dangers(draw(kind, data as Record<string, unknown>))).toEqual([]);
    }
  });

  test("a kind from a newer backend is left out", () => {
    expect(draw("hologram" as Block["kind"], {}).childElementCount).toBe(0);
  });
});

describe("a text to send", () => {
  const letter = ["To: DDM", ...Array.from({ length: 9 }, (_, i) => `line ${i}`)].join("\n");

  test("waits behind its title, with a button that copies it unopened", () => {
    const root = draw("code", { language: "text", code: letter }, "Text to send");
    expect(root.querySelector("details")!.open).toBe(false);
    expect(root.querySelector("summary")!.textContent).toBe("Text to send");
    expect(button("Copy text to send", root).closest("details")).toBeNull();
    expect(root.querySelector("code")!.textContent).toBe(letter);
  });

  test("a short one and a command stand open", () => {
    expect(draw("code", { language: "text", code: "one\ntwo" }).querySelector("details")).toBeNull();
    expect(draw("code", { language: "bash", code: letter }).querySelector("details")).toBeNull();
  });
});
