"""Pilots and workers: the sums of Harvester's statistics by state, queue and day, with the range of time they are of.

Fact (panda-server, worker_module.py): each Harvester reports how many workers a queue has in which state, and its report
replaces the one before, so a past day holds only what was not replaced since.
"""

import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.wording.live import as_of, at_place, count_table, missing, place_name, unknown_place, when_of
from askpanda.pipeline.wording.numbers import joined, known, number
from askpanda.schema.answer import Block, FollowUp, Sections

PAGE = "/harvester/getworkerstats/"


def pilots(brief: Brief) -> Words:
    """How many pilots (workers) a place had in a window."""
    found = workers_of(brief)
    if found is None:
        return missing(brief, "Harvester's numbers of workers")
    path, rows, where = found
    now = brief.route.entities.window is None and _NOW.search(brief.turn.question) is not None
    if now:
        rows = latest(rows)
    wanted = _statuses(brief, rows)
    status = " or ".join(wanted)
    if wanted:
        rows = [row for row in rows if known(row.get("status")) in wanted]
    cite = brief.cite("live", path)
    span = span_of(path)
    place = place_name(brief)
    source = f"{source_of(brief, path)} {as_of(brief)}"
    only = f"{status} " if status else ""
    if not rows:
        text = (
            f"Harvester's statistics have no {only}workers{where}{when_of(brief)}, {span}. "
            "They keep each Harvester's latest report only, so a past day can be missing."
        )
        read = f"{text}{cite}{unknown_place(brief)} {as_of(brief)}"
        return Words(sections=Sections(description=read.strip()), verbatim=True)
    total = sum(count_of(row) for row in rows)
    states = {
        **sums_of(rows, "status"),
        **{name: 0 for name in wanted if len(wanted) > 1 and name not in sums_of(rows, "status")},
    }
    shares = joined([f"{n} {name}" for name, n in states.items()])
    noun = "worker" if "worker" in brief.turn.question.lower() else "pilot"
    entries = "1 entry" if len(rows) == 1 else f"{len(rows)} entries"
    what = f"**{total}** {only}{noun}{'' if total == 1 else 's'}{where}"
    times = times_of(rows)
    if now:
        of = f"the latest reports of Harvester ({entries}), made from {times[0]} to {times[-1]} UTC" if times else entries
        head = f"{what} by {of}. By state: {shares}.{cite}"
    else:
        head = (
            f"{what}{when_of(brief)}: that is the sum of {entries} of Harvester's statistics, {span}. By state: {shares}.{cite}"
        )
    if _EMPTY.search(brief.turn.question):
        head += " How many of them were empty, and ran no job, these statistics do not say: ask how many jobs ran there then."
    again = "" if now else ", and one that was reported more than once counts each time"
    note = (
        "A worker is a batch slot that runs pilots; workers that were only submitted, or were cancelled, count among them"
        f"{again}."
    )
    return Words(
        sections=Sections(description=head, details=f"{note} {source}"),
        blocks=_tables(rows, states),
        follow_ups=_offers(brief, place),
        verbatim=True,
    )


def workers_of(brief: Brief) -> tuple[str, list[dict[str, Any]], str] | None:
    """(path, rows, words for where they are) of Harvester's statistics of a place; None where they were not read."""
    found = next(((path, page) for path, page in brief.gathered.pages.items() if path.startswith(PAGE)), None)
    if found is None or not isinstance(found[1], list):
        return None
    names, where = queues_of(brief), at_place(brief)
    rows = [row for row in found[1] if isinstance(row, dict) and (names is None or known(row.get("computingsite")) in names)]
    if names and sorted(names) != [place_name(brief)]:
        where += f" (queues {joined(sorted(names))})"
    return found[0], rows, where


def source_of(brief: Brief, path: str) -> str:
    """Where the numbers are from, and of which time."""
    return f"Source: Harvester's worker statistics of the monitor, `{PAGE}`, {span_of(path)}.{brief.cite('live', path)}"


def times_of(rows: list[dict[str, Any]]) -> list[str]:
    """When reports were made, the oldest first: `2026-11-22 10:15`."""
    return sorted(known(row.get("lastupdate"))[:16].replace("T", " ") for row in rows if known(row.get("lastupdate")))


_NOW = re.compile(
    r"\b(?:now|currently|at the moment|at present|this moment|maintenant|actuellement|jetzt|gerade|ahora)\b", re.I
)


def latest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest report of each Harvester on each kind of worker of each queue: what is there now, counted once."""
    newest: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: known(row.get("lastupdate"))):
        key = tuple(known(row.get(name)) for name in ("harvesterid", "computingsite", "resourcetype", "jobtype", "status"))
        newest[key] = row
    return list(newest.values())


def count_of(row: dict[str, Any]) -> int:
    return number(row.get("nworkers")) or 0


def queues_of(brief: Brief) -> set[str] | None:
    """The queues that the place stands for; None for all of them."""
    entities, queues = brief.route.entities, brief.gathered.queues
    if entities.queue:
        own = queues.named(entities.queue) if queues else None
        return {own or entities.queue}
    if not entities.site:
        if entities.cloud and queues:
            return {name for name, record in queues.records.items() if record.get("cloud") == entities.cloud}
        return None
    names = set(queues.of_place(entities.site)) if queues else set()
    if names:
        return names
    # without the list of queues, those whose name begins with the site's
    site = entities.site.casefold()
    lists = [page for path, page in brief.gathered.pages.items() if path.startswith(PAGE) and isinstance(page, list)]
    known_names = {known(row.get("computingsite")) for rows in lists for row in rows if isinstance(row, dict)}
    return {name for name in known_names if name.casefold().startswith(site)} or {entities.site}


#: States of a worker that Harvester reports.
_STATES = ("submitted", "ready", "running", "idle", "finished", "failed", "cancelled", "missed", "pending")
_EMPTY = re.compile(
    r"\bempty\b|\bwithout (?:a |any )?(?:jobs?|work|payload)\b|\bno jobs?\b"
    r"|\b(?:vides?|leere?\w*|vaci[oa]s?)\b",
    re.I,
)


def _statuses(brief: Brief, rows: list[dict[str, Any]]) -> list[str]:
    """The states asked for: `running pilots`, `cancelled or missed`, but not `how many pilots ran`."""
    named = [state for state in _STATES if re.search(rf"\b{state}\b", brief.turn.question, re.I)]
    if len(named) > 1:
        return named
    wanted = brief.route.entities.status or ""
    return [wanted] if any(known(row.get("status")) == wanted for row in rows) else []


def span_of(path: str) -> str:
    """`from 2026-11-22 00:00:00 to 2026-11-22 23:59:59 UTC`, as it was asked for."""
    query = parse_qs(urlsplit(path).query)
    start, end = (query.get(name, [""])[0].replace("T", " ") for name in ("lastupdate_from", "lastupdate_to"))
    return f"from {start} to {end} UTC"


def sums_of(rows: list[dict[str, Any]], field: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[known(row.get(field)) or "unknown"] += count_of(row)
    return dict(counts.most_common())


def _tables(rows: list[dict[str, Any]], states: dict[str, int]) -> list[Block]:
    blocks = [count_table("Workers by state", "State", states, "Workers")]
    by_queue: dict[str, Counter[str]] = {}
    for row in rows:
        by_queue.setdefault(known(row.get("computingsite")), Counter())[known(row.get("status")) or "unknown"] += count_of(row)
    if len(by_queue) > 1:
        lines = [
            [name, *(counts[state] for state in states), sum(counts.values())] for name, counts in sorted(by_queue.items())
        ]
        data = {"columns": ["Queue", *states, "All"], "rows": lines, "count": len(lines)}
        blocks.append(Block(kind="table", title="Workers by queue and state", data=data))
    days = sums_of([row | {"day": known(row.get("lastupdate"))[:10]} for row in rows], "day")
    if len(days) > 1:
        blocks.append(count_table("Workers by day (UTC)", "Day", dict(sorted(days.items())), "Workers"))
    for field, title, column in (
        ("resourcetype", "Workers by resource type", "Resource type"),
        ("jobtype", "Workers by kind of job", "Kind"),
    ):
        sums = sums_of(rows, field)
        if len(sums) > 1:
            blocks.append(count_table(title, column, sums, "Workers"))
    return blocks


def _offers(brief: Brief, place: str) -> list[FollowUp]:
    if not place:
        return [FollowUp(question="How does Harvester work?", why="Where these numbers come from")]
    offers = [FollowUp(question=f"How is {place} doing?", why="Its jobs and errors of the last hours")]
    if brief.route.entities.window != "today":
        offers.append(FollowUp(question=f"How many pilots ran today at {place}?", why="The same for today"))
    return offers
