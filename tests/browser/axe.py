"""axe-core, run where an element of ours stands."""

import json
from pathlib import Path

from tests.browser.driver import Driver

_AXE = Path(__file__).resolve().parents[2] / "extension" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """
if (typeof axe === 'undefined') { %s }
return axe.run(%s, {resultTypes: ['violations', 'passes']}).then((found) => JSON.stringify({
  passes: found.passes.map((rule) => rule.id),
  violations: found.violations.map((rule) => [rule.id, rule.nodes.map((node) => node.html.slice(0, 160))])}));"""


def in_panel(browser: Driver) -> list[object]:
    """What axe finds in the whole panel: rule and elements."""
    return _read(browser.panel(_RUN % (_AXE.read_text(), "document")))


def in_page(browser: Driver, *ours: str) -> list[object]:
    """The same in the page that is open; with names of our elements, in these alone."""
    context = json.dumps({"include": [[name] for name in ours]}) if ours else "document"
    return _read(browser.page(_RUN % (_AXE.read_text(), context)))


def _read(found: str) -> list[object]:
    result = json.loads(found)
    assert {"color-contrast", "button-name"} & set(result["passes"]), f"axe looked at nothing of ours: {result['passes']}"
    violations: list[object] = result["violations"]
    return violations
