"""Every failed job of the local monitor gets a whole answer: all parts filled, nothing said twice, no slips of the pen."""

import re
from collections.abc import Iterator

import pytest
from live_kit import Ask, reading

from askpanda.pipeline.wording.plain import distinct, unsaid, when_raised
from tests.bigpanda import cases, running_monitor

JOBS = sorted(one.pandaid for one in cases() if one.record["jobstatus"] in ("failed", "closed", "cancelled"))
_SLIPS = re.compile(
    r"\.\.(?!\.)| ,|;\.|:\.|\b(\w+) \1 \1\b|\bof of\b|\bthe the\b|(?:^|\. )When [^,]*\.(?: |$)|(?:^|\. )(?:No|Yes): "
)


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with running_monitor() as monitor:
        yield reading(tmp_path_factory.mktemp("state"), monitor.url)


def sentences(text: str) -> list[str]:
    plain = re.sub(r"\s*\[\d+\]|`[^`]*`|“[^”]*”", "", text)
    return [one.strip(" .").casefold() for one in re.split(r"(?<=[.!?])\s+", plain) if len(one) > 25]


@pytest.mark.parametrize("pandaid", JOBS)
def test_an_answer_is_whole_and_says_each_thing_once(ask: Ask, pandaid: int) -> None:
    sections = ask(f"why did job {pandaid} fail?").sections
    user, expert = sections.user, sections.expert
    parts = {
        "description": [sections.description],
        "problem": [user.problem],
        "causes": user.causes,
        "recommendations": user.recommendations,
        "analysis": [expert.analysis],
        "steps": expert.steps,
        "scenarios": expert.scenarios,
    }
    seen: dict[str, str] = {}
    for name, items in parts.items():
        assert any(items), f"{name} is empty"
        for item in items:
            own = re.sub(r"`[^`]*`|“[^”]*”|\"[^\"]*\"|HEARTBEAT_TIMEOUT_\.\.\.", "X", item)
            assert not _SLIPS.search(own), item
            for one in sentences(item):
                assert seen.setdefault(one, name) == name, f"{name} repeats {seen[one]}: {one}"


def test_what_is_nearly_the_same_is_said_once() -> None:
    first = "Check the endpoint X_DATADISK (other transfers in the same hours, free space), and this file there."
    again = "Check the endpoint X_DATADISK: other transfers in the same hours, free space."
    assert distinct([first, "Read the log.", again]) == [first, "Read the log."]
    assert unsaid("It ran. JEDI tries it again [1].", ["Then it stopped. JEDI tries it again."]) == "It ran."
    assert when_raised("When the payload ends.") == "It is set when the payload ends."
    assert when_raised("As exit status of runGen.") == "As exit status of runGen."
