"""Several tasks in one question: each with its own numbers, held against the monitor's tasks and jobs."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_kit import Ask, fetching, is_sourced, reading
from pipeline_kit import talked

from askpanda.schema.answer import Answer
from tests.bigpanda import running_monitor
from tests.bigpanda.serving import Monitor

RUNNING, PENDING, FINISHED, LOST_HEARTBEAT = 46374283, 46620107, 46603377, 46588730


def cells(answer: Answer) -> dict[int, dict[str, Any]]:
    """{task: {column: value}} of the table."""
    block = next(block for block in answer.blocks if block.title == "Tasks")
    return {row[0]: dict(zip(block.data["columns"], row, strict=True)) for row in block.data["rows"]}


@pytest.mark.parametrize(
    "question",
    [f"compare tasks {RUNNING} and {PENDING}", f"what about these two tasks: {RUNNING}, {PENDING}?",
     f"how are my tasks {RUNNING} and {PENDING} doing", f"compare les tâches {RUNNING} et {PENDING}",
     f"vergleiche die Tasks {RUNNING} und {PENDING}", f"compara las tareas {RUNNING} y {PENDING}"],
)  # fmt: skip
def test_each_task_has_its_own_numbers(ask: Ask, monitor: Monitor, question: str) -> None:
    answer = ask(question)
    is_sourced(answer)
    assert answer.text.startswith("Of 2 tasks, **1 running** and **1 pending**.")
    assert list(cells(answer)) == [RUNNING, PENDING]
    for number, shown in cells(answer).items():
        task = monitor.world.tasks[number]["task"]
        states = monitor.world.tasks[number]["states"]
        info = task["dsinfo"]
        assert (shown["Status"], shown["Owner"]) == (task["status"], task["username"])
        assert (shown["Files"], shown["Finished"], shown["Failed"]) == tuple(
            info[name] for name in ("nfiles", "nfilesfinished", "nfilesfailed")
        )
        assert shown["Failed jobs"] == (states.get("failed", 0) if states else "")
        assert shown["Read (UTC)"]
        assert shown["Source"] == f"{monitor.url}/task/{number}/"
    assert "Of its 4875 input files, 1112 are finished (22 %), 0 failed and 3763 are left." in answer.text


def test_their_failures_are_counted_and_grouped_task_by_task(ask: Ask, monitor: Monitor) -> None:
    counts = Counter(
        one.record["jeditaskid"]
        for task in (FINISHED, LOST_HEARTBEAT)
        for one in monitor.world.jobs_of_task(task)
        if one.record["jobstatus"] == "failed"
    )
    for question in (
        f"why did tasks {FINISHED} and {LOST_HEARTBEAT} fail?",
        f"how many jobs failed in tasks {FINISHED} and {LOST_HEARTBEAT}?",
    ):
        answer = ask(question)
        is_sourced(answer)
        assert answer.text.startswith(
            f"**{counts.total()}** of their jobs failed, without those that were retried: {counts[FINISHED]} of task "
            f"{FINISHED} and {counts[LOST_HEARTBEAT]} of task {LOST_HEARTBEAT}."
        )
        assert f"Task {FINISHED}: {counts[FINISHED]} failed jobs, of pilot 1305, PAYLOADEXECUTIONFAILURE (" in answer.text
        assert f"Task {LOST_HEARTBEAT}: {counts[LOST_HEARTBEAT]} failed jobs, of jobdispatcher 100" in answer.text


def test_a_task_that_is_not_there_is_said(ask: Ask) -> None:
    answer = ask(f"status of tasks {RUNNING} and 99999999")
    assert answer.text.startswith("Of 2 tasks, **1 running**. The monitor has no task 99999999.")
    assert cells(answer)[99999999]["Status"] == "not found"
    assert ask("compare tasks 99999998 and 99999999").text.startswith("The monitor has none of these 2 tasks.")


@pytest.mark.parametrize(("modes", "said"), [("json_401", "(401)"), ("json_500", "failed")])
@pytest.mark.parametrize("way", [fetching, reading])
def test_tasks_that_could_not_be_read_have_no_numbers(tmp_path: Path, modes: str, said: str, way: Callable[..., Ask]) -> None:
    with running_monitor(modes) as monitor:
        answer = way(tmp_path, monitor.url)(f"compare tasks {RUNNING} and {PENDING}")
    assert answer.text.startswith(f"I do not have the records of tasks {RUNNING} and {PENDING}, so I cannot give numbers.")
    assert said in answer.text
    assert answer.blocks == []


def test_the_task_of_the_page_is_compared_with_the_named_one() -> None:
    found = talked(f"compare this task with {PENDING}", page={"page": "task", "jeditaskid": RUNNING})
    assert (found.focus, found.entities.task_ids) == ("several", [RUNNING, PENDING])


@pytest.mark.parametrize("then", ["compare them", "what about both tasks?", "vergleiche sie", "how are these two tasks doing?"])
def test_tasks_that_were_spoken_of_are_those_two(then: str) -> None:
    found = talked(f"how is task {RUNNING} doing?", f"and {PENDING}?", then)
    assert (found.focus, found.entities.task_ids) == ("several", [RUNNING, PENDING])


def test_one_task_and_parts_of_tasks_are_what_they_were() -> None:
    assert talked(f"how is task {RUNNING} doing?").focus == ""
    assert talked(f"how many jobs of task {RUNNING} failed yesterday?").focus == ""
    assert talked(f"compare jobs 6519134287 and 6715819744 of task {RUNNING}").entities.job_ids == [6519134287, 6715819744]
