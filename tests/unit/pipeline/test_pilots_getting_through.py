"""Whether pilots get through at a place: told by Harvester's latest reports, with its workers by queue and day."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_kit import Ask, fetching, is_sourced, reading, table
from pipeline_kit import assistant, run, talked, turn

from askpanda.pipeline.paths import worker_path
from askpanda.schema.answer import Answer, Entities
from tests.bigpanda import running_monitor
from tests.bigpanda.serving import Monitor

SITE = {"page": "site", "site": "MWT2", "url": "/site/MWT2/"}
JOB = {"page": "job", "pandaid": 6519134287, "site": "RO-16-UAIC"}


def rows_of(monitor: Monitor, answer: Answer) -> list[dict[str, Any]]:
    """What the monitor gives for the very path of the answer's source."""
    path = next(one.path for one in answer.citations if "getworkerstats" in one.path)
    rows: list[dict[str, Any]] = httpx.get(monitor.url + path).json()
    return rows


@pytest.mark.parametrize(
    "question",
    ["are pilots getting through at BNL?", "is BNL getting pilots?", "do pilots start at BNL?", "no pilots at BNL",
     "are there any pilots at BNL?", "les pilotes arrivent-ils à BNL ?", "kommen Piloten bei BNL durch?",
     "¿llegan pilotos a BNL?"],
)  # fmt: skip
def test_a_site_is_told_by_the_latest_reports_and_by_queue_and_day(ask: Ask, monitor: Monitor, question: str) -> None:
    answer = ask(question)
    is_sourced(answer)
    rows = [row for row in rows_of(monitor, answer) if row["computingsite"] in ("BNL", "BNL_OSG_SPOT")]
    latest = {
        (row["harvesterid"], row["computingsite"], row["resourcetype"], row["jobtype"], row["status"]): row
        for row in sorted(rows, key=lambda row: row["lastupdate"])
    }
    running = sum(row["nworkers"] for row in latest.values() if row["status"] == "running")
    assert answer.text.startswith("**Pilots get through** at BNL (queues BNL and BNL_OSG_SPOT).")
    assert f"**{running}** workers are running" in answer.text
    days: Counter[tuple[str, str]] = Counter()
    for row in rows:
        days[row["computingsite"], row["lastupdate"][:10]] += row["nworkers"]
    assert {(row[0], row[1]): row[-1] for row in table(answer, "by queue and day")} == dict(days)
    assert len({day for _, day in days}) > 1


@pytest.mark.parametrize("question", ["No pilots at our site", "do pilots start here?", "are we getting pilots?"])
def test_the_site_of_the_page_is_meant(ask: Ask, monitor: Monitor, question: str) -> None:
    answer = ask(question, context=SITE)
    assert answer.text.startswith("**Pilots get through** at MWT2")
    assert {row[0] for row in table(answer)} == {"MWT2"}
    assert ask("are pilots getting through here?", context=JOB).text.startswith("**Pilots get through** at RO-16-UAIC")


def test_whose_site_is_meant_is_said_not_to_be_known(ask: Ask, monitor: Monitor) -> None:
    answer = ask("No pilots at our site")
    queues = {row["computingsite"] for row in rows_of(monitor, answer)}
    assert f"Each of the {len(queues)} queues with workers has running ones." in answer.text
    assert "Which site is yours nothing here tells" in answer.text


def test_a_place_without_workers_has_none(ask: Ask) -> None:
    answer = ask("are pilots getting through at NOSUCH-T2?")
    assert answer.text.startswith("**No pilots**: Harvester's statistics have no workers at NOSUCH-T2")
    assert answer.blocks == []


def test_a_day_that_is_over_is_told_as_such(ask: Ask) -> None:
    text = ask("did pilots get through at CERN yesterday?").text
    assert text.startswith("**Pilots got through** at CERN yesterday. By Harvester's last reports of that time")
    assert "were running" in text


def test_another_place_is_asked_for_the_same() -> None:
    found = talked("are pilots getting through at BNL?", "and at MWT2?")
    assert (found.focus, found.entities.site, found.entities.object) == ("arriving", "MWT2", "pilots")


@pytest.mark.parametrize(
    "question",
    [
        "how do pilots start?",
        "how many pilots ran yesterday at BNL?",
        "what is a pilot?",
        "what does no pilots available mean?",
    ],
)
def test_what_asks_for_something_else_does_so(question: str) -> None:
    assert talked(question).focus != "arriving"


def _reports(states: dict[str, int], hours: float = 0.1) -> list[dict[str, Any]]:
    at = f"{datetime.now(UTC) - timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}"
    return [
        {"harvesterid": "h1", "computingsite": "LOCAL_Q1", "resourcetype": "SCORE", "status": status, "nworkers": n,
         "lastupdate": at, "jobtype": "user"}
        for status, n in states.items()
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (_reports({"submitted": 40}), "**No pilot gets through** at LOCAL_Q1: workers were submitted, and none of them ran."),
        (_reports({"cancelled": 4}), "**No pilot gets through** at LOCAL_Q1: no worker ran."),
        (_reports({"finished": 3, "failed": 1}), "Pilots got through at LOCAL_Q1, but **none runs now**."),
        (_reports({"running": 1}, 9), "The latest report is 9 hours old"),
        (_reports({"finished": 3, "failed": 1}), "3 finished and 1 failed (25.0 % of those that finished or failed)"),
    ],
)
def test_each_state_of_workers_has_its_verdict(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    path = worker_path(Entities(queue="LOCAL_Q1", object="pilots"), hours=48)
    resources = {path: {"status": 200, "content_type": "application/json", "json": rows}}
    _, answer = run(assistant(tmp_path), turn("are pilots getting through at queue LOCAL_Q1?", resources=resources, round=2))
    assert said in answer.text


@pytest.mark.parametrize(("modes", "said"), [("json_401", "(401)"), ("json_500", "failed")])
@pytest.mark.parametrize("way", [fetching, reading])
def test_statistics_that_do_not_come_are_no_verdict(tmp_path: Path, modes: str, said: str, way: Callable[..., Ask]) -> None:
    with running_monitor(modes) as monitor:
        answer = way(tmp_path, monitor.url)("are pilots getting through at queue MWT2?")
    assert answer.text.startswith("I do not have Harvester's numbers of workers, so I cannot give numbers.")
    assert said in answer.text


def test_a_page_in_place_of_the_statistics_is_no_verdict(tmp_path: Path) -> None:
    path = worker_path(Entities(queue="MWT2", object="pilots"), hours=48)
    resources = {path: {"status": 200, "content_type": "text/html", "text": "<html><body>Sign in</body></html>"}}
    _, answer = run(assistant(tmp_path), turn("are pilots getting through at queue MWT2?", resources=resources, round=2))
    assert answer.text.startswith("I do not have Harvester's numbers of workers, so I cannot give numbers.")
    assert "getworkerstats" in answer.text
