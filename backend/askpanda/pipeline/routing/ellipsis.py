"""Questions that only name something else than the one before: `and BNL?`, `et hier ?`, `und für Ann Panda?`."""

import re
from functools import cache

from askpanda.pipeline.routing.entities import Found
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import fold, words
from askpanda.pipeline.routing.times import without_windows

#: A longer one asks for something of its own.
_WORDS = 9


@cache
def _said_beside() -> frozenset[str]:
    rules = load("ellipsis")
    return frozenset(str(word) for word in (*rules["joining"], *rules["nouns"]))


@cache
def _states() -> re.Pattern[str]:
    listed = (str(word) for words_ in load("entities")["statuses"].values() for word in words_)
    return re.compile(r"\b(?:" + "|".join(listed) + r")\b")


def only_names(folded: str, found: Found) -> bool:
    """Whether nothing but joining words stands beside what a folded question names."""
    entities = found.entities
    if len(words(folded)) > _WORDS or "?" in folded.rstrip("?! .")[:-1]:
        return False
    rest = without_windows(folded)
    for name in (entities.queue, entities.site, entities.cloud, entities.user if entities.user != "me" else None):
        if name:
            rest = rest.replace(fold(name), " ")
    for alias, site in load("entities")["sites"].items():
        if site == entities.site:
            rest = re.sub(rf"\b{re.escape(alias)}\b", " ", rest)
    if entities.status:
        rest = _states().sub(" ", rest)
    if entities.user == "me":
        rest = re.sub(r"\b(?:my|mine|me|mes|mon|ma|mein\w*|mis?|moi|mir|mich)\b", " ", rest)
    return all(word in _said_beside() for word in words(rest))
