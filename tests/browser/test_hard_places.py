"""Pages and moments that are against us: strict CSP, hostile CSS, signed out, sleep, no backend, no pairing."""

from pathlib import Path

import pytest

from tests.backend import Backend, free_port
from tests.bigpanda.serving import Monitor
from tests.browser.chromium import running_chromium
from tests.browser.conftest import NAME, prepared
from tests.browser.driver import Driver, eventually
from tests.browser.firefox import running_firefox
from tests.browser.sidebar import Sidebar

JOB = "/job?pandaid=6519134287"


@pytest.mark.parametrize("mode", ["strict_csp", "hostile_css", "eic", "table=2024", "table=2025", "table=2026"])
def test_it_works_on(mode: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    monitor.board.set(mode)
    try:
        sidebar.visit("/job?pandaid=6800730400")
        sidebar.show()
        sidebar.new()
        assert "1235" in sidebar.ask("Why did this job fail?")
    finally:
        monitor.board.set()


def test_a_sign_in_page_is_left_alone(browser: Driver, monitor: Monitor) -> None:
    monitor.board.set("signed_out")
    try:
        browser.open(f"{monitor.named_url}{JOB}")
        assert "/login/" in browser.page("return location.pathname")
        assert not browser.page("return !!document.querySelector('ask-panda-root')")
    finally:
        monitor.board.set()


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("json_401", "sign"),
        ("json_login", "sign"),
        ("no_log", "pilotlog.txt"),
        ("empty_log", "empty"),
        ("html_log", "pilotlog.txt"),
        ("rate_limit=1", "too many requests"),
        ("big_tarball", "pilotlog.txt"),
    ],
)
def test_odd_answers_of_the_monitor_are_said_and_the_verdict_stands(
    mode: str, said: str, browser: Driver, monitor: Monitor
) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit(JOB)
    sidebar.show()
    sidebar.new()
    monitor.board.set(mode)
    try:
        words = sidebar.ask("Why did this job fail?")
    finally:
        monitor.board.set()
    assert "1324" in words
    assert said in words.lower(), words


def test_a_background_put_to_sleep_during_an_answer_loses_nothing(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit("/job?pandaid=6803110027")
    sidebar.show()
    sidebar.new()
    browser.panel(
        "const s = document.querySelector('#models select'); s.value = 'openai/slow'; s.dispatchEvent(new Event('change', {bubbles: true}));"
    )
    before = sidebar.answers()
    browser.type_panel("#question", "Why did this job fail?")
    browser.press("Enter")
    eventually("a running answer", lambda: "takes its time" in sidebar.words() or sidebar.running())
    browser.sleep_background()
    words = sidebar.answered(before, 60)
    browser.panel(
        "const s = document.querySelector('#models select'); s.value = s.options[0].value; s.dispatchEvent(new Event('change', {bubbles: true}));"
    )
    assert "1150" in words
    assert "Sources" in words


def test_the_keyboard_alone_is_enough(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit(JOB)
    sidebar.show()
    sidebar.new()
    eventually("the focus in the box", lambda: browser.panel("return document.activeElement.id") == "question")
    for key in "why?":
        browser.press(key)
    browser.press("Enter")
    assert "1324" in sidebar.answered(0)
    browser.press("Escape")
    eventually("the closed sidebar", lambda: not sidebar.open())


@pytest.mark.parametrize("paired", [False, True], ids=["never paired", "backend gone"])
@pytest.mark.parametrize(
    "which",
    [pytest.param("chromium", marks=pytest.mark.chromium), pytest.param("firefox", marks=pytest.mark.firefox)],
)
def test_without_a_backend_it_says_how_to_get_one(
    which: str, paired: bool, built: Path, backend: Backend, monitor: Monitor, tmp_path: Path
) -> None:
    folder = prepared(built, which, tmp_path, backend, [monitor.named_url])
    setup = folder / "setup.json"
    gone = backend.url.replace(str(backend.port), str(free_port()))
    text = setup.read_text()
    setup.write_text(text.replace(backend.url, gone) if paired else text.replace('"code": "', '"code": "X'))
    running = {"chromium": running_chromium, "firefox": running_firefox}[which]
    with running(folder, NAME) as driver:
        sidebar = Sidebar(driver, monitor)
        sidebar.visit(JOB)
        sidebar.show()
        driver.type_panel("#question", "Why did this job fail?")
        driver.press("Enter")
        words = eventually("the way out", lambda: "pair" in sidebar.words().lower() and sidebar.words())
        assert "options" in words.lower()
        kept = driver.panel("return document.querySelector('#question').value") + words
        assert "Why did this job fail?" in kept
