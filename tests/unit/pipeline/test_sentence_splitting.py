"""Streams are cut into units that can be checked: whole sentences, items, code blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.pipeline.checking.sentences import UNIT_LIMIT, Sentences, split


def words(text: str) -> list[str]:
    return [unit.strip() for unit in split(text)]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("It took 3.5 h. Then it failed.", ["It took 3.5 h.", "Then it failed."]),
        ("See e.g. the log, i.e. pilotlog.txt. Next.", ["See e.g. the log, i.e. pilotlog.txt.", "Next."]),
        ("It failed. [1] It ran at MWT2 [2].", ["It failed. [1]", "It ran at MWT2 [2]."]),
        ("Use `a. B` here. Done.", ["Use `a. B` here.", "Done."]),
        ("- one. Two\n- three", ["- one.", "Two", "- three"]),
        ("1. first\n2. second", ["1. first", "2. second"]),
        ("## user.problem\nThe job failed.", ["## user.problem", "The job failed."]),
        ("A line\nthat goes on. End", ["A line\nthat goes on.", "End"]),
        ('```bash\nprun --exec "a. B"\n```\nAfter.', ['```bash\nprun --exec "a. B"\n```', "After."]),
        ("Really? Yes! Good.", ["Really?", "Yes!", "Good."]),
    ],
)
def test_units_end_where_a_reader_would_say_so(text: str, units: list[str]) -> None:
    assert words(text) == units


@given(st.text(alphabet=st.sampled_from("ab1 .,!?\n-*#`[]()\"'e.g"), max_size=300), st.integers(1, 7))
def test_nothing_is_lost_or_added_whatever_comes_in_whatever_pieces(text: str, size: int) -> None:
    cut = Sentences()
    units = [unit for start in range(0, len(text), size) for unit in cut.feed(text[start : start + size])] + cut.end()
    assert "".join(units) == text


@pytest.mark.parametrize("size", [1, 2, 5, 11])
def test_a_stream_is_cut_like_the_whole_text(size: int) -> None:
    text = "It ran 3.5 h, e.g. too long. [2] See `x. y`.\n\n- a. B\n- c\n\n```\nx. Y\n```\nThe end. Really"
    cut = Sentences()
    units = [unit for start in range(0, len(text), size) for unit in cut.feed(text[start : start + size])] + cut.end()
    assert units == split(text)


def test_a_sentence_is_given_out_before_the_next_one_is_complete() -> None:
    cut = Sentences()
    assert cut.feed("The job failed. And th") == ["The job failed."]


def test_a_sentence_waits_for_the_citation_that_may_follow() -> None:
    cut = Sentences()
    assert cut.feed("The job failed. [") == []
    assert cut.feed("1] More") == ["The job failed. [1]"]


def test_a_sentence_without_end_is_cut_rather_than_kept() -> None:
    cut = Sentences()
    units = cut.feed("word " * 5000)
    assert units
    assert all(len(unit) <= UNIT_LIMIT + 10 for unit in units)
