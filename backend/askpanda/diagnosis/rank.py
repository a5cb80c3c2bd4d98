"""Which lines explain the failure: marks of all logs, weighed against the record, best first.

A mark's weight comes from its rule. It is raised where the rule is at home with the record's codes and where the line
carries the record's own words, and lowered in files that are read second, far from the end of a payload's output, in
the transfer of the log itself, behind a kill, and where the log shows that the trouble healed.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from askpanda.diagnosis.candidate import Candidate, Clues
from askpanda.diagnosis.engine import harmless
from askpanda.diagnosis.lines import around, line_text, message_of, text_of
from askpanda.diagnosis.plain import RELAY
from askpanda.diagnosis.reports import Report
from askpanda.diagnosis.rules import Rule, by_id
from askpanda.diagnosis.scan import RECORD_WORDS, Mark, Reading
from askpanda.diagnosis.sequence import (
    HARD_LOSS,
    SOFT_LOSS,
    behind_kills,
    ended_by_signal,
    got_in_vain,
    in_the_wake,
    last_exception,
    left_behind,
    own_kind,
    quoted,
    raised_while_handling,
)
from askpanda.diagnosis.signature import template
from askpanda.diagnosis.texts import knows, only_follows
from askpanda.diagnosis.types import RecordVerdict

#: Kinds of causes that a transfer heals from when it succeeds at the second try.
HEALING = {"transfer", "replica", "network", "checksum", "quota", "authorisation", "proxy", "central", "record", ""}
#: Rules that show where a payload's own work is over.
ENDINGS = {"script-failed", "script-listing", "event-loop-terminate", "event-loop-error"}
#: Marks of one rule that are weighed, from each side of the log.
_WEIGHED = 3
#: Lines between two messages that stand together at most.
_TOGETHER = 3
#: Lines before the end of a payload's output that count as its end.
_NEAR = 12
#: Characters by which a message of a report is recognised in a log.
_SAME = 80
#: The rule for a message that no other rule knows.
_OF_REPORTS = {"exit": "generic-report-error", "fatal": "report-fatal", "error": "report-error"}
_RELAY = re.compile(RELAY.pattern.decode())


def candidates(
    readings: Sequence[Reading],
    record: RecordVerdict,
    known: frozenset[str] = frozenset(),
    reports: Mapping[str, Report] = MappingProxyType({}),
) -> list[Candidate]:
    """All lines worth weighing, best first. Harmless and healed ones are not among them.

    `known`: kinds of causes that the record's own texts name. `reports`: what was read from JSON reports, by name; their
    lines are not weighed as lines.
    """
    clues = Clues.of(record)
    found: list[Candidate] = []
    for reading in readings:
        report = reports.get(reading.name)
        found += _of_reading(reading, clues) if report is None else _of_report(reading, report, clues)
    own_kind(found, record)
    ended_by_signal(found, record)
    quoted(found)
    got_in_vain(found)
    in_the_wake(found, known)
    found.sort(key=lambda item: (-item.score, item.reading.name, item.mark.line))
    return _without_repeats(found)


def _without_repeats(found: list[Candidate]) -> list[Candidate]:
    """One candidate a line, and one a wording: the better placed occurrence stands for the others.

    A line that is known to be a consequence is no cause because some general rule takes it for one; a line that carries
    another's words is explained by the rule that knows these words.
    """
    by_line: dict[tuple[str, int], list[Candidate]] = {}
    for item in found:
        by_line.setdefault((item.reading.name, item.mark.line), []).append(item)
    best: list[Candidate] = []
    for items in by_line.values():
        if any(item.rule.role == "consequence" for item in items):
            items = [item for item in items if not (item.rule.generic or item.rule.carrier)]
        first = items[0]
        knowing = [item for item in items if item.causal and not item.rule.carrier and not item.rule.generic]
        if first.causal and (first.rule.carrier or first.rule.generic) and knowing:
            first = replace(knowing[0], score=max(first.score, knowing[0].score), fits=first.fits or knowing[0].fits)
        best.append(first)
    best.sort(key=lambda item: (-item.score, item.reading.name, item.mark.line))
    kept: list[Candidate] = []
    wordings: set[tuple[str, str]] = set()
    for item in best:
        if item.reading.kind == "report" and any(item.text[:_SAME] in other.text for other in kept):
            continue  # a report repeats what the log says, and the log came first
        wording = (item.reading.kind, template(message_of(item.text)))
        if wording not in wordings:
            wordings.add(wording)
            kept.append(item)
    return kept


def _of_report(reading: Reading, report: Report, clues: Clues) -> list[Candidate]:
    """What a report says, explained by the rule that knows the words, else by how bad the report calls them."""
    found: list[Candidate] = []
    for message in report.messages:
        if harmless(message.text.encode(), "payload", clues.codes) or only_follows(message.text):
            continue
        known = next((rule for rule in knows(message.text) if counts(rule, "report")), None)
        rule = known or by_id()[_OF_REPORTS[message.severity]]
        home = any(rule.fits(component, code) for component, code in clues.codes)
        score = rule.weight + _agreement(rule, "report", home, clues, message.text) - _place(reading, clues, None, rule)
        score -= 6 if message.severity == "error" else 0
        mark = Mark(rule, message.line, message.start, message.at)
        found.append(Candidate(reading, mark, rule, message.text, score, home))
    return found


def _telling(reading: Reading, rule: Rule) -> list[tuple[int, Mark]]:
    """(how many marks lie between it and the one that the rule picks, mark) of the marks that are weighed."""
    marks = reading.found[rule.number].marks()
    picked = 0 if rule.pick == "first" else len(marks) - 1
    if rule.pick == "burst":
        while picked and marks[picked].line - marks[picked - 1].line <= _TOGETHER:
            picked -= 1
    weighed = {*range(_WEIGHED), *range(picked, picked + _WEIGHED), *range(len(marks) - _WEIGHED, len(marks))}
    return [(abs(place - picked), mark) for place, mark in enumerate(marks) if place in weighed]


def _of_reading(reading: Reading, clues: Clues) -> list[Candidate]:
    stages = reading.stages()
    starts = [line for line, _ in stages]
    healed_at = _healed(reading)
    through = _came_through(reading)
    anchor = _end_of_payload(reading)
    relayed = any(mark.rule.id == "relayed-output" for mark in reading.marks("context"))
    raw: list[Candidate] = []
    for found in reading.found.values():
        rule = found.rule
        if rule.role not in {"cause", "consequence", "context"} or not counts(rule, reading.kind):
            continue
        home = any(rule.fits(component, code) for component, code in clues.codes)
        if rule.only and not home:
            continue
        marks = _telling(reading, rule)
        for away, mark in marks:
            data = around(reading, mark.line, mark.start)
            line = data[0].data if data else b""
            if relayed:
                line = RELAY.sub(b"", line)
            if harmless(line[:8192], reading.kind, clues.codes):
                continue
            text = line_text(reading, mark)
            if relayed:
                text = _RELAY.sub("", text)
            if rule.must is not None and not rule.must.search(text):
                continue
            if rule.above is not None and not rule.above.search(_line_above(reading, mark)):
                continue
            stage = stages[bisect_right(starts, mark.line) - 1][1] if starts and starts[0] <= mark.line else None
            if stage in healed_at and mark.line < healed_at[stage] and rule.kind in HEALING:
                continue
            if rule.kind in HEALING and any(line > mark.line and name in text for line, name in through):
                continue
            score = float(rule.weight)
            if rule.id == RECORD_WORDS and reading.kind not in {"pilot", "staging", "remote"}:
                score -= 52 if reading.kind == "report" else 22  # a payload's report repeats what the script printed last
            score += _agreement(rule, reading.kind, home, clues, text)
            score -= _place(reading, clues, stage, rule)
            if reading.kind == "pilot" and text.startswith(("pilot.", "PilotException")):
                score -= 30  # the exception printed at the end of a traceback: its words stand in an entry of their own
            loss = 0.0
            if reading.kind in {"payload", "setup"} and not clues.killed:
                loss = _far(anchor - mark.line, rule.soft)
                score -= loss
            score -= 0.5 * min(away, 2 * _WEIGHED)
            raw.append(Candidate(reading, mark, rule, text, score, home, loss))
    left_behind(raw)
    return behind_kills(raised_while_handling(last_exception(raw)), clues)


def _line_above(reading: Reading, mark: Mark) -> str:
    lines = around(reading, mark.line, mark.start, before=1)
    return text_of(lines[0].data) if lines and lines[0].number < mark.line else ""


def _far(lines: int, soft: bool) -> float:
    """What a line loses by the number of lines that the program wrote behind it before it ended."""
    return (SOFT_LOSS if soft else HARD_LOSS) * math.log10(1 + max(0, abs(lines) - _NEAR) / 4)


def counts(rule: Rule, kind: str) -> bool:
    """Does the rule count in a file of this kind? A report quotes the payload's lines."""
    return not rule.files or kind in rule.files or (kind == "report" and "payload" in rule.files)


def _agreement(rule: Rule, kind: str, home: bool, clues: Clues, text: str) -> float:
    points = 0.0
    of_pilot = kind in {"pilot", "staging", "remote", "wrapper"}
    if home:
        exact = any(f"{component}:{code}" in rule.codes for component, code in clues.codes[:1])
        points += (14 if exact else 9) if of_pilot else 6
    elif rule.codes and rule.role == "cause":
        points -= 16 if of_pilot else 4  # a payload fails for any reason under one and the same code
    if rule.role == "consequence":
        return min(points, 0.0)
    lowered = text.lower()
    if any(phrase[:60].lower() in lowered for phrase in clues.phrases):
        points += 18
    elif clues.words:
        shared = sum(1 for word in clues.words if word in text)
        points += 14 * min(1.0, shared / max(4, len(clues.words)))
    if any(key.lower() in lowered for key in clues.keys):
        points += 6
    return points


def _place(reading: Reading, clues: Clues, stage: str | None, rule: Rule) -> float:
    base = reading.name.rsplit("/", 1)[-1]
    lost = 0.0
    if base in clues.order:
        lost += 3.0 * clues.order.index(base)
    elif clues.kinds and reading.kind != clues.kinds[0]:
        lost += 8.0
    if clues.kinds and clues.kinds[0] in {"payload", "setup"} and reading.kind in {"pilot", "staging"}:
        lost += 14.0
    if reading.kind == "report":
        lost += 8.0
    if stage == "log":
        lost += 45.0
    if rule.stage in {"stagein", "stageout"} and stage in {"stagein", "stageout"} and stage != rule.stage:
        lost += 20.0
    return lost


def _healed(reading: Reading) -> dict[str, int]:
    """Stage -> line from which on the log shows that it came to a good end after all.

    Input came in when the job went on to its set-up or payload; one file that came in heals nothing but itself.
    """
    if reading.kind not in {"pilot", "staging"}:
        return {}
    healed: dict[str, int] = {}
    for mark in reading.marks("recovery", "stage"):
        if mark.rule.id in {"stagein-finished", "stage-payload", "payload-exit-zero"}:
            healed["stagein"] = mark.line
        elif mark.rule.id == "stageout-finished":
            healed["stageout"] = mark.line
    return healed


def _came_through(reading: Reading) -> list[tuple[int, str]]:
    """(line, file) for each file that was transferred in the end."""
    done = []
    for mark in reading.marks("recovery"):
        if mark.rule.read is not None:
            match = mark.rule.read.search(line_text(reading, mark))
            if match:
                done.append((mark.line, match["lfn"]))
    return done


def _end_of_payload(reading: Reading) -> int:
    """The line at which a payload ended, before stack traces, summaries and the script's listing of its directory."""
    endings = [
        mark.line
        for mark in reading.marks("cause", "consequence", "context")
        if mark.rule.id in ENDINGS or (mark.rule.role == "cause" and mark.rule.kind == "crash")
    ]
    late = [line for line in endings if line > reading.lines // 2]
    return min(late) if late else reading.lines
