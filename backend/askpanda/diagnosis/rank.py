"""Which lines explain the failure: marks of all logs, weighed against the record, best first.

A mark's weight comes from its rule. It is raised where the rule is at home with the record's codes and where the line
carries the record's own words, and lowered in files that are read second, far from the end of a payload's output, in
the transfer of the log itself, behind a kill, and where the log shows that the trouble healed.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from askpanda.diagnosis.engine import harmless
from askpanda.diagnosis.lines import around, line_text, message_of
from askpanda.diagnosis.logfiles import kind_of, logs_for
from askpanda.diagnosis.rules import Rule
from askpanda.diagnosis.scan import RECORD_WORDS, RELAY, Mark, Reading
from askpanda.diagnosis.signature import template
from askpanda.diagnosis.types import RecordVerdict

#: Kinds of causes that a transfer heals from when it succeeds at the second try.
HEALING = {"transfer", "replica", "network", "checksum", "quota", "authorisation", "proxy", "central", "record", ""}
#: Rules whose line ends the job: what the log says behind them follows from them.
KILLS = {
    "memory-limit", "looping", "workdir-too-large", "stdout-too-big", "local-space", "output-too-large", "server-kill",
    "signal-caught", "batch-time-limit", "lease-time", "memory-kernel",
}  # fmt: skip
#: A line with a lower score is not shown among the first.
SHOWN = 34.0
#: Rules that show where a payload's own work is over.
ENDINGS = {"script-failed", "script-listing", "event-loop-terminate", "event-loop-error"}
KILL_CODES = {1104, 1106, 1124, 1144, 1150, 1213, 1235, *range(1200, 1209), 1379}
#: Exceptions that stand closer are of one chain ("During handling of the above exception").
_CHAIN = 25
#: Marks of one rule that are weighed, from each side of the log.
_WEIGHED = 3
#: Lines before the end of a payload's output that count as its end, and the loss for ten times the distance.
_NEAR, _SOFT_LOSS, _HARD_LOSS = 12, 24.0, 7.0
#: A line of any wording that stands so far (some 60 lines) before one that explains the end with this score explains nothing.
_CARRIER_LOSS, _CLEAR = 8.0, 56.0
#: Shortest and longest piece of a record's text that is looked for in logs (characters).
_PHRASE = (16, 56)
#: Weight of a rule whose line explains lines of another file; and where they would follow from any cause.
LEADING, LIKELY = 84, 56
#: Lines behind a cause within which a line that follows from it is looked for.
_WAKE = 40
#: Exit codes of a shell for a program that a signal ended: 128 and the signal's number.
_SIGNALS = {128 + number for number in (4, 6, 7, 8, 9, 11, 15, 24, 31)}
#: Pilot codes of a program that a signal or a limit ended.
_CRASHES = {1212, 1328, 1355}
_STANDARD = re.compile(r"^(?:[A-Z][^:]{3,90}: ?)+")
_RELAY = re.compile(RELAY.pattern.decode())
_WORD = re.compile(r"[A-Za-z0-9_.-]{4,}")


@dataclass(slots=True)
class Candidate:
    """A line that may explain the failure. `score` orders; `text` is the line, decoded and cut.

    `loss` is what it lost by its distance from the end of the output. `fits`: the rule is at home with one of the
    record's codes. `doubtful`: the log shows that the line is not the reason (survived, behind the kill, beside the
    point); such a line never stands among the first.
    """

    reading: Reading
    mark: Mark
    rule: Rule
    text: str
    score: float
    fits: bool = False
    loss: float = 0.0
    doubtful: bool = False
    values: dict[str, str] = field(default_factory=dict)

    @property
    def causal(self) -> bool:
        """A cause by its rule, not only something that came with it."""
        return self.rule.role == "cause"


@dataclass(frozen=True, slots=True)
class Clues:
    """What of the record helps to weigh lines: codes, the words of its texts, the order of files."""

    codes: tuple[tuple[str, int], ...]
    phrases: tuple[str, ...]
    words: frozenset[str]
    order: tuple[str, ...]
    kinds: tuple[str, ...]
    killed: bool
    keys: tuple[str, ...]

    @classmethod
    def of(cls, record: RecordVerdict) -> "Clues":
        """The clues of a record. Standard messages in front of a text carry nothing and are left out."""
        triples = [*record.triples, *record.hidden]
        texts = [_specific(triple.text) for triple in triples]
        order = logs_for(record.component, record.code)
        keys = tuple(key for key in (record.entry.log_keys if record.entry else []) if len(key) >= 6)
        return cls(
            codes=tuple((triple.component, triple.code) for triple in triples),
            phrases=tuple(text[:160] for text in texts if len(text) >= 18),
            words=frozenset(word for text in texts for word in _WORD.findall(text)),
            order=tuple(order),
            kinds=tuple(dict.fromkeys(kind_of(name) for name in order)),
            killed=record.component == "pilot" and record.code in KILL_CODES,
            keys=keys,
        )


def _specific(text: str) -> str:
    """A diag without the standard message in front, where something stands behind it."""
    rest = _STANDARD.sub("", text).strip()
    return rest if len(rest) >= 12 else text


def phrases_of(record: RecordVerdict) -> list[str]:
    """Pieces of the record's texts that a log line can be known by: what stands behind the standard messages.

    The pilot cuts its texts at both ends, so the beginning and the end are taken apart from the middle.
    """
    phrases: list[str] = []
    for triple in record.triples:
        entry_message = record.entry.message if record.entry and triple is record.triples[0] else ""
        text = _specific(triple.text)
        if len(text) < _PHRASE[0] or text.lower().rstrip(". ") == entry_message.lower().rstrip(". "):
            continue
        phrases.append(text[: _PHRASE[1]].strip())
        if len(text) > 2 * _PHRASE[1]:
            phrases.append(text[-_PHRASE[1] :].strip())
    return phrases


def candidates(readings: Sequence[Reading], record: RecordVerdict, known: frozenset[str] = frozenset()) -> list[Candidate]:
    """All lines worth weighing, best first. Harmless and healed ones are not among them.

    `known`: kinds of causes that the record's own texts name.
    """
    clues = Clues.of(record)
    found: list[Candidate] = []
    for reading in readings:
        found += _of_reading(reading, clues)
    _own_kind(found, record)
    _ended_by_signal(found, record)
    _in_the_wake(found, known)
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
        wording = (item.reading.kind, template(message_of(item.text)))
        if wording not in wordings:
            wordings.add(wording)
            kept.append(item)
    return kept


def _telling(reading: Reading, rule: Rule) -> list[Mark]:
    marks = reading.found[rule.number].marks()
    if len(marks) <= 2 * _WEIGHED:
        return marks
    return [*marks[:_WEIGHED], *marks[-_WEIGHED:]]


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
        last = len(marks) - 1
        for place, mark in enumerate(marks):
            data = around(reading, mark.line, mark.start)
            line = data[0].data if data else b""
            if relayed:
                line = RELAY.sub(b"", line)
            if harmless(line[:8192], reading.kind):
                continue
            text = line_text(reading, mark)
            if relayed:
                text = _RELAY.sub("", text)
            if rule.must is not None and not rule.must.search(text):
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
            if len(marks) > 1:
                score -= 0.5 * (place if rule.pick == "first" else last - place)
            raw.append(Candidate(reading, mark, rule, text, score, home, loss))
    _left_behind(raw)
    return _behind_kills(_last_exception(raw), clues)


def _far(lines: int, soft: bool) -> float:
    """What a line loses by the number of lines that the program wrote behind it before it ended."""
    return (_SOFT_LOSS if soft else _HARD_LOSS) * math.log10(1 + max(0, abs(lines) - _NEAR) / 4)


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


def _left_behind(found: list[Candidate]) -> None:
    """Where something stands at the end of the output, what the program went on for long after is not why it ended."""
    if not any(item.causal and item.loss < _HARD_LOSS and item.score >= SHOWN for item in found):
        return
    clear = any(item.causal and item.loss < _HARD_LOSS and item.score >= _CLEAR for item in found)
    for item in found:
        if (item.rule.soft and item.loss >= _SOFT_LOSS) or (clear and item.rule.carrier and item.loss >= _CARRIER_LOSS):
            item.doubtful = True


def _last_exception(found: list[Candidate]) -> list[Candidate]:
    """An exception that the program survived is not why it ended: the last one counts, and those it was raised from."""
    thrown = [item for item in found if item.rule.group == "payload_python" and item.rule.pick == "last"]
    if not thrown:
        return found
    last = max(item.mark.line for item in thrown)
    survived = {item.mark.line for item in thrown if last - item.mark.line > _CHAIN}
    for item in found:
        if item.mark.line in survived:
            item.score -= 55
            item.doubtful = True
    return found


def _behind_kills(found: list[Candidate], clues: Clues) -> list[Candidate]:
    """What stands behind the line that killed the job follows from it."""
    kills = [item.mark.line for item in found if item.rule.id in KILLS and (item.fits or not item.rule.codes)]
    if not kills or not clues.codes:
        return found
    first = min(kills)
    for item in found:
        if item.mark.line > first and item.rule.id not in KILLS:
            item.score -= 30
            item.doubtful = True
    return found


def _own_kind(found: list[Candidate], record: RecordVerdict) -> None:
    """Where the job was killed over a limit, what its payload complained of before is beside the point."""
    killed = [item for item in found if item.rule.id in KILLS and item.fits]
    if not killed or record.code not in KILL_CODES:
        return
    kinds = {item.rule.kind for item in killed}
    for item in found:
        if item.reading.kind in {"payload", "setup"} and item.rule.kind not in kinds:
            item.score -= 40
            item.doubtful = True


def _ended_by_signal(found: list[Candidate], record: RecordVerdict) -> None:
    """A program that a signal ended did not end by an exception: what it threw before, it survived."""
    signalled = record.code_of("transform") in _SIGNALS
    if not signalled and not (record.component == "pilot" and record.code in _CRASHES):
        return
    for item in found:
        thrown = item.rule.group == "payload_python" and item.rule.pick == "last"
        if item.reading.kind == "payload" and (thrown or (item.rule.soft and item.loss > 0)):
            item.score -= 40
            item.doubtful = True


def _in_the_wake(found: list[Candidate], known: frozenset[str]) -> None:
    """A line of a rule that `follows` a kind of cause is no cause of its own where such a cause stands shortly before it.

    Standard output and standard error are separate files: between files of the payload the order is not known, and a
    cause in either explains the line.
    """
    causes = [item for item in found if item.causal and not item.doubtful and item.score >= SHOWN and not item.rule.generic]
    for item in found:
        wanted = item.rule.follows
        if not wanted:
            continue
        if wanted & known or any(_explains(cause, item) for cause in causes):
            item.score -= 30
            item.doubtful = True


def _explains(cause: Candidate, item: Candidate) -> bool:
    if cause.rule is item.rule or (cause.mark.line == item.mark.line and cause.reading is item.reading):
        return False
    if "any" not in item.rule.follows and cause.rule.kind not in item.rule.follows:
        return False
    if item.rule.kind in cause.rule.follows and cause.rule.weight <= item.rule.weight:
        return False  # of two that may follow each other the heavier one leads
    if cause.reading is item.reading:
        return 0 < item.mark.line - cause.mark.line <= _WAKE
    enough = LIKELY if "any" in item.rule.follows else LEADING
    return {cause.reading.kind, item.reading.kind} <= {"payload", "setup"} and cause.rule.weight >= enough
