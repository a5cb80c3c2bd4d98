"""Whether a sentence goes against the verdict: that a retry helps where it does not, that somebody else is to blame."""

import re
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
    said = sentence.replace("’", "'").casefold()
    party = {"user": "user", "unknown": ""}.get(verdict.party, "others")
    for rule in (_rule("retry", verdict.retry.advice), _rule("party", party)):
        if rule and rule[0].search(said) and not rule[1].search(said):
            return True
    return False
