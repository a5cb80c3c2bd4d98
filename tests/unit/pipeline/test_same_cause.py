"""A model's words on one job become those on another only where every value in them has its place there."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.pipeline.kept import Kept
from askpanda.pipeline.same_cause import SameCause, Told, filled, told, with_places
from askpanda.schema.answer import Answer, Citation, Diagnosis, Retry, Sections

EVIDENCE = """<<< answer in our own words
## description
Job {job} failed at {site}: {used} kB of 4096000 kB, attempt {attempt} of 4.
>>>
<<< source [1] error pilot:1235
The pilot looks at memory every 2 minutes.
>>>
<<< record of the job
pandaid: {job}
computingsite: {site}
cores: {cores}
produsername: {who}
>>>"""


def kept(**more: Any) -> Kept:
    facts = {"job": 6519134287, "site": "MWT2", "used": 5127336, "attempt": 1, "cores": 8, "who": "Jane Doe", **more}
    own = "Job {job} failed at {site}: {used} kB of 4096000 kB, attempt {attempt} of 4.".format(**facts)
    cause = str(facts.get("cause", "pilot:1235/memory"))
    diagnosis = Diagnosis(
        outcome="failed", component="pilot", code=1235, signature=cause, retry=Retry(advice="no", actor="user")
    )
    sections = Sections(description=own)
    answer = Answer(
        status="answered",
        conversation_id="c",
        message_id="m",
        intent="job_failure",
        diagnosis=diagnosis,
        sections=sections,
        text=own,
    )
    answer = answer.model_copy(update={"citations": [Citation(n=1, kind="error", title="pilot:1235")]})
    return Kept(answer=answer, question=f"why did {facts['job']} fail", evidence=EVIDENCE.format(**facts))


def of(**more: Any) -> Told:
    found = told(kept(**more), "openai/good")
    assert found is not None
    return found


OTHER = {"job": 6519134299, "site": "AGLT2", "used": 6000001}


def test_values_are_filled_from_the_other_job() -> None:
    assert of().key == of(**OTHER).key
    text = "## description\nJob 6519134287 (MWT2) used 5127336 kB, more than 4096000 kB [1].\n- `MWT2` is where it ran.\n"
    again = "## description\nJob 6519134299 (AGLT2) used 6000001 kB, more than 4096000 kB [1].\n- `AGLT2` is where it ran.\n"
    assert filled(with_places(text, of()), of(**OTHER)) == again
    assert asyncio.run(SameCause(kept(**OTHER), of(**OTHER)).tell(with_places(text, of()))) == again


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("It used 5.1 GB.", id="a value from nowhere"),
        pytest.param("It was tried two times.", id="a number in words"),
        pytest.param("Es waren zwei Versuche.", id="a number in German words"),
        pytest.param("The node wn17.site.org did it.", id="a host that is not in our words"),
    ],
)
def test_words_with_what_has_no_place_are_not_kept(text: str) -> None:
    assert with_places(text, of()) == ""


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        pytest.param("Attempt 4 was the last.", {"attempt": 4}, {"attempt": 2}, id="one value with two meanings"),
        pytest.param("It ran on 1 core.", {"cores": 1}, {"attempt": 3, "cores": 1}, id="an attempt or a core"),
        pytest.param("The pilot looks every 2 minutes.", {"attempt": 2}, {"attempt": 3}, id="what lasts, or an attempt"),
        pytest.param("The code of Jane fails.", {}, {"who": "Max Muster"}, id="somebody of the first job's record"),
    ],
)
def test_words_that_could_be_untrue_of_the_other_job_are_not_told(text: str, first: Any, second: Any) -> None:
    general = with_places(text, of(**first))
    assert filled(general, of(**first)) == text
    assert filled(general, of(**{**first, **OTHER, **second})) == ""


def test_a_sentence_that_would_not_hold_for_the_other_job_keeps_all_from_being_told() -> None:
    general = with_places("Job 6519134287 failed. A retry will certainly succeed at `MWT2`.", of())
    invented = general.replace("certainly", "at `BNL`")
    assert asyncio.run(SameCause(kept(**OTHER), of(**OTHER)).tell(invented)) == ""


@pytest.mark.parametrize("more", [{"cause": "pilot:1235/other"}, {"site": "MWT2 and nowhere else"}])
def test_another_cause_or_other_words_of_ours_have_another_key(more: dict[str, Any]) -> None:
    assert of(**more).key != of().key


def test_conversations_and_marked_text_are_not_told_again() -> None:
    for label in ("earlier in this conversation", "text that the reader highlighted", "table Jobs"):
        one = kept()
        assert told(one.model_copy(update={"evidence": f"<<< {label}\nx\n>>>\n{one.evidence}"}), "m") is None


@given(st.text(max_size=300))
def test_any_text_comes_back_as_it_was_for_its_own_job_or_not_at_all(text: str) -> None:
    assert filled(with_places(text, of()), of()) in ("", text)


@given(st.text(max_size=200))
def test_what_is_in_the_store_can_be_anything(text: str) -> None:
    assert isinstance(filled(text, of()), str)
