"""No violation that axe finds, in light and in dark, in the states that a viewer meets."""

from collections.abc import Iterator

import pytest

from tests.bigpanda.serving import Monitor
from tests.browser import axe
from tests.browser.conftest import TREES, reply
from tests.browser.driver import DEEP, Driver, eventually
from tests.browser.sidebar import BUTTON, Sidebar
from tests.wire import Wire

ELEMENTS = ("ask-panda-root", "ask-panda-entry")
#: More than a hand would type.
_TYPED = "const q = document.querySelector('#question'); q.value = arguments[0]; q.dispatchEvent(new Event('input'))"


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, browser: Driver) -> Iterator[str]:
    """The colours that the viewer's system asks for."""
    browser.scheme(request.param)
    yield request.param
    browser.scheme("light")


def test_the_panel_before_and_after_answers_of_each_kind(scheme: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/job?pandaid=6802258254")
    assert browser.panel("return matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == "dark")
    assert axe.in_panel(browser) == []
    sidebar.ask("Why did this job fail?")
    assert axe.in_panel(browser) == []
    for toggle in (".place .tool", "[role=tab][aria-selected=false]", "summary", ".votes button"):
        browser.click_panel(toggle)
    assert axe.in_panel(browser) == []
    sidebar.ask("Please show all the pilot error codes in numeric order")
    assert browser.panel("return !!document.querySelector('#exchanges table')")
    assert axe.in_panel(browser) == []
    sidebar.new()
    sidebar.ask("How do I retry a task with pbook?")
    assert browser.panel("return !!document.querySelector('#exchanges code')")
    assert axe.in_panel(browser) == []


def test_the_panel_with_earlier_conversations_and_beside_another_page(scheme: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/job?pandaid=6802258254")
    sidebar.ask("Why did this job fail?")
    browser.click_panel("#history")
    eventually("the list", sidebar.earlier)
    sidebar.press_button("Delete", "#earlier")
    assert axe.in_panel(browser) == []
    sidebar.visit("/job?pandaid=6519134287")
    sidebar.show()
    assert "is about Job 6802258254" in sidebar.words()
    assert axe.in_panel(browser) == []


def test_the_panel_while_an_answer_is_written_and_after_it_was_stopped(
    scheme: str, browser: Driver, monitor: Monitor, wire: Wire
) -> None:
    # axe takes its time on a busy machine, too: the answer must not be over before it
    usual, wire.reply = (
        wire.reply,
        reply(*(f"{age} {tree}" for age in ("old", "young", "tall", "dark", "lone") for tree in TREES)),
    )
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/job?pandaid=6802258254")
    sidebar.choose_model("openai/slow")
    try:
        sidebar.send("Why did this job fail?")
        eventually("the first words", lambda: "takes its time" in sidebar.last())
        assert axe.in_panel(browser) == []
        browser.click_panel("#stop")
        eventually("the end", lambda: not sidebar.running())
    finally:
        wire.reply = usual
        sidebar.choose_model("none")
    assert "Stopped" in sidebar.last()
    assert axe.in_panel(browser) == []


def test_the_panel_with_tables_clusters_notes_and_a_list_of_models(scheme: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/errors/?jeditaskid=46603377")
    sidebar.ask("Why do these jobs fail?")
    assert browser.panel("return !!document.querySelector('#exchanges .blocks table')")
    assert axe.in_panel(browser) == []
    sidebar.begin("/job?pandaid=6519134287")
    monitor.board.set("log_400")
    try:
        sidebar.ask("Why did this job fail?")
    finally:
        monitor.board.set()
    assert browser.panel("return !!document.querySelector('#exchanges .warnings li')")
    assert axe.in_panel(browser) == []


def test_the_box_with_a_quotation_and_with_what_is_wrong(scheme: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/job?pandaid=6802258254")
    browser.click_page("table.alert tr:last-child td:last-child", times=3)
    browser.click_page(".bubble button:last-of-type")
    eventually("the quotation", lambda: browser.panel("return !document.querySelector('#quote').hidden"))
    assert axe.in_panel(browser) == []
    browser.click_panel("#send")
    eventually("what is wrong", lambda: browser.panel("return !document.querySelector('#box-note').hidden"))
    assert axe.in_panel(browser) == []
    browser.click_panel("#quote button")
    browser.panel(_TYPED, "x" * 4001)
    browser.click_panel("#send")
    eventually("that it is too long", lambda: "Too long" in sidebar.words())
    assert axe.in_panel(browser) == []
    browser.panel(_TYPED, "")
    browser.click_panel("#history")
    browser.type_panel("#search", "nothing has these words")
    eventually("the empty list", lambda: "Nothing found" in sidebar.words())
    assert axe.in_panel(browser) == []


def test_the_panel_in_a_narrow_window(scheme: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    browser.size(360, 740)
    try:
        sidebar.begin("/task/46374283/")
        sidebar.ask("Why did jobs of this task fail?")
        assert axe.in_panel(browser) == []
        assert not browser.panel("return document.documentElement.scrollWidth > innerWidth")
    finally:
        browser.size(1500, 950)


def test_what_stands_in_the_page(scheme: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit("/job?pandaid=6802258254")
    assert axe.in_page(browser, *ELEMENTS) == []
    browser.click_page("table.alert tr:last-child td:last-child", times=3)
    eventually("the bubble", lambda: browser.page(DEEP + "const b = deep('.bubble'); return b && !b.hidden;"))
    assert axe.in_page(browser, *ELEMENTS) == []
    sidebar.show()
    assert axe.in_page(browser, *ELEMENTS) == []


def test_the_floating_button(scheme: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    browser.size(900, 800)
    try:
        sidebar.visit("/job?pandaid=6802258254")
        eventually("the button", lambda: browser.page(DEEP + "return !deep(arguments[0]).hidden", BUTTON))
        assert axe.in_page(browser, ELEMENTS[0]) == []
    finally:
        browser.size(1500, 950)


def test_the_options_page(scheme: str, browser: Driver) -> None:
    browser.options()
    eventually("how it is paired", lambda: "Paired" in browser.page("return document.body.innerText"))
    assert axe.in_page(browser) == []
    for box, words, said in (("#code", "WRONG-ONE", "pairing code"), ("#monitor", "no address", "no address")):
        browser.type_page(box, words)
        browser.press("Enter")
        told = f"return [...document.querySelectorAll('.result.bad')].some((e) => e.innerText.includes('{said}'))"
        eventually("what is wrong", lambda told=told: browser.page(told))
        assert axe.in_page(browser) == []
