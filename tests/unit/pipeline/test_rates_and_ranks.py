"""Whose failures are most, whose rate is highest, what is in a state now, and numbers that add up: held against the jobs."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_kit import Ask, is_sourced, table, with_cric
from pipeline_kit import assistant, run, turn

from askpanda.pipeline.paths import live_paths
from askpanda.pipeline.routing.times import window_in
from askpanda.pipeline.windows import bounds
from askpanda.pipeline.wording.error_window import Lost, _percents
from askpanda.pipeline.wording.live import LIST_LIMIT
from askpanda.pipeline.wording.summaries import attribute_counts
from askpanda.schema.answer import Entities
from tests.bigpanda.serving import Monitor


def jobs(monitor: Monitor, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = httpx.get(f"{monitor.url}/jobs/", params={"json": "", **query}).json()["jobs"]
    return rows


def test_values_of_a_selection_are_in_the_order_of_their_counts() -> None:
    """The monitor lists them by name: its first three are not those with the most jobs."""
    listed = [{"kname": name, "kvalue": n} for name, n in (("AGLT2", 3), ("BNL", 12), ("CERN", 7))]
    pages = {"/jobs/?json": {"selectionsummary": [{"field": "computingsite", "list": listed}]}}
    assert list(attribute_counts(pages, "computingsite").items()) == [("BNL", 12), ("CERN", 7), ("AGLT2", 3)]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("failure rate by site in the last 24 hours", "computingsite"),
        ("which users have the highest failure rate in the last 24 hours?", "produsername"),
        ("failure rates per task in the last 24 hours", "jeditaskid"),
    ],
)
def test_a_rate_is_failed_of_ended_for_each(ask: Ask, monitor: Monitor, question: str, field: str) -> None:
    answer = ask(question)
    is_sourced(answer)
    rows = [row for row in jobs(monitor, days=1) if row["jobstatus"] in ("failed", "finished") and row[field]]
    ended = Counter(str(row[field]) for row in rows)
    failed = Counter(str(row[field]) for row in rows if row["jobstatus"] == "failed")
    shown = {row[0]: row for row in table(answer, "Failure rates")}
    assert {name: (row[1], row[2]) for name, row in shown.items()} == {name: (failed[name], n) for name, n in ended.items()}
    assert all(row[3] == round(100 * row[1] / row[2], 1) for row in shown.values())
    rates = [row[3] for row in table(answer, "Failure rates")]
    assert rates == sorted(rates, reverse=True)
    assert "A rate is the failed jobs out of those that finished or failed" in answer.text


@pytest.mark.parametrize(
    "question",
    ["which user has the most failed jobs in the last 24 hours?", "which user's jobs fail most in the last 24 hours?"],
)
def test_who_has_most_failed_jobs_is_said_first(ask: Ask, monitor: Monitor, question: str) -> None:
    answer = ask(question)
    is_sourced(answer)
    rows = jobs(monitor, hours=24, jobstatus="failed|finished")
    (name, n), *_ = Counter(row["produsername"] for row in rows if row["jobstatus"] == "failed").most_common()
    ended = sum(row["produsername"] == name for row in rows)
    assert answer.text.startswith(
        f"The users with the most failed jobs in the last 24 hours: **{name}** ({n} jobs, {round(100 * n / ended, 1)} % of the "
        f"{ended} that ended)"
    )


@pytest.mark.parametrize("state", ["running", "activated", "holding", "starting"])
def test_jobs_in_a_state_are_counted_whatever_their_age(ask: Ask, monitor: Monitor, state: str) -> None:
    answer = ask(f"how many jobs are {state}?")
    is_sourced(answer)
    n = sum(one.record["jobstatus"] == state for one in monitor.world.cases.values())
    assert re.match(rf"\*\*{n}\*\* jobs? (?:is|are) {state} now\.", answer.text)


def test_a_state_of_now_is_asked_for_without_a_window() -> None:
    from askpanda.pipeline.parcels import Route

    (path,) = live_paths(Route("statistics", Entities(object="jobs", status="activated", queue="BNL")))
    assert "jobstatus=activated" in path
    assert not re.search(r"hours=|days=|date_", path)


def test_a_day_that_is_named_is_that_day(ask: Ask, monitor: Monitor) -> None:
    day = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    answer = ask(f"How many pilots ran on {day} at BNL?")
    is_sourced(answer)
    assert f" on {day}: that is the sum of" in answer.text
    query = {"lastupdate_from": f"{day}T00:00:00", "lastupdate_to": f"{day}T23:59:59", "json": ""}
    rows = httpx.get(f"{monitor.url}/harvester/getworkerstats/", params=query).json()
    assert (
        f"**{sum(row['nworkers'] for row in rows if row['computingsite'] in ('BNL', 'BNL_OSG_SPOT'))}** pilots" in answer.text
    )


def test_dates_in_questions() -> None:
    assert window_in("pilots on 2026-11-26 at bnl") == "2026-11-26"
    assert window_in("errors from 2026-11-20 to 2026-11-24") == "2026-11-20/2026-11-24"
    assert window_in("errors on 2026-13-45") is None
    assert window_in("what does user.lberg.2026-11-26.v2 hold?") is None
    start, end = bounds("2026-11-20/2026-11-24") or (None, None)
    assert (str(start), str(end)) == ("2026-11-20 00:00:00+00:00", "2026-11-24 23:59:59+00:00")


def test_pilots_at_a_place_that_is_none_say_so(tmp_path: Path, monitor: Monitor) -> None:
    answer = with_cric(tmp_path, monitor.url)("how many pilots ran at INFN-T2 yesterday?")
    assert "None of the 14 queues of CRIC has the name or the site INFN-T2; the nearest are" in answer.text


def test_the_counts_of_a_place_rest_on_the_monitor_and_not_on_the_queues(tmp_path: Path, monitor: Monitor) -> None:
    answer = with_cric(tmp_path, monitor.url)("top errors at CERN in the last 12 hours")
    number = re.search(r"The monitor counts .*?\[(\d+)\]", answer.text)
    assert number is not None
    cited = next(one for one in answer.citations if one.n == int(number[1]))
    assert cited.path.startswith("/errors/")


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12).filter(lambda seconds: sum(seconds) > 1))
def test_shares_of_lost_time_sum_to_a_hundred(seconds: list[float]) -> None:
    shares = _percents([Lost(str(place), 1, spent) for place, spent in enumerate(seconds)])
    assert round(sum(shares), 6) == 100
    total = sum(seconds)
    assert all(abs(share - 100 * spent / total) <= 0.1 + 1e-9 for share, spent in zip(shares, seconds, strict=True))


@pytest.mark.parametrize(
    ("counts", "cut"),
    [
        ({"finished": LIST_LIMIT - 10, "failed": 10}, True),
        ({"finished": LIST_LIMIT - 11, "failed": 10, "running": 9000}, False),
        ({"running": LIST_LIMIT}, True),
    ],
)
def test_a_list_is_cut_where_one_of_its_tables_is(tmp_path: Path, counts: dict[str, int], cut: bool) -> None:
    """The monitor limits each of its tables; their sum says nothing."""
    listed = [{"kname": state, "kvalue": n} for state, n in counts.items()]
    page = {"selectionsummary": [{"field": "jobstatus", "list": listed}], "jobs": [], "errsByCount": []}
    path = "/jobs/?computingsite=*BNL*&days=2&outputs=selectionsummary,errsByCount&json"
    resources = {path: {"status": 200, "json": page}}
    _, answer = run(assistant(tmp_path), turn("how many jobs failed at BNL in the last 2 days?", resources=resources))
    assert ("these may be only the latest ones" in answer.text) == cut
