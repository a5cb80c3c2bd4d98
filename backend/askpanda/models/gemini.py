"""Gemini by its own API (`/v1/models/NAME:streamGenerateContent`) through Haystack's generator and Google's SDK."""

import asyncio
from typing import Any

import httpx
from google.genai import Client
from google.genai.types import HttpOptions, HttpRetryOptions
from haystack import component
from haystack.dataclasses import ChatMessage
from haystack.utils import Secret
from haystack_integrations.components.generators.google_genai import GoogleGenAIChatGenerator

from askpanda.models.closing import CLIENT

#: As many connections as there are calls: httpx has room for 100 otherwise.
MANY = httpx.Limits(max_connections=None)


@component
class GeminiAt:
    """`url` is the server's, without a version, as Google's SDK wants it; `timeout` is in seconds per network operation."""

    def __init__(self, model: str, key: str, url: str, timeout: float, max_tokens: int) -> None:
        self._native = GoogleGenAIChatGenerator(
            api_key=Secret.from_token(key), model=model, generation_kwargs={"max_output_tokens": max_tokens}
        )
        self._key, self._url, self._timeout = key, url, timeout

    @component.output_types(replies=list[ChatMessage])
    async def run_async(self, messages: list[ChatMessage], streaming_callback: Any = None) -> dict[str, Any]:
        """One answer; what the model thought is counted as what it said, for so it is paid. Raises what the SDK raises."""
        self._connect()
        try:
            answer: dict[str, Any] = await self._native.run_async(messages=messages, streaming_callback=streaming_callback)
        except RuntimeError as problem:  # Haystack's generator wraps every error, and an error of its stream twice
            raise _cause(problem) from problem
        for reply in answer["replies"]:
            usage = reply.meta.get("usage") or {}
            thought = usage.get("thoughts_token_count") or 0
            reply.meta["usage"] = {**usage, "completion_tokens": (usage.get("completion_tokens") or 0) + thought}
        return answer

    @component.output_types(replies=list[ChatMessage])
    def run(self, messages: list[ChatMessage], streaming_callback: Any = None) -> dict[str, Any]:
        """The same, for a caller without a loop."""
        return asyncio.run(self.run_async(messages, streaming_callback))

    def _connect(self) -> None:
        """Makes the client, on the loop that serves. Its address is ours, whatever the SDK would read of the environment.

        With aiohttp, the SDK's own choice, an answer could not be closed with its call.
        """
        if self._native._async_client is None:
            options = HttpOptions(
                base_url=self._url,
                timeout=int(self._timeout * 1000),
                retry_options=HttpRetryOptions(attempts=1),
                httpx_async_client=httpx.AsyncClient(timeout=self._timeout, limits=MANY, **CLIENT),
            )
            self._native._async_client = Client(api_key=self._key, vertexai=False, http_options=options).aio


def _cause(problem: BaseException) -> BaseException:
    while isinstance(problem, RuntimeError) and problem.__cause__ is not None:
        problem = problem.__cause__
    return problem
