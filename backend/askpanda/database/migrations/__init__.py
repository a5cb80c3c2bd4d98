"""How a database comes from one version to the next: numbered steps in `versions`, run by alembic."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy import Connection, Engine

#: Any number that no other program uses for a lock in the same PostgreSQL database.
_ADVISORY_LOCK = 0x41534B50


def configuration() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def run(engine: "Engine", state_dir: Path) -> None:
    """Upgrade to the newest version, one process at a time."""
    from alembic import command

    with _alone(engine, state_dir), engine.connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


@contextmanager
def _alone(engine: "Engine", state_dir: Path) -> "Iterator[None]":
    if engine.dialect.name == "sqlite":
        import fcntl

        with (state_dir / "migration.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with engine.connect() as connection:
        _advisory(connection, "pg_advisory_lock")
        try:
            yield
        finally:
            _advisory(connection, "pg_advisory_unlock")


def _advisory(connection: "Connection", function: str) -> None:
    from sqlalchemy import func, select

    connection.execute(select(getattr(func, function)(_ADVISORY_LOCK)))
    connection.commit()
