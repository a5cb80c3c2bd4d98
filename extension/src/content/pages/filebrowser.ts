/** The list of a job's logs: the job is linked from the strip under the navigation bar. */
import type { PageContext } from "../../shared/contract";
import { detect } from "./detect";
import { agreed } from "./dom";

export function readFileBrowser(page: Document): PageContext {
  const links = [...page.querySelectorAll<HTMLAnchorElement>(".top-subbar a[href*='/job']")];
  return { pandaid: agreed(...links.map((link) => detect(new URL(link.href, page.baseURI)).pandaid)) };
}
