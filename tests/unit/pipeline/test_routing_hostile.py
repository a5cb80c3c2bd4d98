"""Any text is routed: no exception, no pattern that runs away, and ids survive every way of writing them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipeline_kit import turn

from askpanda.catalogue import load
from askpanda.pipeline.router import route
from askpanda.pipeline.routing.numbers import find_numbers
from askpanda.pipeline.wording.passages import subject_of

# Each made a pattern of ours run for seconds or minutes once, or is shaped like one that did.
HOSTILE = [
    "a.",
    "a",
    "1,",
    "111,",
    "_",
    "A-",
    "(",
    "1",
    "a.11111",
    "a11111.",
    "a_b.",
    "a ",
    "'",
    ".",
    " x",
    "http://a?",
    "how is ",
    "what is ",
    "last 5 ",
    "error code ",
    "set queue ",
    "kill my job please ",
    "in the panda ",
    "tell me about ",
    "ignore ",
    "pilot error is ",
    "é",
    "\u202e",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.timeout(20)
def test_no_repeated_piece_makes_a_pattern_run_away(piece: str) -> None:
    question = (piece * 4000)[:4000].strip() or "x"
    route(turn(question), load())
    subject_of(question)


@given(st.text(min_size=1, max_size=500).filter(lambda text: text.strip()))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_route(text: str) -> None:
    found = route(turn(text), load())
    assert found.intent
    assert found.language in ("en", "fr", "de", "es", "it", "pt")


#: Every way of writing an id, and whether separators between its digits are usual there.
WRITTEN = {
    "why did job {} fail?": True,
    "#{}": True,
    "PandaID: {}": False,
    "pandaid={}": False,
    "job{} broke": False,
    "jobid {}": False,
    "https://bigpanda.cern.ch/job?pandaid={}&json": False,
    "/job/{}/": False,
    "({})": True,
    "job #{}, please": True,
    "{}'s log": True,
    "Job {}.": True,
    "warum ist {} gescheitert": True,
    "le job n° {} a échoué": True,
    "{}": True,
}
IDS = st.integers(4_000_000_000, 9_999_999_999)


@given(IDS, st.sampled_from(sorted(WRITTEN)), st.sampled_from(["{}", "{:,}", "{:_}"]))
@settings(deadline=None)
def test_a_job_is_found_however_it_is_written(number: int, sentence: str, style: str) -> None:
    said = style.format(number) if WRITTEN[sentence] else str(number)
    assert find_numbers(sentence.format(said)).job_ids == [number]


@given(st.lists(IDS, min_size=2, max_size=5, unique=True), st.sampled_from([", ", " and ", ",", " ", "; ", "/"]))
@settings(deadline=None)
def test_all_jobs_of_a_list_are_found_in_order(numbers: list[int], between: str) -> None:
    assert find_numbers("why did jobs " + between.join(map(str, numbers)) + " fail").job_ids == numbers
