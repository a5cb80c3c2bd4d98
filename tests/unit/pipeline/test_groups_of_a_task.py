"""Failed jobs of a task: one log is read for each group, and a job is held against finished ones of its task."""

from pathlib import Path
from typing import Any

import pytest
from pipeline_kit import assistant, run, turn

from askpanda.database import Database
from askpanda.database.verdicts import seen
from askpanda.pipeline.assistant import Assistant
from askpanda.schema.answer import Answer

TASK = 46374283
MONITOR = "https://bigpanda.cern.ch"
TRACEBACK = b"run started\nTraceback (most recent call last):\n  File \"run.py\", line 3, in <module>\nKeyError: 'cutflow'\n"
SAME = "mc23_13p6TeV:AOD.1._000001.pool.root.1"


def payload(number: int, site: str) -> dict[str, Any]:
    return {
        "pandaid": number, "jobstatus": "failed", "computingsite": site, "jeditaskid": TASK, "piloterrorcode": 1305,
        "piloterrordiag": "Failed to execute payload", "transexitcode": "1", "endtime": "2026-11-28 08:00:00",
        "modificationhost": f"slot1@node{number}",
    }  # fmt: skip


def stage_in(number: int) -> dict[str, Any]:
    diag = (
        f"Failed to stage-in file:{SAME} from CERN-PROD_DATADISK, [ERROR] Server responded with an error: [3011] No such file"
    )
    return {
        "pandaid": number, "jobstatus": "failed", "computingsite": "MWT2", "jeditaskid": TASK, "piloterrorcode": 1099,
        "piloterrordiag": diag, "endtime": "2026-11-28 09:00:00",
    }  # fmt: skip


ROWS = [*(payload(n, f"SITE_{n % 2}") for n in range(101, 111)), *(stage_in(n) for n in range(201, 204))]


def fetched(path: str) -> dict[str, Any]:
    """What the monitor sends for a path that was asked for."""
    if path.startswith("/filebrowser/"):
        found = "pandaid=101&" in path and "payload.stdout" in path
        return {"status": 200, "content_type": "text/plain", "text": TRACEBACK.decode()} if found else {"status": 404}
    if "jobstatus=failed" in path:
        return {"status": 200, "content_type": "application/json", "json": {"jobs": ROWS}}
    if path.startswith("/task/"):
        task = {"jeditaskid": TASK, "status": "finished", "username": "somebody"}
        return {"status": 200, "content_type": "application/json", "json": {"task": task}}
    return {"status": 200, "content_type": "application/json", "json": {"selectionsummary": [], "jobs": [], "errsByCount": []}}


def rounds(made: Assistant, question: str, **context: Any) -> tuple[list[Answer], list[str]]:
    """Asks as a client that fetches what is needed; every answer, and every path that was asked for."""
    resources: dict[str, Any] = {}
    found: list[Answer] = []
    for number in range(3):
        asked = turn(question, context={"monitor": MONITOR, **context}, resources=resources, round=number, can_fetch=True)
        found.append(run(made, asked)[1])
        if found[-1].status != "needs":
            break
        resources |= {request.path: fetched(request.path) for request in found[-1].requests}
    return found, list(resources)


@pytest.fixture
def made(tmp_path: Path) -> Assistant:
    return assistant(tmp_path)


def test_one_log_a_group_is_asked_for_and_its_line_shown(made: Assistant) -> None:
    answers, paths = rounds(made, f"why do jobs of task {TASK} fail?")
    assert answers[-1].status == "answered"
    logs = [path for path in paths if path.startswith("/filebrowser/")]
    assert logs == [
        "/filebrowser/?pandaid=101&json&filename=payload.stdout",
        "/filebrowser/?pandaid=201&json&filename=pilotlog.txt",
    ]
    first, second = answers[-1].sections.problems
    assert "**10 jobs**" in first
    assert "The log of one of them, job 101, was read:" in first
    assert "KeyError: 'cutflow'" in first
    assert "`payload.stdout`" in first
    cited = next(citation for citation in answers[-1].citations if citation.kind == "log")
    assert (cited.title, f"[{cited.n}]" in first) == ("payload.stdout of job 101", True)
    assert "For example job 201." in second, "a log that could not be had is not spoken of as read"


def test_a_group_says_which_file_and_storage_its_jobs_name(made: Assistant) -> None:
    answers, _ = rounds(made, f"why do jobs of task {TASK} fail?")
    second = answers[-1].sections.problems[1]
    assert f"the file {SAME}" in second
    assert "the storage endpoint CERN-PROD_DATADISK" in second
    assert second.count("All of them have") == 1
    detail = next(block for block in answers[-1].blocks if block.kind == "cluster").data["clusters"][1]["detail"]
    assert f"All of them have the file {SAME}" in detail


def test_the_jobs_of_a_group_are_remembered_with_the_verdict_of_the_log_that_was_read(tmp_path: Path) -> None:
    from pipeline_kit import FakeRegistry, FakeStore, settings

    from askpanda.catalogue import load

    database = Database(settings(tmp_path))
    database.upgrade()
    registry: Any = FakeRegistry()
    made = Assistant(settings(tmp_path, verdict_keep_days=36500), load(), FakeStore(), registry, database)
    for row in ROWS:
        row["endtime"] = _an_hour_ago()
    rounds(made, f"why do jobs of task {TASK} fail?")
    rounds(made, f"why do jobs of task {TASK} fail?")
    job = ROWS[3]
    asked = turn(
        "why did this fail?",
        context={"monitor": MONITOR, "page": "job", "pandaid": job["pandaid"], "job": job,
                 "logs": [{"name": "payload.stdout", "text": TRACEBACK.decode()}]},
        round=2,
    )  # fmt: skip
    answer = run(made, asked)[1]
    assert answer.diagnosis is not None
    found = seen(database, MONITOR, answer.diagnosis.signature, str(job["computingsite"]))
    assert found is not None
    assert (found.jobs, found.at_site, found.tasks) == (10, 5, 1)
    assert "Seen 10 times today, 5 of them at this site" in answer.text
    database.close()


def _an_hour_ago() -> str:
    from datetime import UTC, datetime, timedelta

    return f"{datetime.now(UTC) - timedelta(minutes=1):%Y-%m-%d %H:%M:%S}"


LIST = "https://bigpanda.cern.ch/jobs/?computingsite=MWT2|BNL&hours=12&jobstatus=failed&sortby=time-ascending"


def test_the_failed_jobs_of_a_page_are_grouped_and_one_log_of_each_is_read(made: Assistant) -> None:
    answers, paths = rounds(made, "why do these jobs fail?", page="jobs", url=LIST)
    assert sum(path.startswith("/filebrowser/") for path in paths) == 2, "one log a group"
    assert "The 13 failed jobs fall into 2 groups by error" in answers[-1].sections.description
    assert "KeyError: 'cutflow'" in answers[-1].sections.problems[0]
    assert sum(group["count"] for group in answers[-1].blocks[0].data["clusters"]) == 13


def test_a_page_that_is_only_looked_at_has_no_log_read(made: Assistant) -> None:
    _, paths = rounds(made, "what is going on here?", page="jobs", url=LIST)
    assert not [path for path in paths if path.startswith("/filebrowser/")]


FINISHED = [
    {"pandaid": n, "jobstatus": "finished", "computingsite": "BNL", "maxpss": 1_000_000 + n, "durationsec": 3000 + n}
    for n in range(301, 309)
]
JOB = {**payload(101, "MWT2"), "maxpss": 4_000_000, "durationsec": 3100, "attemptnr": 1, "maxattempt": 3}


def beside(made: Assistant, rows: list[dict[str, Any]] | None, question: str = "") -> tuple[Answer, list[str]]:
    page = {"monitor": MONITOR, "page": "job", "pandaid": 101, "job": JOB}
    asked = question or "How does this job differ from a finished one?"
    first = run(made, turn(asked, context=page))[1]
    paths = [request.path for request in first.requests]
    sent = {path: {"status": 200, "content_type": "application/json", "json": {"jobs": rows}} for path in paths}
    return run(made, turn(asked, context=page, resources=sent if rows is not None else {}, round=1))[1], paths


def test_a_job_is_held_against_finished_ones_of_its_task(made: Assistant) -> None:
    answer, paths = beside(made, FINISHED)
    assert len(paths) == 1
    assert paths[0].startswith(f"/jobs/?jeditaskid={TASK}&jobstatus=finished&limit=")
    assert "what sets it apart is its site and memory (PSS)" in answer.sections.description
    assert answer.sections.problems[0].startswith("Site: MWT2; the finished jobs have BNL (8).")
    table = next(block for block in answer.blocks if block.kind == "table")
    assert ["wall time", "51 min 40 s", "55 min 1 s to 55 min 8 s, half of them up to 55 min 4 s", "no"] in table.data["rows"]


@pytest.mark.parametrize(
    "question",
    [
        "what is different about this job compared to the ones that finished successfully?",
        "How does job 101 differ from the finished jobs of its task?",
        "compare it with a successful job",
        "why did this fail while its siblings finished?",
    ],
)
def test_the_question_is_understood_in_other_words(made: Assistant, question: str) -> None:
    answer, _ = beside(made, FINISHED, question)
    assert "sets it apart" in answer.sections.description


def test_a_task_without_a_finished_job_says_so(made: Assistant) -> None:
    answer, _ = beside(made, [])
    assert "no finished job" in answer.sections.description


def test_a_failed_job_of_a_task_offers_the_comparison_and_one_without_a_task_does_not(made: Assistant) -> None:
    def offered(job: dict[str, Any]) -> bool:
        page = {"page": "job", "pandaid": 101, "job": job}
        answer = run(made, turn("why did this fail?", context=page, round=2))[1]
        return any("differ from the finished jobs" in offer.question for offer in answer.follow_ups)

    assert offered(JOB)
    assert not offered({name: value for name, value in JOB.items() if name != "jeditaskid"})
