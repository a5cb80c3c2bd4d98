"""Whether a value is given as what it is: a job's id not as a task's, an executor's code not as the pilot's.

A value counts against a sentence only where the evidence has it in roles, and in none of them the one that is claimed. A
number that the evidence has without any role may be anything.
"""

import re
from collections import defaultdict
from functools import cache

from askpanda.pipeline.routing.rules import load

_FIELD = re.compile(r"\"?\b([a-z][a-z_]{2,30})\"?\s*[:=]\s*\"?(-?\d+(?:\.\d+)?)(?![\w.])(?![ \t]*[a-zA-Z%])")
#: A component's code in the form of a verdict.
_IS_A = r"(?:is|was|ist|est|es) (?:an?|the|eine?|une?|der|le|la|el)"
_VERDICT = re.compile(r"\"component\":\s*\"(\w+)\",\s*\"code\":\s*(\d+)")


@cache
def _table() -> tuple[list[tuple[re.Pattern[str], re.Pattern[str], str, str]], list[tuple[re.Pattern[str], str]]]:
    """(patterns before and behind a number with its family and role, fields by name)."""
    rules = load("roles")
    before = [
        (
            re.compile(rf"(?<![\w])(?:{'|'.join(words)})(?:s|\b)[ :#=(\[`*]*(\d+)(?![\w.-]*\w)", re.I),
            re.compile(
                rf"(?<![\w.])(\d+) (?:is|was|ist|est|es) (?:an?|the|eine?|une?|der|le|la|el) (?:{'|'.join(words)})\b", re.I
            ),
            family,
            role,
        )
        for family, roles in rules["before"].items()
        for role, words in roles.items()
    ]
    return before, [(re.compile(pattern), role) for role, pattern in rules["fields"].items()]


class Roles:
    """What each id and each code of the evidence is."""

    def __init__(self, text: str) -> None:
        before, fields = _table()
        self._named: dict[tuple[str, str], set[str]] = defaultdict(set)
        for pattern, _, family, role in before:
            for number in pattern.findall(text):
                self._named[family, number].add(role)
        for component, number in _VERDICT.findall(text):
            self._named["component", number].add(component)
        for name, number in _FIELD.findall(text):
            role = next((role for pattern, role in fields if pattern.search(name)), "")
            family, _, what = role.partition("/")
            if what:
                self._named[family, number].add(what)

    def conflicts(self, sentence: str) -> list[str]:
        """The values that the sentence gives as something which they are not."""
        return [
            number
            for pattern, behind, family, role in _table()[0]
            for number in (*pattern.findall(sentence), *behind.findall(sentence))
            if (known := self._named.get((family, number))) and role not in known
        ]
