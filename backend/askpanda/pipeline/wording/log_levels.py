"""The lines of a log that speak of an error, or of a warning: how many, which, and what they mean for the job.

A pilot's line says its level itself; a payload's does so in its own way: Athena and most programs in capitals, ROOT, compilers
and shells by a word before a colon, Python by the name of an exception.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from askpanda.diagnosis.engine import harmless
from askpanda.diagnosis.lines import PILOT_PREFIX
from askpanda.diagnosis.logfiles import kind_of
from askpanda.pipeline.parcels import Brief
from askpanda.pipeline.routing.rules import concepts_in
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording.error_codes import sentence
from askpanda.pipeline.wording.numbers import counted, known
from askpanda.pipeline.wording.relatives import ended
from askpanda.pipeline.wording.verdicts import place
from askpanda.schema.evidence import LogFile

Level = Literal["error", "warning"]
#: Bytes of a line that its level is looked for in.
_READ = 8192
_OF_PILOT: dict[str, Level] = {"ERROR": "error", "CRITICAL": "error", "FATAL": "error", "WARNING": "warning"}
_ERROR = re.compile(
    rb"\b(?:ERROR|FATAL|CRITICAL)\b|\b(?:[Ff]atal )?[Ee]rror(?: in <|:)|\bSysError in <|\*\*\* Break \*\*\*"
    rb"|^Traceback \(most recent call last\)|^[ \t]*(?:\w+\.)*[A-Z]\w*(?:Error|Exception)(?::|$)"
    rb"|\b(?:Segmentation fault|core dumped|terminate called|command not found|No such file or directory|Permission denied"
    rb"|Cannot allocate memory|Killed|Aborted)\b"
)
_WARNING = re.compile(rb"\bWARNING\b|\b[Ww]arning(?: in <|:)|^[ \t]*(?:\w+\.)*\w+Warning:")
_ASKED_WARNING = re.compile(r"\bwarn\w*|\badvertencias?\b|\bavisos?\b|\bavertissements?\b", re.I)
_ASKED_ERROR = re.compile(r"\b(?:err\w+|fatal\w*|critical\w*|exceptions?|tracebacks?|fehler\w*|problem\w*|fallos?)\b", re.I)


@dataclass(frozen=True)
class Lines:
    """Lines of a kind in their order, how many there are, how many of them only look alarming, and of how many lines in all."""

    shown: list[tuple[int, bytes]]
    total: int
    harmless: int
    of: int
    levels: dict[str, int]


def asks_for_levels(question: str) -> bool:
    """Whether the lines that speak of errors or warnings are asked for, whatever they say."""
    return bool(concepts_in(fold(question)) & {"errors_in_log", "log_level"})


def wanted_levels(question: str) -> tuple[Level, ...]:
    """Errors, unless warnings alone are asked for."""
    warnings, errors = _ASKED_WARNING.search(question), _ASKED_ERROR.search(question)
    return ("error", "warning") if warnings and errors else ("warning",) if warnings else ("error",)


def level_of(line: bytes, kind: str) -> tuple[Level | None, str]:
    """(what a line speaks of, the word it says so by); a pilot's line by its level, whatever its message has."""
    head = line[:_READ]
    of_pilot = PILOT_PREFIX.match(head[:60].decode("ascii", "replace"))
    if of_pilot:
        return _OF_PILOT.get(of_pilot["level"]), of_pilot["level"]
    if found := _ERROR.search(head):
        word = found.group().decode("ascii", "replace").strip()
        return "error", word if word.isupper() and kind == "payload" else "other"
    return ("warning", "WARNING") if _WARNING.search(head) else (None, "")


def lines_of(lines: Iterable[bytes], levels: tuple[Level, ...], kind: str, count: int, codes: list[tuple[str, int]]) -> Lines:
    """The lines of a log at these levels; of more than `count` those first that may prove something.

    `codes` are the job's errors, with which a line may not be harmless.
    """
    telling: list[tuple[int, bytes]] = []
    idle: list[tuple[int, bytes]] = []
    words: Counter[str] = Counter()
    alarming = of = 0
    for number, line in enumerate(lines, 1):
        of = number if line else of
        level, word = level_of(line, kind)
        if level not in levels:
            continue
        words[word] += 1
        proves_nothing = harmless(line[:_READ], kind, codes)
        alarming += proves_nothing
        kept = idle if proves_nothing else telling
        if len(kept) < count:
            kept.append((number, line))
    shown = sorted([*telling, *idle[: count - len(telling)]])
    return Lines(shown, words.total(), alarming, of, dict(words.most_common()))


def head_of(log: LogFile, found: Lines, levels: tuple[Level, ...], pandaid: int, cite: str) -> str:
    """`pilotlog.txt` of job 1 has **3** lines that speak of an error (2 ERROR, 1 CRITICAL), of 812 lines in all."""
    what = " or ".join("a warning" if level == "warning" else "an error" for level in levels)
    if not found.total:
        return f"No line of `{log.name}` of job {pandaid} speaks of {what}; it has {counted(found.of, 'line')}.{cite}"
    by_word = ", ".join(f"{n} {'in other words' if word == 'other' else word}" for word, n in islice(found.levels.items(), 5))
    which = "the first that may tell something" if found.harmless else "the first"
    cut = f"; {len(found.shown)} are shown, {which}" if found.total > len(found.shown) else ""
    speak = "line that speaks" if found.total == 1 else "lines that speak"
    text = (
        f"`{log.name}` of job {pandaid} has **{found.total}** {speak} of {what} ({by_word}), of "
        f"{counted(found.of, 'line')} in all{cut}.{cite}"
    )
    if found.harmless:
        seen = (
            "is seen in jobs that finish as well, and proves"
            if found.harmless == 1
            else "are seen in jobs that finish as well, and prove"
        )
        text += f" {found.harmless} of them {seen} nothing."
    return text


def verdict_line(brief: Brief, pandaid: int) -> str:
    """What became of the job, in one line: these lines beside the one that decides."""
    verdict, job = brief.finding.verdict, brief.gathered.job
    if verdict is None:
        status = known(job.job.get("jobstatus")) if job else ""
        return f"Job {pandaid} is {status}, so none of it explains a failure." if status == "finished" else ""
    diagnosis = verdict.diagnosis
    name = f", {diagnosis.name}" if diagnosis.name else ""
    where = f" ({place(diagnosis.evidence[0])})" if diagnosis.evidence else ""
    cited = brief.cite("log") if diagnosis.evidence and diagnosis.evidence[0].line is not None else brief.cite("record")
    return (
        f"Job {pandaid} {ended(diagnosis.outcome)}: **{diagnosis.component} {diagnosis.code}**{name}. "
        f"{sentence(diagnosis.cause).rstrip('.')}{where}.{cited}"
    )


def kind(log: LogFile) -> str:
    return kind_of(log.name)


def codes_of(brief: Brief) -> list[tuple[str, int]]:
    """The errors of the job."""
    verdict = brief.finding.verdict
    if verdict is None:
        return []
    found = verdict.diagnosis
    return [(found.component, found.code), *((other.component, other.code) for other in found.secondary)]
