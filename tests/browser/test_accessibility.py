"""No violation that axe finds, in light and in dark, in the states that a viewer meets."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bigpanda.serving import Monitor
from tests.browser.driver import Driver
from tests.browser.sidebar import Sidebar

AXE = Path(__file__).resolve().parents[2] / "extension" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_violation_before_and_after_an_answer(scheme: str, browser: Driver, monitor: Monitor) -> None:
    sidebar = Sidebar(browser, monitor)
    browser.scheme(scheme)
    try:
        sidebar.visit("/job?pandaid=6802258254")
        sidebar.show()
        sidebar.new()
        assert _violations(browser) == []
        sidebar.ask("Why did this job fail?")
        assert _violations(browser) == []
        sidebar.ask("Please show all the pilot error codes in numeric order")
        assert _violations(browser) == []
    finally:
        browser.scheme("light")


def _violations(browser: Driver) -> list[Any]:
    """Rule, and the elements that break it. Run in the panel itself."""
    browser.panel(
        AXE.read_text()
        + "; window.axeDone = null; axe.run(document, {resultTypes: ['violations']}).then((r) => { window.axeDone = JSON.stringify(r.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 120))])); });"
    )
    from tests.browser.driver import eventually

    return list(json.loads(eventually("axe", lambda: browser.panel("return window.axeDone"))))
