"""What follows from what: lines that a cause explains, and lines that the program survived, are no causes.

Such a line keeps its place in the list but is `doubtful`, and never stands among the first.
"""

import re

from askpanda.diagnosis.candidate import KILL_CODES, SHOWN, Candidate, Clues
from askpanda.diagnosis.types import RecordVerdict

#: Rules whose line ends the job: what the log says behind them follows from them.
KILLS = {
    "memory-limit", "looping", "workdir-too-large", "stdout-too-big", "local-space", "output-too-large", "server-kill",
    "signal-caught", "batch-time-limit", "lease-time", "memory-kernel",
}  # fmt: skip
#: Loss for ten times the distance from the end of the output: rules that programs survive, and others.
SOFT_LOSS, HARD_LOSS = 24.0, 7.0
#: Exceptions that stand closer are of one chain ("During handling of the above exception").
_CHAIN = 25
#: The rule for the line between them, and the lines above it in which the first one's message ends.
CHAIN, _ABOVE = "exception-chain", 6
#: A line of any wording that stands so far (some 60 lines) before one that explains the end with this score explains nothing.
_CARRIER_LOSS, _CLEAR = 8.0, 56.0
#: Weight of a rule whose line explains lines of another file; and where they would follow from any cause.
LEADING, LIKELY = 84, 56
#: The same behind a line of any wording: it explains only what stands right behind it.
_CLOSE = 10
#: Rules of less weight look for words that any program uses.
_OWN_WORDS = 80
#: Lines behind a cause within which a line that follows from it is looked for.
_WAKE = 40
#: A line by a rule of so much more weight does not follow from one with words of any kind.
_HEAVIER = 4
#: A transform's line that quotes another log; how much of the quote is looked for there, and how much must be there.
_QUOTE = re.compile(r'PyJobTransforms\..{1,300}?"(?P<said>.+)$')
_QUOTED, _QUOTE_LEAST = 60, 12
#: A shorter name is a word of any line.
_SHORTEST_NAME = 2
#: Exit codes of a shell for a program that a signal ended: 128 and the signal's number.
_SIGNALS = {128 + number for number in (4, 6, 7, 8, 9, 11, 15, 24, 31)}
#: Pilot codes of a program that a signal or a limit ended.
_CRASHES = {1212, 1328, 1355}


def left_behind(found: list[Candidate]) -> None:
    """Where something stands at the end of the output, what the program went on for long after is not why it ended."""
    if not any(item.causal and item.loss < HARD_LOSS and item.score >= SHOWN for item in found):
        return
    clear = any(item.causal and item.loss < HARD_LOSS and item.score >= _CLEAR for item in found)
    for item in found:
        if (item.rule.soft and item.loss >= SOFT_LOSS) or (clear and item.rule.carrier and item.loss >= _CARRIER_LOSS):
            item.doubtful = True


def last_exception(found: list[Candidate]) -> list[Candidate]:
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


def raised_while_handling(found: list[Candidate]) -> list[Candidate]:
    """What was thrown while another exception was handled follows from that one, where a rule knows the first and none the
    second ("During handling of the above exception, another exception occurred").
    """
    for chain in [item for item in found if item.rule.id == CHAIN]:
        knowing = any(
            item.causal
            and not item.rule.carrier
            and not item.rule.generic
            and item.reading is chain.reading
            and 0 < chain.mark.line - item.mark.line <= _ABOVE
            for item in found
        )
        for item in found if knowing else ():
            behind = item.mark.line - chain.mark.line
            if item.reading is chain.reading and item.rule.carrier and 0 < behind <= _CHAIN:
                item.score -= 30
                item.doubtful = True
    return found


def behind_kills(found: list[Candidate], clues: Clues) -> list[Candidate]:
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


def own_kind(found: list[Candidate], record: RecordVerdict) -> None:
    """Where the job was killed over a limit, what its payload complained of before is beside the point."""
    killed = [item for item in found if item.rule.id in KILLS and item.fits]
    if not killed or record.code not in KILL_CODES:
        return
    kinds = {item.rule.kind for item in killed}
    for item in found:
        if item.reading.kind in {"payload", "setup"} and item.rule.kind not in kinds:
            item.score -= 40
            item.doubtful = True


def ended_by_signal(found: list[Candidate], record: RecordVerdict) -> None:
    """A program that a signal ended did not end by an exception: what it threw before, it survived."""
    signalled = record.code_of("transform") in _SIGNALS
    if not signalled and not (record.component == "pilot" and record.code in _CRASHES):
        return
    for item in found:
        thrown = item.rule.group == "payload_python" and item.rule.pick == "last"
        if item.reading.kind == "payload" and (thrown or (item.rule.soft and item.loss > 0)):
            item.score -= 40
            item.doubtful = True


def quoted(found: list[Candidate]) -> None:
    """What a transform quotes of its sub-step's log follows from the quoted line, where that log is there."""
    lines = [(item.reading, " ".join(item.text.split())) for item in found if item.reading.kind == "payload"]
    for item in found:
        match = _QUOTE.search(item.text) if item.reading.kind == "payload" else None
        said = max(match["said"].split('"'), key=len) if match else ""
        said = " ".join(said.split())[:_QUOTED]
        if len(said) >= _QUOTE_LEAST and any(reading is not item.reading and said in text for reading, text in lines):
            item.score -= 30
            item.doubtful = True


def got_in_vain(found: list[Candidate]) -> None:
    """What is not there when a program looks for it, because getting it failed before: that failure is the cause.

    However far before: a package that could not be installed, a file that could not be copied is missed when it is used.
    Both lines name the thing, or what failed is a step that brings all such things (an installer, for modules). Standard
    output and standard error are separate files, in no known order.
    """
    missed: set[tuple[str, int]] = set()
    for item in found:
        thing = _lacking(item)
        if not thing:
            continue
        for cause in found:
            if not _failed_to_get(thing, cause, item):
                continue
            cause.score, cause.loss = cause.score + cause.loss, 0.0
            cause.doubtful = False
            missed.add((item.reading.name, item.mark.line))
            if not item.doubtful:
                item.score -= 30
                item.doubtful = True
    _whole_lines(found, missed)


def _whole_lines(found: list[Candidate], followed: set[tuple[str, int]]) -> None:
    """What is true of a line by one rule is true of it by the rules for words of any kind."""
    for item in found:
        common = item.rule.carrier or item.rule.weight < _OWN_WORDS
        if common and not item.doubtful and (item.reading.name, item.mark.line) in followed:
            item.score -= 30
            item.doubtful = True


def _lacking(item: Candidate) -> re.Pattern[str] | None:
    """What finds the name of the thing that a line misses; a module's or file's own name, without the way to it."""
    if not item.rule.lacks or item.rule.read is None or not item.causal:
        return None
    match = item.rule.read.search(item.text)
    said = (match[item.rule.lacks] or "") if match else ""
    name = said.split(".", 1)[0] if item.rule.lacks == "module" else said.rstrip("/").rsplit("/", 1)[-1]
    return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])") if len(name) > _SHORTEST_NAME else None


def _failed_to_get(thing: re.Pattern[str], cause: Candidate, item: Candidate) -> bool:
    if not cause.causal or cause.rule.generic or cause.rule.lacks or cause.rule.weight < LIKELY:
        return False
    if not {cause.reading.kind, item.reading.kind} <= {"payload", "setup"}:
        return False
    before = cause.reading is not item.reading or cause.mark.line < item.mark.line
    return before and (item.rule.lacks in cause.rule.brings or thing.search(cause.text) is not None)


def in_the_wake(found: list[Candidate], known: frozenset[str]) -> None:
    """A line of a rule that `follows` a kind of cause is no cause of its own where such a cause stands shortly before it.

    Standard output and standard error are separate files: between files of the payload the order is not known, and a
    cause in either explains the line.
    """
    causes = [item for item in found if item.causal and not item.doubtful and item.score >= SHOWN and _leads(item)]
    followed: set[tuple[str, int]] = set()
    for item in found:
        wanted = item.rule.follows
        if not wanted:
            continue
        if wanted & known or any(_explains(cause, item) for cause in causes):
            item.score -= 30
            item.doubtful = True
            followed.add((item.reading.name, item.mark.line))
    _whole_lines(found, followed)


def _leads(item: Candidate) -> bool:
    """Not one of the words that every program uses, short of those for a fatal end."""
    return not item.rule.generic or item.rule.weight >= LIKELY


def _explains(cause: Candidate, item: Candidate) -> bool:
    if cause.rule.generic and ("any" not in item.rule.follows or item.rule.weight > cause.rule.weight + _HEAVIER):
        return False  # a line that says nothing but that all is over explains what says even less
    if cause.rule is item.rule or (cause.mark.line == item.mark.line and cause.reading is item.reading):
        return False
    if "any" not in item.rule.follows and cause.rule.kind not in item.rule.follows:
        return False
    if item.rule.kind in cause.rule.follows and cause.rule.weight <= item.rule.weight:
        return False  # of two that may follow each other the heavier one leads
    if cause.reading is item.reading:
        near = _CLOSE if cause.rule.carrier or cause.rule.generic else _WAKE
        return 0 < item.mark.line - cause.mark.line <= near
    if cause.rule.generic:
        return False
    enough = LIKELY if "any" in item.rule.follows else LEADING
    return {cause.reading.kind, item.reading.kind} <= {"payload", "setup"} and cause.rule.weight >= enough
