/**
 * Whether the sidebar was open on the tab's last page of this monitor, where it then stands open on the next one, too: a
 * click on a job's task does not close what is being read beside it. The page's own store is per tab and read at once.
 */
const NAME = "ask-panda-open";

export function wasOpen(view: Window): boolean {
  return store(view)?.getItem(NAME) === "1";
}

export function keep(view: Window, isOpen: boolean): void {
  const kept = store(view);
  if (isOpen) kept?.setItem(NAME, "1");
  else kept?.removeItem(NAME);
}

/** Null where the browser keeps nothing for this page, as with cookies switched off: reading the property throws there. */
function store(view: Window): Storage | null {
  try {
    return view.sessionStorage;
  } catch {
    return null;
  }
}
