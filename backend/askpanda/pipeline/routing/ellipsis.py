"""Questions that only name something else than the one before: `and BNL?`, `ditto for CERN`, `und für Ann Panda?`."""

import re
from functools import cache

from askpanda.pipeline.routing.entities import Found
from askpanda.pipeline.routing.rules import concepts_in, load
from askpanda.pipeline.routing.spelling import mend
from askpanda.pipeline.routing.text import fold, words
from askpanda.pipeline.routing.times import without_windows

#: A longer one asks for something of its own.
_WORDS = 9
#: Words beside what is named that may be unknown, where none of them asks for anything: `argh no, I mistyped, it's ...`.
_UNKNOWN = 3


@cache
def _said_beside() -> frozenset[str]:
    rules = load("ellipsis")
    return frozenset(str(word) for word in (*rules["joining"], *rules["nouns"]))


@cache
def _states() -> re.Pattern[str]:
    listed = (str(word) for words_ in load("entities")["statuses"].values() for word in words_)
    return re.compile(r"\b(?:" + "|".join(listed) + r")\b")


@cache
def _asking() -> frozenset[str]:
    return frozenset(load("ellipsis")["asking"])


@cache
def _fillers() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(load("ellipsis")["fillers"]) + r")\b ?")


def unstressed(folded: str) -> str:
    """`What exactly happened?` without the words that ask for nothing by themselves."""
    return _fillers().sub("", folded)


def only_names(folded: str, found: Found) -> bool:
    """Whether nothing but joining words stands beside what a folded question names."""
    return _may_lean(folded) and not _unknown(_beside_names(folded, found))


def asks_nothing(folded: str, found: Found) -> bool:
    """Whether the few words beside what a folded question names ask for nothing: `argh no, I mistyped, it's ...`."""
    rest = _beside_names(folded, found)
    if not _may_lean(folded) or len(_unknown(rest)) > _UNKNOWN:
        return False
    return not (concepts_in(rest) | concepts_in(mend(rest))) & _asking()


def _may_lean(folded: str) -> bool:
    return len(words(folded)) <= _WORDS and "?" not in folded.rstrip("?! .")[:-1]


def _unknown(rest: str) -> list[str]:
    return [word for word in words(rest) if word not in _said_beside()]


def _beside_names(folded: str, found: Found) -> str:
    """What is left of a question without the place, time, person and state that it names."""
    entities = found.entities
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
    return rest
