"""The `askpanda` command. It works in its own process and needs no server; other packages add commands by entry point.

Nothing slow is imported before a command needs it: `askpanda --help` answers at once.
"""

import logging
import os
import sys
from importlib.metadata import entry_points

import click

from askpanda.cli import asking, keeping, serving
from askpanda.cli.ground import FAILED, vectors_paid
from askpanda.errors import AskPandaError

USAGE = 2


class _Commands(click.Group):
    """Our commands and those that other packages bring under the entry point group `askpanda.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *(entry.name for entry in entry_points(group="askpanda.commands"))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for entry in entry_points(group="askpanda.commands", name=cmd_name):
            loaded = entry.load()
            return loaded if isinstance(loaded, click.Command) else None
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="askpanda", prog_name="askpanda")
@click.pass_context
def cli(context: click.Context) -> None:
    """Answers about PanDA jobs and tasks."""
    context.obj = vectors_paid


for _command in (
    serving.serve,
    serving.upkeep,
    asking.ask,
    asking.compare,
    asking.diagnose,
    asking.search,
    asking.errors,
    keeping.token,
    keeping.pair,
    keeping.usage,
    keeping.purge,
    keeping.gaps,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; every error becomes one line on stderr that says what to do."""
    os.umask(0o077)  # what is written into the state folder is its user's alone
    logging.getLogger().addHandler(logging.NullHandler())  # an answer says itself what it had to do without
    try:
        sys.exit(cli.main(prog_name="askpanda", standalone_mode=False) or 0)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "askpanda"
        _fail(f"{error.format_message()} Try `{command} --help`.", USAGE)
    except click.ClickException as error:
        _fail(error.format_message(), FAILED)
    except click.Abort:
        _fail("Stopped.", FAILED)
    except AskPandaError as error:
        _fail(error.message, FAILED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has enough
        sys.exit(FAILED)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename}" if error.filename else str(error), FAILED)


def _fail(message: str, status: int) -> None:
    click.echo(f"askpanda: {' '.join(message.split())}", err=True)
    sys.exit(status)
