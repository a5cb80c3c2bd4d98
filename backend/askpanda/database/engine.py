"""Opening the database, reading and writing it, and telling apart what can go wrong with it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, text

from askpanda.errors import ConfigurationError, StorageFull, Unavailable
from askpanda.settings import Settings

#: The newest migration; a test holds it to the migrations folder. Knowing it here spares a start the import of alembic.
HEAD = "0005"

#: Seconds that one process waits for another one's write to SQLite, which lasts milliseconds.
BUSY_SECONDS = 15

#: Milliseconds that emptying the write-ahead log waits for its readers.
SCRUB_MS = 200

_FULL = ("disk is full", "database or disk is full", "no space left", "could not extend file", "disk quota")


def iso(moment: float) -> str:
    """Seconds since 1970 as the contract writes times: 2026-11-23T10:00:00Z."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def translated(error: exc.SQLAlchemyError) -> Unavailable:
    """The driver's error as ours: `StorageFull` where the disk is, else `Unavailable`."""
    if any(sign in str(error).lower() for sign in _FULL):
        return StorageFull("The disk that holds Ask PanDA's records is full: free some space, then ask again.")
    return Unavailable("Ask PanDA's records cannot be read or saved at the moment: try again; askpanda.log says why.")


@contextmanager
def _guarded() -> Iterator[None]:
    """The driver's errors as ours: `StorageFull` or `Unavailable`. A broken constraint passes: it is the caller's to judge."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise translated(error) from error


class Database:
    """One pool of connections; make it after the fork.

    >>> database = Database(settings)
    >>> database.upgrade()
    >>> with database.write() as connection: ...

    `read` and `write` raise `Unavailable` (503) or `StorageFull` (507), making it `ConfigurationError`.
    """

    def __init__(self, settings: Settings) -> None:
        self.state_dir: Path = settings.state_dir
        self.sqlite = not settings.database_url or settings.database_url.startswith("sqlite")
        if self.sqlite:
            settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        url = settings.database_url or f"sqlite:///{settings.state_dir / 'askpanda.db'}"
        try:
            self.engine: Engine = _sqlite_engine(url) if self.sqlite else _server_engine(url)
        except (exc.ArgumentError, ImportError) as error:  # it may hold a password: it is not repeated
            raise ConfigurationError(
                "ASKPANDA_DATABASE_URL is no address that can be used: give one such as postgresql://USER@HOST/NAME."
            ) from error
        # Threads of one process queue here rather than at SQLite's lock, whose waiting is a sleep and not a queue.
        self._turn = threading.Lock() if self.sqlite else nullcontext()
        self._writer = self.engine.execution_options(askpanda_write=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with _guarded(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One short transaction, committed at the end of the block."""
        with _guarded(), self._turn, self._writer.begin() as connection:
            yield connection

    def upgrade(self) -> None:
        """Bring the tables to the newest shape. Several processes may call it at once."""
        with _guarded():
            if self._version() != HEAD:
                from askpanda.database.migrations import run

                run(self.engine, self.state_dir)

    def scrub(self) -> None:
        """Empty SQLite's write-ahead log, in which deleted text stands until it is written over; where readers are in the way,
        a later call does it. PostgreSQL's own VACUUM does that there.
        """
        if not self.sqlite:
            return
        with suppress(exc.DBAPIError, exc.TimeoutError), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute(f"PRAGMA busy_timeout={SCRUB_MS}")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.OperationalError:
                return
            finally:
                driver.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    def ready(self) -> bool:
        """Is the database there, in the shape that this version wants?"""
        try:
            with _guarded():
                return self._version() == HEAD
        except Unavailable:
            return False

    def close(self) -> None:
        self.engine.dispose()

    def _version(self) -> str | None:
        try:
            with self.engine.connect() as connection:
                return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except (exc.OperationalError, exc.ProgrammingError) as error:
            if any(sign in str(error) for sign in ("no such table", "does not exist", "UndefinedTable")):
                return None
            raise


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,  # a statement's values are people's texts: they never reach a log by way of an error
        pool_size=16,
        max_overflow=112,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        # Transactions begin where we say so: a reader that turns writer in mid-transaction fails at once under WAL.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "cache_size=-1024",
            "secure_delete=ON",  # what somebody deletes is overwritten, and not only forgotten where it lies
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("askpanda_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _server_engine(url: str) -> Engine:
    if url.startswith(("postgres://", "postgresql://")):  # the usual spelling means the driver that we bring
        url = "postgresql+psycopg://" + url.partition("://")[2]
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=8, max_overflow=24, pool_timeout=BUSY_SECONDS)
