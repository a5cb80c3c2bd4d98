/** The proof: lines of a log with their place, and fields of the record. Log text is data and is shown letter by letter. */
import type { EvidenceLine } from "../shared/contract";
import { copyButton } from "./clipboard";
import { button, h, shortened, unseen } from "./dom";
import { icon } from "./icons";
import { shortList } from "./more";
import { placeWords } from "./words";

/** A line can hold a whole file; the reader gets this much of it, and the rest on a click. */
const LINE_CHARACTERS = 600;
/** Pieces of proof shown at once, best first. */
const SHOWN = 3;
/** After the best piece, one that is longer than this shows its first lines only. */
const CLAMPED_FROM = 130;
/** Lines of a long decisive span that stand before "Show all". */
const SPAN_LINES = 8;

/** A line of a log: `decisive` ones are marked. */
export interface Row {
  number: number | null;
  text: string;
  decisive: boolean;
}

export function evidenceList(evidence: EvidenceLine[], id: string): HTMLElement {
  const items = evidence.map((line, i) => evidenceItem(line, `${id}-${i}`, i > 0 && line.text.length > CLAMPED_FROM));
  return shortList(h("ol", { class: "evidence", id }, ...items), SHOWN);
}

function evidenceItem(line: EvidenceLine, id: string, clamped: boolean): HTMLElement {
  const place = placeWords(line);
  const rows = rowsOf(line);
  const decisive = rows.filter((row) => row.decisive);
  const lines = h("div", { class: clamped ? "lines clamped" : "lines", id, dir: "ltr", role: "group", "aria-label": place });
  const short = decisive.length ? decisive.slice(0, SPAN_LINES) : rows.slice(0, SPAN_LINES);
  fill(lines, short);
  const hidden = rows.length - short.length;
  return h(
    "li",
    {},
    h(
      "div",
      { class: "place" },
      h("span", { class: "file" }, icon(line.field ? "record" : "log"), h("code", {}, place)),
      (hidden > 0 || clamped) && windowButton(lines, rows, short, hidden > 0 ? "Context" : "All of it", place),
      copyButton(`Copy ${place}`, () => `${place}\n${line.text}`),
    ),
    lines,
  );
}

/** Opens what stands around a piece of proof, and the piece itself where it was cut. */
function windowButton(lines: HTMLElement, rows: Row[], short: Row[], words: string, place: string): HTMLElement {
  const clamped = lines.classList.contains("clamped");
  const act = (): void => {
    const open = own.getAttribute("aria-expanded") !== "true";
    own.setAttribute("aria-expanded", String(open));
    lines.classList.toggle("clamped", clamped && !open);
    fill(lines, open ? rows : short);
    const decisive = lines.querySelector<HTMLElement>(".decisive");
    if (open && decisive) lines.scrollTop = decisive.offsetTop - (lines.clientHeight - decisive.clientHeight) / 2;
  };
  const own = button("tool", act, { "aria-expanded": "false", "aria-controls": lines.id }, icon("more"), words, unseen(` of ${place}`));
  return own;
}

/** A text whose every line begins with its number in a log, as that log's lines; null for any other text. */
export function numbered(text: string): Row[] | null {
  const rows = text.split("\n").map((line) => {
    const [whole, number] = /^(\d+): ?/.exec(line) ?? [""];
    return { number: number === undefined ? null : Number(number), text: line.slice(whole.length), decisive: false };
  });
  return rows.every(({ number }) => number !== null) ? rows : null;
}

/** Lines with their numbers, outside of a list of evidence. */
export function logLines(rows: Row[], label: string): HTMLElement {
  const lines = h("div", { class: "lines", dir: "ltr", role: "group", "aria-label": label });
  fill(lines, rows);
  return lines;
}

function fill(lines: HTMLElement, rows: Row[]): void {
  const width = `${Math.max(...rows.map((row) => String(row.number ?? "").length))}ch`;
  lines.style.setProperty("--digits", width);
  lines.classList.toggle("numbered", rows.some((row) => row.number !== null));
  const scrolls = rows.some((row) => !row.decisive);
  lines.classList.toggle("window", scrolls);
  // What scrolls must be reachable by keys.
  if (scrolls) lines.tabIndex = 0;
  else lines.removeAttribute("tabindex");
  lines.replaceChildren(...rows.map(rowNode));
}

function rowNode(row: Row): Node {
  const words = text(row.text);
  return h(
    "div",
    { class: row.decisive ? "line decisive" : "line" },
    row.number !== null && h("span", { class: "number", "data-n": row.number }, unseen(`Line ${row.number}: `)),
    row.decisive ? h("mark", {}, words) : h("span", { class: "around" }, words),
  );
}

/** Time, level and place before the message of a pilot log's line. */
const COLUMNS = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} *\|[^|\n]{1,40}(?:\|[^|\n]{1,80}){1,2}\| ?/;

function text(whole: string): Node {
  const columns = COLUMNS.exec(whole)?.[0];
  if (columns && columns !== whole) return h("span", {}, h("span", { class: "columns" }, columns), message(whole.slice(columns.length)));
  return message(whole);
}

function message(whole: string): Node {
  return whole.length <= LINE_CHARACTERS ? h("span", {}, whole || " ") : shortened(whole, LINE_CHARACTERS);
}

/** The window's lines with their numbers, or the text alone where there is no window. */
export function rowsOf(line: EvidenceLine): Row[] {
  const first = line.line ?? null;
  const own = line.text.split("\n");
  if (!line.window) return own.map((words, i) => ({ number: first === null ? null : first + i, text: words, decisive: true }));
  const last = line.end ?? (first === null ? 0 : first + own.length - 1);
  const { start, text: around } = line.window;
  const rows = around.replace(/\n$/, "").split("\n").map((words, i) => {
    const number = start + i;
    return { number, text: words, decisive: first !== null && number >= first && number <= last };
  });
  // A window that misses the line it should hold is no help: the line itself comes first.
  if (first !== null && !rows.some((row) => row.decisive)) return rowsOf({ ...line, window: undefined });
  return rows;
}
