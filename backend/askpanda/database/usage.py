"""What the models were used for and what it cost, by day (UTC), owner, model and purpose."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from askpanda.database.engine import Database
from askpanda.database.tables import usage
from askpanda.schema.answer import ModelCall


def today() -> str:
    return datetime.fromtimestamp(time.time(), UTC).date().isoformat()


def add(connection: Connection, owner: str, calls: Sequence[ModelCall]) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for call in calls:
        row = {
            "calls": 1, "input_tokens": call.input_tokens, "output_tokens": call.output_tokens, "cost_usd": call.cost_usd,
        }  # fmt: skip
        statement = dialect.insert(usage).values(day=today(), owner=owner, model=call.model[:200], purpose=call.purpose, **row)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "owner", "model", "purpose"],
                set_={name: usage.c[name] + statement.excluded[name] for name in row},
            )
        )


def record(database: Database, owner: str, calls: Sequence[ModelCall]) -> None:
    if calls:
        with database.write() as connection:
            add(connection, owner, calls)


def by_day(database: Database, days: int, owner: str | None = None) -> list[dict[str, Any]]:
    """Per day and model, the newest first: calls, tokens, cost. Without an owner: of everybody."""
    first = (datetime.fromtimestamp(time.time(), UTC).date() - timedelta(days=days - 1)).isoformat()
    query = (
        select(
            usage.c.day,
            usage.c.model,
            *(func.sum(usage.c[name]) for name in ("calls", "input_tokens", "output_tokens", "cost_usd")),
        )
        .where(usage.c.day >= first)
        .group_by(usage.c.day, usage.c.model)
        .order_by(usage.c.day.desc(), usage.c.model)
    )
    if owner is not None:
        query = query.where(usage.c.owner == owner)
    with database.read() as connection:
        rows = connection.execute(query).all()
    return [
        {
            "day": day,
            "model": model,
            "calls": int(calls),
            "input_tokens": int(read),
            "output_tokens": int(written),
            "cost_usd": cost,
        }
        for day, model, calls, read, written, cost in rows
    ]


def spent_today(database: Database, provider: str = "") -> float:
    """US dollars since midnight UTC, everybody's: the budget is the installation's, or one of a single provider."""
    query = select(func.coalesce(func.sum(usage.c.cost_usd), 0.0)).where(usage.c.day == today())
    if provider:
        query = query.where(usage.c.model.startswith(f"{provider}/", autoescape=True))
    with database.read() as connection:
        return float(connection.execute(query).scalar_one())
