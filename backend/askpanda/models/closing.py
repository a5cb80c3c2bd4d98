"""A provider's connection ends with the call that it was made for, however that ends.

Some SDKs read their stream in a generator inside a generator: where a model's words are cut off, these wait for the garbage
collector, and the provider goes on talking, and counting, meanwhile.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

_ANSWERS: ContextVar[list[Any] | None] = ContextVar("askpanda_answers", default=None)


async def _remember(answer: Any) -> None:
    answers = _ANSWERS.get()
    if answers is not None:
        answers.append(answer)


#: For an SDK's HTTP client, of httpx or httpx2. No redirect is followed: with 307 and 308 the whole question would go to an
#: address that nobody has allowed, from a server on this site to any other.
CLIENT: dict[str, Any] = {"event_hooks": {"response": [_remember]}, "follow_redirects": False}


@asynccontextmanager
async def closed_at_the_end() -> AsyncIterator[list[Any]]:
    """The HTTP answers that come within, in this task and those that it begins; they are closed at its end."""
    answers: list[Any] = []
    token = _ANSWERS.set(answers)
    try:
        yield answers
    finally:
        _ANSWERS.reset(token)
        for answer in answers:
            with suppress(Exception):  # it may be in the middle of ending
                await answer.aclose()
