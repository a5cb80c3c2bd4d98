"""Failed jobs in groups of the same cause, and what the jobs of a group have in common.

Jobs are of one group where component, code and the template of the record's text agree (ids, paths, numbers and hosts
taken out, `signature.template`). Each job is in exactly one group, so counts sum to the number of jobs.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import re2

from askpanda.diagnosis import cause
from askpanda.diagnosis.record import read_record
from askpanda.diagnosis.signature import signature, template
from askpanda.diagnosis.states import moment
from askpanda.diagnosis.types import Catalogue, RecordVerdict
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_identity, as_text, duration

#: Share of a group's jobs from which a value dominates it.
DOMINANT = 0.8
#: Jobs of a group below which nothing is said to be common.
ENOUGH = 3
#: Jobs that are named as examples.
EXAMPLES = 5
#: Jobs that are grouped at most; more are counted under the code alone.
MOST = 20_000
#: Failures within this time of each other came together (s).
TOGETHER = 1800
_TEXTS = ("piloterrordiag", "exeerrordiag", "ddmerrordiag", "taskbuffererrordiag")
#: Names in texts; in linear time, for a list has thousands of them.
_NAMED = {"file": re2.compile(cause.DID.pattern), "storage endpoint": re2.compile(cause.ENDPOINT.pattern)}
#: What groups are compared by: word for the reader, and the fields of the record that give it. Of the fields in `_TEXTS`
#: it is what they name: the file that could not be read, the storage that did not answer.
_COMMON: dict[str, tuple[str, ...]] = {
    "site": ("computingsite",),
    "worker node": ("wn", "modificationhost"),
    "computing element": ("computingelement",),
    "input dataset": ("proddblock",),
    "file": _TEXTS,
    "storage endpoint": _TEXTS,
    "software": ("homepackage", "atlasrelease"),
    "container": ("container_name",),
    "platform": ("cmtconfig",),
    "CPU": ("cpuconsumptionunit",),
    "owner": ("produsername",),
    "task": ("jeditaskid",),
}
#: What every job of one question has in common, so that it is no finding where there is but one group.
_ASKED = {"task", "owner"}


@dataclass(frozen=True, slots=True)
class Common:
    """A value that at least 80 % of a group's jobs share. `others` is its share among the jobs of the other groups, 0 to 1."""

    what: str
    value: str
    share: float
    others: float


@dataclass(slots=True)
class Cluster:
    """Jobs that failed in the same way.

    `share` is that of all jobs, 0 to 1; `text` the record's own words of the first job; `jobs` all PandaIDs in the order
    in which they came; `first` and `last` the times (UTC) at which they ended.
    """

    signature: str
    component: str
    code: int
    name: str = ""
    text: str = ""
    count: int = 0
    share: float = 0.0
    jobs: list[int] = field(default_factory=list)
    sites: dict[str, int] = field(default_factory=dict)
    common: list[Common] = field(default_factory=list)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def label(self) -> str:
        """`pilot 1305, PAYLOADEXECUTIONFAILURE`."""
        code = f"{self.component} {self.code}" if self.code else "no error code"
        return f"{code}, {self.name}" if self.name else code

    @property
    def examples(self) -> list[int]:
        """Jobs to look at."""
        return self.jobs[:EXAMPLES]

    def sentences(self) -> list[str]:
        """What the jobs have in common, one thing each, the most telling first, and when they failed."""
        return [*(_shared([common]) for common in self.common), *self.when()]

    def when(self) -> list[str]:
        """Whether they failed together, or from when to when; nothing for few."""
        if not (self.first and self.last and self.count >= ENOUGH):
            return []
        span = (self.last - self.first).total_seconds()
        begin = f"{self.first:%Y-%m-%d %H:%M} UTC"
        if span <= TOGETHER:
            return [f"They failed together, within {duration(span)} from {begin} on."]
        return [f"The first failed at {begin}, the last {duration(span)} later."]


def shared(commons: Iterable[Common]) -> list[str]:
    """What is common, in one sentence for all that as many of the jobs, and as many of the others, have."""
    alike: dict[tuple[str, str], list[Common]] = {}
    for common in commons:
        alike.setdefault(_shares(common), []).append(common)
    return [_shared(together) for together in alike.values()]


def _shares(common: Common) -> tuple[str, str]:
    """The two shares of it, as they are said."""
    every = "All" if common.share == 1 else f"{common.share:.0%}"
    rest = "none" if common.others < 0.005 else f"only {common.others:.0%}"
    return every, rest if common.others < common.share / 2 else ""


def _shared(together: list[Common]) -> str:
    every, rest = _shares(together[0])
    named = [f"the {common.what} {common.value}" for common in together]
    things = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    each = "each of which" if len(named) > 1 and rest != "none" else "which"
    return f"{every} of them have {things}{f', {each} {rest} of the other failed jobs have' if rest else ''}."


def clusters(jobs: Iterable[dict[str, Any]], catalogue: Catalogue) -> list[Cluster]:
    """Groups of the failed jobs among the records, the largest first. Never raises for what stands in a record.

    A record that is listed twice counts once; jobs in other states are left out. What all jobs of all groups share says
    nothing about a group, so the same task or owner is only named where the groups differ in it.

        >>> [(group.component, group.code, group.count) for group in clusters(rows, catalogue)]
        [('pilot', 1305, 37), ('pilot', 1099, 4)]
    """
    groups: dict[str, Cluster] = {}
    values: dict[str, list[tuple[str, ...]]] = {}
    times: dict[str, list[datetime]] = {}
    seen: set[int] = set()
    for given in jobs:
        if not isinstance(given, dict):
            continue
        row = {str(key).lower(): value for key, value in given.items()}
        pandaid = as_identity(row.get("pandaid"))
        if pandaid is None or pandaid in seen or as_text(row.get("jobstatus")).lower() != "failed":
            continue
        seen.add(pandaid)
        record = read_record(JobEvidence(pandaid=pandaid, job=row), catalogue)
        key = _key(record, len(seen) > MOST)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _new(key, record)
        group.jobs.append(pandaid)
        site = as_text(row.get("computingsite"))
        if site:
            group.sites[site] = group.sites.get(site, 0) + 1
        values.setdefault(key, []).append(tuple(_value(row, what, fields) for what, fields in _COMMON.items()))
        time = moment(row.get("endtime")) or moment(row.get("modificationtime"))
        if time is not None:
            times.setdefault(key, []).append(time)
    everywhere = [Counter(column) for column in zip(*(row for rows in values.values() for row in rows), strict=True)]
    for key, group in groups.items():
        group.count = len(group.jobs)
        group.share = group.count / len(seen)
        group.common = _in_common(values[key], everywhere, len(seen))
        group.first, group.last = min(times.get(key, []), default=None), max(times.get(key, []), default=None)
    return sorted(groups.values(), key=lambda group: (-group.count, group.component, group.code, group.signature))


def common_to_all(jobs: Iterable[dict[str, Any]]) -> list[Common]:
    """What at least 80 % of failed jobs share, whatever they failed of; nothing for few. Field names in lower case."""
    rows = [tuple(_value(row, what, fields) for what, fields in _COMMON.items()) for row in jobs]
    if len(rows) < ENOUGH:
        return []
    found = []
    for place, what in enumerate(_COMMON):
        value, count = Counter(row[place] for row in rows).most_common(1)[0]
        if value and count >= DOMINANT * len(rows):
            found.append(Common(what, value, count / len(rows), count / len(rows)))
    return sorted(found, key=lambda common: -common.share)


def _key(record: RecordVerdict | None, plain: bool) -> str:
    if record is None or not record.component:
        return "none:0"
    if plain:
        return signature(record.component, record.code)
    text, standard = template(record.message), template(record.entry.message) if record.entry else ""
    told = "" if text.rstrip(". ") == standard.rstrip(". ") else text
    key = signature(record.component, record.code, text=told)
    if (record.component, record.code) == ("pilot", 1305):
        # the pilot's text is the same for all payload failures: the payload's own codes tell them apart
        key += "".join(f"+{name}:{code}" for name in ("executor", "transform") if (code := record.code_of(name)))
    return key


def _new(key: str, record: RecordVerdict | None) -> Cluster:
    if record is None:
        return Cluster(key, "", 0)
    entry = record.entry
    text = record.message or (entry.message if entry else "")
    return Cluster(key, record.component, record.code, entry.name if entry else "", text[:300])


def _value(row: dict[str, Any], what: str, fields: tuple[str, ...]) -> str:
    named = _NAMED.get(what)
    if named is not None:
        texts = (named.search(as_text(row.get(name))[:1000]) for name in fields)
        return next((str(match.group(1)) for match in texts if match), "")
    for name in fields:
        text = as_text(row.get(name))[:200]
        if text:
            # slot1_3@node17: the slot differs from job to job on one node
            return text.rsplit("@", 1)[-1] if name in {"wn", "modificationhost"} else text
    return ""


def _in_common(rows: list[tuple[str, ...]], everywhere: list[Counter[str]], total: int) -> list[Common]:
    """`rows` are the group's values, in the order of `_COMMON`; `everywhere` counts the values of all jobs."""
    if len(rows) < ENOUGH:
        return []
    found = []
    rest = total - len(rows)
    for place, what in enumerate(_COMMON):
        value, count = Counter(row[place] for row in rows).most_common(1)[0]
        share = count / len(rows)
        if not value or share < DOMINANT:
            continue
        others = (everywhere[place][value] - count) / rest if rest else 0.0
        if others >= share or (not rest and what in _ASKED):
            continue  # the other groups have it as well, or it is what was asked about: it explains nothing
        found.append(Common(what, value, share, others))
    return sorted(found, key=lambda common: common.others - common.share)
