"""Vectors made in the process: ONNX weights of a sentence encoder from a folder, run by ONNX Runtime.

The folder is what sentence encoders are published as: `tokenizer.json`, `model.onnx` (or `onnx/model.onnx`), and where
they are there `1_Pooling/config.json` (else the mean of the tokens), `sentence_bert_config.json` (most tokens of a text)
and `config_sentence_transformers.json` (what is written before a question and before a passage).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askpanda.errors import ConfigurationError, ModelDown, ModelGarbage
from askpanda.models.vectors import Embedder, unit_rows
from askpanda.settings import Settings

if TYPE_CHECKING:
    import numpy as np

PREFIX = "local/"
#: Files that decide what a text's vector is, in the order in which they are looked for.
WEIGHTS = ("model.onnx", "onnx/model.onnx")
TOKENIZER = "tokenizer.json"
POOLING, SENTENCES, PROMPTS = "1_Pooling/config.json", "sentence_bert_config.json", "config_sentence_transformers.json"
#: Tokens of a text that are read: passages of 240 words have up to 400, and no encoder of this kind reads more than 512.
MOST_TOKENS = 512
#: Texts that go through the model together, sorted by length so that little is padding.
BATCH = 32
LIBRARIES = ("onnxruntime", "tokenizers")
#: Names that prompts have in published models.
_QUERY_PROMPTS, _PASSAGE_PROMPTS = ("query",), ("passage", "document")


class LocalEmbedder(Embedder):
    """See the module. Nothing leaves the process, so nothing is masked and nothing is priced.

    Raises ConfigurationError for a folder that lacks a file, or where the libraries are not installed.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.folder = Path(settings.embeddings.removeprefix(PREFIX)).expanduser().resolve()
        said = f"ASKPANDA_EMBEDDINGS={settings.embeddings!r}"
        weights = next((self.folder / name for name in WEIGHTS if (self.folder / name).is_file()), None)
        if weights is None or not (self.folder / TOKENIZER).is_file():
            wanted = f"{TOKENIZER} and {' or '.join(WEIGHTS)}"
            raise ConfigurationError(f"{said}: {self.folder} is no folder with {wanted}. Give the folder of an ONNX encoder.")
        if lacking := [name for name in LIBRARIES if find_spec(name) is None]:
            raise ConfigurationError(
                f"{said} wants {' and '.join(lacking)}, which are not installed: pip install 'askpanda[local-embeddings]'."
            )
        self.weights = weights
        self._loaded: dict[int, tuple[Any, Any]] = {}
        self._read: dict[str, dict[str, Any]] = {}

    @property
    def name(self) -> str:
        return self._name

    @cached_property
    def _name(self) -> str:
        """`local/FOLDER@DIGEST`: other weights in the same folder are another model, the same ones elsewhere are not."""
        digest = hashlib.sha256()
        for file in (self.weights, *(self.folder / name for name in (TOKENIZER, POOLING, SENTENCES, PROMPTS))):
            digest.update(hashlib.sha256(file.read_bytes() if file.is_file() else b"").digest())
        return f"{PREFIX}{self.folder.name}@{digest.hexdigest()[:12]}"

    @property
    def identity(self) -> tuple[str, str]:
        return str(self.folder), str(self.weights.stat().st_mtime_ns)

    def _ask(self, texts: Sequence[str], *, question: bool) -> np.ndarray:
        import numpy as np

        prompt = self._prompt(_QUERY_PROMPTS if question else _PASSAGE_PROMPTS)
        try:
            tokenizer, session = self._model()
            read = tokenizer.encode_batch([f"{prompt}{text}" for text in texts])
            order = sorted(range(len(read)), key=lambda i: sum(read[i].attention_mask))
            rows: list[Any] = [None] * len(read)
            for start in range(0, len(order), BATCH):
                some = order[start : start + BATCH]
                for i, row in zip(some, self._pooled(session, [read[i] for i in some]), strict=True):
                    rows[i] = row
            vectors = np.array(rows, dtype=np.float32)
        except Exception as problem:  # the runtime raises errors of its own for whatever is wrong with a file
            raise ModelDown(f"The model in {self.folder} cannot be run ({str(problem)[:200]}).") from problem
        if vectors.ndim != 2 or not np.isfinite(vectors).all():
            raise ModelGarbage(f"The model in {self.folder} makes what are no vectors.")
        return unit_rows(vectors)

    def _pooled(self, session: Any, read: Sequence[Any]) -> np.ndarray:
        """One vector a text, of the model's tokens."""
        import numpy as np

        longest = max(sum(text.attention_mask) for text in read)
        ids = np.zeros((len(read), longest), dtype=np.int64)
        mask = np.zeros((len(read), longest), dtype=np.int64)
        for row, text in enumerate(read):
            count = sum(text.attention_mask)
            ids[row, :count], mask[row, :count] = text.ids[:count], 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        made: np.ndarray = session.run(None, {put.name: given[put.name] for put in session.get_inputs()})[0]
        if made.ndim == 2:  # the model pools by itself
            return made
        if self._json(POOLING).get("pooling_mode_cls_token"):
            return np.asarray(made[:, 0])
        return np.asarray((made * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True).clip(min=1))

    def _model(self) -> tuple[Any, Any]:
        """Tokenizer and session of this process: threads of the runtime do not live on in a fork."""
        loaded = self._loaded.get(os.getpid())
        if loaded is None:
            with self._lock:
                if os.getpid() not in self._loaded:
                    self._loaded[os.getpid()] = self._load()
                loaded = self._loaded[os.getpid()]
        return loaded

    def _load(self) -> tuple[Any, Any]:
        import onnxruntime
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        tokenizer.no_padding()
        tokenizer.enable_truncation(min(int(self._json(SENTENCES).get("max_seq_length") or MOST_TOKENS), MOST_TOKENS))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # its warnings are about itself; what fails is raised
        return tokenizer, onnxruntime.InferenceSession(str(self.weights), options, providers=["CPUExecutionProvider"])

    def _prompt(self, names: Sequence[str]) -> str:
        prompts = self._json(PROMPTS).get("prompts") or {}
        return next((str(prompts[name]) for name in names if prompts.get(name)), "")

    def _json(self, name: str) -> dict[str, Any]:
        if name not in self._read:
            file = self.folder / name
            found = json.loads(file.read_text("utf-8")) if file.is_file() else {}
            self._read[name] = found if isinstance(found, dict) else {}
        return self._read[name]
