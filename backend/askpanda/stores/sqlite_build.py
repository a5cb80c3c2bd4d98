"""Writing a build of the SQLite store: a copy of the last one, changed, checked, and swapped in."""

import fcntl
import json
import os
import secrets
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from haystack.dataclasses import ByteStream, Document, SparseEmbedding
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy

from askpanda.errors import Unavailable
from askpanda.stores.analysis import LAYOUT, analysed
from askpanda.stores.text import stem

if TYPE_CHECKING:
    import numpy as np

CURRENT = "current"
BATCH = 500
#: Share of a file's pages that may lie free; beyond it the file is written anew without them.
MOST_FREE = 0.1

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, doc_id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, path TEXT NOT NULL,
    section TEXT NOT NULL, terms TEXT NOT NULL, heading INTEGER NOT NULL,
    content TEXT, meta TEXT NOT NULL, rest TEXT);  -- last: ranking does not read them
CREATE INDEX chunk_path ON chunk (source, path);
CREATE TABLE word (word TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE total (passages INTEGER NOT NULL, length INTEGER NOT NULL);
INSERT INTO total VALUES (0, 0);
-- Terms come stemmed and folded from text.py, apart by spaces: the tokenizer has nothing left to do.
CREATE VIRTUAL TABLE passage USING fts5(terms, content='chunk', content_rowid='id', tokenize="unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE stem USING fts5vocab('passage', 'row');
"""


def finished_builds(folder: Path) -> list[Path]:
    """Index files, oldest first."""
    return sorted(folder.glob("index-*.sqlite"))


def document_of(doc_id: str, content: str | None, meta: str, rest: str | None) -> Document:
    """A stored row as the Document that was written."""
    if rest is None:
        return Document(id=doc_id, content=content, meta=json.loads(meta))
    more = json.loads(rest)
    return Document(
        id=doc_id,
        content=content,
        meta=json.loads(meta),
        score=more.get("score"),
        embedding=more.get("embedding"),
        blob=ByteStream.from_dict(more["blob"]) if more.get("blob") else None,
        sparse_embedding=SparseEmbedding.from_dict(more["sparse"]) if more.get("sparse") else None,
    )


def rest_of(document: Document) -> str | None:
    """What few documents have, as JSON; None for a plain chunk."""
    rest: dict[str, Any] = {}
    if document.score is not None:
        rest["score"] = document.score
    if document.embedding is not None:
        rest["embedding"] = document.embedding
    if document.blob is not None:
        rest["blob"] = document.blob.to_dict()
    if document.sparse_embedding is not None:
        rest["sparse"] = document.sparse_embedding.to_dict()
    return json.dumps(rest) if rest else None


class SqliteBuild:
    """See `base.Build`. One at a time and folder: a second one raises Unavailable."""

    def __init__(self, folder: Path, current: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise Unavailable(f"Another run is writing the index in {folder}: wait for it to end.") from error
        # Only the holder of the lock is here: what an interrupted run left behind can go.
        for leftover in folder.glob("building-*"):
            leftover.unlink(missing_ok=True)
        self.name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{time.time_ns() % 10**9:09d}-{secrets.token_hex(2)}"
        self.path = folder / f"building-{self.name}.sqlite"
        before = folder / f"index-{current}.sqlite"
        layout = _layout(before) if current and before.exists() else 0
        if layout == LAYOUT:
            shutil.copyfile(before, self.path)
        self.db = sqlite3.connect(self.path, isolation_level=None)
        # A build that does not end is thrown away, so nothing has to survive a crash before `finish`. What is removed is
        # overwritten: a document that was taken out is not to be read in the file's free pages.
        self.db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; PRAGMA secure_delete=ON;"
        )
        if not self.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'chunk'").fetchone():
            self.db.executescript(_TABLES)
            self.db.execute("INSERT INTO about VALUES ('layout', ?)", (str(LAYOUT),))
        self.db.execute("BEGIN")
        self.manifest: dict[str, Any] = self.read_manifest(self.db)
        self.finished = False
        if layout not in (0, LAYOUT):
            self._carry_over(before)

    def _carry_over(self, before: Path) -> None:
        """Documents of an index of another layout, analysed anew: what people have added outlives an upgrade."""
        old = sqlite3.connect(f"file:{quote(str(before))}?mode=ro&immutable=1", uri=True)
        try:
            self.manifest = self.read_manifest(old)
            rows = old.execute("SELECT doc_id, content, meta, rest FROM chunk ORDER BY id")
            self.write(document_of(*row) for row in rows)
        finally:
            old.close()

    @staticmethod
    def read_manifest(db: sqlite3.Connection) -> dict[str, Any]:
        row = db.execute("SELECT value FROM about WHERE name = 'manifest'").fetchone()
        return json.loads(row[0]) if row else {}

    def write(self, documents: Iterable[Document], policy: DuplicatePolicy = DuplicatePolicy.OVERWRITE) -> int:
        """Write documents in batches; the number written. FAIL raises DuplicateDocumentError."""
        written = 0
        documents = iter(documents)
        while batch := list(islice(documents, BATCH)):
            written += self._write_batch(batch, policy)
        return written

    def _write_batch(self, batch: list[Document], policy: DuplicatePolicy) -> int:
        unique: dict[str, Document] = {}
        for document in batch:
            if document.id in unique and policy is DuplicatePolicy.FAIL:
                raise DuplicateDocumentError(f"Document '{document.id}' is in the list twice.")
            if document.id not in unique or policy is not DuplicatePolicy.SKIP:
                unique[document.id] = document
        marks = ",".join("?" * len(unique))
        there = {r[0] for r in self.db.execute(f"SELECT doc_id FROM chunk WHERE doc_id IN ({marks})", tuple(unique))}  # noqa: S608
        if there and policy in (DuplicatePolicy.FAIL, DuplicatePolicy.NONE):
            raise DuplicateDocumentError(f"Document '{min(there)}' is already in the index.")
        if policy is DuplicatePolicy.SKIP:
            unique = {key: document for key, document in unique.items() if key not in there}
        elif there:
            self.delete_ids(there)
        rows, counts, length = [], Counter[str](), 0
        for document in unique.values():
            found, heading = analysed(document)
            counts.update(set(found))
            length += len(found)
            meta = document.meta
            rows.append(
                (
                    document.id, str(meta.get("source") or ""), str(meta.get("path") or ""),
                    str(meta.get("section") or ""), document.content,
                    json.dumps(meta, ensure_ascii=False, default=str), rest_of(document),
                    " ".join([stem(word) for word in found]), heading,
                )
            )  # fmt: skip
        first = self.db.execute("SELECT coalesce(max(id), 0) FROM chunk").fetchone()[0] + 1
        self.db.executemany(
            "INSERT INTO chunk (doc_id, source, path, section, content, meta, rest, terms, heading) VALUES (?,?,?,?,?,?,?,?,?)",
            rows,
        )
        self.db.execute("INSERT INTO passage (rowid, terms) SELECT id, terms FROM chunk WHERE id >= ?", (first,))
        self._count(counts, len(rows), length)
        return len(rows) if policy is DuplicatePolicy.SKIP else len(batch)

    def _count(self, counts: Counter[str], passages: int, length: int) -> None:
        self.db.executemany(
            "INSERT INTO word VALUES (?, ?) ON CONFLICT (word) DO UPDATE SET passages = passages + excluded.passages",
            counts.items(),
        )
        self.db.execute("UPDATE total SET passages = passages + ?, length = length + ?", (passages, length))

    def delete_ids(self, ids: Iterable[str]) -> int:
        """Documents of these ids; unknown ones are passed over. The number removed."""
        wanted, removed = iter(ids), 0
        while batch := list(islice(wanted, BATCH)):
            removed += self._delete(f"doc_id IN ({','.join('?' * len(batch))})", tuple(batch))
        return removed

    def delete_path(self, path: str) -> int:
        """Every chunk of one file; `path` begins with the source's name."""
        return self._delete("source = ? AND path = ?", (path.partition("/")[0], path))

    def delete_source(self, source: str) -> int:
        """Every chunk of one source."""
        return self._delete("source = ?", (source,))

    def _delete(self, where: str, values: tuple[str, ...]) -> int:
        columns = "id, doc_id, content, meta, rest, terms"
        gone = self.db.execute(f"SELECT {columns} FROM chunk WHERE {where}", values).fetchall()  # noqa: S608
        counts, length = Counter[str](), 0
        for _, doc_id, content, meta, rest, terms in gone:
            counts.update(set(analysed(document_of(doc_id, content, meta, rest))[0]))
            length += len(terms.split())
        ids = [(row[0],) for row in gone]
        self.db.executemany("INSERT INTO passage (passage, rowid, terms) VALUES ('delete', ?, ?)", [(r[0], r[5]) for r in gone])
        self.db.executemany("DELETE FROM chunk WHERE id = ?", ids)
        if self.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'vector'").fetchone():
            self.db.executemany("DELETE FROM vector WHERE id = ?", ids)
        self.db.executemany("UPDATE word SET passages = passages - ? WHERE word = ?", [(n, w) for w, n in counts.items()])
        self.db.execute("DELETE FROM word WHERE passages <= 0")
        self.db.execute("UPDATE total SET passages = passages - ?, length = length - ?", (len(gone), length))
        return len(gone)

    def use_vectors(self, model: str, dims: int) -> None:
        self.db.execute("CREATE TABLE IF NOT EXISTS vector (id INTEGER PRIMARY KEY, data BLOB NOT NULL)")
        before = self.db.execute("SELECT value FROM about WHERE name = 'vectors'").fetchone()
        if before is None or before[0] != f"{model} {dims}":
            self.db.execute("DELETE FROM vector")
            self.db.execute("INSERT OR REPLACE INTO about VALUES ('vectors', ?)", (f"{model} {dims}",))

    def without_vectors(self) -> Iterator[list[tuple[str, str]]]:
        last = 0
        wanted = "SELECT id, doc_id, content FROM chunk WHERE id > ? AND id NOT IN (SELECT id FROM vector) ORDER BY id LIMIT ?"
        while rows := self.db.execute(wanted, (last, BATCH)).fetchall():
            last = rows[-1][0]
            yield [(doc_id, content or "") for _, doc_id, content in rows]

    def lacking_vectors(self) -> int:
        if not self.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'vector'").fetchone():
            return self.count()
        return int(self.db.execute("SELECT count(*) FROM chunk WHERE id NOT IN (SELECT id FROM vector)").fetchone()[0])

    def write_vectors(self, vectors: Mapping[str, "np.ndarray"]) -> None:
        rows = [(vector.astype("<f4").tobytes(), doc_id) for doc_id, vector in vectors.items()]
        self.db.executemany("INSERT OR REPLACE INTO vector SELECT id, ? FROM chunk WHERE doc_id = ?", rows)

    def count(self, source: str | None = None) -> int:
        if source is None:
            return int(self.db.execute("SELECT count(*) FROM chunk").fetchone()[0])
        return int(self.db.execute("SELECT count(*) FROM chunk WHERE source = ?", (source,)).fetchone()[0])

    def finish(self) -> None:
        """Check, save, and serve this build; the one before it stays for readers that are still in it."""
        saved = (json.dumps(self.manifest, ensure_ascii=False),)
        self.db.execute("INSERT OR REPLACE INTO about VALUES ('manifest', ?)", saved)
        self.db.execute("INSERT INTO passage (passage) VALUES ('optimize')")
        self.db.execute("COMMIT")
        self._give_back()
        if self.db.execute("SELECT passages FROM total").fetchone()[0] != self.count():
            raise Unavailable(f"The new index in {self.folder} does not add up; the old one is still served.")
        self.db.close()
        _sync(self.path)
        os.replace(self.path, self.folder / f"index-{self.name}.sqlite")
        pointer = self.folder / f"building-{self.name}.current"
        pointer.write_text(self.name, "utf-8")
        _sync(pointer)
        os.replace(pointer, self.folder / CURRENT)
        _sync(self.folder)
        self.finished = True
        for old in finished_builds(self.folder)[:-2]:
            old.unlink(missing_ok=True)

    def _give_back(self) -> None:
        """The room of what was removed, to the disk: a few free pages are filled by the next run."""
        pages, free = (self.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
        if free > pages * MOST_FREE:
            self.db.execute("VACUUM")

    def close(self) -> None:
        """Let go of the lock; what is not finished is thrown away."""
        self.db.close()
        if not self.finished:
            self.path.unlink(missing_ok=True)
        self._lock.close()


def _layout(path: Path) -> int:
    try:
        db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
        try:
            row = db.execute("SELECT value FROM about WHERE name = 'layout'").fetchone()
        finally:
            db.close()
        return int(row[0]) if row else 0
    except sqlite3.Error:
        return 0


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
