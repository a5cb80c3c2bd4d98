"""Mistral through its own SDK, as a Haystack chat generator. Haystack's stock one speaks through openai's SDK."""

import asyncio
from typing import Any

import httpx2
from haystack import component, default_to_dict
from haystack.dataclasses import ChatMessage, StreamingChunk
from mistralai.client import Mistral
from mistralai.client.utils import RetryConfig

from askpanda.models.closing import CLIENT

_NEVER = RetryConfig("none", None, False)  # type: ignore[arg-type]


class Redirected(Exception):
    """A status of 3xx, which the SDK cannot tell from others where no redirect is followed."""

    def __init__(self, status_code: int) -> None:
        super().__init__(f"HTTP {status_code}")
        self.status_code = status_code


async def _look(answer: httpx2.Response) -> None:
    if answer.is_redirect:
        raise Redirected(answer.status_code)


def _client() -> httpx2.AsyncClient:
    """As many connections as there are calls: httpx has room for 100 otherwise."""
    hooks = [*CLIENT["event_hooks"]["response"], _look]
    limits = httpx2.Limits(max_connections=None)
    return httpx2.AsyncClient(limits=limits, **{**CLIENT, "event_hooks": {"response": hooks}})


@component
class MistralSdkChatGenerator:
    """Asynchronous chat with streaming.

    >>> generator = MistralSdkChatGenerator("mistral-small-latest", api_key="...")
    >>> await generator.run_async([ChatMessage.from_user("hello")], streaming_callback=print)  # doctest: +SKIP

    `timeout` is in seconds and per network operation. Raises what the SDK raises.
    """

    def __init__(
        self, model: str, api_key: str, api_base_url: str | None = None, timeout: float = 30.0, max_tokens: int = 2048
    ):
        self.model = model
        self.api_key = api_key
        self.api_base_url = api_base_url
        self.timeout = timeout
        self.max_tokens = max_tokens
        self._client: Mistral | None = None

    def to_dict(self) -> dict[str, Any]:
        """Without the key."""
        return default_to_dict(self, model=self.model, api_base_url=self.api_base_url, timeout=self.timeout)

    async def warm_up_async(self) -> None:
        """Makes the client, on the loop that serves: a client made before a fork is shared by processes."""
        if self._client is None:
            self._client = Mistral(
                api_key=self.api_key,
                server_url=self.api_base_url,
                timeout_ms=int(self.timeout * 1000),
                retry_config=_NEVER,
                async_client=_client(),
            )

    @component.output_types(replies=list[ChatMessage])
    def run(self, messages: list[ChatMessage], streaming_callback: Any = None) -> dict[str, Any]:
        """The same, for a caller without a loop."""
        return asyncio.run(self.run_async(messages, streaming_callback))

    @component.output_types(replies=list[ChatMessage])
    async def run_async(self, messages: list[ChatMessage], streaming_callback: Any = None) -> dict[str, Any]:
        """One answer; `streaming_callback` gets a StreamingChunk for each piece. `meta` has finish_reason and usage."""
        await self.warm_up_async()
        assert self._client is not None
        wire: Any = [{"role": m.role.value, "content": m.text or ""} for m in messages]
        stream = await self._client.chat.stream_async(model=self.model, messages=wire, max_tokens=self.max_tokens)
        pieces: list[str] = []
        meta: dict[str, Any] = {"model": self.model, "finish_reason": None, "usage": {}}
        try:
            async for event in stream:
                data = event.data
                if data.usage is not None:
                    meta["usage"] = {
                        "prompt_tokens": data.usage.prompt_tokens or 0,
                        "completion_tokens": data.usage.completion_tokens or 0,
                        "prompt_tokens_details": getattr(data.usage, "prompt_tokens_details", None),
                    }
                for choice in data.choices[:1]:
                    text = choice.delta.content
                    if choice.finish_reason:
                        meta["finish_reason"] = str(choice.finish_reason)
                    if isinstance(text, str) and text:
                        pieces.append(text)
                        if streaming_callback is not None:
                            await streaming_callback(StreamingChunk(content=text))
        finally:
            await asyncio.shield(stream.response.aclose())
        return {"replies": [ChatMessage.from_assistant("".join(pieces), meta=meta)]}
