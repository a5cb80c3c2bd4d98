"""Asking for what would help: the right paths, twice at most, while always answering from what is there."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pipeline_kit import assistant, run, turn

from askpanda.catalogue import load
from askpanda.pipeline.paths import live_paths
from askpanda.pipeline.router import route
from askpanda.pipeline.windows import bounds

RECORD = {
    "pandaid": 6518760159, "jobstatus": "failed", "computingsite": "MPPMU", "transformation": "runGen-00-00-02", "attemptnr": 1,
    "maxattempt": 3, "piloterrorcode": 1305, "piloterrordiag": "payload execution failed with 223", "exeerrorcode": 2002,
    "exeerrordiag": "payload execution failed with 223", "transexitcode": "223", "jeditaskid": 43636385,
    "produsername": "gangarbt",
    "transformerrordiag": "Proot: Input files cannot be opened",
}  # fmt: skip
JOB = "/job?pandaid=6518760159&json"
STDOUT = "/filebrowser/?pandaid=6518760159&json&filename=payload.stdout"
STDERR = "/filebrowser/?pandaid=6518760159&json&filename=payload.stderr"
LOG = "starting\nProot: Input files cannot be opened: a.root\nfinished with 223\n"


def paths(answer: Any) -> list[str]:
    return [request.path for request in answer.requests]


def test_an_unknown_job_is_asked_for_and_nothing_is_claimed(tmp_path: Path) -> None:
    _, answer = run(assistant(tmp_path), turn("why did job 6518760159 fail?"))
    assert answer.status == "needs"
    assert paths(answer) == [JOB]
    assert answer.requests[0].as_ == "json"
    assert "do not have the record" in answer.text
    assert answer.diagnosis is None


def test_the_payload_in_the_question_calls_for_its_output(tmp_path: Path) -> None:
    _, answer = run(assistant(tmp_path), turn("Why did the payload in job 6518760159 fail?"))
    assert paths(answer) == [JOB, STDOUT, STDERR]
    assert [request.as_ for request in answer.requests] == ["json", "text", "text"]


def test_the_second_round_asks_for_the_logs_of_the_cause(tmp_path: Path) -> None:
    resources = {JOB: {"status": 200, "json": {"job": RECORD, "files": []}}}
    _, answer = run(assistant(tmp_path), turn("why did job 6518760159 fail?", resources=resources, round=1))
    assert answer.status == "needs"
    assert {STDOUT, STDERR} <= set(paths(answer))
    assert JOB not in paths(answer)
    assert answer.diagnosis is not None
    assert (answer.diagnosis.component, answer.diagnosis.code) == ("pilot", 1305)
    assert "223" in answer.text


def test_the_last_round_asks_nothing_and_has_the_line(tmp_path: Path) -> None:
    resources = {
        JOB: {"status": 200, "json": {"job": RECORD}}, STDOUT: {"status": 200, "text": LOG}, STDERR: {"status": 404},
    }  # fmt: skip
    events, answer = run(assistant(tmp_path), turn("why did job 6518760159 fail?", resources=resources, round=2))
    assert (answer.status, answer.requests) == ("answered", [])
    assert answer.diagnosis is not None
    best = answer.diagnosis.evidence[0]
    assert (best.file, best.line) == ("payload.stdout", 2)
    for needed in ("1305", "2002", "223", "cannot be opened"):
        assert needed in answer.text
    assert {"record", "log", "error"} <= {citation.kind for citation in answer.citations}
    assert [event.name for event in events if event.name == "diagnosis"] == ["diagnosis"]
    assert answer.sections.user.recommendations
    assert answer.sections.expert.steps


def test_a_page_of_another_job_does_not_explain_this_one(tmp_path: Path) -> None:
    context = {"page": "job", "pandaid": 6519134287, "status": "failed", "errors": [{"component": "pilot", "code": 1324}]}
    _, answer = run(assistant(tmp_path), turn("why did job 6518760159 fail?", context=context))
    assert answer.diagnosis is None
    assert paths(answer) == [JOB]


def test_a_page_that_shows_the_error_is_answered_at_once_and_asks_for_more(tmp_path: Path) -> None:
    errors = [{"component": "pilot", "code": 1324, "message": "Service not available at the moment: x"}]
    context = {"page": "job", "pandaid": 6518760159, "status": "failed", "errors": errors}
    _, answer = run(assistant(tmp_path), turn("why did this fail?", context=context))
    assert answer.status == "needs"
    assert answer.diagnosis is not None
    assert answer.diagnosis.code == 1324
    assert JOB in paths(answer)
    assert any("pilotlog.txt" in path for path in paths(answer))


@pytest.mark.parametrize(
    "resource",
    [{"status": 401}, {"error": "timeout"}, {"status": 200, "text": "<html>Job 1 not found</html>"}, {"status": 429}],
)
def test_an_odd_answer_is_told_and_not_asked_for_again(tmp_path: Path, resource: dict[str, Any]) -> None:
    asked = turn("why did job 6518760159 fail?", resources={JOB: resource}, round=1)
    _, answer = run(assistant(tmp_path), asked)
    assert JOB not in paths(answer)
    assert answer.warnings
    assert "do not have the record" in answer.text


def test_a_follow_up_keeps_the_verdict_that_saw_the_logs(tmp_path: Path) -> None:
    made = assistant(tmp_path)
    resources = {JOB: {"status": 200, "json": {"job": RECORD}}, STDOUT: {"status": 200, "text": LOG}, STDERR: {"status": 404}}
    _, first = run(made, turn("why did job 6518760159 fail?", resources=resources, round=2))
    _, second = run(made, turn("which line says so?", previous=first))
    assert second.diagnosis == first.diagnosis
    assert second.requests == []
    assert "line 2" in second.text
    assert "cannot be opened" in second.text
    _, third = run(made, turn("what can be done about it?", previous=second))
    assert third.diagnosis == first.diagnosis
    _, other = run(made, turn("and for job 6519134287?", previous=third))
    assert other.diagnosis is None
    assert paths(other) == ["/job?pandaid=6519134287&json"]


def test_a_task_is_summarised_from_its_record(tmp_path: Path) -> None:
    task = {
        "task": {"jeditaskid": 46374283, "status": "running", "tasktype": "anal",
                 "dsinfo": {"nfiles": 4875, "nfilesfinished": 1112, "nfilesfailed": 0, "pctfinished": 22}},
        "datasets": [{"datasetname": "user.x.out", "type": "output", "nfiles": 1113, "nfilesfinished": 1112, "nfilesfailed": 1},
                     {"datasetname": "user.x.log", "type": "log", "nfiles": 1113, "nfilesfinished": 1112, "nfilesfailed": 1}],
    }  # fmt: skip
    asked = turn("What is happening with task 46374283?")
    _, answer = run(assistant(tmp_path), asked)
    assert paths(answer) == ["/task/46374283/?json", "/jobs/?jeditaskid=46374283&outputs=selectionsummary,errsByCount&json"]
    _, answer = run(
        assistant(tmp_path), turn(asked.question, resources={"/task/46374283/?json": {"status": 200, "json": task}})
    )
    assert answer.text.startswith("Task 46374283 is **running**")
    for needed in ("4875", "1112", "22 %", "0 failed", "user.x.out", "user.x.log"):
        assert needed in answer.text
    assert answer.follow_ups


def test_counts_come_from_the_page_and_nowhere_else(tmp_path: Path) -> None:
    question = "errors of the last 24 hours"
    _, answer = run(assistant(tmp_path), turn(question))
    path, rows_path = paths(answer)
    assert path == "/errors/?hours=24&json"
    assert rows_path.startswith("/jobs/?hours=24&jobstatus=failed|holding&fields=pandaid,")
    assert "cannot give numbers" in answer.text
    rows = [{"error": "pilot:1305", "codeval": 1305, "count": 44, "diag": "x", "example_pandaid": 6518760159},
            {"error": "pilot:1099", "codeval": 1099, "count": 3, "diag": "y"}]  # fmt: skip
    _, answer = run(
        assistant(tmp_path), turn(question, resources={path: {"status": 200, "json": {"errsByCount": rows}}}, round=1)
    )
    assert "**47** errors of 2 kinds" in answer.text
    assert "was not read" in answer.text
    assert answer.blocks[0].data["rows"][0][:3] == ["pilot", 1305, 44]
    assert answer.citations[0].kind == "live"


def test_a_log_is_shown_with_its_line_numbers(tmp_path: Path) -> None:
    path = "/filebrowser/?pandaid=6518760159&json&filename=payload.stdout"
    resources = {path: {"status": 200, "text": "one\ntwo FATAL\nthree\n"}, JOB: {"status": 200, "json": {"job": RECORD}}}
    _, answer = run(assistant(tmp_path), turn("last 2 lines of payload.stdout of job 6518760159", resources=resources, round=2))
    assert answer.intent == "log_request"
    assert "2: two FATAL\n3: three" in answer.text
    _, answer = run(assistant(tmp_path), turn("grep FATAL in payload.stdout of job 6518760159", resources=resources, round=2))
    assert "2: two FATAL" in answer.text
    assert "three" not in answer.text
    _, answer = run(
        assistant(tmp_path), turn("first 2 lines of payload.stdout of job 6518760159", resources=resources, round=2)
    )
    assert "1: one\n2: two FATAL" in answer.text
    _, answer = run(assistant(tmp_path), turn("grep absent in payload.stdout of job 6518760159", resources=resources, round=2))
    assert "has no line with `absent`" in answer.text


def test_a_long_line_shows_what_was_looked_for_and_no_secret_before_it(tmp_path: Path) -> None:
    path = "/filebrowser/?pandaid=6518760159&json&filename=payload.stdout"
    token = "eyJhbGciOiJSUzI1NiJ9." + "a1B2" * 150 + ".c2ln"
    line = f"Authorization: Bearer {token} {'x' * 300} NEEDLE {'y' * 3000}"
    resources = {path: {"status": 200, "text": f"{line}\n" * 50}, JOB: {"status": 200, "json": {"job": RECORD}}}
    asked = turn("grep NEEDLE in payload.stdout of job 6518760159", resources=resources, round=2)
    _, answer = run(assistant(tmp_path), asked)
    assert "**50** lines with `NEEDLE`; the first 40 are shown" in answer.text
    assert answer.text.count(" NEEDLE ") == 40
    assert "a1B2a1B2" not in answer.text


def test_the_log_files_of_a_job_are_listed_without_reading_them(tmp_path: Path) -> None:
    question = "which log files does job 6518760159 have?"
    _, answer = run(assistant(tmp_path), turn(question))
    assert paths(answer) == [JOB, "/filebrowser/?pandaid=6518760159&json"]
    files = [{"name": "payload.stdout", "size": 2048, "modification": "2026-03-10 12:00:00"}]
    listed = {JOB: {"status": 200, "json": {"job": RECORD}}, paths(answer)[1]: {"status": 200, "json": {"files": files}}}
    _, answer = run(assistant(tmp_path), turn(question, resources=listed, round=1))
    assert answer.status == "answered"
    assert answer.blocks[0].data["rows"] == [["payload.stdout", "2 kB", "2026-03-10 12:00:00"]]


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("How many pilots ran yesterday at BNL?",
         "/harvester/getworkerstats/?lastupdate_from=2026-11-22T00:00:00&lastupdate_to=2026-11-22T23:59:59&json"),
        ("how many jobs failed at MWT2 in the last 6 hours",
         "/jobs/?computingsite=*MWT2*&hours=6&outputs=selectionsummary,errsByCount&json"),
        ("failure rate at BNL_PROD over the past 7 days",
         "/jobs/?computingsite=BNL_PROD&days=7&outputs=selectionsummary,errsByCount&json"),
        ("which queues are offline", "/sites/?json"),
        ("why do the jobs of task 46374283 fail?", "/jobs/?jeditaskid=46374283&outputs=selectionsummary,errsByCount&json"),
    ],
)  # fmt: skip
def test_questions_for_numbers_name_their_page(question: str, path: str) -> None:
    found = route(turn(question), load())
    assert live_paths(found, now=datetime(2026, 11, 23, 7, 0, tzinfo=UTC))[0] == path


def test_yesterday_is_the_whole_day_in_utc() -> None:
    start, end = bounds("yesterday", datetime(2026, 3, 1, 0, 5, tzinfo=UTC)) or (None, None)
    assert f"{start:%d %H:%M:%S}" == "28 00:00:00"
    assert f"{end:%d %H:%M:%S}" == "28 23:59:59"
