"""What of a question about queues is left when all of it was read that can be."""

import re

from askpanda.pipeline.routing.queue_terms import Term
from askpanda.pipeline.routing.rules import load

#: These turn nothing round where nothing stands behind them.
_IDLE = frozenset({"no", "pas", "non", "minus", "never"})


def unread(terms: list[Term], used: set[int], folded: str, read: bytearray) -> list[str]:
    """The parts of a question that say something and were not understood, each as it stands."""

    def tells(at: int, term: Term) -> bool:
        if at in used or all(read[term.start : term.end]) or (len(term.text) < 2 and term.kind == "word"):
            return False
        if term.kind == "not":
            alone = all(one.kind in ("end", "comma") for one in terms[at + 1 :])  # `is it online or not?`
            return term.text not in _IDLE and not alone
        return term.kind in ("word", "number", "compare", "value")

    left = [at for at, term in enumerate(terms) if tells(at, term)]
    found: list[str] = []
    runs: list[list[int]] = []
    for at in left:
        if runs and all(terms[i].kind in ("plain", "not") for i in range(runs[-1][-1] + 1, at)) and at - runs[-1][-1] <= 3:
            runs[-1].append(at)
        else:
            runs.append([at])
    for run in runs:
        last = min(run[-1] + 2, len(terms) - 1) if terms[run[-1]].kind == "not" else run[-1]
        found.append(folded[terms[run[0]].start : terms[last].end])
    for pattern in load("queue_words")["unreadable"]:
        found += [match.group(1) for match in re.finditer(pattern, folded)]
    return [part for part in dict.fromkeys(found) if not any(part != other and part in other for other in found)]
