"""A monitor of another experiment, under its own name and on a port of its own, which the viewer adds in the options."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend import Backend, running_backend
from tests.bigpanda.serving import Monitor, running_monitor
from tests.browser import axe
from tests.browser.conftest import BROWSERS, RUNNING, prepared
from tests.browser.driver import Driver, eventually
from tests.browser.sidebar import Sidebar

NAME = "usdf-panda-bigmon.slac.stanford.edu"
JOB = "/job?pandaid=6519134287"
_SIDEBAR = "return !!document.querySelector('ask-panda-root')"
#: The same half a second later: it is there before `load`, for which `open` waits, or soon after.
_STILL = "return new Promise((done) => setTimeout(() => done(!!document.querySelector('ask-panda-root')), 500))"


class Elsewhere(Sidebar):
    """The sidebar on that monitor."""

    def visit(self, path: str) -> None:
        self.browser.open(f"https://{NAME}:{self.monitor.port}{path}")


@pytest.fixture(scope="module")
def rubin() -> Iterator[Monitor]:
    # As the links to logs are there, and pages are in the form of monitors that are not ATLAS's.
    with running_monitor("eic bare_links", tls=True) as running:
        yield running


@pytest.fixture(scope="module")
def experiment() -> Iterator[Backend]:
    with running_backend({"ASKPANDA_EXPERIMENT": "rubin"}) as running:
        yield running


@pytest.mark.parametrize("which", BROWSERS)
def test_once_it_is_in_the_options_its_pages_have_the_sidebar(
    which: str, built: Path, experiment: Backend, rubin: Monitor, tmp_path: Path
) -> None:
    folder = prepared(built, which, tmp_path, experiment, [])
    if which == "chromium":
        # Its question for the host cannot be answered without a screen; a host of the manifest is granted without one.
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["host_permissions"].append(f"https://{NAME}/*")
        (folder / "manifest.json").write_text(json.dumps(manifest))
    with RUNNING[which](folder, NAME) as driver:
        sidebar = Elsewhere(driver, rubin)
        sidebar.visit(JOB)
        assert not driver.page(_STILL)
        _add(driver, f"https://{NAME}:{rubin.port}")
        sidebar.visit(JOB)
        eventually("the sidebar's root", lambda: driver.page(_SIDEBAR))
        sidebar.show()
        assert "Job 6519134287" in sidebar.words()
        assert axe.in_panel(driver) == []
        words = sidebar.ask("Why did this job fail?")
        assert "pilot:1324" in words
        assert "Could not open source: Invalid redirect URL" in sidebar.proofs()
        assert "pilotlog.txt" in words
        # another port is another monitor
        with running_monitor(tls=True) as other:
            driver.open(f"https://{NAME}:{other.port}{JOB}")
            assert not driver.page(_STILL)


def _add(driver: Driver, address: str) -> None:
    driver.options()
    eventually("the options", lambda: "Paired" in driver.page("return document.body.innerText"))
    driver.type_page("#monitor", address)
    driver.press("Enter")
    listed = "return document.querySelector('#monitors').innerText"
    eventually("the monitor in the list", lambda: address in driver.page(listed))
