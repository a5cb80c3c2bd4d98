"""The migrations make the tables that the code knows, on both kinds of database, once, whoever starts first."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from askpanda.database import Database, answers, conversations
from askpanda.database.engine import HEAD
from askpanda.database.migrations import configuration
from askpanda.database.tables import metadata
from askpanda.errors import Unavailable
from askpanda.settings import Settings


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    assert differences == []


def test_a_migration_can_be_taken_back(database: Database) -> None:
    with database.engine.connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert not database.ready()
    database.upgrade()
    assert database.ready()


def test_processes_that_start_together_upgrade_once(empty: Database, config: Settings) -> None:
    assert not empty.ready()
    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(Database(config).upgrade) for _ in range(4)]:
            result.result()
    assert empty.ready()


def test_a_database_that_is_none_is_unavailable_and_not_ready(tmp_path: Path) -> None:
    (tmp_path / "askpanda.db").write_bytes(b"this is no database" * 100)
    database = Database(Settings(state_dir=tmp_path))
    assert not database.ready()
    with pytest.raises(Unavailable):
        database.upgrade()


def test_statements_with_peoples_texts_never_stand_in_an_error(tmp_path: Path) -> None:
    from sqlalchemy import exc, text

    database = Database(Settings(state_dir=tmp_path))
    with pytest.raises(exc.DBAPIError) as caught, database.engine.connect() as connection:
        connection.execute(text("INSERT INTO nothing VALUES (:x)"), {"x": "somebody's text"})
    assert "somebody's text" not in str(caught.value)


def test_what_was_kept_before_is_still_there_and_is_found(database: Database) -> None:
    """A changed table is copied on SQLite; the copy's end must not take, by cascade, what points at the table."""
    begun = answers.begin(database, "me", "Why did it fail?", "{}")
    done = answers.Stored(1, "done", json.dumps({"text": "The disk of the worker node was full."}))
    answers.finish(database, "me", begun.message_id, [done], "answered")
    with database.engine.connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        connection.commit()
        connection.exec_driver_sql("SELECT 1")
        command.upgrade(config, "head")
        connection.commit()
    assert answers.events_after(database, begun.message_id, 0)[0] == [done]
    assert [row["id"] for row in conversations.listed(database, "me", "worker FULL")] == [begun.conversation_id]
