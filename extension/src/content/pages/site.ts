/** A queue's page (the monitor calls it site). */
import type { PageContext } from "../../shared/contract";
import { pairs, tables, text, value } from "./dom";

export function readSite(page: Document): PageContext {
  for (const table of page.querySelectorAll("table")) {
    const found = /^(\S+) (?:information|parameters)$/.exec(text(table.querySelector("thead th")));
    if (!found?.[1]) continue;
    const information = tables(page, `${found[1]} information`).map(pairs)[0];
    return { site: found[1], status: value(information?.get("status")) };
  }
  return {};
}
