"""Documents and the search in them: SQLite by default, Elasticsearch where it is configured."""

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from askpanda.settings import Settings
from askpanda.stores.base import Hit, Store, StoreStatus

if TYPE_CHECKING:
    from askpanda.models.vectors import Embedder

#: Stores that are kept open in one process.
MOST_OPEN = 16

# Before anything here imports Haystack: nothing of ours calls home.
os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

__all__ = ["Hit", "Store", "StoreStatus", "index_folder", "open_store", "status"]


def index_folder(settings: Settings) -> Path:
    """Where the index of these settings lives; the indexer keeps its lock there whichever store is used."""
    return settings.state_dir / "index" / settings.index


_opened: dict[tuple[object, ...], Store] = {}
_lock = threading.Lock()


def _open(settings: Settings, embedder: "Embedder | None") -> Store:
    # Haystack and the Elasticsearch client take seconds to import: not before a store is really opened.
    if settings.store == "elasticsearch":
        from askpanda.stores.elastic import ElasticStore

        return ElasticStore(settings.elasticsearch_url, settings.index, embedder)
    from askpanda.stores.sqlite import SqliteStore

    return SqliteStore(index_folder(settings), embedder)


def open_store(settings: Settings) -> Store:
    """The configured store; the same one for the same settings. Opening does not touch the index: searching does.

    Raises ConfigurationError for EMBEDDINGS that cannot be used.
    """
    embedder = None
    if settings.embeddings != "none":
        from askpanda.models.embeddings import embedder as made

        embedder = made(settings)
    identity = embedder.identity if embedder else ()
    key = (settings.store, index_folder(settings), settings.elasticsearch_url, settings.index, identity)
    with _lock:
        if key not in _opened:
            _opened[key] = _open(settings, embedder)
            while len(_opened) > MOST_OPEN:
                del _opened[next(iter(_opened))]
        return _opened[key]


def status(settings: Settings) -> StoreStatus:
    """What the configured store holds, never an error: `ready` and `message` say what is wrong."""
    return open_store(settings).status()
