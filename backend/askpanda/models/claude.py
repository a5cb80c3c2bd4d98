"""Anthropic's own API (`/v1/messages`) by Haystack's generator, at an address that can be set."""

from typing import Any

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
from haystack.utils import Secret
from haystack_integrations.components.generators.anthropic import AnthropicChatGenerator

from askpanda.models.closing import CLIENT


class AnthropicAt(AnthropicChatGenerator):
    """`url` is the server's, without `/v1`, as Anthropic's own SDK wants it; `timeout` is in seconds per network operation."""

    def __init__(self, model: str, key: str, url: str, timeout: float, max_tokens: int) -> None:
        super().__init__(
            Secret.from_token(key), model, generation_kwargs={"max_tokens": max_tokens}, timeout=timeout, max_retries=0
        )
        self.url = url

    async def warm_up_async(self) -> None:
        """Makes the client, on the loop that serves. Its address is ours, whatever the SDK would read of the environment."""
        if self.async_client is None:
            client = DefaultAsyncHttpxClient(**CLIENT)
            kwargs: dict[str, Any] = {"timeout": self.timeout, "max_retries": 0, "http_client": client}
            self.async_client = AsyncAnthropic(api_key=self.api_key.resolve_value(), base_url=self.url, **kwargs)
