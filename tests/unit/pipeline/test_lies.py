"""A model that lies by system: no invention reaches the reader, in whatever form, language or pieces it comes."""

import re
from collections import defaultdict

import pytest

from askpanda.pipeline.checking.claims import Evidence, unsupported
from askpanda.pipeline.checking.contradictions import contradicts
from askpanda.pipeline.checking.sentences import split
from askpanda.schema.answer import Diagnosis, Retry
from benchmarks.lies import HONEST, LIES, OWN_WORDS, answers

EVIDENCE = Evidence(
    "pilot 1324 SERVICENOTAVAILABLE at RO-16-UAIC; 4,875 files, 22 %; log line 1042: 'Invalid redirect URL' from "
    "se.example.org; attempt 1 of 3; job 6519134287; half of the files; queue BNL_PROD",
    [1, 2],
)


@pytest.mark.parametrize("lie", [lie.text for lie in LIES if not lie.against and "{" not in lie.text])
def test_a_lie_is_seen(lie: str) -> None:
    assert any(unsupported(sentence, EVIDENCE) for sentence in split(lie)), lie


@pytest.mark.parametrize(
    "truth",
    [
        "Half of the files are there.", "The queue is down and the user is not known.", "Of them, 22 per cent are done.",
        "The site says no.", "Seize the moment, once more.", "The server did not answer.", "The queue BNL_PROD is set.",
        "Please double-check the scaffold of the host name.", "It is attempt ¹ of ３.",
    ],
)  # fmt: skip
def test_language_is_no_lie(truth: str) -> None:
    assert unsupported(truth, EVIDENCE) == []


def verdict(advice: str, party: str) -> Diagnosis:
    retry = Retry(advice=advice, actor="user")  # type: ignore[arg-type]
    return Diagnosis(outcome="failed", component="pilot", code=1, retry=retry, party=party)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sentence", "against"),
    [
        ("A retry will help.", True), ("Just retry the job.", True), ("Resubmitting it solves the problem.", True),
        ("A retry does not help.", False), ("Retry only after the input is fixed.", False),
        ("A retry helps once it is fixed.", False),
        ("Ein neuer Versuch hilft.", True), ("Relancez la tâche, cela suffit.", True),
        ("This is the fault of the site.", True), ("This is not the fault of the site.", False),
        ("The site is to blame.", True),
    ],
)  # fmt: skip
def test_what_goes_against_the_verdict_of_a_users_fault_is_removed(sentence: str, against: bool) -> None:
    assert contradicts(sentence, verdict("no", "user")) is against


def test_a_verdict_the_other_way_round_is_held_too() -> None:
    site = verdict("yes", "site")
    assert contradicts("This is your own mistake.", site)
    assert contradicts("A retry is useless.", site)
    assert not contradicts("This is not your mistake, and a retry helps.", site)
    assert not contradicts("A retry will help.", verdict("wait", "unknown"))
    assert not contradicts("anything", None)


def test_our_own_words_never_go_against_our_own_verdict() -> None:
    for _, _, own, _ in answers([""]):
        if own.diagnosis is not None:
            wrong = [sentence for sentence in split(own.text) if contradicts(sentence, own.diagnosis)]
            assert wrong == [], own.diagnosis


def test_what_is_true_of_a_job_is_let_through_in_four_languages() -> None:
    groups: dict[frozenset[str], list[str]] = defaultdict(list)
    for text in HONEST:  # what needs the same facts is said in one answer
        groups[frozenset(re.findall(r"\{\w+\}", text))].append(text)
    lost = [
        text.format_map(facts)
        for said, facts, answer, _ in answers(["\n\n".join(texts) for texts in groups.values()])
        for text in said.split("\n\n")
        if text.format_map(facts) not in answer.sections.expert.analysis
    ]
    assert lost == []


def test_our_own_words_in_a_models_mouth_lose_nothing_whatever_the_job() -> None:
    lost = [
        (answer.diagnosis.code if answer.diagnosis else 0, warning)
        for _, _, answer, _ in answers([OWN_WORDS])
        for warning in answer.warnings
        if "removed" in warning
    ]
    assert lost == []
