"""Vectors for the passages of a build. They cost time or money, so those of a run that was broken off are kept for the next."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from askpanda.errors import ModelNotAsked
from askpanda.models.embeddings import embedder
from askpanda.models.vectors import BATCH, Embedder
from askpanda.settings import Settings
from askpanda.stores import index_folder
from askpanda.stores.base import Build

if TYPE_CHECKING:
    import numpy as np


#: In a build's manifest: how many of its passages have no vector.
LEFT = "without_vectors"

Progress = Callable[[str, int, int | None], None]


def add_vectors(settings: Settings, build: Build, progress: Progress) -> str:
    """Vectors for all passages that have none of the configured model: new ones, and all after the model was changed.

    Where a budget ends, the build has what was paid for, and the next run goes on there; what is left is in the manifest and
    is said in the sentence that is returned. Raises ModelError where the provider cannot give them: the build is thrown away,
    and the old index is still served. What the provider has given until then is kept beside the index for the next run.
    """
    model, spent = embedder(settings), ""
    if model is not None:
        try:
            _add(model, settings, build, progress)
        except ModelNotAsked as problem:
            spent = problem.message
    left = note_left(build)
    if not spent or not left:
        return ""
    whose = "1 passage is" if left == 1 else f"{left:,} passages are"
    return f"{spent} {whose} left without vectors, to be found by words alone; the next `askpanda index build` goes on there."


def note_left(build: Build) -> int:
    """How many passages have no vector; kept in the manifest."""
    left = build.lacking_vectors()
    build.manifest[LEFT] = left
    return left


def _add(model: Embedder, settings: Settings, build: Build, progress: Progress) -> None:
    """Raises ModelNotAsked where the budget ends: what was made until then is in the build."""
    build.use_vectors(model.name, len(model.query("PanDA")))
    done = 0
    with closing(_Kept(_place(settings), model.name)) as kept:
        for batch in build.without_vectors():
            progress("vectors", done, None)
            contents = [content for _, content in batch]
            vectors = kept.of(contents)
            lacking = list(dict.fromkeys(content for content in contents if content not in vectors))
            try:
                for start in range(0, len(lacking), BATCH):  # what the provider asks money for is kept as it comes
                    some = lacking[start : start + BATCH]
                    made = dict(zip(some, model.passages(some), strict=True))
                    kept.keep(made)
                    vectors |= made
            finally:
                build.write_vectors({id_: vectors[content] for id_, content in batch if content in vectors})
            done += len(batch)
    if done:
        progress("vectors", done, done)


def forget_kept(settings: Settings) -> None:
    """The build has ended: its vectors are in the index."""
    _place(settings).unlink(missing_ok=True)


def _place(settings: Settings) -> Path:
    return index_folder(settings) / "vectors-of-this-run.sqlite"


class _Kept:
    """Vectors by model and text, in a file; one that cannot be read is begun anew."""

    def __init__(self, path: Path, model: str) -> None:
        self._model = model
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE IF NOT EXISTS vector (text BLOB PRIMARY KEY, numbers BLOB NOT NULL) WITHOUT ROWID")
        return db

    def close(self) -> None:
        self._db.close()

    def _key(self, content: str) -> bytes:
        return hashlib.sha256(f"{self._model}\0{content}".encode("utf-8", "surrogatepass")).digest()

    def of(self, contents: Sequence[str]) -> "dict[str, np.ndarray]":
        """Those of the texts that have one."""
        import numpy as np

        found = {}
        for content in contents:
            row = self._db.execute("SELECT numbers FROM vector WHERE text = ?", (self._key(content),)).fetchone()
            if row:
                found[content] = np.frombuffer(row[0], dtype=np.float32)
        return found

    def keep(self, vectors: "dict[str, np.ndarray]") -> None:
        rows = [(self._key(content), vector.astype("float32").tobytes()) for content, vector in vectors.items()]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
