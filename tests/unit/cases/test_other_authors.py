"""The jobs of the other authors are sound, and the diagnosis keeps what it reached on them."""

import re
from functools import cache

import pytest

from askpanda.schema.answer import Diagnosis, EvidenceLine, Retry
from tests.cases.jobs.casebook import Half
from tests.cases.jobs.score import Result, by, misses
from tests.cases.second.score import SECOND
from tests.cases.third.score import THIRD
from tests.cases.written.book import Book, WrittenCase
from tests.cases.written.filler import fills
from tests.cases.written.score import run, scored

BOOKS = [pytest.param(SECOND, id="second"), pytest.param(THIRD, id="third")]
#: What was reached on each half when these were set, less two to five hundredths.
MEASURES = ("decisive@3", "decisive@10", "code", "party", "transient", "retry")
FLOORS: dict[tuple[str, Half], tuple[float, ...]] = {
    ("second", "tune"): (0.95, 0.96, 0.98, 0.94, 0.94, 0.93),
    ("second", "held"): (0.91, 0.95, 0.98, 0.87, 0.91, 0.90),
    ("third", "tune"): (0.97, 0.98, 0.98, 0.96, 0.96, 0.92),
    ("third", "held"): (0.93, 0.94, 0.98, 0.88, 0.88, 0.82),
}
TRAPS = ("harmless@3", "traps@3")
CEILINGS: dict[tuple[str, Half], tuple[float, ...]] = {
    ("second", "tune"): (0.04, 0.08),
    ("second", "held"): (0.04, 0.13),
    ("third", "tune"): (0.03, 0.08),
    ("third", "held"): (0.05, 0.18),
}
#: Entries of a pilot log with and without debug fields.
ENTRY = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:]{8},\d{3} \| (DEBUG|INFO|WARNING|ERROR|CRITICAL) *( \| (pilot\.|__main__)\S* * \| \S+ *)? \| "
)


@cache
def _cases(book: Book) -> list[WrittenCase]:
    return list(book.cases())


@cache
def _results(book: Book, half: Half) -> list[Result]:
    return run(half, book=book)


@pytest.mark.parametrize("book", BOOKS)
def test_both_halves_hold_enough_jobs_of_every_group(book: Book) -> None:
    groups = {draft.group for draft in book.drafts()}
    for half in ("tune", "held"):
        assert sum(draft.half == half for draft in book.drafts()) >= 40
        assert {draft.group for draft in book.drafts() if draft.half == half} == groups


def test_no_job_is_in_two_collections() -> None:
    assert not {draft.name for draft in SECOND.drafts()} & {draft.name for draft in THIRD.drafts()}


@pytest.mark.parametrize("book", BOOKS)
def test_each_job_can_be_decided_by_a_line_or_a_field(book: Book) -> None:
    assert [one.id for one in _cases(book) if not (one.decisive or one.fields)] == []
    assert [one.id for one in _cases(book) for name in one.fields if not one.record.get(name)] == []


@pytest.mark.parametrize("book", BOOKS)
def test_labels_stand_on_the_lines_that_they_were_written_for(book: Book) -> None:
    for one in _cases(book):
        for mark in one.marks:
            line = one.logs[mark.file].decode().split("\n")[mark.line - 1]
            assert line == mark.text, one.id
            assert line.strip(), f"{one.id}: a label on an empty line, {mark.file}:{mark.line}"
            assert mark.line not in one.ordinary[mark.file], one.id


@pytest.mark.parametrize("book", BOOKS)
def test_no_word_of_the_markup_is_left_in_a_log_or_record(book: Book) -> None:
    for one in _cases(book):
        for text in (*(data.decode() for data in one.logs.values()), str(one.record)):
            assert not re.search(r"<<\w+>>", text), one.id
            assert not re.search(rf"^@({'|'.join(fills())})\b", text, re.MULTILINE), one.id


@pytest.mark.parametrize("book", BOOKS)
def test_pilot_logs_have_the_pilots_form(book: Book) -> None:
    for one in _cases(book):
        if "pilotlog.txt" in one.logs:
            lines = one.logs["pilotlog.txt"].decode().split("\n")
            stamps = [line[:23] for line in lines if ENTRY.match(line)]
            assert len(stamps) / len(lines) > 0.6, one.id
            assert stamps == sorted(stamps), f"{one.id}: the clock runs backwards"


@pytest.mark.parametrize("book", BOOKS)
def test_a_job_is_the_same_each_time(book: Book) -> None:
    one = _cases(book)[0]
    assert book.case(one.id).logs == one.logs
    assert book.case(one.id).record == one.record


def test_a_line_of_healthy_work_shown_as_evidence_counts_as_harmless() -> None:
    one = SECOND.case("usr-keyerror-early")
    healthy = min(one.ordinary["payload.stdout"])
    found = Diagnosis(
        outcome="failed",
        component="pilot",
        code=1305,
        retry=Retry(advice="no", actor="none"),
        evidence=[EvidenceLine(file="payload.stdout", line=healthy, text="")],
    )
    assert scored(one, lambda _: found).harmless == 1
    found.evidence[0].line = one.decisive[0].line
    assert scored(one, lambda _: found).harmless == 0


@pytest.mark.parametrize("book", BOOKS)
def test_the_held_half_is_never_told(book: Book) -> None:
    results = [one for half in ("held", "tune") for one in run(half, lambda _: None, book=book)]  # all is missed
    told = misses(results, book.case)
    assert all(draft.name not in told for draft in book.drafts() if draft.half == "held")
    assert any(draft.name in told for draft in book.drafts())


@pytest.mark.parametrize("half", ["tune", "held"])
@pytest.mark.parametrize("book", BOOKS)
def test_the_diagnosis_keeps_what_it_reached(book: Book, half: Half) -> None:
    sums, key = by(_results(book, half), lambda result: result.half)[half], (book.folder.name, half)
    fallen = {name: sums.share(name) for name, floor in zip(MEASURES, FLOORS[key], strict=True) if sums.share(name) < floor}
    risen = {name: sums.share(name) for name, ceiling in zip(TRAPS, CEILINGS[key], strict=True) if sums.share(name) > ceiling}
    assert not fallen
    assert not risen
