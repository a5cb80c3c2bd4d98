"""Whatever a call of a model came to, what it cost is noted: also one that failed, was cut off, or only sorted a question."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pipeline_kit import PARTS, WHAT_IS, FakeModel, FakeRegistry, FakeStore, run, settings, turn

from askpanda.catalogue import load
from askpanda.database import Database, usage
from askpanda.errors import ModelDown, ModelNotAsked, ModelRefused, ModelTimeout
from askpanda.pipeline.assistant import Assistant
from askpanda.pipeline.purse import BUDGET_SPENT, Purse
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import ModelCall

GOOD = "## description\nPanDA is a workload management system [1].\n"
JOB = {"pandaid": 7, "jobstatus": "failed", "computingsite": "MWT2", "piloterrorcode": 1235, "attemptnr": 1, "maxattempt": 3}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(settings(tmp_path))
    opened.upgrade()
    yield opened
    opened.close()


def made(database: Database, model: FakeModel, **given: Any) -> Assistant:
    registry: Any = FakeRegistry(model)
    return Assistant(settings(database.state_dir, **given), load(), FakeStore([WHAT_IS, PARTS]), registry, database)


def paid(database: Database, asked: Turn, **given: Any) -> Turn:
    return replace(asked, purse=Purse(settings(database.state_dir, **given), database, "me", asked.message_id))


@pytest.mark.parametrize(
    ("problem", "pieces", "costs"),
    [
        (ModelDown("cut"), [GOOD, "It"], True),
        (ModelTimeout("late"), [], True),
        (ModelRefused("no key"), [], False),
        (ModelDown("away"), [], False),
    ],
)
def test_a_failed_call_costs_what_was_under_way_by_estimate_and_one_that_was_refused_costs_nothing(
    database: Database, problem: Exception, pieces: list[str], costs: bool
) -> None:
    asked = paid(database, turn("What is PanDA?"))
    _, answer = run(made(database, FakeModel(pieces, problem=problem, name="openai/gpt-5-mini")), asked)
    (call,) = [call for call in answer.usage.calls if call.purpose == "answer"]
    assert (call.failed, call.estimated, call.cost_usd > 0, call.input_tokens > 0) == (True, costs, costs, costs)
    assert asked.purse.calls == [call]


def test_an_answer_whose_provider_counts_no_tokens_is_not_told_as_free(database: Database) -> None:
    uncounted = ModelCall(model="openai/gpt-5-mini", input_tokens=0, output_tokens=7)
    asked = paid(database, turn("What is PanDA?"))
    _, answer = run(made(database, FakeModel([GOOD], name="openai/gpt-5-mini", call=uncounted)), asked)
    (call,) = [call for call in answer.usage.calls if call.purpose == "answer"]
    assert (call.failed, call.estimated, call.output_tokens) == (False, True, round(len(GOOD) / 3.5))
    assert call.input_tokens > 100
    assert call.cost_usd > 0


def test_a_call_that_is_cut_off_with_its_reader_is_noted(database: Database) -> None:
    purse = Purse(settings(database.state_dir), database, "me", "m1")
    model = FakeModel(["some words"], waits=True, name="openai/gpt-5-mini")

    async def leave() -> None:
        async def hear(_: str) -> None:
            heard.set()

        heard = asyncio.Event()
        task = asyncio.ensure_future(purse.ask(model, [], hear))
        await heard.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(leave())
    (call,) = purse.calls
    assert (call.estimated, call.output_tokens) == (True, 3)


def test_a_model_without_a_price_is_not_said_to_cost_nothing(database: Database) -> None:
    asked = paid(database, turn("What is PanDA?"))
    _, answer = run(made(database, FakeModel([GOOD], problem=ModelDown("cut"), name="openai/of-tomorrow")), asked)
    assert [call.priced for call in answer.usage.calls if call.purpose == "answer"] == [False]


def test_a_budget_without_room_costs_the_reader_the_models_words_and_nothing_else(database: Database) -> None:
    limits = {"daily_budget_usd": 0.5}
    usage.record(database, "somebody", [ModelCall(model="openai/x", cost_usd=0.6)])
    model = FakeModel([GOOD], name="openai/gpt-5-mini")
    asked = paid(database, turn("What is PanDA?"), **limits)  # it began before the others had spent all
    _, answer = run(made(database, model, **limits), asked)
    assert model.messages == []
    assert answer.status == "answered"
    assert answer.warnings == [BUDGET_SPENT]
    assert [call.model for call in answer.usage.calls if call.purpose == "answer"] == ["none"], "and no words from the store"
    with pytest.raises(ModelNotAsked):
        asyncio.run(asked.purse.ask(model, [], None))  # type: ignore[arg-type]


def test_words_on_a_job_with_the_same_cause_are_told_when_the_budget_is_spent(database: Database) -> None:
    def asked(number: int, used: int, **outer: Any) -> Turn:
        diag = f"job has exceeded the memory limit {used} kB > 4096000 kB"
        job = {**JOB, "pandaid": number, "piloterrordiag": diag, "maxpss": used}
        return turn(f"Why did job {number} fail?", context={"page": "job", "pandaid": number, "job": job}, round=2, **outer)

    model = FakeModel(["## description\nThe payload of job 6519140001 at MWT2 used 5127336 kB of memory.\n"])
    run(made(database, model), asked(6519140001, 5127336))
    model.messages = []
    _, told = run(made(database, model), replace(asked(6519140002, 6127399, budget_left=False), message_id="m2"))
    assert told.sections.description.startswith("The payload of job 6519140002 at MWT2 used 6127399 kB of memory.")
    assert any("another job with the same cause" in warning for warning in told.warnings)
    assert BUDGET_SPENT not in told.warnings
    other = {"page": "job", "pandaid": 9, "job": {**JOB, "pandaid": 9, "piloterrorcode": 1324}}
    _, own = run(made(database, model), turn("why did this fail?", context=other, round=2, budget_left=False, language="fr"))
    assert model.messages == []
    assert BUDGET_SPENT in own.warnings
    assert any("English only" in warning for warning in own.warnings)
