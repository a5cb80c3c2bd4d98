"""The configured embedding model; vectors of a provider that speaks OpenAI's embeddings (OpenAI, Mistral, Ollama, any
compatible server)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from askpanda.errors import ConfigurationError, ModelBusy, ModelError, ModelGarbage, ModelNotAsked
from askpanda.models.limits import limits
from askpanda.models.local_embeddings import PREFIX, LocalEmbedder
from askpanda.models.prices import Prices, Tokens
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


def _always(_: str) -> str:
    return ""


@dataclass
class Account:
    """What embedding cost in a block, as calls, and how each went: {model, code, retry_after}, no code where it went well.

    `refusal` says why a model is not to be asked now; "" where it may be.
    """

    refusal: Callable[[str], str] = _always
    calls: list[ModelCall] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)


_account: ContextVar[Account | None] = ContextVar("askpanda_embedding_calls", default=None)


@contextmanager
def counted(refusal: Callable[[str], str] = _always) -> Iterator[Account]:
    """Counts what embedding costs within the block; without one nothing is counted or refused."""
    account = Account(refusal)
    token = _account.set(account)
    try:
        yield account
    finally:
        _account.reset(token)


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
        self._limits = limits(settings)[provider]
        self._prices = Prices(settings)
        self._free = threading.BoundedSemaphore(self._limits.at_once)

    @property
    def name(self) -> str:
        return self._name

    @property
    def identity(self) -> tuple[str, str]:
        return self.name, self._endpoint.url

    def _ask(self, texts: Sequence[str], *, question: bool) -> np.ndarray:
        account = _account.get()
        reason = account.refusal(self.name) if account is not None else ""
        if reason:
            raise ModelNotAsked(reason)
        try:
            vectors, answer = self._vectors([self._fit(text) for text in texts], question=question)
        except ModelError as problem:
            if account is not None:
                account.outcomes.append({"model": self.name, "code": problem.code, "retry_after": problem.retry_after})
            raise
        if account is not None:
            account.calls.append(self._call(answer))
            account.outcomes.append({"model": self.name, "code": "", "retry_after": None})
        return vectors

    def _vectors(self, sent: list[str], *, question: bool) -> tuple[np.ndarray, Any]:
        """The vectors and the whole answer. A question gets one try and no more than its time, however slowly bytes come."""
        import numpy as np

        timeout = min(QUERY_TIMEOUT, self._limits.timeout) if question else INDEX_TIMEOUT
        client = self._client().with_options(timeout=timeout, max_retries=0 if question else self._limits.retries)

        def ask() -> Any:
            return client.embeddings.create(model=self._endpoint.model, input=sent, encoding_format="float")

        try:
            answer = self._within(timeout, ask) if question else ask()
        except ModelError:
            raise
        except Exception as problem:
            raise as_model_error(problem, self.name) from problem
        try:
            rows = sorted(answer.data, key=lambda row: row.index)
            vectors = np.array([row.embedding for row in rows], dtype=np.float32)
        except (AttributeError, TypeError, ValueError) as problem:
            raise ModelGarbage(f"{self.name} answered with what are no vectors.") from problem
        if vectors.ndim != 2 or len(vectors) != len(sent) or not np.isfinite(vectors).all():
            raise ModelGarbage(f"{self.name} answered with what are no vectors.")
        return unit_rows(vectors), answer

    def _within(self, seconds: float, work: Callable[[], Any]) -> Any:
        """Work that is given up after its time: its thread ends when the provider does. Raises ModelBusy, TimeoutError."""
        if not self._free.acquire(timeout=min(seconds, 1.0)):
            raise ModelBusy(f"{self.name} has {self._limits.at_once} vectors to make already.")
        made: Future[Any] = Future()

        def run() -> None:
            try:
                made.set_result(work())
            except BaseException as problem:
                made.set_exception(problem)
            finally:
                self._free.release()

        threading.Thread(target=run, name="vector", daemon=True).start()
        return made.result(seconds)

    def _fit(self, text: str) -> str:
        text = cut_secrets(text[:LONGEST])
        return (Mask().hide(text) if self._endpoint.remote else text) or " "

    def _call(self, answer: Any) -> ModelCall:
        tokens = int(getattr(answer.usage, "prompt_tokens", 0) or 0)
        cost = self._prices.cost(self.name, Tokens(tokens), remote=self._endpoint.remote)
        priced = cost is not None
        return ModelCall(model=self.name, purpose="embedding", input_tokens=tokens, cost_usd=cost or 0.0, priced=priced)

    def _client(self) -> Any:
        client = self._clients.get(os.getpid())
        if client is None:
            from openai import DefaultHttpxClient, OpenAI

            made = OpenAI(
                api_key=self._endpoint.key,
                base_url=openai_form(self._endpoint),
                max_retries=0,
                http_client=DefaultHttpxClient(follow_redirects=False),
            )
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
