"""A browser and a backend of its own: prepared by a folder, without pairing, without consent, with a backend that goes away.

Nothing that was typed is lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backend import Backend, running_backend
from tests.bigpanda.serving import Monitor
from tests.browser import axe
from tests.browser.conftest import BROWSERS, NAME, RUNNING, prepared
from tests.browser.driver import Driver, eventually
from tests.browser.sidebar import Sidebar

JOB = "/job?pandaid=6519134287"
QUESTION = "Why did this job fail?"
#: A model on another machine, which no test may reach: nothing may be sent to it before the viewer agrees.
FAR = {
    "ASKPANDA_MODEL": "none,openai/far",
    "ASKPANDA_EGRESS": "remote",
    "OPENAI_API_KEY": "none",
    "OPENAI_BASE_URL": "https://models.far.example/v1",
}


@dataclass
class Own:
    """A browser with a backend of its own, which may be stopped. `greeting`: what the sidebar said that opened by itself."""

    browser: Driver
    backend: Backend
    greeting: str


@pytest.fixture(scope="module", params=BROWSERS)
def own(
    request: pytest.FixtureRequest, built: Path, monitor: Monitor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Own]:
    with running_backend(FAR) as backend:
        folder = prepared(built, request.param, tmp_path_factory.mktemp("own"), backend, [monitor.named_url], open=True)
        with RUNNING[request.param](folder, NAME) as driver:
            sidebar = Sidebar(driver, monitor)
            sidebar.visit(JOB)
            # Once, and when it likes: a key that opens the sidebar meanwhile would close it.
            eventually("the sidebar that opens by itself", sidebar.open)
            sidebar.arrived()
            yield Own(driver, backend, sidebar.words())


def _no_violation(browser: Driver) -> None:
    for scheme in ("dark", "light"):
        browser.scheme(scheme)
        assert axe.in_panel(browser) == []


def _trouble(browser: Driver, title: str) -> str:
    """What the panel says is in the way, once it is this."""
    said = (
        "const t = document.querySelector('#trouble'); return !t.hidden && t.innerText.startsWith(arguments[0]) && t.innerText"
    )
    return str(eventually(title, lambda: browser.panel(said, title)))


def _box(browser: Driver) -> str:
    return str(browser.panel("return document.querySelector('#question').value"))


def test_a_prepared_browser_opens_the_sidebar_by_itself(own: Own) -> None:
    assert "6519134287" in own.greeting


def test_a_remote_model_is_asked_only_after_consent_that_names_host_and_data(own: Own, monitor: Monitor) -> None:
    sidebar = Sidebar(own.browser, monitor)
    sidebar.begin(JOB)
    sidebar.choose_model("openai/far")
    sidebar.send(QUESTION)
    words = _trouble(own.browser, "May this leave your computer?")
    assert "models.far.example" in words
    assert "log" in words
    assert "question" in words
    assert _box(own.browser) == QUESTION
    assert sidebar.answers() == 0
    _no_violation(own.browser)
    own.browser.click_panel("#trouble .ways button:last-of-type")
    words = sidebar.answered()
    assert "pilot:1324" in words
    assert "No language model" in words
    assert own.browser.panel("return document.querySelector('#models select').value") == "none", (
        "who declined is not asked again"
    )
    assert "No language model" in sidebar.ask("What is a PanDA queue?")


def test_a_backend_that_is_away_is_said_with_how_to_start_it_and_the_question_goes_on_when_it_is_back(
    own: Own, monitor: Monitor
) -> None:
    sidebar = Sidebar(own.browser, monitor)
    sidebar.begin(JOB)
    own.backend.stop()
    try:
        sidebar.send(QUESTION)
        words = _trouble(own.browser, "The backend does not answer")
        assert "not running" in words
        assert "make serve" in words
        assert own.backend.url in words
        assert _box(own.browser) == QUESTION
        _no_violation(own.browser)
    finally:
        own.backend.start()
    own.browser.click_panel("#trouble .ways button")
    eventually("the cleared way", lambda: own.browser.panel("return document.querySelector('#trouble').hidden"))
    own.browser.click_panel("#send")
    assert "pilot:1324" in sidebar.answered()


def test_a_backend_that_has_forgotten_this_browser_is_said_and_pairing_again_goes_on(own: Own, monitor: Monitor) -> None:
    """The last one with this backend: its database is gone, as when a state folder was deleted."""
    sidebar = Sidebar(own.browser, monitor)
    sidebar.begin(JOB)
    own.backend.stop()
    for file in own.backend.state_dir.glob("askpanda.db*"):
        file.unlink()
    own.backend.start()
    sidebar.send(QUESTION)
    words = _trouble(own.browser, "The backend does not know this browser any more")
    assert "askpanda pair" in words
    assert _box(own.browser) == QUESTION
    _no_violation(own.browser)
    own.browser.click_panel("#history")
    eventually("why there is no list", lambda: own.browser.panel("return !document.querySelector('#box-note').hidden"))
    _no_violation(own.browser)
    own.browser.options()
    eventually("how it stands", lambda: "not paired with it" in own.browser.page("return document.body.innerText"))
    own.browser.type_page("#code", own.backend.askpanda("pair").stdout.split()[-1])
    own.browser.press("Enter")
    eventually("the pairing", lambda: "Paired as local" in own.browser.page("return document.body.innerText"))
    sidebar.visit(JOB)
    sidebar.show()
    assert _box(own.browser) == QUESTION
    own.browser.click_panel("#send")
    assert "pilot:1324" in sidebar.answered()


@pytest.mark.parametrize("which", BROWSERS)
def test_without_pairing_it_says_how_to_pair(which: str, built: Path, monitor: Monitor, tmp_path: Path) -> None:
    with RUNNING[which](built / which, NAME) as driver:
        sidebar = Sidebar(driver, monitor)
        sidebar.visit(JOB)
        sidebar.show()
        driver.type_panel("#question", QUESTION)
        driver.press("Enter")
        words = _trouble(driver, "Not paired")
        assert "askpanda pair" in words
        assert "options" in words
        assert _box(driver) == QUESTION
        _no_violation(driver)
