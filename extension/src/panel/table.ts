/** Tables that stay inside the panel: they scroll in themselves, keep their head, and sort by any column. */
import { announce } from "./announcer";
import { copyButton } from "./clipboard";
import { button, h, shortened } from "./dom";
import { icon } from "./icons";
import { webAddress, webLink } from "./markdown";
import { asArray, asNumber, asText, isRecord, number } from "./values";

/** Rows shown at once; all of them would make a long list of errors slow to open. */
const ROWS_SHOWN = 250;
/** Cells up to this length stay on one line: site names and ids read badly when broken at their hyphens. */
const SHORT = 20;
/** Of a longer cell this much is shown, and the rest on a click: rows stay low enough to compare. */
const LONG = 60;
type Direction = "ascending" | "descending";

/** `data` is {columns: [name], rows: [[cell]]}; a row may also be an object by column name. */
export function tableBlock(title: string, data: Record<string, unknown>): HTMLElement {
  const columns = asArray(data.columns).map((column) => asText(isRecord(column) ? (column.title ?? column.name) : column));
  const rows = asArray(data.rows).map((row) => columns.map((column, i) => asText(isRecord(row) ? row[column] : asArray(row)[i])));
  const numeric = columns.map((_, i) => rows.length > 0 && rows.every((row) => row[i] === "" || asNumber(row[i]) !== null));
  const body = h("tbody");
  const showAll = (): void => {
    limit = rows.length;
    fill();
  };
  const more = button("tool", showAll, {}, icon("more"), `Show all ${rows.length} rows`);
  let shown = rows;
  let limit = ROWS_SHOWN;

  const fill = (): void => {
    body.replaceChildren(
      ...shown.slice(0, limit).map((row) => h("tr", {}, ...row.map((cell, i) => h("td", { class: numeric[i] ? "number" : cell.length > SHORT ? "long" : "short", dir: "auto" }, cellNode(cell))))),
    );
    more.hidden = rows.length <= limit;
  };

  const heads = columns.map((column, i) => {
    const sort = (): void => {
      const direction: Direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction);
      shown = sorted(rows, i, direction);
      fill();
      announce(head, `Sorted by ${column}, ${direction}`);
    };
    const own = button("sort", sort, {}, column || "—", h("span", { class: "arrow", "aria-hidden": "true" }));
    const head = h("th", { scope: "col", class: numeric[i] ? "number" : null }, own);
    return head;
  });
  fill();
  return h(
    "figure",
    { class: "block" },
    h(
      "figcaption",
      {},
      h("span", {}, title || "Table"),
      h("small", {}, rows.length === 1 ? "1 row" : `${number(rows.length)} rows`),
      copyButton("Copy table", () => [columns, ...rows].map((row) => row.map(flat).join("\t")).join("\n")),
    ),
    h(
      "div",
      { class: "scroll", role: "group", "aria-label": title || "Table", tabindex: 0 },
      h("table", {}, h("thead", {}, h("tr", {}, ...heads)), body),
    ),
    more,
  );
}

function cellNode(cell: string): Node | string {
  const url = /^https?:\/\/\S+$/.test(cell) ? webAddress(cell) : null;
  if (url) return webLink(url, cell);
  return cell.length > LONG ? shortened(cell, LONG) : cell;
}

/** Numbers by size, everything else by letters with numbers in them counted; empty cells always last. */
export function sorted(rows: string[][], column: number, direction: Direction): string[][] {
  const sign = direction === "ascending" ? 1 : -1;
  return [...rows].sort((left, right) => {
    const [a, b] = [left[column] ?? "", right[column] ?? ""];
    if (a === "" || b === "") return Number(a === "") - Number(b === "");
    const [x, y] = [asNumber(a), asNumber(b)];
    return sign * (x !== null && y !== null ? x - y : a.localeCompare(b, "en", { numeric: true }));
  });
}

function flat(cell: string): string {
  return cell.replace(/[\t\r\n]+/g, " ");
}
