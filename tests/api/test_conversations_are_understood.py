"""Whole conversations through the real application; the held-back ones are for measuring, so what they say is not printed."""

from collections.abc import Iterator

import pytest

from tests.conversation_set import Say, conversations, speaking, spoken


@pytest.fixture(scope="module")
def say() -> Iterator[Say]:
    with speaking() as asked:
        yield asked


@pytest.mark.parametrize("told", [False, True], ids=["kept here", "told by the client"])
@pytest.mark.timeout(600)
def test_each_turn_of_a_conversation_is_understood(told: bool, say: Say) -> None:
    held = spoken(conversations("held"), say, told=told)
    assert held.share >= 0.78
    tuned = spoken(conversations("tune"), say, told=told)
    assert tuned.share >= 0.94, tuned.wrong


@pytest.mark.timeout(600)
def test_neighbours_of_what_was_misread_are_understood(say: Say) -> None:
    found = spoken(conversations("neighbours"), say)
    assert found.share >= 0.95, found.wrong


def test_as_many_conversations_are_held_back_as_are_read() -> None:
    assert len(conversations("held")) >= len(conversations("tune"))
