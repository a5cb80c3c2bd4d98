/** Rows of errors: the job page's table in its three generations, and the summaries of lists. */
import type { PageError } from "../../shared/contract";
import { component, ERROR_FIELDS } from "./components";
import { lines, rows, tables, text, value } from "./dom";

/** More rows than this say nothing that the first ones do not. */
const MOST = 50;

/** The job page's error table: only there for failed, holding and subfinished jobs, and not complete even then. */
export function errorTable(root: ParentNode): HTMLTableElement | null {
  return (
    root.querySelector<HTMLTableElement>("table.fresh-table.alert") ??
    tables(root, "Job error summary")[0] ??
    tables(root, "Job errors (")[0] ??
    null
  );
}

/** Every error that the job page tells of: the table's rows, then codes that only the job's parameters hold. */
export function jobErrors(root: ParentNode, parameters: Map<string, string>): PageError[] {
  const table = errorTable(root);
  const found = table ? tableErrors(table) : [];
  for (const field of ERROR_FIELDS) {
    const code = errorCode(parameters.get(field.code) ?? "");
    if (code === null || code === 0) continue;
    const message = value(parameters.get(field.diag)) ?? "";
    const shown = found.find((error) => error.component === field.component && error.code === code);
    // The table's text is shortened on the way to the page; the parameters have what the database has.
    if (shown) shown.message = message || shown.message;
    else found.push({ component: field.component, code, message, description: "" });
  }
  return found.slice(0, MOST);
}

function tableErrors(table: HTMLTableElement): PageError[] {
  const found: PageError[] = [];
  for (const row of rows(table)) {
    const pieces = isDescription(row) ? describedErrors(row) : [rowError(row)];
    for (const error of pieces) {
      if (!error) continue;
      const earlier = found.find((other) => other.component === error.component && other.code === error.code);
      if (!earlier) found.push(error);
      else if (error.message.length > earlier.message.length) earlier.message = error.message;
    }
  }
  return found;
}

/** One data row (Component, Code, Message and, since June 2025, Description); null for a row of heads. */
export function rowError(row: HTMLTableRowElement): PageError | null {
  const cells = [...row.cells];
  // A row of heads has nothing but `th`; in some versions the component of a data row is a `th` as well.
  if (cells.length < 3 || cells.every((cell) => cell.tagName === "TH")) return null;
  const [first, code, message, description] = cells.map((cell) => value(text(cell)) ?? "");
  if (!first) return null;
  return {
    component: component(first),
    code: errorCode(code ?? ""),
    message: message ?? "",
    description: description ?? "",
  };
}

function isDescription(row: HTMLTableRowElement): boolean {
  return text(row.cells[0]).toLowerCase().startsWith("error description");
}

/** The first row of pages before mid 2025: `<b>exe, 2002:</b> text`, one after the other in one cell. */
function describedErrors(row: HTMLTableRowElement): PageError[] {
  const cell = row.cells[1] ?? row.cells[0];
  if (!cell) return [];
  const joined = lines(cell).join(" ");
  const marks = [...joined.matchAll(/(?:^|[\s,;.])([A-Za-z]+)\s*,\s*(-?\d+)\s*:/g)];
  return marks.map((mark, index) => {
    const end = marks[index + 1]?.index ?? joined.length;
    return {
      component: component(mark[1] ?? ""),
      code: Number(mark[2]),
      message: joined.slice(mark.index + mark[0].length, end).trim(),
      description: "",
    };
  });
}

/** The error summary of the jobs and errors pages, by code; the sample message stands for its group. */
export function summaryErrors(root: ParentNode): PageError[] {
  const table = root.querySelector<HTMLTableElement>("table#errorsummary_groupbycode");
  return table ? rows(table).flatMap((row) => summaryError(row) ?? []).slice(0, MOST) : [];
}

/** A row of an error summary: some cell is `component:code`, the last one is the message. */
export function summaryError(row: HTMLTableRowElement): PageError | null {
  const cells = [...row.cells].filter((cell) => cell.tagName === "TD").map((cell) => text(cell));
  for (const cell of cells) {
    const found = /^([a-z][a-z ]*):\s*(-?\d+)\b/i.exec(cell);
    if (!found?.[1]) continue;
    const rest = cell.slice(found[0].length).trim();
    const last = cells.at(-1) ?? "";
    return {
      component: component(found[1]),
      code: Number(found[2]),
      message: last === cell ? rest : (value(last) ?? ""),
      description: "",
    };
  }
  return null;
}

/** The error of the row that an element stands in, if it is one of an error table or summary. */
export function errorAt(page: Document, target: Element): PageError | null {
  const row = target.closest("tr");
  if (!row) return null;
  if (!errorTable(page)?.contains(row)) return summaryError(row);
  return isDescription(row) ? (describedErrors(row)[0] ?? null) : rowError(row);
}

/** A whole number as a number; anything else that is printed in a code column as text; null for nothing. */
export function errorCode(words: string): number | string | null {
  const code = value(words);
  if (code === null) return null;
  return /^-?\d{1,9}$/.test(code) ? Number(code) : code;
}
