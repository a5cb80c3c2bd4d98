"""Whether a sentence goes against the verdict: that a retry helps where it does not, that somebody else is to blame, that it
passes by itself, that no attempt is left.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache

from askpanda.pipeline.routing.rules import load
from askpanda.schema.answer import Diagnosis


@cache
def _rule(kind: str, value: str) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    rule = load("contradictions")[kind].get(value)
    return (re.compile("|".join(rule["says"])), re.compile(rule["unless"])) if rule else None


def contradicts(sentence: str, verdict: Diagnosis | None) -> bool:
    """Only what is plainly said counts: a sentence with a condition or a negation of its own is left alone."""
    if verdict is None:
        return False
    said = " ".join(sentence.replace("’", "'").casefold().split())
    return any(rule[0].search(said) and not rule[1].search(said) for rule in _rules(verdict))


@cache
def _nth() -> re.Pattern[str]:
    """`This is the first attempt`, in four languages."""
    ordinals = "|".join(f"(?P<n{number}>{'|'.join(words)})" for number, words in load("labels")["ordinals"].items())
    return re.compile(
        rf"\b(?:it|this|that|es|das|dies|c['’]|ce|est[ea])\s?(?:is|was|ist|war|est|était|es|fue|era) "
        rf"(?:only |erst |seulement )?(?:the |its |der |sein |la |sa |le |el |su )?(?:{ordinals}) "
        r"(?:attempt|try|tentative|versuch|intento)\b",
        re.I,
    )


def goes_beyond(sentence: str, attempts: Collection[tuple[float, float]]) -> bool:
    """Whether more attempts, or no more, are spoken of than there are: (number, of how many) of the one job."""
    if len(attempts) != 1:
        return False
    number, most = next(iter(attempts))
    nth = _nth().search(sentence)
    if nth and nth.lastgroup != f"n{number:g}":
        return True
    rule = _rule("attempts", "left" if number < most else "none")
    said = " ".join(sentence.replace("’", "'").casefold().split())
    return rule is not None and bool(rule[0].search(said)) and not rule[1].search(said)


def _rules(verdict: Diagnosis) -> Iterator[tuple[re.Pattern[str], re.Pattern[str]]]:
    retry = verdict.retry
    party = {"user": ["user"], "unknown": []}.get(verdict.party, ["others", verdict.party])
    attempts = ("left" if retry.attempt < retry.max_attempts else "none") if retry.attempt and retry.max_attempts else ""
    kinds = [("party", one) for one in party]
    kinds += [("retry", retry.advice), ("outcome", verdict.outcome), ("actor", retry.actor), ("attempts", attempts)]
    kinds.append(("transient", str(verdict.transient).lower()))
    for kind, value in kinds:
        rule = _rule(kind, value)
        if rule is not None:
            yield rule
