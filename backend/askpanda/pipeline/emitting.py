"""How components speak to the reader while the pipeline runs: events ride on Haystack's streaming chunks."""

import asyncio
import inspect
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from haystack.dataclasses import StreamingCallbackT, StreamingChunk

from askpanda.schema.events import Event

T = TypeVar("T")


async def emit(callback: StreamingCallbackT | None, event: Event) -> None:
    """Sends one event to whoever listens to the pipeline's stream."""
    if callback is None:
        return
    sent = callback(StreamingChunk(content="", meta={"event": event}))
    if inspect.isawaitable(sent):
        await sent


class Stage:
    """What our asynchronous components share. Haystack wants a synchronous twin of each; it is this one call."""

    @staticmethod
    def now(coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs a stage where there is no event loop, as `Pipeline.run` does."""
        return asyncio.run(coroutine)


class Clock:
    """Own time of one step: `ms` milliseconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def ms(self) -> float:
        return round((time.perf_counter() - self._start) * 1000, 3)
