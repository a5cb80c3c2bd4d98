"""The failed jobs of another author: read from a/*.txt and b/*.txt, filled up with healthy work, ready for a diagnosis.

A file is a group of jobs. A job begins with `=== name`, then labels as YAML, then its logs, each after a line `--- file`:

    === in-davs-403
    kind: deriv
    record: {piloterrorcode: 1099, piloterrordiag: "..."}
    codes: [pilot:1099]
    party: [ddm]
    transient: [true, false]
    retry: [yes, wait]
    fields: [piloterrordiag]
    --- pilotlog.txt
     @start
    !W copytool.rucio copy_in | exception caught during stage-in: ...

The first character of a log's line is its label (`KINDS`); the rest is the line, or `@name words` for ordinary work:
of the pilot (pilot.py) in pilotlog.txt, of programs (filler.yaml) elsewhere. `<<name>>` is filled in.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.cases.jobs.casebook import Case, Half, Mark
from tests.cases.jobs.markup import Kind
from tests.cases.written.filler import fill, fills
from tests.cases.written.pilot import ORDINARY, WORD, Line, Pilot
from tests.cases.written.record import names, record

HALVES: dict[Half, str] = {"tune": "a", "held": "b"}
#: Labels of a line: it decides, it is harmless though alarming, it is only a consequence, it is neither.
KINDS: dict[str, Kind] = {"!": "decisive", "?": "harmless", ">": "consequence", " ": ""}
ADVICE: dict[Any, str] = {True: "yes", False: "no"}  # YAML reads the bare words as truth
NOW = datetime(2026, 5, 12, 4, 20)


@dataclass(slots=True)
class WrittenCase(Case):
    """A job that an author wrote down; `ordinary` are the lines (from 1) of each file that healthy work printed."""

    ordinary: dict[str, frozenset[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A job as it is written down."""

    name: str
    group: str
    half: Half
    labels: dict[str, Any]
    logs: dict[str, list[Line]]


@dataclass(frozen=True, slots=True)
class Book:
    """A collection: a folder with the halves a and b."""

    folder: Path

    def drafts(self) -> tuple[Draft, ...]:
        """Every job as written. ValueError where a line has no label or a name is there twice."""
        return _drafts(self.folder)

    def cases(self, half: Half | None = None) -> Iterator[WrittenCase]:
        """All jobs of a half (or both), made one after the other."""
        return (make(draft) for draft in self.drafts() if half in (None, draft.half))

    def case(self, name: str) -> WrittenCase:
        """One job by its name."""
        return make(next(draft for draft in self.drafts() if draft.name == name))


@cache
def _drafts(book: Path) -> tuple[Draft, ...]:
    found: dict[str, Draft] = {}
    for half, folder in HALVES.items():
        for path in sorted((book / folder).glob("*.txt")):
            for part in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
                draft = _draft(part, path.stem, half)
                if draft.name in found:
                    raise ValueError(f"job {draft.name} is there twice")
                found[draft.name] = draft
    return tuple(found.values())


def _draft(part: str, group: str, half: Half) -> Draft:
    head, *logs = re.split(r"^--- ", part.rstrip("\n"), flags=re.MULTILINE)
    name, _, labels = head.partition("\n")
    lines: dict[str, list[Line]] = {}
    for log in logs:
        file, *text = log.rstrip("\n").split("\n")
        for line in text:
            if line and line[0] not in KINDS:
                raise ValueError(f"{name}, {file}: a line without a label: {line!r}")
        lines[file.strip()] = [(line[:1] or " ", line[1:]) for line in text]
    return Draft(name.strip(), group, half, yaml.safe_load(labels), lines)


def make(draft: Draft) -> WrittenCase:
    """The job with its record, logs and labels. KeyError where a log uses a word that is not there."""
    seed, labels = int.from_bytes(hashlib.sha256(draft.name.encode()).digest()[:8], "big"), draft.labels
    random, words = Random(seed), names(labels["kind"], seed)
    given = {
        field: _fill(value, words) if isinstance(value, str) else value for field, value in labels.get("record", {}).items()
    }
    job = record(labels["kind"], words, given, random)
    pilot = Pilot(words, random, NOW + timedelta(seconds=random.randint(0, 9000)), labels.get("short", False))
    marks: list[Mark] = []
    logs: dict[str, bytes] = {}
    ordinary: dict[str, frozenset[int]] = {}
    for file, script in draft.logs.items():
        filled = [(label, _fill(line, words)) for label, line in script]
        written = list(pilot.write(filled) if file == "pilotlog.txt" else _printed(filled, random))
        marks += [Mark(file, number, text, KINDS[label]) for number, (label, text) in enumerate(written, 1) if label in "!?>"]
        ordinary[file] = frozenset(number for number, (label, _) in enumerate(written, 1) if label == ORDINARY)
        logs[file] = "".join(f"{text}\n" for _, text in written).encode("utf-8")
    return WrittenCase(
        id=draft.name, cause=draft.name, group=draft.group, half=draft.half, record=job, files=_files(words, job), logs=logs,
        codes=frozenset(labels["codes"]), party=frozenset(labels["party"]), transient=frozenset(labels["transient"]),
        retry=frozenset(ADVICE.get(word, word) for word in labels["retry"]), marks=marks, ordinary=ordinary,
        fields=frozenset(labels.get("fields", [])),
    )  # fmt: skip


def _fill(text: str, words: dict[str, str]) -> str:
    return WORD.sub(lambda found: words[found[1]], text)


def _printed(script: list[Line], random: Random) -> Iterator[Line]:
    """A program's output."""
    for label, text in script:
        name, *words = text[1:].split() if text.startswith("@") else [""]
        if name in fills():
            yield from ((ORDINARY, line) for line in fill(random, name, *words))
        else:
            yield label, text


def _files(words: dict[str, str], job: dict[str, Any]) -> list[dict[str, Any]]:
    shared = {"pandaid": job["pandaid"], "jeditaskid": job["jeditaskid"], "scope": words["scope"], "dataset": words["dataset"]}
    return [
        shared | {"lfn": words["lfn"], "type": "input", "status": "ready", "fsize": 1981223881, "attemptnr": job["attemptnr"]},
        shared | {"lfn": words["outfile"], "type": "output", "status": "failed", "fsize": 0, "destinationse": words["outrse"]},
        shared | {"lfn": words["logfile"], "type": "log", "status": "failed", "fsize": 0},
    ]
