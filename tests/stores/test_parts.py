"""What a question consists of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.stores.parts import pieces
from askpanda.stores.query import QUESTION_WORDS, Vocabulary, thesaurus, understand


def parts(question: str) -> list[set[str]]:
    """The stems that each part asks for with the reader's own words, the whole question first."""
    understood = understand(question, Vocabulary({}), lambda stem: True)
    return [{next(iter(c.weights)) for c in part.concepts if max(c.weights.values()) == 1.0} for part in understood.parts]


def topics(question: str) -> list[str]:
    return [piece.topic for piece in pieces(question, QUESTION_WORDS)]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("requirements and installation of JEDI", [{"requir", "jedi"}, {"instal", "jedi"}]),
        ("how do the submitter, monitor and sweeper plugins differ?",
         [{"submitt", "plugin"}, {"monitor", "plugin"}, {"sweeper", "plugin"}]),
        ("what are the task states and the job states", [{"task", "state"}, {"job", "state"}]),
        ("difference between killing and finishing a task", [{"kill", "task"}, {"finish", "task"}]),
        ("states of input files compared to output files", [{"state", "input", "file"}, {"state", "output", "file"}]),
        ("What is a heartbeat, and how do I merge files?", [{"heartbeat"}, {"merg", "file"}]),
        ("database node: how much memory, how much disk", [{"databas", "node", "much", "memori"}, {"much", "disk"}]),
    ],
)  # fmt: skip
def test_each_part_keeps_what_the_others_share(question, wanted):
    assert parts(question)[1:] == wanted


@pytest.mark.parametrize(
    "question", ["how do I retry a task", "what is a scout job?", "and", "A and", "from defined to running", "of, and the", ","]
)
def test_one_question_has_no_parts(question):
    assert pieces(question, QUESTION_WORDS) == []


def test_the_sides_of_a_comparison_are_its_topics():
    assert topics("What distinguishes a job from a task?") == ["job", "task"]
    assert topics("pathena or prun, which one for what?") == ["pathena", "prun"]
    assert topics("cpuTime vs ramCount: how is each determined?") == ["cpuTime", "ramCount"]
    assert topics("bring signal and background together") == ["", ""]


def test_a_second_question_leans_on_what_the_first_one_names():
    understood = understand("Which Python does JEDI need, and how do I upgrade it?", Vocabulary({}), lambda stem: True)
    lent = {stem: weight for concept in understood.parts[2].concepts for stem, weight in concept.weights.items()}
    assert 0 < lent["jedi"] < lent["upgrad"] == 1.0


@given(question=st.text(max_size=300))
def test_any_text_has_parts_or_none(question):
    assert all(piece.text.strip() for piece in pieces(question, QUESTION_WORDS))


@pytest.mark.parametrize(
    ("said", "meant"),
    [("vars", "variabl"), ("submission", "submit"), ("died", "death"), ("organisation", "organ"), ("PQs", "pq")],
)
def test_forms_of_a_word_are_one_word(said, meant):
    understood = understand(said, Vocabulary({}), lambda stem: True, thesaurus())
    assert meant in understood.stems()
