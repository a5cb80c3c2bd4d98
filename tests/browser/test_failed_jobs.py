"""Each failed job of the local monitor: open its page, ask, and get the verdict, the line that proves it, and a source."""

import pytest

from tests.bigpanda.casebook import cases
from tests.bigpanda.serving import Monitor
from tests.browser.driver import Driver
from tests.browser.sidebar import Sidebar

FAILED = [case for case in cases() if case.expect.get("decisive")]


@pytest.mark.parametrize("case", FAILED, ids=lambda case: str(case.pandaid))
def test_the_sidebar_says_what_happened_and_proves_it(case: object, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.visit(f"/job?pandaid={case.pandaid}")  # type: ignore[attr-defined]
    sidebar.show()
    words = sidebar.ask("Why did this job fail?")
    expect = case.expect  # type: ignore[attr-defined]
    assert str(expect["code"]) in words
    missing = [say for say in expect.get("must_say", []) if say.lower() not in words.lower()]
    assert not missing, f"{missing} not in:\n{words}"
    shown = browser.panel(
        "return [...document.querySelectorAll('#exchanges code, #exchanges pre')].map((e) => e.textContent).join('\\n')"
    )
    proofs = [line["text"] for line in expect["decisive"]]
    assert any(proof in shown or proof in words for proof in proofs), f"none of {proofs} in:\n{words}"
    assert "Sources" in words
