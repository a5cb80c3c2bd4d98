"""Lines with a mark in the margin, and words that change from case to case.

A block of text is written line by line. The margin says what a line is to a diagnosis:

    !| this line decides         ?| harmless, though it looks alarming
    >| a consequence only        (no margin) neither: it may be shown, it proves nothing

In a line `{{name}}` is a word of the case; `{{int:1:9}}`, `{{flt:1:9}}`, `{{hex:8}}` and `{{pick:a|b}}` are drawn anew each
time; `{{t}}` and `{{ts}}` are the block's clock, `{{n}}` counts.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

Kind = Literal["", "decisive", "harmless", "consequence"]
MARGINS: dict[str, Kind] = {"!| ": "decisive", "?| ": "harmless", ">| ": "consequence"}
_WORD = re.compile(r"\{\{([^{}]+)\}\}")


@dataclass(slots=True)
class Line:
    """One line of a file and what it is to a diagnosis."""

    text: str
    kind: Kind = ""


class Words:
    """The words of one case, and the drawing of new ones."""

    def __init__(self, names: dict[str, str], random: Random, clock: datetime) -> None:
        self.names, self.random, self.clock, self.n = names, random, clock, 0
        self._made: dict[str, list[str | Callable[[], str]]] = {}

    def fill(self, text: str) -> str:
        """The text with its words put in. KeyError for a word that nobody knows: a case with it would be broken."""
        if "{{" not in text:
            return text
        pieces = self._made.get(text)
        if pieces is None:
            split = _WORD.split(text)
            pieces = [part if place % 2 == 0 else self._maker(part) for place, part in enumerate(split)]
            self._made[text] = pieces
        return "".join(piece if isinstance(piece, str) else piece() for piece in pieces)

    def _maker(self, word: str) -> Callable[[], str]:
        kind, _, rest = word.partition(":")
        if kind == "int":
            low, high = (int(part) for part in rest.split(":"))
            return lambda: str(int(low + self.random.random() * (high - low + 1)))
        if kind == "flt":
            least, most = (float(part) for part in rest.split(":"))
            return lambda: f"{least + self.random.random() * (most - least):.3f}"
        if kind == "hex":
            return lambda: f"{self.random.getrandbits(4 * int(rest)):0{int(rest)}x}"
        if kind == "pick":
            choice = rest.split("|")
            return lambda: choice[int(self.random.random() * len(choice))]
        if word == "t":
            return lambda: self._tick().strftime("%H:%M:%S")
        if word == "ts":
            return lambda: f"{self._tick():%Y-%m-%d %H:%M:%S},{self.random.randrange(1000):03d}"
        if word == "n":
            return self._count
        return lambda: self.names[word]

    def _tick(self) -> datetime:
        self.clock += timedelta(seconds=self.random.random() * 1.4)
        return self.clock

    def _count(self) -> str:
        self.n += 1
        return str(self.n)


def lines_of(block: str, words: Words) -> list[Line]:
    """The lines of a block, margins read off and words put in."""
    return [_line(row, words) for row in block.rstrip("\n").split("\n")]


def _line(row: str, words: Words) -> Line:
    kind = MARGINS.get(row[:3].ljust(3), "")
    return Line(words.fill(row[3:] if kind else row), kind)


def marked(lines: Iterable[Line], marks: dict[str, Kind]) -> list[Line]:
    """The lines, those without a mark marked by the texts that stand in them."""
    found = []
    for line in lines:
        kind = line.kind or next((kind for text, kind in marks.items() if text in line.text), "")
        found.append(Line(line.text, kind))
    return found
