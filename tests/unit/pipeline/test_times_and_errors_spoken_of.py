"""Follow-ups about numbers: the error that was looked up, the day before the one that was spoken of, tasks of one day."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from live_kit import fetching, table, with_cric
from pipeline_kit import talked

from askpanda.pipeline.windows import days_back, shifted
from askpanda.pipeline.wording.tasks import _of_window
from askpanda.schema.ask import HistoryTurn
from tests.bigpanda.serving import Monitor

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("first", ["what does pilot 1305 mean?", "1305", "what is PAYLOADEXECUTIONFAILURE?"])
@pytest.mark.parametrize(
    "question",
    ["which jobs had it today?", "how many jobs have that today?", "which sites have it?", "combien de jobs ont cette erreur ?",
     "wie viele Jobs haben diesen Fehler?", "¿cuántos trabajos lo tienen?"],
)  # fmt: skip
def test_jobs_that_have_it_are_those_with_the_error_that_was_looked_up(first: str, question: str) -> None:
    found = talked(first, question)
    assert (found.about, found.entities.component, found.entities.error_code) == ("statistics", "pilot", 1305)
    again = talked(first, question, "and at CERN yesterday?")
    assert (again.entities.error_code, again.entities.site, again.entities.window) == (1305, "CERN", "yesterday")


def test_an_error_that_is_not_spoken_of_limits_no_numbers() -> None:
    assert talked("what does pilot 1305 mean?", "how many jobs failed today?").entities.error_code is None
    assert talked("what is PanDA?", "how many jobs have it today?").entities.error_code is None


def test_jobs_are_counted_by_a_named_error(monitor: Monitor, tmp_path: Path) -> None:
    answer = fetching(tmp_path, monitor.url)("how many jobs failed with pilot 1305 in the last 24 hours?")
    with_it = monitor.world.select({"piloterrorcode": "1305", "hours": "24"})
    assert re.match(
        rf"\*\*{len(with_it)}\*\* jobs have pilot 1305, PAYLOADEXECUTIONFAILURE, in the last 24 hours:", answer.text
    )
    assert {row[0] for row in table(answer, "Jobs with")} <= {one.pandaid for one in with_it}


@pytest.mark.parametrize(
    ("window", "before"),
    [("yesterday", "2026-11-24"), ("today", "yesterday"), (None, "yesterday"), ("6h", "yesterday"), ("24h", "yesterday"),
     ("2026-11-20", "2026-11-19"), ("2026-11-20/2026-11-22", "2026-11-19"), ("7d", "2026-11-18")],
)  # fmt: skip
def test_the_day_before_is_that_before_the_window_that_was_spoken_of(window: str | None, before: str) -> None:
    assert shifted(window, "day", -1, NOW) == before


def test_the_day_after_is_never_in_the_future() -> None:
    assert [shifted(window, "day", 1, NOW) for window in ("2026-11-20", "yesterday", "today")] == [
        "2026-11-21",
        "today",
        "today",
    ]
    assert shifted("2026-11-20", "week", -1, NOW) == "2026-11-13/2026-11-19"


@pytest.mark.parametrize(
    "question",
    [
        "and the day before?",
        "et la veille ?",
        "und am Tag davor?",
        "¿y el día anterior?",
        "the previous day?",
        "und am Vortag?",
    ],
)
def test_the_day_before_follows_a_date(question: str) -> None:
    found = talked("how many jobs failed at CERN on 2026-11-20?", question)
    assert (found.about, found.entities.site, found.entities.window) == ("statistics", "CERN", "2026-11-19")
    twice = talked("how many jobs failed at CERN on 2026-11-20?", question, question)
    assert twice.entities.window == "2026-11-18"


@pytest.mark.parametrize(
    "question",
    ["how many jobs failed the day before yesterday?", "combien de jobs ont échoué avant-hier ?", "Fehler vorgestern"],
)
def test_the_day_before_yesterday_is_no_yesterday(question: str) -> None:
    days = {(datetime.now(UTC) - timedelta(days=2)).date().isoformat()}
    found = talked(question)
    days.add((datetime.now(UTC) - timedelta(days=2)).date().isoformat())  # midnight may pass in between
    assert found.entities.window in days


def test_tasks_of_a_day_are_those_that_were_there_on_it() -> None:
    def task(number: int, made: str, changed: str) -> dict[str, Any]:
        return {"jeditaskid": number, "creationdate": f"{made} 10:00:00", "statechangetime": f"{changed} 10:00:00"}

    rows = [
        task(1, "2026-11-20", "2026-11-23"), task(2, "2026-11-20", "2026-11-24"), task(3, "2026-11-24", "2026-11-25"),
        task(4, "2026-11-25", "2026-11-25"),
    ]  # fmt: skip
    assert [row["jeditaskid"] for row in _of_window(rows, "2026-11-24")] == [2, 3]
    assert _of_window(rows, "7d") == _of_window(rows, None) == rows
    assert days_back("2026-11-24", NOW) == 3


@pytest.mark.parametrize(
    ("first", "question", "focus"),
    [
        ("failure rate by user in the last 24 hours", "sort by that", "rates"),
        ("failure rate by user in the last 24 hours", "and yesterday?", "rates"),
        ("which sites had most failures today?", "sort them by failures", "ranked"),
        ("which sites had most failures today?", "and the day before?", "ranked"),
        ("list all queues", "sort them by failures", "ranked"),
    ],
)
def test_another_order_or_time_asks_of_rates_and_ranks_what_was_asked_before(first: str, question: str, focus: str) -> None:
    found = talked(first, question)
    assert (found.about, found.focus) == ("statistics", focus)


def test_a_list_in_another_order_keeps_its_fields_and_its_queues(tmp_path: Path, monitor: Monitor) -> None:
    ask = with_cric(tmp_path, monitor.url)

    def then(first: str, question: str) -> list[list[Any]]:
        before = ask(first)
        history = [HistoryTurn(role="user", content=first), HistoryTurn(role="assistant", content=before.text)]
        answer = ask(question, history=history, previous=before)
        block = next(block for block in answer.blocks if block.kind == "table")
        assert block.data["columns"][-1] == "core power (HS06 per core)"
        return [row for row in block.data["rows"] if row[-1] not in (None, "")]

    powers = [float(row[-1]) for row in then("show the corepower of all queues", "sort by that")]
    assert powers == sorted(powers)
    assert len(set(powers)) > 3
    of_cloud = then("queues in the DE cloud", "sort them by corepower")
    assert {row[0] for row in of_cloud} >= {"DESY-HH", "DESY-HH_TEST", "MPPMU"}
    assert all(row[0].startswith(("DESY", "MPPMU")) for row in of_cloud)
    assert [float(row[-1]) for row in of_cloud] == sorted(float(row[-1]) for row in of_cloud)


def test_rates_are_put_in_the_order_of_failures_on_demand(tmp_path: Path, monitor: Monitor) -> None:
    ask = fetching(tmp_path, monitor.url)
    first = "failure rate by user in the last 24 hours"
    before = ask(first)
    history = [HistoryTurn(role="user", content=first), HistoryTurn(role="assistant", content=before.text)]
    failed = [row[1] for row in table(ask("sort them by failures", history=history, previous=before), "Failure rates by user")]
    assert failed == sorted(failed, reverse=True)
