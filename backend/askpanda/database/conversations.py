"""Conversations: what was asked and what was answered, seen by their owner alone."""

import json
import time
from typing import Any

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import aliased

from askpanda.database.engine import Database, iso
from askpanda.database.tables import answers, conversations, events, turns
from askpanda.errors import NotFound
from askpanda.schema.answer import Answer
from askpanda.schema.ask import HistoryTurn

LIST_LIMIT = 200
TITLE_LIMIT = 100
#: Turns of a conversation that the pipeline is given.
HISTORY_TURNS = 12

_UNKNOWN = "There is no such conversation: it may have been deleted. Start a new one by leaving conversation_id out."


def title_of(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LIMIT else line[: TITLE_LIMIT - 1].rstrip() + "…"


def listed(database: Database, owner: str) -> list[dict[str, Any]]:
    """The owner's conversations, the last used first."""
    with database.read() as connection:
        rows = connection.execute(
            select(conversations)
            .where(conversations.c.owner == owner)
            .order_by(conversations.c.updated.desc(), conversations.c.id)
            .limit(LIST_LIMIT)
        ).all()
    return [{"id": r.id, "title": r.title, "created": iso(r.created), "updated": iso(r.updated)} for r in rows]


def require(database: Database, owner: str, conversation_id: str) -> None:
    """Raises `NotFound` unless the conversation is there and the owner's."""
    with database.read() as connection:
        found = connection.execute(
            select(conversations.c.id).where(conversations.c.id == conversation_id, conversations.c.owner == owner)
        ).scalar()
    if found is None:
        raise NotFound(_UNKNOWN)


def _exchanges(database: Database, owner: str, conversation_id: str, last: int | None = None) -> list[Any]:
    """One row per turn, oldest first: its question and the answer of its last round, with the `done` event's data."""
    other = aliased(answers)
    last_round = select(func.max(other.c.round)).where(other.c.turn_id == turns.c.id).correlate(turns).scalar_subquery()
    query = (
        select(
            turns.c.id.label("turn_id"), turns.c.question, turns.c.created.label("asked"),
            answers.c.id, answers.c.status, answers.c.created, events.c.data,
        )
        .select_from(turns)
        .join(answers, and_(answers.c.turn_id == turns.c.id, answers.c.round == last_round))
        .join(events, and_(events.c.answer_id == answers.c.id, events.c.name == "done"), isouter=True)
        .where(turns.c.conversation_id == conversation_id, turns.c.owner == owner)
        .order_by(turns.c.created.desc(), answers.c.created.desc())
    )  # fmt: skip
    if last is not None:
        query = query.limit(last)
    with database.read() as connection:
        rows = connection.execute(query).all()
    return list({row.turn_id: row for row in reversed(rows)}.values())


def read(database: Database, owner: str, conversation_id: str) -> dict[str, Any]:
    """`{id, messages}`; raises `NotFound`. An answer that still runs has no `answer` yet."""
    require(database, owner, conversation_id)
    messages: list[dict[str, Any]] = []
    for row in _exchanges(database, owner, conversation_id):
        answer = json.loads(row.data) if row.data else None
        messages.append({"id": row.turn_id, "role": "user", "text": row.question, "answer": None, "created": iso(row.asked)})
        messages.append(
            {
                "id": row.id,
                "role": "assistant",
                "text": answer["text"] if answer else "",
                "answer": answer,
                "created": iso(row.created),
            }
        )
    return {"id": conversation_id, "messages": messages}


def past(
    database: Database, owner: str, conversation_id: str, without_turn: str | None = None
) -> tuple[list[HistoryTurn], Answer | None]:
    """What was said so far, oldest first, and the last answer. `without_turn` is the turn that is being asked now."""
    history: list[HistoryTurn] = []
    previous: Answer | None = None
    for row in _exchanges(database, owner, conversation_id, last=HISTORY_TURNS + 1):
        if row.turn_id == without_turn:
            continue
        history.append(HistoryTurn(role="user", content=row.question))
        if row.data:
            previous = _answer(row.data) or previous
            history.append(HistoryTurn(role="assistant", content=json.loads(row.data)["text"]))
    return history, previous


def _answer(data: str) -> Answer | None:
    """A kept answer; None where an older version kept it in a shape that is no longer understood."""
    try:
        return Answer.model_validate_json(data)
    except ValueError:
        return None


def remove(database: Database, owner: str, conversation_id: str) -> None:
    """With everything in it; raises `NotFound`."""
    with database.write() as connection:
        gone = connection.execute(
            delete(conversations).where(conversations.c.id == conversation_id, conversations.c.owner == owner)
        ).rowcount
    if not gone:
        raise NotFound(_UNKNOWN)


def remove_older(database: Database, days: float) -> int:
    """How many conversations were removed that nobody used for `days`."""
    with database.write() as connection:
        return connection.execute(delete(conversations).where(conversations.c.updated < time.time() - days * 86400)).rowcount
