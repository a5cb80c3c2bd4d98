"""What every document store offers, whatever holds the documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:  # Haystack takes a second to import, and nothing here needs it to run
    import numpy as np
    from haystack.dataclasses import Document
    from haystack.document_stores.types import DuplicatePolicy

Kind = Literal["document", "error"]
#: Passages of one page that are handed out: a page of more is a book.
PAGE_LIMIT = 240


@dataclass(slots=True)
class Hit:
    """One passage, whole, as `GET /search` shows it.

    `path` is the source's name, then the path in the source; `section` the heading path, ` > ` between; `text` the
    heading path as first line, a blank line, the passage; `as_of` the date of the source (ISO, UTC).
    """

    path: str
    section: str
    title: str
    url: str
    text: str
    score: float
    source: str
    as_of: str
    kind: Kind

    @classmethod
    def of(cls, document: Document, score: float) -> Hit:
        """A hit made of a chunk; a document that was written by other hands may lack any of our meta fields."""
        meta = document.meta
        words = {name: str(meta.get(name) or "") for name in ("path", "section", "title", "url", "source", "as_of")}
        kind: Kind = "error" if meta.get("kind") == "error" else "document"
        return cls(**words, text=document.content or "", score=score, kind=kind)


@dataclass(slots=True)
class StoreStatus:
    """What a store holds: `sources` counts chunks by source; `build` changes with each finished build."""

    kind: str
    place: str
    ready: bool
    build: str = ""
    documents: int = 0
    size: int = 0  # bytes on disk
    sources: dict[str, int] = field(default_factory=dict)
    message: str = ""  # why it is not ready
    vectors: str = ""  # embedding model that its vectors are of; empty where it has none


class Build(Protocol):
    """A new state of a store in the making: readers see nothing of it until it is finished."""

    manifest: dict[str, Any]  # what the indexer wants to find again, saved with the build

    def write(self, documents: Iterable[Document], policy: DuplicatePolicy = ...) -> int: ...
    def delete_ids(self, ids: Iterable[str]) -> int: ...
    def delete_path(self, path: str) -> int: ...
    def delete_source(self, source: str) -> int: ...

    def use_vectors(self, model: str, dims: int) -> None:
        """Vectors of this model from now on; those of another one are thrown away. Without it those that are there stay."""

    def without_vectors(self) -> Iterator[list[tuple[str, str]]]:
        """(id, content) of documents that have no vector yet, in batches. To be called last before the build ends."""
        ...

    def lacking_vectors(self) -> int:
        """How many documents have no vector. To be called last, as `without_vectors`."""
        ...

    def write_vectors(self, vectors: Mapping[str, np.ndarray]) -> None: ...


class Store(Protocol):
    """A document store: Haystack's protocol, search, and builds that are swapped in whole."""

    def search(self, query: str, k: int = 5, source: str | None = None) -> list[Hit]: ...

    def page(self, path: str) -> list[Hit]:
        """The passages of one page in reading order, at most PAGE_LIMIT; their scores are 0. Raises Unavailable."""
        ...

    def status(self) -> StoreStatus: ...
    def manifest(self) -> dict[str, Any]: ...
    def build(self) -> AbstractContextManager[Build]: ...
    def close(self) -> None: ...

    def to_dict(self) -> dict[str, Any]: ...
    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Store: ...
    def count_documents(self) -> int: ...
    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]: ...
    def write_documents(self, documents: list[Document], policy: DuplicatePolicy = ...) -> int: ...
    def delete_documents(self, document_ids: list[str]) -> None: ...
