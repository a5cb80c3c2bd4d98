"""Counters that end by themselves, shared by the workers: what the rate limits stand on."""

import time

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from askpanda.database.engine import Database
from askpanda.database.tables import rate_limits


def increase(database: Database, key: str, seconds: float, amount: int = 1) -> int:
    """The counter's new value. It starts again from nothing `seconds` after its first count."""
    now = time.time()
    dialect = sqlite if database.sqlite else postgresql
    statement = dialect.insert(rate_limits).values(key=key, count=amount, expires=now + seconds)
    over = rate_limits.c.expires <= now
    with database.write() as connection:
        return connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "count": case((over, amount), else_=rate_limits.c.count + amount),
                    "expires": case((over, now + seconds), else_=rate_limits.c.expires),
                },
            ).returning(rate_limits.c.count)
        ).scalar_one()


def read(database: Database, key: str) -> tuple[int, float]:
    """(value, when it ends); (0, now) for one that does not run."""
    now = time.time()
    with database.read() as connection:
        row = connection.execute(
            select(rate_limits.c.count, rate_limits.c.expires).where(rate_limits.c.key == key, rate_limits.c.expires > now)
        ).first()
    return (row[0], row[1]) if row else (0, now)


def clear(database: Database, key: str | None = None) -> int:
    """Remove one counter, or all of them; how many went."""
    with database.write() as connection:
        return connection.execute(delete(rate_limits).where(rate_limits.c.key == key) if key else delete(rate_limits)).rowcount


def remove_expired(database: Database) -> None:
    with database.write() as connection:
        connection.execute(delete(rate_limits).where(rate_limits.c.expires <= time.time()))
