"""The ways into the sidebar: the entry in the bar, the shortcut, the menu of a right click, highlighted text."""

from tests.bigpanda.serving import Monitor
from tests.browser.driver import DEEP, Driver, eventually
from tests.browser.sidebar import BUTTON, ENTRY, Sidebar

JOB = "/job?pandaid=6519134287"
#: The last cell of the last row of the job's error table.
MESSAGE = "table.alert tr:last-child td:last-child"
_BUBBLE = DEEP + "const b = deep('.bubble'); return b && !b.hidden;"


def test_typing_into_the_entry_asks(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit_afresh(JOB)
    browser.type_page(ENTRY, "Why did this fail?")
    browser.press("Enter")
    words = sidebar.answered()
    assert "Why did this fail?" in words
    assert "RO-07-NIPNE_DATADISK" in words
    assert browser.page(DEEP + "return deep(arguments[0]).value", ENTRY) == ""


def test_typing_into_the_entry_goes_on_with_the_conversation(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    sidebar.ask("Why did this job fail?")
    browser.type_page(ENTRY, "Does a retry help?")
    browser.press("Enter")
    words = sidebar.answered(1)
    assert sidebar.answers() == 2
    assert "Does a retry help?" in words
    assert "attempt" in words


def test_a_click_on_the_entry_opens_the_sidebar_without_asking(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit_afresh("/job?pandaid=6803110027")
    browser.click_page(ENTRY)
    eventually("the sidebar", sidebar.open)
    sidebar.arrived()
    assert not sidebar.answers()


def test_the_floating_button_serves_narrow_windows(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    browser.size(900, 800)
    try:
        sidebar.visit(JOB)
        assert browser.page(DEEP + "return deep(arguments[0]).getBoundingClientRect().width", ENTRY) == 0
        browser.click_page(BUTTON)
        eventually("the sidebar", sidebar.open)
        sidebar.arrived()
        assert browser.page(DEEP + "return deep(arguments[0]).hidden", BUTTON)
    finally:
        browser.size(1500, 950)


def test_the_shortcut_opens_and_closes(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit(JOB)
    sidebar.show()
    browser.shortcut()
    eventually("the closed sidebar", lambda: not sidebar.open())


def test_explain_this_error_from_the_menu_of_an_error_row(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit_afresh("/job?pandaid=6800730400")
    browser.explain_from_menu(MESSAGE)
    words = sidebar.answered()
    assert "Explain this error: pilot 1235" in words
    assert "memory" in words.lower()


def test_explain_this_error_from_the_menu_of_highlighted_text(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit_afresh("/job?pandaid=6800730400")
    browser.click_page(MESSAGE, times=3)
    chosen = browser.page("return String(getSelection()).trim()")
    browser.explain_from_menu(MESSAGE)
    words = sidebar.answered()
    assert chosen in words
    assert "1235" in words


def test_highlighted_text_is_explained_at_once(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit_afresh("/job?pandaid=6802258254")
    browser.click_page(MESSAGE, times=3)
    chosen = browser.page("return String(getSelection()).trim()")
    eventually("the bubble", lambda: browser.page(_BUBBLE))
    browser.click_page(".bubble button:first-of-type")
    words = sidebar.answered()
    assert chosen in words
    assert "1305" in words


def test_highlighted_text_can_be_taken_along_as_a_quotation(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit_afresh("/job?pandaid=6802258254")
    browser.click_page(MESSAGE, times=3)
    chosen = browser.page("return String(getSelection()).trim()")
    eventually("the bubble", lambda: browser.page(_BUBBLE))
    browser.click_page(".bubble button:last-of-type")
    quote = "return document.querySelector('#quote').innerText.trim()"
    eventually("the quotation", lambda: browser.panel(quote).startswith(chosen))
    assert sidebar.answers() == 0
    browser.type_panel("#question", "does a retry help?")
    browser.press("Enter")
    words = sidebar.answered()
    assert chosen in words
    assert "does a retry help?" in words
    assert browser.panel("return document.querySelector('#quote').hidden")


def test_a_follow_up_stays_with_the_job(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/job?pandaid=6715819744")
    sidebar.ask("Why did this job fail?")
    words = sidebar.ask("Does a retry help?")
    assert sidebar.answers() == 2
    assert "attempt" in words.lower()


def test_a_follow_up_chip_asks_with_a_click(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    sidebar.ask("Why did this job fail?")
    chip = browser.panel("return document.querySelector('.chip').textContent")
    browser.click_panel(".chip")
    words = sidebar.answered(1)
    assert words.startswith("You asked:")
    assert chip in words


def test_the_conversation_is_there_again_on_the_next_page(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    before = sidebar.ask("Why did this job fail?")
    sidebar.visit("/job?pandaid=6800730400")
    sidebar.show()
    assert sidebar.answers() == 1
    assert "6800730400" in browser.panel("return document.querySelector('#page').innerText")
    # The same words, and which job they are about.
    assert sidebar.last().replace("on Job 6519134287", "").split() == before.split()
    words = browser.panel("return document.querySelector('#moved').innerText")
    assert "is about Job 6519134287" in words
    browser.click_panel("#moved button")
    assert "pilot:1235" in sidebar.answered(1)
    assert browser.panel("return document.querySelector('#moved').hidden")


def test_the_sidebar_is_as_open_as_it_was_on_the_page_before(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit_afresh(JOB)
    sidebar.show()
    sidebar.ask("Why did this job fail?")
    sidebar.follow("/job?pandaid=6800730400")
    sidebar.arrived()
    assert sidebar.open()
    assert sidebar.answers() == 1
    browser.shortcut()
    eventually("a closed sidebar", lambda: not sidebar.open())
    sidebar.follow(JOB)
    assert not sidebar.open()
    assert browser.page("return getComputedStyle(document.documentElement).marginRight") == "0px"
