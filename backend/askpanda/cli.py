"""The `askpanda` command. It works in its own process and needs no server; other packages add commands by entry point.

Nothing slow is imported before a command needs it: `askpanda --help` answers at once.
"""

import json
import logging
import os
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from askpanda.errors import AskPandaError, ConfigurationError

if TYPE_CHECKING:
    from askpanda.api.rooms import Rooms
    from askpanda.database import Database
    from askpanda.settings import Settings

FAILED, USAGE = 1, 2

#: Between two attempts to make an index in a store that is away.
RETRY_SECONDS = 15.0


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


def _settings() -> "Settings":
    from pydantic import ValidationError

    from askpanda.settings import PREFIX, Settings

    try:
        return Settings()
    except ValidationError as error:
        one = error.errors(include_input=False, include_url=False)[0]
        name = str(one["loc"][0]) if one["loc"] else ""
        variable = name if name.isupper() else PREFIX + name.upper()
        raise ConfigurationError(f"{variable}: {one['msg']}. See `askpanda serve --help`.") from error


def _database(settings: "Settings") -> "Database":
    from askpanda.database import Database

    database = Database(settings)
    database.upgrade()
    return database


def _rooms(settings: "Settings", database: "Database | None" = None) -> "Rooms":
    from askpanda.api.rooms import Rooms

    return Rooms(settings, database=database)


def _json_out(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))


def _read_context(path: Path) -> dict[str, Any]:
    """A JSON object, held to what the server takes: no NaN, no more than 32 levels."""
    from askpanda.api.reading import checked

    try:
        data = checked(json.loads(path.read_text("utf-8-sig")))
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{path} is not JSON: give a file with what POST /ask takes as its context.") from error
    if not isinstance(data, dict):
        raise click.ClickException(f"{path} holds no JSON object: give a file with what POST /ask takes as its context.")
    return data


_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_as_json = click.option("--json", "as_json", is_flag=True, help="print JSON")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="askpanda", prog_name="askpanda")
def cli() -> None:
    """Answers about PanDA jobs and tasks."""


@cli.command(cls=_Serve)
def serve() -> None:
    """Run the backend in the foreground."""
    from askpanda.api.serving import serve as run

    settings = _settings()
    upkeep = [sys.executable, "-m", "askpanda.cli", "upkeep"]
    run(settings, ready=lambda: _say_where(settings), upkeep=upkeep)


@cli.command(hidden=True)
def upkeep() -> None:
    """What `serve` runs beside its workers: make the index, then follow DOCUMENTS_DIR. Ends with its standard input."""
    import threading

    from askpanda.api import logs
    from askpanda_indexer.upkeep import ensure_index, watch

    settings = _settings()
    logs.configure(settings.state_dir / "askpanda.log", settings.log_level)
    stop = threading.Event()

    def end_with_parent() -> None:
        while os.read(0, 1024):  # not sys.stdin: a thread that waits inside of it crashes the interpreter's end
            pass
        stop.set()

    threading.Thread(target=end_with_parent, daemon=True).start()
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
    click.echo(f"Ask PanDA listens on http://{settings.host}:{settings.port}; its token is in {settings.state_dir / 'token'}.")
    click.echo("`askpanda pair` prints a code for the extension; Ctrl+C ends the backend.")


@cli.command()
@click.argument("question")
@click.option("--job", type=click.IntRange(1), help="the job that is asked about")
@click.option("--task", type=click.IntRange(1), help="the task that is asked about")
@click.option("--context", "context_file", type=_file, help="JSON file with what a page knows, as POST /ask takes it")
@click.option("--model", help="one of the configured models, or none")
@click.option("--expert", is_flag=True, help="show the expert's part first")
@_as_json
def ask(
    question: str, job: int | None, task: int | None, context_file: Path | None, model: str | None, expert: bool, as_json: bool
) -> None:
    """Answer QUESTION."""
    from askpanda.terminal import show_answer

    more = {"model": model, "audience": "expert" if expert else "user"}
    answer = _in_process(_settings(), _request(question, job, task, context_file, **more))
    if as_json:
        _json_out(answer.wire())
    else:
        show_answer(answer, expert=expert)
    if answer.status in ("failed", "interrupted"):
        sys.exit(FAILED)


def _request(question: str, job: int | None, task: int | None, context_file: Path | None, **more: Any) -> Any:
    """A checked AskRequest, its secrets cut as the server cuts them."""
    from askpanda.api.reading import validated
    from askpanda.redaction import cut_secrets_deep
    from askpanda.schema.ask import AskRequest

    context = _read_context(context_file) if context_file else {}
    context |= {name: number for name, number in (("pandaid", job), ("jeditaskid", task)) if number is not None}
    return validated(AskRequest, cut_secrets_deep({"question": question, "context": context, **more}))


def _in_process(settings: "Settings", request: Any) -> Any:
    """The Answer, made here; what it needs from a monitor is fetched where MONITOR_URL names one."""
    import asyncio

    from askpanda.database import tokens, usage
    from askpanda.inprocess import answer_here

    database = _database(settings)
    budget = settings.daily_budget_usd
    left = not budget or usage.spent_today(database) < budget
    answer = asyncio.run(answer_here(_rooms(settings, database), request, tokens.LOCAL, left))
    usage.record(database, tokens.LOCAL, answer.usage.calls)
    return answer


@cli.command()
@click.argument("question")
@click.option("--model", "models", multiple=True, help="a configured model, or none; give two or more")
@click.option("--job", type=click.IntRange(1), help="the job that is asked about")
@click.option("--task", type=click.IntRange(1), help="the task that is asked about")
@click.option("--context", "context_file", type=_file, help="JSON file with what a page knows, as POST /ask takes it")
@_as_json
def compare(
    question: str, models: tuple[str, ...], job: int | None, task: int | None, context_file: Path | None, as_json: bool
) -> None:
    """Let two models or more word the same evidence for QUESTION, side by side."""
    import asyncio

    from askpanda.database import tokens, usage
    from askpanda.inprocess import compare_here
    from askpanda.terminal import show_comparison

    names = list(dict.fromkeys(models))
    if len(names) < 2:
        raise click.UsageError("give at least two models: --model A --model B.")
    settings = _settings()
    database = _database(settings)
    request = _request(question, job, task, context_file)

    def budget_left() -> bool:
        return not settings.daily_budget_usd or usage.spent_today(database) < settings.daily_budget_usd

    async def answers() -> list[tuple[str, Any]]:
        made = []
        async for name, answer in compare_here(_rooms(settings), request, tokens.LOCAL, names, budget_left):
            usage.record(database, tokens.LOCAL, answer.usage.calls)
            made.append((name, answer))
        return made

    found = asyncio.run(answers())
    if as_json:
        rows = [{"model": name, "answer": answer.wire()} for name, answer in found]
        _json_out({"question": request.question, "answers": rows})
    else:
        show_comparison(found)


@cli.command()
@click.argument("job_file", metavar="JOB.json", type=_file)
@click.argument("logs", metavar="[LOG ...]", nargs=-1, type=_file)
@_as_json
def diagnose(job_file: Path, logs: tuple[Path, ...], as_json: bool) -> None:
    """Say why a job failed, from its record and logs, without a model."""
    from askpanda.inprocess import diagnose_here
    from askpanda.terminal import show_diagnosis

    verdict = diagnose_here(_rooms(_settings()), job_file, logs)
    if verdict is None:
        raise click.ClickException(f"The job in {job_file} did not end badly: there is nothing to diagnose.")
    if as_json:
        _json_out(verdict)
    else:
        show_diagnosis(verdict)


@cli.command()
@click.argument("question")
@click.option("-k", "count", type=click.IntRange(1, 50), default=5, show_default=True, help="how many passages")
@click.option("--source", help="only from this source")
@_as_json
def search(question: str, count: int, source: str | None, as_json: bool) -> None:
    """Show the passages that answer QUESTION."""
    from dataclasses import asdict

    from askpanda.terminal import show_passages

    hits = _rooms(_settings()).store.search(question, k=count, source=source)
    if as_json:
        _json_out({"results": [asdict(hit) for hit in hits]})
    else:
        show_passages(hits)


@cli.command()
@click.argument("component", required=False)
@click.argument("code", required=False, type=int)
@_as_json
def errors(component: str | None, code: int | None, as_json: bool) -> None:
    """Explain error codes: all, those of COMPONENT, or one."""
    from askpanda.api import errors as listing
    from askpanda.terminal import show_entries, show_entry

    catalogue = _rooms(_settings()).catalogue
    names = [listing.known_component(component)] if component else catalogue.components()
    if component and code is not None:
        entry = listing.find(catalogue, component, code)
        _json_out(listing.fields(entry)) if as_json else show_entry(entry)
        return
    entries = [entry for word in ([component] if component else names) for entry in catalogue.component(word)]
    if as_json:
        _json_out({"components": names, "errors": [listing.fields(entry) for entry in entries]})
    else:
        show_entries(entries)


@cli.group()
def token() -> None:
    """Tokens for programs that call the backend."""


@token.command("create")
@click.argument("owner")
def token_create(owner: str) -> None:
    """Make a token for OWNER and print it, once."""
    from askpanda.database import tokens

    click.echo(f"Token of {owner}: {tokens.create(_database(_settings()), _owner(owner), 'command line')}")


@cli.command()
@click.option("--as", "owner", help="whose questions the paired browser asks; default: local")
def pair(owner: str | None) -> None:
    """Print a one-time code for the extension."""
    from askpanda.database import tokens

    code = tokens.offer_code(_database(_settings()), _owner(owner or tokens.LOCAL))
    click.echo(f"Pairing code, good once within two minutes: {code}")


def _owner(word: str) -> str:
    if not word.strip() or len(word) > 128 or not word.isprintable():
        raise click.UsageError("an owner is a name of 1 to 128 printable characters.")
    return word.strip()


@cli.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@_as_json
def usage(days: int, as_json: bool) -> None:
    """Show model calls, tokens and cost by day and model."""
    from askpanda.database import usage as records
    from askpanda.terminal import show_usage

    rows = records.by_day(_database(_settings()), days)
    _json_out({"usage": rows}) if as_json else show_usage(rows, days)


@cli.command()
@click.option("--days", type=click.FloatRange(0), help="remove what nobody used for this long; default: the setting")
def purge(days: float | None) -> None:
    """Remove old conversations, expired uploads, and what is remembered of jobs that ended long ago."""
    from askpanda.database import conversations, limits, uploads, verdicts, wordings

    settings = _settings()
    database = _database(settings)
    old = conversations.remove_older(database, settings.conversation_keep_days if days is None else days)
    expired = uploads.remove_expired(database)
    limits.remove_expired(database)
    jobs = verdicts.remove_older(database, settings.verdict_keep_days if days is None else days)
    wordings.remove_older(database, settings.wording_keep_days if days is None else min(days, settings.wording_keep_days))
    click.echo(f"Removed: {old} conversations, {expired} uploads, the verdicts of {jobs} jobs.")


@cli.command()
@click.option("--days", type=click.IntRange(1), help="how far to look back")
@click.option("--json", "as_json", is_flag=True)
@click.option("--forget", is_flag=True, help="remove the questions, once the documents have been improved")
def gaps(days: int | None, as_json: bool, forget: bool) -> None:
    """Questions that the documents did not answer well, those asked most first."""
    from dataclasses import asdict

    from askpanda.stores import gaps as kept

    settings = _settings()
    if forget:
        click.echo(f"Removed: {kept.forget(settings)} questions.")
        return
    found = kept.gaps(settings, days)
    if as_json:
        _json_out([asdict(gap) for gap in found])
        return
    if not found:
        click.echo("Every question of that time found something.")
    for gap in found:
        click.echo(f"{gap.count:>4}  {gap.last}  {gap.covered:>4.0%}  {gap.question}")


if __name__ == "__main__":
    main()
