"""Each database test runs on SQLite and, where its server is installed, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from askpanda.database import Database
from askpanda.database.tables import metadata
from askpanda.settings import Settings
from tests.postgres import programs, running_postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    if programs() is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return Settings(state_dir=tmp_path, database_url=url)


@pytest.fixture
def empty(config: Settings) -> Iterator[Database]:
    """A database without tables."""
    database = Database(config)
    metadata.drop_all(database.engine)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    yield database
    database.close()


@pytest.fixture
def database(empty: Database) -> Database:
    empty.upgrade()
    return empty
