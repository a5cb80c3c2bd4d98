"""Live facts against the local monitor, in both ways: a client that fetches what is asked for, and the backend's own reader."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_kit import Ask, fetching, is_sourced, reading, table, with_cric
from pipeline_kit import assistant, run, turn

from askpanda.catalogue import load
from askpanda.pipeline.wording.error_window import latest_times, lost_time
from askpanda.schema.answer import Block
from tests.bigpanda import cric, running_monitor
from tests.bigpanda.serving import Monitor

RUNNING, TASK, VIEWER = 6798544333, 46603377, "Lena Berg"
JOB_PAGE = {"page": "job", "pandaid": RUNNING, "status": "running"}
TASK_PAGE = {"page": "task", "jeditaskid": TASK, "viewer": VIEWER}


def test_pilots_of_a_day_are_the_sum_over_all_queues_of_the_site(ask: Ask, monitor: Monitor) -> None:
    answer = ask("How many pilots ran yesterday at BNL?")
    is_sourced(answer)
    start, end = re.search(r"from (\d{4}-\d\d-\d\d) 00:00:00 to (\d{4}-\d\d-\d\d) 23:59:59 UTC", answer.text).groups()  # type: ignore[union-attr]
    assert start == end
    query = {"lastupdate_from": f"{start}T00:00:00", "lastupdate_to": f"{end}T23:59:59", "json": ""}
    rows = httpx.get(f"{monitor.url}/harvester/getworkerstats/", params=query).json()
    of_site = [row for row in rows if row["computingsite"] in ("BNL", "BNL_OSG_SPOT")]
    assert f"**{sum(row['nworkers'] for row in of_site)}** pilots at BNL (queues BNL and BNL_OSG_SPOT) yesterday" in answer.text
    states: Counter[str] = Counter()
    for row in of_site:
        states[row["status"]] += row["nworkers"]
    assert dict(table(answer, "by state")) == dict(states)
    assert {row[0] for row in table(answer, "by queue")} == {"BNL", "BNL_OSG_SPOT"}


def test_pilots_of_one_queue_and_of_several_days(ask: Ask, monitor: Monitor) -> None:
    answer = ask("How many pilots ran in queue BNL_OSG_SPOT in the last 2 days?")
    is_sourced(answer)
    assert "BNL_OSG_SPOT" in answer.text
    assert "queues" not in answer.text.split(".")[0]
    days = table(answer, "by day")
    assert len(days) in (2, 3)
    assert f"**{sum(n for _, n in days)}** pilots" in answer.text


def test_workers_of_now_are_counted_once_by_the_latest_reports(ask: Ask, monitor: Monitor) -> None:
    answer = ask("how many workers are running at CERN now?")
    is_sourced(answer)
    rows = httpx.get(f"{monitor.url}/harvester/getworkerstats/?computingsite=CERN&status=running&json").json()
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["lastupdate"]):
        latest[row["resourcetype"], row["jobtype"]] = row
    assert len(latest) < len(rows)
    assert answer.text.startswith(
        f"**{sum(row['nworkers'] for row in latest.values())}** running workers at CERN by the latest"
    )


def test_a_question_for_the_age_of_the_settings_begins_with_them(tmp_path: Path, monitor: Monitor) -> None:
    ask = with_cric(tmp_path, monitor.url)
    assert re.match(
        r"The settings of 14 queues were read from CRIC \(.*, less than a minute ago", ask("how old is the CRIC data?").text
    )


def test_a_site_without_pilots_is_said_and_not_made_up(ask: Ask) -> None:
    answer = ask("How many pilots ran yesterday at TOKYO?")
    assert "no workers at TOKYO" in answer.text
    assert answer.blocks == []


def test_queues_by_a_condition_are_exactly_those_that_hold_it(ask: Ask) -> None:
    answer = ask("Show me all the queues that are using rucio as copytool")
    is_sourced(answer)
    expected = {name for name, record in cric.records().items() if "rucio" in record["copytools"]}
    assert {row[0] for row in table(answer)} == expected
    assert f"**{len(expected)}** of {len(cric.records())} queues" in answer.text


def test_a_field_of_all_queues_has_every_queue_once_with_its_value(ask: Ask) -> None:
    answer = ask("Display the corepower for all queues")
    is_sourced(answer)
    assert answer.blocks[0].data["columns"][0] == "Queue"
    expected = {name: "" if record["corepower"] is None else record["corepower"] for name, record in cric.records().items()}
    assert len(table(answer)) == len(expected)
    assert {row[0]: row[1] for row in table(answer)} == expected
    for name in expected:
        assert len(re.findall(rf"^- \*\*{re.escape(name)}\*\*: ", answer.text, re.M)) == 1


def test_a_sites_copy_tools_are_those_of_all_of_its_queues(ask: Ask) -> None:
    answer = ask("What copytool does BNL use?")
    is_sourced(answer)
    assert table(answer) == [["BNL", "rucio"], ["BNL_OSG_SPOT", "rucio, gfalcopy"]]
    one = ask("What copytool does queue BNL use?")
    assert table(one) == [["BNL", "rucio"]]


def test_one_queues_whole_record_and_an_unknown_one(ask: Ask) -> None:
    whole = dict(table(ask("Show the settings of queue INFN-T1_HPC")))
    assert whole["corecount"] == 48
    assert whole["copytools"] == "mv"
    unknown = ask("What is the maxrss of queue INFN-T1_HPX?")
    assert "None of the" in unknown.text
    assert "INFN-T1_HPC" in unknown.text
    assert unknown.blocks == []


def test_the_viewers_failed_jobs_and_groups_that_sum_to_them(ask: Ask, monitor: Monitor) -> None:
    own = [one.record for one in monitor.world.jobs_of_task(TASK) if one.record["produsername"] == VIEWER]
    failed = [job for job in own if job["jobstatus"] == "failed"]
    first = ask(f"How many of my jobs in task {TASK} failed?", context=TASK_PAGE)
    is_sourced(first)
    assert first.text.startswith(f"**{len(failed)}** of {len(own)} jobs of yours in task {TASK} failed.")
    then = ask("Why did they fail?", previous=first, context=TASK_PAGE)
    assert then.intent == "task_failures"
    groups = next(block for block in then.blocks if block.kind == "cluster").data["clusters"]
    assert sum(group["count"] for group in groups) == len(failed)
    assert len(groups) > 1
    expected = Counter(int(job["piloterrorcode"]) for job in failed)
    by_code: Counter[int] = Counter()
    for group in groups:
        by_code[group["code"]] += group["count"]
    assert by_code == expected
    for group in groups:
        assert set(group["examples"]) <= {job["pandaid"] for job in failed}
        assert str(group["count"]) in then.text


def test_somebody_elses_jobs_are_not_the_viewers(ask: Ask) -> None:
    answer = ask(f"How many of my jobs in task {TASK} failed?", context={**TASK_PAGE, "viewer": "Nobody Else"})
    assert "**61**" not in answer.text
    assert "**0** jobs of yours" in answer.text


def test_errors_of_a_day_have_counts_latest_times_and_lost_wall_time(ask: Ask, monitor: Monitor) -> None:
    answer = ask("errors of the last 24 hours")
    is_sourced(answer)
    given = httpx.get(f"{monitor.url}/errors/?hours=24&json").json()["errsByCount"]
    rows = table(answer, "Errors")
    assert {(row[0], row[1]): row[2] for row in rows} == {
        (entry["error"].split(":")[0], entry["codeval"]): entry["count"] for entry in given
    }
    now = [one.record for one in monitor.world.select({"jobstatus": "failed|holding"}, 24)]
    latest = max(job["endtime"] for job in now if job["piloterrorcode"] == 1305)
    assert next(row[3] for row in rows if row[:2] == ["pilot", 1305]) == latest
    seconds = sum(job["durationsec"] for job in now if job["jobstatus"] == "failed")
    losses = table(answer, "Lost wall time")
    assert abs(sum(row[2] for row in losses) - seconds / 3600) < 0.05 * len(losses)
    assert abs(sum(row[3] for row in losses) - 100) < 0.05 * len(losses)
    assert sum(row[1] for row in losses) == sum(job["jobstatus"] == "failed" for job in now)
    assert f"**{seconds / 3600:.1f} hours**" in answer.text
    for component, _, hours, share in losses:
        assert f"{component} {hours} h ({share} %)" in answer.text


def test_earlier_attempts_come_with_their_errors_and_reasons(ask: Ask, monitor: Monitor) -> None:
    answer = ask("What are the possible reasons for the previous attempts failing?", context=JOB_PAGE)
    is_sourced(answer)
    assert answer.diagnosis is None, "the job itself runs"
    assert "attempt 4 of 4" in answer.text
    assert [row[:2] for row in table(answer, "Earlier attempts")] == [[1, 6792877310], [2, 6794400912], [3, 6796011204]]
    for error in ("pilot 1201", "jobdispatcher 100", "supervisor 5530"):
        assert any(error in line for line in answer.sections.problems)
        assert any(line.startswith(f"{error}: ") and len(line) > 60 for line in answer.sections.user.causes)


def test_the_rest_of_the_jobset_is_counted_by_state(ask: Ask, monitor: Monitor) -> None:
    answer = ask("what about the other jobs of its jobset?", context=JOB_PAGE)
    is_sourced(answer)
    own = monitor.world.job(RUNNING)
    assert own is not None
    others = [
        one.record
        for one in monitor.world.cases.values()
        if one.record["jobsetid"] == own.record["jobsetid"] and one.pandaid != RUNNING
    ]
    states = Counter(job["jobstatus"] for job in others)
    assert dict(table(answer, "by state")) == dict(states)
    assert f"{len(others)} other jobs" in answer.text
    for state, n in states.items():
        assert f"{n} {state}" in answer.text


def test_a_job_without_a_jobset_is_said(tmp_path: Path) -> None:
    page = {**JOB_PAGE, "job": {"pandaid": RUNNING, "jobstatus": "running", "jobsetid": 0, "jobname": "a", "jeditaskid": 1}}
    _, answer = run(assistant(tmp_path), turn("what about the other jobs of its jobset?", context=page))
    assert answer.status == "answered"
    assert "belongs to no jobset" in answer.text


def test_several_jobs_are_answered_side_by_side(ask: Ask) -> None:
    answer = ask("why did jobs 6519134287, 6518760159 and 6798544333 and 6000000001 fail?")
    is_sourced(answer)
    rows = table(answer, "Jobs")
    assert [row[0] for row in rows] == [6519134287, 6518760159, 6798544333, 6000000001]
    assert [row[3] for row in rows] == ["pilot 1324", "pilot 1305", "", ""]
    assert [row[1] for row in rows] == ["failed", "failed", "running", "not found"]
    assert "RO-07-NIPNE_DATADISK" in str(rows[0][4])
    assert "223" in answer.text
    assert answer.diagnosis is not None
    assert answer.diagnosis.code == 1324


def test_a_sites_health_has_queues_jobs_and_errors(ask: Ask, monitor: Monitor) -> None:
    answer = ask("How is WT2 doing?")
    assert answer.status == "answered"
    assert table(answer, "Queues of WT2")[0][:2] == ["SLACXRD", "brokeroff"]
    assert "brokeroff" in answer.text
    bnl = ask("How is BNL doing?")
    is_sourced(bnl)
    jobs = [one.record for one in monitor.world.select({"computingsite": "BNL|BNL_OSG_SPOT", "hours": "12"})]
    states = Counter(job["jobstatus"] for job in jobs)
    assert dict(table(bnl, "Jobs by state")) == dict(states)
    assert f"{states['failed']} failed" in bnl.text
    assert "last 12 hours" in bnl.text


@pytest.mark.parametrize("way", [fetching, reading])
def test_jobs_of_a_day_are_those_of_that_day(way: Any, tmp_path: Path) -> None:
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    with running_monitor(now=day + timedelta(hours=1)) as monitor:  # most of its jobs ended before midnight, some after
        answer = way(tmp_path, monitor.url)("How many jobs finished at CERN yesterday?")
        ended = [one.record for one in monitor.world.select({"computingsite": "CERN"}) if one.record["endtime"]]
    is_sourced(answer)
    of_the_day = [job for job in ended if job["modificationtime"][:10] == f"{day - timedelta(days=1):%Y-%m-%d}"]
    finished = sum(job["jobstatus"] == "finished" for job in of_the_day)
    assert 0 < finished < sum(job["jobstatus"] == "finished" for job in ended)
    assert f"**{finished}** of" in answer.text
    assert "yesterday" in answer.text


def test_the_service_is_said_to_be_there_with_the_age_of_its_sources(ask: Ask) -> None:
    answer = ask("is the monitor up?")
    assert "is up: it answered on" in answer.text
    assert "3 Harvester instances" in answer.text


@pytest.mark.parametrize(
    "question", ["is the monitor up?", "errors of the last 24 hours", "How many pilots ran yesterday at BNL?"]
)
def test_a_monitor_that_does_not_answer_is_named_with_the_time(tmp_path: Path, question: str) -> None:
    gone = "http://127.0.0.1:9"  # nothing listens there
    answer = reading(tmp_path, gone)(question)
    assert answer.status == "answered"
    assert re.search(rf"The monitor {gone} could not be reached at \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", answer.text)
    made = assistant(tmp_path)
    _, asked = run(made, turn(question, context={"monitor": "https://bigpanda.cern.ch"}))
    away = {wanted.path: {"error": "timeout"} for wanted in asked.requests}
    _, told = run(made, turn(question, context={"monitor": "https://bigpanda.cern.ch"}, resources=away, round=2))
    assert "https://bigpanda.cern.ch did not answer in time at" in told.text


def test_cric_that_is_away_leaves_the_monitors_list_and_says_so(tmp_path: Path, monitor: Monitor) -> None:
    answer = reading(tmp_path, monitor.url, cric_url="http://127.0.0.1:9/q/?json")("Which queues are offline?")
    assert table(answer) == [["CERN-P1", "offline"]]
    assert any("CRIC was not read: http://127.0.0.1:9/q/?json could not be reached" in warning for warning in answer.warnings)
    assert "the monitor's list of queues" in answer.text


def test_cric_is_cited_with_its_address_and_time(tmp_path: Path, monitor: Monitor) -> None:
    answer = with_cric(tmp_path, monitor.url)("Which queues are offline?")
    assert answer.citations[0].url.startswith(monitor.url)
    assert answer.citations[0].as_of
    assert f"CRIC ({monitor.url}/cric/" in answer.text
    assert answer.warnings == []


def test_numbers_are_never_given_to_a_model(tmp_path: Path, monitor: Monitor) -> None:
    from pipeline_kit import FakeModel

    model = FakeModel(["## description\nThere are 7 queues.\n"])
    made = assistant(tmp_path, model=model, monitor_url=monitor.url)
    for question in (
        "Display the corepower for all queues",
        "How many pilots ran yesterday at BNL?",
        "errors of the last 24 hours",
    ):
        _, answer = run(made, turn(question))
        assert model.messages == []
        assert "7 queues" not in answer.text


ODD: list[Any] = [None, [], {}, "x", 3, [None], [{}], {"jobs": None}, {"jobs": [None, 3, {"pandaid": "x", "jobstatus": 3}]},
                  {"errsByCount": [{"error": 3, "count": "x"}], "selectionsummary": [{"field": "jobstatus", "list": [{}]}]},
                  [{"computingsite": 3, "nworkers": "many", "status": None, "lastupdate": 7}], {"BNL": 3}]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_data_never_breaks_an_answer(tmp_path: Path, odd: Any) -> None:
    made = assistant(tmp_path)
    record = {"pandaid": RUNNING, "jobname": "a", "jobsetid": 5, "jobstatus": "running"}
    for question, page in (
        ("How many pilots ran yesterday at BNL?", {}), ("Display the corepower for all queues", {}), ("How is BNL doing?", {}),
        ("errors of the last 24 hours", {}), ("is the monitor up?", {}), ("why did jobs 6519134287 and 6518760159 fail?", {}),
        (f"How many of my jobs in task {TASK} failed?", TASK_PAGE),
        ("why did the previous attempts fail?", {**JOB_PAGE, "job": record}),
        ("the other jobs of its jobset?", {**JOB_PAGE, "job": record}),
    ):  # fmt: skip
        _, asked = run(made, turn(question, context=page))
        resources = {wanted.path: {"status": 200, "json": odd} for wanted in asked.requests}
        _, answer = run(made, turn(question, context=page, resources=resources, round=2))
        assert answer.status == "answered"
        assert answer.text


def test_lost_time_is_that_of_failed_jobs_under_their_first_error() -> None:
    rows = [
        {
            "jobstatus": "failed",
            "piloterrorcode": 1305,
            "exeerrorcode": 2002,
            "durationsec": 3600,
            "endtime": "2026-01-01T10:00:00",
        },
        {"jobstatus": "failed", "ddmerrorcode": 200, "durationsec": "1800", "endtime": "2026-01-01T12:00:00"},
        {"jobstatus": "holding", "ddmerrorcode": 200, "durationsec": 9999, "modificationtime": "2026-01-01T13:00:00"},
        {"jobstatus": "failed", "piloterrorcode": 1099, "durationsec": None},
    ]
    losses = lost_time(rows, load())
    assert [(loss.component, loss.jobs, loss.seconds) for loss in losses] == [("pilot", 2, 3600.0), ("dataservice", 1, 1800.0)]
    latest = latest_times(rows)
    assert latest["dataservice", 200] == "2026-01-01 13:00:00"
    assert latest["executor", 2002] == "2026-01-01 10:00:00"
    assert ("pilot", 1099) not in latest


def test_blocks_of_tables_have_as_many_cells_as_columns(ask: Ask) -> None:
    questions = [
        "How many pilots ran yesterday at BNL?",
        "Which queues are online?",
        "errors of the last 24 hours",
        "How is BNL doing?",
    ]
    blocks: list[Block] = [block for question in questions for block in ask(question).blocks if block.kind == "table"]
    assert blocks
    for block in blocks:
        assert all(len(row) == len(block.data["columns"]) for row in block.data["rows"]), block.title


@pytest.mark.parametrize("question", ["has job {} been retried?", "was job {} retried?", "wurde Job {} neu gestartet?"])
def test_whether_a_job_was_tried_again_is_told_by_its_later_attempts(ask: Ask, question: str) -> None:
    answer = ask(question.format(6792877310))
    is_sourced(answer)
    assert "It was tried again: 3 later attempts; the last, job 6798544333, is running." in answer.text
    assert [row[1] for row in table(answer, "Other attempts")] == [6794400912, 6796011204, RUNNING]
    alone = ask(question.format(6802258254))
    assert "no later attempt: it was not tried again so far" in alone.text


def test_a_middle_attempt_has_those_before_and_after_it(ask: Ask) -> None:
    answer = ask("what about the other attempts of job 6794400912?")
    assert "1 earlier attempt: 1 failed." in answer.text
    assert "2 later attempts; the last, job 6798544333, is running." in answer.text


@pytest.mark.parametrize("question", ["Funktioniert der Dienst?", "Le service fonctionne ?", "¿Funciona el servicio?"])
def test_the_service_is_asked_after_in_other_languages(ask: Ask, question: str) -> None:
    assert re.match(r"The monitor \S+ is up: it answered on", ask(question).text)


def test_what_is_wrong_with_a_place_is_its_health(ask: Ask) -> None:
    answer = ask("what's wrong with SLACXRD?")
    assert answer.intent == "site_health"
    assert answer.text.startswith("**SLACXRD** is in trouble: 10 of the 10 jobs")


def test_a_job_that_waits_for_long_is_among_those_that_wait(ask: Ask, monitor: Monitor) -> None:
    waits = ("pending", "defined", "waiting", "assigned", "throttled", "activated", "sent", "starting")
    there = [one.record for one in monitor.world.cases.values() if one.record["computingsite"] == "MWT2"]
    old = next(job for job in there if job["jobstatus"] == "waiting")
    assert datetime.fromisoformat(old["modificationtime"]) < monitor.world.now - timedelta(hours=12)
    queued = sum(job["jobstatus"] in waits for job in there)
    assert f"there now and {queued} wait" in ask(f"status of job {old['pandaid']}").text
