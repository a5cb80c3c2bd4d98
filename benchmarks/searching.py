"""What the search costs: index speed and latency by number of passages.

Passages are those of the corpus, then as many more made of its words at the same rates, in another order and with rare
ones among them.
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from haystack.dataclasses import Document

from askpanda.settings import Settings
from askpanda.stores import open_store
from askpanda.stores.sqlite import SqliteStore
from askpanda_indexer.corpus import corpus_sources
from askpanda_indexer.run import run
from benchmarks.figure import Figure
from tests.elasticsearch_server import NoElasticsearch, elasticsearch
from tests.retrieval_set import cases

#: Passages. A million, on Elasticsearch alone, takes ten minutes and more and is asked for (BENCH_PASSAGES=1000000).
SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000
LATENCY = {("sqlite", 10_000): "p95 ≤ 20", ("sqlite", 100_000): "p95 ≤ 200", ("elasticsearch", 1_000_000): "p95 ≤ 150"}
REPEATS = 3


def figures() -> list[Figure]:
    """For each store and number of passages: chunks a second into a finished build, milliseconds a search."""
    sizes = tuple(int(word) for word in os.environ.get("BENCH_PASSAGES", "").split(",") if word) or SIZES
    rows: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="askpanda-bench-") as folder, ExitStack() as stack:
        settings = Settings(state_dir=Path(folder) / "own")
        run(settings, corpus_sources())
        own = open_store(settings).filter_documents()
        for size in (size for size in sizes if size < MILLION):
            rows += _measured("sqlite", SqliteStore(Path(folder) / f"sqlite-{size}"), own, size)
        try:
            url = stack.enter_context(elasticsearch("1g"))
        except NoElasticsearch as error:
            return [*rows, Figure("elasticsearch: search", "", note=str(error).splitlines()[0])]
        from askpanda.stores.elastic import ElasticStore

        for size in sizes:
            rows += _measured("elasticsearch", ElasticStore(url, f"bench-{size}"), own, size)
        if MILLION not in sizes:
            asked = f"takes ten minutes and more: BENCH_PASSAGES={MILLION} asks for it"
            rows.append(
                Figure(
                    f"elasticsearch: search, {MILLION:,} passages", "ms", target=LATENCY["elasticsearch", MILLION], note=asked
                )
            )
    return rows


def _measured(kind: str, store: Any, own: list[Document], size: int) -> list[Figure]:
    began = time.perf_counter()
    making = 0.0
    with store.build() as build:
        for start in range(0, size, 5000):
            at = time.perf_counter()
            documents = list(_passages(own, start, min(start + 5000, size)))
            making += time.perf_counter() - at
            build.write(documents)
    speed = size / (time.perf_counter() - began - making)
    store.search("warm up", 5)
    took: list[float] = []
    spent: list[float] = []
    for _ in range(REPEATS):
        for case in cases("corpus"):
            began, at = time.perf_counter(), time.process_time()
            store.search(case.question, 5)
            took.append(1000 * (time.perf_counter() - began))
            spent.append(1000 * (time.process_time() - at))
    store.close()
    return [
        Figure(f"{kind}: index speed, {size:,} passages", "chunks/s", [speed], "≥ 2,000" if kind == "sqlite" else ""),
        Figure(f"{kind}: search, {size:,} passages", "ms", took, LATENCY.get((kind, size), "")),
        Figure(f"{kind}: own processor time of a search, {size:,} passages", "ms", spent),
    ]


def _passages(own: list[Document], first: int, end: int) -> Iterator[Document]:
    rng = random.Random(first)
    words = [word for document in own for word in (document.content or "").split()]
    for number in range(first, end):
        if number < len(own):
            yield own[number]
            continue
        length = min(len((own[number % len(own)].content or "").split()), 240)
        start = rng.randrange(len(words) - length)
        body = [word if rng.random() > 0.02 else f"{word}{rng.randrange(1000)}" for word in words[start : start + length]]
        rng.shuffle(body)
        path, section = f"made/{number // 12}.rst", f"Page {number // 12} > Part {number % 12}"
        meta = {"path": path, "section": section, "title": "", "url": "", "source": "made", "as_of": "", "kind": "document"}
        yield Document(id=f"{path}#{number}", content=f"{section}\n\n{' '.join(body)}", meta=meta)
