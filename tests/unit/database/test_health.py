"""A model that keeps failing is left alone, on every worker, and comes back by itself."""

from typing import Any

import pytest

from askpanda.database import Database, health


def outcome(code: str, wait: int | None = None, model: str = "openai/x") -> dict[str, Any]:
    return {"model": model, "code": code, "retry_after": wait}


def test_a_model_that_fails_again_and_again_rests_and_the_others_do_not(database: Database) -> None:
    for _ in range(8):
        health.note(database, outcome("model_down"))
    assert health.resting(database, "openai/x") == 0
    health.note(database, outcome("model_down"))
    assert 0 < health.resting(database, "openai/x") <= health.REST_SECONDS
    assert health.resting(database, "openai/y") == 0


def test_time_outs_count_more_for_they_cost_every_reader_their_time(database: Database) -> None:
    for _ in range(3):
        assert health.resting(database, "openai/x") == 0
        health.note(database, outcome("model_timeout"))
    assert health.resting(database, "openai/x") > 0


def test_an_answer_forgets_the_failures_before_it(database: Database) -> None:
    for _ in range(20):
        health.note(database, outcome("model_timeout"))
        health.note(database, outcome(""))
        health.note(database, outcome("model_down"))
        health.note(database, outcome(""))
    assert health.resting(database, "openai/x") == 0


def test_a_wait_that_the_provider_names_is_kept_and_a_moment_is_none(database: Database) -> None:
    health.note(database, outcome("model_busy", 2))
    assert health.resting(database, "openai/x") == 0
    health.note(database, outcome("model_busy", 30))
    assert 25 <= health.resting(database, "openai/x") <= 30
    health.note(database, outcome("model_busy", 36000, "openai/y"))
    assert health.resting(database, "openai/y") <= health.LONGEST_REST_SECONDS


def test_after_its_rest_one_failure_is_enough(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = health.time.time()
    for _ in range(3):
        health.note(database, outcome("model_timeout"))
    monkeypatch.setattr(health.time, "time", lambda: now + health.REST_SECONDS + 2)
    assert health.resting(database, "openai/x") == 0
    health.note(database, outcome("model_down"))
    assert health.resting(database, "openai/x") > 0
