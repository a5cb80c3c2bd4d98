"""Sections that do not repeat each other: sentences that were said already, and items that say nearly the same."""

import re
from collections.abc import Iterable

from askpanda.diagnosis.types import Entry

#: Share of an item's words that an earlier item has, from which on it says the same.
_SAME = 0.75
_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z“`])")
_WORD = re.compile(r"[a-z0-9_-]{3,}")
_COMMON = frozenset(
    ("the", "and", "for", "that", "with", "are", "was", "its", "this", "from", "other", "not", "one", "has", "have")
)


def when_raised(raised: str) -> str:
    """The catalogue's `When the pilot …` as a sentence."""
    return f"It is set when {raised[5:]}" if raised.startswith("When ") else raised


def readable(text: str, entry: Entry | None) -> str:
    """An analysis whose words of the catalogue are sentences."""
    return text.replace(entry.raised, when_raised(entry.raised)) if entry is not None and entry.raised else text


def unsaid(text: str, said: Iterable[str]) -> str:
    """The sentences of a text that stand in none of the others."""
    known = {_key(one) for other in said for one in _SENTENCE.split(other)}
    return " ".join(one for one in _SENTENCE.split(text) if _key(one) not in known)


def _key(one: str) -> str:
    return re.sub(r"\s*\[\d+\]", "", one).strip(" .").casefold()


def distinct(items: Iterable[str]) -> list[str]:
    """Items without those that say, in nearly the same words, what an earlier one says."""
    kept: list[tuple[str, set[str]]] = []
    for item in items:
        words = set(_WORD.findall(item.casefold())) - _COMMON
        if not any(len(words & other) >= _SAME * min(len(words), len(other)) for _, other in kept if words and other):
            kept.append((item, words))
    return [item for item, _ in kept]
