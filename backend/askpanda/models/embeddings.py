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

from askpanda.errors import ConfigurationError, ModelBusy, ModelError, ModelGarbage, ModelNotAsked, ModelTimeout
from askpanda.models.limits import limits
from askpanda.models.local_embeddings import PREFIX, LocalEmbedder
from askpanda.models.prices import Prices, Tokens, count
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


def _always(_: ModelCall) -> str:
    return ""


def _nobody(_: ModelCall) -> None:
    return


@dataclass
class Account:
    """What embedding cost in a block, as calls, and how each went: {model, code, retry_after}, no code where it went well.

    `refusal` is given what a call is expected to cost, and says why it is not to be made now; "" where it may be. `ended` is
    told of each call when it ends.
    """

    refusal: Callable[[ModelCall], str] = _always
    ended: Callable[[ModelCall], None] = _nobody
    calls: list[ModelCall] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)


_account: ContextVar[Account | None] = ContextVar("askpanda_embedding_calls", default=None)


@contextmanager
def counted(refusal: Callable[[ModelCall], str] = _always, ended: Callable[[ModelCall], None] = _nobody) -> Iterator[Account]:
    """Counts what embedding costs within the block; without one nothing is counted or refused. See `Account`."""
    account = Account(refusal, ended)
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
        account = _account.get() or Account()
        sent = [self._fit(text) for text in texts]
        expected = self._call(Tokens.estimated(sum(len(text) for text in sent)), estimated=True)
        reason = account.refusal(expected)
        if reason:
            raise ModelNotAsked(reason)
        call = expected.model_copy(update={"failed": True})  # it was at work, unless it said otherwise
        try:
            answer = self._answer(sent, question=question)
            if used := count(getattr(getattr(answer, "usage", None), "prompt_tokens", 0)):
                call = self._call(Tokens(used), failed=True)
            vectors = self._rows(answer, len(sent))
            call = call.model_copy(update={"failed": False})
            account.outcomes.append({"model": self.name, "code": "", "retry_after": None})
        except ModelError as problem:
            if call.estimated and not isinstance(problem, ModelTimeout):
                call = ModelCall(model=self.name, purpose="embedding", failed=True)
            account.outcomes.append({"model": self.name, "code": problem.code, "retry_after": problem.retry_after})
            raise
        finally:
            account.calls.append(call)
            account.ended(call)
        return vectors

    def _answer(self, sent: list[str], *, question: bool) -> Any:
        """A question gets one try and no more than its time, however slowly bytes come. Raises ModelError."""
        timeout = min(QUERY_TIMEOUT, self._limits.timeout) if question else INDEX_TIMEOUT
        client = self._client().with_options(timeout=timeout, max_retries=0 if question else self._limits.retries)

        def ask() -> Any:
            return client.embeddings.create(model=self._endpoint.model, input=sent, encoding_format="float")

        try:
            return self._within(timeout, ask) if question else ask()
        except ModelError:
            raise
        except Exception as problem:
            raise as_model_error(problem, self.name) from problem

    def _rows(self, answer: Any, wanted: int) -> np.ndarray:
        """The vectors of an answer in the order of their texts. Raises ModelGarbage."""
        import numpy as np

        try:
            rows = sorted(answer.data, key=lambda row: row.index)
            vectors = np.array([row.embedding for row in rows], dtype=np.float32)
        except (AttributeError, TypeError, ValueError) as problem:
            raise ModelGarbage(f"{self.name} answered with what are no vectors.") from problem
        if vectors.ndim != 2 or len(vectors) != wanted or not np.isfinite(vectors).all():
            raise ModelGarbage(f"{self.name} answered with what are no vectors.")
        return unit_rows(vectors)

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

    def _call(self, used: Tokens, *, failed: bool = False, estimated: bool = False) -> ModelCall:
        cost = self._prices.cost(self.name, used, remote=self._endpoint.remote)
        return ModelCall(
            model=self.name, purpose="embedding", input_tokens=used.read, cost_usd=cost or 0.0, priced=cost is not None,
            failed=failed, estimated=estimated,
        )  # fmt: skip

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
