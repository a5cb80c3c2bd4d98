"""The figures on cost stand on tokens that are counted, by the local model server, of what the SDKs really send."""

import asyncio

import pytest

from tests.models.test_models import PROVIDERS, ask, registry
from tests.wire import running_wire, told
from tests.wire.tokens import tokens


def test_two_tokenizers_count_and_take_text_that_looks_like_their_own_marks() -> None:
    assert tokens("openai", "hello world") == 2
    assert tokens("mistral", "job 6519134287") > tokens("openai", "job 6519134287"), "Tekken has a token for each digit"
    assert tokens("openai", "<|endoftext|>") > 1
    assert tokens("mistral", "</s>") > 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_form_reports_the_tokens_of_what_was_sent_and_said(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_wire("## user.problem\nThe job ran out of memory.") as wire:
        wire.tokens = lambda _, text: tokens(provider, text)
        _, call = asyncio.run(ask(registry(wire, monkeypatch, f"{provider}/good"), f"{provider}/good"))
        sent = sum(tokens(provider, text) for text in told(wire.requests[-1]))
        assert (call.input_tokens, call.output_tokens) == (sent, tokens(provider, str(wire.reply)))  # type: ignore[attr-defined]
