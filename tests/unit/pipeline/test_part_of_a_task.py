"""A task's jobs at a place and of a time: what is counted is that part, never the whole task under its name."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_kit import Ask, is_sourced, table, with_cric
from pipeline_kit import assistant, run, turn

from askpanda.evidence.paths import parse
from askpanda.evidence.queues import Queues
from askpanda.pipeline.live import of_window
from askpanda.pipeline.parcels import Route
from askpanda.pipeline.paths import OF_A_TASK, live_paths
from askpanda.pipeline.selection import NAMES
from askpanda.schema.answer import Answer, Entities
from tests.bigpanda.serving import Monitor

TASK, WEEKS = 46603377, 46588112


def jobs(monitor: Monitor, task: int, **query: Any) -> list[dict[str, Any]]:
    """The task's jobs, by the monitor's own list."""
    rows: list[dict[str, Any]] = httpx.get(f"{monitor.url}/jobs/", params={"jeditaskid": task, "json": "", **query}).json()[
        "jobs"
    ]
    return rows


def of_clusters(answer: Answer) -> int:
    return sum(int(block.data["count"]) for block in answer.blocks if block.kind == "cluster")


def test_failures_at_a_site_are_those_at_its_queues(ask: Ask, monitor: Monitor) -> None:
    answer = ask(f"why did the jobs of task {TASK} fail at DESY-HH?")
    is_sourced(answer)
    rows = [row for row in jobs(monitor, TASK) if row["computingsite"] in ("DESY-HH", "DESY-HH_TEST")]
    failed = sum(row["jobstatus"] == "failed" for row in rows)
    assert 0 < failed < len(rows) < len(jobs(monitor, TASK))
    assert answer.text.startswith(f"**{failed}** of {len(rows)} jobs of task {TASK} at DESY-HH")
    assert of_clusters(answer) == failed
    assert dict(table(answer, "by state")) == dict(Counter(row["jobstatus"] for row in rows))


def test_a_site_without_jobs_of_the_task_says_where_they_are(ask: Ask, monitor: Monitor) -> None:
    answer = ask(f"show me the failed jobs of task {TASK} at BNL")
    is_sourced(answer)
    assert answer.text.startswith(f"Task {TASK} has no jobs at BNL")
    for place, n in Counter(row["computingsite"] for row in jobs(monitor, TASK)).items():
        assert f"{place} ({n})" in answer.text
    assert not [block for block in answer.blocks if block.kind == "cluster"]


def test_a_window_counts_only_what_changed_within_it(ask: Ask, monitor: Monitor) -> None:
    """The monitor lists all archived jobs of a task for a window of days; the twelve days old ones are no answer."""
    answer = ask(f"how many jobs of task {WEEKS} failed in the last 7 days?")
    is_sourced(answer)
    listed = jobs(monitor, WEEKS, days=7, mode="nodrop")
    since = (datetime.now(UTC) - timedelta(days=7)).replace(tzinfo=None).isoformat()
    within = [row for row in listed if row["modificationtime"] >= since]
    failed = sum(row["jobstatus"] == "failed" for row in within)
    assert failed < sum(row["jobstatus"] == "failed" for row in listed), "the monitor's list is not that of the window"
    assert answer.text.startswith(
        f"**{failed}** of {len(within)} jobs of task {WEEKS} that last changed in the last 7 days (from "
    )
    assert of_clusters(answer) == failed
    assert "pilot 1151" not in answer.text


def test_and_last_week_and_another_site_go_on_with_the_task(tmp_path: Path, monitor: Monitor) -> None:
    ask = with_cric(tmp_path, monitor.url)
    first = ask(f"What is happening with task {WEEKS}?")
    week = ask("and last week?", previous=first)
    assert re.match(
        rf"Task {WEEKS} has \*\*25\*\* jobs that last changed in the last 7 days \(from .*: 20 finished and 5 failed\.",
        week.text,
    )
    there = ask("and BNL?", previous=week)
    assert f"of task {WEEKS}" in there.text or f"Task {WEEKS} has" in there.text
    assert "at BNL (queues BNL and BNL_OSG_SPOT) that last changed in the last 7 days" in there.text


def test_an_unknown_place_is_said_with_the_nearest(tmp_path: Path, monitor: Monitor) -> None:
    answer = with_cric(tmp_path, monitor.url)(f"failed jobs of task {TASK} at INFN-T2")
    assert "has the name or the site INFN-T2; the nearest are" in answer.text
    assert "INFN-T1" in answer.text


def test_a_list_that_may_be_cut_says_so(tmp_path: Path, monitor: Monitor) -> None:
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    rows = [{"pandaid": 1, "jobstatus": "finished", "computingsite": "BNL", "modificationtime": now}] * OF_A_TASK
    paths = live_paths(Route("task_failures", Entities(task_ids=[TASK], window="7d")))
    resources = {path: {"status": 200, "json": {"jobs": rows if "jobstatus=failed" not in path else []}} for path in paths}
    resources[f"/task/{TASK}/?json"] = {
        "status": 200,
        "json": {"task": {"jeditaskid": TASK, "status": "running"}, "datasets": []},
    }
    _, answer = run(assistant(tmp_path), turn(f"how many jobs of task {TASK} failed in the last 7 days?", resources=resources))
    assert f"These are the latest {OF_A_TASK} jobs; there may be more" in answer.text


@pytest.mark.parametrize("changed", [None, "", "soon", 7, "2026-13-45T00:00:00", ["2026-01-01T00:00:00"]])
def test_a_job_without_a_time_is_of_no_window(changed: Any) -> None:
    pages = {"/jobs/?jeditaskid=1": {"jobs": [{"pandaid": 1, "modificationtime": changed}, None, "job"]}}
    assert of_window(pages, "7d")["/jobs/?jeditaskid=1"]["jobs"] == []


def test_the_longest_path_is_one_that_may_be_asked_for() -> None:
    queues = Queues({f"SITE_{n:010d}": {"site": "SITE"} for n in range(NAMES // 16)})
    entities = Entities(task_ids=[46603377123], site="SITE", window="yesterday", user="me")
    for path in live_paths(Route("task_failures", entities), viewer="Somebody With A Rather Long Name", queues=queues):
        assert "SITE_0000000000|SITE_0000000001" in path
        assert parse(path) is not None, len(path)
