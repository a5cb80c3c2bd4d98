"""How a failed job differs from finished jobs of the same task: where it ran, with what, how much it took and was given."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from askpanda.schema.values import as_number, as_text, duration, megabytes, size

#: Finished jobs from which a difference says something.
ENOUGH = 3
#: A number is another one beyond this factor of all finished ones' largest, or below its inverse of the smallest.
FACTOR = 1.25
#: Share of the finished jobs that a value needs in order to be what is usual.
USUAL = 0.8
#: What is compared: the reader's word, and the fields of the record that give it, the first that is set.
_NAMED: dict[str, tuple[str, ...]] = {
    "site": ("computingsite",),
    "worker node": ("wn", "modificationhost"),
    "computing element": ("computingelement",),
    "software release": ("atlasrelease", "homepackage"),
    "container": ("container_name",),
    "platform": ("cmtconfig",),
    "CPU": ("cpuconsumptionunit",),
    "cores": ("actualcorecount", "corecount"),
}
_MEASURED: dict[str, tuple[str, ...]] = {
    "memory (PSS)": ("maxpss",),
    "wall time": ("durationsec",),
    "CPU time": ("cpuconsumptiontime",),
    "input files": ("ninputdatafiles",),
    "input size": ("inputfilebytes",),
    "events": ("nevents",),
}
#: What every job has another one of, so that having another one tells nothing; having the same one does.
_SCATTERED = {"worker node", "CPU"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing compared: the job's own value, what the finished ones have, and whether the two differ or agree.

    `same` counts finished jobs with the same value (None for measures); `sets_apart` where none, or nearly none, has it.
    """

    what: str
    own: str
    finished: str
    same: int | None
    sets_apart: bool


def node_of(text: str) -> str:
    """`slot1_3@node17.site.org` is on node17: the slot differs from job to job on one node."""
    return text.rsplit("@", 1)[-1]


def differences(job: dict[str, Any], finished: Iterable[dict[str, Any]]) -> list[Difference]:
    """What can be compared, what sets the job apart first. Field names in lower case; never raises for odd values.

    >>> [one.what for one in differences(failed, siblings) if one.sets_apart]
    ['site', 'memory (PSS)']
    """
    rows = list(finished)
    found = [_named(what, fields, job, rows) for what, fields in _NAMED.items()]
    found += [_measured(what, fields, job, rows) for what, fields in _MEASURED.items()]
    kept = [one for one in found if one is not None]
    return sorted(kept, key=lambda one: not one.sets_apart)


def _word(row: dict[str, Any], fields: tuple[str, ...]) -> str:
    return next((node_of(text)[:200] for name in fields if (text := as_text(row.get(name)))), "")


def _named(what: str, fields: tuple[str, ...], job: dict[str, Any], rows: list[dict[str, Any]]) -> Difference | None:
    own = _word(job, fields)
    others = Counter(word for row in rows if (word := _word(row, fields)))
    total = sum(others.values())
    if not own or not total:
        return None
    shown = ", ".join(f"{value} ({count})" for value, count in others.most_common(3))
    more = len(others) - 3
    same = others[own]
    apart = total >= ENOUGH and same / total <= 1 - USUAL and what not in _SCATTERED
    return Difference(what, own, f"{shown} and {more} others" if more > 0 else shown, same, apart)


def _measured(what: str, fields: tuple[str, ...], job: dict[str, Any], rows: list[dict[str, Any]]) -> Difference | None:
    own = _amount(job, fields)
    others = sorted(amount for row in rows if (amount := _amount(row, fields)) is not None)
    if own is None or not others:
        return None
    low, middle, high = others[0], median(others), others[-1]
    ends = [_shown(what, value) for value in (low, high, middle)]
    shown = ends[0] if low == high else f"{ends[0]} to {ends[1]}, half of them up to {ends[2]}"
    apart = len(others) >= ENOUGH and (own > FACTOR * high or own * FACTOR < low)
    return Difference(what, _shown(what, own), shown, None, apart)


def _amount(row: dict[str, Any], fields: tuple[str, ...]) -> float | None:
    """What was measured; nothing is written as 0 as well."""
    return next((value for name in fields if (value := as_number(row.get(name))) is not None and value > 0), None)


def _shown(what: str, value: float) -> str:
    if what == "memory (PSS)":
        return f"{megabytes(value)} MB"
    if what in ("wall time", "CPU time"):
        return duration(value)
    return size(value) if what == "input size" else f"{value:.0f}"
