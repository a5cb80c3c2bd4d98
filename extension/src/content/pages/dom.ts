/**
 * Reading the monitor's markup. Almost nothing there has an id, and columns come and go with the version and the
 * experiment, so tables are found by the text of their head and cells by the text of their column.
 */

/** What is in the DOM but not on the page: tooltips, hidden cards, filters, the help text at the end. */
const NOT_SHOWN =
  ".tooltip-text, script, style, noscript, template, select, .ng-hide, .card.help, [style*='display:none'], [style*='display: none']";

/** Words that the pages print where there is no value. */
const EMPTY = new Set(["", "none", "null", "-", "--", "---", "–", "—", "not specified", "unknown"]);

/** Cells longer than this are cut: no field that is read from a page needs more. */
const LONGEST = 20_000;

/** The visible text of an element, white space folded; `<br>` and glued cells become blanks. */
export function text(element: Element | null | undefined): string {
  return element ? lines(element).join(" ") : "";
}

/** The visible text, one entry for each line that `<br>` makes; blank lines are left out. */
export function lines(element: Element): string[] {
  const copy = element.cloneNode(true) as Element;
  for (const hidden of copy.querySelectorAll(NOT_SHOWN)) hidden.remove();
  for (const br of copy.querySelectorAll("br")) br.replaceWith("\n");
  return copy.textContent
    .slice(0, LONGEST)
    .split("\n")
    .map((line) => line.replace(/\s+/g, " ").trim())
    .filter((line) => line !== "");
}

/** The text, or null for the monitor's many ways to print nothing. */
export function value(words: string | null | undefined): string | null {
  const trimmed = words?.trim() ?? "";
  return EMPTY.has(trimmed.toLowerCase()) ? null : trimmed;
}

/** A positive whole number (thousands commas allowed), or null. */
export function id(words: string | null | undefined): number | null {
  const printed = words?.trim() ?? "";
  // "1,234" is a number, "1,2" is a list of two.
  if (!/^(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})$/.test(printed)) return null;
  return Number(printed.replaceAll(",", "")) || null;
}

/**
 * The one id that all sources on a page name; undefined where none names any, null where two of them differ, because
 * then none can be trusted.
 */
export function agreed(...ids: (number | null)[]): number | null | undefined {
  const [first, ...others] = new Set(ids.filter((one) => one !== null));
  return others.length ? null : first;
}

/** Tables whose first head cell begins with `head` (upper and lower case alike). */
export function tables(root: ParentNode, head: string): HTMLTableElement[] {
  const wanted = head.toLowerCase();
  return [...root.querySelectorAll("table")].filter((table) =>
    text(table.querySelector("thead th")).toLowerCase().startsWith(wanted),
  );
}

/** The rows of a table's bodies, without those of tables inside its cells. */
export function rows(table: HTMLTableElement): HTMLTableRowElement[] {
  return [...table.tBodies].flatMap((body) => [...body.rows]);
}

/** A table of two columns, name and value, as a map; names in lower case. The first of two equal names counts. */
export function pairs(table: HTMLTableElement): Map<string, string> {
  const found = new Map<string, string>();
  for (const row of rows(table)) {
    const [name, cell] = row.cells;
    if (!name || !cell) continue;
    const key = text(name).replace(/:$/, "").toLowerCase();
    if (key && !found.has(key)) found.set(key, text(cell));
  }
  return found;
}

/** One row of values under a row of heads. Heads and cells may hold several lines, which belong together in order. */
export interface Headed {
  /** The cell under a head that has this line. */
  cell(head: string): HTMLTableCellElement | null;
  /** The line of the cell that belongs to this line of the head. */
  line(head: string): string | null;
}

export function headed(heads: HTMLTableRowElement, values: HTMLTableRowElement): Headed {
  const columns = [...heads.cells].map((head) => lines(head).map((line) => line.toLowerCase()));
  const find = (head: string): [HTMLTableCellElement | null, number] => {
    const wanted = head.toLowerCase();
    for (const [index, column] of columns.entries()) {
      const line = column.indexOf(wanted);
      if (line >= 0) return [values.cells[index] ?? null, line];
    }
    return [null, -1];
  };
  return {
    cell: (head) => find(head)[0],
    line: (head) => {
      const [cell, line] = find(head);
      return cell ? value(lines(cell)[line]) : null;
    },
  };
}

/** The state that a cell's colour class names: `failed` of `<td class="failed_fill">`. */
export function fill(cell: Element | null | undefined): string | null {
  for (const name of cell?.classList ?? []) {
    const found = /^([a-z_]+)_fill$/.exec(name);
    if (found?.[1]) return found[1];
  }
  return null;
}
