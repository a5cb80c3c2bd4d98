"""The JSON reports that stand beside the logs, read for what they say and not line by line.

    jobReport.json               of a transform: exitCode, exitMsg, executor[].rc, executor[].logfileReport.details
                                 (FATAL and ERROR messages with how often and where they stood first)
    payload_error_report.json    of the worker-node scripts: error_code, error_diag
    memory_monitor_summary.json  of prmon: Max and Avg (kB)

Sources: Athena Tools/PyJobTransforms trfReports.py and trfValidation.py; panda-wnscript pandawnutil/wnlogger;
prmon and its predecessor MemoryMonitor; pilot3 pilot/user/atlas/common.py (who reads them).
A report is somebody's file: it is bounded, it may be cut or hostile, and a value of the wrong type is no value.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from askpanda.diagnosis.scan import Reading
from askpanda.schema.values import as_count, as_number, as_text

#: A report larger than this is read line by line like any log (bytes).
LIMIT = 8 << 20
#: Messages and steps of a report that are looked at.
MESSAGES, STEPS = 40, 60
#: Characters of a message.
_LONGEST = 600
#: Nested deeper than this is no report.
_DEPTH = 60
_FOUND_IN = re.compile(r"\blog\.[A-Za-z][\w-]{1,60}")
#: prmon's names for the highest memory, and those of MemoryMonitor before it.
_PEAKS = (("maxPSS", "pss"), ("maxRSS", "rss"))

Severity = Literal["exit", "fatal", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that a report says. `line` (from 1) and `start`, `at` (bytes) are where its words stand in the file."""

    text: str
    severity: Severity
    count: int
    line: int
    start: int
    at: int


@dataclass(slots=True)
class Report:
    """What a report says. `steps` are (name, exit code) of a transform's steps; memory in kB."""

    messages: list[Message] = field(default_factory=list)
    steps: list[tuple[str, int]] = field(default_factory=list)
    acronym: str = ""
    code: int | None = None
    peak_pss: int | None = None
    peak_rss: int | None = None
    memory_line: tuple[int, str] | None = None

    def failed_steps(self) -> list[tuple[str, int]]:
        """The steps that ended with a code."""
        return [(name, code) for name, code in self.steps if code]


def read_report(reading: Reading) -> Report | None:
    """What the report says, or None where the file is too large, cut, deeper than a report or no JSON object.

    Never raises for what stands in the file; OSError where the file is gone is None as well.
    """
    if reading.size > LIMIT:
        return None
    try:
        data = reading.source.piece(0, LIMIT)
        value = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not _shallow(value):
        return None
    report = Report()
    wording = _Wording(data)
    _of_script(value, report, wording)
    _of_transform(value, report, wording)
    _of_monitor(value, report, data)
    return report


def _shallow(value: Any) -> bool:
    level = [value]
    for _ in range(_DEPTH):
        level = [
            below
            for item in level
            for below in (item.values() if isinstance(item, dict) else item)
            if isinstance(below, dict | list)
        ]
        if not level:
            return True
    return False


class _Wording:
    """Where the words of a report stand in its bytes: the first place from the last one on, else the first at all."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._after = 0

    def message(self, text: Any, severity: Severity, count: int = 1) -> Message | None:
        """The message with its place; None for what is no text, or says that nothing happened."""
        if not isinstance(text, str) or len(as_text(text)) < 3 or as_text(text) == "OK":
            return None
        place, length = self._find(text)
        start = self._data.rfind(b"\n", 0, place) + 1
        line = self._data.count(b"\n", 0, place) + 1
        return Message(as_text(text)[:_LONGEST], severity, count, line, start, place + length)

    def _find(self, text: str) -> tuple[int, int]:
        for ascii_only in (True, False):
            written = json.dumps(text, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
            for after in (self._after, 0):
                place = self._data.find(written, after)
                if place >= 0:
                    self._after = place + 1
                    return place, len(written)
        return 0, 0  # written with other escapes: the report as a whole says it


def _of_script(value: dict[str, Any], report: Report, wording: _Wording) -> None:
    said = wording.message(value.get("error_diag"), "exit")
    if said is not None:
        report.messages.append(said)
        report.code = as_count(value.get("error_code"))


def _of_transform(value: dict[str, Any], report: Report, wording: _Wording) -> None:
    if "exitCode" in value:
        report.code = as_count(value.get("exitCode"))
        report.acronym = as_text(value.get("exitAcronym"))[:80]
    for name in ("exitMsg", "exitMsgExtra"):
        said = wording.message(value.get(name), "exit") if report.code else None
        if said is not None:
            report.messages.append(said)
    for step in _dicts(value.get("executor"), STEPS):
        code = as_number(step.get("rc"))
        report.steps.append((as_text(step.get("name"))[:80], int(code) if code is not None else 0))
        details = _dict(_dict(step.get("logfileReport")).get("details"))
        for word in ("FATAL", "CRITICAL", "CATASTROPHE", "ERROR"):
            for entry in _dicts(details.get(word), MESSAGES - len(report.messages)):
                said = wording.message(entry.get("message"), "error" if word == "ERROR" else "fatal", _times(entry))
                if said is not None:
                    report.messages.append(said)


def _times(entry: dict[str, Any]) -> int:
    return as_count(entry.get("count")) or 1


def _of_monitor(value: dict[str, Any], report: Report, data: bytes) -> None:
    most = _dict(value.get("Max"))
    for place, names in enumerate(_PEAKS):
        name = next((name for name in names if name in most), "")
        peak = as_number(most.get(name)) if name else None
        if peak is None or peak <= 0:
            continue
        if place == 0:
            report.peak_pss = round(peak)
        else:
            report.peak_rss = round(peak)
        if report.memory_line is None:
            report.memory_line = _line_of(data, data.find(b'"' + name.encode() + b'"', max(0, data.find(b'"Max"'))))


def _line_of(data: bytes, place: int) -> tuple[int, str]:
    place = max(0, place)
    start = data.rfind(b"\n", 0, place) + 1
    end = data.find(b"\n", place)
    start, end = max(start, place - 20), min(end if end >= 0 else len(data), place + 200)
    return data.count(b"\n", 0, place) + 1, data[start:end].decode("utf-8", "replace").strip()


def step_logs(text: str) -> list[str]:
    """The logs of a transform's steps that a text names (`Logfile error in log.Derivation: ...`), each once."""
    return list(dict.fromkeys(_FOUND_IN.findall(text[:20_000])))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any, most: int) -> Iterator[dict[str, Any]]:
    for item in value[:most] if isinstance(value, list) else []:
        if isinstance(item, dict):
            yield item
