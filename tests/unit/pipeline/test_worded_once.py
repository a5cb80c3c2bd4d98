"""The same question on the same evidence is paid once, whoever asks; what is personal stays with its owner."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pipeline_kit import PARTS, WHAT_IS, FakeModel, FakeRegistry, FakeStore, events_of, run, settings, turn
from sqlalchemy import select, update

from askpanda.catalogue import load
from askpanda.database import Database, conversations
from askpanda.database.tables import wordings
from askpanda.errors import ModelDown
from askpanda.pipeline.assistant import Assistant
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import Answer
from askpanda.schema.ask import HistoryTurn

GOOD = ["## description\nPanDA is a workload management system [1].", " It began at ATLAS in 2005 [1].\n"]
BEGUN = ["## description\nPanDA is a workload management system [1]. It"]
JOB = {"pandaid": 7, "jobstatus": "failed", "computingsite": "MWT2", "piloterrorcode": 1324, "attemptnr": 1, "maxattempt": 3}
ON_JOB = {"page": "job", "pandaid": 7, "job": JOB}


class CountingModel(FakeModel):
    """Counts how often it was asked."""

    asked = 0

    async def stream(self, messages: list[Any], on_text: Any) -> Any:
        self.asked += 1
        return await super().stream(messages, on_text)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(settings(tmp_path))
    opened.upgrade()
    yield opened
    opened.close()


def made(database: Database, model: FakeModel, passages: list[Any] | None = None, **given: Any) -> Assistant:
    registry: Any = FakeRegistry(model)
    return Assistant(settings(database.state_dir, **given), load(), FakeStore(passages or [WHAT_IS, PARTS]), registry, database)


def owned(asked: Turn, owner: str, message_id: str = "m2") -> Turn:
    return replace(asked, owner=owner, message_id=message_id)


def test_the_second_reader_gets_the_first_ones_words_and_no_model_is_asked(database: Database) -> None:
    model = CountingModel(GOOD)
    first_events, first = run(made(database, model), turn("What is PanDA?"))
    # another process, another reader, the same question in other letters
    events, second = run(made(database, model), owned(turn("  what is  panda"), "somebody else"))
    assert model.asked == 1
    assert second.sections == first.sections
    assert second.usage.calls == []
    assert any("from the store, as of 20" in warning for warning in second.warnings)
    assert not any("from the store" in warning for warning in first.warnings)
    assert {event.name for event in events} == {event.name for event in first_events}
    said = "".join(event.data["text"] for event in events if event.name == "token")
    assert said.strip() == first.sections.description.strip()


def test_other_evidence_another_language_or_another_model_is_another_question(database: Database) -> None:
    model = CountingModel(GOOD)
    run(made(database, model), turn("What is PanDA?"))
    run(made(database, model), turn("What is PanDA?", language="fr"))
    run(made(database, model, [WHAT_IS]), turn("What is PanDA?"))  # a new build of the index without that passage
    other = CountingModel(GOOD, name="fake/other")
    run(made(database, other), turn("What is PanDA?"))
    assert (model.asked, other.asked) == (3, 1)


def test_words_on_a_job_serve_their_owner_alone(database: Database) -> None:
    model = CountingModel(["## description\nJob 7 failed at MWT2.\n"])
    asked = turn("why did this fail?", context=ON_JOB, round=2)
    run(made(database, model), asked)
    _, again = run(made(database, model), replace(asked, message_id="m2"))
    assert model.asked == 1
    assert again.diagnosis is not None
    assert again.usage.calls == []
    run(made(database, model), owned(asked, "somebody else"))
    assert model.asked == 2
    with database.read() as connection:
        assert {row.owner for row in connection.execute(select(wordings))} == {"me", "somebody else"}


@pytest.mark.parametrize(
    "given",
    [
        {"history": [HistoryTurn(role="user", content="hi"), HistoryTurn(role="assistant", content="hello")]},
        {"context": {"page": "home", "selection": "text of my own"}},
    ],
)
def test_what_was_said_or_marked_before_is_shared_with_nobody(database: Database, given: dict[str, Any]) -> None:
    run(made(database, CountingModel(GOOD)), turn("What is PanDA?", **given))
    with database.read() as connection:
        assert [row.owner for row in connection.execute(select(wordings))] == ["me"]


def test_words_that_go_with_a_conversation_are_deleted_with_it(database: Database) -> None:
    from askpanda.database import answers

    begun = answers.begin(database, "me", "why did this fail?", "{}")
    asked = replace(turn("why did this fail?", context=ON_JOB, round=2), conversation_id=begun.conversation_id)
    run(made(database, CountingModel(["## description\nJob 7 failed at MWT2.\n"])), asked)
    conversations.remove(database, "me", begun.conversation_id)
    with database.read() as connection:
        assert connection.execute(select(wordings)).all() == []


@pytest.mark.parametrize("problem", [ModelDown("cut off"), None])
def test_what_broke_or_did_not_hold_is_not_kept(database: Database, problem: Exception | None) -> None:
    pieces = ["## description\nIt serves 912 sites. It began in 1817.\n"] if problem is None else GOOD[:1]
    run(made(database, FakeModel(pieces, problem=problem)), turn("What is PanDA?"))
    model = CountingModel(GOOD)
    _, answer = run(made(database, model), turn("What is PanDA?"))
    assert model.asked == 1
    assert answer.usage.calls[0].cost_usd == 0.002


def test_readers_who_come_together_wait_for_one_call(database: Database) -> None:
    class Slow(CountingModel):
        async def stream(self, messages: list[Any], on_text: Any) -> Any:
            await asyncio.sleep(0.5)
            return await super().stream(messages, on_text)

    model = Slow(GOOD)
    workers = [made(database, model), made(database, model)]

    async def all_of_them() -> list[Answer]:
        asked = [owned(turn("What is PanDA?"), f"reader {n}", f"m{n}") for n in range(8)]
        found = await asyncio.gather(*[events_of(workers[n % 2], one) for n, one in enumerate(asked)])
        return [Answer.model_validate(events[-1].data) for events in found]

    answers = asyncio.run(all_of_them())
    assert model.asked == 1
    assert len({answer.text for answer in answers}) == 1
    assert sorted(len(answer.usage.calls) for answer in answers) == [0] * 7 + [1]


def test_who_follows_words_that_break_off_reads_the_rest_in_our_own(database: Database) -> None:
    class Breaking(CountingModel):
        async def stream(self, messages: list[Any], on_text: Any) -> Any:
            self.asked += 1
            for piece in [*GOOD, "## user.causes\n- It is large"]:
                await on_text(piece)
                await asyncio.sleep(1)  # long enough to be followed
            raise ModelDown("cut off")

    model = Breaking()
    workers = [made(database, model), made(database, model)]

    async def both() -> list[Answer]:
        first = asyncio.ensure_future(events_of(workers[0], owned(turn("What is PanDA?"), "one", "m1")))
        await asyncio.sleep(1.5)
        second = await events_of(workers[1], owned(turn("What is PanDA?"), "two", "m2"))
        return [Answer.model_validate(events[-1].data) for events in (await first, second)]

    first, second = asyncio.run(both())
    assert model.asked == 1
    assert second.status == "answered"
    assert "workload management system" in second.text
    assert any("broke off" in warning for warning in second.warnings)
    assert second.usage.calls == [], "who follows another's words has asked no model"
    assert first.status == "answered"


def test_a_dead_worker_loses_its_lease_and_the_next_reader_makes_the_words(database: Database) -> None:
    run(made(database, CountingModel(GOOD)), turn("What is PanDA?"))
    with database.write() as connection:  # as a worker that was killed leaves it: in the making, without a sign since long
        connection.execute(update(wordings).values(text="## desc", lease=1.0, holder="the dead"))
    model = CountingModel(GOOD)
    _, answer = run(made(database, model), turn("What is PanDA?"))
    assert model.asked == 1
    assert "workload management" in answer.text


async def _left(assistant: Assistant) -> None:
    stream = assistant.answer(turn("What is PanDA?"))
    async for event in stream:
        if event.name == "token":
            break
    await stream.aclose()  # type: ignore[attr-defined]


def test_a_reader_who_leaves_hands_the_words_to_who_waits(database: Database) -> None:
    asyncio.run(_left(made(database, FakeModel(BEGUN, waits=True))))
    model = CountingModel(GOOD)
    run(made(database, model), turn("What is PanDA?"))
    assert model.asked == 1


def test_keeping_can_be_switched_off(database: Database) -> None:
    model = CountingModel(GOOD)
    for _ in range(2):
        run(made(database, model, wording_keep_days=0), turn("What is PanDA?"))
    assert model.asked == 2


def test_a_database_that_is_away_costs_the_saving_and_no_answer(database: Database) -> None:
    assistant = made(database, CountingModel(GOOD))
    database.close()
    file = database.state_dir / "askpanda.db"
    for one in database.state_dir.glob("askpanda.db*"):
        one.unlink()
    file.mkdir()
    _, answer = run(assistant, turn("What is PanDA?"))
    assert answer.sections.description.startswith("PanDA is a workload management system")
