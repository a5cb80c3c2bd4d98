"""Monitors of other experiments, under their own names and on ports of their own, which the viewer adds in the options."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend import Backend, running_backend
from tests.bigpanda.serving import Monitor, running_monitor
from tests.bigpanda.shape import shape
from tests.browser import axe
from tests.browser.conftest import BROWSERS, RUNNING, prepared
from tests.browser.driver import Driver, eventually
from tests.browser.sidebar import Sidebar

NAME = shape("rubin").host
JOB = "/job?pandaid=20817711"
_SIDEBAR = "return !!document.querySelector('ask-panda-root')"
#: The same half a second later: it is there before `load`, for which `open` waits, or soon after.
_STILL = "return new Promise((done) => setTimeout(() => done(!!document.querySelector('ask-panda-root')), 500))"


class Elsewhere(Sidebar):
    """The sidebar on that monitor."""

    def visit(self, path: str) -> None:
        self.browser.open(f"https://{NAME}:{self.monitor.port}{path}")


@pytest.fixture(scope="module")
def rubin() -> Iterator[Monitor]:
    # As the links to logs are there: without a scheme, and with the monitor's own disk in the middle.
    with running_monitor("bare_links", tls=True, whose="rubin") as running:
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
        assert "Job 20817711" in sidebar.words()
        assert axe.in_panel(driver) == []
        words = sidebar.ask("Why did this job fail?")
        assert "pilot:1305" in words
        assert "FileNotFoundError: Dataset with Id 5d0e1f2a" in sidebar.proofs()
        assert "payload.stderr" in words
        assert "GGUS" not in words
        # another port is another monitor
        with running_monitor(tls=True, whose="rubin") as other:
            driver.open(f"https://{NAME}:{other.port}{JOB}")
            assert not driver.page(_STILL)


@pytest.mark.chromium
def test_one_sidebar_serves_the_monitors_of_two_experiments(built: Path, tmp_path: Path) -> None:
    """One backend speaks for one experiment; a page of another is read and explained all the same, and linked to itself."""
    asked = {
        "epic": (888201, "epic_craterlake_18x277.xml", "payload.stdout"),
        "panda": (812, "No module named 'iminuit'", "payload.stderr"),
    }
    with (
        running_backend({"ASKPANDA_EXPERIMENT": "epic"}) as backend,
        running_monitor(tls=True, whose="epic") as epic,
        running_monitor(tls=True, whose="panda") as panda,
    ):
        monitors = {"epic": epic, "panda": panda}
        folder = prepared(built, "chromium", tmp_path, backend, [one.named_url for one in monitors.values()])
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["host_permissions"] += [f"https://{shape(name).host}/*" for name in asked]
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with RUNNING["chromium"](folder, f"{shape('epic').host} 127.0.0.1,MAP {shape('panda').host}") as driver:
            for name, (job, line, file) in asked.items():
                sidebar = Sidebar(driver, monitors[name])
                sidebar.begin(f"/job?pandaid={job}")
                assert f"Job {job}" in sidebar.words()
                words = sidebar.ask("Why did this job fail?")
                assert "pilot:1305" in words
                assert line in sidebar.proofs()
                assert file in words
                assert "ATLAS" not in words


def _add(driver: Driver, address: str) -> None:
    driver.options()
    eventually("the options", lambda: "Paired" in driver.page("return document.body.innerText"))
    driver.type_page("#monitor", address)
    driver.press("Enter")
    listed = "return document.querySelector('#monitors').innerText"
    eventually("the monitor in the list", lambda: address in driver.page(listed))
