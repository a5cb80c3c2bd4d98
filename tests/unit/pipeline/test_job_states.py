"""A job in any state: the first words say what it does, and a waiting one is held against what is usual at its queue."""

import re
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from live_kit import Ask, is_sourced, with_cric

from askpanda.schema.values import duration
from tests.bigpanda.serving import Monitor

RUNNING, ACTIVATED, HOLDING, CLOSED, FINISHED = 6798544333, 6803380004, 6803380018, 6803320077, 6803370001
FAILED = 6715819744


def test_a_running_job_is_told_by_its_first_sentences(ask: Ask) -> None:
    answer = ask(f"is job {RUNNING} still sending heartbeats?")
    first = answer.sections.description
    for part in ("is **running** at MWT2", "1 d 16:14:48", "Last report", "last attempt (4 of 4)"):
        assert part in first
    assert re.search(r"on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", first)
    assert all(part not in answer.sections.details for part in ("It has run for", "Last report"))  # nothing twice


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("how long did it run?", "ran for **58 min 11 s**"),
        ("which site is this?", "is **UKI-NORTHGRID-SHEF-HEP**"),
        ("who owns it?", "is **atlas-mc-prod**"),
        ("when did it end?", "ended at **2025-07-07 12:12:41** UTC"),
        ("which task is it of?", "belongs to task **"),
    ],
)
def test_the_fact_that_was_asked_for_is_in_the_first_sentence(ask: Ask, question: str, first: str) -> None:
    answer = ask(question, context={"page": "job", "pandaid": FAILED, "status": "failed"})
    assert answer.intent == "job_status"
    assert first in answer.sections.description.split(". ")[0]
    assert "It is **failed** at UKI-NORTHGRID-SHEF-HEP" in answer.sections.description


def test_a_fact_that_the_record_lacks_is_said_to_be_lacking(ask: Ask) -> None:
    answer = ask(f"how long did job {ACTIVATED} run?")
    assert answer.sections.description.startswith(f"The record of job {ACTIVATED} does not say how long it ran.")


def test_a_waiting_job_is_held_against_those_that_started_at_its_queue(ask: Ask, monitor: Monitor) -> None:
    answer = ask(f"why is job {ACTIVATED} waiting?")
    is_sourced(answer)
    query = {"computingsite": "MWT2", "jobstatus": "running|finished|failed"}
    started = [one.record for one in monitor.world.select(query, 12)]
    waits = [float(job["waittimesec"]) for job in started]
    said = re.search(
        r"Of the (\d+) jobs that started at MWT2 in the last 12 hours, half had waited for less than ([^,]+)", answer.text
    )
    assert said is not None
    assert int(said[1]) == len(started)
    assert said[2] == duration(median(waits))
    assert "waits longer than usual" in answer.text
    bars = next(block for block in answer.blocks if block.kind == "plot").data
    assert len(bars["labels"]) == len(bars["values"]) == 4


def test_a_waiting_job_at_a_queue_that_takes_no_work_is_told_so(tmp_path: Path, monitor: Monitor) -> None:
    ask = with_cric(tmp_path, monitor.url)
    ask("Which queues are offline?")  # from then on there is a copy of CRIC's settings
    record: dict[str, Any] = {**monitor.world.job(ACTIVATED).record, "computingsite": "SLACXRD"}  # type: ignore[union-attr]
    answer = ask("why does it wait?", context={"page": "job", "pandaid": ACTIVATED, "status": "activated", "job": record})
    assert "**brokeroff** (drained for a move of its storage)" in answer.sections.description


@pytest.mark.parametrize(
    ("job", "words", "offer"),
    [
        (HOLDING, ["**holding**", "pilot 1137"], "Why is job 6803380018 in holding?"),
        (CLOSED, ["**closed**", "taskbuffer 100", "took the job back"], "Why was job 6803320077 closed?"),
        (FINISHED, ["**finished**", "It ran for 4 h on 8 cores", "90 %", "UTC"], "What is happening with task 46588731?"),
    ],
)
def test_other_states_begin_with_their_reason(ask: Ask, job: int, words: list[str], offer: str) -> None:
    answer = ask(f"status of job {job}")
    assert all(word in answer.sections.description for word in words)
    assert offer in [one.question for one in answer.follow_ups]


def test_a_limit_that_has_passed_is_named(ask: Ask) -> None:
    assert "The limit of 3 hours has passed" in ask(f"status of job {HOLDING}").text


def test_a_host_of_the_server_is_no_worker_node(ask: Ask) -> None:
    assert "worker node" not in ask(f"status of job {ACTIVATED}").text


def test_a_job_that_the_monitor_does_not_have_is_said_first(ask: Ask) -> None:
    answer = ask("what is job 999999999 doing?")
    assert answer.text.startswith("The record of job 999999999 was not found on the monitor.")
    assert answer.warnings == []  # said once
