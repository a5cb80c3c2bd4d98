"""Times that a question names: `yesterday`, `the last two days`, dates, and `the day before` the time that was spoken of."""

import re
from datetime import date
from functools import cache
from typing import Literal, NamedTuple

from askpanda.pipeline.routing.language import language_of
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.windows import shifted

_HERE_IN_GERMAN = re.compile(r"\bhier\b")  # and yesterday in French


class Relative(NamedTuple):
    """A window beside another one: the day or week before (-1) or after it (1)."""

    unit: Literal["day", "week"]
    step: int

    def to(self, window: str | None) -> str:
        """The window that is meant beside `window`; beside today where there is none."""
        return shifted(window, self.unit, self.step)


@cache
def _windows() -> list[tuple[re.Pattern[str], str]]:
    numbers = "|".join(sorted(load("entities")["number_words"], key=len, reverse=True))
    return [
        (re.compile(pattern.replace("{n}", rf"(?P<n>\d{{1,3}}|{numbers})")), window)
        for pattern, window in load("entities")["windows"]
    ]


@cache
def _relatives() -> list[tuple[re.Pattern[str], Relative]]:
    return [(re.compile(pattern), Relative(unit, step)) for pattern, unit, step in load("entities")["relative_windows"]]


@cache
def _two_days_ago() -> re.Pattern[str]:
    return re.compile(load("entities")["two_days_ago"])


_DATE = re.compile(r"(?<![\w.-])(20\d\d)-(\d\d?)-(\d\d?)(?![\w-])(?! ?[t ]\d\d:)")


def _dates(folded: str) -> str | None:
    """`2026-11-26`, or `2026-11-20/2026-11-24` where two are named; None where none is a day of the calendar."""
    days = []
    for match in _DATE.finditer(folded):
        try:
            days.append(date(*map(int, match.groups())).isoformat())
        except ValueError:
            continue
    return "/".join(sorted({days[0], days[-1]})) if days else None


def window_in(folded: str) -> str | None:
    """`the last two days` → `2d`; weeks become days; dates stay dates."""
    if dated := _dates(folded):
        return dated
    words = load("entities")["number_words"]
    if language_of(folded) == "de":
        folded = _HERE_IN_GERMAN.sub(" ", folded)
    if _two_days_ago().search(folded):
        return shifted("yesterday", "day", -1)
    for pattern, window in _windows():
        match = pattern.search(folded)
        if not match:
            continue
        if "{n}" not in window:
            return str(window)
        said = match.group("n")
        n = int(said) if said.isdigit() else int(words[said])
        if window.endswith("w"):
            return f"{n * 7}d"
        return window.replace("{n}", str(n))
    return None


def relative_in(folded: str) -> Relative | None:
    """`and the day before?`"""
    return next((one for pattern, one in _relatives() if pattern.search(folded)), None)


def without_windows(folded: str) -> str:
    """The text without the first window that it names."""
    for pattern in (_two_days_ago(), *(pattern for pattern, _ in _relatives())):
        if pattern.search(folded):
            return pattern.sub(" ", folded)
    if language_of(folded) == "de":
        folded = _HERE_IN_GERMAN.sub(" ", folded)
    for pattern, _ in _windows():
        if pattern.search(folded):
            return pattern.sub(" ", folded)
    return folded
