/** The numbered sources under an answer, and the small numbers in its text that lead to them. */
import type { Citation } from "../shared/contract";
import { type Child, h, unseen } from "./dom";
import { icon } from "./icons";
import { webAddress, webLink } from "./markdown";
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
      unseen("Source "),
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
  const { n, kind, title, path } = citation;
  const url = webAddress(citation.url);
  const name = title || path || KIND[kind].word;
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
          ? webLink(url, name, icon("out"), unseen(" (new tab)"))
          : name,
      ),
      about(citation),
    ),
  );
}

/** Kind, section and date; where there is an excerpt, they open it. */
function about({ n, kind, title, section, excerpt, as_of: asOf }: Citation): Node {
  const { word, icon: name } = KIND[kind];
  // The first heading of a document is its title.
  const place = section.startsWith(`${title} > `) ? section.slice(title.length + 3) : section;
  const words = [
    h("span", { class: "kind" }, icon(name), word),
    place && place !== title && h("span", { dir: "auto" }, place),
    asOf && h("span", {}, `as of ${dateWords(asOf)}`),
  ];
  if (!excerpt) return h("p", { class: "meta" }, ...words);
  const text = excerpt.length > EXCERPT_CHARACTERS ? `${excerpt.slice(0, EXCERPT_CHARACTERS)} …` : excerpt;
  return h(
    "details",
    {},
    h("summary", { class: "meta" }, ...words, h("span", { class: "open" }, "Excerpt", icon("more"), unseen(` of source ${n}`))),
    h("p", { class: "excerpt", dir: "auto" }, text),
  );
}
