"""The router against labelled questions; the held-back ones are for measuring, so their floors are the product's targets."""

import pytest
from routing_score import Score, cases, score

from askpanda.catalogue import load


@pytest.fixture(scope="module", params=["tune", "held"])
def result(request: pytest.FixtureRequest) -> Score:
    return score(cases(request.param), load())


def test_questions_reach_the_intent_their_asker_meant(result: Score) -> None:
    assert result.intent_share >= 0.92, result.wrong


def test_ids_are_found_in_every_way_of_writing_them(result: Score) -> None:
    assert result.id_share >= 0.98, result.wrong


def test_places_windows_codes_and_people_are_found(result: Score) -> None:
    assert result.entity_share >= 0.95, result.wrong


def test_language_of_the_question_is_told(result: Score) -> None:
    assert result.languages / result.questions >= 0.98, result.wrong


def test_enough_questions_are_held_back() -> None:
    held, tuned = len(cases("held")), len(cases("tune"))
    assert held >= 650
    assert held >= 0.3 * (held + tuned)
