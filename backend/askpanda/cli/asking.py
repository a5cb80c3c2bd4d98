"""Commands that answer: questions, comparisons, diagnoses, passages, error codes. They need no server."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from askpanda.cli.ground import (
    A_FILE,
    FAILED,
    as_json_option,
    json_out,
    open_database,
    purse_of,
    read_settings,
    rooms_of,
)

if TYPE_CHECKING:
    from askpanda.settings import Settings


@click.command()
@click.argument("question")
@click.option("--job", type=click.IntRange(1), help="the job that is asked about")
@click.option("--task", type=click.IntRange(1), help="the task that is asked about")
@click.option("--context", "context_file", type=A_FILE, help="JSON file with what a page knows, as POST /ask takes it")
@click.option("--model", help="one of the configured models, or none")
@click.option("--expert", is_flag=True, help="show the expert's part first")
@as_json_option
def ask(
    question: str, job: int | None, task: int | None, context_file: Path | None, model: str | None, expert: bool, as_json: bool
) -> None:
    """Answer QUESTION."""
    from askpanda.terminal import show_answer

    more = {"model": model, "audience": "expert" if expert else "user"}
    answer = _in_process(read_settings(), _request(question, job, task, context_file, **more))
    if as_json:
        json_out(answer.wire())
    else:
        show_answer(answer, expert=expert)
    if answer.status in ("failed", "interrupted"):
        sys.exit(FAILED)


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

    from askpanda.database import tokens
    from askpanda.inprocess import answer_here

    database = open_database(settings)
    return asyncio.run(answer_here(rooms_of(settings, database), request, tokens.LOCAL, database))


@click.command()
@click.argument("question")
@click.option("--model", "models", multiple=True, help="a configured model, or none; give two or more")
@click.option("--job", type=click.IntRange(1), help="the job that is asked about")
@click.option("--task", type=click.IntRange(1), help="the task that is asked about")
@click.option("--context", "context_file", type=A_FILE, help="JSON file with what a page knows, as POST /ask takes it")
@as_json_option
def compare(
    question: str, models: tuple[str, ...], job: int | None, task: int | None, context_file: Path | None, as_json: bool
) -> None:
    """Let two models or more word the same evidence for QUESTION, side by side."""
    import asyncio

    from askpanda.database import tokens
    from askpanda.inprocess import compare_here
    from askpanda.terminal import show_comparison

    names = list(dict.fromkeys(models))
    if len(names) < 2:
        raise click.UsageError("give at least two models: --model A --model B.")
    settings = read_settings()
    database = open_database(settings)
    request = _request(question, job, task, context_file)

    async def answers() -> list[tuple[str, Any]]:
        return [pair async for pair in compare_here(rooms_of(settings, database), request, tokens.LOCAL, names, database)]

    found = asyncio.run(answers())
    if as_json:
        rows = [{"model": name, "answer": answer.wire()} for name, answer in found]
        json_out({"question": request.question, "answers": rows})
    else:
        show_comparison(found)


@click.command()
@click.argument("job_file", metavar="JOB.json", type=A_FILE)
@click.argument("logs", metavar="[LOG ...]", nargs=-1, type=A_FILE)
@as_json_option
def diagnose(job_file: Path, logs: tuple[Path, ...], as_json: bool) -> None:
    """Say why a job failed, from its record and logs, without a model."""
    from askpanda.inprocess import diagnose_here
    from askpanda.terminal import show_diagnosis

    verdict = diagnose_here(rooms_of(read_settings()), job_file, logs)
    if verdict is None:
        raise click.ClickException(f"The job in {job_file} did not end badly: there is nothing to diagnose.")
    if as_json:
        json_out(verdict)
    else:
        show_diagnosis(verdict)


@click.command()
@click.argument("question")
@click.option("-k", "count", type=click.IntRange(1, 50), default=5, show_default=True, help="how many passages")
@click.option("--source", help="only from this source")
@as_json_option
def search(question: str, count: int, source: str | None, as_json: bool) -> None:
    """Show the passages that answer QUESTION."""
    from dataclasses import asdict

    from askpanda.terminal import show_passages

    settings = read_settings()
    purse = purse_of(settings)
    try:
        with purse.paying_vectors():
            hits = rooms_of(settings).store.search(question, k=count, source=source)
    finally:
        purse.settle()
    if as_json:
        json_out({"results": [asdict(hit) for hit in hits]})
    else:
        show_passages(hits)


@click.command()
@click.argument("component", required=False)
@click.argument("code", required=False, type=int)
@as_json_option
def errors(component: str | None, code: int | None, as_json: bool) -> None:
    """Explain error codes: all, those of COMPONENT, or one."""
    from askpanda.api import errors as listing
    from askpanda.terminal import show_entries, show_entry

    catalogue = rooms_of(read_settings()).catalogue
    names = [listing.known_component(component)] if component else catalogue.components()
    if component and code is not None:
        entry = listing.find(catalogue, component, code)
        json_out(listing.fields(entry)) if as_json else show_entry(entry)
        return
    entries = [entry for word in ([component] if component else names) for entry in catalogue.component(word)]
    if as_json:
        json_out({"components": names, "errors": [listing.fields(entry) for entry in entries]})
    else:
        show_entries(entries)
