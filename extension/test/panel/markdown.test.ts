import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kept } from "../../src/panel/dom";
import { markdown, webAddress, type Reading } from "../../src/panel/markdown";
import { citer } from "../../src/panel/sources";
import { CITATIONS } from "./fixtures";
import { dangers } from "./harness";

function draw(text: string, reading: Partial<Reading> = {}): HTMLElement {
  const root = document.createElement("div");
  root.append(...kept(markdown(text, { heading: 4, ...reading })));
  return root;
}

describe("text is data", () => {
  test.each([
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["a <img src=x onerror=alert(1)> b", "a <img src=x onerror=alert(1)> b"],
    ["<iframe src='https://evil.example'></iframe>", "<iframe src='https://evil.example'></iframe>"],
    ["<svg/onload=alert(1)>", "<svg/onload=alert(1)>"],
    ["<!-- hidden --> seen", "<!-- hidden --> seen"],
    ["<style>*{display:none}</style>", "<style>*{display:none}</style>"],
  ])("%s is shown letter by letter", (text, visible) => {
    const root = draw(text);
    expect(root.textContent).toBe(visible);
    expect(dangers(root)).toEqual([]);
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)", "vbscript:x", "file:///etc/passwd", "//evil.example", "/job/1/", "https://user:pass@evil.example/", "ftp://a.example", "chrome-extension://x/y"])(
    "a link to %s is text",
    (href) => {
      const root = draw(`[press](${href})`);
      expect(root.querySelector("a")).toBeNull();
      expect(root.textContent).toContain("press");
    },
  );

  test("a web link opens in a tab of its own and tells nothing about us", () => {
    const link = draw("[docs](https://panda-wms.readthedocs.io/en/latest/)").querySelector("a")!;
    expect(link.href).toBe("https://panda-wms.readthedocs.io/en/latest/");
    expect(link.target).toBe("_blank");
    expect(link.rel).toBe("noopener noreferrer");
  });

  test("a link that pretends to be another says its true host", () => {
    expect(draw("[https://bigpanda.cern.ch](https://evil.example/)").textContent).toBe("https://bigpanda.cern.ch (evil.example)");
    expect(draw("https://bigpanda.cern.ch/job/1/").textContent).toBe("https://bigpanda.cern.ch/job/1/");
  });

  test("a picture becomes its description and loads nothing", () => {
    const root = draw("![a map](https://evil.example/x.png) ![ref][r]\n\n[r]: https://evil.example/y.png");
    expect(root.querySelector("img")).toBeNull();
    expect(root.textContent).toContain("a map");
  });

  test("whatever is thrown at it, nothing dangerous comes out and nothing is lost of plain words", () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom("<script>", "</p>", "[x](javascript:1)", "![y](http://e/)", "<a href=javascript:1>", "```", "`", "**", "> ", "\n", "- ", "1. ", "|a|\n|-|\n", "[1]: javascript:x\n", "\u0000", "\u2028", "&lt;script&gt;", "<http://a.example>"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        expect(dangers(draw(pieces.join(""), { cite: citer(CITATIONS, "x0") }))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("sources in the text", () => {
  const cite = citer(CITATIONS, "x0");

  test("[1] leads to the first source, [1, 3] to two of them", () => {
    const root = draw("Storage [1]. Both [1, 3].", { cite });
    expect([...root.querySelectorAll("a")].map((a) => a.getAttribute("href"))).toEqual(["#x0-source-1", "#x0-source-1", "#x0-source-3"]);
  });

  test("a number without a source, or inside code, stays as it is", () => {
    const root = draw("See [9] and `a[1]`.", { cite });
    expect(root.querySelector("a")).toBeNull();
    expect(root.textContent).toBe("See [9] and a[1].");
  });

  test("the text cannot send [1] elsewhere by a definition of its own", () => {
    const root = draw("Proof [1].\n\n[1]: https://evil.example", { cite });
    expect(root.querySelector("a")!.getAttribute("href")).toBe("#x0-source-1");
  });
});

describe("shape", () => {
  test("headings follow each other without a gap, below the section's own", () => {
    const root = draw("# A\n\n#### B\n\n## C\n\n###### D", { heading: 4 });
    expect([...root.children].map((node) => node.localName)).toEqual(["h4", "h5", "h5", "h6"]);
  });

  test("lists, tables and code come out as such", () => {
    const root = draw("- one\n- two\n  1. sub\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```bash\nprun --exec 'x<y'\n```");
    expect(root.querySelectorAll("ul > li")).toHaveLength(2);
    expect(root.querySelector("ul ol > li")!.textContent).toBe("sub");
    expect(root.querySelector("td:last-child")!.className).toBe("number");
    expect(root.querySelector("pre code")!.textContent).toBe("prun --exec 'x<y'");
  });

  test("a long list with a bold word in each item is a list, not a wall of asterisks", () => {
    const root = draw(Array.from({ length: 235 }, (_, i) => `- **${1000 + i}** NAME_OF_IT: message`).join("\n"));
    expect(root.querySelectorAll("li > span > strong, li > strong")).toHaveLength(235);
    expect(root.textContent).not.toContain("*");
  });

  test("characters that Markdown writes as entities are read", () => {
    expect(draw("a &lt; b &amp;&amp; c").textContent).toBe("a < b && c");
    expect(draw("`&lt;`").textContent).toBe("&lt;");
  });
});

describe("texts made to be slow", () => {
  test.each([
    ["emphasis that never closes", "_a*".repeat(30_000)],
    ["quotations in quotations", ">".repeat(50_000)],
    ["one line of 100,000 letters", "x".repeat(100_000)],
    ["brackets", "[".repeat(20_000)],
    ["lists in lists", Array.from({ length: 300 }, (_, i) => `${" ".repeat(2 * i)}- a`).join("\n")],
  ])("%s are shown whole", (_name, text) => {
    const shown = draw(text).textContent;
    const letters = /[a-z>[]/g;
    expect(shown.match(letters)?.length).toBe(text.match(letters)?.length);
  });
});

test("quotations nest only so deep, and their words stay", () => {
  const root = draw(`${"> ".repeat(100)}end`);
  expect(root.querySelectorAll("blockquote").length).toBeLessThan(20);
  expect(root.textContent).toContain("end");
});

test("a paragraph with more marks than a person writes is not searched for emphasis, its neighbour is", () => {
  const root = draw(`${"*a* ".repeat(300)}\n\nThis is *fine*.`);
  expect(root.firstElementChild!.querySelector("em")).toBeNull();
  expect(root.lastElementChild!.querySelector("em")!.textContent).toBe("fine");
});

test("only http and https without a user are web addresses", () => {
  expect(webAddress("HTTPS://Example.org")?.host).toBe("example.org");
  expect(webAddress("https://")).toBeNull();
  expect(webAddress(" https://a.example")).toBeNull();
});
