"""Candidates of the default store: the best by BM25 over concepts, whatever is kept in memory."""

import math
import random
import threading

import pytest
from haystack.dataclasses import Document

from askpanda.stores import postings
from askpanda.stores.query import Concept
from askpanda.stores.ranking import WEIGHTS
from askpanda.stores.sqlite import SqliteStore

WORDS = ["alpha", "beta", "gamma", "delta", "omega", "sigma", "kappa", "lambda"]


@pytest.fixture
def store(tmp_path) -> SqliteStore:
    """300 passages of the same few words at random, up to 400 words long, in two sources."""
    rng = random.Random(7)
    made = SqliteStore(tmp_path / "index")
    documents = []
    for n in range(300):
        source = "odd" if n % 2 else "even"
        text = " ".join(rng.choices(WORDS, weights=range(1, 9), k=rng.choice((3, 40, 127, 128, 400))))
        documents.append(Document(id=str(n), content=text, meta={"source": source, "path": f"{source}/{n}.md"}))
    with made.build() as build:
        build.write(documents)
    return made


CONCEPTS = [Concept({"alpha": 1.0, "omega": 0.4}), Concept({"gamma": 1.0}), Concept({"nowher": 1.0})]


def by_hand(index, source: str = "") -> dict[int, float]:
    """The same sum, passage by passage."""
    corpus = index.corpus(["alpha", "omega", "gamma", "nowher"])
    scores = {}
    for row, terms in index.db.execute("SELECT id, terms FROM chunk WHERE source LIKE ?", (f"{source}%",)):
        found = terms.split()
        norm = WEIGHTS.k1 * (1 - WEIGHTS.b + WEIGHTS.b * len(found) / corpus.average)
        scores[row] = sum(
            max(w * corpus.idf(s) * found.count(s) / (found.count(s) + norm) for s, w in concept.weights.items())
            for concept in CONCEPTS
        )
    return {row: score for row, score in scores.items() if score > 0}


@pytest.mark.parametrize(("limit", "source"), [(10, ""), (40, "odd"), (1000, "even"), (5, "nothing")])
def test_the_best_by_the_sum_are_the_candidates(store, limit, source):
    index = store._index()
    corpus = index.corpus(["alpha", "omega", "gamma", "nowher"])
    found = postings.Postings(index.db).best(index.db, CONCEPTS, corpus, limit, source or None)
    wanted = by_hand(index, source)
    assert len(found) == len(set(found)) == min(limit, len(wanted))
    worst = min((wanted[row] for row in found), default=math.inf)
    assert all(score <= worst + 1e-4 for row, score in wanted.items() if row not in found)


def test_what_is_kept_is_bounded_and_forgetting_changes_nothing(store, monkeypatch):
    index = store._index()
    corpus = index.corpus(WORDS)
    free = postings.Postings(index.db)
    monkeypatch.setattr(postings, "MOST_PAIRS", 200)
    monkeypatch.setattr(postings, "MOST_SOURCES", 1)
    tight = postings.Postings(index.db)
    for source in (None, "odd", "even", "odd"):
        for word in [*WORDS, *reversed(WORDS)]:
            one = [Concept({word: 1.0})]
            assert set(tight.best(index.db, one, corpus, 500, source)) == set(free.best(index.db, one, corpus, 500, source))
    assert tight._pairs == sum(len(rows) for rows, _ in tight._stems.values())
    assert len(tight._stems) == 1
    assert len(tight._sources) == 1


def test_threads_share_the_postings_and_find_the_same(store):
    alone = [hit.path for hit in store.search("alpha gamma", 20)]
    found: list[list[str]] = []

    def search() -> None:
        found.append([hit.path for hit in store.search("alpha gamma", 20)])

    threads = [threading.Thread(target=search) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 8


def test_a_new_build_is_searched_and_not_the_postings_of_the_old_one(store):
    assert store.search("harvester", 5) == []
    with store.build() as build:
        build.delete_source("odd")
        build.write([Document(id="new", content="harvester harvester", meta={"source": "new", "path": "new/h.md"})])
    assert [hit.path for hit in store.search("harvester", 5)] == ["new/h.md"]
    assert {hit.source for hit in store.search("alpha", 300)} == {"even"}
