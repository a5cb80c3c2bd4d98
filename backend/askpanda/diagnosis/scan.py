"""Reading one log, once, in bounded memory: which rules occur on which lines.

The log comes in blocks that end at a line end. Lines are counted by LF, from 1. A log that matches everywhere is
read with one match a rule and block (`engine`), so occurrences kept are the first and the last ones, and counts are
then lower bounds.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from askpanda.diagnosis.engine import Engine, engine, literals
from askpanda.diagnosis.plain import relayed, without
from askpanda.diagnosis.rules import Rule, Stage, by_id, load

BLOCK = 1 << 18
#: A line longer than this is read in pieces.
LONGEST = 1 << 20
#: Pieces of such a line overlap, so that a match is not lost at the cut.
OVERLAP = 1 << 12
#: Matches after which a rule is reported once a block: some 20 ms of bookkeeping.
PATIENCE = 8_000
#: Occurrences of a rule that are kept from each end of the log.
KEPT = 24
#: Hits in a block up to which lines are counted from hit to hit.
_FEW = 64
#: What is read again in full at the end of a log that ran out of patience.
TAIL = 1 << 18

Booleans = np.ndarray[tuple[int], np.dtype[np.bool_]]
#: The rule under which the record's own words are found.
RECORD_WORDS = "record-words"


@dataclass(frozen=True, slots=True)
class Mark:
    """A rule found on a line. `start` is the byte where the line begins, `at` the byte just behind the match."""

    rule: Rule
    line: int
    start: int
    at: int


@dataclass(slots=True)
class Found:
    """The occurrences of one rule: the first and the last ones, and how many there were at least."""

    rule: Rule
    count: int = 0
    first: list[Mark] = field(default_factory=list)
    last: deque[Mark] = field(default_factory=lambda: deque(maxlen=KEPT))
    latest: int = 0

    def add(self, mark: Mark) -> None:
        """Takes an occurrence; a line counts once."""
        if mark.line <= self.latest:
            return
        self.latest = mark.line
        self.count += 1
        if len(self.first) < KEPT:
            self.first.append(mark)
        else:
            self.last.append(mark)

    def marks(self) -> list[Mark]:
        """What was kept, in the order of the log."""
        return [*self.first, *self.last]


@dataclass(slots=True)
class Source:
    """The bytes of a log, in memory or on disk, read piece by piece."""

    path: Path | None = None
    data: bytes | None = None

    def open(self) -> BinaryIO:
        """A stream over the bytes. Raises OSError where the file is gone."""
        if self.data is not None:
            return BytesIO(self.data)
        if self.path is None:
            raise FileNotFoundError("a log without bytes")
        return cast("BinaryIO", self.path.open("rb", buffering=0))

    def piece(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`, shorter at the end of the log."""
        start = max(0, start)
        if self.data is not None:
            return self.data[start:end]
        with self.open() as stream:
            stream.seek(start)
            return stream.read(max(0, end - start))


@dataclass(slots=True)
class Reading:
    """What was found in one log: lines, bytes, and per rule its occurrences."""

    name: str
    kind: str
    source: Source
    lines: int = 0
    size: int = 0
    found: dict[int, Found] = field(default_factory=dict)

    def marks(self, *roles: str) -> list[Mark]:
        """All kept marks of rules with one of these roles that count in this kind of file, in the order of the log."""
        marks = [
            mark
            for found in self.found.values()
            if found.rule.role in roles and (not found.rule.files or self.kind in found.rule.files)
            for mark in found.marks()
        ]
        return sorted(marks, key=lambda mark: (mark.line, mark.rule.number))

    def count(self, rule: Rule) -> int:
        """How often a rule occurred (at least)."""
        found = self.found.get(rule.number)
        return found.count if found else 0

    def stages(self) -> list[tuple[int, Stage]]:
        """(line, stage that begins there), in the order of the log."""
        return [(mark.line, mark.rule.stage) for mark in self.marks("stage") if mark.rule.stage]


def _blocks(stream: BinaryIO) -> Iterator[tuple[bytearray, int, int]]:
    """(buffer, how many of its bytes are the block, byte where the block begins). Blocks are cut behind a LF, very long
    lines anywhere. The buffer is one and the same, valid until the next block: fresh memory for each block cost a quarter
    of the time.
    """
    room = bytearray(LONGEST + BLOCK)
    view = memoryview(room)
    held = where = 0
    while True:
        more = stream.readinto(view[held : held + BLOCK])  # type: ignore[attr-defined]
        size = held + (more or 0)
        if not more:
            if size:
                yield room, size, where
            return
        cut = room.rfind(b"\n", held, size) + 1
        if not cut and size <= LONGEST:
            held = size
            continue
        yield room, cut or size, where
        begin = cut or size - OVERLAP
        held = size - begin
        room[:held] = room[begin:size]
        where += begin


def scan(name: str, kind: str, source: Source, patterns: Engine | None = None, phrases: Sequence[str] = ()) -> Reading:
    """Reads a log once. `phrases` are texts to be found as they stand, under the rule `record-words`.

    Raises OSError where the log cannot be read.
    """
    patterns = patterns or engine(kind)
    words = literals(phrases, by_id()[RECORD_WORDS].number)
    reading = Reading(name, kind, source)
    rules = load()
    hits_seen = 0
    passed_on = False
    line, line_start = 1, 0  # of the first byte of the block that comes
    tail: deque[tuple[int, int, int]] = deque()  # (byte, line, line start) of blocks near the end
    ends = np.empty(LONGEST + BLOCK, dtype=bool)
    with source.open() as stream:
        for room, size, where in _blocks(stream):
            once = hits_seen > PATIENCE
            tail.append((where, line, line_start))
            while len(tail) > 1 and tail[1][0] < where + size - TAIL:
                tail.popleft()
            block = memoryview(room)[:size]
            if where == 0:
                passed_on = kind == "payload" and relayed(bytes(block))
            plain = without(block, room.find(b"\x1b", 0, size) >= 0, passed_on)
            hits = patterns.scan(plain, once)
            hits_seen += len(hits)
            if words is not None:
                hits += words.scan(plain, True)
            array = np.equal(np.frombuffer(block, dtype=np.uint8), 10, out=ends[:size])
            if hits:
                _resolve(reading, rules, room, None if plain is block else plain, where, line, line_start, hits, array)
            newlines = int(np.count_nonzero(array))
            if newlines:
                line += newlines
                line_start = where + room.rfind(b"\n", 0, size) + 1
            reading.size = where + size
        reading.lines = line if reading.size > line_start else line - 1
    if hits_seen > PATIENCE and tail:
        _again(reading, rules, source, patterns, passed_on, *tail[0])
    return reading


def _again(
    reading: Reading,
    rules: tuple[Rule, ...],
    source: Source,
    patterns: Engine,
    passed_on: bool,
    where: int,
    line: int,
    line_start: int,
) -> None:
    """The end of a log in full detail, after it was read with one match a block."""
    block = source.piece(where, reading.size)
    plain = without(block, b"\x1b" in block, passed_on)
    hits = patterns.scan(plain, False)
    array = np.frombuffer(block, dtype=np.uint8) == 10
    fresh = Reading(reading.name, reading.kind, source)
    _resolve(fresh, rules, block, None if plain is block else plain, where, line, line_start, hits, array)
    for number, found in fresh.found.items():
        old = reading.found.setdefault(number, Found(found.rule))
        marks = {mark.line: mark for mark in [*old.marks(), *found.marks()]}
        ordered = [marks[key] for key in sorted(marks)]
        old.count = max(old.count, len(ordered))
        old.first, old.last = ordered[:KEPT], deque(ordered[KEPT:], maxlen=KEPT)


def _resolve(
    reading: Reading,
    rules: tuple[Rule, ...],
    block: bytes | bytearray,
    plain: bytes | None,
    where: int,
    line: int,
    line_start: int,
    hits: list[tuple[int, int]],
    array: Booleans,
) -> None:
    """Turns offsets in a block, as it was scanned (`plain`, where that is another text), into marks on lines of the block as
    it is. `array`: where its lines end.
    """
    if not hits:
        return
    if len(hits) <= _FEW and plain is None:
        _resolve_few(reading, rules, block, where, line, line_start, hits, array)
        return
    newlines = np.flatnonzero(array)
    counted = newlines if plain is None else np.flatnonzero(np.frombuffer(plain, dtype=np.uint8) == 10)
    pairs = np.array(hits, dtype=np.int64)
    indexes = np.searchsorted(counted, pairs[:, 1] - 1)
    order = np.lexsort((pairs[:, 1], indexes, pairs[:, 0]))
    numbers, ends, indexes = pairs[order, 0], pairs[order, 1], indexes[order]
    fresh = np.ones(len(order), dtype=bool)  # the first hit of a rule on a line
    fresh[1:] = (numbers[1:] != numbers[:-1]) | (indexes[1:] != indexes[:-1])
    numbers, ends, indexes = numbers[fresh], ends[fresh], indexes[fresh]
    bounds = [0, *(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1).tolist(), len(numbers)]
    for low, high in pairwise(bounds):
        number = int(numbers[low])
        found = reading.found.get(number)
        if found is None:
            found = reading.found[number] = Found(rules[number])
        while low < high and line + int(indexes[low]) <= found.latest:
            low += 1
        wanted: Sequence[int] = range(low, high)
        if high - low > 2 * KEPT:  # what stands between the first and the last ones is only counted
            found.count += high - low - 2 * KEPT
            wanted = [*wanted[:KEPT], *wanted[-KEPT:]]
        for place in wanted:
            index, end = int(indexes[place]), int(ends[place])
            start = where + int(newlines[index - 1]) + 1 if index else line_start
            plain_start = int(counted[index - 1]) + 1 if index else line_start - where
            found.add(Mark(rules[number], line + index, start, start + end - plain_start))


def _resolve_few(
    reading: Reading,
    rules: tuple[Rule, ...],
    block: bytes | bytearray,
    where: int,
    line: int,
    line_start: int,
    hits: list[tuple[int, int]],
    array: Booleans,
) -> None:
    """The same without a list of all line ends, which would cost more than the search where hits are few."""
    hits.sort(key=lambda hit: hit[1])
    index = place = 0
    for number, end in hits:
        if end - 1 > place:
            index += int(np.count_nonzero(array[place : end - 1]))
            place = end - 1
        found = reading.found.get(number)
        if found is None:
            found = reading.found[number] = Found(rules[number])
        if line + index > found.latest:
            start = where + block.rfind(b"\n", 0, end - 1) + 1 if index else line_start
            found.add(Mark(rules[number], line + index, start, where + end))
