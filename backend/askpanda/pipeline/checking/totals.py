"""Amounts that are said to be of everything: all there were, in total, so many of so many, errors where jobs were counted."""

from collections.abc import Callable, Sequence

from askpanda.pipeline.checking.comparisons import rule
from askpanda.pipeline.checking.facts import EVERY, OWNERS, Fact, Facts
from askpanda.pipeline.checking.names import Found, said_of
from askpanda.pipeline.checking.quantities import Quantity
from askpanda.pipeline.checking.vocabulary import table

#: States in which a job ends.
ENDS = frozenset({"finished", "failed", "cancelled"})


class Totals:
    """`wrong` looks at one sentence; `candidates` has the facts that say the same amount."""

    def __init__(self, facts: Facts, candidates: Callable[[Quantity], list[Fact]]) -> None:
        self._facts = facts
        self._candidates = candidates

    def wrong(self, text: str, found: Found, amounts: Sequence[Quantity], good: Sequence[Quantity]) -> list[str]:
        """The amounts that are no totals."""
        wrong = [one.said for one in amounts if one.total and one in good and self._is_no_total(text, one, amounts)]
        wrong += self._not_in_all(text, found, amounts, good) + self._nobodys(text, found, good)
        wrong += [
            f"{one.said} {name}"
            for one in good
            for name in {name for _, _, name in found.get("state", [])} & ENDS
            if one.kind in ("job", "attempt") and not one.total and one.number and self._is_never(name, one.kind)
        ]
        some = rule("some_of").search(text)
        if some and not amounts:
            states = {name for _, _, name in said_of(text, {"count"})["state"]} & ENDS
            kind = "job" if "jobs" in some[0].casefold() else "attempt"
            wrong += [f"{some[0]} {name}" for name in states if self._is_never(name, kind)]
        return wrong + [one.said for one in good if self._is_of_jobs(text, one) or self._is_of_every_state(one)]

    def _not_in_all(self, text: str, found: Found, amounts: Sequence[Quantity], good: Sequence[Quantity]) -> list[str]:
        """What is said to be all of a state, and is all of another one, or one part of it."""
        counts = [one for one in good if one.kind in table().families and not one.weak]
        if not rule("in_all").search(text) or len(counts) != 1 or len(amounts) != 1 or any(found.get(kind) for kind in OWNERS):
            return []
        one = counts[0]
        states = {name for _, _, name in found.get("state", [])}
        if states:
            labels = [fact.labels for fact in self._candidates(one) if not fact.amount.total]
            nobodys = [of for of in labels if not any(kind in of for kind in (*OWNERS, "party"))]
            return [] if any(of.get("state") in states for of in nobodys) else [one.said]
        return [one.said] if self._facts.wholes and one.number not in self._facts.wholes else []

    def _nobodys(self, text: str, found: Found, amounts: Sequence[Quantity]) -> list[str]:
        """The number of one place or error that is said to be all there were; of a group that is no group's."""
        counts = [one for one in amounts if one.kind in table().families]
        if len(counts) != 1 or any(found.get(kind) for kind in OWNERS):
            return []
        labels = [fact.labels for fact in self._candidates(counts[0])]
        owned = [any(kind in of for kind in OWNERS) for of in labels]
        if rule("there_were").search(text) and owned and all(owned) and counts[0].number not in self._facts.totals:
            return [counts[0].said]
        return [counts[0].said] if rule("largest_group").search(text) and not any("code" in of for of in labels) else []

    def _is_never(self, state: str, kind: str) -> bool:
        """Whether nothing ended in a state, where it is known in which others it did."""
        ended = [
            (fact.labels["state"], fact.amount.kind)
            for fact in self._facts.by_group["count"]
            if fact.amount.number and fact.labels.get("state") in ENDS
        ]
        return any(of == kind for _, of in ended) and all(name != state for name, _ in ended)

    def _is_of_every_state(self, one: Quantity) -> bool:
        """The number of all jobs that is given as one of failures."""
        having = self._candidates(one) if one.kind == "failure" else []
        return bool(having) and all(fact.labels.get("state") == EVERY for fact in having)

    def _is_of_jobs(self, text: str, one: Quantity) -> bool:
        """A number of failed jobs that is given as one of errors, where both were counted."""
        if one.kind != "failure" or not rule("errors").search(text, one.end, one.end + 40):
            return False
        having = self._candidates(one)
        counted = any(
            fact.amount.kind == "failure" and not any(kind in fact.labels for kind in OWNERS)
            for fact in self._facts.by_group["count"]
        )
        return counted and bool(having) and all(fact.amount.kind == "job" and "code" not in fact.labels for fact in having)

    def _is_no_total(self, text: str, whole: Quantity, amounts: Sequence[Quantity]) -> bool:
        """`61 of 240`, where 240 are a part themselves."""
        if whole.kind not in table().families or whole.kind == "attempt" or whole.weak or not self._facts.totals:
            return False
        if rule("mentioned").search(text[: whole.start]):
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
