"""A day's budget holds for many questions at once, whichever process asks, and nothing that was spent is lost."""

import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select, update

from askpanda.database import Database, answers, budgets, usage
from askpanda.database.tables import holds
from askpanda.schema.answer import ModelCall

CALL = ModelCall(model="openai/x", input_tokens=1000, cost_usd=1 / 64)  # a sum of which is exact


def hold(database: Database, answer_id: str, call: ModelCall = CALL, daily: float = 10 / 64, provider: float = 0.0) -> bool:
    return budgets.hold(database, "me", answer_id, call, daily=daily, provider=provider, seconds=60)


def test_two_hundred_questions_at_once_pass_a_budget_by_no_more_than_one_call(database: Database) -> None:
    with ThreadPoolExecutor(16) as pool:
        allowed = sum(pool.map(lambda n: hold(database, f"a{n}"), range(200)))
    assert allowed == 10
    for n in range(200):  # whoever was allowed has spent what was set aside
        with database.write() as connection:
            if connection.execute(select(holds.c.id).where(holds.c.answer_id == f"a{n}")).first():
                usage.add(connection, "me", [CALL])
            budgets.release(connection, f"a{n}")
    assert usage.spent_today(database) == 10 / 64
    assert not hold(database, "later")


def test_a_call_that_has_begun_may_be_dear_and_the_next_may_not(database: Database) -> None:
    assert hold(database, "a", ModelCall(model="openai/x", cost_usd=5.0), daily=0.000001)
    assert not hold(database, "b", daily=0.000001)


def test_a_providers_budget_is_its_own(database: Database) -> None:
    assert hold(database, "a", daily=0, provider=0.01)
    assert not hold(database, "b", daily=0, provider=0.01)
    assert hold(database, "c", ModelCall(model="mistral/x", cost_usd=0.01), daily=0, provider=0.01)


def test_what_was_set_aside_goes_with_the_answer_that_is_kept(database: Database) -> None:
    begun = answers.begin(database, "me", "why?", "{}")
    assert hold(database, begun.message_id, daily=0.01)
    answers.finish(database, "me", begun.message_id, [], "answered", [ModelCall(model="openai/x", cost_usd=0.001)])
    assert hold(database, "another", daily=0.01), "there is room again: it cost less than was set aside"
    usage.record(database, "me", [ModelCall(model="openai/x", cost_usd=0.001)], "another")
    with database.read() as connection:
        assert connection.execute(select(holds)).all() == []


def test_what_a_process_that_died_had_set_aside_is_counted_as_spent_and_said_to_be_estimated(database: Database) -> None:
    hold(database, "a")
    assert budgets.book_expired(database) == 0
    with database.write() as connection:
        connection.execute(update(holds).values(expires=time.time() - 1))
    assert budgets.book_expired(database) == 1
    (row,) = usage.by_purpose(database, 1)
    assert (row["cost_usd"], row["estimated"], row["failed"], row["input_tokens"]) == (1 / 64, 1, 1, 1000)


def test_usage_tells_purposes_apart_and_what_is_failed_estimated_or_without_a_price(database: Database) -> None:
    usage.record(database, "me", [
        ModelCall(model="openai/x", input_tokens=100, output_tokens=10, cost_usd=0.5, cached_tokens=40),
        ModelCall(model="openai/x", purpose="routing", input_tokens=10, cost_usd=0.1),
        ModelCall(model="openai/x", purpose="routing", failed=True),
        ModelCall(model="openai/y", purpose="embedding", input_tokens=7, priced=False),
        ModelCall(model="openai/x", input_tokens=50, cost_usd=0.25, failed=True, estimated=True),
    ])  # fmt: skip
    answer, routing, y = usage.by_purpose(database, 1)
    assert [row["purpose"] for row in (answer, routing, y)] == ["answer", "routing", "embedding"]
    counts = {"calls": 2, "input_tokens": 150, "failed": 1, "estimated": 1, "unpriced": 0, "cached_tokens": 40}
    assert {name: answer[name] for name in counts} == counts
    x, _ = usage.by_day(database, 1)
    assert (x["calls"], x["input_tokens"]) == (4, 160)
    assert (y["unpriced"], y["cost_usd"]) == (1, 0.0)
