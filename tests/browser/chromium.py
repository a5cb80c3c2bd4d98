"""Chromium through Playwright, with the unpacked extension."""

import atexit
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Frame, Page, Playwright, sync_playwright

from tests.browser.driver import LOADED, NO_PANEL, eventually, texts

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Chromium:
    """See `driver.Driver`."""

    name = "chromium"

    def __init__(self, context: BrowserContext, downloads: Path) -> None:
        self.context = context
        self.downloads = downloads
        self.tab: Page = context.pages[0] if context.pages else context.new_page()

    @property
    def worker(self) -> Any:
        workers = self.context.service_workers
        return workers[0] if workers else self.context.wait_for_event("serviceworker", timeout=20_000)

    def open(self, url: str) -> None:
        self.tab.goto(url, wait_until="load")

    def options(self) -> None:
        self.open(self.worker.url.replace("background.js", "options/options.html"))

    def page(self, script: str, *args: Any) -> Any:
        return self.tab.evaluate(f"(args) => (function () {{ {script} }}).apply(null, args)", list(args))

    def panel(self, script: str, *args: Any) -> Any:
        frame = self._frame()
        if not frame.evaluate(f"() => {{ {LOADED} }}"):
            raise LookupError("the panel is still being loaded")
        return frame.evaluate(f"(args) => (function () {{ {script} }}).apply(null, args)", list(args))

    def _frame(self) -> Frame:
        for frame in self.tab.frames:
            if frame.url.startswith("chrome-extension://") and "panel.html" in frame.url:
                return frame
        # frames are told by events, and events are only read while Playwright waits for something
        self.tab.wait_for_timeout(20)
        raise LookupError(NO_PANEL)

    def click_page(self, css: str, times: int = 1) -> None:
        self.tab.locator(css).first.click(click_count=times)

    def click_panel(self, css: str) -> None:
        self._frame().locator(css).first.click()

    def type_page(self, css: str, text: str) -> None:
        self.tab.locator(css).first.click()
        self.tab.keyboard.type(text)

    def type_panel(self, css: str, text: str) -> None:
        self._frame().locator(css).first.click()
        self.tab.keyboard.type(text)

    def press(self, keys: str) -> None:
        self.tab.keyboard.press(keys)

    def shortcut(self) -> None:
        """Keys sent over the debugging protocol never reach the browser's shortcuts; the binding itself is asserted."""
        commands = self.worker.evaluate("chrome.commands.getAll()")
        assert [c["shortcut"] for c in commands if c["name"] == "toggle-sidebar"] == ["Alt+Shift+K"], commands
        self.worker.evaluate(
            """async () => { const [tab] = await chrome.tabs.query({active: true, lastFocusedWindow: true});
            chrome.commands.onCommand.dispatch("toggle-sidebar", tab); }"""
        )

    def explain_from_menu(self, css: str) -> None:
        """A right click for real; the choice in the browser's own menu is dispatched, for that menu cannot be driven."""
        target = self.tab.locator(css).first
        target.click(button="right")
        chosen = self.tab.evaluate("String(getSelection())")
        self.worker.evaluate(
            """async (selectionText) => { const [tab] = await chrome.tabs.query({active: true, lastFocusedWindow: true});
            chrome.contextMenus.onClicked.dispatch(
              {menuItemId: "explain", selectionText, frameId: 0, editable: false, pageUrl: tab.url}, tab); }""",
            chosen,
        )
        self.tab.keyboard.press("Escape")

    def sleep_background(self) -> None:
        states: list[str] = []
        session = self.context.new_cdp_session(self.tab)
        session.on(
            "ServiceWorker.workerVersionUpdated", lambda news: states.extend(v["runningStatus"] for v in news["versions"])
        )
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        eventually("the background's end", lambda: self._told(lambda: "stopped" in states))
        session.detach()

    def _told(self, look: Callable[[], bool]) -> bool:
        """What a listener has heard: events are only read while Playwright waits for something."""
        self.tab.wait_for_timeout(10)
        return look()

    def scheme(self, scheme: str) -> None:
        self.tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    def size(self, width: int, height: int) -> None:
        self.tab.set_viewport_size({"width": width, "height": height})

    def screenshot(self, path: Path) -> None:
        self.tab.screenshot(path=path)

    def saved(self) -> list[str]:
        self.tab.wait_for_timeout(20)
        return texts(self.downloads)


@cache
def _playwright() -> Playwright:
    """One for the whole run: two at a time do not go together."""
    running = sync_playwright().start()
    atexit.register(running.stop)
    return running


@contextlib.contextmanager
def running_chromium(extension: Path, names: str, *flags: str) -> Iterator[Chromium]:
    """A headless Chromium in which the host `names` is this machine."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is not installed"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        downloads = Path(profile) / "saved"
        context = _playwright().chromium.launch_persistent_context(
            profile,
            executable_path=program,
            headless=True,
            downloads_path=downloads,
            ignore_https_errors=True,
            viewport={"width": 1500, "height": 950},
            ignore_default_args=["--disable-extensions"],
            args=[
                *FLAGS,
                "--disk-cache-size=1",  # another test's page must not come from the cache
                f"--disable-extensions-except={extension}",
                f"--load-extension={extension}",
                f"--host-resolver-rules=MAP {names} 127.0.0.1",
                *flags,
            ],
        )
        try:
            driver = Chromium(context, downloads)
            eventually("the background script", lambda: driver.worker)
            yield driver
        finally:
            context.close()
