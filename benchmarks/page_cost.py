"""What the content script costs a page: its own time at load on a job page, in real browsers."""

import contextlib
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.bigpanda.serving import NAME, running_monitor
from tests.browser.chromium import running_chromium
from tests.browser.driver import Driver, eventually
from tests.browser.firefox import running_firefox

EXTENSION = Path(__file__).resolve().parent.parent / "extension"
PAGE = "/job?pandaid=6519134287"
WARM_UPS = 5
LOADS = 20
_SPENT = "return document.documentElement.dataset.askPandaMs"


def chromium_ms() -> list[float]:
    """Milliseconds of each of 20 loads, after 5 that are not counted; Chromium's clock goes in steps of 0.1 ms."""
    return _loads("chromium", running_chromium)


def firefox_ms() -> list[float]:
    """The same in Firefox, whose clock would otherwise go in steps of 1 ms."""
    return _loads("firefox", running_firefox, **{"privacy.reduceTimerPrecision": False})


def _loads(browser: str, running: Callable[..., AbstractContextManager[Driver]], **preferences: Any) -> list[float]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="askpanda-extension-"))
        # A build whose content script writes down the time of its own work.
        build = ["node", "build.mjs", "--out", folder, "--measure"]
        subprocess.run(build, cwd=EXTENSION, check=True, stdout=subprocess.DEVNULL)
        monitor = stack.enter_context(running_monitor(tls=True))
        driver = stack.enter_context(running(Path(folder) / browser, NAME, **preferences))
        return [_load(driver, f"{monitor.named_url}{PAGE}") for _ in range(WARM_UPS + LOADS)][WARM_UPS:]


def _load(driver: Driver, url: str) -> float:
    driver.open(url)
    return float(eventually("the measured time", lambda: driver.page(_SPENT)))
