"""What a question looks at beside its intent: earlier attempts, the jobset, the service itself, several jobs at once."""

import re
from functools import cache

from askpanda.pipeline.parcels import Focus
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import fold

_ORDER: tuple[Focus, ...] = ("service", "attempts", "jobset", "sibling", "losses", "arriving", "rates", "ranked", "tasks")


@cache
def _patterns() -> tuple[tuple[Focus, re.Pattern[str]], ...]:
    rules = load("focus")
    rules = {**rules, "rates": [*rules["rates"], *rules["worst"]]}
    return tuple((name, re.compile("|".join(rules[name]))) for name in _ORDER)


def focus_of(question: str) -> Focus:
    """The first of `rules/focus.yaml` that the question matches, "" for none."""
    folded = fold(question)
    return next((name for name, pattern in _patterns() if pattern.search(folded)), "")


def fails_worst(question: str) -> bool:
    """Whether the one is asked for that fails most, by whatever measure."""
    return re.search("|".join(load("focus")["worst"]), fold(question)) is not None
