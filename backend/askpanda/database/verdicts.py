"""Verdicts by signature: how often, where and since when jobs ended in the same way.

Shared by all owners (design: signature, code, verdict and counts), so a row has no text, path, person or file name. Jobs and
tasks are hashes, and a queue is only kept where its name looks like one. Days are those on which jobs ended, in UTC.
"""

import hashlib
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from askpanda.database.engine import Database
from askpanda.database.tables import verdict_days, verdict_jobs, verdicts
from askpanda.schema.answer import Diagnosis

#: Days that "seen so often" looks back.
WINDOW_DAYS = 7
#: Jobs that one answer may bring at most.
MOST = 2000
_SITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,63}", re.ASCII)
_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """A job that had the verdict. `ended` is seconds since 1970; the task 0 where none is known."""

    pandaid: int
    task: int
    site: str
    ended: float


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a verdict was seen since `since` (a day, 2026-11-23); `at_site` of `jobs` ended at the queue asked for.

    `sites` counts the queues and `tasks` the tasks that they are from; `last` is when the last one ended (s since 1970).
    """

    jobs: int
    at_site: int
    sites: int
    tasks: int
    since: str
    last: float


def _hash(*parts: object) -> str:
    return hashlib.blake2b("\0".join(map(str, parts)).encode("utf-8", "replace"), digest_size=16).hexdigest()


def monitor_key(address: str) -> str:
    """The hash that stands for a monitor: of its host and port, however the address is written."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return _hash("monitor", host.lower())


def site_name(text: str) -> str:
    """A queue's name, or "" for what is none."""
    return text if _SITE.fullmatch(text) else ""


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def _first_day(days: float) -> str:
    return (datetime.fromtimestamp(time.time(), UTC).date() - timedelta(days=days)).isoformat()


def note(
    database: Database, address: str, diagnosis: Diagnosis, jobs: Sequence[Job], *, keep_days: float, sure: bool = True
) -> None:
    """Count jobs under their verdict, each once whoever asks how often.

    A job that was counted under another signature moves, as one does once its log was read; a job that only stands in a
    group (`sure` False) moves nowhere. What ended longer ago than records are kept is left out.
    """
    monitor, signature = monitor_key(address), diagnosis.signature[:200]
    now, oldest = time.time(), _first_day(keep_days)
    changed: Counter[_Key] = Counter()
    ends: list[float] = []
    with database.write() as connection:
        for job in sorted(jobs[:MOST], key=lambda job: job.pandaid):  # one order for all: no two writers wait for each other
            ended = min(job.ended, now)
            if _day(ended) < oldest:
                continue
            change = _count(connection, monitor, signature, job, _day(ended), sure)
            if change:
                changed.update(change)
                ends.append(ended)
        _add(connection, changed)
        if ends:
            _name(connection, monitor, signature, diagnosis, min(ends), max(ends))


def _count(connection: Connection, monitor: str, signature: str, job: Job, day: str, sure: bool) -> dict[_Key, int]:
    """What counting a job changes; empty where it changes nothing."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    key, site = _hash("job", monitor, job.pandaid), site_name(job.site)
    row = {"monitor": monitor, "signature": signature, "day": day, "site": site, "sure": sure}
    task = _hash("task", monitor, job.task) if job.task else ""
    new = dialect.insert(verdict_jobs).values(job=key, task=task, **row).on_conflict_do_nothing(index_elements=["job"])
    if connection.execute(new.returning(verdict_jobs.c.job)).first():
        return {(monitor, signature, day, site): 1}
    known = connection.execute(select(verdict_jobs).where(verdict_jobs.c.job == key).with_for_update()).first()
    if known is None or (known.signature == signature and (known.sure or not sure)) or (known.sure and not sure):
        return {}
    connection.execute(update(verdict_jobs).where(verdict_jobs.c.job == key).values(**row))
    changed = Counter({(monitor, signature, day, site): 1})
    changed.update({(known.monitor, known.signature, known.day, known.site): -1})
    return dict(changed)


def _add(connection: Connection, changed: Counter[_Key]) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for (monitor, signature, day, site), jobs in sorted(changed.items()):
        if not jobs:
            continue
        new = dialect.insert(verdict_days).values(monitor=monitor, signature=signature, day=day, site=site, jobs=jobs)
        connection.execute(
            new.on_conflict_do_update(
                index_elements=["monitor", "signature", "day", "site"],
                set_={"jobs": verdict_days.c.jobs + new.excluded.jobs},
            )
        )
    if min(changed.values(), default=0) < 0:
        connection.execute(delete(verdict_days).where(verdict_days.c.jobs <= 0))


def _name(connection: Connection, monitor: str, signature: str, diagnosis: Diagnosis, first: float, last: float) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    fields = {
        "component": diagnosis.component[:32], "code": diagnosis.code, "party": diagnosis.party,
        "transient": diagnosis.transient, "retry": diagnosis.retry.advice,
    }  # fmt: skip
    new = dialect.insert(verdicts).values(monitor=monitor, signature=signature, first=first, last=last, **fields)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["monitor", "signature"],
            set_={
                **fields,
                "first": case((verdicts.c.first < new.excluded.first, verdicts.c.first), else_=new.excluded.first),
                "last": case((verdicts.c.last > new.excluded.last, verdicts.c.last), else_=new.excluded.last),
            },
        )
    )


def seen(database: Database, address: str, signature: str, site: str) -> Seen | None:
    """How often the verdict was seen in the last seven days; None for never."""
    monitor, signature, first = monitor_key(address), signature[:200], _first_day(WINDOW_DAYS - 1)
    table = verdict_days.c
    with database.read() as connection:
        rows = connection.execute(
            select(table.site, func.sum(table.jobs), func.min(table.day))
            .where(table.monitor == monitor, table.signature == signature, table.day >= first)
            .group_by(table.site)
        ).all()
        if not rows:
            return None
        tasks = connection.execute(
            select(func.count(verdict_jobs.c.task.distinct())).where(
                verdict_jobs.c.monitor == monitor,
                verdict_jobs.c.signature == signature,
                verdict_jobs.c.day >= first,
                verdict_jobs.c.task != "",
            )
        ).scalar_one()
        last = connection.execute(
            select(verdicts.c.last).where(verdicts.c.monitor == monitor, verdicts.c.signature == signature)
        ).scalar()
    by_site = {name: int(jobs) for name, jobs, _ in rows}
    return Seen(
        jobs=sum(by_site.values()),
        at_site=by_site.get(site_name(site), 0) if site_name(site) else 0,
        sites=len([name for name in by_site if name]),
        tasks=int(tasks),
        since=min(day for _, _, day in rows),
        last=last or 0.0,
    )


def remove_older(database: Database, days: float) -> int:
    """How many jobs are no longer counted because they ended longer ago than that."""
    first = _first_day(days)
    with database.write() as connection:
        gone = connection.execute(delete(verdict_jobs).where(verdict_jobs.c.day < first)).rowcount
        connection.execute(delete(verdict_days).where(verdict_days.c.day < first))
        kept = select(verdict_days.c.signature).where(
            verdict_days.c.monitor == verdicts.c.monitor, verdict_days.c.signature == verdicts.c.signature
        )
        connection.execute(delete(verdicts).where(~kept.exists()))
    return gone
