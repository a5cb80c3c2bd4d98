"""Who fails most: the failed jobs of each site, user or task, out of those that finished or failed, by number and by rate."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from askpanda.pipeline.wording.numbers import counted, joined
from askpanda.schema.answer import Block

#: Ended jobs below which a rate says little.
FEW = 10
_SAID = 3
Order = Literal["rate", "number", "worst"]
_WORST = re.compile(r"\b(?:worst|pires?|plus mal|plus mauvais\w*|schlimmste\w*|schlechteste\w*|peor(?:es)?)\b", re.I)
#: `most failures`, and `sort them by failures` after rates.
_NUMBER = re.compile(
    r"\b(?:most|highest number|meisten|mas|más|plus d['’e])\b"
    r"|\b(?:sort|order|rank|sortier|trie|ordena)\w*\b.{0,20}\b(?:failures|failed|errors|number|count|echecs|fehler\w*|fallos)\b"
    r"(?! ?rate)", re.I,
)  # fmt: skip
_RATE = re.compile(r"\b(?:rates?|ratios?|percent\w*|share|taux|\w*quote|\w*rate|anteil|tasa|porcentaje)\b|%", re.I)


@dataclass(frozen=True)
class Failing:
    """One of them. `ended` are its jobs that finished or failed."""

    name: str
    failed: int
    ended: int

    @property
    def rate(self) -> float:
        """Percent."""
        return round(100 * self.failed / self.ended, 1) if self.ended else 0.0

    @property
    def share(self) -> str:
        """`24.5 %, 35 of 143`"""
        return f"{self.rate} %, {self.failed} of {self.ended}"


def order_of(question: str, usual: Order) -> Order:
    """What they are ranked by: a rate or a number, where one is named; both, where the worst is asked for."""
    if _RATE.search(question):
        return "rate"
    if _WORST.search(question):
        return "worst"
    return "number" if _NUMBER.search(question) else usual


def failing(failed: Mapping[str, int], ended: Mapping[str, int]) -> list[Failing]:
    """All of which a job ended. What failed has ended, whenever the two were counted."""
    names = dict.fromkeys([*ended, *failed])
    return [
        Failing(name, failed.get(name, 0), max(ended.get(name, 0), failed.get(name, 0)))
        for name in names
        if ended.get(name) or failed.get(name)
    ]


def by_number(every: Iterable[Failing]) -> list[Failing]:
    return sorted(every, key=lambda one: (-one.failed, -one.rate, one.name.casefold()))


def by_rate(every: Iterable[Failing]) -> list[Failing]:
    """Those with few ended jobs last: their rates say little."""
    return sorted(every, key=lambda one: (one.ended < FEW, -one.rate, -one.ended, one.name.casefold()))


def lead_of(every: list[Failing], order: Order, noun: str, where: str, what: str = "job") -> str:
    """The sentence that answers which fails most. `where` is the place and time, `noun` what is ranked."""
    numbers, rates = by_number(every), by_rate(every)
    enough = [one for one in rates if one.ended >= FEW] or rates
    least = f", counting {noun}s with at least {FEW} ended {what}s" if len(enough) < len(every) else ""
    if order == "rate":
        said = joined([f"**{one.name}** ({one.share})" for one in enough[:_SAID]])
        few = len(every) - len(enough)
        skipped = f"; {counted(few, noun)} with fewer than {FEW} ended {what}s {'is' if few == 1 else 'are'} in the table only"
        return f"The highest failure rates by {noun}{where}: {said}{skipped if few else ''}."
    worst = numbers[0]
    if not worst.failed:
        return f"No {noun} has a failed {what}{where}."
    if order == "number":
        failed = [one for one in numbers if one.failed]
        said = joined([f"**{one.name}** ({told(one, what)})" for one in failed[:_SAID]])
        return f"The {noun}s with the most failed {what}s{where}: {said}."
    first = enough[0]
    if first.name == worst.name:
        return (
            f"**{worst.name}** is the worst {noun}{where}, by the number of failed {what}s and by their rate alike: "
            f"{worst.failed} of the {worst.ended} that finished or failed ({worst.rate} %){least}."
        )
    return (
        f"By the number of failed {what}s **{worst.name}** is the worst {noun}{where}: {worst.failed} of the {worst.ended} "
        f"that finished or failed ({worst.rate} %). By the rate it is **{first.name}** ({first.share}){least}."
    )


def told(one: Failing, what: str = "job") -> str:
    """`35 jobs, 24.5 % of the 143 that ended`"""
    return f"{counted(one.failed, what)}, {one.rate} % of the {one.ended} that ended"


def failing_table(every: list[Failing], order: Order, column: str, title: str) -> Block:
    rows: list[list[Any]] = [
        [one.name, one.failed, one.ended, one.rate] for one in (_plain(every) if order == "rate" else by_number(every))
    ]
    data = {"columns": [column, "Failed", "Failed or finished", "Failed (%)"], "rows": rows, "count": len(rows)}
    return Block(kind="table", title=title, data=data)


def _plain(every: list[Failing]) -> list[Failing]:
    return sorted(every, key=lambda one: (-one.rate, -one.ended, one.name.casefold()))
