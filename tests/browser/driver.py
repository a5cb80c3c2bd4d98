"""One set of gestures for both browsers, so that a test is written once."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

PATIENCE = 20.0


class Driver(Protocol):
    """Everything is done as a hand does it (trusted events), and seen as an eye does."""

    name: str

    def open(self, url: str) -> None: ...

    def options(self) -> None:
        """Opens the extension's options page; `page` and `click_page` then mean it."""
        ...

    def page(self, script: str, *args: Any) -> Any:
        """The value of a function body, run in the page; `arguments` holds `args`. A promise is waited for."""
        ...

    def panel(self, script: str, *args: Any) -> Any:
        """The same in the sidebar's panel; raises LookupError while there is none."""
        ...

    def click_page(self, css: str, times: int = 1) -> None: ...
    def click_panel(self, css: str) -> None: ...
    def type_page(self, css: str, text: str) -> None: ...
    def type_panel(self, css: str, text: str) -> None: ...
    def press(self, keys: str) -> None: ...
    def shortcut(self) -> None: ...
    def explain_from_menu(self, css: str) -> None: ...
    def sleep_background(self) -> None:
        """Ends the background as the browser does when it has been idle; returns when it is gone."""
        ...

    def scheme(self, scheme: str) -> None: ...
    def size(self, width: int, height: int) -> None: ...
    def screenshot(self, path: Path) -> None: ...
    def saved(self) -> list[str]:
        """The texts of the files that pages have saved, in no order."""
        ...


def eventually(what: str, look: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What `look` sees as soon as it is something; AssertionError names `what` and the last thing seen."""
    end = time.monotonic() + patience
    last: Any = None
    while time.monotonic() < end:
        try:
            last = look()
        except LookupError as problem:
            last = problem
        else:
            if last:
                return last
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {patience:.0f} s; last seen: {str(last)[:300]!r}")


def texts(folder: Path) -> list[str]:
    """What stands in the files of a folder of downloads, as far as they are complete."""
    return [file.read_text() for file in folder.glob("*") if file.suffix != ".part"]


#: Why there may be nothing to look into.
NO_PANEL = "no panel in the page: it comes when the sidebar is opened for the first time on a page (Sidebar.show)"
#: Whether the panel's frame holds the panel already.
LOADED = "return document.readyState === 'complete' && !!document.querySelector('#question')"

#: Finds an element through our open shadow roots, as `querySelector` does not. Name what is inside by itself.
DEEP = """
const deep = (css, root = document) => {
  const found = root.querySelector(css);
  if (found) return found;
  for (const host of root.querySelectorAll('ask-panda-root, ask-panda-entry')) {
    const inside = host.shadowRoot && deep(css, host.shadowRoot);
    if (inside) return inside;
  }
  return null;
};
"""
