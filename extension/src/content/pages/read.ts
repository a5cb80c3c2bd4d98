/** The page as context of a question. Read when a question is asked, because pages load parts of themselves late. */
import type { PageContext, PageKind } from "../../shared/contract";
import { detect } from "./detect";
import { text, value } from "./dom";
import { readFileBrowser } from "./filebrowser";
import { readJob } from "./job";
import { readList } from "./lists";
import { readSite } from "./site";
import { readTask } from "./task";

/** What each kind of page shows of itself; kinds that are not here offer free questions with the address alone. */
const READERS: Partial<Record<PageKind, (page: Document) => PageContext>> = {
  job: readJob,
  task: readTask,
  jobs: readList,
  errors: readList,
  site: readSite,
  filebrowser: readFileBrowser,
};

export function readPage(page: Document, url: URL): PageContext {
  const address = detect(url);
  const shown = READERS[address.kind]?.(page) ?? {};
  return {
    monitor: url.origin,
    url: url.href.slice(0, 2000),
    viewer: value(text(page.querySelector("a.user-name-icon"))),
    built: /\b\d{2}:\d{2}:\d{2}\b/.exec(text(page.querySelector(".top-subbar")))?.[0] ?? null,
    page: address.kind,
    pandaid: either(shown.pandaid, address.pandaid),
    jeditaskid: either(shown.jeditaskid, address.jeditaskid),
    site: either(shown.site ?? undefined, address.site),
    status: shown.status ?? null,
    errors: shown.errors ?? [],
  };
}

/**
 * The page's word before the address's. Where the page contradicts itself (null) or the address, something is odd, and
 * neither is passed on.
 */
function either<T>(shown: T | null | undefined, addressed: T | null): T | null {
  if (shown === undefined) return addressed;
  return addressed === null || addressed === shown ? shown : null;
}
