"""How sure a verdict is, as points for what makes it right more often.

The points were found on the tune halves of all case collections, once as they are and twice more with the rule that explains
the failure taken away (and the next one too), which stands for failures that no rule knows yet. `make bench ONLY=diagnosis`
prints how often the party is right at each of the three.
"""

from askpanda.diagnosis.candidate import Candidate
from askpanda.diagnosis.logfiles import logs_for
from askpanda.diagnosis.texts import RecordClue
from askpanda.diagnosis.types import RecordVerdict
from askpanda.schema.answer import Confidence

#: (score of the line or text from which the points are given, points), best first.
SCORES = ((96.0, 2), (78.0, 1), (56.0, 0))
#: Points below the last of these scores.
WEAK = -2
#: The party that the error code stands for by itself agrees with the rule's, or not: the best single sign.
AGREES, DIFFERS = 1, -1
#: The line carries somebody else's words; another cause of another party is this close behind it; the record's words stand
#: where a log should have told more.
CARRIES, CONTESTED, NO_LINE = -1, -1, -2
#: How close another cause has to be (score).
NEAR = 12.0
#: Points from which a verdict is of high and of medium confidence.
HIGH, MEDIUM = 2, 0


def confidence(record: RecordVerdict, lead: Candidate | RecordClue | None, found: list[Candidate]) -> Confidence:
    """high, medium or low; always low where no rule of its own knows what the verdict stands on."""
    rule = lead.rule if lead is not None else None
    if lead is None or rule is None or rule.generic:
        return "low"
    points = next((points for least, points in SCORES if lead.score >= least), WEAK)
    usual = record.entry.party if record.entry else "unknown"
    if rule.party is not None and usual != "unknown":
        points += AGREES if rule.party == usual else DIFFERS
    points += CARRIES if rule.carrier else 0
    points += CONTESTED if _contested(lead, found) else 0
    logless = record.outcome in {"closed", "cancelled"} or not logs_for(record.component, record.code)
    points += NO_LINE if isinstance(lead, RecordClue) and not logless else 0
    return "high" if points >= HIGH else "medium" if points >= MEDIUM else "low"


def _contested(lead: Candidate | RecordClue, found: list[Candidate]) -> bool:
    """Does another line, nearly as good, lay the failure at somebody else's door?"""
    rule = lead.rule
    return rule is not None and any(
        item.causal
        and not item.doubtful
        and item.score > lead.score - NEAR
        and item.rule.kind != rule.kind
        and item.rule.party != rule.party
        for item in found
    )
