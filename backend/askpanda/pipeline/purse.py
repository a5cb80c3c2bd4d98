"""What the model calls of one turn cost: a budget is asked before each, and each is noted when it ends, however it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from haystack.dataclasses import ChatMessage

from askpanda.database import Database, budgets, health, usage
from askpanda.errors import AskPandaError, ModelError, ModelNotAsked, ModelTimeout
from askpanda.models.limits import limits
from askpanda.models.prices import Prices, Tokens
from askpanda.models.providers import PROVIDERS
from askpanda.schema.answer import ModelCall, Purpose
from askpanda.settings import Settings

OWN_WORDS = "This answer is in Ask PanDA's own words."
BUDGET_SPENT = f"Today's model budget is used up. {OWN_WORDS}"
_UNCOUNTED = f"What models have cost today cannot be read, and there is a budget. {OWN_WORDS}"
#: Characters of a token where the provider did not count them: a round figure, on the dear side for English and JSON.
PER_TOKEN = 3.5
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
    """One turn's. `calls` are those that ended, also of a turn that is cancelled; without a database nothing is limited.

    >>> call = await purse.ask(model, messages, on_text)  # doctest: +SKIP
    """

    def __init__(
        self, settings: Settings | None = None, database: Database | None = None, owner: str = "", answer_id: str = ""
    ) -> None:
        self.calls: list[ModelCall] = []
        self._settings, self._database = settings, database
        self._owner, self._answer_id = owner, answer_id
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

        await self._hold(self._estimated(model, told, EXPECTED, purpose))
        call = ModelCall(model=model.name, purpose=purpose, failed=True)
        try:
            call = (await model.stream(messages, hear)).model_copy(update={"purpose": purpose})
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

    def refusal(self, name: str) -> str:
        """Why the model PROVIDER/NAME is not to be asked now, as a sentence; "" where it may be. Blocks for a moment."""
        if self._database is None or self._settings is None:
            return ""
        try:
            if not budget_left(self._database, self._settings, name):
                return BUDGET_SPENT
            return next(iter(resting(self._database, name).values()), "")
        except AskPandaError as error:
            return error.message

    def note(self, outcome: dict[str, object]) -> None:
        """How a model did (`askpanda.database.health`); a failure that is not counted costs others some patience, no more."""
        if self._database is not None:
            try:
                health.note(self._database, outcome)
            except AskPandaError:
                return

    def _estimated(self, model: Asked, told: int, heard: int, purpose: Purpose) -> ModelCall:
        tokens = Tokens(round(told / PER_TOKEN), round(heard / PER_TOKEN))
        cost = self._prices.cost(model.name, tokens, remote=model.remote) if self._prices else None
        return ModelCall(
            model=model.name, purpose=purpose, input_tokens=tokens.read, output_tokens=tokens.written, cost_usd=cost or 0.0,
            failed=True, estimated=True, priced=cost is not None,
        )  # fmt: skip

    async def _hold(self, expected: ModelCall) -> None:
        if self._database is None or self._settings is None:
            return
        provider = expected.model.partition("/")[0]
        limit = limits(self._settings).get(provider)
        daily, own = self._settings.daily_budget_usd, limit.budget if limit else 0.0
        if not daily and not own:
            return
        seconds = (limit.timeout if limit else self._settings.model_timeout) + LONGER
        try:
            room = await asyncio.to_thread(
                budgets.hold, self._database, self._owner, self._answer_id, expected,
                daily=daily, provider=own, seconds=seconds,
            )  # fmt: skip
        except AskPandaError as error:
            raise ModelNotAsked(_UNCOUNTED) from error
        if not room:
            raise ModelNotAsked(BUDGET_SPENT)


def budget_left(database: Database, settings: Settings, model: str) -> bool:
    """Whether models may still be paid today, and this one's provider."""
    if settings.daily_budget_usd and usage.spent_today(database) >= settings.daily_budget_usd:
        return False
    provider = model.partition("/")[0]
    own = limits(settings)[provider].budget if settings.provider_limits and provider in PROVIDERS else 0.0
    return not own or usage.spent_today(database, provider) < own


def resting(database: Database, model: str) -> dict[str, str]:
    """The model with the reason why it is left alone now; empty where it may be asked."""
    seconds = health.resting(database, model) if model != "none" else 0
    if not seconds:
        return {}
    return {model: f"{model} asked for time, or failed several times in a row; it is asked again in {seconds} s."}
