"""Whole conversations, as people have them: what was spoken of a few questions ago is still what `it` means."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.acceptance.asking import Answer, Extension, ask
from tests.backend import Backend
from tests.bigpanda.serving import Monitor

STORAGE, STAGE_OUT, INPUT = 6519134287, 6715819744, 6518760159
Talk = Callable[..., list[Answer]]


@pytest.fixture(params=["fetched", "own monitor"])
def talk(request: pytest.FixtureRequest, alone: Backend, reading: Backend, monitor: Monitor) -> Talk:
    """Asks the questions one after the other, in one conversation, from one page."""
    fetches = Extension(alone, monitor.url, ask)

    def go_on(*questions: str, context: dict[str, Any] | None = None) -> list[Answer]:
        answers: list[Answer] = []
        for question in questions:
            fields = {"conversation_id": answers[-1]["conversation_id"]} if answers else {}
            given = {"context": context or {"page": "home"}, **fields}
            answers.append(fetches(question, **given) if request.param == "fetched" else ask(reading, question, **given))
        return answers

    return go_on


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("does a retry help?", "A new attempt can succeed"),
        ("which line says so?", "`pilotlog.txt`, line 585"),
        ("is this a known problem?", "known one, pilot 1152"),
        ("write me a short mail to the site", f"Subject: Job {STAGE_OUT} failed"),
        ("who do I have to tell?", "What to write:"),
    ],
)
def test_an_explanation_in_between_leaves_the_conversation_at_its_job(question: str, says: str, talk: Talk) -> None:
    *_, last = talk(f"why did job {STAGE_OUT} fail?", "what is stage-out?", question)
    assert last["entities"]["job_ids"] == [STAGE_OUT]
    assert says in last["text"]
    assert last["diagnosis"]["code"] == 1152


def test_of_what_nobody_has_to_be_told_there_is_still_a_letter_to_its_owner(talk: Talk) -> None:
    *_, whom = talk("why did job 6803110027 fail?", "who should I tell?")
    assert whom["diagnosis"]["party"] == "user"
    assert "Nobody has to be told" in whom["text"]
    assert "What to write to its owner, or where you ask for help:" in whom["text"]


def test_the_log_of_a_job_is_at_hand_after_an_explanation_and_can_be_searched_on(talk: Talk) -> None:
    *_, log, lines = talk(
        f"why did job {STAGE_OUT} fail?", "what is stage-out?", "show me the pilot log, last 5 lines", "grep timeout in it"
    )
    assert (log["intent"], lines["intent"]) == ("log_request", "log_request")
    assert f"The last 5 lines of `pilotlog.txt` of job {STAGE_OUT}" in log["text"]
    assert f"`pilotlog.txt` of job {STAGE_OUT} has" in lines["text"]


@pytest.mark.parametrize(
    "question", ["and its task?", "Und die anderen Jobs dieser Task?", "what about the other jobs of the task"]
)
def test_a_jobs_task_is_found_by_the_jobs_record(question: str, talk: Talk) -> None:
    *_, task = talk("Why did this job fail?", question, context={"page": "job", "pandaid": STORAGE, "status": "failed"})
    assert task["status"] == "answered"
    assert "43411708 is **failed**" in task["text"] or "in task 43411708 failed" in task["text"]


def test_back_from_the_task_to_the_job(talk: Talk) -> None:
    *_, job = talk(
        "Why did this job fail?", "and its task?", "back to the job: does a retry help?",
        context={"page": "job", "pandaid": STORAGE, "status": "failed"},
    )  # fmt: skip
    assert job["entities"]["job_ids"] == [STORAGE]
    assert "A new attempt can succeed later" in job["text"]


def test_which_of_two_jobs_is_worth_a_retry(talk: Talk) -> None:
    *_, which = talk(f"compare jobs {INPUT} and {STORAGE}", "which of the two is worth a retry?")
    assert f"Worth a retry later: job {STORAGE}. Not worth a retry as it is: job {INPUT}." in which["text"]


@pytest.mark.parametrize(
    "question",
    ["Is this a known problem?", "Ist das ein bekanntes Problem?", "c'est un problème connu ?", "how often did that happen?"],
)
def test_whether_others_have_it_is_told_from_the_verdicts_that_were_seen(question: str, talk: Talk) -> None:
    *_, known = talk("Why did this job fail?", question, context={"page": "job", "pandaid": STORAGE, "status": "failed"})
    assert known["intent"] == "followup"
    assert "I have seen this cause in no other job of the last 7 days." in known["text"]


ERRORS_PAGE = {"page": "errors", "url": "https://bigpanda.example/errors/?hours=12"}


def test_from_the_errors_of_a_time_to_the_line_of_one_job(talk: Talk) -> None:
    top, sites, fault, users, job, line = talk(
        "what is failing most right now?", "at which sites?", "is that the site's fault?", "which users are hit?",
        "show me one of those jobs", "which line says so?", context=ERRORS_PAGE,
    )  # fmt: skip
    assert "errors of" in top["text"]
    assert "wall time were lost" in top["text"]
    assert "The queues with the most failed jobs" in sites["text"]
    assert "are errors of the jobs themselves" in fault["text"]
    assert "The users with the most failed jobs" in users["text"]
    example = next(block for block in top["blocks"] if "Example job" in block["data"].get("columns", []))["data"]["rows"][0][-1]
    assert (job["intent"], job["entities"]["job_ids"]) == ("job_failure", [example])
    assert line["entities"]["job_ids"] == [example]
    assert "says so" in line["text"]


@pytest.mark.parametrize("question", ["will my task finish today?", "when will it be done?", "Wann ist die Task fertig?"])
def test_when_a_task_will_be_over_is_estimated_and_said_to_be_an_estimate(question: str, talk: Talk) -> None:
    (answer,) = talk(question, context={"page": "task", "jeditaskid": 46374283, "status": "running"})
    assert answer["intent"] == "task_summary"
    assert "1112 of 4875 files were finished; at that pace the 3763 that are left take about" in answer["text"]
    assert "The monitor gives no time" in answer["text"]


def test_a_task_may_be_asked_to_be_killed_and_is_not(talk: Talk) -> None:
    *_, kill = talk(
        "what is happening?", "can I kill it?", context={"page": "task", "jeditaskid": 46374283, "status": "running"}
    )
    assert kill["intent"] == "action_request"
    assert "`pbook kill 46374283`" in kill["text"]


def test_a_question_within_a_conversation_is_not_refused_for_being_short(talk: Talk) -> None:
    *_, many = talk("which queues does BNL have", "how many are there?")
    assert many["text"].startswith("2 queues of BNL")


def test_an_error_that_was_looked_up_can_be_asked_what_to_do_and_whose_it_is(talk: Talk) -> None:
    whole, what, whose, other = talk("what is pilot 1305?", "how do I avoid it?", "does it count against me?", "and 1150?")
    assert "PAYLOADEXECUTIONFAILURE**" in whole["text"]
    assert "Read payload.stdout from the end upwards" in what["text"]
    assert whose["text"].startswith("Usually yes: pilot 1305")
    assert (other["intent"], other["entities"]["error_code"]) == ("error_code_lookup", 1150)
    assert len({answer["text"] for answer in (whole, what, whose)}) == 3


def test_two_jobs_of_a_conversation_are_held_against_each_other(talk: Talk) -> None:
    *_, both = talk(f"why did job {STORAGE} fail?", f"and {STAGE_OUT}?", "do they have the same cause?")
    assert both["entities"]["job_ids"] == [STORAGE, STAGE_OUT]
    assert "They failed of different errors." in both["text"]


def test_on_a_tasks_page_my_jobs_are_those_of_the_task_down_to_the_log_of_one(talk: Talk) -> None:
    mine, why, first, log, fault = talk(
        "how many of my jobs failed?", "why did they fail?", "tell me more about the first one",
        "show me the log of one of them", "is it my code?",
        context={"page": "task", "jeditaskid": 46603377, "viewer": "Lena Berg"},
    )  # fmt: skip
    assert mine["entities"]["task_ids"] == [46603377]
    assert mine["text"].startswith("**61** of 301 jobs of task 46603377 of yours failed.")
    assert why["text"].startswith("**61** of 301 jobs of yours in task 46603377 failed.")
    assert first["text"].startswith("That is number 1 of the list")
    assert log["intent"] == "log_request"
    assert "The last 40 lines of" in log["text"]
    assert fault["entities"]["job_ids"] == log["entities"]["job_ids"]


PENDING, EXHAUSTED, TWO_ERRORS = 46620107, 46621853, 46570011


@pytest.mark.parametrize(
    ("question", "intent", "message"),
    [
        (f"task {PENDING} has been pending for 3 days, why", "task_summary", "38 were excluded by memory"),
        (f"why is task {EXHAUSTED} exhausted?", "task_failures", "used 3.1 % of the CPU"),
    ],
)
def test_a_task_that_stands_still_says_why_before_anything_else(question: str, intent: str, message: str, talk: Talk) -> None:
    (answer,) = talk(question)
    assert answer["intent"] == intent
    first, second = answer["sections"]["description"].split(". ", 1)
    assert first.startswith("Task ")
    assert second.startswith("Its message says: “")
    assert message in second.split("”")[0]


@pytest.mark.parametrize("question", ["no me has contestado", "in other words please"])
def test_the_reason_of_a_state_is_said_in_short_too(question: str, talk: Talk) -> None:
    *_, short = talk(f"why is task {PENDING} pending?", question)
    assert "38 were excluded by memory" in short["text"]
    assert short["text"].count("Its message says") == 1


@pytest.mark.parametrize("question", ["plus en détail stp", "more details please", "genauer bitte"])
def test_more_in_detail_is_more(question: str, talk: Talk) -> None:
    *_, more = talk(f"errors of task {TWO_ERRORS}?", question)
    assert "In short" not in more["text"]
    assert "Usual causes:" in more["text"]
    assert more["sections"]["expert"]["steps"]
    *_, job = talk(f"why did job {STAGE_OUT} fail?", question)
    assert "In short" not in job["text"]
    assert "All of the evidence, best first" in job["text"]


@pytest.mark.parametrize("question", ["you already told me that. anything NEW?", "that's not what i asked"])
def test_what_was_not_wanted_is_not_said_again(question: str, talk: Talk) -> None:
    asked = f"why did job {STAGE_OUT} fail?"
    first, again = talk(asked, question)
    assert f"I took “{asked}” for a question about why a job failed." in again["text"]
    assert len(again["text"]) < len(first["text"]) / 3
    assert again["follow_ups"]


def test_a_condition_or_a_field_stays_when_another_place_is_asked_about(talk: Talk) -> None:
    *_, germany = talk("which queues in the UK cloud have maxrss above 4000?", "and in the DE cloud?")
    assert "`maxrss` is above 4000 and `cloud` is DE" in germany["text"]
    *_, power = talk("what is the corepower of BNL?", "and MWT2?")
    assert "The core power of queue **MWT2** (`corepower`) is **10.0" in power["text"]


def test_where_an_explanation_is_from_is_told_by_its_pages(talk: Talk) -> None:
    *_, pages = talk("how does Harvester work?", "where did you get this from?")
    assert "The answer before rests on" in pages["text"]


def test_the_other_file_of_a_log_is_the_log_that_is_gone_on_with(talk: Talk) -> None:
    *_, stderr = talk(f"last 3 lines of payload.stdout of job {INPUT}", "and the stderr")
    assert stderr["intent"] == "log_request"
    assert "`payload.stderr` of job" in stderr["text"]


@pytest.mark.parametrize(
    ("question", "page", "begins"),
    [
        ("meaning of 'missed' in this table", "harvester", "**missed**: could not be submitted."),
        ("how are jobs brokered to sites?", "home", "Brokerage is PanDA's choice of where work runs."),
        ("how long can a job stay in holding?", "home", "- **jobdispatcher 103**: too long in holding; three hours"),
        ("explain the pilot wrapper like im five", "home", "Wrapper (also pilot wrapper): The small shell script"),
    ],
)
def test_documents_are_asked_for_what_is_meant(question: str, page: str, begins: str, talk: Talk) -> None:
    (answer,) = talk(question, context={"page": page})
    assert answer["text"].startswith(begins)
    assert "Memory limits" not in str(answer["citations"])
