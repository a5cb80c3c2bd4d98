"""The models that can be chosen, and one way to ask any of them."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

from askpanda.errors import ModelBusy, ModelDown, ModelError, ModelGarbage, ModelRefused, UnknownModel
from askpanda.models.closing import closed_at_the_end
from askpanda.models.limits import Limits, limits
from askpanda.models.prices import Prices, Tokens, count
from askpanda.models.problems import as_model_error
from askpanda.models.providers import Endpoint, endpoint, generator
from askpanda.schema.answer import ModelCall
from askpanda.settings import Settings

NONE = "none"
#: An answer that goes on beyond this is a model that does not stop.
TEXT_LIMIT = 24_000
#: Reasons for an end by which providers say that they did not want to answer: OpenAI's and Mistral's, Anthropic's, Gemini's.
REFUSALS = frozenset((
    "content_filter", "refusal", "safety", "recitation", "prohibited_content", "blocklist", "spii", "image_safety", "language",
))  # fmt: skip
#: A provider that asks to wait no longer than this is asked once more; the reader would rather have an answer than wait longer.
PATIENCE_SECONDS = 3
#: One that waits for another's end holds a thread of its worker, so it waits no longer than this.
DOOR_SECONDS = 1.0


class Door:
    """How many calls of one provider run at once in this worker. One more waits a moment and is then told."""

    def __init__(self, provider: str, at_once: int) -> None:
        self._provider, self._at_once = provider, at_once
        self._free: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Raises ModelBusy where nobody leaves in time."""
        free = self._free.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._at_once))
        try:
            async with asyncio.timeout(DOOR_SECONDS):
                await free.acquire()
        except TimeoutError:
            raise ModelBusy(f"{self._provider} has {self._at_once} answers to word already.") from None
        try:
            yield
        finally:
            free.release()


class Model:
    """One configured model. Clients belong to the event loop that made them, so a forked worker has its own."""

    def __init__(self, endpoint: Endpoint, limits: Limits, door: Door, prices: Prices) -> None:
        self.name = endpoint.name
        self.provider = endpoint.provider
        self.host = endpoint.host
        self.remote = endpoint.remote
        self.limits = limits
        self._endpoint = endpoint
        self._timeout = limits.timeout
        self._door = door
        self._prices = prices
        self._generators: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()

    async def stream(self, messages: list[Any], on_text: Callable[[str], Awaitable[None]]) -> ModelCall:
        """Asks with Haystack `messages`; each piece of text goes to `on_text` as it arrives.

        Returns tokens and cost. Raises a ModelError; what had arrived before it was handed on. Cancelling the task closes
        the provider's connection. Nothing is tried again once text has arrived.
        """
        arrived = 0

        async def pass_on(chunk: Any) -> None:
            nonlocal arrived
            text = chunk.content
            if text:
                arrived += len(text)
                if arrived > TEXT_LIMIT:
                    raise ModelGarbage(f"{self.name} did not come to an end.")
                await on_text(text)

        try:
            async with asyncio.timeout(self._timeout), self._door.passing():
                for tries_left in range(self.limits.retries, -1, -1):
                    try:
                        return await self._once(messages, pass_on)
                    except ModelError as problem:
                        wait = problem.retry_after if problem.retry_after is not None else 1
                        again = isinstance(problem, ModelBusy | ModelDown) and wait <= PATIENCE_SECONDS
                        if arrived or not again or not tries_left:
                            raise
                        await asyncio.sleep(wait)
                raise AssertionError("the last try returns or raises")
        except TimeoutError as problem:
            raise as_model_error(problem, self.name) from problem

    async def _once(self, messages: list[Any], pass_on: Callable[[Any], Awaitable[None]]) -> ModelCall:
        raised: list[Exception] = []

        async def guarded(chunk: Any) -> None:
            # only a cancelled generator closes its connection, so whatever stops us must look like that from inside
            try:
                await pass_on(chunk)
            except Exception as problem:
                raised.append(problem)
                raise asyncio.CancelledError from problem

        async with closed_at_the_end() as answers:
            task: asyncio.Future[dict[str, Any]] | None = None
            try:
                ours = await self._generator()
                task = asyncio.ensure_future(ours.run_async(messages=messages, streaming_callback=guarded))
                return self._call(await task)
            except asyncio.CancelledError:
                if task is not None:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
                if raised:
                    raise raised[0] from None
                raise
            except Exception as problem:
                if any("text/html" in str(answer.headers.get("content-type")) for answer in answers if answer.is_success):
                    raise ModelGarbage(
                        f"{self.name} answered with a web page: check that its address is that of a model server."
                    ) from problem
                raise as_model_error(problem, self.name) from problem

    def warm_up(self) -> None:
        """Imports the provider's SDK, which takes a second and would hold up the first question, and everybody else's."""
        generator(self._endpoint, self._timeout)

    async def _generator(self) -> Any:
        """This loop's. Raises whatever hinders its provider's SDK from being imported."""
        loop = asyncio.get_running_loop()
        if loop not in self._generators:
            await asyncio.to_thread(self.warm_up)  # nobody else's answer waits for an import
            self._generators.setdefault(loop, generator(self._endpoint, min(self._timeout, 20.0)))
        return self._generators[loop]

    def _call(self, result: dict[str, Any]) -> ModelCall:
        meta = result["replies"][0].meta if result.get("replies") else {}
        reason = str(meta.get("finish_reason") or "")
        if reason.lower().rpartition(".")[2] in REFUSALS:
            raise ModelRefused(f"{self.name} declined to go on: its provider's filter took exception to the text ({reason}).")
        if not reason:
            raise ModelDown(f"{self.name} broke off in the middle of its answer.")
        used = _tokens(meta.get("usage") or {})
        cost = self._prices.cost(self.name, used, remote=self.remote)
        return ModelCall(
            model=self.name, input_tokens=used.read, output_tokens=used.written, cached_tokens=used.cached,
            cost_usd=cost or 0.0, priced=cost is not None,
        )  # fmt: skip


def _tokens(usage: dict[str, Any]) -> Tokens:
    """The tokens of a provider's usage, as Haystack's generators and ours hand it on; what makes no sense is 0.

    Names of cached tokens: OpenAI's and Mistral's `prompt_tokens_details.cached_tokens`, Anthropic's
    `cache_read_input_tokens` and `cache_creation_input_tokens` (Haystack adds both to the prompt's), Gemini's
    `cached_content_token_count`.
    """
    details = usage.get("prompt_tokens_details")
    inner = details.get("cached_tokens") if isinstance(details, dict) else getattr(details, "cached_tokens", None)
    read = count(usage.get("prompt_tokens"))
    cached = count(inner or usage.get("cache_read_input_tokens") or usage.get("cached_content_token_count"))
    stored = count(usage.get("cache_creation_input_tokens"))
    return Tokens(read, count(usage.get("completion_tokens")), min(cached, read), min(stored, read - min(cached, read)))


class Registry:
    """Every model of the settings, and `none`, which is the composer's own wording and is not in here as a Model.

    Raises ConfigurationError for a name that is not understood, a key that is missing, an address that EGRESS forbids.
    """

    def __init__(self, settings: Settings) -> None:
        wanted = [] if settings.egress == "none" else [name for name in settings.models if name != NONE]
        allowed = limits(settings)
        doors = {provider: Door(provider, limit.at_once) for provider, limit in allowed.items()}
        found = [endpoint(name, settings) for name in wanted]
        prices = Prices(settings)
        self._models = {one.name: Model(one, allowed[one.provider], doors[one.provider], prices) for one in found}
        first = settings.models[0]
        self.default = first if first in self._models else NONE

    def names(self) -> list[str]:
        """The default first."""
        return list(dict.fromkeys([self.default, *self._models, NONE]))

    def warm_up(self) -> None:
        """What the first question would otherwise wait for. No client is made, nothing is sent."""
        for model in self._models.values():
            model.warm_up()

    def describe(self) -> list[dict[str, Any]]:
        """What `GET /models` lists. A remote model comes with its host, which viewers are told before they agree to it."""
        rows: list[dict[str, Any]] = []
        for name in self.names():
            model = self._models.get(name)
            row = {"name": name, "provider": model.provider if model else NONE, "remote": bool(model and model.remote)}
            rows.append({**row, "host": model.host} if model and model.remote else row)
        return rows

    def check(self, name: str | None) -> str:
        """The name to use for a request's `model`; UnknownModel for one that is not configured."""
        if name is None or name == "":
            return self.default
        if name != NONE and name not in self._models:
            raise UnknownModel(f"The model {name!r} is not configured here. Choose one of: {', '.join(self.names())}.")
        return name

    def get(self, name: str) -> Model:
        """The model; UnknownModel also for `none`."""
        if name not in self._models:
            self.check(name)
            raise UnknownModel("The model 'none' is no model to be asked.")
        return self._models[name]
