"""`askpanda index`: what the search knows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import click

from askpanda.errors import AskPandaError

if TYPE_CHECKING:  # what takes long to import is imported where it is used: every `askpanda` command loads this module
    from rich.console import Console

    from askpanda.settings import Settings
    from askpanda_indexer.sources import Source

#: Lines of a report about single files, before the rest is only counted.
MOST_LINES = 40
#: Files that share a reason before they share a line.
FEW = 3


@click.group()
def index() -> None:
    """Documents that questions are answered from."""


@index.command()
def build() -> None:
    """Index the corpus: guides, error catalogue, glossary. What was added besides stays."""
    from askpanda_indexer.corpus import corpus_sources

    _run(lambda settings: corpus_sources())


@index.command()
@click.argument("source")
@click.option("--name", help="name of the source; default: the folder's or file's")
@click.option("--url", help="address that its passages link to: https://host/{stem}.html, or a base address")
def add(source: str, name: str | None, url: str | None) -> None:
    """Index SOURCE: a known name, a folder, a file, a git address, a site by its sitemap, or the address of a JSON file.

    Known are panda-docs, panda-api, pilot, rucio, rubin-panda, pilot-errors, server-errors, monitor-errors and cric-queues.
    Files may be reStructuredText, Markdown, HTML, PDF, text, mail archives (.mbox), and exported threads, tickets, queues and
    error descriptions (.json, .csv); named by itself, an error module of pilot or server (.py) or an OpenAPI description
    (.yaml). Where another run is indexing, this one waits for its end.
    """
    from askpanda_indexer.sources import source_for

    _run(lambda settings: [source_for(source, settings.state_dir / "sources", name, url)])


@index.command()
def status() -> None:
    """What is in the index."""
    from rich.console import Console

    from askpanda.settings import settings
    from askpanda_indexer.run import left_without_vectors, state

    store, sources = state(settings())
    out = Console(soft_wrap=True)
    if not store.ready:
        raise click.ClickException(store.message)
    out.print(f"{store.kind} at {store.place}: {store.documents} passages, {store.size / 1024**2:.1f} MB, build {store.build}")
    if store.vectors:
        left = left_without_vectors(settings())
        lacking = f"; {left:,} without one yet: `askpanda index build` makes them" if left else ""
        out.print(f"vectors of {store.vectors}{lacking}", markup=False, highlight=False)
    rows = [("source", "passages", "files", "indexed", "place")]
    for name in sorted({*store.sources, *sources}):
        about = sources.get(name, {})
        place = str(about.get("place", ""))
        counts = (str(store.sources.get(name, 0)), str(len(about.get("files", {}))))
        rows.append((name, *counts, str(about.get("indexed", "")), place))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        out.print("  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)), markup=False, highlight=False)
    for name, about in sorted(sources.items()):
        if about.get("failed"):
            out.print(f"{name}: {about['failed']}", markup=False, highlight=False)
        _list(out, [f"{name}: {line}" for line in _by_reason(about.get("skipped", []))])


@index.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take the source NAME out of the index."""
    from askpanda.settings import settings
    from askpanda_indexer.run import remove as take_out

    try:
        click.echo(f"{name}: {take_out(settings(), name)} passages removed.")
    except AskPandaError as error:
        raise click.ClickException(error.message) from error


def _run(choose: Callable[[Settings], list[Source]]) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from askpanda.settings import settings
    from askpanda_indexer.run import PATIENCE, run

    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
            tasks: dict[str, TaskID] = {}
            left: list[str] = []

            def progress(name: str, done: int, total: int | None) -> None:
                if name not in tasks:
                    tasks[name] = bar.add_task(name, total=total)
                bar.update(tasks[name], completed=done)

            with _paid():
                reports = run(settings(), choose(settings()), progress, wait=PATIENCE, say=left.append)
    except AskPandaError as error:
        raise click.ClickException(error.message) from error
    out = Console(soft_wrap=True)
    for report in reports:
        lines = [*_by_reason([(s.path, s.reason) for s in report.skipped]), *report.remarks]
        _list(out, [f"{report.name}: {line}" for line in lines])
        counts = f"{report.chunks} passages of {report.files} files"
        changes = f"{report.written} passages written, {report.unchanged} files unchanged, {report.removed} removed"
        out.print(f"{report.name}: {counts} ({changes}) in {report.seconds:.1f} s", markup=False, highlight=False)
    for line in left:
        click.echo(f"Note: {line}", err=True)
    failed = [report.failed for report in reports if report.failed]
    for line in failed:
        click.echo(f"Error: {line}", err=True)
    if failed:
        sys.exit(1)


def _paid() -> AbstractContextManager[None]:
    """What pays for vectors: the command line hands it down."""
    given = click.get_current_context().find_root().obj
    paid: AbstractContextManager[None] = given() if callable(given) else nullcontext()
    return paid


def _by_reason(skipped: Iterable[Sequence[str]]) -> list[str]:
    """A line a file; files that were passed over for one reason share a line where they are many."""
    paths: dict[str, list[str]] = {}
    for path, reason in skipped:
        paths.setdefault(reason, []).append(path)
    lines = []
    for reason, those in paths.items():
        if len(those) <= FEW:
            lines += [f"{path}: {reason}" for path in those]
        else:
            lines.append(f"{len(those)} files: {reason} ({', '.join(those[:FEW])}, …)")
    return lines


def _list(out: Console, lines: list[str]) -> None:
    for line in lines[:MOST_LINES]:
        out.print(line, markup=False, highlight=False)
    if len(lines) > MOST_LINES:
        out.print(f"… and {len(lines) - MOST_LINES} more", highlight=False)
