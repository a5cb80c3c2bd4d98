"""Each failed job of the local monitor: open its page, ask, and get the verdict, the line that proves it, and a source."""

import pytest

from tests.bigpanda.casebook import Case, cases
from tests.bigpanda.serving import Monitor
from tests.browser.driver import Driver
from tests.browser.sidebar import Sidebar

FAILED = [case for case in cases() if case.expect.get("decisive")]


@pytest.mark.parametrize("case", FAILED, ids=lambda case: str(case.pandaid))
def test_the_sidebar_says_what_happened_and_proves_it(case: Case, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    sidebar.begin(f"/job?pandaid={case.pandaid}")
    sidebar.ask("Why did this job fail?")
    sidebar.show_all_evidence()
    words = sidebar.last()
    error = browser.panel("return document.querySelector('#exchanges .code-id').textContent")
    # Where the record has two errors that tell of the same end, either may be said first.
    components, codes = ([one] if not isinstance(one, list) else one for one in (case.expect["component"], case.expect["code"]))
    assert error in [f"{component}:{code}" for component, code in zip(components, codes, strict=True)]
    missing = [say for say in case.expect.get("must_say", []) if say.lower() not in words.lower()]
    assert not missing
    proofs = [line["text"] for line in case.expect["decisive"]]
    shown = sidebar.proofs()
    assert any(proof in shown for proof in proofs), f"none of {proofs} in the evidence:\n{shown[:1500]}"
    assert sidebar.sources() > 0
