/** Lists of jobs and their errors: what they were filtered by is in the address, the errors in their summary. */
import type { PageContext } from "../../shared/contract";
import { summaryErrors } from "./errors";

export function readList(page: Document): PageContext {
  return { errors: summaryErrors(page) };
}
