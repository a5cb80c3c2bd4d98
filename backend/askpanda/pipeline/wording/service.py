"""Is the service there: which address answered, which did not, and how old each source is."""

import re
from datetime import UTC, datetime
from typing import Any

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.wording.numbers import counted, known
from askpanda.schema.answer import Block, FollowUp, Sections

PAGE = "/harvester/instances/"
#: The question is after the settings of queues first.
_OF_QUEUES = re.compile(r"\b(?:cric|queues?|metadata|settings)\b", re.I)


def service(brief: Brief) -> Words:
    """The monitor, its Harvester instances and the queue settings, each with its time."""
    gathered = brief.gathered
    where = f"monitor {gathered.monitor.rstrip('/')}".rstrip()
    path, page = next(((path, page) for path, page in gathered.pages.items() if path.startswith(PAGE)), ("", None))
    rows: list[list[Any]] = []
    when = gathered.as_of.replace("T", " ").rstrip("Z")
    if isinstance(page, list):
        head = f"The {where} is up: it answered on {when} UTC.{brief.cite('live', path)}"
        rows.append([f"M{where[1:]}", "answered", when, _age(when)])
    elif gathered.requests:
        asked = ", ".join(f"`{request.path}`" for request in gathered.requests)
        head = "I have not heard of the monitor in this question."
        head += f" I asked for {asked}; where the page can fetch it, the answer follows."
    elif gathered.notes:
        head = next((note for note in gathered.notes if PAGE in note), gathered.notes[-1])
        rows.append([f"M{where[1:]}", "did not answer", when, ""])
    else:
        head = "I have no monitor to ask. Ask on a page of the monitor, where it can be read with your session."
    instances = [row for row in page if isinstance(row, dict)] if isinstance(page, list) else []
    for row in instances:
        name = known(row.get("instance")) or known(row.get("harvester_id"))
        seen = known(row.get("lastupdate")).replace("T", " ")[:19]
        rows.append([f"Harvester {name}", "last report", seen, _age(seen)])
    if instances:
        newest = max(row[2] for row in rows[1:])
        head += f" {counted(len(instances), 'Harvester instance')} reported, the latest at {newest} UTC."
    queues = gathered.queues
    if queues is not None:
        read = queues.as_of.replace("T", " ").rstrip("Z")
        source = f"CRIC ({queues.source})" if queues.source else "the monitor's list of queues"
        settings = (
            f"The settings of {counted(len(queues.records), 'queue')} were read from {source} on {read} UTC, {_age(read)} ago."
            f"{brief.cite('live', queues.path)}"
        )
        head = f"{settings} {head}" if _OF_QUEUES.search(brief.turn.question) else f"{head} {settings}"
        rows.append([source, "read", read, _age(read)])
    block = Block(
        kind="table",
        title="Sources",
        data={"columns": ["Source", "State", "Time (UTC)", "Age"], "rows": rows, "count": len(rows)},
    )
    offers = [FollowUp(question="Show me the errors of the last 24 hours", why="Whether jobs fail more than usual")]
    return Words(sections=Sections(description=head), blocks=[block] if rows else [], follow_ups=offers, verbatim=True)


def _age(moment: str) -> str:
    """`12 minutes` since a time (UTC); "" for what is no time."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(moment).replace(tzinfo=UTC)).total_seconds()
    except ValueError:
        return ""
    minutes = max(round(seconds / 60), 0)
    if minutes == 0:
        return "less than a minute"
    if minutes < 120:
        return counted(minutes, "minute")
    return counted(round(minutes / 60), "hour") if minutes < 48 * 60 else counted(round(minutes / 1440), "day")
