"""What else it can have been: the catalogue's causes of an error code, without those that the evidence rules out.

A catalogue entry lists causes for every job that ever had the code. One job has a line that explains it, so that the list
shrinks: a decisive line of the payload's own output leaves nothing to guess, and whoever's problem the cause is, causes on
somebody else's side are out.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from askpanda.diagnosis.candidate import Candidate
from askpanda.diagnosis.texts import RecordClue
from askpanda.diagnosis.types import RecordVerdict
from askpanda.schema.answer import Confidence, Party

#: How many of the catalogue's causes stay, by how sure the verdict is.
KEPT: dict[Confidence, int] = {"high": 2, "medium": 3, "low": 4}
#: Share of a cause's words that the found one has, from which on it says the same.
SAME = 0.6
_STEM = 5


@cache
def _table() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(files("askpanda.diagnosis").joinpath("causes.yaml").read_bytes())
    return data


@cache
def _sides() -> dict[str, re.Pattern[str]]:
    return {party: re.compile(rf"\b(?:{'|'.join(words)})", re.I) for party, words in _table()["sides"].items()}


def possible(
    record: RecordVerdict, lead: Candidate | RecordClue | None, found: str, party: Party, sure: Confidence
) -> list[str]:
    """The catalogue's causes that are left beside the cause `found`, each with what it is to it, likeliest first.

    All of them, as they are, where nothing explains the failure.
    """
    listed = list(record.entry.causes) if record.entry is not None else []
    rule = lead.rule if lead is not None else None
    if lead is None or rule is None or rule.generic:
        return listed
    if isinstance(lead, Candidate) and lead.reading.kind == "payload":
        return []
    passed_on = passes_on(record.component, record.code)
    if passed_on and (sure == "high" or record.outcome in {"closed", "cancelled"}):
        return []
    said = _stems(f"{found} {lead.text}")
    left = [cause for cause in listed if not _ruled_out(cause, party) and not _says(cause, said)]
    word = _table()["words"]["beside" if passed_on else "behind"]
    return [f"{word} {cause}" for cause in left[: KEPT[sure]]]


def passes_on(component: str, code: int) -> bool:
    """Is it a code that only passes on what another program, or somebody, ended the job with?"""
    known = _table()["passed_on"].get(component, [])
    return known == "all" or code in known


def _ruled_out(cause: str, party: Party) -> bool:
    """Does it speak of somebody's side, and not of that of the cause that was found?"""
    named = {side for side, words in _sides().items() if words.search(cause)}
    return party != "unknown" and bool(named) and party not in named


def _says(cause: str, said: frozenset[str]) -> bool:
    own = _stems(cause)
    return len(own & said) >= SAME * max(1, len(own))


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in re.findall(r"[a-z]{4,}", text.casefold()))
