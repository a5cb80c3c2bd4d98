"""The collection of failed jobs is sound, and the diagnosis keeps what it reached on its tune half."""

from functools import cache

import pytest

from askpanda.schema.answer import Diagnosis, EvidenceLine, Retry
from tests.cases.jobs import Case, case, cases, causes, half_of, ids
from tests.cases.jobs.score import Result, by, misleads, proves, run, score

#: What was reached on the tune half when these were set, less two to five hundredths.
FLOORS = {"decisive@3": 0.94, "decisive@10": 0.96, "code": 0.98, "party": 0.94, "transient": 0.93, "retry": 0.93}
CEILINGS = {"harmless@3": 0.05, "traps@3": 0.12}
COMPONENTS = {"pilot", "executor", "transform", "dataservice", "jobdispatcher", "taskbuffer", "supervisor", "brokerage"}


@cache
def _results() -> list[Result]:
    return run("tune")


@cache
def _plain() -> list[Case]:
    return [case(f"{cause}.0") for cause in causes()]


def _diagnosis(one: Case, lines: list[EvidenceLine]) -> Diagnosis:
    component, _, code = sorted(one.codes)[0].partition(":")
    retry = Retry(advice=sorted(one.retry)[0], actor="none")  # type: ignore[arg-type]
    return Diagnosis(outcome="failed", component=component, code=int(code), retry=retry, evidence=lines)


def test_there_are_enough_cases_and_none_twice() -> None:
    assert len(ids()) >= 400
    assert len(set(ids())) == len(ids())
    assert len(causes()) >= 200


def test_every_component_of_the_monitor_has_cases() -> None:
    seen = {code.partition(":")[0] for one in _plain() for code in one.codes}
    fields = {"executor": "exeerrorcode", "transform": "transexitcode"}  # hidden behind pilot 1305, but in the record
    seen |= {name for name, column in fields.items() if any(one.record[column] for one in _plain())}
    assert seen >= COMPONENTS


def test_both_halves_have_every_kind_of_failure() -> None:
    groups = {row["group"] for row in causes().values()}
    for half in ("tune", "held"):
        assert {row["group"] for name, row in causes().items() if half_of(name) == half} == groups


def test_variants_of_a_cause_never_stand_on_both_sides_of_the_split() -> None:
    sides: dict[str, set[str]] = {}
    for name in ids():
        sides.setdefault(name.rpartition(".")[0], set()).add(
            case(name).half if name.endswith(".0") else half_of(name.rpartition(".")[0])
        )
    assert all(len(side) == 1 for side in sides.values())


def test_every_case_has_proof_that_stands_where_its_label_says() -> None:
    for one in cases():
        assert one.decisive or one.fields, one.id
        assert one.codes, one.id
        assert one.party <= {"user", "site", "ddm", "system", "unknown"}, one.id
        assert one.retry <= {"yes", "no", "wait"}, one.id
        split = {name: data.split(b"\n") for name, data in one.logs.items()}
        for mark in one.marks:
            said = split[mark.file][mark.line - 1].decode("utf-8", "replace")
            words = [word for word in mark.text.split() if word.isascii()]
            assert all(word in said for word in words), f"{one.id} {mark.file}:{mark.line}"
        for name in one.fields:
            assert one.record[name], f"{one.id} {name}"


def test_the_same_case_is_made_twice_alike() -> None:
    for name in ("lim-cgroup-dmesg.1", "in-checksum.1", "build-undeclared.1"):
        first, second = case(name), case(name)
        assert first.logs == second.logs
        assert first.marks == second.marks
        assert first.record == second.record


def test_logs_look_alarming_also_where_nothing_happened() -> None:
    # a collection without traps would praise any diagnosis that shows some line with ERROR in it
    with_logs = [one for one in _plain() if one.logs]
    assert sum(any(mark.kind == "harmless" for mark in one.marks) for one in with_logs) / len(with_logs) > 0.95
    assert sum(any(mark.kind == "consequence" for mark in one.marks) for one in with_logs) / len(with_logs) > 0.7


def test_variants_differ_in_bytes_encodings_and_missing_files() -> None:
    made = [case(name) for name in ids() if name.endswith((".1", ".2"))]
    assert any(b"\r\n" in data for one in made for data in one.logs.values())
    assert any(b"\x1b[" in data for one in made for data in one.logs.values())
    assert any(not _is_utf8(data) for one in made for data in one.logs.values())
    assert any(not one.logs for one in made if not causes()[one.cause].get("no_log"))
    assert max(sum(map(len, one.logs.values())) for one in made) > 1_000_000


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def test_a_diagnosis_that_shows_the_last_alarming_lines_first_scores_badly() -> None:
    scored = []
    for one in _plain():
        if not one.traps:
            continue
        last = sorted(one.traps, key=lambda mark: (mark.file != "payload.stdout", -mark.line))[:3]
        lines = [EvidenceLine(file=mark.file, line=mark.line, end=mark.line, text=mark.text) for mark in last]
        scored.append(score(one, _diagnosis(one, lines)))
    sums = by(scored, lambda _: "all")["all"]
    assert sums.share("decisive@3") == 0.0
    assert sums.share("traps@3") == 1.0


def test_a_diagnosis_that_shows_the_decisive_lines_scores_fully() -> None:
    for one in _plain():
        lines = [EvidenceLine(file=mark.file, line=mark.line, end=mark.line, text=mark.text) for mark in one.decisive[:3]]
        lines = lines or [EvidenceLine(file="job.json", field=sorted(one.fields)[0], text="")]
        result = score(one, _diagnosis(one, lines))
        assert result.right["decisive@3"], one.id
        assert result.trapped == 0, one.id


def test_showing_a_whole_file_proves_nothing() -> None:
    one = case("python-name-error.0")
    name = one.decisive[0].file
    whole = EvidenceLine(file=name, line=1, end=len(one.logs[name].split(b"\n")), text="all of it")
    assert not proves(one, whole)


def test_the_wrong_line_number_or_file_proves_nothing() -> None:
    one = case("python-name-error.0")
    mark = one.decisive[0]
    assert not proves(one, EvidenceLine(file=mark.file, line=mark.line + 1, end=mark.line + 1, text=mark.text))
    assert not proves(one, EvidenceLine(file="pilotlog.txt", line=mark.line, end=mark.line, text=mark.text))


def test_a_traceback_shown_up_to_its_last_line_is_no_trap() -> None:
    one = case("python-name-error.0")
    mark = one.decisive[0]
    span = EvidenceLine(file=mark.file, line=mark.line - 6, end=mark.line, text=mark.text)
    assert proves(one, span)
    assert misleads(one, span) == ""


def test_silence_scores_nothing() -> None:
    assert not any(score(case("python-name-error.0"), None).right.values())


@pytest.mark.parametrize("measure", FLOORS)
def test_the_diagnosis_keeps_what_it_reached_on_the_tune_half(measure: str) -> None:
    assert by(_results(), lambda result: result.half)["tune"].share(measure) >= FLOORS[measure]


@pytest.mark.parametrize("measure", CEILINGS)
def test_harmless_lines_and_consequences_stay_away_from_the_first_three(measure: str) -> None:
    assert by(_results(), lambda result: result.half)["tune"].share(measure) <= CEILINGS[measure]


def test_high_confidence_is_right_more_often_than_promised() -> None:
    sure = [result for result in _results() if result.confidence == "high"]
    assert sum(result.right["party"] for result in sure) / len(sure) >= 0.9
