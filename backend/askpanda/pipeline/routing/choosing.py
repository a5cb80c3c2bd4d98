"""Which of the jobs or tasks of a list: those of a label, a type, a state, an attempt (rules/choices.yaml), or of any value
that a field of the list has."""

import re
from functools import cache

from askpanda.pipeline.parcels import Choice
from askpanda.pipeline.routing.entities import ordinal
from askpanda.pipeline.routing.rules import load
from askpanda.schema.answer import Entities

_ATTEMPT = re.compile(r"\b(?:attempts?|tries|try|tentatives?|essais?|versuche?n?|intentos?)\b")
_NTH = re.compile(r"\b(?:attempts?|attempt number|tentative|versuch|intento)(?: number)? (?:no\.? |nr\.? |# ?)?(\d{1,2})\b")
#: `which of these are deriv?`: a value of some field, whatever it is.
_VALUE = re.compile(
    r"\b(?:which|how many|any|are some) of (?:these|those|them|the (?:jobs|tasks)) (?:are|is|have|belong to|run as)"
    r"(?: (?:the|a|an|of|in|for|from|type|share))* [\"'`]?([a-z][\w.:*-]{2,60})[\"'`]?(?: (?:jobs?|tasks?|ones?))?\W*$"
    r"|\b(?:lesquel(?:le)?s|combien)(?: d'entre (?:eux|elles))? sont(?: des| de| en)* ([a-z][\w.:*-]{2,60})\W*$"
    r"|\b(?:welche|wie viele) (?:davon|von diesen|hiervon) sind ([a-z][\w.:*-]{2,60})\W*$"
    r"|\b(?:cuales|cuantos)(?: de (?:estos|ellos|esos))? son(?: de)? ([a-z][\w.:*-]{2,60})\W*$"
)
_NO_VALUE = frozenset({"mine", "ours", "yours", "new", "old", "worst", "best", "this", "that", "there", "here", "bad", "good"})


@cache
def _words() -> tuple[tuple[Choice, re.Pattern[str]], ...]:
    return tuple(
        (Choice(rule["said"], _fields(rule.get("job")), _fields(rule.get("task"))), re.compile("|".join(rule["words"])))
        for rule in load("choices").values()
    )


def _fields(given: dict[str, list[str]] | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((field, tuple(str(value) for value in values)) for field, values in (given or {}).items())


def choices_in(folded: str, entities: Entities, question: str) -> tuple[Choice, ...]:
    """What a question, folded, chooses by, all of which shall hold; a state last."""
    found = [choice for choice, words in _words() if words.search(folded)]
    attempt = _attempt(folded)
    if attempt:
        found.append(Choice(f"on attempt {attempt}", (("attemptnr", (str(attempt),)),)))
    if not found and not entities.status and (value := _value(folded)):
        spelled = re.search(re.escape(value), question, re.I)  # as the question has it
        found.append(Choice(f"`{spelled.group() if spelled else value}`", any_value=value))
    return tuple([*found, of_state(entities.status)] if entities.status else found)


def of_state(state: str) -> Choice:
    """Jobs, or tasks, in a state."""
    return Choice(state, (("jobstatus", (state,)),), (("status", (state,)),), is_state=True)


def _attempt(folded: str) -> int:
    if said := _NTH.search(folded):
        return int(said[1])
    nth = ordinal(folded) if _ATTEMPT.search(folded) else None
    return nth + 1 if nth is not None and nth >= 0 else 0


def _value(folded: str) -> str:
    said = _VALUE.search(folded)
    word = next((group for group in said.groups() if group), "") if said else ""
    return "" if word in _NO_VALUE else word
