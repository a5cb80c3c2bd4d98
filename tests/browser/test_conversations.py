"""Earlier conversations in the sidebar, votes on answers, and two models on the same evidence."""

import json

from tests.backend import Backend
from tests.bigpanda.serving import Monitor
from tests.browser import axe
from tests.browser.conftest import TREES
from tests.browser.driver import Driver, eventually
from tests.browser.sidebar import Sidebar

JOB = "/job?pandaid=6519134287"
QUESTION = "Why did this job fail?"


def _ours(backend: Backend, words: str) -> list[str]:
    """The ids of the conversations in which these words occur, as the backend keeps them."""
    with backend.client() as client:
        found = client.get("/api/v1/conversations", params={"q": words}).json()
    return [one["id"] for one in found["conversations"]]


def test_an_earlier_conversation_is_found_and_goes_on_on_another_page(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    question = f"Why did this job fail? ({browser.name}, goes on)"
    sidebar.ask(question)
    sidebar.begin("/job?pandaid=6800730400")
    browser.click_panel("#history")
    browser.type_panel("#search", f"{browser.name}, goes on")
    eventually("the one conversation", lambda: sidebar.earlier() == [f"{question} (job 6519134287)"])
    assert axe.in_panel(browser) == []
    browser.click_panel(".earlier-title")
    eventually("the earlier answer", lambda: sidebar.answers() == 1)
    assert "pilot:1324" in sidebar.last()
    assert "RO-07-NIPNE_DATADISK" in sidebar.proofs()
    assert "is about Job 6519134287" in sidebar.words()
    assert "pilot:1235" in sidebar.ask("Why did this job fail?")
    assert sidebar.answers() == 2


def test_a_conversation_is_saved_as_markdown_and_as_json(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    sidebar.ask(QUESTION)
    browser.click_panel("#history")
    eventually("the list", sidebar.earlier)
    sidebar.press_button("Markdown", "#earlier")
    (markdown,) = eventually("the first file", lambda: [text for text in browser.saved() if text.startswith("#")])
    assert QUESTION in markdown
    assert "1324" in markdown
    sidebar.press_button("JSON", "#earlier")
    (kept,) = eventually("the second file", lambda: [json.loads(text) for text in browser.saved() if text.startswith("{")])
    assert [message["role"] for message in kept["messages"]] == ["user", "assistant"]


def test_a_deleted_conversation_is_gone_after_a_second_word(browser: Driver, backend: Backend, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    question = f"What does pilot 1324 mean? ({browser.name}, to be deleted)"
    sidebar.ask(question)
    assert len(_ours(backend, question)) == 1
    browser.click_panel("#history")
    eventually("the list", lambda: sidebar.earlier()[:1] == [f"{question} (job 6519134287)"])
    sidebar.press_button("Delete", "#earlier")
    sidebar.press_button("Keep", "#earlier")
    assert len(_ours(backend, question)) == 1
    sidebar.press_button("Delete", "#earlier")
    sidebar.press_button("Delete", "#earlier")
    eventually("the list without it", lambda: all(question not in title for title in sidebar.earlier()))
    assert _ours(backend, question) == []
    browser.press("Escape")
    assert sidebar.open()
    assert not sidebar.answers()


def test_a_vote_with_its_comment_is_kept_with_the_answer(browser: Driver, backend: Backend, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(JOB)
    sidebar.ask(QUESTION)
    browser.click_panel(".votes button:last-child")
    comment = f"The door was down ({browser.name})."
    browser.type_panel(".comment textarea", comment)
    sidebar.press_button("Send comment", ".comment")
    with backend.client() as client:
        kept = eventually(
            "the vote",
            lambda: [one for one in client.get("/api/v1/feedback").json()["feedback"] if one["comment"] == comment],
        )
    assert [one["helpful"] for one in kept] == [False]
    sidebar.visit(JOB)
    sidebar.show()
    assert browser.panel("return document.querySelector('.votes button:last-child').getAttribute('aria-pressed')") == "true"


def test_another_model_words_the_same_evidence_beside_the_answer(browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/job?pandaid=6803110027")
    sidebar.ask(f"Why did this job fail? (compared in {browser.name})")
    read = monitor.board.requests
    sidebar.press_button("Compare with openai/slow")
    eventually("the beginning", sidebar.running)
    eventually("the end", lambda: not sidebar.running(), 60)
    own, other = browser.panel("return [...document.querySelectorAll('.wording')].map((e) => e.innerText)")
    assert own.startswith("Worded without a model")
    assert other.startswith("Worded by openai/slow")
    assert [tree for tree in TREES if f"the {tree} takes its time" not in other] == []
    assert "takes its time" not in own
    assert monitor.board.requests == read
    assert axe.in_panel(browser) == []
    sidebar.visit("/job?pandaid=6803110027")
    sidebar.show()
    assert "Worded by openai/slow" in sidebar.last()
    assert sidebar.answers() == 1


def test_a_question_that_was_not_sent_is_in_the_box_on_the_next_page(browser: Driver, monitor: Monitor) -> None:
    box = "return document.querySelector('#question').value"
    sidebar = Sidebar(browser, monitor)
    sidebar.begin("/job?pandaid=6803110027")
    browser.type_panel("#question", "Why did this")
    sidebar.visit("/task/46374283/")
    sidebar.show()
    eventually("the words in the box", lambda: browser.panel(box) == "Why did this")
    browser.type_panel("#question", " happen?")
    browser.press("Enter")
    assert "Why did this happen?" in sidebar.answered()
    sidebar.visit("/job?pandaid=6803110027")
    sidebar.show()
    assert browser.panel(box) == ""
