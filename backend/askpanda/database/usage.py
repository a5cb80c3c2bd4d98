"""What the models were used for and what it cost, by day (UTC), owner, model and purpose."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from askpanda.database.engine import Database, iso
from askpanda.database.tables import answers, events, holds, turns, usage
from askpanda.schema.answer import PaidCall

_SUMS = ("calls", "input_tokens", "output_tokens", "cost_usd", "cached_tokens", "failed", "estimated", "unpriced")
#: Answers that are listed with their cost, and that are looked through for them.
ANSWERS_LISTED, ANSWERS_READ = 100, 1000


def today() -> str:
    return datetime.fromtimestamp(time.time(), UTC).date().isoformat()


def add(connection: Connection, owner: str, calls: Sequence[PaidCall]) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for call in calls:
        row = {
            "calls": 1, "input_tokens": call.input_tokens, "output_tokens": call.output_tokens, "cost_usd": call.cost_usd,
            "cached_tokens": call.cached_tokens, "failed": int(call.failed), "estimated": int(call.estimated),
            "unpriced": int(not call.priced),
        }  # fmt: skip
        statement = dialect.insert(usage).values(day=today(), owner=owner, model=call.model[:200], purpose=call.purpose, **row)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "owner", "model", "purpose"],
                set_={name: usage.c[name] + statement.excluded[name] for name in row},
            )
        )


def record(database: Database, owner: str, calls: Sequence[PaidCall], answer_id: str = "") -> None:
    """Of what is no answer that is kept: what was set aside for it (`askpanda.database.budgets`) goes."""
    if calls:
        with database.write() as connection:
            add(connection, owner, calls)
            if answer_id:
                connection.execute(delete(holds).where(holds.c.answer_id == answer_id))


def by_day(database: Database, days: int, owner: str | None = None) -> list[dict[str, Any]]:
    """Per day and model, the newest first: calls, tokens, cost. Without an owner: of everybody."""
    return _summed(database, days, owner, ("day", "model"), _SUMS[:4])


def by_purpose(database: Database, days: int, owner: str | None = None) -> list[dict[str, Any]]:
    """The same per purpose, and more of it.

    `failed`, `estimated` and `unpriced` are calls: those that gave no answer, whose tokens the provider did not count, and
    whose price is not known, so that `cost_usd` is without them.
    """
    return _summed(database, days, owner, ("day", "model", "purpose"), _SUMS)


def _summed(database: Database, days: int, owner: str | None, by: Sequence[str], sums: Sequence[str]) -> list[dict[str, Any]]:
    first = (datetime.fromtimestamp(time.time(), UTC).date() - timedelta(days=days - 1)).isoformat()
    columns = [usage.c[name] for name in by]
    query = (
        select(*columns, *(func.sum(usage.c[name]).label(name) for name in sums))
        .where(usage.c.day >= first)
        .group_by(*columns)
        .order_by(usage.c.day.desc(), *columns[1:])
    )
    if owner is not None:
        query = query.where(usage.c.owner == owner)
    with database.read() as connection:
        rows = connection.execute(query).mappings().all()
    return [{name: value if name in (*by, "cost_usd") else int(value) for name, value in row.items()} for row in rows]


def by_answer(database: Database, days: int, owner: str | None = None) -> list[dict[str, Any]]:
    """The calls of the last answers that are still there and asked a model, the newest first: what each of them cost."""
    query = (
        select(answers.c.id, answers.c.created, answers.c.model, turns.c.question, events.c.data)
        .join(turns, turns.c.id == answers.c.turn_id)
        .join(events, (events.c.answer_id == answers.c.id) & (events.c.name == "done"))
        .where(answers.c.created >= time.time() - days * 86400)
        .order_by(answers.c.created.desc(), answers.c.id)
        .limit(ANSWERS_READ)
    )
    if owner is not None:
        query = query.where(answers.c.owner == owner)
    with database.read() as connection:
        rows = connection.execute(query).all()
    made = []
    for row in rows:
        calls = [call for call in json.loads(row.data)["usage"]["calls"] if call["model"] != "none"]
        if calls:
            line = {"message_id": row.id, "created": iso(row.created), "question": row.question, "calls": calls}
            made.append({**line, "cost_usd": sum(call["cost_usd"] for call in calls)})
    return made[:ANSWERS_LISTED]


def spent_today(database: Database, provider: str = "") -> float:
    """US dollars since midnight UTC, everybody's: the budget is the installation's, or one of a single provider."""
    with database.read() as connection:
        return spent(connection, provider)


def spent(connection: Connection, provider: str = "") -> float:
    """The same within a transaction."""
    query = select(func.coalesce(func.sum(usage.c.cost_usd), 0.0)).where(usage.c.day == today())
    if provider:
        query = query.where(usage.c.model.startswith(f"{provider}/", autoescape=True))
    return float(connection.execute(query).scalar_one())
