"""The amounts of a sentence, held against the facts of the evidence.

A claim needs a fact of the same kind: 2000 MB are neither 2000 GB nor 2000 files. Where the sentence gives it to a place, an
error code, a job, a state or a measure, that one has to have it: twelve failures at CERN are none at BNL. Converted and
rounded values hold, and what the sentence itself adds up, subtracts or divides.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from askpanda.pipeline.checking import moments
from askpanda.pipeline.checking.causes import Causes, stated
from askpanda.pipeline.checking.comparisons import Comparisons, rule
from askpanda.pipeline.checking.facts import OWNERS, Fact, Facts, group_of, grouped, together
from askpanda.pipeline.checking.likeness import kinds_agree, same
from askpanda.pipeline.checking.names import Found, said_of
from askpanda.pipeline.checking.pairing import paired, told_once
from askpanda.pipeline.checking.quantities import MEASURED, Quantity, plain
from askpanda.pipeline.checking.totals import Totals
from askpanda.pipeline.checking.vocabulary import table

#: A sum of more addends than this is no arithmetic of a sentence.
ADDENDS = 8
#: Letters between a number and the word for what is counted, in a log.
BESIDE = 12
#: Fields of every record, whose round values are met by chance: only of limits.
_QUIET = frozenset({"maxwalltime", "maxcpucount"})


class Statements:
    """`wrong` looks at one sentence."""

    def __init__(self, facts: Facts, causes: Causes) -> None:
        self._facts = facts
        self._causes = causes
        self._comparisons = Comparisons(facts, causes)
        self._totals = Totals(facts, self._candidates)
        self._mentioned: set[str] = set()
        self._by_memory = self._runs = False
        self._alike: dict[Quantity, list[Fact]] = {}

    def wrong(self, sentence: str) -> list[str]:
        """The amounts of a sentence that the evidence has not, or has of something else."""
        text = plain(sentence)
        found, amounts = self._facts.read(text)
        self._mentioned = {name for names in found.values() for _, _, name in names}
        self._alike = {}
        self._runs = any(name == "running" for _, _, name in said_of(text, {"count"})["state"])
        self._by_memory = bool(rule("by_memory").search(text))
        good = [
            one for one in amounts if self._has(one, text, found, amounts) or self._comparisons.is_multiple(text, one, found)
        ]
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
        most_tries = {fact.amount.number for fact in self._facts.by_group["attempt_max"]}
        if most_tries and not any(name == "left" for _, _, name in found.get("state", [])):
            wrong += [one.said for one in good if one.total and one.kind == "attempt" and one.number not in most_tries]
        wrong += [
            f"{one.said} of what is counted"
            for one in good
            if rule("part_of").match(text, one.end) and self._measures_only(one)
        ]
        wrong += self._not_per(text, good) + self._totals.wrong(text, found, amounts, good)
        wrong += self._of_another_group(amounts, found)
        wrong += self._comparisons.wrong(text, found, amounts, reckoned)
        wrong += self._causes.wrong(text, found, bool(rule("every").search(text)))
        wrong += self._of_other_errors(text, amounts)
        wrong += self._facts.relations.wrong(text, found, lambda word: word.casefold() in self._facts.words)
        return wrong + self._misplaced(text, found, [one for one in amounts if one in good and one not in reckoned])

    def _not_per(self, text: str, amounts: Sequence[Quantity]) -> list[str]:
        """An amount of all that is said to be one of each."""
        wrong: list[str] = []
        for one in amounts:
            each = rule("per").match(text, one.end) if one.kind in MEASURED else None
            said = re.escape(one.said)
            told = rf"\b{said}\b.{{0,25}}\bper {each[1]}\b|\b(?:per|a) {each[1]}\b.{{0,25}}\b{said}\b" if each else ""
            if each and not re.search(told, self._facts.text, re.I):
                wrong.append(f"{one.said}{each[0]}")
        return wrong

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

    def _of_other_errors(self, text: str, amounts: Sequence[Quantity]) -> list[str]:
        """The number of one error's jobs that is given to a cause which other errors have."""
        wrong: list[str] = []
        for cause, start, end in stated(text):
            counts = [one for one in amounts if start <= one.start < end and one.kind in table().families]
            facts = [fact.labels for one in counts for fact in self._candidates(one)]
            codes = {of.get("code", "") for of in facts if "code" in of or self._is_named(of)}
            its = self._causes.codes_of(cause)
            if len(counts) == 1 and its and codes and "" not in codes and not codes & its:
                wrong.append(f"{counts[0].said} of {cause}")
        return wrong

    def _is_named(self, labels: dict[str, str]) -> bool:
        """Whether the sentence has all the names that a fact is of."""
        return {labels[kind] for kind in OWNERS if kind in labels} <= self._mentioned

    def _candidates(self, one: Quantity) -> list[Fact]:
        """The facts that say the same amount of a thing of this kind; looked for once a sentence, and asked for often."""
        if one not in self._alike:
            self._alike[one] = self._same_as(one)
        return self._alike[one]

    def _same_as(self, one: Quantity) -> list[Fact]:
        typed = {
            kind
            for kind in self._facts.exact.get(one.number, ())
            if kind and kind not in ("log", "quoted") and not kind.startswith("field")
        }
        return [
            fact
            for fact in self._facts.by_group[group_of(one.kind)]
            if (one.weak or not one.kind or kinds_agree(one.kind, fact.amount.kind) or (not fact.amount.kind and not typed))
            and same(one, fact.amount)
            and not (fact.labels.get("attr") == "difference" and not self._by_memory)
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
            in_a_log = one.kind == "time" and one.scale == 1 and "quoted" in known
            return bool(known) and known <= ({"", "quoted", "log"} if in_a_log else {""}) and not self._is_counted(one)
        if one.kind == "case" and one.number == 2 and self._facts.has_twice():
            return True
        if one.kind in ("failure", "kind") and rule("mentioned").search(text[: one.start]):
            return one.number <= len(self._facts.names.codes)
        if one.kind in ("line", "exit", "attempt_nr", "attempt_max", "signal", "priority"):
            return not self._facts.by_group[one.kind] and bool(known)
        if one.kind in ("place", "group", "kind", "task", "dataset") and one.number in self._facts.rows | {
            float(len({name for _, _, name in names})) for names in (found.get("place", []), found.get("code", []))
        } | {float(sum(other.kind != one.kind and group_of(other.kind) == "count" for other in amounts))}:  # fmt: skip
            return True
        if one.kind == "dataset" or (one.kind == "failure" and rule("different").search(text)):
            return one.number <= max(self._facts.rows, default=0)
        return "log" in known and self._in_a_log(one)

    def _is_counted(self, one: Quantity) -> bool:
        """Whether the evidence has the number of what is counted only: of jobs, files, ..."""
        having = [fact for fact in self._facts.by_group["count"] if fact.amount.number == one.number]
        return bool(having) and all(
            fact.amount.kind in table().families or (not fact.amount.kind and any(kind in fact.labels for kind in OWNERS[:-1]))
            for fact in having
        )

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

    def _misplaced(self, text: str, found: Found, amounts: Sequence[Quantity]) -> list[str]:
        """Amounts that the sentence gives to a name which has others, or that belong to other names."""
        wrong: list[str] = []
        for kind, names in found.items():
            if kind == "task":
                continue
            for _, numbers in grouped(amounts, kind):
                counted = told_once([one for one in numbers if not one.total and not rule("as_many").match(text, one.end)])
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
        if kind == "attr" and name == "since" and self._runs and group_of(one.kind) == "date":
            began = {fact.labels.get("attr") for fact in self._facts.by_group["date"]} & {"created", "started"}
            return bool(began) and not any(fact.labels.get("attr") in began for fact in having)
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
        if kind == "party" and its:
            return True
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


def _sums(values: Sequence[float]) -> list[float]:
    """Sums of neighbours."""
    return [
        sum(values[start:end])
        for start in range(len(values))
        for end in range(start + 2, min(len(values), start + ADDENDS) + 1)
    ]
