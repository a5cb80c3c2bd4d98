"""Which of many jobs or tasks are of a kind or in a state: counted and listed, and held against the jobs themselves."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_kit import Ask, Way, fetching, is_sourced, on, reading, table
from pipeline_kit import talked

from askpanda.pipeline.parcels import Choice
from askpanda.pipeline.which import fields_of, has_value
from tests.bigpanda import running_monitor
from tests.bigpanda.serving import Monitor

JOBS = {"page": "jobs", "url": "/jobs/?hours=24", "viewer": "Lena Berg"}
TASKS = {"page": "tasks", "url": "/tasks/?days=7", "viewer": "Lena Berg"}
PRODUCTION, ANALYSIS = ("managed", "prod_test"), ("user", "panda")


@pytest.fixture(params=[fetching, reading])
def way(request: pytest.FixtureRequest) -> Way:
    made: Way = request.param
    return made


@pytest.mark.parametrize(
    ("question", "field", "values"),
    [
        ("which of these are production jobs?", "prodsourcelabel", PRODUCTION),
        ("which are analysis?", "prodsourcelabel", ANALYSIS),
        ("how many are production?", "prodsourcelabel", PRODUCTION),
        ("show only the tests", "prodsourcelabel", ("rc_test2",)),
        ("lesquels sont des jobs de production ?", "prodsourcelabel", PRODUCTION),
        ("welche davon sind Analyse?", "prodsourcelabel", ANALYSIS),
        ("¿cuáles son de producción?", "prodsourcelabel", PRODUCTION),
        ("which of them are multi-core?", "resourcetype", ("MCORE",)),
        ("which are on their third attempt?", "attemptnr", (3,)),
        ("which are retries?", "attemptnr", (2, 3, 4)),
        ("which of these are evgen?", "processingtype", ("evgen",)),
        ("which of these are deriv?", "processingtype", ("deriv",)),
        ("which of these are AP_MCGN?", "workinggroup", ("AP_MCGN",)),
        ("which of these are CERN?", "computingsite", ("CERN",)),
        ("which of these are running?", "jobstatus", ("running",)),
        ("which of these failed?", "jobstatus", ("failed",)),
        ("which jobs failed here?", "jobstatus", ("failed",)),
    ],
)
def test_jobs_are_chosen_by_a_field_of_the_list(
    ask: Ask, monitor: Monitor, question: str, field: str, values: tuple[Any, ...]
) -> None:
    answer = ask(question, context=on(JOBS, monitor))
    is_sourced(answer)
    jobs = [one.record for one in monitor.world.select({"hours": "24"})]
    held = [job["pandaid"] for job in jobs if job[field] in values]
    assert answer.text.startswith(f"**{len(held)}** of the {len(jobs)} jobs for all queues and users of the last 24 hours ")
    assert f"`{field}`" in answer.text.split(".")[0]
    assert {row[0] for row in table(answer, "Jobs that")} == set(held)
    assert str(held[0]) in answer.text


def test_two_choices_both_hold(ask: Ask, monitor: Monitor) -> None:
    answer = ask("which of the production jobs failed?", context=on(JOBS, monitor))
    jobs = [one.record for one in monitor.world.select({"hours": "24"})]
    held = {job["pandaid"] for job in jobs if job["prodsourcelabel"] in PRODUCTION and job["jobstatus"] == "failed"}
    assert answer.text.startswith(f"**{len(held)}** of the {len(jobs)} jobs")
    assert {row[0] for row in table(answer, "Jobs that are production and failed")} == held


def test_a_place_and_a_time_without_a_page_are_as_good(ask: Ask, monitor: Monitor) -> None:
    answer = ask("how many production jobs failed at queue BNL in the last 24 hours?")
    is_sourced(answer)
    jobs = [one.record for one in monitor.world.select({"hours": "24", "computingsite": "BNL"})]
    held = {job["pandaid"] for job in jobs if job["prodsourcelabel"] in PRODUCTION and job["jobstatus"] == "failed"}
    assert answer.text.startswith(f"**{len(held)}** of the {len(jobs)} jobs")
    assert {row[0] for row in table(answer)} == held


def test_jobs_in_a_state_of_now_count_whatever_their_age(ask: Ask, monitor: Monitor) -> None:
    answer = ask("how many analysis jobs are activated?")
    held = [
        one.record for one in monitor.world.cases.values()
        if one.record["jobstatus"] == "activated" and one.record["prodsourcelabel"] in ANALYSIS
    ]  # fmt: skip
    assert answer.text.startswith(f"**{len(held)}** of the ")


def test_what_no_field_has_is_said_with_what_there_is(ask: Ask, monitor: Monitor) -> None:
    text = ask("which of these are bananas?", context=on(JOBS, monitor)).text
    assert text.startswith("No field of the list has a value `bananas`, so I cannot say which of the ")
    assert "They can be chosen by `prodsourcelabel` (" in text
    none = ask(
        "which of these are running?",
        context=on({"page": "jobs", "url": "/jobs/?jeditaskid=46603377", "jeditaskid": 46603377}, monitor),
    )
    assert re.match(r"None of the 301 jobs for task 46603377 is running \(`jobstatus` running\)\.", none.text)
    assert "The others by `jobstatus`: finished (240) and failed (61)." in none.text


@pytest.mark.parametrize(
    ("question", "field", "value"),
    [
        ("which of these are production?", "tasktype", "prod"), ("which are analysis tasks?", "tasktype", "anal"),
        ("welche davon sind Produktion?", "tasktype", "prod"), ("which of these are done?", "status", "done"),
        ("which are exhausted?", "status", "exhausted"), ("which of these are AP_MCGN?", "workinggroup", "AP_MCGN"),
    ],
)  # fmt: skip
def test_tasks_are_chosen_by_a_field_of_theirs(ask: Ask, monitor: Monitor, question: str, field: str, value: str) -> None:
    answer = ask(question, context=on(TASKS, monitor))
    is_sourced(answer)
    tasks = [data["task"] for data in monitor.world.tasks.values()]
    held = {task["jeditaskid"] for task in tasks if task[field] == value}
    assert answer.text.startswith(f"**{len(held)}** of {len(tasks)} tasks of all users ")
    assert {row[0] for row in table(answer)} == held
    assert not {int(number) for number in re.findall(r"- Task (\d+) is", answer.text)} - held


def test_they_are_those_that_were_counted() -> None:
    found = talked("how many jobs failed at MWT2 yesterday?", "which of them are production?")
    assert (found.focus, found.aspect, found.entities.site, found.entities.window) == ("page", "which", "MWT2", "yesterday")
    assert [choice.said for choice in found.choices] == ["production", "failed"]
    again = talked("which of these are production jobs?", "and yesterday?", page=JOBS)
    assert (again.aspect, [choice.said for choice in again.choices]) == ("which", ["production"])


@pytest.mark.parametrize(
    "question",
    ["what is production?", "how do I submit analysis jobs?", "why did these production jobs fail?",
     "which of these failed for the same reason?", "which error is most common in production jobs?",
     "how many jobs are running here?", "which site is worst for analysis?"],
)  # fmt: skip
def test_what_asks_for_something_else_is_no_choice(question: str) -> None:
    assert talked(question, page=JOBS).aspect != "which"


def test_values_are_told_apart() -> None:
    assert has_value("MCORE_HIMEM", ("*HIMEM*",))
    assert has_value(2, (">1",))
    assert not has_value(1, (">1",))
    assert not has_value(None, ("user",))
    assert has_value("sj,tq1700000000", ("sj",))
    listed = {"processingtype": {"deriv": 3}, "computingsite": {"DERIV": 1}, "nucleus": {"CERN-PROD": 2}}
    assert fields_of(Choice("`deriv`", any_value="deriv"), listed) == (("processingtype", ("deriv",)),)
    assert fields_of(Choice("`x`", any_value="x"), listed) == ()


@pytest.mark.parametrize(("modes", "said"), [("json_401", "(401)"), ("json_500", "failed")])
@pytest.mark.parametrize("reads", [fetching, reading])
def test_a_list_that_does_not_come_has_no_jobs_of_a_kind(
    tmp_path: Path, modes: str, said: str, reads: Callable[..., Ask]
) -> None:
    with running_monitor(modes) as away:
        answer = reads(tmp_path, away.url)("which of these are production jobs?", context=on(JOBS, away))
    assert answer.text.startswith("I do not have the list that this page shows, so I cannot give numbers.")
    assert said in answer.text
    assert answer.blocks == []
