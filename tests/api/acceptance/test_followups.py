"""What people ask about an answer: each is answered from what the conversation knows, and says something of its own."""

from typing import Any

import pytest

from tests.api.acceptance.asking import Answer, ask
from tests.backend import Backend


def page(kind: str, number: int) -> dict[str, Any]:
    return {
        "page": kind,
        "pandaid" if kind == "job" else "jeditaskid": number,
        "status": "failed" if kind == "job" else "running",
    }


#: Stage-out timed out; a running task; and another failed job, to whose page the reader moves.
JOB, TASK, ELSEWHERE = page("job", 6715819744), page("task", 46374283), page("job", 6518760159)
OF_A_JOB = [
    ("which line says so", ["line 585", "timeout=310"]),
    ("are you sure?", ["Certain", "pilot 1152", "Inferred", "General"]),
    ("what should I do then", ["leave code and options as they are"]),
    ("is it my fault?", ["No, it is not your fault"]),
    ("does it count against me?", ["PanDA does not count"]),
    ("can I retry it?", ["A new attempt can succeed", "pbook retry", "Who may do it"]),
    ("who do I tell?", ["DDM", "6715819744", "pilot 1152"]),
    ("that did not help, say it more simply", ["In short:", "310"]),
    ("why?", ["310", "took longer than its time limit"]),
    ("in French please", ["In short:", "310"]),
    ("show me the log", ["`pilotlog.txt` of job 6715819744"]),
    ("and the other job?", ["Which one?", "6715819744"]),
    ("and last week?", ["as it stands now", "310"]),
]
OF_A_TASK = [
    ("which line says so", ["No line of a log", "Record of task 46374283"]),
    ("are you sure?", ["counted and not estimated"]),
    ("what should I do then", ["failed jobs by error"]),
    ("is it my fault?", ["No error was counted"]),
    ("can I retry it?", ["pbook retry 46374283", "Who may do it"]),
    ("who do I tell?", ["analysis support"]),
    ("that did not help, say it more simply", ["In short:", "running", "1112", "4875"]),
    ("and last week?", ["Task 46374283", "in the last 7 days", "1 failed"]),
    ("why?", ["pilot 1137"]),
    ("and why did those fail?", ["pilot 1137"]),
]
OF_NUMBERS = [
    ("now for another site", ["Which one?", "RO-16-UAIC"]),
    ("the second one", ["number 2 of the list"]),
    ("and last week?", ["RO-16-UAIC", "last 7 days"]),
    ("now for another site: MWT2", ["MWT2", "last 24 hours"]),
    ("which errors were those?", ["RO-16-UAIC", "dataservice 200", "pilot 1305"]),
    ("which line says so", ["No line of a log", "computingsite=*RO-16-UAIC*"]),
    ("are you sure?", ["counted and not estimated"]),
    ("why?", ["EC_Adder", "could not register the outputs"]),
    ("is it my fault?", ["In part", "1 of 2"]),
    ("what should I do then", ["most frequent error", "payload.stdout"]),
    ("who do I tell?", ["DDM", "analysis support"]),
    ("that did not help, say it more simply", ["In short:", "RO-16-UAIC"]),
]
OF_A_DOCUMENT = [
    ("which line says so", ["The answer before rests on", "JEDI"]),
    ("are you sure?", ["what the documents say", "JEDI"]),
    ("is it my fault?", ["Nothing that failed was spoken of"]),
    ("who do I tell?", ["DAST"]),
    ("tell me more", ["JEDI"]),
    ("can you give an example", ["no example of this", "JEDI"]),
    ("and the second one?", ["Which one?"]),
]


def after(backend: Backend, first: str, context: dict[str, Any], *then: tuple[str, dict[str, Any]]) -> Answer:
    """The answer to the last of `then`, asked one after the other in one conversation."""
    answer = ask(backend, first, context=context)
    for question, where in then:
        answer = ask(backend, question, context=where, conversation_id=answer["conversation_id"])
    return answer


def holds(answer: Answer, words: list[str]) -> None:
    assert answer["status"] == "answered"
    assert [word for word in words if word not in answer["text"]] == [], answer["text"]


@pytest.mark.parametrize(("question", "words"), OF_A_JOB)
@pytest.mark.parametrize("where", [JOB, ELSEWHERE, {}], ids=["here", "elsewhere", "nowhere"])
def test_about_a_failed_job_also_when_the_page_has_changed(
    reading: Backend, question: str, words: list[str], where: dict[str, Any]
) -> None:
    answer = after(reading, "why did this fail?", JOB, (question, where))
    holds(answer, words)
    assert answer["entities"]["job_ids"] == [6715819744]


@pytest.mark.parametrize(("question", "words"), OF_A_TASK)
def test_about_a_task(reading: Backend, question: str, words: list[str]) -> None:
    answer = after(reading, "what is happening with this task?", TASK, (question, ELSEWHERE))
    holds(answer, words)
    assert answer["entities"]["task_ids"] == [46374283]


@pytest.mark.parametrize(("question", "words"), OF_NUMBERS)
def test_about_numbers_of_a_site(reading: Backend, question: str, words: list[str]) -> None:
    holds(after(reading, "how many jobs failed at RO-16-UAIC in the last 24 hours?", {}, (question, {})), words)


@pytest.mark.parametrize(("question", "words"), OF_A_DOCUMENT)
def test_about_what_documents_say(reading: Backend, question: str, words: list[str]) -> None:
    holds(after(reading, "What is JEDI?", {}, (question, {})), words)


def test_an_example_is_another_one_of_the_same_subject(reading: Backend) -> None:
    first = ask(reading, "how do I submit a job with prun?")
    answer = ask(reading, "can you give an example", conversation_id=first["conversation_id"])
    holds(answer, ["```", "prun --exec"])
    example = answer["text"].split("```")[1]
    assert example not in first["text"]


def test_the_second_one_of_one_error_is_asked_back(reading: Backend) -> None:
    holds(after(reading, "what does pilot 1305 mean?", {}, ("and the second one?", {})), ["Which one?", "only pilot 1305"])


def test_another_page_is_meant_by_this(reading: Backend) -> None:
    answer = after(reading, "why did this fail?", JOB, ("why did this fail?", ELSEWHERE))
    assert answer["entities"]["job_ids"] == [6518760159]
    assert answer["diagnosis"]["code"] == 1305


def test_thanks_and_what_is_not_ours_leave_the_conversation_where_it_was(reading: Backend) -> None:
    answer = after(reading, "why did this fail?", JOB, ("thanks", {}), ("what do pandas eat?", {}), ("which line says so", {}))
    holds(answer, ["line 585"])


def test_one_question_about_an_answer_after_the_other_rests_on_the_same_facts(reading: Backend) -> None:
    answer = after(
        reading, "how many jobs failed at RO-16-UAIC in the last 24 hours?", {}, ("are you sure?", {}), ("is it my fault?", {})
    )
    holds(answer, ["In part", "1 of 2"])


def test_an_answer_in_another_language_needs_a_model_and_says_so(reading: Backend) -> None:
    answer = after(reading, "why did this fail?", JOB, ("in French please", JOB))
    assert "Without a model, answers are in English only." in answer["warnings"]
