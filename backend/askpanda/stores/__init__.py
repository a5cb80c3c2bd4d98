"""Documents and the search in them: SQLite by default, Elasticsearch where it is configured."""

import os
from functools import lru_cache
from pathlib import Path

from askpanda.settings import Settings
from askpanda.stores.base import Hit, Store, StoreStatus

# Before anything here imports Haystack: nothing of ours calls home.
os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

__all__ = ["Hit", "Store", "StoreStatus", "index_folder", "open_store", "status"]


def index_folder(settings: Settings) -> Path:
    """Where the index of these settings lives; the indexer keeps its lock there whichever store is used."""
    return settings.state_dir / "index" / settings.index


@lru_cache(maxsize=16)
def _open(kind: str, folder: Path, url: str, index: str) -> Store:
    # Haystack and the Elasticsearch client take seconds to import: not before a store is really opened.
    if kind == "elasticsearch":
        from askpanda.stores.elastic import ElasticStore

        return ElasticStore(url, index)
    from askpanda.stores.sqlite import SqliteStore

    return SqliteStore(folder)


def open_store(settings: Settings) -> Store:
    """The configured store; the same one for the same settings. Opening does not touch the index: searching does."""
    return _open(settings.store, index_folder(settings), settings.elasticsearch_url, settings.index)


def status(settings: Settings) -> StoreStatus:
    """What the configured store holds, never an error: `ready` and `message` say what is wrong."""
    return open_store(settings).status()
