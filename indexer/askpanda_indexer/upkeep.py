"""What a server needs of the indexer: an index at its first start, and a folder of documents that indexes itself."""

import fcntl
import hashlib
import logging
import threading
import time
from pathlib import Path

from askpanda.errors import AskPandaError
from askpanda.models.embeddings import embedder
from askpanda.settings import Settings
from askpanda.stores import index_folder
from askpanda_indexer import parsers
from askpanda_indexer.corpus import corpus_sources
from askpanda_indexer.reading import walk
from askpanda_indexer.run import PATIENCE, SourceReport, left_without_vectors, run, state
from askpanda_indexer.sources import FolderSource

log = logging.getLogger(__name__)

#: Name of the source that DOCUMENTS_DIR becomes.
DOCUMENTS = "documents"
#: Seconds between two looks at DOCUMENTS_DIR.
INTERVAL = 5.0
#: Seconds after which a server tries again to make the vectors that a budget has left: a new day may have begun.
LATER = 1800.0


def ensure_index(settings: Settings) -> list[SourceReport]:
    """Build the index from the corpus where there is none, or where a new version of the product brings another corpus.

    Nothing is written where all is up to date. Raises Unavailable where the store is away.
    """
    status, sources = state(settings)
    model = embedder(settings)
    vectors = model is None or (status.vectors == model.name and not left_without_vectors(settings))
    if status.ready and vectors and "errors" in sources and sources["errors"].get("corpus") == corpus_digest():
        return []
    notes = {"errors": {"corpus": corpus_digest()}}
    reports = run(settings, corpus_sources(), wait=PATIENCE, notes=notes, say=_warn)
    for report in reports:
        if report.failed:
            log.warning("index: %s", report.failed)
    return reports


def corpus_digest() -> str:
    """A hash of the corpus by its files' names, sizes and dates: cheap enough for every start."""
    from importlib.resources import files

    digest = hashlib.sha256()
    root = Path(str(files("askpanda_corpus")))
    for path in sorted(root.rglob("*")):
        if path.suffix in (".yaml", ".md") and path.is_file():
            about = path.stat()
            digest.update(f"{path.relative_to(root)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def watch(settings: Settings, stop: threading.Event, interval: float = INTERVAL) -> None:
    """Index DOCUMENTS_DIR now and whenever it changes, and make vectors that a budget has left, until `stop` is set.

    One process at a time does it, by a lock that falls to another one when its holder ends.
    """
    folder = settings.documents_dir
    if folder is None and embedder(settings) is None:
        return
    place = index_folder(settings)
    place.mkdir(parents=True, exist_ok=True)
    with (place / "watch.lock").open("a") as handle:
        while not stop.is_set():
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                stop.wait(interval)
        seen, again = "", time.monotonic() + LATER
        while not stop.is_set():
            if folder is not None:
                seen = look(settings, folder, seen)
            if time.monotonic() >= again:
                make_up_vectors(settings)
                again = time.monotonic() + LATER
            stop.wait(interval)


def make_up_vectors(settings: Settings) -> None:
    """Vectors for passages that were left without, where there is a budget by now; where not, it stays as it is."""
    try:
        if embedder(settings) is not None and left_without_vectors(settings):
            run(settings, [], wait=PATIENCE, say=_warn)
    except AskPandaError as error:
        log.warning("index: %s", error.message)
    except Exception:  # the watching goes on
        log.exception("index: vectors that were left could not be made")


def _warn(left: str) -> None:
    log.warning("index: %s", left)


def look(settings: Settings, folder: Path, seen: str) -> str:
    """One look at DOCUMENTS_DIR: index it where it is not as it was; what it is like now."""
    now = _likeness(folder)
    if now == seen:
        return seen
    if not now:
        log.warning("index: DOCUMENTS_DIR %s is not there; what the index has of it is kept", folder)
        return now
    try:
        source = FolderSource(DOCUMENTS, str(folder), folder.resolve())
        for report in run(settings, [source], wait=PATIENCE, say=_warn):
            log.info("index: %s: %d passages of %d files", report.name, report.chunks, report.files)
            for skipped in report.skipped:
                log.warning("index: %s/%s: %s", report.name, skipped.path, skipped.reason)
            # A folder that is still empty waits for its first document.
            if report.failed and (report.files or report.skipped):
                log.warning("index: %s", report.failed)
    except AskPandaError as error:
        log.warning("index: %s", error.message)
        return seen  # tried again at the next look
    except Exception:  # whatever lies there must not end the watching; tried again when it changes
        log.exception("index: DOCUMENTS_DIR %s could not be indexed; what the index has of it is kept", folder)
    return now


def _likeness(folder: Path) -> str:
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256(b"folder")
    for found in walk(folder, parsers.ENDINGS):
        if isinstance(found, Path):
            try:
                about = found.stat()
            except OSError:
                continue
            digest.update(f"{found} {about.st_size} {about.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
        else:
            digest.update(found.path.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
