"""Mends typing errors in the words that routing depends on: `faild` → `failed`, `harvestr` → `harvester`."""

import re
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import WORD


@cache
def _known() -> tuple[frozenset[str], tuple[str, ...]]:
    """Every plain word of the rules (never to be changed), and those long enough to be mended towards."""
    table = load("entities")
    said: set[str] = set()
    for name in ("concepts", "talk", "topics"):
        for patterns in load(name).values():
            for pattern in patterns:
                said.update(word for word in re.findall(r"[a-z]{2,}", re.sub(r"\\[a-zA-Z]", " ", pattern)))
    for marks in table["languages"].values():
        said.update(str(mark) for mark in marks)
    targets = {str(word) for word in load("spelling")["targets"]}
    for names in table["components"].values():
        said.update(word for name in names for word in name.split())
    said |= {str(word) for word in load("spelling")["leave"]}
    return frozenset(said | targets), tuple(sorted(targets, key=lambda word: (-len(word), word)))


def known_words() -> frozenset[str]:
    """Every plain word of the rules, in all languages."""
    return _known()[0]


def mend(folded: str) -> str:
    """The folded text with its misspelt words mended; unknown words stay as they are."""
    known, targets = _known()

    def one(match: re.Match[str]) -> str:
        word = match.group()
        before, after = folded[: match.start()][-1:], folded[match.end() :][:1]
        if len(word) < 4 or word in known or (before and before in "._/@:-") or (after and after in "._/@:=("):
            return word
        limit = 1 if len(word) < 8 else 2
        best = process.extractOne(word, targets, scorer=DamerauLevenshtein.distance, score_cutoff=limit)
        return best[0] if best and best[0][0] == word[0] else word

    return WORD.sub(one, folded)
