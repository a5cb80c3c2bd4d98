"""Budgets of a day, held by many questions at once: what a call may cost is set aside before it is made.

The budget is the installation's, or one provider's; workers and the command line share it. What is set aside goes when the
answer's usage is kept. What a process that died had set aside is booked as if it had been spent: its provider will do so.
"""

import time
import uuid

from sqlalchemy import Connection, delete, func, insert, select, text

from askpanda.database import usage
from askpanda.database.engine import Database
from askpanda.database.tables import holds
from askpanda.schema.answer import PaidCall

#: PostgreSQL's name of our lock: two transactions that look at the sum at once would both find room (SQLite has one writer).
_LOCK = 7_210_541


def hold(
    database: Database, owner: str, answer_id: str, expected: PaidCall, *, daily: float, provider: float, seconds: float
) -> bool:
    """Set aside what a call is expected to cost, for `seconds`; False where a budget (US$; 0: none) has no room.

    There is room while what was spent and set aside is below the budget: a call that begins may go beyond it, one only.
    Raises `Unavailable`.
    """
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        whose = expected.model.partition("/")[0]
        for budget, name in ((daily, ""), (provider, whose)):
            if budget and usage.spent(connection, name) + _held(connection, name) >= budget:
                return False
        connection.execute(
            insert(holds).values(
                id=uuid.uuid4().hex, answer_id=answer_id, owner=owner, model=expected.model[:200], purpose=expected.purpose,
                input_tokens=expected.input_tokens, usd=expected.cost_usd, expires=time.time() + seconds,
            )
        )  # fmt: skip
    return True


def release(connection: Connection, answer_id: str) -> None:
    """The answer's usage is kept in the same transaction."""
    connection.execute(delete(holds).where(holds.c.answer_id == answer_id))


def book_expired(database: Database) -> int:
    """Count what nobody has accounted for as spent, by estimate; how many calls that were."""
    with database.write() as connection:
        expired = delete(holds).where(holds.c.expires <= time.time()).returning(holds)
        rows = connection.execute(expired).all()
        for row in rows:
            call = PaidCall(
                model=row.model, purpose=row.purpose, input_tokens=int(row.input_tokens), cost_usd=row.usd,
                failed=True, estimated=True,
            )  # fmt: skip
            usage.add(connection, row.owner, [call])
    return len(rows)


def _held(connection: Connection, provider: str) -> float:
    query = select(func.coalesce(func.sum(holds.c.usd), 0.0))
    if provider:
        query = query.where(holds.c.model.startswith(f"{provider}/", autoescape=True))
    return float(connection.execute(query).scalar_one())
