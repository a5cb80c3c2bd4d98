"""What the model calls of one turn cost, or of one run of the indexer: a budget is asked before each, and each is noted when
it ends, however it ends.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from haystack.dataclasses import ChatMessage

from askpanda.database import Database, budgets, health, usage
from askpanda.errors import AskPandaError, ConfigurationError, ModelError, ModelNotAsked, ModelTimeout
from askpanda.models.embeddings import INDEX_TIMEOUT, counted
from askpanda.models.limits import limits
from askpanda.models.prices import Prices, Tokens
from askpanda.models.providers import PROVIDERS, endpoint
from askpanda.schema.answer import ModelCall, PaidCall, Purpose
from askpanda.settings import Settings

log = logging.getLogger(__name__)

OWN_WORDS = "This answer is in Ask PanDA's own words."
_SPENT = "Today's model budget is used up."
_UNCOUNTED = "What models have cost today cannot be read, and there is a budget."
BUDGET_SPENT = f"{_SPENT} {OWN_WORDS}"
#: Characters that an answer is expected to have, before it is there.
EXPECTED = 3000
#: What a call may take beyond its provider's limit before it is taken for lost (s).
LONGER = 90.0

OnText = Callable[[str], Awaitable[None]]


class Asked(Protocol):
    """What a purse needs of a model."""

    name: str
    remote: bool

    async def stream(self, messages: list[ChatMessage], on_text: OnText) -> ModelCall: ...


class Purse:
    """One turn's, or that of what else asks a model.

    `calls` are those that ended, also of a turn that is cancelled; without a database nothing is limited.

    >>> call = await purse.ask(model, messages, on_text)  # doctest: +SKIP
    """

    def __init__(
        self, settings: Settings | None = None, database: Database | None = None, owner: str = "", answer_id: str = ""
    ) -> None:
        self.calls: list[ModelCall] = []
        self._settings, self._database = settings, database
        self._owner, self._answer_id = owner, answer_id or uuid.uuid4().hex
        self._prices = Prices(settings) if settings is not None else None

    async def ask(self, model: Asked, messages: list[ChatMessage], on_text: OnText, purpose: Purpose = "answer") -> ModelCall:
        """Streams as the model does. Raises what it raises, with what the call cost in `call`; ModelNotAsked where a budget
        has no room.
        """
        told, heard = sum(len(message.text or "") for message in messages), 0

        async def hear(text: str) -> None:
            nonlocal heard
            heard += len(text)
            await on_text(text)

        if reason := await asyncio.to_thread(self._set_aside, self._estimated(model, told, EXPECTED, purpose)):
            raise ModelNotAsked(f"{reason} {OWN_WORDS}")
        call = ModelCall(model=model.name, purpose=purpose, failed=True)
        try:
            call = (await model.stream(messages, hear)).model_copy(update={"purpose": purpose})
            if (told and not call.input_tokens) or (heard and not call.output_tokens):  # a provider that does not count
                call = self._estimated(model, told, heard, purpose).model_copy(update={"failed": False})
        except ModelError as problem:
            if heard or isinstance(problem, ModelTimeout):  # it was at work: its provider counts that, and does not say what
                call = self._estimated(model, told, heard, purpose)
            problem.call = call
            raise
        except asyncio.CancelledError:
            call = self._estimated(model, told, heard, purpose)
            raise
        finally:
            self.calls.append(call)
        return call

    @contextmanager
    def paying_vectors(self) -> Iterator[None]:
        """Within the block, the vectors that a search asks for are this turn's. Blocks for a moment before each."""
        with counted(self._refusal) as spent:
            try:
                yield
            finally:  # what was embedded is paid, also where the search fails
                self.calls += spent.calls
                for outcome in spent.outcomes:
                    self.note(outcome)

    @contextmanager
    def paying_the_index(self) -> Iterator[None]:
        """Within the block, the vectors of passages are paid, each call in the usage when it ends: a run may take hours."""

        def of_the_index(call: ModelCall) -> PaidCall:
            return PaidCall(**{**call.model_dump(), "purpose": "indexing"})

        def ended(call: ModelCall) -> None:
            try:
                self._settle([of_the_index(call)])
            except AskPandaError as error:
                log.warning("what %s cost could not be noted: %s", call.model, error.message)

        with counted(lambda expected: self._set_aside(of_the_index(expected), INDEX_TIMEOUT), ended):
            yield

    def settle(self) -> None:
        """Keep what was spent, of what is no answer that is kept. Raises `Unavailable`."""
        self._settle(self.calls)

    def _settle(self, calls: Sequence[PaidCall]) -> None:
        if self._database is not None:
            usage.record(self._database, self._owner, calls, self._answer_id)

    def _refusal(self, expected: ModelCall) -> str:
        """Why vectors are not to be asked for now, as a sentence; "" where they may be."""
        if self._database is None:
            return ""
        try:
            rests = resting(self._database, expected.model)
        except AskPandaError as error:
            return error.message
        return next(iter(rests.values()), "") or self._set_aside(expected)

    def note(self, outcome: dict[str, object]) -> None:
        """How a model did (`askpanda.database.health`); a failure that is not counted costs others some patience, no more."""
        if self._database is not None:
            try:
                health.note(self._database, outcome)
            except AskPandaError:
                return

    def _estimated(self, model: Asked, told: int, heard: int, purpose: Purpose) -> ModelCall:
        tokens = Tokens.estimated(told, heard)
        cost = self._prices.cost(model.name, tokens, remote=model.remote) if self._prices else None
        return ModelCall(
            model=model.name, purpose=purpose, input_tokens=tokens.read, output_tokens=tokens.written, cost_usd=cost or 0.0,
            failed=True, estimated=True, priced=cost is not None,
        )  # fmt: skip

    def _set_aside(self, expected: PaidCall, timeout: float = 0.0) -> str:
        """Why a budget has no room for the call, as a sentence; "" where what it is expected to cost was set aside."""
        if self._database is None or self._settings is None:
            return ""
        provider = expected.model.partition("/")[0]
        limit = limits(self._settings).get(provider)
        daily, own = self._settings.daily_budget_usd, limit.budget if limit else 0.0
        if not (daily or own) or (expected.priced and not expected.cost_usd):  # what is free takes nobody's room
            return ""
        tries = 1 + (limit.retries if limit else 0)
        seconds = max(limit.timeout if limit else self._settings.model_timeout, timeout * tries) + LONGER
        try:
            room = budgets.hold(
                self._database, self._owner, self._answer_id, expected, daily=daily, provider=own, seconds=seconds
            )
        except AskPandaError:
            return _UNCOUNTED
        return "" if room else _SPENT


def budget_left(database: Database, settings: Settings, model: str) -> bool:
    """Whether models may still be paid today, and this one's provider; one that costs nothing may always be asked."""
    if _is_free(settings, model):
        return True
    if settings.daily_budget_usd and usage.spent_today(database) >= settings.daily_budget_usd:
        return False
    provider = model.partition("/")[0]
    own = limits(settings)[provider].budget if settings.provider_limits and provider in PROVIDERS else 0.0
    return not own or usage.spent_today(database, provider) < own


def _is_free(settings: Settings, model: str) -> bool:
    """Whether the model's tokens have a price, and it is nothing: that of one's own server, for example."""
    provider = model.partition("/")[0]
    if provider not in PROVIDERS:
        return False
    try:
        remote = endpoint(model, settings).remote
    except ConfigurationError:
        return False  # it cannot be asked at all
    return Prices(settings).cost(model, Tokens(1000, 1000), remote=remote) == 0


def resting(database: Database, model: str) -> dict[str, str]:
    """The model with the reason why it is left alone now; empty where it may be asked."""
    seconds = health.resting(database, model) if model != "none" else 0
    if not seconds:
        return {}
    return {model: f"{model} asked for time, or failed several times in a row; it is asked again in {seconds} s."}
