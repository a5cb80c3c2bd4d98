"""The configured embedding model; vectors of a provider that speaks OpenAI's embeddings (OpenAI, Mistral, Ollama, any
compatible server)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from askpanda.errors import ConfigurationError, ModelGarbage
from askpanda.models.local_embeddings import PREFIX, LocalEmbedder
from askpanda.models.prices import cost_usd
from askpanda.models.problems import as_model_error
from askpanda.models.providers import endpoint, openai_form
from askpanda.models.vectors import Embedder, unit_rows
from askpanda.redaction import Mask, cut_secrets
from askpanda.schema.answer import ModelCall
from askpanda.settings import Settings

if TYPE_CHECKING:
    import numpy as np

PROVIDERS = ("openai", "mistral", "ollama", "compatible", "gemini")
#: Characters of one text: every provider's limit is above that.
LONGEST = 8000
#: Seconds: a question waits for its vector, and is answered by words alone after that; an indexing run has time.
QUERY_TIMEOUT, INDEX_TIMEOUT = 4.0, 60.0

_spent: ContextVar[list[ModelCall] | None] = ContextVar("askpanda_embedding_calls", default=None)


@contextmanager
def counted() -> Iterator[list[ModelCall]]:
    """What embedding costs within the block, as calls to be added to an answer's usage."""
    calls: list[ModelCall] = []
    token = _spent.set(calls)
    try:
        yield calls
    finally:
        _spent.reset(token)


class ProviderEmbedder(Embedder):
    """A provider's model.

    Raises ConfigurationError for a name that is not understood, a key that is missing, an address that EGRESS forbids.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        provider = settings.embeddings.partition("/")[0]
        if provider not in PROVIDERS:
            known = ", ".join([f"{PREFIX}FOLDER", *(f"{name}/NAME" for name in PROVIDERS)])
            raise ConfigurationError(f"ASKPANDA_EMBEDDINGS={settings.embeddings!r} is not understood. Use none, {known}.")
        try:
            self._endpoint = endpoint(settings.embeddings, settings)
        except ConfigurationError as error:
            raise ConfigurationError(error.message.replace("ASKPANDA_MODEL=", "ASKPANDA_EMBEDDINGS=")) from error
        self._name = settings.embeddings
        self._clients: dict[int, Any] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def identity(self) -> tuple[str, str]:
        return self.name, self._endpoint.url

    def _ask(self, texts: Sequence[str], *, question: bool) -> np.ndarray:
        import numpy as np

        timeout = QUERY_TIMEOUT if question else INDEX_TIMEOUT
        sent = [self._fit(text) for text in texts]
        try:
            answer = self._client().with_options(timeout=timeout).embeddings.create(
                model=self._endpoint.model, input=sent, encoding_format="float"
            )  # fmt: skip
        except Exception as problem:
            raise as_model_error(problem, self.name) from problem
        try:
            rows = sorted(answer.data, key=lambda row: row.index)
            vectors = np.array([row.embedding for row in rows], dtype=np.float32)
        except (AttributeError, TypeError, ValueError) as problem:
            raise ModelGarbage(f"{self.name} answered with what are no vectors.") from problem
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise ModelGarbage(f"{self.name} answered with what are no vectors.")
        self._count(answer)
        return unit_rows(vectors)

    def _fit(self, text: str) -> str:
        text = cut_secrets(text[:LONGEST])
        return (Mask().hide(text) if self._endpoint.remote else text) or " "

    def _count(self, answer: Any) -> None:
        calls = _spent.get()
        if calls is not None:
            tokens = int(getattr(answer.usage, "prompt_tokens", 0) or 0)
            cost = cost_usd(self._endpoint.provider, self._endpoint.model, tokens, 0)
            calls.append(ModelCall(model=self.name, purpose="embedding", input_tokens=tokens, cost_usd=cost))

    def _client(self) -> Any:
        client = self._clients.get(os.getpid())
        if client is None:
            from openai import OpenAI

            made = OpenAI(api_key=self._endpoint.key, base_url=openai_form(self._endpoint), max_retries=1)
            client = self._clients.setdefault(os.getpid(), made)
        return client


def embedder(settings: Settings) -> Embedder | None:
    """The configured embedder; None for `none`, and for a provider where EGRESS lets nothing out.

    Raises ConfigurationError.
    """
    if settings.embeddings in ("", "none"):
        return None
    if settings.embeddings.startswith(PREFIX):
        return LocalEmbedder(settings)
    return None if settings.egress == "none" else ProviderEmbedder(settings)
