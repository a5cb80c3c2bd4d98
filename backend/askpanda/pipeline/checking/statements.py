"""The amounts of a sentence, held against the facts of the evidence.

A claim needs a fact of the same kind: 2000 MB are neither 2000 GB nor 2000 files. Where the sentence gives it to a place, an
error code, a job, a state or a measure, that one has to have it: twelve failures at CERN are none at BNL. Converted and
rounded values hold, and what the sentence itself adds up, subtracts or divides.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from askpanda.pipeline.checking import moments
from askpanda.pipeline.checking.facts import OWNERS, Fact, Facts, group_of, grouped, together
from askpanda.pipeline.checking.likeness import kinds_agree, same
from askpanda.pipeline.checking.names import Found, said_of
from askpanda.pipeline.checking.pairing import paired, told_once
from askpanda.pipeline.checking.quantities import MEASURED, Quantity, plain
from askpanda.pipeline.checking.vocabulary import table
from askpanda.pipeline.routing.rules import load

#: A sum of more addends than this is no arithmetic of a sentence.
ADDENDS = 8
#: Letters between a number and the word for what is counted, in a log.
BESIDE = 12
#: Fields of every record, whose round values are met by chance: only of limits.
_QUIET = frozenset({"maxwalltime", "maxcpucount"})


class Statements:
    """`wrong` looks at one sentence."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._mentioned: set[str] = set()
        self._alike: dict[Quantity, list[Fact]] = {}

    def wrong(self, sentence: str) -> list[str]:
        """The amounts of a sentence that the evidence has not, or has of something else."""
        text = plain(sentence)
        found, amounts = self._facts.read(text)
        self._mentioned = {name for names in found.values() for _, _, name in names}
        self._alike = {}
        good = [one for one in amounts if self._has(one, text, found, amounts)]
        reckoned = [
            one
            for one in amounts
            if (one not in good or one.kind in MEASURED) and self._reckoned(one, [other for other in good if other is not one])
        ]
        wrong = [one.said or str(one.number) for one in amounts if one not in good and one not in reckoned]
        zone = moments.ZONE.search(text)
        if zone and zone[0][1:].strip(" )(") not in self._facts.text:
            wrong.append(zone[0])
        for date, clock in together(text, amounts):
            if not any(moments.same(date, day) and moments.same(clock, time) for day, time in self._facts.moments):
                wrong.append("a time of another day")
        tries = {
            (one.number, most.number)
            for one, most in pairwise(amounts)
            if (one.kind, most.kind) == ("attempt_nr", "attempt_max")
        }
        wrong += [
            f"attempt {number:g} of {most:g}"
            for number, most in tries
            if self._facts.attempts and (number, most) not in self._facts.attempts
        ]
        wrong += [one.said for one in amounts if one.total and one in good and self._is_no_total(one, amounts)]
        most_tries = {fact.amount.number for fact in self._facts.by_group["attempt_max"]}
        if most_tries and not any(name == "left" for _, _, name in found.get("state", [])):
            wrong += [one.said for one in good if one.total and one.kind == "attempt" and one.number not in most_tries]
        wrong += [
            f"{one.said} of what is counted"
            for one in good
            if _rule("part_of").match(text, one.end) and self._measures_only(one)
        ]
        wrong += _out_of_order(text, amounts) + self._not_per(text, good)
        if _rule("in_all").search(text):
            counts = [one for one in good if one.kind in table().families and not one.weak]
            wrong += [
                one.said
                for one in counts
                if len(counts) == len(amounts) == 1 and self._facts.wholes and one.number not in self._facts.wholes
            ]
        wrong += self._nobodys(text, found, good) + self._less_than_asked(text, amounts)
        wrong += self._not_the_most(text, found) + _wrongly_compared(text, amounts) + self._of_another_group(amounts, found)
        wrong += self._facts.relations.wrong(text, found, lambda word: word.casefold() in self._facts.words)
        return wrong + self._misplaced(text, found, [one for one in amounts if one in good and one not in reckoned])

    def _not_per(self, text: str, amounts: Sequence[Quantity]) -> list[str]:
        """An amount of all that is said to be one of each."""
        wrong: list[str] = []
        for one in amounts:
            each = _rule("per").match(text, one.end) if one.kind in MEASURED else None
            said = re.escape(one.said)
            told = rf"\b{said}\b.{{0,25}}\bper {each[1]}\b|\b(?:per|a) {each[1]}\b.{{0,25}}\b{said}\b" if each else ""
            if each and not re.search(told, self._facts.text, re.I):
                wrong.append(f"{one.said}{each[0]}")
        return wrong

    def _nobodys(self, text: str, found: Found, amounts: Sequence[Quantity]) -> list[str]:
        """The number of one place or error that is said to be all there were; of a group that is no group's."""
        counts = [one for one in amounts if one.kind in table().families]
        if len(counts) != 1 or any(found.get(kind) for kind in OWNERS):
            return []
        labels = [fact.labels for fact in self._candidates(counts[0])]
        owned = [any(kind in of for kind in OWNERS) for of in labels]
        if _rule("there_were").search(text) and owned and all(owned) and counts[0].number not in self._facts.totals:
            return [counts[0].said]
        return [counts[0].said] if _rule("largest_group").search(text) and not any("code" in of for of in labels) else []

    def _less_than_asked(self, text: str, amounts: Sequence[Quantity]) -> list[str]:
        """What was used, compared without numbers with what was asked for or allowed."""
        measures = {name for _, _, name in said_of(text, {"bytes"}).get("attr/bytes", [])} if not amounts else set()
        less, more = bool(_rule("less").search(text)), bool(_rule("more").search(text))
        other = "asked" if "asked" in measures else "limit"
        if other not in measures or not _rule("used").search(text) or less == more or _rule("negated").search(text):
            return []
        used, bound = (
            max((fact.amount.size() for fact in self._facts.by_group["bytes"] if fact.labels.get("attr") == name), default=0)
            for name in ("used", other)
        )
        return [f"used and {other}"] if used and bound and ((less and used > bound) or (more and used < bound)) else []

    def _measures_only(self, one: Quantity) -> bool:
        """Whether a share is one of efficiency and the like, and of no things."""
        having = self._candidates(one) if one.kind == "percent" else []
        return bool(having) and all("attr" in fact.labels for fact in having)

    def _of_another_group(self, amounts: Sequence[Quantity], found: Found) -> list[str]:
        """The number of one error's jobs at a place where only another error was met."""
        wrong: list[str] = []
        for one in amounts:
            having = [fact for fact in self._candidates(one) if fact.amount.kind == one.kind] if one.kind == "job" else []
            codes = {fact.labels.get("code", "") for fact in having}
            if codes and "" not in codes:
                wrong += [
                    f"{one.said} {place}"
                    for _, _, place in found.get("place", [])
                    if self._facts.relations.is_of_others("code", codes, "place", place)
                ]
        return wrong

    def _not_the_most(self, text: str, found: Found) -> list[str]:
        """A place or a code that is said to have the most, where another one has more."""
        wrong: list[str] = []
        for kind in ("place", "code") if _rule("most").search(text) or _rule("worse").search(text) else ():
            names = list(dict.fromkeys(name for _, _, name in found.get(kind, [])))
            having: dict[str, float] = defaultdict(float)
            for fact in self._facts.by_group["count"]:
                owners = [owner for owner in OWNERS if owner in fact.labels]
                if owners == [kind] and fact.amount.kind == "job" and not fact.amount.total:
                    having[fact.labels[kind]] = max(having[fact.labels[kind]], fact.amount.number)
            compared = _rule("worse").search(text)
            if compared and len(names) == 2 and all(name in having for name in names) and having[names[0]] <= having[names[1]]:
                wrong.append(f"{names[0]} has no more than {names[1]}")
            if not compared and len(having) > 1 and names and names[0] in having and having[names[0]] < max(having.values()):
                wrong.append(f"{names[0]} has not the most")
        return wrong

    def _candidates(self, one: Quantity) -> list[Fact]:
        """The facts that say the same amount of a thing of this kind; looked for once a sentence, and asked for often."""
        if one not in self._alike:
            self._alike[one] = self._same_as(one)
        return self._alike[one]

    def _same_as(self, one: Quantity) -> list[Fact]:
        typed = {
            kind for kind in self._facts.exact.get(one.number, ()) if kind and kind != "log" and not kind.startswith("field")
        }
        return [
            fact
            for fact in self._facts.by_group[group_of(one.kind)]
            if (one.weak or not one.kind or kinds_agree(one.kind, fact.amount.kind) or (not fact.amount.kind and not typed))
            and same(one, fact.amount)
            and not (one.kind == "time" and fact.labels.get("field") in _QUIET and "limit" not in self._mentioned)
            and not (
                one.kind == "percent"
                and one.hedge
                and any(fact.labels.get(kind, "") not in self._mentioned | {""} for kind in OWNERS)
            )
        ]

    def _has(self, one: Quantity, text: str, found: Found, amounts: Sequence[Quantity]) -> bool:
        if self._candidates(one):
            return True
        known = self._facts.exact.get(one.number, set()) | (
            self._facts.exact.get(one.also, set()) if one.also is not None else set()
        )
        if one.kind == "id":
            return bool(known)
        if not one.kind or (one.weak and one.kind not in MEASURED):
            return bool(known - {"date", "clock"}) and (
                not one.weak or any(not kind.startswith("field") for kind in known) or one.number >= 1000
            )
        if one.kind in MEASURED:
            return bool(known) and known <= {""}
        if one.kind in ("line", "exit", "attempt_nr", "attempt_max", "signal", "priority"):
            return not self._facts.by_group[one.kind] and bool(known)
        if one.kind in ("place", "group", "kind", "task", "dataset") and one.number in self._facts.rows | {
            float(len({name for _, _, name in names})) for names in (found.get("place", []), found.get("code", []))
        } | {float(sum(other.kind != one.kind and group_of(other.kind) == "count" for other in amounts))}:  # fmt: skip
            return True
        if one.kind == "dataset" or (one.kind == "failure" and _rule("different").search(text)):
            return one.number <= max(self._facts.rows, default=0)
        return "log" in known and self._in_a_log(one)

    def _in_a_log(self, one: Quantity) -> bool:
        """Whether a line of a log has the number next to the word for what is counted."""
        number = re.compile(rf"(?<![\w.]){one.number:g}(?![\w.])")
        return any(
            match.lastgroup == one.kind and number.search(line[max(0, match.start() - BESIDE) : match.end() + BESIDE])
            for line in self._facts.lines
            if number.search(line)
            for match in table().any_noun.finditer(line)
        )

    def _reckoned(self, one: Quantity, good: Sequence[Quantity]) -> bool:
        """Whether the sentence has what this amount was calculated from."""
        if one.kind == "percent":
            counts = [other for other in good if other.kind not in ("date", "clock", "percent")]
            shares = [
                value
                for part in counts
                for whole in counts
                if part is not whole and whole.size() and group_of(part.kind) == group_of(whole.kind)
                for value in (100 * part.size() / whole.size(), abs(100 * (part.size() - whole.size()) / whole.size()))
            ]
            shares += [100 - other.number for other in good if other.kind == "percent"]
            shares += _sums([other.number for other in good if other.kind == "percent"])
            return any(same(one, Quantity(0, 0, "", "percent", share, 1.0, 0.01)) for share in shares)
        alike = [
            replace(other, kind=one.kind, scale=one.scale) if one.kind in MEASURED and (other.weak or not other.kind) else other
            for other in good
        ]
        alike = [other for other in alike if group_of(other.kind) == group_of(one.kind)]
        if group_of(one.kind) not in ("count", "bytes", "time"):
            return False
        values = [
            other.number * other.scale / one.scale
            if one.kind == "time"
            else other.number * 1000 ** (other.scale - one.scale)
            if one.kind == "bytes"
            else other.number
            for other in alike
        ]
        return any(
            same(one, replace(one, number=value + 1e-9 * (one.kind in MEASURED), hedge="", also=None))
            for value in _sums(values) + [abs(a - b) for a in values for b in values]
        )

    def _is_no_total(self, whole: Quantity, amounts: Sequence[Quantity]) -> bool:
        """`61 of 240`, where 240 are a part themselves."""
        if whole.kind not in table().families or whole.kind == "attempt" or not self._facts.totals:
            return False
        part = next((one for one in reversed(amounts) if one.end <= whole.start and one.kind == whole.kind), None)
        if part is None or whole.number in self._facts.totals:
            return False
        owners = [fact.labels for fact in self._candidates(whole)]
        parts = [fact.labels for fact in self._candidates(part)]
        nested = any(
            all(of.get(kind) == name for kind, name in outer.items() if kind in OWNERS)
            and any(kind in OWNERS for kind in outer)
            for outer in owners
            for of in parts
        )
        return part.number > whole.number or not nested

    def _misplaced(self, text: str, found: Found, amounts: Sequence[Quantity]) -> list[str]:
        """Amounts that the sentence gives to a name which has others, or that belong to other names."""
        wrong: list[str] = []
        for kind, names in found.items():
            if kind == "task":
                continue
            for _, numbers in grouped(amounts, kind):
                counted = told_once([one for one in numbers if not one.total])
                ways: list[list[str]] = [
                    [f"{one.said} of {name}" for name, one in way if self._is_of_another(kind.partition("/")[0], name, one)]
                    for way in paired(text, names, counted, found.get("job", ()) if kind != "job" else ())
                ]
                wrong += sorted(ways, key=len)[0] if ways else []
        return wrong

    def _is_of_another(self, kind: str, name: str, one: Quantity) -> bool:
        having = self._candidates(one)
        if kind == "field":
            its_own = [
                fact.amount.number
                for facts in self._facts.by_group.values()
                for fact in facts
                if fact.labels.get("field") == name
            ]
            return bool(its_own) and one.kind not in MEASURED and one.number not in its_own
        if kind == "attr" and name == "used" and one.hedge == "over":
            name = "limit" if any(fact.labels.get(kind) == "limit" for fact in having) else name
        if any(fact.labels.get(kind) in (name, "difference") for fact in having) or (
            not having and (one.weak or not one.kind or (one.kind in MEASURED and "" in self._facts.exact.get(one.number, ())))
        ):
            return False
        its = [
            fact
            for fact in self._facts.by_group[group_of(one.kind)]
            if fact.labels.get(kind) == name
            and (one.weak or not one.kind or not fact.amount.kind or kinds_agree(one.kind, fact.amount.kind))
        ]
        sure = [fact for fact in having if fact.amount.kind and not fact.amount.total] or having
        elsewhere = bool(sure) and all(kind in fact.labels for fact in sure)
        if kind in ("state", "of", "party"):
            whole = bool(having) and all(fact.amount.total for fact in having)
            return elsewhere or (
                bool(its)
                and (
                    whole
                    or (one.kind == "attempt" and (name == "left" or one.number > max(fact.amount.number for fact in its)))
                )
            )
        if group_of(one.kind) not in ("count", *MEASURED) and kind != "attr":
            return elsewhere
        return bool(its) or (elsewhere and kind in OWNERS)


@cache
def _rule(name: str) -> re.Pattern[str]:
    """A pattern of `rules/labels.yaml`."""
    return re.compile(load("labels")[name], re.I)


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


def _wrongly_compared(text: str, amounts: Sequence[Quantity]) -> list[str]:
    """Amounts of which the lesser one is said to be more."""
    wrong: list[str] = []
    for one, other in pairwise(amounts):
        gap = text[one.end : other.start]
        if one.kind != other.kind or one.kind not in ("bytes", "time") or len(gap) > 60 or _rule("negated").search(gap):
            continue
        less, more = bool(_rule("less").search(gap)), bool(_rule("more").search(gap))
        if less != more and ((less and one.size() > other.size() * 1.05) or (more and one.size() < other.size() * 0.95)):
            wrong.append(f"{one.said}{gap}{other.said}")
    return wrong


def _sums(values: Sequence[float]) -> list[float]:
    """Sums of neighbours."""
    return [
        sum(values[start:end])
        for start in range(len(values))
        for end in range(start + 2, min(len(values), start + ADDENDS) + 1)
    ]
