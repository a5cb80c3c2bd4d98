"""Counting tokens as providers do, with tokenizers whose vocabularies come inside their packages: nothing is downloaded."""

from functools import cache
from pathlib import Path
from typing import Any

#: Whose tokenizer counts for a provider, and the sentence for who reads the figure. OpenAI's o200k_base is that of gpt-4o
#: and gpt-5; Mistral's Tekken that of its models since 2024. The others publish none that can be had without asking them.
STANDS_IN = {
    "openai": "tokens of o200k_base, its own",
    "mistral": "tokens of Tekken, its own",
    "anthropic": "o200k_base stands in: Anthropic publishes no tokenizer of today's models",
    "gemini": "o200k_base stands in: Gemini's comes in no package",
    "ollama": "o200k_base stands in for Llama's",
}


def tokens(provider: str, text: str) -> int:
    """How many tokens a text has for a provider, without the few that frame a message."""
    return _tekken(text) if provider == "mistral" else len(_o200k().encode_ordinary(text))


@cache
def _o200k() -> Any:
    from bpe_openai import get_encoding

    return get_encoding("o200k_base")


@cache
def _mistral() -> Any:
    import mistral_common
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    return Tekkenizer.from_file(Path(mistral_common.__file__).parent / "data" / "tekken_240911.json")


def _tekken(text: str) -> int:
    return len(_mistral().encode(text, bos=False, eos=False))
