"""Ollama by its own API (`/api/chat`), and by OpenAI's form where the server at OLLAMA_HOST speaks only that."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from haystack import component
from haystack.dataclasses import ChatMessage
from haystack_integrations.components.generators.ollama import OllamaChatGenerator
from ollama import AsyncClient, ChatResponse, ResponseError

from askpanda.models.closing import CLIENT

#: Tokens of prompt and answer. Ollama's default is 4,096 and it cuts a longer prompt's beginning off without a word.
CONTEXT_TOKENS = 16_384


class _Counted(AsyncClient):
    """Puts 0 for the counts that a server leaves out where it had the prompt in its cache (ollama/ollama#2068), as one without
    a count: Haystack's generator adds them up.
    """

    async def chat(self, *args: Any, **kwargs: Any) -> Any:
        parts: Any = await super().chat(*args, **kwargs)
        return self._completed(parts)

    async def _completed(self, parts: AsyncIterator[ChatResponse]) -> AsyncIterator[ChatResponse]:
        async for part in parts:
            if part.done:
                part.prompt_eval_count, part.eval_count = part.prompt_eval_count or 0, part.eval_count or 0
            yield part


@component
class OllamaEither:
    """Asks `/api/chat` first; from the first server that does not have it on, `compatible` is asked."""

    def __init__(self, model: str, url: str, timeout: float, max_tokens: int, compatible: Any) -> None:
        options = {"num_predict": max_tokens, "num_ctx": CONTEXT_TOKENS}
        # the SDK takes fractions of a second although Haystack's type says whole ones
        self._native = OllamaChatGenerator(model=model, url=url, generation_kwargs=options, timeout=timeout)  # type: ignore[arg-type]
        self._url, self._timeout = url, timeout
        self._compatible = compatible
        self._speaks_native = True

    @component.output_types(replies=list[ChatMessage])
    async def run_async(self, messages: list[ChatMessage], streaming_callback: Any = None) -> dict[str, Any]:
        """One answer. Raises what the SDKs raise."""
        if self._speaks_native:
            if self._native._async_client is None:  # made here, on the loop that serves
                self._native._async_client = _Counted(host=self._url, timeout=self._timeout, **CLIENT)
            try:
                answer: dict[str, Any] = await self._native.run_async(messages=messages, streaming_callback=streaming_callback)
                return answer
            except ResponseError as problem:
                if problem.status_code not in (404, 405) or "model" in problem.error:  # a model that is not there is said so
                    raise
                self._speaks_native = False
            except TypeError as problem:  # what Haystack's generator makes of a stream that has no last line
                raise ConnectionError("the answer has no end") from problem
        other: dict[str, Any] = await self._compatible.run_async(messages=messages, streaming_callback=streaming_callback)
        return other

    @component.output_types(replies=list[ChatMessage])
    def run(self, messages: list[ChatMessage], streaming_callback: Any = None) -> dict[str, Any]:
        """The same, for a caller without a loop."""
        return asyncio.run(self.run_async(messages, streaming_callback))
