"""True values of another thing, in another unit, at another place: over the evidence of every kind of answer."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.pipeline.checking.claims import Evidence, unsupported
from askpanda.pipeline.checking.contradictions import contradicts
from askpanda.pipeline.checking.sentences import split
from askpanda.pipeline.kept import OWN, pieces_of
from benchmarks.scenes import HELD, Scene, scenes

SCENES = {scene.name: scene for scene in scenes()}
#: Of 100 lies so many have to be removed, and of 100 honest sentences let through.
REMOVED, KEPT = 99, 99
#: The same for sentences that no rule was made with.
REMOVED_OF_HELD, KEPT_OF_HELD = 84, 97


def test_lies_made_of_true_values_are_removed() -> None:
    lies = [(scene, lie) for scene in SCENES.values() for lie in scene.lies]
    shown = [(scene.name, lie) for scene, lie in lies if scene.said(lie)]
    assert len(lies) >= 300
    assert 100 * len(shown) <= (100 - REMOVED) * len(lies), shown


def test_honest_sentences_are_let_through() -> None:
    truths = [(scene, truth) for scene in SCENES.values() for truth in scene.honest]
    lost = [(scene.name, truth, unsupported(truth, scene.evidence)) for scene, truth in truths if not scene.said(truth)]
    assert len(truths) >= 300
    assert 100 * len(lost) <= (100 - KEPT) * len(truths), lost


def test_sentences_that_no_rule_was_made_with_are_judged_nearly_as_well() -> None:
    held = list(scenes(HELD))
    lies = [not scene.said(lie) for scene in held for lie in scene.lies]
    truths = [bool(scene.said(truth)) for scene in held for truth in scene.honest]
    assert min(len(lies), len(truths)) >= 150
    assert 100 * sum(lies) >= REMOVED_OF_HELD * len(lies), sum(lies)
    assert 100 * sum(truths) >= KEPT_OF_HELD * len(truths), sum(truths)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_our_own_words_pass_whole(scene: Scene) -> None:
    own = next(text for label, text in pieces_of(scene.text) if label == OWN)
    wrong = [(unit, missing) for unit in split(own) if (missing := unsupported(unit, scene.evidence))]
    assert wrong == []


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_lie_is_removed_in_pieces_of_any_size(scene: Scene) -> None:
    for size in (1, 2, 5, 17):
        for sentence in (*scene.lies[:4], *scene.honest[:4]):
            assert bool(scene.said(sentence, size)) is bool(scene.said(sentence)), (size, sentence)


def _numbers(scene: Scene) -> set[float]:
    """Everything in the evidence that can be read as a number, names and times among it."""
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", scene.text.replace(",", ""))}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(SCENES)),
    st.integers(0, 100),
    st.integers(11, 10**9),
    st.sampled_from(
        ["{n} files", "{n} jobs", "{n} MB", "{n} s", "job {n}", "line {n}", "{n} attempts", "{n} events", "code {n}"]
    ),
    st.sampled_from([" ({what})", " and {what}", ", {what},", " [{what}]"]),
)  # fmt: skip
def test_an_invented_number_at_any_place_of_a_true_sentence_never_gets_out(
    name: str, where: int, number: int, what: str, how: str
) -> None:
    scene = SCENES[name]
    truth = next(one for one in scene.honest if one.isascii() and "`" not in one and '"' not in one and "|" not in one)
    words = truth.removeprefix("REC: ").split(" ")
    at = where % (len(words) + 1)
    said = " ".join([*words[:at], how.format(what=what.format(n=number)).strip(), *words[at:]])
    near = {
        value
        for value in _numbers(scene)
        for factor in (1, 60, 1000, 1024, 3600)
        for value in (value, value * factor, value / factor)
    }
    if any(abs(value - number) <= 0.13 * value for value in near if value):
        return  # it may be a way of saying something that is there
    assert str(number) not in scene.said(said)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(SCENES)), st.from_regex(r"[a-z]{3,8}-[a-z]{2,6}\d{1,3}\.[a-z]{4,9}\.example\.com", fullmatch=True)
)
def test_an_invented_host_never_gets_out(name: str, host: str) -> None:
    scene = SCENES[name]
    for sentence in (
        f"It ran on {host}.",
        f"The storage {host} did not answer.",
        f"Die Datei liegt auf {host}.",
        f"- {host}: failed",
    ):
        assert host not in scene.said(sentence)


#: What a number could be taken for, and is none.
ODD = [
    "7 MB", "188.184.99.17", "12,345,67", "nan", "inf", "1.2.3.4", "9" * 400, "1e999", "-0", "5.", "½", "٣ GB",
    "12:99:99", "2026-99-99", "% of", "[1", "`x", '"', "Job 1 of 2 failed", "3 files",
]  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(sorted(SCENES)),
    st.lists(st.sampled_from(ODD) | st.text(max_size=12), max_size=12),
    st.lists(st.sampled_from(ODD), min_size=1, max_size=6),
)
def test_no_text_of_a_model_or_a_log_breaks_the_check(name: str, words: list[str], log: list[str]) -> None:
    scene, said = SCENES[name], " ".join(words)
    unsupported(said, scene.evidence)
    contradicts(said, scene.verdict)
    for claim in ("7 MB and 3 h at CERN", "Job 77002 failed with 12 files.", said):
        unsupported(claim, Evidence(f"Job 77002 failed. running on wn1 ({') ('.join(log)})", [1]))
