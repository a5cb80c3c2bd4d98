"""`Log of the second`, `the failed one`, `no, I meant the task`: what a question points back to, before it is routed."""

import pytest
from pipeline_kit import turn

from askpanda.catalogue import load
from askpanda.pipeline.parcels import Route
from askpanda.pipeline.router import route
from askpanda.schema.ask import HistoryTurn, PageContext

FIRST, SECOND, THIRD = 6905510011, 6905510012, 6905510013
THREE = f"why did {FIRST}, {SECOND} and {THIRD} fail?"
PAGE = PageContext(page="job", pandaid=FIRST, jeditaskid=47110032, site="CERN", status="failed")


def talk(*questions: str, page: PageContext | None = None) -> Route:
    """The route of the last question, with the history told by the client."""
    history: list[HistoryTurn] = []
    for question in questions[:-1]:
        history += [HistoryTurn(role="user", content=question), HistoryTurn(role="assistant", content="...")]
    context = {"context": page} if page else {}
    return route(turn(questions[-1], history=history, **context), load())


@pytest.mark.parametrize(
    ("question", "jobs"),
    [("log of the second", [SECOND]), ("why did the third fail?", [THIRD]), ("and the 1st", [FIRST]),
     ("the middle one?", [SECOND]), ("zeig das pilotlog vom zweiten", [SECOND]), ("le log pilote du deuxième", [SECOND]),
     ("y el último?", [THIRD]),
     ("what killed number two", [SECOND]), ("stderr of the latter", [THIRD]), ("the first two: same node?", [FIRST, SECOND])],
)  # fmt: skip
def test_one_of_several_is_picked_by_its_place(question: str, jobs: list[int]) -> None:
    assert talk(THREE, question).entities.job_ids == jobs


@pytest.mark.parametrize(
    "question", ["the last 50 lines", "what happened in the last hour?", "for the second time", "la dernière heure"]
)
def test_what_is_counted_by_the_same_words_is_no_job(question: str) -> None:
    assert talk(THREE, question).entities.job_ids in ([], [FIRST, SECOND, THIRD])


@pytest.mark.parametrize(
    "question",
    ["no, I meant the task", "not the job, the task", "ich meinte die Task", "et la tâche entière ?", "and my task?"],
)
def test_the_task_of_the_page_is_meant_after_its_job(question: str) -> None:
    found = talk("what is the status", question, page=PAGE)
    assert (found.entities.job_ids, found.entities.task_ids) == ([], [47110032])
    assert found.about in ("task_summary", "task_failures")


@pytest.mark.parametrize(
    ("question", "job"),
    [("back to the job: is it my fault?", SECOND), ("the failed one, should I resubmit it?", SECOND),
     ("the job from the beginning, is it done by now?", FIRST), ("revenons au job : c'est ma faute ?", SECOND)],
)  # fmt: skip
def test_an_earlier_job_is_taken_up_again(question: str, job: int) -> None:
    before = (f"status of job {FIRST}", f"why did {SECOND} fail?", "how is task 47110099 doing?")
    assert talk(*before, question).entities.job_ids == [job]


@pytest.mark.parametrize("question", ["how does a job become a task?", "what is the difference between a job and a task?"])
def test_any_job_is_none_of_those(question: str) -> None:
    found = talk(f"why did {FIRST} fail?", "how is task 47110099 doing?", question)
    assert (found.intent, found.entities.job_ids) == ("documentation", [])


@pytest.mark.parametrize(
    "question", ["correction: {}", "argh no {}", "ups vertippt, {}", "zut, faute de frappe : {}", "uy me equivoqué, es {}"]
)
def test_a_corrected_number_is_asked_the_same(question: str) -> None:
    found = talk(f"why did {FIRST} fail?", question.format(SECOND))
    assert (found.about, found.entities.job_ids) == ("job_failure", [SECOND])


@pytest.mark.parametrize(
    "question", ["ditto for MWT2", "idem pour MWT2", "redo it with MWT2", "igual con MWT2", "genauso für MWT2"]
)
def test_what_names_a_place_and_asks_nothing_keeps_what_was_asked(question: str) -> None:
    found = talk("how many jobs failed at BNL yesterday?", question)
    assert (found.about, found.entities.site, found.entities.window) == ("statistics", "MWT2", "yesterday")


@pytest.mark.parametrize(
    "question", ["whatever. Restart the whole thing", "i don't care, stop the whole task", "ugh - kill it all"]
)
def test_an_order_after_a_sigh_is_an_order(question: str) -> None:
    assert talk("why did task 47110099 fail?", question).intent == "action_request"


@pytest.mark.parametrize(
    "question", ["does it help if I restart it?", "if it fails, restart it?", "It failed, a restart did not help"]
)
def test_what_is_said_of_an_order_is_none(question: str) -> None:
    assert talk("why did task 47110099 fail?", question).intent != "action_request"


@pytest.mark.parametrize(
    "question", ["and the task?", "how is the whole task doing?", "und die Aufgabe?", "et la tâche ?", "y la tarea?"]
)
def test_the_task_after_a_job_is_the_one_that_its_record_names(question: str) -> None:
    found = talk(f"why did {FIRST} fail?", question)
    assert (found.about, found.entities.job_ids, found.entities.task_ids) == ("task_summary", [FIRST], [])
    assert talk("how is task 47110099 doing?", question).entities.task_ids == [47110099]


@pytest.mark.parametrize("question", ["what does the task do with its output?", "when is the task state exhausted?"])
def test_a_task_in_a_question_of_another_kind_is_not_taken_for_it(question: str) -> None:
    assert talk(f"why did {FIRST} fail?", question).about != "task_summary"
