"""Which passages hold a stem, and how often, as arrays: candidates for a question by BM25 over its concepts.

FTS5 ranks by a sum over words, cannot weigh them, and looks up every passage that holds any of them: at 10,000 passages
two thirds of a search went there, and frequent words had to be left out, which lost passages. Here its index is read a
stem at a time, once a build and process, and kept as numbers.
"""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from askpanda.stores.ranking import WEIGHTS, Corpus

if TYPE_CHECKING:
    import numpy as np

    from askpanda.stores.query import Concept

#: A connection's view of every occurrence in the index `passage`.
OCCURRENCES = "CREATE VIRTUAL TABLE temp.occurrence USING fts5vocab('main', 'passage', 'instance')"
#: Numbers kept (8 bytes each pair); what was not asked for the longest goes first.
MOST_PAIRS = 4_000_000
#: Sources whose passages are remembered.
MOST_SOURCES = 16


class Postings:
    """Of one build; may be shared by threads, each of which brings its own connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        import numpy as np

        rows = db.execute("SELECT id, sz FROM passage_docsize").fetchall()
        self._lengths = np.zeros(max((row for row, _ in rows), default=0) + 1, dtype=np.float32)
        for row, size in rows:
            self._lengths[row] = _varint(size)
        self._stems: OrderedDict[str, tuple[np.ndarray, np.ndarray]] = OrderedDict()
        self._sources: OrderedDict[str, np.ndarray] = OrderedDict()
        self._pairs = 0
        self._lock = threading.Lock()

    def best(
        self, db: sqlite3.Connection, concepts: Sequence["Concept"], corpus: Corpus, limit: int, source: str | None
    ) -> list[int]:
        """Ids of the `limit` passages that answer the concepts best, of each concept the best word alone counted."""
        import numpy as np

        norm = WEIGHTS.k1 * (1 - WEIGHTS.b + WEIGHTS.b / max(corpus.average, 1.0) * self._lengths)
        total = np.zeros_like(self._lengths)
        for concept in concepts:
            worth = np.zeros_like(self._lengths)
            for stem, weight in concept.weights.items():
                if not corpus.frequency.get(stem):
                    continue
                rows, counts = self._of(db, stem)
                worth[rows] = np.maximum(worth[rows], weight * corpus.idf(stem) * counts / (counts + norm[rows]))
            total += worth
        if source:
            total *= self._in(db, source)
        found = np.flatnonzero(total)
        if len(found) > limit:
            found = found[np.argpartition(-total[found], limit - 1)[:limit]]
        return [int(row) for row in found]

    def _of(self, db: sqlite3.Connection, stem: str) -> "tuple[np.ndarray, np.ndarray]":
        """(ids of passages, how often each holds the stem)"""
        import numpy as np

        with self._lock:
            if (known := self._stems.get(stem)) is not None:
                self._stems.move_to_end(stem)
                return known
        read = db.execute("SELECT doc, count(*) FROM temp.occurrence WHERE term = ? GROUP BY doc", (stem,)).fetchall()
        pairs = np.array(read, dtype=np.int32).reshape(-1, 2)
        made = (np.ascontiguousarray(pairs[:, 0]), pairs[:, 1].astype(np.float32))
        with self._lock:
            if stem not in self._stems:
                self._stems[stem] = made
                self._pairs += len(pairs)
            while self._pairs > MOST_PAIRS and len(self._stems) > 1:
                self._pairs -= len(self._stems.popitem(last=False)[1][0])
        return made

    def _in(self, db: sqlite3.Connection, source: str) -> "np.ndarray":
        """1 for the passages of sources whose name begins so, 0 for all others."""
        import numpy as np

        with self._lock:
            if (known := self._sources.get(source)) is not None:
                return known
        rows = db.execute("SELECT id FROM chunk WHERE substr(source, 1, ?) = ?", (len(source), source)).fetchall()
        made = np.zeros(len(self._lengths), dtype=bool)
        made[[row for (row,) in rows]] = True
        with self._lock:
            self._sources[source] = made
            while len(self._sources) > MOST_SOURCES:
                self._sources.popitem(last=False)
        return made


def _varint(data: bytes) -> int:
    """The first number of FTS5's record of a passage's lengths: seven bits a byte, the high bit set where more follow."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value
