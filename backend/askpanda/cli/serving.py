"""The backend in the foreground, and what runs beside its workers."""

import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from askpanda.cli.ground import read_settings, vectors_paid
from askpanda.errors import AskPandaError

if TYPE_CHECKING:
    from askpanda.settings import Settings

#: Between two attempts to make an index in a store that is away.
RETRY_SECONDS = 15.0


class _Serve(click.Command):
    """Its help ends with the table of settings."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from askpanda.settings import PREFIX, Settings

        rows = []
        for name, field in Settings.model_fields.items():
            variable = str(field.validation_alias.choices[0]) if field.validation_alias else PREFIX + name.upper()  # type: ignore[union-attr]
            default = field.get_default(call_default_factory=True, validated_data={})
            shown = ",".join(default) if isinstance(default, list) else str(default or "")
            rows.append((variable, f"{field.description}" + (f" [{shown}]" if shown else "")))
        with formatter.section("Settings (environment variables)"):
            formatter.write_dl(rows)


@click.command(cls=_Serve)
def serve() -> None:
    """Run the backend in the foreground."""
    from askpanda.api.serving import serve as run

    settings = read_settings()
    upkeep = [sys.executable, "-m", "askpanda.cli", "upkeep"]
    run(settings, ready=lambda: _say_where(settings), upkeep=upkeep)


@click.command(hidden=True)
def upkeep() -> None:
    """What `serve` runs beside its workers: make the index, then follow DOCUMENTS_DIR. Ends with its standard input."""
    import threading

    from askpanda.api import logs
    from askpanda_indexer.upkeep import ensure_index, watch

    settings = read_settings()
    logs.configure(settings.state_dir / "askpanda.log", settings.log_level)
    stop = threading.Event()

    def end_with_parent() -> None:
        while os.read(0, 1024):  # not sys.stdin: a thread that waits inside of it crashes the interpreter's end
            pass
        stop.set()

    threading.Thread(target=end_with_parent, daemon=True).start()
    with vectors_paid():
        tries = 0
        while not _index_made(settings, ensure_index):
            tries += 1
            if tries == 1:
                click.echo("the index could not be made yet")  # the backend waits for a first word, not for success
            if stop.wait(RETRY_SECONDS):
                return
        click.echo("the index is there")
        watch(settings, stop)


def _index_made(settings: "Settings", ensure_index: Callable[["Settings"], object]) -> bool:
    try:
        ensure_index(settings)
    except AskPandaError as error:  # the store may come back
        logging.getLogger("askpanda.upkeep").warning("the index could not be made: %s", error.message)
        return False
    return True


def _say_where(settings: "Settings") -> None:
    from askpanda.models.prices import beyond_budget

    click.echo(f"Ask PanDA listens on http://{settings.host}:{settings.port}; its token is in {settings.state_dir / 'token'}.")
    if unpriced := beyond_budget(settings):
        names = ", ".join(unpriced)
        click.echo(f"The price of {names} is not known, so no budget holds for it: give one in ASKPANDA_PRICES.", err=True)
    click.echo("`askpanda pair` prints a code for the extension; Ctrl+C ends the backend.")
