"""Whether a value is given as what it is: a job's id not as a task's, MB not as GB, an executor's code not as the pilot's.

A value counts against a sentence only where the evidence has it in roles, and in none of them the one that is claimed. A
number that the evidence has without any role may be anything.
"""

import re
from collections import defaultdict
from functools import cache

from askpanda.pipeline.routing.rules import load

_FIELD = re.compile(r"\"?\b([a-z][a-z_]{2,30})\"?\s*[:=]\s*\"?(-?\d+(?:\.\d+)?)(?![\w.])(?![ \t]*[a-zA-Z%])")
#: A component's code in the form of a verdict.
_VERDICT = re.compile(r"\"component\":\s*\"(\w+)\",\s*\"code\":\s*(\d+)")
_AMOUNT = re.compile(r"(?<![\w.,-])(\d{1,3}(?:[,'’\u00a0\u202f]\d{3})+|\d+)(\.\d+)?(?:[ \u00a0-]|\\u00a0)?([A-Za-z%]+)")


@cache
def _table() -> tuple[
    dict[str, str], list[tuple[re.Pattern[str], str, str]], list[tuple[re.Pattern[str], str]], re.Pattern[str]
]:
    """(unit → its one spelling, patterns before a number as (pattern, family, role), fields by name, what converts)."""
    rules = load("roles")
    units = {str(spelling).casefold(): name for name, spellings in rules["units"].items() for spelling in spellings}
    before = [
        (re.compile(rf"(?<![\w])(?:{'|'.join(words)})(?:s|\b)[ :#=(\[`*]*(\d+)(?![\w.-]*\w)", re.I), family, role)
        for family, roles in rules["before"].items()
        for role, words in roles.items()
    ]
    fields = [(re.compile(pattern), role) for role, pattern in rules["fields"].items()]
    return units, before, fields, re.compile(rules["loose"], re.I)


class Roles:
    """What each number of the evidence is."""

    def __init__(self, text: str) -> None:
        units, before, fields, _ = _table()
        self._amounts: dict[str, set[str]] = defaultdict(set)
        self._named: dict[tuple[str, str], set[str]] = defaultdict(set)
        for said, rest, unit in _AMOUNT.findall(text):
            self._amounts[_plain(said + rest)].add(units.get(unit.casefold(), ""))
        for pattern, family, role in before:
            for number in pattern.findall(text):
                self._named[family, number].add(role)
        for component, number in _VERDICT.findall(text):
            self._named["component", number].add(component)

        def field(match: re.Match[str]) -> str:
            role = next((role for pattern, role in fields if pattern.search(match[1])), "")
            family, _, what = role.partition("/")
            if what:
                self._named[family, match[2]].add(what)
            elif role:
                self._amounts[_plain(match[2])].add(role)
            return " " if role else match[0]

        text = _FIELD.sub(field, text)
        for number in re.findall(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w.,]|[ \t]*[A-Za-z%])", text):
            self._amounts[_plain(number)].add("")

    def conflicts(self, sentence: str) -> list[str]:
        """The values that the sentence gives as something which they are not."""
        units, before, _, loose = _table()
        wrong: list[str] = []
        if not loose.search(sentence):
            for said, rest, unit in _AMOUNT.findall(sentence):
                name = units.get(unit.casefold())
                known = self._amounts.get(_plain(said + rest))
                if name and known and "" not in known and name not in known:
                    wrong.append(f"{said}{rest} {unit}")
        for pattern, family, role in before:
            for number in pattern.findall(sentence):
                known = self._named.get((family, number))
                if known and role not in known:
                    wrong.append(number)
        return wrong


def _plain(number: str) -> str:
    plain = re.sub(r"[,'’\u00a0\u202f]", "", number)
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
