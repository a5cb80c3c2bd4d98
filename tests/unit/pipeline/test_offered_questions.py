"""What an answer offers to be asked next can be answered, and old sources say that they are old."""

from pathlib import Path

import pytest
from pipeline_kit import PARTS, PRUN, WHAT_IS, FakeStore, assistant, hit, run, turn

RECORD = {
    "pandaid": 6518760159, "jobstatus": "failed", "piloterrorcode": 1324, "piloterrordiag": "Service not available",
    "jeditaskid": 43636385, "attemptnr": 1, "maxattempt": 3, "computingsite": "MPPMU",
}  # fmt: skip
PULL = hit("guides/harvester.md", "Harvester > Pull and push", "With pull, a worker holds an empty pilot.", score=0.8)
OTHER = hit("guides/harvester.md", "Harvester", "Harvester is the service that submits pilots for PanDA.", score=0.9)


@pytest.mark.parametrize(
    "question",
    [
        "hi",
        "What is PanDA?",
        "How does Harvester work?",
        "pilot 1150",
        "100",
        "pilot 9999",
        "why did job 6518760159 fail?",
        "status of job 6518760159",
        "please retry task 46374283",
        "show all pilot error codes",
        "list all error codes",
    ],
)
def test_every_offered_question_is_answered_when_asked(tmp_path: Path, question: str) -> None:
    made = assistant(tmp_path, FakeStore([WHAT_IS, PARTS, PRUN, OTHER, PULL]))
    context = {"page": "job", "pandaid": 6518760159, "status": "failed", "job": RECORD} if "6518760159" in question else {}
    _, answer = run(made, turn(question, context=context, round=2))
    assert answer.follow_ups
    for offer in answer.follow_ups:
        _, next_answer = run(made, turn(offer.question, context=context, previous=answer))
        assert next_answer.status in ("answered", "needs"), offer.question
        assert next_answer.intent != "off_topic"
        assert "I do not know what this refers to" not in next_answer.text


def test_a_quoted_source_of_long_ago_is_said_to_be_old(tmp_path: Path) -> None:
    old = hit("panda-docs/old.rst", "Harvester", "Harvester is the service that submits pilots for PanDA.", source="panda-docs")
    old.as_of = "2013-05-01T00:00:00Z"
    _, answer = run(assistant(tmp_path, FakeStore([old])), turn("What is Harvester?"))
    assert any("2013" in warning for warning in answer.warnings)
    _, answer = run(assistant(tmp_path, FakeStore([OTHER])), turn("What is Harvester?"))
    assert answer.warnings == []
