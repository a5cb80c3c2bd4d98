"""Tasks in every state: the numbers first, what is wrong, what to do next; and whose tasks and jobs `mine` are."""

from collections import Counter

import pytest
from live_kit import Ask, Way, fetching, is_sourced, reading, table

from tests.bigpanda.serving import Monitor

RUNNING, PENDING, EXHAUSTED, BROKEN, ABORTED, DONE = 46374283, 46620107, 46621853, 46622290, 46623415, 46624002
COHORT, NO_INPUT = 46603377, 46501120


@pytest.fixture(params=[fetching, reading])
def way(request: pytest.FixtureRequest) -> Way:
    made: Way = request.param
    return made


@pytest.mark.parametrize(
    ("task", "said", "next_"),
    [
        (RUNNING, ["**running**", "4875", "1112", "22 %", "0 failed", "3763 are left"], "by error"),
        (PENDING, ["**pending**", "118", "excluded by memory"], "tries again by itself"),
        (EXHAUSTED, ["**exhausted**", "9 are finished (1 %)", "3.1 % of the CPU"], f"pbook retry {EXHAUSTED}"),
        (BROKEN, ["**broken**", "no input files", "not found in DDM"], "A retry does not help"),
        (ABORTED, ["**aborted**", "57 are left", "57 cancelled"], f"pbook retry {ABORTED}"),
        (DONE, ["**done**", "40 are finished (100 %)"], ""),
    ],
)
def test_a_task_in_each_state_has_its_numbers_and_what_comes_next(ask: Ask, task: int, said: list[str], next_: str) -> None:
    answer = ask(f"task {task}")
    for part in said:
        assert part in answer.text
    assert answer.text.count("finished (") <= 1  # not said twice
    recommended = " ".join(answer.sections.user.recommendations)
    assert next_ in recommended
    assert bool(recommended) == bool(next_)
    for offer in answer.follow_ups:
        then = ask(offer.question)
        assert then.status == "answered"
        assert "I do not have" not in then.text


def test_a_task_says_where_its_jobs_are_and_what_they_fail_of(ask: Ask, monitor: Monitor) -> None:
    answer = ask(f"which sites does task {COHORT} run at?")
    is_sourced(answer)
    jobs = [one.record for one in monitor.world.jobs_of_task(COHORT)]
    assert dict(table(answer, "by queue")) == dict(Counter(job["computingsite"] for job in jobs))
    assert any(problem.startswith("pilot 1305, 39 jobs") for problem in answer.sections.problems)


def test_a_task_without_input_has_no_share_of_nothing(ask: Ask) -> None:
    assert "0 %" not in ask(f"status of task {NO_INPUT}").text


def test_a_failure_that_was_retried_is_found_although_the_list_leaves_it_out(ask: Ask) -> None:
    answer = ask(f"Why did jobs of task {RUNNING} fail?")
    assert "1 attempt failed and was tried again" in answer.text
    assert "pilot 1137" in answer.text
    assert [group["count"] for block in answer.blocks if block.kind == "cluster" for group in block.data["clusters"]] == [1]


def test_a_task_that_the_monitor_does_not_have_is_said(ask: Ask) -> None:
    answer = ask("what is happening with task 11111111?")
    assert answer.text.startswith("The record of task 11111111 was not found on the monitor.")
    assert answer.warnings == []


@pytest.mark.parametrize("viewer", ["Lena", "Lena Berg"])
def test_the_viewers_tasks_and_jobs_are_the_viewers(ask: Ask, monitor: Monitor, viewer: str) -> None:
    page = {"page": "home", "viewer": viewer}  # the monitor's menu has the first name only
    mine = ask("which of my tasks have problems?", context=page)
    own = {number: data["task"] for number, data in monitor.world.tasks.items() if data["task"]["username"] == "Lena Berg"}
    assert {row[0]: row[1] for row in table(mine, "Tasks of yours")} == {n: task["status"] for n, task in own.items()}
    assert f"Task {COHORT} is **finished**" in mine.sections.problems[0]
    jobs = ask("how many of my jobs failed in the last 2 days?", context=page)
    failed = [
        one for one in monitor.world.select({"days": "2", "jobstatus": "failed"}) if one.record["produsername"] == "Lena Berg"
    ]
    assert f"**{len(failed)}** of" in jobs.text
    assert "of yours" in jobs.text
    of_task = ask(f"How many of my jobs in task {COHORT} failed?", context=page)
    assert "**61** of 301 jobs of yours" in of_task.text


def test_without_a_viewer_nobody_elses_numbers_are_given(ask: Ask) -> None:
    for question in ("my tasks", "how many of my jobs are running?", "which errors do my jobs have?"):
        answer = ask(question)
        assert "nothing here says who you are" in answer.text
        assert answer.blocks == []
    others = ask(f"How many of my jobs in task {NO_INPUT} failed?", context={"viewer": "Lena"})
    assert "which is of Anna Roth" in others.text
    assert "of yours" not in others.text
