"""What later questions of a conversation need to know of an answer: its facts, and what it said in a few sentences.

A conversation is carried by these and by the evidence of the question at hand, never by texts that were cut off somewhere.
A gist has two lines, facts and words; either may be empty. All of it stood in a checked answer.
"""

import re
from collections.abc import Sequence

from askpanda.pipeline.checking.sentences import split
from askpanda.pipeline.turn import Said
from askpanda.schema.answer import Answer, Diagnosis
from askpanda.schema.ask import HistoryTurn

#: Words of one answer that are remembered, and of a question of long ago.
GIST_WORDS, OLD_QUESTION_WORDS = 80, 14
#: Turns that are remembered with their words; of older ones the facts are left.
RECENT = 4
#: Words of a whole conversation in a prompt. Sixty turns about sixty jobs fit with their facts.
CONVERSATION_WORDS = 1300

_CITATION = re.compile(r"\s*\[\d+(?:,\s*\d+)*\]")
_HEADING = re.compile(r"^#+ .*$", re.M)


def gist(answer: Answer) -> str:
    """The gist of an answer, empty for one that said nothing."""
    return f"{_facts(answer)}\n{sentences(_said(answer), GIST_WORDS)}".strip("\n") if answer.text else ""


def sentences(text: str, words: int) -> str:
    """The first whole sentences of a text, as many as fit; one sentence that is longer ends at a word, with `…`."""
    plain = _CITATION.sub("", _HEADING.sub("", text))
    out: list[str] = []
    left = words
    for sentence in split(plain):
        size = len(sentence.split())
        if size > left:
            break
        out.append(" ".join(sentence.split()))
        left -= size
    if out or not plain.split():
        return " ".join(one for one in out if one)
    return " ".join(plain.split()[:words]) + " …"


def told(history: Sequence[HistoryTurn]) -> list[Said]:
    """What a client tells of a conversation that is not kept here."""
    said: list[Said] = []
    for turn in history:
        if turn.role == "user":
            said.append(Said(turn.content, ""))
        elif said:
            said[-1] = Said(said[-1].question, f"\n{sentences(turn.content, GIST_WORDS)}")
    return said


def remembered(said: Sequence[Said]) -> str:
    """A conversation within `CONVERSATION_WORDS`: the newest turns with their words, of older ones each fact once."""
    lines: list[str] = []
    known: set[str] = set()
    left = CONVERSATION_WORDS
    for age, turn in enumerate(reversed(said)):
        facts, _, words = turn.gist.partition("\n") if "\n" in turn.gist else (turn.gist, "", "")
        if age < RECENT:
            line = f"Asked: {' '.join(turn.question.split())}\n" + "\n".join(part for part in (facts, words) if part)
        elif facts in known:
            continue
        else:
            line = facts or f"Asked: {sentences(turn.question, OLD_QUESTION_WORDS)}"
        known |= {facts} if facts else set()
        size = len(line.split())
        if size > left:
            continue
        left -= size
        lines.append(line.strip())
    return "\n".join(reversed(lines))


def _facts(answer: Answer) -> str:
    known = answer.entities
    about = [f"job {number}" for number in known.get("job_ids", [])[:5]]
    about += [f"task {number}" for number in known.get("task_ids", [])[:5]]
    about += [f"{name} {known[name]}" for name in ("site", "queue", "user", "window", "status") if known.get(name)]
    parts = [", ".join(about)] if about else []
    if answer.diagnosis is not None:
        parts.append(_verdict(answer.diagnosis))
    return ": ".join(parts)


def _verdict(verdict: Diagnosis) -> str:
    code = f"{verdict.component} {verdict.code} {verdict.name}".strip()
    tries = f", attempt {verdict.retry.attempt} of {verdict.retry.max_attempts}" if verdict.retry.max_attempts else ""
    return f"{verdict.outcome}, {code}, problem: {verdict.party}, retry: {verdict.retry.advice}{tries}"


def _said(answer: Answer) -> str:
    """What the answer says first of all."""
    parts = answer.sections
    cause = answer.diagnosis.cause if answer.diagnosis else ""
    first = [cause, parts.description, parts.user.problem, *parts.problems, parts.details]
    return "\n\n".join(part for part in first if part) or answer.text
