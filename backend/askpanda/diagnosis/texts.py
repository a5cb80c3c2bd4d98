"""What the record's own texts say: the rules, run over its diag fields."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from askpanda.diagnosis.engine import harmless, pattern_set
from askpanda.diagnosis.fill import values_of
from askpanda.diagnosis.rules import Rule, load
from askpanda.diagnosis.types import RecordVerdict
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_text

#: With this score a rule that knows the words of a text goes before one that only knows who passes them on.
_ENOUGH = 48.0
#: Fields that tell a reason on jobs that were ended on purpose, or beside the codes.
REASON_FIELDS = ("jobinfo", "jobsubstatus", "commandtopilot")


@dataclass(slots=True)
class RecordClue:
    """The text of a record field with the rule that knows it (None where none does)."""

    name: str
    text: str
    component: str
    code: int
    rule: Rule | None
    score: float
    values: dict[str, str] = field(default_factory=dict)


@cache
def _rules() -> tuple[list[Rule], Any]:
    pairs = [
        (rule, pattern)
        for rule in load()
        if rule.role == "cause" and not rule.generic and rule.must is None
        for pattern in rule.find
    ]
    return [rule for rule, _ in pairs], pattern_set([pattern for _, pattern in pairs])


_NOTES = re.compile(r"(?<=[:;.\s])(?=(?:WARNING|INFO|DEBUG)\b\s*:)")


def telling(text: str) -> str:
    """A diag up to its first harmless note: pilots put the first lines of a program's output behind the message.

    >>> telling("Remote file open timed out:WARNING: skipping default mount /etc/hosts")
    'Remote file open timed out'
    """
    pieces = _NOTES.split(text)
    kept = [pieces[0], *(piece for piece in pieces[1:] if not harmless(piece.encode(), "payload"))]
    return " ".join(piece.strip() for piece in kept).strip(" :;") if len(kept) < len(pieces) and kept[0].strip() else text


@cache
def _repeats() -> Any:
    return pattern_set([pattern for rule in load() if rule.role == "consequence" for pattern in rule.find])


def only_follows(text: str) -> bool:
    """Does the text say no more than what follows from some cause ("payload execution failed with 1")?

    Reports give the words of the scripts without the "ERROR: " that stands before them in the output.
    """
    return bool(_repeats().Match(b"ERROR: " + text.encode()[:4096])) and all(rule.carrier for rule in knows(text))


def knows(text: str) -> list[Rule]:
    """The rules that know a text, heaviest first."""
    rules, patterns = _rules()
    found = {rules[index].id: rules[index] for index in patterns.Match(text.encode()[:4096]) or ()}
    return sorted(found.values(), key=lambda rule: (-rule.weight, rule.number))


def clues(job: JobEvidence, record: RecordVerdict) -> list[RecordClue]:
    """The record's texts, best explained first."""
    texts: list[tuple[str, str, str, int]] = [
        (triple.field, triple.text, triple.component, triple.code) for triple in [*record.triples, *record.hidden]
    ]
    worker = job.job.get("harvesterInfo", job.job.get("harvesterinfo"))
    if isinstance(worker, dict) and as_text(worker.get("diagmessage")):
        texts.append(("harvesterInfo.diagmessage", as_text(worker.get("diagmessage")), "supervisor", 0))
    if record.outcome in {"closed", "cancelled"} or not record.triples:
        texts += [(name, as_text(job.job.get(name)), record.component, record.code) for name in REASON_FIELDS]
    found: list[RecordClue] = []
    for place, (name, whole, component, code) in enumerate(texts):
        text = telling(whole)
        if not text:
            continue
        best = RecordClue(name, text, component, code, None, 10.0 - place)
        for rule in knows(text):
            score = rule.weight - 4.0 * place
            score += 14 if f"{component}:{code}" in rule.codes else 0
            score += 9 if f"{component}:*" in rule.codes else 0
            score -= 16 if rule.codes and not rule.fits(component, code) else 0
            if rule.stage in {"stagein", "stageout"} and _other_direction(text, rule.stage):
                score -= 30
            knows_more = best.rule is not None and best.rule.carrier and not rule.carrier and score >= _ENOUGH
            knows_less = best.rule is not None and not best.rule.carrier and rule.carrier and best.score >= _ENOUGH
            if (score > best.score and not knows_less) or knows_more:
                best = RecordClue(name, text, component, code, rule, score, values_of(rule, text))
        found.append(best)
    return sorted(found, key=lambda clue: -clue.score)


def _other_direction(text: str, stage: str) -> bool:
    other = "stage-?out" if stage == "stagein" else "stage-?in"
    return re.search(other, text) is not None
