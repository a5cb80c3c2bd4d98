"""An indexing run: sources into a new build, swapped in as a whole.

What has not changed (by the hash of its content) is not touched. A source that cannot be read, that comes back empty or
at half its size keeps what the index has of it, and the report says so.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from askpanda.errors import AskPandaError, Unavailable
from askpanda.settings import Settings
from askpanda.stores import index_folder, open_store
from askpanda.stores.base import Build, StoreStatus
from askpanda_indexer.page import Unreadable
from askpanda_indexer.reading import Skipped
from askpanda_indexer.sources import Item, Source
from askpanda_indexer.vectors import LEFT, Progress, add_vectors, forget_kept, note_left

#: Changes when parsers or chunks change, so that unchanged files are read again.
SCHEME = 5
#: Seconds that a start, or who adds a source meanwhile, waits for another process that is at the same index.
PATIENCE = 120.0
#: A source that comes back with less than this share of its files has probably broken.
SHRUNK = 0.5
SHRUNK_FROM = 8  # files; below, people do remove half of a folder


@dataclass(slots=True)
class SourceReport:
    """What a run did with one source."""

    name: str
    files: int = 0  # files that the index now holds
    chunks: int = 0
    written: int = 0  # chunks that are new or changed
    unchanged: int = 0  # files
    removed: int = 0  # files
    skipped: list[Skipped] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    failed: str = ""  # why the source as a whole could not be read
    seconds: float = 0.0


def _nothing(name: str, done: int, total: int | None) -> None:
    """No progress is shown."""


def _quiet(_: str) -> None:
    """Nothing is said of what is left."""


def run(
    settings: Settings,
    sources: Sequence[Source],
    progress: Progress = _nothing,
    wait: float = 0.0,
    notes: dict[str, dict[str, str]] | None = None,
    say: Callable[[str], None] = _quiet,
) -> list[SourceReport]:
    """Index sources into the configured store; without any, passages without vectors get them. `notes`: what to keep in the
    manifest beside a source. `say` is told what a budget has left undone.

    Raises Unavailable where another run is at it for longer than `wait` seconds, or the store is away.
    """
    with locked(settings, wait):
        prepared: list[tuple[Source, str]] = []
        for source in sources:
            # Before the build begins: a clone may take minutes and must not hold it.
            prepared.append((source, _prepare(source)))
        with open_store(settings).build() as build:
            reports = [_index(build, source, failed, progress) for source, failed in prepared]
            for name, note in (notes or {}).items():
                build.manifest["sources"].get(name, {}).update(note)
            left = add_vectors(settings, build, progress)
        forget_kept(settings)
        if left:
            say(left)
        return reports


def remove(settings: Settings, name: str) -> int:
    """Take a source out of the index; the number of chunks removed."""
    with locked(settings), open_store(settings).build() as build:
        known = build.manifest.get("sources", {}).pop(name, None)
        removed = build.delete_source(name)
        if known is None and not removed:
            there = ", ".join(sorted(build.manifest.get("sources", {}))) or "nothing"
            raise AskPandaError(f"There is no source '{name}' in the index; it holds {there}.")
        note_left(build)
        return removed


def _prepare(source: Source) -> str:
    try:
        source.prepare()
    except AskPandaError as error:
        return error.message
    return ""


def _index(build: Build, source: Source, failed: str, progress: Progress) -> SourceReport:
    report = SourceReport(source.name, failed=failed)
    began = time.monotonic()
    sources = build.manifest.setdefault("sources", {})
    before: dict[str, Any] = sources.get(source.name, {})
    old: dict[str, dict[str, Any]] = before.get("files", {})
    now: dict[str, dict[str, Any]] = {}
    if not failed:
        try:
            found = list(source.items())
        except AskPandaError as error:
            report.failed = error.message
        except Exception as error:  # a source is other people's data: whatever is wrong with it, the others go on
            report.failed = f"{source.name} cannot be read ({type(error).__name__}: {error})."
        else:
            items = [item for item in found if isinstance(item, Item)]
            report.skipped = [item for item in found if isinstance(item, Skipped)]
            if not items and old:
                report.failed = f"{source.name} has nothing to read any more."
            elif len(old) >= SHRUNK_FROM and len(items) < SHRUNK * len(old):
                report.failed = f"{source.name} has shrunk from {len(old)} to {len(items)} files."
            else:
                now = _files(build, source, items, old, report, progress)
                for path in old.keys() - now.keys():
                    build.delete_path(f"{source.name}/{path}")
                    report.removed += 1
                if not now:
                    report.failed = f"{source.name}: nothing that can be read was found in {source.place}."
    if report.failed:
        if old:
            report.failed = (
                report.failed.rstrip(".") + ". What the index has of it is kept; `askpanda index remove` takes it out."
            )
        now = old
    report.files = len(now)
    report.chunks = sum(int(file.get("chunks", 0)) for file in now.values())
    report.seconds = time.monotonic() - began
    if now or not report.failed:
        sources[source.name] = {
            "place": source.place, "scheme": SCHEME, "files": now, "failed": report.failed,
            "skipped": [[s.path, s.reason] for s in report.skipped[:200]],
            "indexed": before.get("indexed", "") if report.failed else datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip
        if url := getattr(source, "url", ""):
            sources[source.name]["url"] = url
    return report


def _files(
    build: Build, source: Source, items: list[Item], old: dict[str, dict[str, Any]], report: SourceReport, progress: Progress
) -> dict[str, dict[str, Any]]:
    now: dict[str, dict[str, Any]] = {}
    salt = f"{SCHEME} {getattr(source, 'url', '')} ".encode()
    for number, item in enumerate(items):
        progress(source.name, number, len(items))
        known = old.get(item.path)
        try:
            data = item.load()
            digest = hashlib.sha256(salt + data).hexdigest()[:32]
            if known and known.get("hash") == digest:
                now[item.path] = known
                report.unchanged += 1
                continue
            documents, remarks = source.documents(item, data, digest)
            if not documents:
                raise Unreadable("there is no text in it")
        except Unreadable as error:
            reason = str(error)
            if known:
                reason += "; what the index has of it is kept"
                now[item.path] = known
            report.skipped.append(Skipped(item.path, reason))
            continue
        report.remarks += [f"{item.path}: {remark}" for remark in remarks]
        if known:
            build.delete_path(f"{source.name}/{item.path}")
        report.written += build.write(documents)
        now[item.path] = {"hash": digest, "chunks": len(documents)}
    progress(source.name, len(items), len(items))
    return now


@contextmanager
def locked(settings: Settings, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock against a second run; `wait` seconds for it. Raises Unavailable."""
    folder = index_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + wait
    with (folder / "run.lock").open("a+") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() >= until:
                    handle.seek(0)
                    who = handle.read(20).strip()
                    raise Unavailable(
                        f"Another run is indexing{f' (process {who})' if who else ''}: try again after it."
                    ) from error
                time.sleep(0.1)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
        handle.truncate(0)


def left_without_vectors(settings: Settings) -> int:
    """Passages that wait for a vector since a budget ended, or since vectors were switched off for a while."""
    return int(open_store(settings).manifest().get(LEFT, 0))


def state(settings: Settings) -> tuple[StoreStatus, dict[str, Any]]:
    """What the index holds, and what the runs have noted about each source."""
    store = open_store(settings)
    status = store.status()
    return status, (store.manifest().get("sources", {}) if status.ready else {})
