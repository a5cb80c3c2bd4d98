/** Long lists: what comes first is seen at once, the rest on a click. */
import { button, h } from "./dom";
import { icon } from "./icons";

/** A list of which the first `shown` items are seen, with a button for the others; or the list alone. */
export function shortList(list: HTMLElement, shown: number): HTMLElement {
  const rest = ([...list.children] as HTMLElement[]).slice(shown);
  if (rest.length === 0) return list;
  for (const item of rest) item.hidden = true;
  const act = (): void => {
    for (const item of rest) item.hidden = false;
    more.remove();
    const next = rest[0];
    // What was pressed is gone: who uses keys goes on from the first item that came.
    if (next) next.tabIndex = -1;
    (next?.querySelector<HTMLElement>("button, a") ?? next)?.focus();
  };
  const more = button("tool", act, {}, icon("more"), `Show ${rest.length} more`);
  return h("div", {}, list, more);
}
