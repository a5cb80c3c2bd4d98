"""A signature is the same whatever job, file, host, place and number stand in a text, and another one for another cause."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.diagnosis import signature as signatures
from askpanda.diagnosis.signature import signature, template
from askpanda.schema.evidence import JobEvidence
from tests.cases.jobs.signatures import agreement, signed
from tests.unit.diagnosis.test_verdict import verdict_of

Make = Callable[..., JobEvidence]

WORDS = st.sampled_from(["cannot", "open", "the", "file", "server", "refused", "Timeout", "while", "reading", "of", "after"])
HEX = "0123456789abcdef"
LOWER = "abcdefghijklmnopqrstuvwxyz"
NAME = st.text(LOWER, min_size=1, max_size=12)
NUMBER = st.integers(0, 10**12).map(str)
#: What changes from job to job, by its kind.
CHANGING: dict[str, st.SearchStrategy[str]] = {
    "number": NUMBER | st.floats(0, 1e6, allow_nan=False).map(lambda value: f"{value:.3f}"),
    "path": st.lists(NAME, min_size=2, max_size=6).map(lambda parts: "/" + "/".join(parts)),
    "url": st.builds(lambda host, port, path: f"root://{host}.org:{port}//{path}", NAME, st.integers(1, 65535), NAME),
    "host": st.builds(lambda node, n, site: f"{node}{n}.{site}.ch", NAME, st.integers(0, 999), NAME)
    | st.tuples(*[st.integers(0, 255)] * 4).map(lambda parts: ".".join(map(str, parts))),
    "guid": st.uuids().map(str),
    "did": st.builds(lambda scope, n, part: f"mc{scope}:AOD.{n}._{part:06}.pool.root.1", NUMBER, NUMBER, st.integers(0, 999)),
    "endpoint": st.builds(
        lambda name, n: f"{name.upper()}-T{n}_DATADISK", st.text(LOWER, min_size=2, max_size=8), st.integers(0, 9)
    ),
    "address": st.text(HEX, min_size=1, max_size=12).map(lambda digits: f"0x{digits}"),
    "mail": st.builds(lambda who, where: f"{who}@{where}.org", NAME, NAME),
    "date": st.datetimes().map(lambda at: f"{at:%a %b %d}") | st.datetimes().map(lambda at: f"{at:%b %d}"),
}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_changes_from_job_to_job_changes_no_template(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(sorted(CHANGING)), min_size=1, max_size=4))
    words = [data.draw(st.lists(WORDS, min_size=1, max_size=3)) for _ in kinds]

    def text() -> str:
        return " ".join(f"{' '.join(said)} {data.draw(CHANGING[kind])}" for said, kind in zip(words, kinds, strict=True))

    assert template(text()) == template(text())


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=8), st.lists(WORDS, min_size=1, max_size=8))
def test_other_words_make_another_signature(first: list[str], second: list[str]) -> None:
    same = signature("pilot", 1305, text=" ".join(first)) == signature("pilot", 1305, text=" ".join(second))
    assert same == (first == second)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec=None), max_size=3000))
def test_no_text_breaks_it_and_its_length_is_bounded(text: str) -> None:
    assert len(template(text)) <= signatures.COUNTED
    assert signature("pilot", 1099, text=text).startswith("pilot:1099")


@pytest.mark.parametrize("piece", ["A-", "a.", "/a", "0:", "a:", "1", "a", "-_", "A_", "Mon ", "@a.", "f0"])
def test_no_repetition_is_looked_through_by_trial_and_error(piece: str) -> None:
    # a backtracking engine needed 9 s for the 2,000 characters of "A-A-A-…", and a jobs list has thousands of texts
    assert all(type(pattern).__module__.startswith("re2") for pattern, _ in signatures.steps())
    assert len(template(piece * signatures.READ)) <= signatures.COUNTED


def test_the_end_of_a_text_that_was_cut_does_not_count() -> None:
    words = "while the output of the job was being copied the storage did not answer and the transfer was given up " * 4
    assert signature("pilot", 1137, text=words[:256]) == signature("pilot", 1137, text=words[:250])


def test_exception_classes_with_the_same_message_stay_apart() -> None:
    first = template("pandas.errors.EmptyDataError: No columns to parse from file")
    assert first != template("pandas.errors.ParserError: No columns to parse from file")


def test_a_job_has_one_signature_with_its_log_and_without(make_job: Make) -> None:
    # the pilot's last line only repeats, around other file names, what the record says
    told = "Failed to stage-in file:mc23_13p6TeV:AOD.1._000001.pool.root.1: Data identifier not found."
    record = {"piloterrorcode": 1099, "piloterrordiag": told}
    line = (
        "2026-05-12 03:52:33,004 | CRITICAL | pilot.api.data | transfer | [PilotException('mc23_13p6TeV:AOD.1._000001.pool."
        "root.1 from X_DATADISK, x')]:failed to transfer files using copytools=['rucio']\n"
    )

    def of(logs: dict[str, str]) -> Any:
        return verdict_of(make_job(record, logs)).diagnosis.signature

    assert of({"pilotlog.txt": line}) == of({})


def test_signatures_keep_what_they_reached_on_the_tune_half() -> None:
    got = agreement(signed("tune"))
    assert got.same >= 0.87
    assert got.without_log >= 0.76
    assert got.apart >= 0.994
