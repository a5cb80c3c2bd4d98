"""From the words of a question about queues to its conditions: each as exact as it was said, and where it stands."""

import re
from dataclasses import dataclass, field, replace
from functools import cache

from askpanda.evidence.queues import Queues
from askpanda.pipeline.routing.queue_selection import LISTS, Condition, Operator, about_field
from askpanda.pipeline.routing.queue_spelling import Meaning, nearest_value
from askpanda.pipeline.routing.queue_terms import PLACE, Spelt, Term, words_for, words_of
from askpanda.pipeline.routing.rules import load

#: Plain words that may stand between a field and its value, or a `not` and what it turns round.
_NEAR = 5
_LISTED = ("or", "and", "comma")
#: A shorter word may be in any field by chance.
_TELLING = 6
#: Units that may mean something else.
_LETTERS = frozenset({"k", "m", "s", "g", "d", "h", "min"})


@dataclass(frozen=True)
class Placed:
    """One condition, or two of a range, and the first and last word that they were read from."""

    conditions: tuple[Condition, ...]
    first: int
    last: int

    @property
    def groups(self) -> tuple[tuple[Condition, ...], ...]:
        """Of each of these one has to hold: both ends of a range, or one of them for what is outside of it."""
        return tuple((condition,) for condition in self.conditions) if self.wanted else (self.conditions,)

    @property
    def field(self) -> str:
        return self.conditions[0].field

    @property
    def wanted(self) -> bool:
        return self.conditions[0].wanted


@dataclass
class Reader:
    """Reads the conditions of one question; what it used of the words is in `used`."""

    terms: list[Term]
    queues: Queues
    folded: str
    spelt: Spelt
    place_names: dict[str, frozenset[str]] = field(default_factory=dict)  # name of a place → its queues
    used: set[int] = field(default_factory=set)
    placed: list[Placed] = field(default_factory=list)
    told: list[tuple[str, Meaning]] = field(default_factory=list)

    def read(self) -> list[Placed]:
        """All conditions, by place."""
        for at, term in enumerate(self.terms):
            if term.kind == "field" and at not in self.used:
                _ = self._number_before(at) or self._as(at) or self._after(at) or self._before(at) or self._whether(at)
        for at, term in enumerate(self.terms):
            if at in self.used:
                continue
            if term.kind == "value":
                self._by_itself(at)
            elif term.kind == "number" and term.unit:
                self._unnamed(at)
            elif term.kind == "word":
                self._of_one_field(at)
        self._going_on()
        self.placed.sort(key=lambda one: one.first)
        self._all_turned_round()
        return self.placed

    def _text(self, at: int) -> str:
        return self.terms[at].text if 0 <= at < len(self.terms) else ""

    def _kind(self, at: int) -> str:
        return self.terms[at].kind if 0 <= at < len(self.terms) else ""

    def _numeric(self, name: str) -> bool:
        return "unit" in about_field(name) or not words_for(self.queues, name)

    def _add(self, conditions: list[Condition], first: int, last: int, *, negated: bool | None = None) -> bool:
        """Keeps conditions that were read from these words, turned round where a `not` stands before them."""
        conditions = [self._alone(one, first, last) for one in conditions]
        if negated is None:
            negated = self._turned_round(first)
        if negated:
            conditions = [replace(one, wanted=not one.wanted) for one in conditions]
        self.used.update(range(first, last + 1))
        self.placed.append(Placed(tuple(conditions), first, last))
        return True

    def _alone(self, condition: Condition, first: int, last: int) -> Condition:
        """`uses only rucio`, `rucio only`: no other value beside it, of a field that may have several."""
        if condition.field not in LISTS or condition.operator != "is":
            return condition
        only = words_of("alone")
        before = self._text(first - 1) in only and self._text(first - 2) in words_of("uses")
        return replace(condition, operator="only") if before or self._text(last + 1) in only else condition

    def _turned_round(self, first: int) -> bool:
        at, plain_words = first - 1, 0
        while at >= 0 and self._kind(at) == "plain" and plain_words < _NEAR:
            at, plain_words = at - 1, plain_words + 1
        if self._kind(at) != "not" or at in self.used or (self._text(at) in ("no", "pas") and plain_words > 2):
            return False
        self.used.add(at)
        return True

    # numbers

    def _number_before(self, at: int) -> bool:
        """`more than 3 GB of memory`, `8 or 16 cores`."""
        last = at - 1
        while last > 0 and self._text(last) in ("of", "de", "d", "an", "the", "a"):
            last -= 1
        numbers = self._numbers_to(last)
        name = self.terms[at].field
        if not numbers or not self._numeric(name) or not self._may_have(name, self.terms[numbers[0]]):
            return False
        first = numbers[0] - 1 if self._kind(numbers[0] - 1) == "compare" else numbers[0]
        self._compare_all(name, numbers, at)
        self.used.update(range(first, at + 1))
        self._more_numbers(name, at)
        return True

    def _numbers_to(self, last: int) -> list[int]:
        """The numbers of a list that ends there, each joined to the one before by `or` or a comma."""
        found: list[int] = []
        while self._kind(last) == "number" and last not in self.used:
            found.insert(0, last)
            before = last - 1 if self._kind(last - 1) != "compare" else last - 2
            while self._kind(before) in _LISTED and self._kind(before - 1) in _LISTED:
                before -= 1
            if self._kind(before) not in _LISTED:
                break
            last = before - 1
        return found

    def _compare_all(self, name: str, numbers: list[int], field_at: int) -> None:
        for number in numbers:
            first = number - 1 if self._kind(number - 1) == "compare" else number
            start = min(first, field_at) if number == numbers[0] else first
            last = max(number, field_at) if number == numbers[-1] and field_at > number else number
            conditions = self._compared(name, number)
            negated = None if number == numbers[0] else False
            self._add(conditions, start, last, negated=negated)

    def _may_have(self, name: str, number: Term) -> bool:
        unit = str(about_field(name).get("unit", ""))
        if not number.unit or number.unit in _LETTERS or unit == "minutes":
            return True
        return unit == ("s" if number.unit in words_of("units_of_time") else "MB")

    def _compared(self, name: str, at: int) -> list[Condition]:
        number = self.terms[at]
        by, unit = self._unit_in_name(at), about_field(name).get("unit")
        if number.unit:
            by = load("queue_words")["units"][number.unit] if unit in ("MB", "s", "minutes") else 1
            by = by / 60 if unit == "minutes" else by
        if number.upto is not None:
            return [Condition(name, "from", number.number * by), Condition(name, "to", number.upto * by)]
        operator: Operator = self.terms[at - 1].operator if self._kind(at - 1) == "compare" else "is"
        return [Condition(name, operator, number.number * by)]

    def _unit_in_name(self, at: int) -> float:
        """`2 GB per core`: the unit is a part of the field's words."""
        beside = next((term for term in self.terms[at + 1 : at + 2] if term.kind == "field"), None)
        match = re.match(r"(gb|mb|gib)\b", beside.text) if beside else None
        return float(load("queue_words")["units"][match.group(1)]) if match else 1.0

    def _unnamed(self, at: int) -> None:
        """`more than 3 GB`, `longer than 2 days`: what has this unit is meant."""
        number = self.terms[at]
        compared = self._kind(at - 1) == "compare"
        of_time = number.unit in words_of("units_of_time")
        if number.unit in _LETTERS or (of_time and not compared) or self._text(at - 1) in ("last", "past"):
            return
        name = load("queue_words")["unnamed"]["s" if of_time else "MB"]
        self._add(self._compared(name, at), at - 1 if compared else at, at)

    # values

    def _after(self, at: int) -> bool:
        """`copytool rucio`, `status is not online`, `corecount between 8 and 16`, `maxrss is not set`."""
        name = self.terms[at].field
        if (unset := _filled_or_not().match(self.folded, self.terms[at].end)) is not None:
            last = max(i for i, term in enumerate(self.terms) if term.start < unset.end())
            wanted = unset.group("unset") is None
            return self._add([Condition(name, "there", wanted=wanted)], at, last)
        j, negated, plainly = at + 1, False, False
        while j <= at + _NEAR and (self._kind(j) == "not" or (self._kind(j) == "plain" and self._text(j) in words_of("links"))):
            negated = negated or self._kind(j) == "not"
            plainly = plainly or self._text(j) in words_of("plainly")
            if plainly and self._text(j + 1) and self._kind(j + 1) == "plain" and self._text(j + 1) not in words_of("links"):
                j += 1
                break
            if self._text(j) in ("=", "==", ":") and self._kind(j + 1) == "plain":
                j += 1
                break  # `country = de`
            j += 1
        inner = True if negated else None
        if self._kind(j) == "compare" or self._kind(j) == "number":
            number = j + 1 if self._kind(j) == "compare" else j
            return self._numbers_after(name, at, number, inner)
        if name in self.queues.switches:
            return self._switched(name, at, j, negated)
        direct = all(self._kind(i) == "not" or self._text(i) in words_of("is") for i in range(at + 1, j))
        if self._kind(j) == "field" and direct and self._text(j) in self.queues.vocabulary(name):
            written = self.queues.vocabulary(name)[self._text(j)]  # `pilot manager Harvester`
            return self._add([Condition(name, "is", written)], at, j, negated=inner)
        if self._numeric(name) or j in self.used or self._kind(j) not in ("value", "word", "plain"):
            return False
        before = (
            j > at + 1 and self._kind(j) == "word" and self._text(j - 1) in ("with", "for", "use", "uses", "using", "in", "at")
        )
        if (self._kind(j) == "plain" and not plainly) or before:
            return False
        condition = self._value(name, j, sure=plainly or self._with_a_value(at))
        if condition is None:
            return False
        self._add([condition], at, j, negated=inner)
        return True

    def _with_a_value(self, at: int) -> bool:
        """`with copytool xrdcp` names a value, be there a queue that has it or not."""
        return any(self._text(i) in words_of("uses") for i in range(max(at - 2, 0), at))

    def _numbers_after(self, name: str, at: int, number: int, negated: bool | None) -> bool:
        if self._kind(number) != "number" or number in self.used or not self._may_have(name, self.terms[number]):
            return False
        if self._kind(number + 1) == "field" and self._kind(number - 1) == "compare" and self._text(number + 1) != "":
            return False  # `8 cores, more than 2000 maxrss`: it is the next field's
        self._add(self._compared(name, number), at, number, negated=negated)
        self._more_numbers(name, number, negated=negated)
        return True

    def _more_numbers(self, name: str, last: int, *, negated: bool | None = None) -> None:
        """`corecount 8 or 16`, `more than 8 cores or less than 2`: numbers behind that are those of no other field."""
        while self._kind(last + 1) in (*_LISTED, "but"):
            compared = self._kind(last + 2) == "compare"
            number = last + 3 if compared else last + 2
            beside = self._kind(number + 1) == "field" or (self._text(number + 1) == "of" and self._kind(number + 2) == "field")
            if self._kind(number) != "number" or number in self.used or beside or not self._may_have(name, self.terms[number]):
                return
            self._add(self._compared(name, number), last + 2, number, negated=True if negated and not compared else None)
            last = number

    def _value(self, name: str, at: int, *, sure: bool = True) -> Condition | None:
        """The value that a word is of a field: as written, the one that it is near to, or one that no queue has."""
        term = self.terms[at]
        vocabulary = words_for(self.queues, name)
        word = term.text
        if word in vocabulary:
            return Condition(name, "is", vocabulary[word])
        if term.kind == "value" and not any(field == name for field, _ in term.values) and not sure:
            return None
        if (near := nearest_value(word, vocabulary)) is not None:
            self.told.append((self.spelt.as_written(word), Meaning("value", near)))
            return Condition(name, "is", near)
        return Condition(name, "is", self.spelt.as_written(word))

    def _switched(self, name: str, at: int, beside: int, negated: bool) -> bool:
        """`cvmfs is false`, `direct access enabled`."""
        word = self._text(beside) or ""
        if word in words_of("yes") or word in words_of("no"):
            said = Condition(name, "is", "yes", word in words_of("yes"))
            return self._add([said], at, beside, negated=True if negated else None)
        return False

    def _as(self, at: int) -> bool:
        """`rucio as copytool`."""
        name, last = self.terms[at].field, at - 1
        while self._text(last) in words_of("articles"):
            last -= 1
        if self._text(last) not in words_of("joins_as") or self._numeric(name) or last - 1 in self.used:
            return False
        if self._kind(last - 1) not in ("value", "word") or (condition := self._value(name, last - 1)) is None:
            return False
        self._add([condition], last - 1, at)
        self._listed_before(name, last - 1)
        return True

    def _before(self, at: int) -> bool:
        """`the XY cloud`, `the DE or UK cloud`."""
        name, last = self.terms[at].field, at - 1
        if self._numeric(name) or name in self.queues.switches or last in self.used:
            return False
        known = self._kind(last) == "value" and self._text(last) in words_for(self.queues, name)
        if not known and self._kind(last) != "word":
            return False
        condition = self._value(name, last)
        if condition is None:
            return False
        self._add([condition], last, at)
        self._listed_before(name, last)
        return True

    def _listed_before(self, name: str, last: int) -> None:
        """The values of a list that ends there: `DE or UK`."""
        vocabulary = words_for(self.queues, name)
        while self._kind(last - 1) in _LISTED and self._text(last - 2) in vocabulary and last - 2 not in self.used:
            last -= 2
            self._add([Condition(name, "is", vocabulary[self._text(last)])], last, last)

    def _whether(self, at: int) -> bool:
        """`with cvmfs`, `without a copytool`, `that support containers`, `with a comment`."""
        name = self.terms[at].field
        first, articles = at - 1, 0
        if self._text(first) in words_of("unset"):
            return self._add([Condition(name, "there", wanted=False)], first, at)
        while self._text(first) in (words_of("articles") | words_of("a_value")) - words_of("uses") and articles < 4:
            first, articles = first - 1, articles + 1
        shown = any(self._text(i) in words_of("shown") for i in range(first + 1, at))
        if name in self.queues.switches and not shown:
            if self._kind(first) == "not" or self._text(first) in words_of("uses") | words_of("asks_for"):
                return self._add([Condition(name, "is", "yes")], at, at)
            return False
        if self._kind(first) == "not" and not shown:
            return self._add([Condition(name, "there")], at, at)
        an = any(self._text(i) in words_of("one") for i in range(first + 1, at))
        asked = self._text(first) in words_of("asks_for") and not self._numeric(name)
        goes_on = self._text(at + 1) == "of" or self._kind(at + 1) in ("word", "number", "compare")
        if (asked and not shown) or (an and not goes_on and self._text(first) in words_of("uses")):
            return self._add([Condition(name, "there")], at, at)
        return False

    def _by_itself(self, at: int) -> None:
        """A value although its field is not named."""
        term = self.terms[at]
        name, written = term.values[0]
        if name == PLACE:
            condition = Condition(
                PLACE, "among", self.spelt.as_written(written), names=self.place_names.get(written, frozenset())
            )
        else:
            condition = Condition(name, "is", written)
        self._add([condition], at, at)

    def _of_one_field(self, at: int) -> None:
        """`served by CERN_central_B`: what is the value of one field alone means it, although it is not named."""
        word = self._text(at)
        if len(word) < _TELLING:
            return
        having = [name for name in load("queue_fields")["fields"] if word in self.queues.vocabulary(name)]
        if len(having) == 1:
            self._add([Condition(having[0], "is", self.queues.vocabulary(having[0])[word])], at, at)

    def _going_on(self) -> None:
        """`in Germany or Narnia`: a word that goes on with the values of a field, be it one of them or not."""
        for one in list(self.placed):
            at, name = one.last, one.field
            if one.conditions[0].operator != "is" or isinstance(one.conditions[0].value, float):
                continue
            while self._kind(at + 1) in ("or", "comma") and self._kind(at + 2) == "word" and at + 2 not in self.used:
                if self._kind(at + 3) == "field" or (self._kind(at + 1) == "comma" and self._kind(at + 3) not in _LISTED):
                    break
                condition = self._value(name, at + 2)
                if condition is None:
                    break
                self._add([condition], at + 2, at + 2)
                at += 2

    def _all_turned_round(self) -> None:
        """`not in Germany or Italy`, `without rucio and gfalcopy`: the `not` is that of all of them."""
        for at in range(1, len(self.placed)):
            before, one = self.placed[at - 1], self.placed[at]
            between = self.terms[before.last + 1 : one.first]
            bare = all(
                term.kind in _LISTED or (term.kind == "plain" and term.text in words_of("between")) or term.field == one.field
                for term in between
            )
            if (
                before.field == one.field
                and not before.wanted
                and one.wanted
                and before.conditions[0].operator == one.conditions[0].operator
                and between
                and bare
            ):
                turned = tuple(replace(condition, wanted=False) for condition in one.conditions)
                self.placed[at] = replace(one, conditions=turned)


@cache
def _filled_or_not() -> re.Pattern[str]:
    """What stands behind a field of which only is asked whether it has a value."""
    unset, filled = ("|".join(map(re.escape, load("queue_words")[name])) for name in ("unset", "set"))
    being = r"\s+(?:is|are|has been|was|being|ist|sind|est|sont|esta|es|estan)"
    ends = r"(?= *(?:[.,;?!]|$| and\b| or\b))"
    return re.compile(rf"(?:{being}\s+(?:(?P<unset>{unset})|(?:{filled}))|\s+(?:set|defined|filled)){ends}")
