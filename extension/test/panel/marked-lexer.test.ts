import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import fc from "fast-check";
import { Lexer } from "marked";
import { describe, expect, test } from "vitest";
import { lexerAlone } from "../../marked-lexer.mjs";

const MODULE = path.join(path.dirname(createRequire(import.meta.url).resolve("marked/package.json")), "lib", "marked.esm.js");
const SOURCE = readFileSync(MODULE, "utf8");
const built = (await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(lexerAlone(SOURCE)).toString("base64")}`)) as { Lexer: typeof Lexer };

const PIECES = [
  "word", " ", "\n", "\n\n", "**", "*", "_", "__", "~~", "~", "`", "```\n", "```sh\n", "# ", "### ", "- ", "1. ", "> ", "| a | b |\n|---|--:|\n| 1 | 2 |\n",
  "[1]", "[words](https://bigpanda.cern.ch/)", "![x](y.png)", "<b>", "</b>", "<!-- no -->", "&lt;", "\\*", "https://panda.cern.ch/x?y=1", "a@b.cern.ch", "---\n", "===\n",
  "    code\n", "- [x] done\n", "[ref]: https://x.example\n", "\t", "  \n", "|", "$1", "é",
];

describe("what the build takes out of marked is not missed", () => {
  test("any text is cut into the same tokens as by the whole module", () => {
    const text = fc.oneof(fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((some) => some.join("")), fc.string({ maxLength: 80 }));
    fc.assert(
      fc.property(text, (words) => {
        expect(built.Lexer.lex(words, { gfm: true })).toEqual(Lexer.lex(words, { gfm: true }));
      }),
      { numRuns: 300 },
    );
  });

  test("a module that is made in another way stops the build instead of making another panel", () => {
    expect(() => lexerAlone("export default 1")).toThrow("marked-lexer.mjs");
    expect(() => lexerAlone(SOURCE.replace(/,(\w+)=\{\.\.\./g, ",$1={"))).toThrow("marked-lexer.mjs");
  });
});
