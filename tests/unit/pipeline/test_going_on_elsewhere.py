"""A conversation that goes on beside another job: `this job` is the one on the page; a follow-up stays with its answer."""

from pathlib import Path

import pytest
from pipeline_kit import FakeStore, assistant, run, turn

from askpanda.schema.answer import Answer
from askpanda.schema.ask import HistoryTurn

A, B = 6519134287, 6800730400
WHY = "Why did this job fail?"


def page(pandaid: int) -> dict[str, object]:
    return {"page": "job", "pandaid": pandaid, "job": {"pandaid": pandaid, "jobstatus": "failed", "piloterrorcode": 1324}}


def before(folder: Path, question: str) -> tuple[Answer, list[HistoryTurn]]:
    """What was asked on A's page, and its answer."""
    _, answer = run(assistant(folder, FakeStore()), turn(question, context=page(A)))
    return answer, [HistoryTurn(role="user", content=question), HistoryTurn(role="assistant", content=answer.text)]


@pytest.mark.parametrize("question", [WHY, "why did it fail?", "What is going on with this job?"])
def test_a_whole_question_on_another_jobs_page_is_about_that_job(question: str, tmp_path: Path) -> None:
    previous, history = before(tmp_path, WHY)
    _, answer = run(assistant(tmp_path, FakeStore()), turn(question, context=page(B), previous=previous, history=history))
    assert answer.entities["job_ids"] == [B]


def test_a_follow_up_stays_with_the_answer_that_it_follows(tmp_path: Path) -> None:
    previous, history = before(tmp_path, WHY)
    _, answer = run(
        assistant(tmp_path, FakeStore()), turn("which line says so?", context=page(B), previous=previous, history=history)
    )
    assert answer.entities["job_ids"] == [A]
