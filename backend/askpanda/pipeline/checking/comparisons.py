"""What a sentence says of amounts to each other: more, fewer, the most, most of, none, so many times as much.

Where a name is compared, the numbers need not be said; they are looked up by the names.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise

from askpanda.pipeline.checking.causes import Causes, stated
from askpanda.pipeline.checking.facts import OWNERS, Fact, Facts
from askpanda.pipeline.checking.likeness import BOUND
from askpanda.pipeline.checking.names import Found, said_of
from askpanda.pipeline.checking.quantities import MEASURED, Quantity
from askpanda.pipeline.checking.vocabulary import table
from askpanda.pipeline.routing.rules import load

#: Classes of names that can be compared by how many they have.
_COMPARED = ("place", "code", "component", "cell", "state", "party")
#: What is counted in tables.
_THINGS = frozenset({"job", "file", "pilot", "event"})
#: How far a multiple may be off, as a share of it; a part of which most is made is more than this many percent, and what is
#: nearly all at least this share.
OFF, MOST, NEARLY = 0.13, 50.0, 0.8


@cache
def rule(name: str) -> re.Pattern[str]:
    """A pattern of `rules/labels.yaml`."""
    return re.compile(load("labels")[name], re.I)


class Comparisons:
    """`wrong` looks at one sentence."""

    def __init__(self, facts: Facts, causes: Causes) -> None:
        self._facts = facts
        self._causes = causes

    def wrong(self, text: str, found: Found, amounts: Sequence[Quantity], reckoned: Iterable[Quantity]) -> list[str]:
        """The comparisons that the evidence's numbers do not bear out."""
        if not amounts:
            found = {**found, **said_of(text, {"count"})}
        wrong = self._less_than_asked(text, amounts) + self._not_the_most(text, found) + self._not_most_of(text, found)
        wrong += _out_of_order(text, amounts) + _wrongly_compared(text, amounts, set(reckoned))
        wrong += self._none(text, found, amounts) + self._other_multiple(text)
        wrong += (
            self._not_nearly_all(text, found)
            + self._too_long(text)
            + self._busy_or_idle(text)
            + self._other_bound(text, amounts)
        )
        if not rule("negated").search(text):
            wrong += [
                f"{one} has no more than {other}"
                for more, less in self._compared(text, found)
                if (one := more[0]) and (other := less[0]) and max(more[1]) <= max(less[1])
            ]
        return wrong

    def is_multiple(self, text: str, one: Quantity, found: Found) -> bool:
        """Whether one of two names has so many times what the other has: `four times as many jobs at A as at B`."""
        if one.kind != "case" or not rule("as_many").match(text, one.end):
            return False
        for kind in _COMPARED:
            names = _distinct(found, kind)
            having = self._having(kind, found, text)
            if len(names) == 2 and all(having.get(name) for name in names):
                ratios = [first / second for first in having[names[0]] for second in having[names[1]] if second]
                low, high = {"over": (1.0, 1 + BOUND), "under": (1 - BOUND, 1.0)}.get(one.hedge, (1 - OFF, 1 + OFF))
                return any(low * one.number <= ratio <= high * one.number for ratio in ratios)
        return False

    def _having(self, kind: str, found: Found, text: str) -> dict[str, set[float]]:
        """How much each name of a class has, of the thing that is spoken of; with the one other name that is said with it."""
        group = "time" if kind == "component" and rule("of_time").search(text) else "count"
        others = {
            other: names[0] for other in OWNERS if other not in (kind, "field") and len(names := _distinct(found, other)) == 1
        }
        nouns = _things(text) or {"job"}
        having: dict[str, set[float]] = defaultdict(set)
        for narrow in (True, False):
            for fact in self._facts.by_group[group]:
                things = nouns | ({""} if narrow and others else set())
                if kind not in fact.labels or fact.amount.total or (group == "count" and fact.amount.kind not in things):
                    continue
                owners = {owner: fact.labels[owner] for owner in OWNERS if owner in fact.labels and owner != kind}
                if owners == (others if narrow else {}):
                    having[fact.labels[kind]].add(fact.amount.size())
            if having or not others:
                break
        return having

    def _compared(self, text: str, found: Found) -> Iterator[tuple[tuple[str, set[float]], tuple[str, set[float]]]]:
        """(name that is said to have more, its amounts), (the other one, its amounts)."""
        for match in rule("compared").finditer(text):
            direction = match.lastgroup == "less"
            than = rule("than").search(text, match.end())
            middle = match.start() if match.lastgroup == "over" else than.start() if than else None
            if middle is None or middle - match.end() > 70:
                continue
            for kind in _COMPARED:
                before = [name for start, _, name in found.get(kind, []) if start < middle]
                after = [name for start, _, name in found.get(kind, []) if start > middle]
                having = self._having(kind, found, text)
                if not before or not after or before[-1] == after[0] or not {before[-1], after[0]} <= having.keys():
                    continue
                first, second = (before[-1], having[before[-1]]), (after[0], having[after[0]])
                yield (second, first) if direction else (first, second)
                break

    def _not_the_most(self, text: str, found: Found) -> list[str]:
        """A place or a code that is said to have the most, or the fewest, where another one has."""
        wrong: list[str] = []
        most, least = rule("most").search(text), rule("fewest").search(text)
        if rule("negated").search(text) or not (most or least):
            return []
        for kind in ("place", "code"):
            names, having = _distinct(found, kind), self._having(kind, found, text)
            if kind == "code" and not names:
                names = sorted({code for cause, _, _ in stated(text) for code in self._causes.codes_of(cause) & having.keys()})
                names.sort(key=lambda name: max(having[name]), reverse=bool(most))
            others = [values for name, values in having.items() if names and name != names[0]]
            its = having.get(names[0]) if names else None
            if its and (
                (most and any(max(its) < min(values) for values in others))
                or (least and any(min(its) > max(values) for values in others))
            ):
                wrong.append(f"{names[0]} has not the {'most' if most else 'fewest'}")
        return wrong

    def _not_nearly_all(self, text: str, found: Found) -> list[str]:
        """What is said to be nearly all at one place, and is not."""
        places = _distinct(found, "place")
        if len(places) != 1 or not rule("nearly_all").search(text) or rule("negated").search(text):
            return []
        having = {name: max(values) for name, values in self._having("place", found, text).items()}
        its = having.get(places[0])
        return [f"all at {places[0]}"] if its and len(having) > 1 and its < NEARLY * sum(having.values()) else []

    def _not_most_of(self, text: str, found: Found) -> list[str]:
        """What is said of most of them, or of all, and is true of less than half, or not of all."""
        all_ = rule("all_of").search(text)
        match = all_ or rule("most_of").search(text)
        if not match or rule("negated").search(text) or (all_ and any(found.get(kind) for kind in OWNERS)):
            return []
        wrong: list[str] = []
        things = _things(text)
        for kind in ("state", "party", "cell"):
            names = [(end, name) for start, end, name in found.get(kind, []) if start > match.start()]
            if len({name for _, name in names}) != 1 or table().after.match(text, names[0][0]):
                continue
            shares = [
                fact.amount.number
                for fact in self._facts.by_group["percent"]
                if fact.labels.get(kind) == names[0][1] and "attr" not in fact.labels and self._is_whole(fact, kind, things)
            ]
            wrong += [f"{match[0]} {names[0][1]}"] if shares and max(shares) < (99.9 if all_ else MOST) else []
        return wrong

    @staticmethod
    def _is_whole(fact: Fact, kind: str, things: set[str]) -> bool:
        alone = not any(owner in fact.labels for owner in OWNERS if owner != kind)
        return alone and (not things or fact.labels.get("counted", "") in things | {""})

    def _none(self, text: str, found: Found, amounts: Sequence[Quantity]) -> list[str]:
        """What is said of none, and is true of some."""
        match = rule("none").search(text)
        states = [
            (start, name)
            for start, end, name in found.get("state", [])
            if match and start > match.start() and not table().after.match(text, end)
        ]
        if not states or not match or amounts or any(found.get(kind) for kind in ("job", "dataset")):
            return []
        nouns = {noun.lastgroup for noun in table().any_noun.finditer(text, match.start())} - {"place"}
        owners = {name for kind in OWNERS for name in _distinct(found, kind)}
        having = [
            fact.amount.number
            for fact in self._facts.by_group["count"]
            if fact.labels.get("state") == states[0][1]
            and (not nouns or fact.amount.kind in nouns)
            and {fact.labels[owner] for owner in OWNERS if owner in fact.labels} <= owners
            and fact.amount.kind in table().families
            and fact.amount.kind != "attempt"
        ]
        return [f"none {states[0][1]}"] if having and min(having) > 0 else []

    def _sizes(self, name: str) -> list[float]:
        """The sizes of memory that are known under a name."""
        return [
            fact.amount.size()
            for fact in self._facts.by_group["bytes"]
            if name and fact.labels.get("attr") == name and fact.labels.get("of", "memory") == "memory"
        ]

    def _less_than_asked(self, text: str, amounts: Sequence[Quantity]) -> list[str]:
        """What was used, compared with what was asked for or allowed without the number of what was used."""
        measures = {name for _, _, name in said_of(text, {"bytes"}).get("attr/bytes", [])}
        less, more = bool(rule("less").search(text)), bool(rule("more").search(text))
        other = "asked" if "asked" in measures else "limit"
        if other not in measures or not rule("used").search(text) or less == more or rule("negated").search(text):
            return []
        used, bound = max(self._sizes("used"), default=0), max(self._sizes(other), default=0)
        if any(one.kind != "bytes" or abs(one.size() - bound) > 0.05 * bound for one in amounts):
            return []
        if more and self._causes.has("memory"):
            return []  # what was measured is not always what it was ended for
        return [f"used and {other}"] if used and bound and ((less and used > bound) or (more and used < bound)) else []

    def _other_multiple(self, text: str) -> list[str]:
        """`twice as much as allowed`, where it was a quarter more."""
        match = rule("multiple").search(text)
        if not match or rule("negated").search(text):
            return []
        times = float((match.lastgroup or "x2")[1:])
        named = said_of(text, {"bytes"}).get("attr/bytes", [])
        bound = next((name for start, _, name in named if start > match.start() and name in ("asked", "limit")), "")
        thing = next((name for start, _, name in reversed(named) if start < match.start() and name != bound), "used")
        ratios = [first / second for first in self._sizes(thing) for second in self._sizes(bound) if second]
        return [match[0]] if ratios and not any(abs(ratio - times) <= OFF * times for ratio in ratios) else []

    def _too_long(self, text: str) -> list[str]:
        """`It ran for hours`, where it ran for minutes."""
        walls = [fact.amount.size() for fact in self._facts.by_group["time"] if fact.labels.get("attr") == "wall"]
        if not walls or not rule("ran").search(text) or rule("negated").search(text):
            return []
        spans = load("labels")["vague"].items()
        return [words for span, words in spans if re.search(words, text, re.I) and max(walls) < float(span)]

    def _busy_or_idle(self, text: str) -> list[str]:
        """Whether the processor was in use, in words, against the efficiency."""
        known = [fact.amount.number for fact in self._facts.by_group["percent"] if fact.labels.get("attr") == "efficiency"]
        if not known or rule("negated").search(text):
            return []
        busy, idle = rule("busy").search(text), rule("idle").search(text)
        return ["busy"] if (busy and max(known) < MOST) or (idle and min(known) > MOST) else []

    def _other_bound(self, text: str, amounts: Sequence[Quantity]) -> list[str]:
        """`below 128`, where the evidence speaks of what is above 128 only."""
        wrong: list[str] = []
        for one in amounts:
            if one.kind in ("date", "clock"):
                continue
            said = _bound(text[max(0, one.start - 20) : one.start])
            there = {
                _bound(self._facts.text[max(0, match.start() - 20) : match.start()])
                for match in re.finditer(rf"(?<![\w.]){re.escape(one.said)}(?![\w.]\w|\w)", self._facts.text)
            } if said else set()  # fmt: skip
            there -= set() if one.kind in MEASURED else {""}
            wrong += [f"{said} than {one.said}"] if len(there) == 1 and not there & {said, ""} else []
        return wrong


def _bound(before: str) -> str:
    less, more = (re.search(rf"(?:{rule(name).pattern})\s*$", before, re.I) for name in ("less", "more"))
    return "less" if less else "more" if more else ""


def _things(text: str) -> set[str]:
    """What is spoken of that is counted in tables; `pilot 1099` is an error."""
    nouns = table().any_noun.finditer(text)
    return {noun.lastgroup or "" for noun in nouns if not re.match(r"[ *`]+\d", text[noun.end() :])} & _THINGS


def _distinct(found: Found, kind: str) -> list[str]:
    return list(dict.fromkeys(name for _, _, name in found.get(kind, [])))


def _out_of_order(text: str, amounts: Sequence[Quantity]) -> list[str]:
    """Times of one day in the wrong order."""
    clocks = [one for one in amounts if one.kind == "clock"]
    if len(clocks) != 2 or sum(one.kind == "date" for one in amounts) > 1:
        return []
    first, second = clocks
    gap = text[first.end : second.start]
    later = tuple(part or 0 for part in first.moment) > tuple(part or 0 for part in second.moment)
    rules = load("labels")["ordered"]
    before, after, next_ = (re.search(rules[name], gap, re.I) for name in ("before", "after", "second"))
    return ["a time before another"] if (later and (before or next_)) or (after and not later) else []


def _wrongly_compared(text: str, amounts: Sequence[Quantity], reckoned: set[Quantity]) -> list[str]:
    """Amounts of which the lesser one is said to be more; a difference (`7 MB above 4000 MB`) is compared with nothing."""
    wrong: list[str] = []
    for one, other in pairwise(amounts):
        gap = text[one.end : other.start]
        if one.kind != other.kind or one.kind not in ("bytes", "time") or len(gap) > 60 or rule("negated").search(gap):
            continue
        less, more = bool(rule("less").search(gap)), bool(rule("more").search(gap))
        slack = 1.0 if one.scale == other.scale else 1.05
        if one in reckoned or less == more:
            continue
        if (less and one.size() > other.size() * slack) or (more and one.size() * slack < other.size()):
            wrong.append(f"{one.said}{gap}{other.said}")
    return wrong
