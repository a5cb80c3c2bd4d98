/** The task page. Its record, too, comes from the JSON twin. */
import type { PageContext } from "../../shared/contract";
import { agreed, fill, headed, id, pairs, rows, tables, text, value } from "./dom";

export function readTask(page: Document): PageContext {
  const table = page.querySelector<HTMLTableElement>("#taskInfoTable table, table#taskInfoTable");
  const [heads, values] = table ? rows(table) : [];
  const head = heads && values ? headed(heads, values) : null;
  const parameters = tables(page, "PanDA/JEDI task parameters").map(pairs)[0];
  const status = head?.cell("Status");
  const message = text(page.querySelector(".card.warning .errorlog h5")).replace(/^Logged status:\s*/i, "");
  return {
    jeditaskid: agreed(id(parameters?.get("jeditaskid")), id(head?.line("Task ID"))),
    status: value(parameters?.get("status")) ?? fill(status) ?? value(text(status)),
    errors: message ? [{ component: "jedi", code: null, message, description: "" }] : [],
  };
}
