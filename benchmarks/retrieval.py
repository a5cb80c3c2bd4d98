"""What the ranking is worth: recall, MRR and nDCG by the retrieval set, on both stores.

Elasticsearch is measured where its server can be had, the public documentation where there is a checkout; what was left
out says why. The held-out half is the one that counts: nothing is tuned on it.
"""

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
from tests.retrieval_set import Case, cases, panda_docs
from tests.retrieval_set import figures as quality

#: Over the public documentation alone, default store, unseen questions.
TARGETS = {"recall@5": "≥ 0.90 (aim 0.93)", "ndcg@10": "≥ 0.81 (aim 0.85)"}


def figures() -> list[Figure]:
    """Quality of both stores: over the public documentation alone, then over the corpus with it beside."""
    with tempfile.TemporaryDirectory(prefix="askpanda-bench-") as folder:
        rows = _measured("sqlite", Settings(state_dir=Path(folder)))
    try:
        with tempfile.TemporaryDirectory(prefix="askpanda-bench-") as folder, elasticsearch() as url:
            rows += _measured("elasticsearch", Settings(state_dir=Path(folder), store="elasticsearch", elasticsearch_url=url))
    except NoElasticsearch as error:
        rows.append(Figure("elasticsearch: retrieval", "", note=str(error).splitlines()[0]))
    rows.append(Figure("retrieval with vectors", "", note="no weights here"))
    return rows


def _measured(kind: str, settings: Settings) -> list[Figure]:
    rows: list[Figure] = []
    docs = panda_docs()
    store = open_store(settings)
    if docs is None:
        rows.append(Figure(f"{kind}: panda-docs", "", note="no checkout (ASKPANDA_PANDA_DOCS)"))
    else:
        run(settings, [source_for(str(docs), settings.state_dir / "sources", name="panda-docs")])
        rows += _quality(f"{kind}: panda-docs alone", store, cases("panda-docs"), TARGETS)
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
    return [*rows, Figure(f"{name}: search", "ms", took)]
