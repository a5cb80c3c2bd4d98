"""Vectors on both stores: made by a provider, of one model, fused with the order by words."""

import uuid
from pathlib import Path

import pytest

from askpanda.errors import ConfigurationError, ModelError, Unavailable
from askpanda.models.embeddings import ProviderEmbedder, counted, embedder
from askpanda.settings import Settings
from askpanda.stores import open_store, searching
from askpanda_indexer.run import remove, run
from askpanda_indexer.sources import source_for
from tests.wire.server import running_wire


@pytest.fixture
def wire():
    with running_wire() as made:
        made.meanings = {"car": "vehicle", "automobile": "vehicle", "engine": "motor"}
        yield made


@pytest.fixture(params=["sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def settings(request, tmp_path, wire) -> Settings:
    url = request.getfixturevalue("elasticsearch_url") if request.param == "elasticsearch" else "http://127.0.0.1:9"
    return Settings(
        state_dir=tmp_path / "state", store=request.param, elasticsearch_url=url, index=f"vectors-{uuid.uuid4().hex[:10]}",
        embeddings="compatible/good", compatible_base_url=f"{wire.url}/v1",
    )  # fmt: skip


@pytest.fixture
def docs(tmp_path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# Alpha\n\nThe automobile has a motor.\n")
    (folder / "b.md").write_text("# Beta\n\nThe bicycle has two wheels.\n")
    (folder / "c.md").write_text("# Gamma\n\nA boat floats on water.\n")
    return folder


def add(settings: Settings, folder: Path, name: str = "docs"):
    return run(settings, [source_for(str(folder), settings.state_dir, name=name)])[0]


def paths(settings: Settings, question: str, k: int = 1, **more) -> list[str]:
    return [hit.path for hit in open_store(settings).search(question, k, **more)]


def embedded(wire) -> int:
    """Texts that were sent to the provider."""
    return sum(len(request["input"]) for request in wire.requests)


def without(settings: Settings) -> Settings:
    return settings.model_copy(update={"embeddings": "none"})


def test_a_passage_that_shares_no_word_with_the_question_is_found(settings, docs, wire):
    add(settings, docs)
    assert paths(without(settings), "car engine") == []
    assert paths(settings, "car engine") == ["docs/a.md"]
    assert paths(settings, "bicycle wheels") == ["docs/b.md"]
    assert open_store(settings).status().vectors == "compatible/good"


def test_only_passages_that_have_no_vector_are_sent_to_the_provider(settings, docs, wire):
    add(settings, docs)
    first = embedded(wire)
    assert first == 4  # three passages, and one text to learn the dimensions by
    (docs / "b.md").write_text("# Beta\n\nThe bicycle has a bell.\n")
    add(settings, docs)
    assert embedded(wire) == first + 2
    assert paths(settings, "car engine") == ["docs/a.md"]
    assert paths(settings, "bell") == ["docs/b.md"]


def test_what_is_removed_is_not_found_by_its_vector(settings, docs, wire):
    add(settings, docs)
    (docs / "a.md").unlink()
    add(settings, docs)
    assert "docs/a.md" not in paths(settings, "car engine", 5)
    remove(settings, "docs")
    assert paths(settings, "car engine", 5) == []


def test_source_narrows_a_search_by_vectors_too(settings, docs, wire):
    add(settings, docs)
    add(settings, docs, "other")
    assert paths(settings, "car engine", 1, source="other") == ["other/a.md"]


def test_passages_indexed_without_vectors_get_them_with_the_next_run(settings, docs, wire):
    add(without(settings), docs)
    assert paths(settings, "bicycle wheels") == ["docs/b.md"]  # by words alone
    assert open_store(settings).status().vectors == ""
    report = add(settings, docs)
    assert report.unchanged == 3
    assert paths(settings, "car engine") == ["docs/a.md"]


def test_another_model_is_refused_until_the_vectors_are_made_anew(settings, docs, wire):
    add(settings, docs)
    other = settings.model_copy(update={"embeddings": "compatible/better"})
    with pytest.raises(Unavailable, match=r"compatible/good.*compatible/better.*askpanda index build"):
        open_store(other).search("car engine")
    add(other, docs)
    assert paths(other, "car engine") == ["docs/a.md"]
    with pytest.raises(Unavailable):
        open_store(settings).search("car engine")


def test_a_provider_that_fails_leaves_the_search_by_words(settings, docs, wire):
    add(settings, docs)
    gone = settings.model_copy(update={"compatible_base_url": "http://127.0.0.1:9/v1"})
    assert paths(gone, "bicycle wheels") == ["docs/b.md"]


def test_a_run_whose_provider_fails_leaves_the_index_as_it_was(settings, docs, wire):
    add(settings, docs)
    (docs / "d.md").write_text("# Delta\n\nA plane flies.\n")
    gone = settings.model_copy(update={"compatible_base_url": "http://127.0.0.1:9/v1"})
    with pytest.raises(ModelError):
        add(gone, docs)
    assert paths(settings, "plane flies", 5) == [] or "docs/d.md" not in paths(settings, "plane flies", 5)
    assert paths(settings, "car engine") == ["docs/a.md"]


def test_a_run_whose_provider_fails_half_way_goes_on_there(settings, tmp_path, wire, monkeypatch):
    """Vectors cost money: a provider that fails at the last hundred has not taken the first ones with it."""
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "many.md").write_text("# Many\n\n" + "\n\n".join(f"## Part {n}\n\nWord{n} alone." for n in range(1200)))
    answer = ProviderEmbedder.passages

    def fails_at_the_second_batch(self, contents):
        if embedded(wire) > 400:
            raise ModelError("The provider has gone.")
        return answer(self, contents)

    with monkeypatch.context() as broken:
        broken.setattr(ProviderEmbedder, "passages", fails_at_the_second_batch)
        with pytest.raises(ModelError):
            add(settings, folder, "many")
    first = embedded(wire)
    assert first > 400
    add(settings, folder, "many")
    assert embedded(wire) <= 1200 + 2  # every passage once, and one text a run to learn the dimensions by
    assert paths(settings, "word777") == ["many/many.md"]
    assert open_store(settings).status().vectors == "compatible/good"
    assert not list((settings.state_dir / "index").rglob("vectors-of-this-run*"))


def test_embedding_a_question_is_counted_once_and_priced(wire):
    settings = Settings(embeddings="openai/text-embedding-3-small", openai_api_key="k", openai_base_url=f"{wire.url}/v1")
    made = ProviderEmbedder(settings)
    with counted() as account:
        made.query("car engine trouble")
        made.query("car engine trouble")
    assert [(call.model, call.purpose, call.input_tokens) for call in account.calls] == [
        ("openai/text-embedding-3-small", "embedding", 3)
    ]
    assert account.calls[0].cost_usd > 0


@pytest.mark.parametrize("provider", ["openai", "mistral", "ollama", "compatible"])
def test_every_provider_is_asked_where_it_listens(provider, wire, monkeypatch):
    for name, value in wire.environment.items():
        monkeypatch.setenv(name, value)
    vectors = ProviderEmbedder(Settings(embeddings=f"{provider}/good")).passages([f"word{n}" for n in range(130)])
    assert vectors.shape[0] == 130
    assert float((vectors[129] ** 2).sum()) == pytest.approx(1.0)
    # In order, though the server answers in another one.
    assert (vectors[5] == ProviderEmbedder(Settings(embeddings=f"{provider}/good")).query("word5")).all()


@pytest.mark.parametrize("behaviour", ["401", "500", "html", "short"])
def test_an_odd_answer_is_a_model_error(behaviour, wire):
    made = ProviderEmbedder(Settings(embeddings=f"compatible/{behaviour}", compatible_base_url=f"{wire.url}/v1"))
    with pytest.raises(ModelError):
        made.passages(["a", "b"])


def test_a_remote_provider_sees_no_name_and_no_provider_a_secret(wire, monkeypatch):
    settings = Settings(embeddings="compatible/good", compatible_base_url=f"{wire.url}/v1", egress="remote")
    made = ProviderEmbedder(settings)
    made.query("password=hunter22secret of jane.roe@example.org")
    assert "hunter22secret" not in str(wire.requests)
    monkeypatch.setattr("askpanda.models.providers.is_local", lambda host, listed: False)
    ProviderEmbedder(settings).query("jane.roe@example.org again")
    assert "jane" not in str(wire.requests[-1])


def test_settings_that_cannot_be_used_are_refused_by_name():
    assert embedder(Settings(embeddings="none")) is None
    assert embedder(Settings(embeddings="openai/x", egress="none")) is None
    for name in ("anthropic/x", "local/x", "local/", "nonsense"):
        with pytest.raises(ConfigurationError, match="ASKPANDA_EMBEDDINGS"):
            embedder(Settings(embeddings=name))
    with pytest.raises(ConfigurationError, match="EGRESS"):
        embedder(Settings(embeddings="openai/x", openai_api_key="k", egress="local"))


def test_fusion_prefers_what_both_orders_like():
    def made(name: str):
        return searching.Candidate(name, name, name, name, 0, name, lambda: None)

    a, b, c = made("a"), made("b"), made("c")
    found = searching.fused([(a, 9.0), (b, 8.0), (c, 1.0)], [b, c])
    assert [candidate.id for candidate, _ in found] == ["b", "a", "c"]
    assert searching.fused([(a, 3.0)], [a])[0][1] == pytest.approx(1.0)


def test_a_sure_order_by_words_is_not_turned_over_by_the_vectors():
    def made(name: str):
        return searching.Candidate(name, name, name, name, 0, name, lambda: None)

    sure, other = made("sure"), made("other")
    assert searching.fused([(sure, 30.0), (other, 3.0)], [other, sure])[0][0] is sure
    assert searching.fused([(sure, 30.0), (other, 29.0)], [other, sure])[0][0] is other
