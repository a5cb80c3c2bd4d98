"""What the ranking is worth by the retrieval set, on both stores. The floors lie below what was measured: a fall means
that something broke."""

import pytest

from askpanda.settings import Settings
from askpanda.stores import open_store
from askpanda_indexer.corpus import corpus_sources
from askpanda_indexer.run import run
from askpanda_indexer.sources import source_for
from tests.retrieval_set import cases, facts, figures, panda_docs


@pytest.fixture(scope="module", params=["sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def settings(request, tmp_path_factory) -> Settings:
    folder = tmp_path_factory.mktemp("retrieval")
    if request.param == "sqlite":
        return Settings(state_dir=folder)
    url = request.getfixturevalue("elasticsearch_url")
    return Settings(state_dir=folder, store="elasticsearch", elasticsearch_url=url, index=folder.name.lower())


def measured(settings: Settings, source: str) -> dict[str, float]:
    store = open_store(settings)
    return figures(cases(source), lambda question, k: [(hit.path, hit.section) for hit in store.search(question, k)])


def test_every_needed_passage_exists_in_the_corpus(settings):
    run(settings, corpus_sources())
    paths = {document.meta["path"] for document in open_store(settings).filter_documents()}
    for case in cases("corpus"):
        for needed in case.needed:
            assert any(path in paths for path, _ in needed), case.question


def test_the_corpus_answers_the_questions_put_to_it(settings):
    run(settings, corpus_sources())
    found = measured(settings, "corpus")
    assert found["recall@5"] >= 0.92, found
    assert found["ndcg@10"] >= 0.88, found


def test_the_public_documentation_is_found_in(settings):
    docs = panda_docs()
    if docs is None:
        pytest.skip("no checkout of panda-docs (ASKPANDA_PANDA_DOCS)")
    settings = settings.model_copy(update={"index": f"{settings.index}-docs"})
    report = run(settings, [source_for(str(docs), settings.state_dir / "sources", name="panda-docs")])[0]
    assert (report.failed, report.skipped, report.remarks) == ("", [], [])
    found = measured(settings, "panda-docs")
    assert found["recall@5"] >= 0.90, found
    assert found["ndcg@10"] >= 0.81, found
    with_facts = [case for case in cases("panda-docs") if case.fact]
    texts = [document.content.lower() for document in open_store(settings).filter_documents()]
    assert [case.fact for case in with_facts if not any(case.fact.lower() in text for text in texts)] == []
    share = facts(with_facts, lambda question, k: [hit.text for hit in open_store(settings).search(question, k)])
    assert share >= 0.85, share


def test_the_set_has_every_kind_of_question_and_two_halves():
    asked = [*cases("panda-docs"), *cases("corpus")]
    kinds = {
        "concept",
        "how-to",
        "error",
        "configuration",
        "difference",
        "paraphrase",
        "abbreviation",
        "typo",
        "multi-part",
        "long-winded",
    }
    assert {case.kind for case in asked} == kinds
    assert len({case.question for case in asked if case.held}) >= 80
    assert len({case.question for case in asked if not case.held}) >= 80
