/**
 * Markdown to nodes, from an allow-list. `marked` only cuts the text into tokens; what is not listed here (HTML, pictures,
 * footnotes, odd addresses) stays readable text. Nothing is ever loaded.
 */
import { Lexer, Tokenizer, type Token, type Tokens } from "marked";
import { copyButton } from "./clipboard";
import { type Child, h } from "./dom";
import { logLines, numbered } from "./evidence";

export interface Reading {
  /** Level of the text's first heading, 2 to 6. */
  heading: number;
  /** Makes the link for a `[1]`; null where there is no such source. */
  cite?: (n: number) => Node | null;
}

/** A reference definition would turn the `[1]` of a source into a link to anywhere, so there are none. */
class NoDefinitions extends Tokenizer {
  override def(): undefined {
    return undefined;
  }
}

/** Text made to be slow (`_a*` some thousand times in one paragraph costs seconds) is read as it stands. */
class CarefulLexer extends Lexer {
  override inlineTokens(text: string, tokens: Token[] = []): Token[] {
    if ((text.match(/[*_~]/g)?.length ?? 0) <= MOST_MARKS) return super.inlineTokens(text, tokens);
    tokens.push({ type: "text", raw: text, text });
    return tokens;
  }
}

/** Marks in one paragraph, list item or cell. */
const MOST_MARKS = 400;
/** Larger texts are shown as they are. */
const LONGEST = 60_000;
/** Nodes in nodes, beyond which text stays as it is. */
const DEEPEST = 12;
const CITATION = /\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]/g;
const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&nbsp;": " " };

/** Nodes of a whole text. */
export function markdown(text: string, reading: Reading): Child[] {
  if (text.length > LONGEST) return [plain(text)];
  try {
    return new Builder(reading).blocks(new CarefulLexer({ gfm: true, tokenizer: new NoDefinitions() }).lex(text), 0);
  } catch {
    // Quotations in quotations, some thousand deep, exhaust the stack.
    return [plain(text)];
  }
}

function plain(text: string): Node {
  return h("p", { class: "plain", dir: "auto" }, text);
}

class Builder {
  private readonly headings: number[] = [];

  constructor(private readonly reading: Reading) {}

  blocks(tokens: Token[], depth: number): Child[] {
    if (depth > DEEPEST) return tokens.map((token) => token.raw);
    return tokens.map((token) => this.block(token as Tokens.Generic & Token, depth));
  }

  private block(token: Token, depth: number): Child {
    switch (token.type) {
      case "space":
      case "checkbox":
        return null;
      case "hr":
        return h("hr");
      case "heading": {
        const { depth: level, tokens } = token as Tokens.Heading;
        return h(this.headingTag(level), { dir: "auto" }, ...this.inline(tokens));
      }
      case "paragraph":
        return h("p", { dir: "auto" }, ...this.inline((token as Tokens.Paragraph).tokens));
      case "text": {
        const { tokens, text } = token as Tokens.Text;
        return h("span", { dir: "auto" }, ...(tokens ? this.inline(tokens) : this.words(text)));
      }
      case "blockquote":
        return h("blockquote", {}, ...this.blocks((token as Tokens.Blockquote).tokens, depth + 1));
      case "list":
        return this.list(token as Tokens.List, depth);
      case "code": {
        const { text, lang } = token as Tokens.Code;
        return code(text, lang ?? "");
      }
      case "table":
        return this.table(token as Tokens.Table);
      default:
        return plain(token.raw.trim());
    }
  }

  private list(token: Tokens.List, depth: number): Node {
    const items = token.items.map((item) => h("li", { dir: "auto" }, task(item), ...this.blocks(item.tokens, depth + 1)));
    if (!token.ordered) return h("ul", {}, ...items);
    return h("ol", { start: token.start === 1 || token.start === "" ? null : token.start }, ...items);
  }

  private table(token: Tokens.Table): Node {
    const row = (cells: Tokens.TableCell[], tag: "th" | "td"): Node =>
      h("tr", {}, ...cells.map((cell) => h(tag, { class: cell.align === "right" ? "number" : null, dir: "auto", scope: tag === "th" ? "col" : null }, ...this.inline(cell.tokens))));
    return h(
      "div",
      { class: "scroll", role: "group", "aria-label": "Table", tabindex: 0 },
      h(
        "table",
        {},
        h("thead", {}, row(token.header, "th")),
        h("tbody", {}, ...token.rows.map((cells) => row(cells, "td"))),
      ),
    );
  }

  private inline(tokens: Token[] | undefined, depth = 0): Child[] {
    if (!tokens) return [];
    if (depth > DEEPEST) return tokens.map((token) => token.raw);
    return tokens.flatMap((token) => this.span(token, depth));
  }

  private span(token: Token, depth: number): Child[] {
    switch (token.type) {
      case "strong":
        return [h("strong", {}, ...this.inline((token as Tokens.Strong).tokens, depth + 1))];
      case "em":
        return [h("em", {}, ...this.inline((token as Tokens.Em).tokens, depth + 1))];
      case "del":
        return [h("del", {}, ...this.inline((token as Tokens.Del).tokens, depth + 1))];
      case "codespan":
        return [codespan((token as Tokens.Codespan).text)];
      case "br":
        return [h("br")];
      case "escape":
        return [(token as Tokens.Escape).text];
      case "image":
        return [(token as Tokens.Image).text];
      case "link": {
        const { href, tokens, text } = token as Tokens.Link;
        return [link(href, text, this.inline(tokens, depth + 1)) ?? token.raw];
      }
      case "text":
        return this.words((token as Tokens.Text).text);
      default:
        return [token.raw];
    }
  }

  /** Words, with the numbers of sources made into links. */
  private words(text: string): Child[] {
    const { cite } = this.reading;
    const decoded = text.replace(/&(?:lt|gt|amp|quot|#39|nbsp);/g, (entity) => ENTITIES[entity] ?? entity);
    if (!cite) return [decoded];
    const children: Child[] = [];
    let from = 0;
    for (const match of decoded.matchAll(CITATION)) {
      const links = (match[1] ?? "").split(",").map((n) => cite(Number(n)));
      if (links.some((node) => node === null)) continue;
      children.push(decoded.slice(from, match.index).replace(/ $/, "\u00a0"), ...links);
      from = match.index + match[0].length;
    }
    children.push(decoded.slice(from));
    return children;
  }

  /** Headings keep their order without a gap, whatever the text jumps. */
  private headingTag(depth: number): "h2" | "h3" | "h4" | "h5" | "h6" {
    while ((this.headings.at(-1) ?? 0) >= depth) this.headings.pop();
    this.headings.push(depth);
    const level = Math.min(6, Math.max(2, this.reading.heading + this.headings.length - 1));
    return `h${level as 2 | 3 | 4 | 5 | 6}`;
  }
}

/** Options and field names read badly when they are broken at their hyphens. */
const WHOLE = 28;

function codespan(text: string): Node {
  return h("code", { class: text.length <= WHOLE ? "whole" : null }, text);
}

function task(item: Tokens.ListItem): Child {
  return item.task ? (item.checked ? "☑ " : "☐ ") : null;
}

/**
 * A link to a web page in a tab of its own; null where the address is anything else. Where the words look like another
 * address than the one behind them, the true host is said.
 */
export function link(href: string, words: string, children: Child[]): HTMLAnchorElement | null {
  const url = webAddress(href);
  if (!url) return null;
  const named = /(?:https?:\/\/|www\.)([^\s/]+)/i.exec(words)?.[1]?.toLowerCase();
  const other = named !== undefined && named !== url.host && `www.${url.host}` !== named;
  return webLink(url, ...children, other && ` (${url.host})`);
}

/** A link that opens in a tab of its own and tells the other side nothing of us. */
export function webLink({ href }: URL, ...children: Child[]): HTMLAnchorElement {
  return h("a", { href, title: href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** The address, where it is http or https and names no user. */
export function webAddress(href: string): URL | null {
  if (!/^https?:\/\//i.test(href) || !URL.canParse(href)) return null;
  const url = new URL(href);
  return url.username === "" && url.password === "" ? url : null;
}

/** Code or a command, scrolling inside itself, with a button that copies it. */
export function code(text: string, language: string): HTMLElement {
  const lines = language === "text" && numbered(text);
  const name = /^[\w+#.-]{1,20}/.exec(language)?.[0] ?? "";
  return h(
    "div",
    { class: name === "text" ? "code prosaic" : "code" },
    lines ? logLines(lines, "Log") : h("pre", { tabindex: 0, role: "group", "aria-label": name ? `Code, ${name}` : "Code" }, h("code", {}, text)),
    copyButton("Copy code", () => text),
  );
}
