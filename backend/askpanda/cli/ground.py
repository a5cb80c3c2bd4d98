"""What every command stands on: the settings, the database, the rooms of the house, and the options they share."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from askpanda.errors import ConfigurationError

if TYPE_CHECKING:
    from askpanda.api.rooms import Rooms
    from askpanda.database import Database
    from askpanda.pipeline.purse import Purse
    from askpanda.settings import Settings

#: The status of a command that could not do its work.
FAILED = 1

#: A file that is there.
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: `--json`, the parameter `as_json`.
as_json_option = click.option("--json", "as_json", is_flag=True, help="print JSON")


def read_settings() -> "Settings":
    """The settings of the environment; ConfigurationError names the variable that is wrong."""
    from pydantic import ValidationError

    from askpanda.settings import PREFIX, Settings

    try:
        return Settings()
    except ValidationError as error:
        one = error.errors(include_input=False, include_url=False)[0]
        name = str(one["loc"][0]) if one["loc"] else ""
        variable = name if name.isupper() else PREFIX + name.upper()
        raise ConfigurationError(f"{variable}: {one['msg']}. See `askpanda serve --help`.") from error


def open_database(settings: "Settings") -> "Database":
    """The database, brought to the newest form of its tables."""
    from askpanda.database import Database

    database = Database(settings)
    database.upgrade()
    return database


def purse_of(settings: "Settings") -> "Purse":
    """What pays for vectors here; no database is opened where no provider is asked for them."""
    from askpanda.database import tokens
    from askpanda.models.local_embeddings import PREFIX
    from askpanda.pipeline.purse import Purse

    if settings.embeddings in ("", "none") or settings.embeddings.startswith(PREFIX):
        return Purse()
    return Purse(settings, open_database(settings), tokens.LOCAL)


@contextmanager
def vectors_paid() -> Iterator[None]:
    """Within the block, vectors of the index are counted and keep to the budgets. Commands of other packages find it in
    their context's `obj`.
    """
    with purse_of(read_settings()).paying_the_index():
        yield


def rooms_of(settings: "Settings", database: "Database | None" = None) -> "Rooms":
    """What answers questions in this process; `database` as Rooms takes it."""
    from askpanda.api.rooms import Rooms

    return Rooms(settings, database=database)


def json_out(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2))
