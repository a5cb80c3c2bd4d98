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
    seen: set[str] = set()
    for name, items in parts.items():
        assert any(items), f"{name} is empty"
        for item in items:
            own = re.sub(r"`[^`]*`|“[^”]*”|\"[^\"]*\"|HEARTBEAT_TIMEOUT_\.\.\.", "X", item)
            assert not _SLIPS.search(own), item
            for one in sentences(item):
                assert one not in seen, f"{name} says again: {one}"
                seen.add(one)
    shown = re.findall(r"`[^`]+`, lines? [\d to]+: |field `[^`]+`: ", "\n".join([*user.causes, sections.details]))
    assert len(shown) == len(set(shown)), "a piece of evidence is shown twice"


@pytest.mark.parametrize("pandaid", JOBS)
def test_the_causes_begin_with_the_one_that_was_found_and_its_proof(ask: Ask, pandaid: int) -> None:
    answer = ask(f"why did job {pandaid} fail?")
    assert answer.diagnosis is not None
    first, *others = answer.sections.user.causes
    told = [" ".join(line.text.split()).replace("`", "'") for line in answer.diagnosis.evidence]
    quoted = re.search(r"`([^`]*)`(?: \[\d+\])?$", first)
    assert quoted, first
    assert any(quoted[1].removesuffix(" …") in line for line in told), "the proof is no line of the evidence"
    in_payload = re.match(r"(?:Found in|Likely, from) `payload\.", first)
    assert not (in_payload and others), "the payload's own line leaves nothing to guess"
    if answer.diagnosis.confidence == "high":
        assert sum(one.startswith(("Less likely:", "Possibly behind it:")) for one in others) <= 2
        assert all(one.startswith(("Less likely:", "Possibly behind it:", "It stood still after")) for one in others)


def test_causes_on_anothers_side_are_ruled_out(ask: Ask) -> None:
    """A CVMFS that broke on the node is no input that could not be opened, and a door that hangs no user's exit status."""
    broken, hanging = (ask(f"why did job {job} fail?").sections.user.causes for job in (6803295561, 6722015533))
    assert "/cvmfs/" in broken[0]
    assert not re.search(r"input file|user's program", " ".join(broken[1:]))
    assert not re.search(r"user's program", " ".join(hanging))
    assert any("storage or its door" in cause for cause in hanging[1:])


def test_a_job_that_stood_still_shows_its_last_words(ask: Ask) -> None:
    causes = ask("why did job 6803110027 fail?").sections.user.causes
    assert any(re.match(r"It stood still after `payload.stdout`, line 228: .*licence server", cause) for cause in causes)


def test_what_is_nearly_the_same_is_said_once() -> None:
    first = "Check the endpoint X_DATADISK (other transfers in the same hours, free space), and this file there."
    again = "Check the endpoint X_DATADISK: other transfers in the same hours, free space."
    assert distinct([first, "Read the log.", again]) == [first, "Read the log."]
    assert unsaid("It ran. JEDI tries it again [1].", ["Then it stopped. JEDI tries it again."]) == "It ran."
    assert when_raised("When the payload ends.") == "It is set when the payload ends."
    assert when_raised("As exit status of runGen.") == "As exit status of runGen."
