"""Whether a question has a word that is none of ours: a refusal as off topic has to be earned by one."""

import re
from functools import cache
from typing import Any, Protocol

from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.spelling import known_words
from askpanda.pipeline.routing.text import words

#: Shorter words say nothing of the subject.
_TELLING = 4
_FIELDS = ("meaning", "raised", "message", "causes", "user", "expert", "scenarios", "prevention")


class Texts(Protocol):
    """What this needs of the catalogue: all that it says of errors, thousands of words of our subject."""

    def components(self) -> list[str]: ...
    def component(self, name: str) -> list[Any]: ...


@cache
def _plain() -> frozenset[str]:
    rules = load("ellipsis")
    listed = {str(word) for word in (*rules["joining"], *rules["nouns"], *rules["everyday"])}
    return frozenset(listed | known_words())


@cache
def _of_catalogue(catalogue: Texts) -> frozenset[str]:
    found: set[str] = set()
    for component in catalogue.components():
        for entry in catalogue.component(component):
            for name in _FIELDS:
                value = getattr(entry, name)
                for text in value if isinstance(value, list) else [value]:
                    found.update(words(text.lower()))
    return frozenset(found)


def is_foreign(folded: str, catalogue: Any) -> bool:
    """Whether a word of the folded text is neither an everyday one nor one that our rules or the catalogue know."""
    parts = {part for word in words(folded) for part in re.split(r"['-]", word)}
    unknown = {word for word in parts if len(word) >= _TELLING} - _plain()
    if not unknown or not hasattr(catalogue, "components"):
        return bool(unknown)
    return bool(unknown - _of_catalogue(catalogue))
