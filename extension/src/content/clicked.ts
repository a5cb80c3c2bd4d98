/** What the viewer's right click was on: the menu itself is the browser's and knows only of selected text. */
import type { PageError } from "../shared/contract";
import { errorTable, rowError, summaryError } from "./pages/errors";

export function watchRightClicks(page: Document, stop: AbortSignal): () => PageError | null {
  let target: Element | null = null;
  page.addEventListener(
    "contextmenu",
    (event) => {
      if (event.isTrusted) target = event.target instanceof Element ? event.target : null;
    },
    { signal: stop, capture: true, passive: true },
  );
  return () => (target?.isConnected ? errorAt(page, target) : null);
}

/** The error of the row that an element stands in, if it is one of an error table or summary. */
export function errorAt(page: Document, target: Element): PageError | null {
  const row = target.closest("tr");
  if (!row) return null;
  return errorTable(page)?.contains(row) ? rowError(row) : summaryError(row);
}
