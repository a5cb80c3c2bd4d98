"""Live facts over the whole backend: rows 8, 16 to 19, 25 and 26, each by need and fetch, by an own monitor, and streamed."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.api.acceptance.asking import Answer, Extension, ask, streamed
from tests.backend import Backend, running_backend
from tests.bigpanda import cric
from tests.bigpanda.serving import Monitor

RUNNING, TASK = 6798544333, 46603377
JOB_PAGE = {"page": "job", "pandaid": RUNNING, "status": "running"}
TASK_PAGE = {"page": "task", "jeditaskid": TASK, "viewer": "Lena Berg"}
Ask = Callable[..., Answer]


@pytest.fixture(params=["fetched", "own monitor", "streamed"])
def way(request: pytest.FixtureRequest, alone: Backend, reading: Backend, monitor: Monitor) -> Ask:
    if request.param == "own monitor":
        return lambda question, **fields: ask(reading, question, **fields)
    return Extension(alone, monitor.url, streamed if request.param == "streamed" else ask)


@pytest.fixture(scope="module")
def with_cric(monitor: Monitor) -> Iterator[Backend]:
    """Two workers that read the queues from CRIC, and the monitor themselves."""
    own = {
        "ASKPANDA_MONITOR_URL": monitor.url,
        "ASKPANDA_CRIC_URL": f"{monitor.url}/cric/api/atlas/pandaqueue/query/?json",
    }
    with running_backend(own) as backend:
        yield backend


def table(answer: Answer, title: str = "") -> list[list[Any]]:
    rows: list[list[Any]] = next(
        block["data"]["rows"] for block in answer["blocks"] if block["kind"] == "table" and title in block["title"]
    )
    return rows


def is_sourced(answer: Answer) -> None:
    assert answer["status"] == "answered"
    assert re.search(r"on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", answer["text"])
    assert any(citation["kind"] == "live" and citation["as_of"] for citation in answer["citations"])


def test_row_8_pilots_at_a_site_yesterday(way: Ask, monitor: Monitor) -> None:
    answer = way("How many pilots ran yesterday at BNL?")
    is_sourced(answer)
    span = re.search(r"from (\S+) 00:00:00 to (\S+) 23:59:59 UTC", answer["text"])
    assert span is not None
    assert span[1] == span[2]
    query = {"lastupdate_from": f"{span[1]}T00:00:00", "lastupdate_to": f"{span[1]}T23:59:59", "json": ""}
    rows = httpx.get(f"{monitor.url}/harvester/getworkerstats/", params=query, trust_env=False).json()
    total = sum(row["nworkers"] for row in rows if row["computingsite"] in ("BNL", "BNL_OSG_SPOT"))
    assert total > 0
    assert f"**{total}**" in answer["text"]
    assert sum(n for _, n in table(answer, "by state")) == total


def test_row_16_queues_that_use_rucio(way: Ask) -> None:
    answer = way("Show me all the queues that are using rucio as copytool")
    is_sourced(answer)
    expected = {name for name, record in cric.records().items() if "rucio" in record["copytools"]}
    assert {row[0] for row in table(answer)} == expected
    assert len(table(answer)) == len(expected) < len(cric.records())


def test_row_17_the_corepower_of_every_queue_once(way: Ask) -> None:
    answer = way("Display the corepower for all queues")
    is_sourced(answer)
    rows = table(answer)
    assert [row[0] for row in rows] == sorted(cric.names(), key=str.casefold)
    for name, value in rows:
        assert value == ("" if cric.record(name)["corepower"] is None else cric.record(name)["corepower"])


def test_row_18_the_copytools_of_a_sites_queues(way: Ask) -> None:
    answer = way("What copytool does BNL use?")
    is_sourced(answer)
    of_bnl = {name: list(record["copytools"]) for name, record in cric.records().items() if record["site"] == "BNL-ATLAS"}
    assert {row[0]: row[1].split(", ") for row in table(answer)} == of_bnl


def test_row_19_the_viewers_failed_jobs_then_why(way: Ask, monitor: Monitor) -> None:
    mine = [one.record for one in monitor.world.jobs_of_task(TASK) if one.record["produsername"] == "Lena Berg"]
    failed = sum(job["jobstatus"] == "failed" for job in mine)
    first = way(f"How many of my jobs in task {TASK} failed?", context=TASK_PAGE)
    is_sourced(first)
    assert f"**{failed}** of {len(mine)} jobs of yours" in first["text"]
    then = way("Why did they fail?", context=TASK_PAGE, conversation_id=first["conversation_id"])
    assert then["intent"] in ("task_failures", "followup")
    groups = next(block for block in then["blocks"] if block["kind"] == "cluster")["data"]["clusters"]
    assert len(groups) > 1
    assert sum(group["count"] for group in groups) == failed


def test_row_25_errors_of_a_day(way: Ask, monitor: Monitor) -> None:
    answer = way("errors of the last 24 hours")
    is_sourced(answer)
    given = httpx.get(f"{monitor.url}/errors/?hours=24&json", trust_env=False).json()["errsByCount"]
    rows = table(answer, "Errors")
    assert {f"{row[0]}:{row[1]}": row[2] for row in rows} == {entry["error"]: entry["count"] for entry in given}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row[3]) for row in rows)
    failed = [one.record for one in monitor.world.select({"jobstatus": "failed"}, 24)]
    hours = sum(job["durationsec"] for job in failed) / 3600
    losses = table(answer, "Lost wall time")
    assert sum(row[1] for row in losses) == len(failed)
    assert abs(sum(row[2] for row in losses) - hours) < 0.05 * len(losses)
    assert abs(sum(row[3] for row in losses) - 100) < 0.05 * len(losses)
    assert f"**{hours:.1f} hours**" in answer["text"]


def test_row_26_earlier_attempts_and_the_jobset(way: Ask, monitor: Monitor) -> None:
    attempts = way("What are the possible reasons for the previous attempts failing?", context=JOB_PAGE)
    is_sourced(attempts)
    assert [row[1] for row in table(attempts, "Earlier attempts")] == [6792877310, 6794400912, 6796011204]
    for error in ("pilot 1201", "jobdispatcher 100", "supervisor 5530"):
        assert error in attempts["text"]
    assert len(attempts["sections"]["user"]["causes"]) == 3
    asked = {"conversation_id": attempts["conversation_id"], "context": JOB_PAGE}
    rest = way("what about the other jobs of its jobset?", **asked)
    is_sourced(rest)
    own = monitor.world.job(RUNNING)
    assert own is not None
    cases = monitor.world.cases.values()
    others = [one.record for one in cases if one.record["jobsetid"] == own.record["jobsetid"] and one.pandaid != RUNNING]
    assert dict(table(rest, "by state")) == dict(Counter(job["jobstatus"] for job in others))


def test_several_jobs_in_one_question(way: Ask) -> None:
    answer = way("why did jobs 6519134287, 6518760159 and 6800730400 fail?")
    is_sourced(answer)
    found = {row[0]: (row[1], row[3]) for row in table(answer, "Jobs")}
    assert found == {
        6519134287: ("failed", "pilot 1324"),
        6518760159: ("failed", "pilot 1305"),
        6800730400: ("failed", "pilot 1235"),
    }


def test_what_is_offered_after_live_facts_is_answered(way: Ask) -> None:
    for question in ("How many pilots ran yesterday at BNL?", "Which queues are offline?", "errors of the last 24 hours"):
        for offer in way(question)["follow_ups"]:
            answer = way(offer["question"])
            assert answer["status"] == "answered", offer
            assert not re.search(r"I do not have|do not know|can't assist", answer["text"]), offer


def test_both_workers_share_one_copy_of_the_queues(with_cric: Backend, monitor: Monitor) -> None:
    for _ in range(6):
        answer = ask(with_cric, "Which queues are offline?")
        assert table(answer) == [["CERN-P1", "offline"]]
        assert "CRIC (" in answer["text"]
    asked = [path for path in monitor.board.log if path.startswith("/cric/")]
    assert len(asked) == 1
    assert (with_cric.state_dir / "cric.json").stat().st_mode & 0o077 == 0


def test_the_command_line_shows_the_table(with_cric: Backend) -> None:
    shown = with_cric.askpanda("ask", "Display the corepower for all queues")
    assert shown.returncode == 0, shown.stderr
    assert "HS06 per core" in shown.stdout
    for name in cric.names():
        assert name in shown.stdout
