"""Misspelt fields and values of a question about queues: each is read as the one that it is near enough to, if it is one."""

import re
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from typing import Literal, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from askpanda.evidence.queues import FEW, Queues
from askpanda.pipeline.routing.queue_terms import MENTIONS, Spelt, mentions, plain, words_for
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.spelling import known_words

#: A word that is shorter may be too many others; from the second on, two letters may be wrong.
_SHORTEST, _LONG = 4, 8
#: `typed` is a form of `type`, and no misspelt one.
_ENDINGS = ("d", "ed", "r", "er", "ing", "ly")
#: Of two words that are as near, one is that is more alike by this.
_CLEARLY = 0.05
#: Words alike enough to be named as the nearest.
_LIKE = 0.6
#: A field that is more than one letter off, as `ressource_typ` is.
_SAME = 0.84


class Meaning(NamedTuple):
    """What a word stands for: `field` (its name in the records), `value` (as written there), or a `word` of asking."""

    kind: Literal["field", "value", "word"]
    said: str


@cache
def _joining() -> frozenset[str]:
    """Every word of the rules that joins or compares."""
    lists = (listed for name, listed in load("queue_words").items() if name != "rephrased")
    return frozenset(word for listed in lists for phrase in listed for word in str(phrase).split())


@cache
def _simple() -> dict[str, Meaning]:
    """Words of fields, and those that compare, as they are written."""
    found: dict[str, Meaning] = {}
    for name, about in load("queue_fields")["fields"].items():
        for pattern in [*about["words"], name]:
            for written in (pattern.replace("?", ""), re.sub(r".\?", "", pattern)):
                if re.fullmatch(r"[a-z_]+", written):
                    found.setdefault(written, Meaning("field", name))
                elif re.fullmatch(r"[a-z ]+", written):
                    found.setdefault(written.replace(" ", ""), Meaning("field", name))
                    for word in written.split():
                        if len(word) > _SHORTEST:
                            found.setdefault(word, Meaning("word", word))
    rules = load("queue_words")
    for phrase in (*rules["above"], *rules["below"], *load("spelling")["targets"], *_ASKING):
        if re.fullmatch(r"[a-z ]+", phrase):
            for word in phrase.split():
                found.setdefault(word, Meaning("word", word))
    return found


_ASKING = (
    "instead",
    "show",
    "queue",
    "queues",
    "sorted",
    "ascending",
    "descending",
    "highest",
    "lowest",
    "average",
    "median",
    "without",
    "using",
)


def _meanings(queues: Queues) -> dict[str, Meaning]:
    found = dict(_simple())
    found |= {
        field.lower(): Meaning("field", field) for field in queues.fields if len(field) > _SHORTEST and field not in plain()
    }
    found |= {tool: Meaning("value", tool) for tool in load("queue_fields")["copy_tools"] if len(tool) >= _SHORTEST}
    for field in load("queue_fields")["implicit"]:
        for word, written in words_for(queues, field).items():
            if len(word) >= _SHORTEST and word not in plain():
                found[word] = Meaning("value", written)
    return found


def mended(folded: str, queues: Queues, spelt: Spelt) -> tuple[str, list[tuple[str, Meaning]]]:
    """The question with its misspelt fields and values written right, and which word was read as what."""
    meanings = _meanings(queues)
    parts = {part for name in spelt.places for part in name.split("-")}
    known = plain() | known_words() | _joining() | spelt.upper | meanings.keys() | parts
    told: list[tuple[str, Meaning]] = []
    named = bytearray(len(folded))
    tried: set[str] = set()
    for start, end, _ in mentions(folded, queues):
        named[start:end] = b"\1" * (end - start)

    def one(match: re.Match[str]) -> str:
        word = match.group()
        if word in known or word in spelt.places or any(named[match.start() : match.end()]) or _written(word, queues):
            return word
        tried.add(word)
        near = _nearest(word, meanings) if len(tried) <= MENTIONS else None
        if near is None:
            return word
        right, meaning = near
        if meaning.kind != "word":
            told.append((word, meaning))
        return right

    return re.sub(r"(?<![\w.+#:@-])[a-z][a-z_]{3,30}(?![\w.+#:@-])", one, folded), told


def _written(word: str, queues: Queues) -> bool:
    """Whether the records have the word in a field of few different ones; what a comment says is not meant."""
    vocabularies = (queues.vocabulary(field) for field in load("queue_fields")["fields"])
    return any(word in vocabulary for vocabulary in vocabularies if len(vocabulary) <= FEW)


def _nearest(word: str, meanings: dict[str, Meaning]) -> tuple[str, Meaning] | None:
    """The one thing that a word is nearest to; None where there are two, or none that is near."""
    limit = 1 if len(word) < _LONG else 2
    found = process.extract(word, meanings.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=limit, limit=12)
    near = {other: distance for other, distance, _ in found if other[0] == word[0] or other[:2] == word[1::-1]}
    near = {other: distance for other, distance in near.items() if word.removeprefix(other) not in _ENDINGS}
    if near:
        best = [other for other, distance in near.items() if distance == min(near.values())]
        telling = [other for other in best if meanings[other].kind != "word"] or best  # `online` is a word of asking as well
        alike = {other: SequenceMatcher(None, word, other).ratio() for other in telling}
        best = [other for other in telling if alike[other] > max(alike.values()) - _CLEARLY]  # `ofline` has lost a letter
        return (best[0], meanings[best[0]]) if len({meanings[other] for other in best}) == 1 else None
    fields = [other for other, meaning in meanings.items() if meaning.kind == "field"]
    like = get_close_matches(word, fields, 2, _SAME)
    if like and len({meanings[other] for other in like}) == 1:
        return like[0], meanings[like[0]]
    return None


def nearest_value(word: str, vocabulary: dict[str, str]) -> str | None:
    """The one value of a named field that a word is near to, or begins; None where there are several, or none."""
    if len(word) < 3:
        return None
    begun = {written for other, written in vocabulary.items() if other.startswith(word)}
    limit = 1 if len(word) < _LONG else 2
    scorer = DamerauLevenshtein.distance
    near = process.extract(word, vocabulary.keys(), scorer=scorer, score_cutoff=limit, limit=5) if len(word) > 3 else []
    least = min((distance for _, distance, _ in near), default=0)
    found = {vocabulary[other] for other, distance, _ in near if distance == least} or begun
    return found.pop() if len(found) == 1 else None


def nearest_fields(word: str, queues: Queues) -> list[str]:
    """Three fields that a word is most like, if any are."""
    return get_close_matches(word, list(queues.fields), 3, _LIKE) if len(word) > 3 else []
