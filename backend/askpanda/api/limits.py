"""Asks per minute and owner, counted in the database: two workers are one backend."""

import time
from typing import Any

from flask import g
from flask_limiter import Limiter
from limits.storage import Storage

from askpanda.database import Database, limits
from askpanda.errors import Unavailable


class DatabaseStorage(Storage):
    """flask-limiter's counters in our database. Give the `Database` as the option `database`."""

    STORAGE_SCHEME = ["askpanda"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, *, database: Database, **_: Any) -> None:
        super().__init__(uri, wrap_exceptions)
        self._database = database

    @property
    def base_exceptions(self) -> type[Exception]:
        return Unavailable

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return limits.increase(self._database, key, expiry, amount)

    def get(self, key: str) -> int:
        return limits.read(self._database, key)[0]

    def get_expiry(self, key: str) -> float:
        return limits.read(self._database, key)[1]

    def check(self) -> bool:
        return self._database.ready()

    def reset(self) -> int:
        return limits.clear(self._database)

    def clear(self, key: str) -> None:
        limits.clear(self._database, key)


def make_limiter(database: Database) -> Limiter:
    return Limiter(
        key_func=lambda: str(g.get("owner", "")),
        storage_uri="askpanda://",
        storage_options={"database": database},  # type: ignore[dict-item]
        strategy="fixed-window",
    )


def seconds_left(limiter: Limiter) -> int:
    """How long until the limit that this request met begins anew."""
    met = limiter.current_limit
    return min(60, max(1, round(met.reset_at - time.time()))) if met is not None else 60
