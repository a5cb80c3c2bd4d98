/** The numbered sources under an answer, and the small numbers in its text that lead to them. */
import type { Citation } from "../shared/contract";
import { type Child, h } from "./dom";
import { icon } from "./icons";
import { webAddress } from "./markdown";
import { dateWords, KIND } from "./words";

const EXCERPT_CHARACTERS = 3_000;

function sourceId(id: string, n: number): string {
  return `${id}-source-${n}`;
}

/** Makes the number in the text; null where no source has it. */
export function citer(citations: Citation[], id: string): (n: number) => Node | null {
  const known = new Map(citations.map((citation) => [citation.n, citation]));
  return (n) => {
    const citation = known.get(n);
    if (!citation) return null;
    const target = sourceId(id, n);
    const number = h(
      "a",
      { class: "cite", href: `#${target}`, title: citation.title },
      h("span", { class: "visually-hidden" }, "Source "),
      String(n),
    );
    number.addEventListener("click", (event) => {
      const source = document.getElementById(target);
      if (!source) return;
      event.preventDefault();
      source.focus({ preventScroll: true });
      source.scrollIntoView({ block: "nearest" });
    });
    return number;
  };
}

export function sources(citations: Citation[], id: string): Child[] {
  if (citations.length === 0) return [];
  return [
    h("h3", { id: `${id}-sources` }, "Sources"),
    h("ol", { class: "sources", "aria-labelledby": `${id}-sources` }, ...citations.map((citation) => source(citation, id))),
  ];
}

function source(citation: Citation, id: string): Node {
  const { n, kind, title, section, excerpt, as_of: asOf, path } = citation;
  const known = KIND[kind];
  const url = webAddress(citation.url);
  const name = title || path || known.word;
  const where = section && section !== title ? section : "";
  return h(
    "li",
    { id: sourceId(id, n), tabindex: -1, value: n },
    h("span", { class: "n", "aria-hidden": "true" }, String(n)),
    h(
      "div",
      { class: "about" },
      h(
        "p",
        { class: "title", dir: "auto" },
        url
          ? h("a", { href: url.href, title: url.href, target: "_blank", rel: "noopener noreferrer" }, name, icon("out"), h("span", { class: "visually-hidden" }, " (new tab)"))
          : name,
      ),
      h("p", { class: "meta" }, h("span", { class: "kind" }, icon(known.icon), known.word), where && h("span", { dir: "auto" }, where), asOf && h("span", {}, `as of ${dateWords(asOf)}`)),
      excerpt && excerptNode(excerpt, n),
    ),
  );
}

function excerptNode(excerpt: string, n: number): Node {
  const text = excerpt.length > EXCERPT_CHARACTERS ? `${excerpt.slice(0, EXCERPT_CHARACTERS)} …` : excerpt;
  return h(
    "details",
    {},
    h("summary", {}, "Excerpt", h("span", { class: "visually-hidden" }, ` of source ${n}`)),
    h("p", { class: "excerpt", dir: "auto" }, text),
  );
}
