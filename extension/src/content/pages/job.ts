/** The job page. The whole record comes from the JSON twin, on a question; this is what the page itself shows. */
import type { PageContext } from "../../shared/contract";
import { agreed, fill, headed, id, pairs, rows, tables, text, value, type Headed } from "./dom";
import { jobErrors } from "./errors";

export function readJob(page: Document): PageContext {
  const parameters = jobParameters(page);
  const head = jobHead(page);
  return {
    pandaid: agreed(id(parameters.get("pandaid")), id(head?.line("PanDA ID")), notFound(page)),
    jeditaskid: id(parameters.get("jeditaskid")) ?? headTask(head),
    site: value(parameters.get("computingsite")) ?? headSite(head),
    status: value(parameters.get("jobstatus")) ?? fill(head?.cell("Status")) ?? value(text(head?.cell("Status"))),
    errors: jobErrors(page, parameters),
  };
}

/** "All job parameters" has every field of the record that is set; "Other key job parameters" fills what it lacks. */
function jobParameters(page: Document): Map<string, string> {
  const found = new Map<string, string>();
  for (const table of tables(page, "All job parameters")) {
    for (const [name, words] of pairs(table)) found.set(name, words);
  }
  return found;
}

function jobHead(page: Document): Headed | null {
  const table = tables(page, "Job name:")[0];
  const [heads, values] = table ? rows(table) : [];
  return heads && values ? headed(heads, values) : null;
}

/** "Request" and "Task ID" share a cell, and a job without a task links to `/jobs/?taskid=None`. */
function headTask(head: Headed | null): number | null {
  const link = head?.cell("Task ID")?.querySelector<HTMLAnchorElement>("a[href*='/task/']");
  return id(link?.textContent) ?? id(head?.line("Task ID"));
}

/** The queue. Elsewhere than at ATLAS cloud and site share a cell. */
function headSite(head: Headed | null): string | null {
  const cell = head?.cell("Site") ?? head?.cell("Cloud Site");
  return value(text(cell?.querySelector("a[href*='/site/']"))) ?? value(text(cell));
}

/** A job that is not there is told of in a sentence, with status 200. */
function notFound(page: Document): number | null {
  if (tables(page, "Job name:").length) return null;
  const found = /\bJob (\d+) not found/i.exec(text(page.querySelector("#content") ?? page.body));
  return id(found?.[1]);
}
