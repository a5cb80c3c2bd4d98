"""Whether what a sentence gives as the cause, in words only, is one that the evidence has.

`The storage was down` has no name and no number to look up. So there is a list of what can end a job, with the words for each
(`rules/causes.yaml`), and a sentence that plainly states one needs an evidence that tells of it: of this job, attempt or
error where several are told of. What is denied is not stated, and what is held for possible may be what the evidence holds
for possible.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from askpanda.pipeline.checking.names import Found, Names
from askpanda.pipeline.kept import OWN, PROOF, RECORD, SOURCE, TABLE, is_knowledge, pieces_of
from askpanda.pipeline.routing.rules import load

#: Sections of our own words that say what to do, or what may happen to others, rather than what happened.
_ADVICE = frozenset({"user.recommendations", "expert.steps", "expert.scenarios"})
_SECTION = re.compile(r"^## ([\w.]+)\n(.*?)(?=^## |\Z)", re.S | re.M)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_WORD = re.compile(r"[^\W\d_]{4,}")
_DIAG = re.compile(r"^\w*diag: .*$", re.M)
_ROW = re.compile(r"\[(?:[^\[\]\"]|\"(?:[^\"\\]|\\.)*\")*\]")
#: The share of a sentence's longer words that are those of one of ours which it repeats.
SAME = 0.8
#: Classes of names by which one of several things that happened is known, the surest first.
_KEYS = ("job", "attempt", "code", "place")


@dataclass(frozen=True)
class _Item:
    """One of several things that the evidence tells of, with its causes; `alone` for one job or attempt."""

    names: dict[str, frozenset[str]]
    known: frozenset[str]
    alone: bool


@cache
def _rules() -> dict[str, Any]:
    rules = load("causes")
    says: dict[str, list[str]] = defaultdict(list, {name: list(rule["says"]) for name, rule in rules["causes"].items()})
    for name, topic in rules["topics"].items():
        if topic.get("wrong"):
            says[name].append(rf"\b(?:{topic['wrong']})(?: \S+){{0,3}}? {rules['went_wrong']}\b")
        says[name] += [way.replace("TOPIC", topic["given"]) for way in rules["given_as"]]
    return {
        "says": {name: re.compile("|".join(ways)) for name, ways in says.items()},
        "known": {name: re.compile(rule["known"]) for name, rule in rules["causes"].items()},
        "also": {name: frozenset(topic.get("also", ())) for name, topic in rules["topics"].items()},
        **{name: re.compile(rules[name], re.M) for name in rules.keys() - {"causes", "topics", "went_wrong", "given_as"}},
    }


def stated(text: str) -> Iterator[tuple[str, int, int]]:
    """(cause, where the part of the sentence begins, where it ends) of each cause that is not denied there."""
    rules = _rules()
    low = text.replace("’", "'").casefold()
    if len(low) != len(text) or rules["other_cases"].search(low):
        return
    cuts = [0, *(match.start() for match in rules["clauses"].finditer(low)), len(low)]
    for start, end in pairwise(cuts):
        clause = " ".join(low[start:end].split())
        for cause, says in rules["says"].items():
            match = says.search(clause)
            if match and not rules["denied"].search(f"{clause[: match.start()]} … {clause[match.end() :]}"):
                yield cause, start, end


class Causes:
    """The causes that one evidence has."""

    def __init__(self, evidence: str, names: Names) -> None:
        pieces = pieces_of(evidence) or [("", evidence)]
        one = any(label == "verdict" for label, _ in pieces)
        happened: list[str] = []
        possible: list[str] = []
        self._items: list[_Item] = []
        self._others: list[str] = []
        for label, text in pieces:
            possible.append(text)
            if label == OWN:
                possible_only = _rules()["evidence_possible"]
                self._others += [line for line in text.casefold().splitlines() if not possible_only.search(line)]
                for section, body in _SECTION.findall(text):
                    if section not in _ADVICE:
                        happened += [line for line in body.splitlines() if line]
                        self._items += [_item(line, names) for line in body.splitlines() if line.startswith("- ")]
            elif label == RECORD:
                happened += _DIAG.findall(text)
            elif label.startswith(TABLE):
                happened.append(text)
                self._items += [_item(row, names) for row in _ROW.findall(text.partition('"rows"')[2])]
            elif label == "verdict":
                happened += _of_verdict(text)
            elif not (one and (is_knowledge(label) or label.startswith(PROOF))):
                happened.append(label.partition("] ")[2] if label.startswith(SOURCE) else "")
                happened.append(text)
        self._known = _known(_plainly(happened) if one else happened)
        self._possible = _known(possible)
        self._alone = [item for item in self._items if item.alone]
        self._by_code: dict[str, set[str]] = defaultdict(set)
        for item in self._items:
            for cause in item.known:
                self._by_code[cause] |= item.names["code"]

    def wrong(self, text: str, found: Found, every: bool) -> list[str]:
        """The causes that a sentence states and that are none of what it speaks of; `every`: of all that is told of."""
        held = bool(_rules()["possible"].search(text.casefold()))
        wrong: list[str] = []
        for cause, start, end in stated(text):
            known = self._possible if held else self._known
            same = {cause} | _rules()["also"].get(cause, frozenset())
            if not same & known and not self._is_told(cause, text[start:end]):
                wrong.append(f"caused by {cause}")
            elif not held and cause in known and not self._is_of(cause, found, start, end, every):
                wrong.append(f"caused by {cause} there")
        low = text.casefold()
        wrong += self._same_place(low)
        same = _rules()["same"].search(low)
        codes = [item.names["code"] for item in self._alone if item.names["code"]]
        if same and len(codes) > 1 and not _rules()["denied"].search(low) and not frozenset.intersection(*codes):
            wrong.append("the same cause")
        return wrong

    def _same_place(self, low: str) -> list[str]:
        """What is said to have been at one place, and was at several."""
        places = [item.names["place"] for item in self._alone if item.names["place"]]
        if not _rules()["same_place"].search(low) or len(places) < 2 or _rules()["denied"].search(low):
            return []
        return [] if frozenset.intersection(*places) else ["the same place"]

    def _is_told(self, cause: str, clause: str) -> bool:
        """Whether it is said of other cases in these words: our own words may be repeated."""
        said = set(_WORD.findall(clause.casefold()))
        return len(said) > 3 and any(
            _rules()["says"][cause].search(other) and len(said & set(_WORD.findall(other))) >= SAME * len(said)
            for other in self._others
        )

    def has(self, cause: str) -> bool:
        """Whether something ended so."""
        return cause in self._known

    def codes_of(self, cause: str) -> set[str]:
        """The error codes that go with a cause."""
        return self._by_code[cause]

    def _is_of(self, cause: str, found: Found, start: int, end: int, every: bool) -> bool:
        """Whether the cause is that of the one thing which is spoken of; true where it is not known which one that is."""
        clause = {key: {name for at, _, name in found.get(key, []) if start <= at < end} for key in _KEYS}
        sentence = {key: {name for _, _, name in found.get(key, [])} for key in _KEYS}
        for there in (clause, sentence):
            for key in _KEYS:
                if not there[key] or len({name for item in self._items for name in item.names[key]}) < 2:
                    continue
                its = [item for item in self._items if there[key] & item.names[key]]
                return len(there[key]) > 1 or not its or any(cause in item.known for item in its)
        return not (every and len(self._alone) > 1 and any(cause not in item.known for item in self._alone))


def _item(text: str, names: Names) -> _Item:
    found = names.find(text)
    if not text.startswith("- Attempt "):
        found["attempt"] = []  # `first` is not always said of an attempt
    return _Item(
        {key: frozenset(name for _, _, name in found.get(key, [])) for key in _KEYS},
        _known([text]),
        text.startswith(("- Job ", "- Attempt ")),
    )


def _known(lines: Iterable[str]) -> frozenset[str]:
    text = "\n".join(lines).casefold()
    return frozenset(cause for cause, pattern in _rules()["known"].items() if pattern.search(text))


def _plainly(lines: Iterable[str]) -> list[str]:
    """Without what is only possible, and without sentences on other cases."""
    rules = _rules()
    return [
        sentence
        for line in lines
        if not rules["evidence_possible"].search(line.casefold())
        for sentence in _SENTENCE.split(line)
        if not rules["evidence_other"].search(sentence.casefold())
    ]


def _of_verdict(text: str) -> list[str]:
    try:
        verdict = json.loads(text)
    except ValueError:
        return [text]
    return [str(verdict.get(field) or "") for field in ("cause", "name", "category")]
