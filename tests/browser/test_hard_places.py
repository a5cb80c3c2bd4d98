"""Pages and moments that are against us: strict CSP, hostile CSS, signed out, sleep, keys alone."""

import pytest

from tests.bigpanda.serving import Monitor
from tests.browser.conftest import TREES
from tests.browser.driver import DEEP, Driver, eventually
from tests.browser.sidebar import ENTRY, Sidebar

JOB = "/job?pandaid=6519134287"


@pytest.mark.parametrize(
    "mode",
    ["strict_csp", "hostile_css", "strict_csp hostile_css", "eic", "bare_links", "table=2024", "table=2025", "table=2026"],
)
def test_it_works_on(mode: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    monitor.board.set(mode)
    try:
        sidebar.begin("/job?pandaid=6800730400")
        assert "pilot:1235" in sidebar.ask("Why did this job fail?")
        assert sidebar.proofs()
    finally:
        monitor.board.set()


@pytest.mark.parametrize("mode", ["hostile_css", "strict_csp", "strict_csp hostile_css"])
def test_what_we_put_into_the_page_looks_the_same_on(mode: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    look = DEEP + (
        "const s = getComputedStyle(deep(arguments[0]));"
        "return [s.color, s.display, s.fontSize, s.backgroundColor, s.borderTopWidth, s.position, s.zIndex, s.width];"
    )
    sidebar.visit(JOB)
    sidebar.show()
    parts = ("ask-panda-root", ".sidebar", ".grip", ENTRY)
    before = [browser.page(look, part) for part in parts]
    monitor.board.set(mode)
    try:
        sidebar.visit(JOB)
        sidebar.show()
        assert [browser.page(look, part) for part in parts] == before
    finally:
        monitor.board.set()


def test_a_sign_in_page_is_left_alone(browser: Driver, monitor: Monitor) -> None:
    monitor.board.set("signed_out")
    try:
        browser.open(f"{monitor.named_url}{JOB}")
        assert "/login/" in browser.page("return location.pathname")
        # On pages of the monitor the entry is there before `load`, for which `open` waits, or soon after.
        assert not browser.page(
            "return new Promise((done) => setTimeout(() => done(!!document.querySelector('ask-panda-root')), 500))"
        )
    finally:
        monitor.board.set()


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("json_401", "sign in"),
        ("json_login", "sign in"),
        ("no_log", "pilotlog.txt was not found on the monitor"),
        ("log_400", "which says “failed to find log tarball of this job”"),
        ("empty_log", "empty"),
        ("html_log", "instead of pilotlog.txt the monitor sent a web page"),
        ("login_log", "sign in"),
        ("rate_limit=1", "the monitor is limiting requests (429)"),
        ("rate_limit=2", "the monitor is limiting requests (429)"),
        ("big_tarball", "pilotlog.txt is too large to be fetched"),
    ],
)
def test_odd_answers_of_the_monitor_are_said_and_the_verdict_stands(
    mode: str, said: str, browser: Driver, monitor: Monitor
) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    monitor.board.set(mode)
    try:
        words = sidebar.ask("Why did this job fail?")
    finally:
        monitor.board.set()
    assert "pilot:1324" in words
    assert said in words.lower()


@pytest.mark.parametrize("moment", ["asked", "reading the page", "streaming", "idle"])
def test_a_background_that_is_ended_loses_nothing(moment: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/job?pandaid=6803110027")
    sidebar.choose_model("openai/slow")
    # Words for the same question about the same evidence would come from the store, at once.
    question = f"Why did this job fail? ({moment}, {browser.name})"
    try:
        if moment == "idle":
            browser.sleep_background()
        if moment == "reading the page":
            monitor.board.set("slow=1")
        sidebar.send(question)
        if moment == "asked":
            browser.sleep_background()
        if moment == "reading the page":
            eventually("the reading", lambda: "Reading" in sidebar.last())
            browser.sleep_background()
            monitor.board.set()
        if moment == "streaming":
            eventually("the first words", lambda: "takes its time" in sidebar.last())
            browser.sleep_background()
            assert sidebar.running(), "the answer was over before the background was ended"
        words = sidebar.answered(patience=60)
    finally:
        monitor.board.set()
        sidebar.choose_model("none")
    assert sidebar.answers() == 1
    assert question in words
    assert "pilot:1150" in words
    assert [tree for tree in TREES if f"the {tree} takes its time" not in words] == []
    assert sidebar.sources() > 0
    assert browser.panel("return document.querySelector('#question').value") == ""


def test_the_keyboard_alone_is_enough(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    eventually("the focus in the box", lambda: browser.panel("return document.activeElement.id") == "question")
    for key in "why?":
        browser.press(key)
    browser.press("Enter")
    assert "1324" in sidebar.answered()
    eventually("the focus back in the box", lambda: browser.panel("return document.activeElement.id") == "question")
    chips = set(browser.panel("return [...document.querySelectorAll('.chip')].map((e) => e.textContent.slice(0, 40))"))
    reached = set()
    while browser.panel("return document.activeElement.id") != "new":
        browser.press("Shift+Tab")
        reached.add(browser.panel("return document.activeElement.textContent.trim().slice(0, 40)"))
        assert len(reached) < 60
    assert {"Expert", "User"} & reached, reached
    assert "Copy answer" in reached
    assert chips & reached, reached
    browser.press("Enter")
    eventually("an empty conversation", lambda: not sidebar.answers())
    browser.press("Escape")
    eventually("the closed sidebar", lambda: not sidebar.open())
