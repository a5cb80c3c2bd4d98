"""The ways into the sidebar: the entry in the bar, the shortcut, the menu of a right click, highlighted text."""

from tests.bigpanda.serving import Monitor
from tests.browser.driver import DEEP, Driver, eventually
from tests.browser.sidebar import Sidebar

JOB = "/job?pandaid=6519134287"
MESSAGE = "table.alert td:last-child"


def test_typing_into_the_entry_asks(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit(JOB)
    browser.type_page("ask-panda-entry input", "Why did this fail?")
    browser.press("Enter")
    words = eventually("the answer", lambda: _complete(sidebar))
    assert "Why did this fail?" in words
    assert "RO-07-NIPNE_DATADISK" in words


def test_a_click_on_the_entry_opens_the_sidebar_without_asking(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit("/job?pandaid=6803110027")
    browser.click_page("ask-panda-entry input")
    eventually("the panel", sidebar.open)
    assert sidebar.answers() == 0


def test_the_floating_button_serves_narrow_windows(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    browser.size(900, 800)
    try:
        sidebar.visit(JOB)
        browser.click_page("ask-panda-root button.open, ask-panda-root button")
        eventually("the panel", sidebar.open)
    finally:
        browser.size(1500, 950)


def test_explain_this_error_from_the_menu_of_an_error_row(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit("/job?pandaid=6800730400")
    browser.explain_from_menu(MESSAGE)
    words = eventually("the answer", lambda: _complete(sidebar))
    assert "1235" in words


def test_highlighted_text_is_explained_at_once(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit("/job?pandaid=6802258254")
    browser.click_page(MESSAGE, times=3)
    eventually("the bubble", lambda: browser.page(DEEP + "const b = deep('.bubble'); return b && !b.hidden;"))
    browser.click_page(".bubble button:first-child")
    words = eventually("the answer", lambda: _complete(sidebar))
    assert "1305" in words


def test_highlighted_text_can_be_taken_along_as_a_quotation(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit("/job?pandaid=6802258254")
    browser.click_page(MESSAGE, times=3)
    eventually("the bubble", lambda: browser.page(DEEP + "const b = deep('.bubble'); return b && !b.hidden;"))
    before = 0
    browser.click_page(".bubble button:last-child")
    eventually(
        "the quotation",
        lambda: "payload execution failed" in (browser.panel("return document.querySelector('#quote').innerText") or ""),
    )
    before = sidebar.answers()
    browser.type_panel("#question", "does a retry help?")
    browser.press("Enter")
    words = sidebar.answered(before)
    assert "does a retry help?" in words


def test_a_follow_up_stays_with_the_job(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit("/job?pandaid=6715819744")
    sidebar.show()
    sidebar.new()
    sidebar.ask("Why did this job fail?")
    words = sidebar.ask("Does a retry help?")
    assert sidebar.answers() == 2
    tail = words.split("Does a retry help?")[-1]
    assert "attempt" in tail.lower()


def _complete(sidebar: Sidebar) -> str:
    """The words once there is an answer and nothing runs; empty before."""
    if (
        sidebar.browser.panel("return !!document.querySelector('#stop') && document.querySelector('#stop').hidden")
        and sidebar.answers()
    ):
        words = sidebar.words()
        return words if "Sources" in words or "source" in words.lower() else ""
    return ""
