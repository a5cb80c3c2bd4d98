"""The second author's jobs are sound, and the diagnosis keeps what it reached on them."""

import re
from functools import cache

import pytest

from askpanda.schema.answer import Diagnosis, EvidenceLine, Retry
from tests.cases.jobs.casebook import Half
from tests.cases.jobs.score import Result, by, misses
from tests.cases.second.book import SecondCase, case, cases, drafts
from tests.cases.second.filler import fills
from tests.cases.second.score import run, scored

#: What was reached on each half when these were set, less two to five hundredths.
FLOORS: dict[Half, dict[str, float]] = {
    "tune": {"decisive@3": 0.95, "decisive@10": 0.96, "code": 0.98, "party": 0.94, "transient": 0.94, "retry": 0.93},
    "held": {"decisive@3": 0.91, "decisive@10": 0.95, "code": 0.98, "party": 0.87, "transient": 0.91, "retry": 0.90},
}
CEILINGS: dict[Half, dict[str, float]] = {
    "tune": {"harmless@3": 0.04, "traps@3": 0.08},
    "held": {"harmless@3": 0.04, "traps@3": 0.13},
}
#: Entries of a pilot log with and without debug fields.
ENTRY = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:]{8},\d{3} \| (DEBUG|INFO|WARNING|ERROR|CRITICAL) *( \| (pilot\.|__main__)\S* * \| \S+ *)? \| "
)


@cache
def _cases() -> list[SecondCase]:
    return list(cases())


@cache
def _results(half: Half) -> list[Result]:
    return run(half)


def test_both_halves_hold_enough_jobs_of_every_group() -> None:
    groups = {draft.group for draft in drafts()}
    for half in ("tune", "held"):
        assert sum(draft.half == half for draft in drafts()) >= 40
        assert {draft.group for draft in drafts() if draft.half == half} == groups


def test_each_job_can_be_decided_by_a_line_or_a_field() -> None:
    assert [one.id for one in _cases() if not (one.decisive or one.fields)] == []
    assert [one.id for one in _cases() for name in one.fields if not one.record.get(name)] == []


def test_labels_stand_on_the_lines_that_they_were_written_for() -> None:
    for one in _cases():
        for mark in one.marks:
            line = one.logs[mark.file].decode().split("\n")[mark.line - 1]
            assert line == mark.text, one.id
            assert line.strip(), f"{one.id}: a label on an empty line, {mark.file}:{mark.line}"
            assert mark.line not in one.ordinary[mark.file], one.id


def test_no_word_of_the_markup_is_left_in_a_log_or_record() -> None:
    for one in _cases():
        for text in (*(data.decode() for data in one.logs.values()), str(one.record)):
            assert not re.search(r"<<\w+>>", text), one.id
            assert not re.search(rf"^@({'|'.join(fills())})\b", text, re.MULTILINE), one.id


def test_pilot_logs_have_the_pilots_form() -> None:
    for one in _cases():
        if "pilotlog.txt" in one.logs:
            lines = one.logs["pilotlog.txt"].decode().split("\n")
            stamps = [line[:23] for line in lines if ENTRY.match(line)]
            assert len(stamps) / len(lines) > 0.6, one.id
            assert stamps == sorted(stamps), f"{one.id}: the clock runs backwards"


def test_a_job_is_the_same_each_time() -> None:
    one = _cases()[0]
    assert case(one.id).logs == one.logs
    assert case(one.id).record == one.record


def test_a_line_of_healthy_work_shown_as_evidence_counts_as_harmless() -> None:
    one = case("usr-keyerror-early")
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


def test_the_held_half_is_never_told() -> None:
    told = misses([one for half in ("held", "tune") for one in run(half, diagnose=lambda _: None)], case)  # all is missed
    assert all(draft.name not in told for draft in drafts() if draft.half == "held")
    assert any(draft.name in told for draft in drafts())


@pytest.mark.parametrize("half", ["tune", "held"])
def test_the_diagnosis_keeps_what_it_reached(half: Half) -> None:
    sums = by(_results(half), lambda result: result.half)[half]
    fallen = {name: sums.share(name) for name, floor in FLOORS[half].items() if sums.share(name) < floor}
    risen = {name: sums.share(name) for name, ceiling in CEILINGS[half].items() if sums.share(name) > ceiling}
    assert not fallen
    assert not risen
