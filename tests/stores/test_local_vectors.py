"""Vectors made in the process, by a small encoder that is made here: a table of word vectors behind a word tokenizer."""

import json
from pathlib import Path

import pytest

from askpanda.errors import ConfigurationError, Unavailable
from askpanda.models.embeddings import embedder
from askpanda.settings import Settings
from askpanda.stores import open_store
from askpanda_indexer.run import run
from askpanda_indexer.sources import source_for
from askpanda_indexer.upkeep import ensure_index

onnx = pytest.importorskip("onnx", reason="pip install 'askpanda[test]'")

#: Words of one line mean the same to the small encoder.
MEANINGS = ["car automobile vehicle", "engine motor", "bicycle wheels", "boat water", "plane flies"]
WIDTH = len(MEANINGS) + 1


def encoder(folder: Path, *, pooled: bool = False, shift: float = 0.0, place: str = "model.onnx", cls: bool = False) -> Path:
    """A sentence encoder as they are published: the vector of a token is the line of MEANINGS that it is in."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    words = ["[UNK]", *(word for line in MEANINGS for word in line.split())]
    table = np.zeros((len(words), WIDTH), dtype=np.float32)
    table[0, WIDTH - 1] = 0.05
    for n, line in enumerate(MEANINGS):
        for word in line.split():
            table[words.index(word), n] = 1 + shift
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    # As published ones do: padded to a fixed length, which the embedder must undo.
    tokenizer.enable_padding(length=32, pad_token="[UNK]")
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    out = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", WIDTH])
    if pooled:
        nodes.append(helper.make_node("ReduceMean", ["last_hidden_state"], ["sentence"], axes=[1], keepdims=0))
        out = helper.make_tensor_value_info("sentence", TensorProto.FLOAT, ["texts", WIDTH])
    given = [helper.make_tensor_value_info(n, TensorProto.INT64, ["texts", "tokens"]) for n in ("input_ids", "attention_mask")]
    graph = helper.make_graph(nodes, "encoder", given, [out], [numpy_helper.from_array(table, "table")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, folder / place)
    if cls:
        (folder / "1_Pooling").mkdir(exist_ok=True)
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    return folder


@pytest.fixture
def docs(tmp_path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# Alpha\n\nThe automobile has a motor.\n")
    (folder / "b.md").write_text("# Beta\n\nThe bicycle has two wheels.\n")
    (folder / "c.md").write_text("# Gamma\n\nA boat floats on water.\n")
    return folder


def made(tmp_path: Path, folder: Path, **more) -> Settings:
    return Settings(state_dir=tmp_path / "state", embeddings=f"local/{folder}", egress="none", **more)


def add(settings: Settings, docs: Path):
    return run(settings, [source_for(str(docs), settings.state_dir, name="docs")])[0]


def paths(settings: Settings, question: str) -> list[str]:
    return [hit.path for hit in open_store(settings).search(question, 1)]


@pytest.mark.parametrize("kind", [{}, {"pooled": True}, {"place": "onnx/model.onnx"}])
def test_a_passage_is_found_by_meaning_without_any_network(tmp_path, docs, kind):
    settings = made(tmp_path, encoder(tmp_path / "encoder", **kind))
    add(settings, docs)
    assert paths(settings.model_copy(update={"embeddings": "none"}), "car engine") == []
    assert paths(settings, "car engine") == ["docs/a.md"]
    assert open_store(settings).status().vectors.startswith("local/encoder@")


def test_other_weights_in_the_same_folder_are_refused_and_the_same_ones_elsewhere_are_not(tmp_path, docs):
    folder = encoder(tmp_path / "encoder")
    settings = made(tmp_path, folder)
    add(settings, docs)
    moved = tmp_path / "elsewhere" / "encoder"
    moved.parent.mkdir()
    folder.rename(moved)
    assert paths(made(tmp_path, moved), "car engine") == ["docs/a.md"]
    other = made(tmp_path, encoder(folder, shift=0.5))
    with pytest.raises(Unavailable, match=r"vectors of local/encoder@.*ASKPANDA_EMBEDDINGS is local/encoder@.*index build"):
        paths(other, "car engine")
    add(other, docs)
    assert paths(other, "car engine") == ["docs/a.md"]


def test_a_start_with_another_encoder_makes_the_vectors_anew_and_the_next_start_does_not(tmp_path):
    settings = made(tmp_path, encoder(tmp_path / "encoder"))
    assert ensure_index(settings.model_copy(update={"embeddings": "none"}))
    assert ensure_index(settings)
    assert ensure_index(settings) == []


def test_pooling_is_what_the_folder_says(tmp_path):
    mean = embedder(made(tmp_path, encoder(tmp_path / "mean")))
    first = embedder(made(tmp_path, encoder(tmp_path / "first", cls=True)))
    assert mean.query("car boat")[0] == pytest.approx(mean.query("boat car")[0])
    assert first.query("car boat")[0] > 0.9
    assert first.query("boat car")[0] < 0.1


def test_vectors_come_in_the_order_of_the_texts_however_long_they_are(tmp_path):
    model = embedder(made(tmp_path, encoder(tmp_path / "encoder")))
    texts = ["car " * (1 + n % 7) if n % 2 else "boat" for n in range(150)] + ["", "car " * 3000]
    vectors = model.passages(texts)
    assert vectors.shape == (152, WIDTH)
    assert all(vectors[n].argmax() == (0 if n % 2 else 3) for n in range(150))
    assert vectors[151].argmax() == 0


def test_a_text_before_question_and_passage_is_taken_from_the_folder(tmp_path):
    folder = encoder(tmp_path / "encoder")
    prompts = {"prompts": {"query": "car ", "document": "boat "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    model = embedder(made(tmp_path, folder))
    assert model.query("nothing").argmax() == 0
    assert model.passages(["nothing"])[0].argmax() == 3


def test_a_folder_that_is_no_encoder_is_refused_by_its_name(tmp_path):
    with pytest.raises(ConfigurationError, match=r"ASKPANDA_EMBEDDINGS.*nowhere.*tokenizer\.json"):
        embedder(made(tmp_path, tmp_path / "nowhere"))


def test_weights_that_cannot_be_run_leave_the_search_by_words_and_the_index_as_it_was(tmp_path, docs):
    settings = made(tmp_path, encoder(tmp_path / "encoder"))
    add(settings, docs)
    broken = encoder(tmp_path / "broken")
    (broken / "model.onnx").write_bytes(b"no weights")
    with pytest.raises(Exception, match="cannot be run"):
        add(made(tmp_path, broken), docs)
    assert paths(settings, "car engine") == ["docs/a.md"]
    assert paths(settings, "bicycle wheels") == ["docs/b.md"]


def test_libraries_that_are_not_installed_are_named_with_the_command(tmp_path, monkeypatch):
    folder = encoder(tmp_path / "encoder")
    monkeypatch.setattr("askpanda.models.local_embeddings.LIBRARIES", ("onnxruntime_that_is_not_there",))
    with pytest.raises(ConfigurationError, match=r"pip install 'askpanda\[local-embeddings\]'"):
        embedder(made(tmp_path, folder))
