/** What an answer is about. */
import type { Answer } from "./contract";
import type { Subject } from "./messages";

/** The one job or task, as its page is called; null where there is none, or more than one. */
export function subjectOf(entities: Answer["entities"]): Subject | null {
  const pandaid = only(entities["job_ids"]);
  const jeditaskid = pandaid === null ? only(entities["task_ids"]) : null;
  if (pandaid === null && jeditaskid === null) return null;
  return { page: pandaid === null ? "task" : "job", pandaid, jeditaskid, site: null };
}

function only(ids: unknown): number | null {
  const [first, ...others] = Array.isArray(ids) ? (ids as unknown[]) : [];
  return typeof first === "number" && others.length === 0 ? first : null;
}
