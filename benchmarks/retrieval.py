"""What the ranking is worth: recall, MRR, nDCG and facts found by the retrieval set, on both stores, with and without vectors.

Elasticsearch is measured where its server can be had, the public documentation where there is a checkout, vectors where
ASKPANDA_BENCH_EMBEDDINGS names a folder of ONNX weights; what was left out says why. The held-out half is the one that
counts: nothing is tuned on it.
"""

import os
import tempfile
import time
from pathlib import Path

from askpanda.settings import Settings
from askpanda.stores import Store, open_store
from askpanda_indexer.corpus import corpus_sources
from askpanda_indexer.run import run
from askpanda_indexer.sources import source_for
from benchmarks.figure import Figure
from tests.elasticsearch_server import NoElasticsearch, elasticsearch
from tests.retrieval_set import Case, cases, facts, panda_docs
from tests.retrieval_set import figures as quality

#: Over the public documentation alone, unseen questions: by words, and with vectors beside them.
TARGETS = {"recall@5": "≥ 0.90 (aim 0.93)", "ndcg@10": "≥ 0.81 (aim 0.85)"}
WITH_VECTORS = {"recall@5": "aim 0.96", "ndcg@10": "aim 0.89"}
#: Names the folder of an encoder (see docs/settings.md, ASKPANDA_EMBEDDINGS).
WEIGHTS = "ASKPANDA_BENCH_EMBEDDINGS"


def figures() -> list[Figure]:
    """Quality of both stores: over the public documentation alone, then over the corpus with it beside."""
    weights = os.environ.get(WEIGHTS, "")
    kinds = [("", "none", TARGETS)]
    if weights:
        kinds.append((" with vectors", f"local/{weights}", WITH_VECTORS))
    rows: list[Figure] = []
    for said, embeddings, targets in kinds:
        with tempfile.TemporaryDirectory(prefix="askpanda-bench-") as folder:
            rows += _measured(f"sqlite{said}", Settings(state_dir=Path(folder), embeddings=embeddings), targets)
    try:
        for said, embeddings, targets in kinds:
            with tempfile.TemporaryDirectory(prefix="askpanda-bench-") as folder, elasticsearch() as url:
                settings = Settings(
                    state_dir=Path(folder), store="elasticsearch", elasticsearch_url=url, embeddings=embeddings
                )  # fmt: skip
                rows += _measured(f"elasticsearch{said}", settings, targets)
    except NoElasticsearch as error:
        rows.append(Figure("elasticsearch: retrieval", "", note=str(error).splitlines()[0]))
    if not weights:
        rows.append(Figure("retrieval with vectors", "", note=f"no weights here ({WEIGHTS} names their folder)"))
    return rows


def _measured(kind: str, settings: Settings, targets: dict[str, str]) -> list[Figure]:
    rows: list[Figure] = []
    docs = panda_docs()
    store = open_store(settings)
    if docs is None:
        rows.append(Figure(f"{kind}: panda-docs", "", note="no checkout (ASKPANDA_PANDA_DOCS)"))
    else:
        run(settings, [source_for(str(docs), settings.state_dir / "sources", name="panda-docs")])
        rows += _quality(f"{kind}: panda-docs alone", store, cases("panda-docs"), targets)
    run(settings, corpus_sources())
    rows += _quality(f"{kind}: corpus" + (" with panda-docs" if docs else ""), store, cases("corpus"), {})
    store.close()
    return rows


def _quality(name: str, store: Store, asked: list[Case], targets: dict[str, str]) -> list[Figure]:
    rows = []
    took: list[float] = []

    def search(question: str, k: int) -> list[tuple[str, str]]:
        began = time.perf_counter()
        found = store.search(question, k)
        took.append(1000 * (time.perf_counter() - began))
        return [(hit.path, hit.section) for hit in found]

    search("warm up", 5)
    took.clear()
    for half, wanted in (("tuning half", False), ("held out", True)):
        chosen = [case for case in asked if case.held is wanted]
        for figure, value in quality(chosen, search).items():
            target = targets.get(figure, "") if wanted else ""
            rows.append(Figure(f"{name}, {half}: {figure}", "", [value], target, f"{len(chosen)} questions"))
        with_facts = [case for case in chosen if case.fact]
        if with_facts:
            share = facts(with_facts, lambda question, k: [hit.text for hit in store.search(question, k)])
            note = f"{len(with_facts)} questions"
            rows.append(Figure(f"{name}, {half}: the needed fact stands in the first 5 texts", "", [share], "", note))
    return [*rows, Figure(f"{name}: search", "ms", took)]
