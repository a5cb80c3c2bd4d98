"""What is asked of the jobs that a page shows, or that were counted before: the first sentence answers it, and is true."""

import re
from collections import Counter
from typing import Any

import pytest
from live_kit import Ask, Way, fetching, is_sourced, on, reading, table
from pipeline_kit import talked

from askpanda.catalogue import load
from askpanda.pipeline.parcels import Route
from askpanda.pipeline.router import route
from askpanda.pipeline.turn import Turn
from askpanda.schema.ask import AskRequest, PageContext
from tests.bigpanda.serving import Monitor

FAILED = {"page": "jobs", "url": "/jobs/?jobstatus=failed"}
OF_MWT2 = {"page": "jobs", "site": "MWT2", "url": "/jobs/?computingsite=MWT2&hours=6"}
OF_TOM = {"page": "user", "url": "/user/Tom%20Keller/", "viewer": "Lena"}


@pytest.fixture(params=[fetching, reading])
def way(request: pytest.FixtureRequest) -> Way:
    made: Way = request.param
    return made


def routed(question: str, page: dict[str, Any] | None = None) -> Route:
    return route(Turn(AskRequest(question=question, context=PageContext.model_validate(page or {}))), load())


@pytest.mark.parametrize(
    ("aspect", "questions"),
    [
        ("groups", ["Which of these jobs failed for the same reason?", "what do they have in common?", "group these by error",
                    "are these the same problem?", "Was haben diese Jobs gemeinsam?", "¿qué tienen en común estos trabajos?",
                    "quels jobs ont échoué pour la même raison ?", "Welche davon sind aus demselben Grund fehlgeschlagen?"]),
        ("by", ["which users are hit hardest?", "who owns most of these?",
                "is it one site or many?", "which queue do most of these come from?",
                "à qui appartiennent la plupart de ces jobs ?"]),
        ("first", ["which of these should I look at first?", "what should I look at first?", "womit soll ich hier anfangen?"]),
        ("trend", ["which errors are new?", "what's the oldest failure here?",
                   "is this getting better?", "when did these start failing?", "¿está mejorando?", "wird das besser?"]),
        ("mine", ["how many of them are mine?", "are any of these mine?"]),
        ("summary", ["show only those at CERN", "welche Fehler haben die Jobs hier?",
                     "summarise this page", "fasse diese Seite zusammen", "résume cette page", "what is going wrong here?"]),
        ("advice", ["whose fault are these?", "what should I do about these?", "can these be retried?"]),
    ],
)  # fmt: skip
def test_what_is_asked_of_many_is_understood(aspect: str, questions: list[str]) -> None:
    for question in questions:
        found = routed(question, FAILED)
        assert (found.focus, found.aspect, found.here) == ("page", aspect, True), question


@pytest.mark.parametrize(
    "question",
    ["what is the difference between a job and a task?", "how do I submit many jobs with one command?", "how is BNL doing?",
     "why did job 6519134287 fail?", "which queues have the most memory?", "what does pilot 1305 mean?",
     "what am I looking at here?"],
)  # fmt: skip
@pytest.mark.parametrize("page", [FAILED, OF_MWT2, {"page": "home", "url": "/"}])
def test_what_names_its_own_subject_is_not_about_the_page(question: str, page: dict[str, Any]) -> None:
    assert routed(question, page).focus != "page"


def test_jobs_that_failed_of_the_same_are_counted_in_groups(ask: Ask, monitor: Monitor) -> None:
    answer = ask("Which of these jobs failed for the same reason?", context=on(FAILED, monitor))
    is_sourced(answer)
    groups = next(block for block in answer.blocks if block.kind == "cluster").data["clusters"]
    alike = [group["count"] for group in groups if group["count"] > 1]
    assert re.match(rf"Of the {sum(group['count'] for group in groups)} failed jobs, \*\*{sum(alike)}\*\* failed", answer.text)
    assert f"in {len(alike)} groups" in answer.text


def test_where_and_whose_most_are_comes_first_with_their_rate(ask: Ask, monitor: Monitor) -> None:
    jobs = [one.record for one in monitor.world.select({"jobstatus": "failed|finished", "hours": "12"})]
    for question, field in (
        ("which site do most of these come from?", "computingsite"),
        ("who owns most of these?", "produsername"),
    ):
        failed = Counter(job[field] for job in jobs if job["jobstatus"] == "failed")
        ended = Counter(job[field] for job in jobs)
        answer = ask(question, context=on(FAILED, monitor))
        most = re.search(r"are (?:at|of) \*\*(.+?)\*\* \((\d+), ([\d.]+) % of the (\d+) that ended\)", answer.text)
        assert most is not None
        assert (failed[most[1]], max(failed.values())) == (int(most[2]), int(most[2]))
        assert (ended[most[1]], round(100 * int(most[2]) / int(most[4]), 1)) == (int(most[4]), float(most[3]))
        assert {row[0]: (row[1], row[2]) for row in table(answer, "Failed jobs by")} == {
            name: (n, ended[name]) for name, n in failed.items()
        }


def test_mine_of_them_are_those_of_the_whole_name(ask: Ask, monitor: Monitor) -> None:
    answer = ask("how many of these are mine?", context={**on(FAILED, monitor), "viewer": "Lena"})
    failed = monitor.world.select({"jobstatus": "failed", "hours": "12"})
    mine = sum(one.record["produsername"] == "Lena Berg" for one in failed)
    assert answer.text.startswith(f"**{mine}** of the {len(failed)} jobs")


def test_better_or_worse_is_told_by_the_two_halves_of_the_window(ask: Ask, monitor: Monitor) -> None:
    answer = ask("is this getting better?", context=on(OF_MWT2, monitor))
    is_sourced(answer)

    def ended(hours: str) -> tuple[int, int]:
        states = [one.record["jobstatus"] for one in monitor.world.select({"computingsite": "MWT2", "hours": hours})]
        return states.count("failed"), states.count("failed") + states.count("finished")

    (failed, whole), (later, half) = ended("6"), ended("3")
    assert f"({later} of {half})" in answer.text
    assert f"({failed - later} of {whole - half})" in answer.text


def test_those_with_one_error_are_chosen_by_it(ask: Ask, monitor: Monitor) -> None:
    context = on({**OF_TOM, "url": "/user/Nina%20Ivanova/"}, monitor)
    answer = ask("show me the ones with 1305", context=context)
    of_her = monitor.world.select({"produsername": "Nina Ivanova", "piloterrorcode": "1305", "hours": "12"})
    assert of_her
    assert re.match(rf"\*\*{len(of_her)}\*\* jobs? for user Nina Ivanova ha(?:s|ve) pilot 1305", answer.text)
    assert {row[0] for row in table(answer, "Jobs with")} == {one.pandaid for one in of_her}


def test_numbers_asked_for_on_a_page_are_those_of_its_filters(ask: Ask, monitor: Monitor) -> None:
    tom = monitor.world.select({"produsername": "Tom Keller", "hours": "12"})
    failed = sum(one.record["jobstatus"] == "failed" for one in tom)
    answer = ask("how many jobs failed?", context=on(OF_TOM, monitor))
    assert answer.text.startswith(f"**{failed}** of {len(tom)} jobs for user Tom Keller failed")
    coded = monitor.world.select({"piloterrorcode": "1305", "hours": "24"})
    page = {"page": "errors", "url": "/errors/?piloterrorcode=1305&hours=24"}
    answer = ask("which error is most common?", context=on(page, monitor))
    assert f"**{len(coded)} jobs** for pilot error 1305 of the last 24 hours" in answer.text


def test_ones_own_page_is_of_ones_own_jobs(ask: Ask, monitor: Monitor) -> None:
    answer = ask("summarise this page", context=on({"page": "user", "url": "/user/", "viewer": "Lena"}, monitor))
    mine = monitor.world.select({"produsername": "Lena Berg", "hours": "12"})
    assert answer.text.startswith(f"There are **{len(mine)} jobs** for user Lena Berg")


def test_a_list_of_tasks_is_told_by_its_tasks(ask: Ask, monitor: Monitor) -> None:
    page = on({"page": "tasks", "url": "/tasks/?username=Tom%20Keller&days=7"}, monitor)
    answer = ask("what is wrong here?", context=page)
    is_sourced(answer)
    tasks = [data["task"] for data in monitor.world.tasks.values() if data["task"]["username"] == "Tom Keller"]
    assert answer.text.startswith(f"{len(tasks)} tasks for user Tom Keller")
    assert {row[0] for row in table(answer)} == {task["jeditaskid"] for task in tasks}
    first = ask("which of these should I look at first?", context=page)
    assert re.match(r"Look first at task \d+, which is \*\*failed\*\*", first.text)


def test_a_dashboard_shows_all_jobs(ask: Ask, monitor: Monitor) -> None:
    page = on({"page": "other", "url": "/dash/region/?jobtype=analy&splitby=jobtype"}, monitor)
    failed = monitor.world.select({"jobstatus": "failed", "hours": "12"})
    assert ask("what is wrong here?", context=page).text.startswith(f"The {len(failed)} failed jobs fall into")


def test_they_are_those_that_were_counted_before() -> None:
    for found in (
        talked("how many jobs failed at MWT2 yesterday?", "what do they have in common?"),
        talked(
            "how many jobs failed at MWT2 yesterday?",
            "which of them should I look at first?",
            "which user do they belong to mostly?",
        ),
    ):
        assert (found.focus, found.entities.site, found.entities.window) == ("page", "MWT2", "yesterday")


def test_another_time_of_the_page_keeps_what_was_asked_of_it() -> None:
    found = talked("which of these failed for the same reason?", "and yesterday?", page=FAILED)
    assert (found.focus, found.aspect, found.here, found.entities.window) == ("page", "groups", True, "yesterday")


def test_the_jobs_of_a_pages_user_at_a_place_are_not_everybodys(ask: Ask, monitor: Monitor) -> None:
    answer = ask("how many of his jobs are at CERN?", context=on({**OF_TOM, "url": "/user/Lena%20Berg/"}, monitor))
    there = monitor.world.select({"produsername": "Lena Berg", "computingsite": "CERN", "hours": "12"})
    assert f"**{len(there)}** jobs at CERN" in answer.text
    assert "for user Lena Berg" in answer.text


def test_whose_fault_after_a_page_rests_on_its_numbers() -> None:
    found = talked("which of these failed for the same reason?", "and yesterday?", "whose fault is it?", page=FAILED)
    assert (found.wish, found.focus) == ("counts", "")
