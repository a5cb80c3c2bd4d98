"""The default store: SQLite FTS5 in one file a build.

A folder holds `index-BUILD.sqlite`, which never changes once it is finished, and `current`, which names the one to
serve. A build is made beside them and swapped in by replacing `current`; every reader looks at `current` before it
searches, so that a running server serves a finished build at once, on every worker, and never half of one.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from haystack import default_from_dict, default_to_dict
from haystack.dataclasses import Document
from haystack.document_stores.types import DuplicatePolicy
from haystack.utils.filters import document_matches_filter

from askpanda.errors import Unavailable
from askpanda.stores import searching
from askpanda.stores.base import PAGE_LIMIT, Hit, StoreStatus
from askpanda.stores.postings import OCCURRENCES, Postings
from askpanda.stores.query import Question, Vocabulary
from askpanda.stores.ranking import Candidate, Corpus
from askpanda.stores.sqlite_build import CURRENT, SqliteBuild, document_of

if TYPE_CHECKING:
    import numpy as np

    from askpanda.models.vectors import Embedder

#: A vocabulary larger than this repairs nothing better and costs memory in every worker.
VOCABULARY_LIMIT = 200_000


class SqliteIndex:
    """One finished build, read by one thread."""

    def __init__(self, path: Path, build: str, shared: "_Shared") -> None:
        self.build = build
        self._shared = shared
        # immutable: a finished build never changes, so no locks are taken and no journal is looked for.
        self.db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self.db.execute("PRAGMA mmap_size=1073741824")
        self.db.execute(OCCURRENCES)
        self.db.execute("SELECT count(*) FROM about")  # a file that is gone or no index fails here, not in a search

    @property
    def vocabulary(self) -> Vocabulary:
        return self._shared.vocabulary(self)

    def read_vocabulary(self) -> Vocabulary:
        rows = self.db.execute("SELECT word, passages FROM word ORDER BY passages DESC LIMIT ?", (VOCABULARY_LIMIT,))
        return Vocabulary(dict(rows))

    def known(self, stem: str) -> bool:
        return self._frequency(stem) > 0

    def corpus(self, stems: Sequence[str]) -> Corpus:
        passages, length = self.db.execute("SELECT passages, length FROM total").fetchone()
        return Corpus(passages, length / max(passages, 1), {stem: self._frequency(stem) for stem in stems})

    def _frequency(self, stem: str) -> int:
        """Passages that hold a stem; looked up once a build and process, for questions repeat each other's words."""
        known = self._shared.frequencies(self)
        if (count := known.get(stem)) is None:
            row = self.db.execute("SELECT doc FROM stem WHERE term = ?", (stem,)).fetchone()
            count = int(row[0]) if row else 0
            if len(known) < VOCABULARY_LIMIT:
                known[stem] = count
        return count

    def candidates(self, question: Question, corpus: Corpus, limit: int, source: str | None) -> list[Candidate]:
        postings = self._shared.postings(self)
        ids = postings.best(self.db, question.parts[0].concepts, corpus, limit, source)
        return self._rows(ids, whole=any(part.topics for part in question.parts))

    def _rows(self, ids: Sequence[int], whole: bool = False) -> list[Candidate]:
        """Passages of these ids, in their order. Their text is read where the ranking looks at it, else of those shown."""
        columns = f"id, doc_id, path, section, terms, heading, {'content' if whole else 'NULL'}"
        marks = ",".join("?" * len(ids))
        found = {r[0]: r for r in self.db.execute(f"SELECT {columns} FROM chunk WHERE id IN ({marks})", ids)}  # noqa: S608
        rows = [found[row] for row in ids if row in found]
        return [
            Candidate(id_, path, section, terms, heading, content or "", partial(self._document, row))
            for row, id_, path, section, terms, heading, content in rows
        ]

    def _document(self, row: int) -> Document:
        return document_of(*self.db.execute("SELECT doc_id, content, meta, rest FROM chunk WHERE id = ?", (row,)).fetchone())

    @property
    def vectors(self) -> str:
        row = self.db.execute("SELECT value FROM about WHERE name = 'vectors'").fetchone()
        return str(row[0]).rpartition(" ")[0] if row else ""

    @property
    def covered(self) -> float:
        return min(1.0, len(self._shared.matrix(self)[0]) / max(1, self.count()))

    def nearest(self, vector: "np.ndarray", limit: int, source: str | None) -> list[Candidate]:
        """By brute force: exact, and faster than any index at the sizes that SQLite is for."""
        ids, matrix = self._shared.matrix(self)
        if matrix.shape[1:] != vector.shape:
            return []
        order = (-(matrix @ vector)).argsort(kind="stable")
        rows: list[int] = [int(ids[i]) for i in (order if source else order[:limit])]
        if source:
            where = "SELECT id FROM chunk WHERE substr(source, 1, ?) = ?"
            wanted = {row[0] for row in self.db.execute(where, (len(source), source))}
            rows = [row for row in rows if row in wanted][:limit]
        return self._rows(rows)

    def read_matrix(self) -> tuple["np.ndarray", "np.ndarray"]:
        """Ids of chunks, and their vectors as rows."""
        import numpy as np

        rows = self.db.execute("SELECT id, data FROM vector ORDER BY id").fetchall()
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        if not rows:
            return ids, np.zeros((0, 0), dtype=np.float32)
        return ids, np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").reshape(len(rows), -1)

    def count(self) -> int:
        return int(self.db.execute("SELECT passages FROM total").fetchone()[0])


class _Shared:
    """What the threads of a process share: vocabulary, counts, postings and vectors of the build being served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._build = ""
        self._vocabulary = Vocabulary({})
        self._matrix: tuple[str, np.ndarray, np.ndarray] | None = None
        self._postings: tuple[str, Postings] | None = None
        self._frequencies: tuple[str, dict[str, int]] = ("", {})

    def frequencies(self, index: SqliteIndex) -> dict[str, int]:
        known = self._frequencies
        if known[0] != index.build:
            # Of two threads that find a new build one keeps its counts; the other's are looked up again.
            self._frequencies = known = (index.build, {})
        return known[1]

    def postings(self, index: SqliteIndex) -> Postings:
        known = self._postings
        if known is None or known[0] != index.build:
            with self._lock:
                known = self._postings
                if known is None or known[0] != index.build:
                    self._postings = known = (index.build, Postings(index.db))
        return known[1]

    def matrix(self, index: SqliteIndex) -> tuple["np.ndarray", "np.ndarray"]:
        known = self._matrix
        if known is None or known[0] != index.build:
            with self._lock:
                known = self._matrix
                if known is None or known[0] != index.build:
                    self._matrix = known = (index.build, *index.read_matrix())
        return known[1], known[2]

    def vocabulary(self, index: SqliteIndex) -> Vocabulary:
        if self._build != index.build:
            with self._lock:
                if self._build != index.build:
                    self._vocabulary = index.read_vocabulary()
                    self._build = index.build
        return self._vocabulary


class SqliteStore:
    """Documents in a folder of builds. Threads and processes may share the folder; a store may be shared by threads.

    >>> store = SqliteStore("state/index/askpanda")
    >>> store.search("what is a scout job?", k=3)
    """

    def __init__(self, folder: str | Path, embedder: "Embedder | None" = None) -> None:
        self.folder = Path(folder)
        self.embedder = embedder
        self._local = threading.local()
        self._shared = _Shared()

    # Search

    def search(self, query: str, k: int = 5, source: str | None = None) -> list[Hit]:
        """The best passages. Raises Unavailable where there is no index yet."""
        return searching.hits(self.ranked(query, k, source))

    def ranked(self, query: str, k: int = 5, source: str | None = None) -> list[tuple[Document, float]]:
        """The same as Haystack documents with their scores."""
        with self._reading() as index:
            return searching.search(index, query, k, source, self.embedder)

    def page(self, path: str) -> list[Hit]:
        """See `base.Store`."""
        wanted = "SELECT doc_id, content, meta, rest FROM chunk WHERE source = ? AND path = ? ORDER BY id LIMIT ?"
        with self._reading() as index:
            rows = index.db.execute(wanted, (path.partition("/")[0], path, PAGE_LIMIT)).fetchall()
        return [Hit.of(document_of(*row), 0.0) for row in rows]

    # Builds

    def current(self) -> str:
        """Name of the build being served; empty where there is none."""
        try:
            return (self.folder / CURRENT).read_text("utf-8").strip()
        except FileNotFoundError:
            return ""

    @contextmanager
    def build(self) -> Iterator[SqliteBuild]:
        """A new build on top of the current one, served when the block ends; an error leaves all as it was."""
        build = SqliteBuild(self.folder, self.current())
        try:
            yield build
            build.finish()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"The index in {self.folder} could not be written: {error}.") from error
        finally:
            build.close()

    def manifest(self) -> dict[str, Any]:
        """What the build's maker saved with it; empty where there is no build."""
        return SqliteBuild.read_manifest(self._index().db) if self.current() else {}

    def status(self) -> StoreStatus:
        place = str(self.folder)
        try:
            with self._reading() as index:
                sources = dict(index.db.execute("SELECT source, count(*) FROM chunk GROUP BY source ORDER BY source"))
                size = (self.folder / f"index-{index.build}.sqlite").stat().st_size
                return StoreStatus("sqlite", place, True, index.build, index.count(), size, sources, vectors=index.vectors)
        except (Unavailable, OSError) as error:
            return StoreStatus("sqlite", place, False, message=str(error))

    def close(self) -> None:
        """Close this thread's connection."""
        if index := getattr(self._local, "index", None):
            index.db.close()
            self._local.index = None

    # Haystack's DocumentStore

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, folder=str(self.folder))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "SqliteStore":
        return default_from_dict(cls, data)

    def count_documents(self) -> int:
        return self._index().count() if self.current() else 0

    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]:
        """Documents that match, in the order they were written. Raises FilterError for filters that make no sense."""
        if filters and "operator" not in filters and "conditions" not in filters:
            from haystack.errors import FilterError

            raise FilterError("A filter needs an operator: {'field': ..., 'operator': ..., 'value': ...}.")
        if not self.current():
            return []
        with self._reading() as index:
            rows = index.db.execute("SELECT doc_id, content, meta, rest FROM chunk ORDER BY id")
            documents = (document_of(*row) for row in rows)
            return [d for d in documents if not filters or document_matches_filter(filters, d)]

    def write_documents(self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE) -> int:
        """Write as a build of its own; NONE means FAIL. Raises DuplicateDocumentError, ValueError."""
        if not isinstance(documents, list) or any(not isinstance(document, Document) for document in documents):
            raise ValueError("write_documents wants a list of Documents.")
        with self.build() as build:
            return build.write(documents, DuplicatePolicy.FAIL if policy is DuplicatePolicy.NONE else policy)

    def delete_documents(self, document_ids: list[str]) -> None:
        if document_ids and self.current():
            with self.build() as build:
                build.delete_ids(document_ids)

    # Connections

    def _index(self) -> SqliteIndex:
        for _ in range(3):
            build = self.current()
            index: SqliteIndex | None = getattr(self._local, "index", None)
            if index is not None and index.build == build:
                return index
            self.close()
            if not build:
                break
            try:
                self._local.index = SqliteIndex(self.folder / f"index-{build}.sqlite", build, self._shared)
            except sqlite3.Error:
                continue  # removed between reading its name and opening it: another build has come
            return self._local.index
        raise Unavailable(f"There is no index in {self.folder} yet: run `askpanda index build`.")

    @contextmanager
    def _reading(self) -> Iterator[SqliteIndex]:
        try:
            yield self._index()
        except sqlite3.Error as error:
            self.close()
            raise Unavailable(f"The index in {self.folder} cannot be read ({error}): run `askpanda index build`.") from error
