"""Numbers of the monitor as they are now: statistics, queues, sites. Exact where a page was read; plain where none was."""

import re
from typing import Any

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import bounds
from askpanda.pipeline.wording.numbers import counted, joined, known, number
from askpanda.pipeline.wording.summaries import (
    ErrorCount,
    attribute_counts,
    error_table,
    errors_by_code,
    state_counts,
    was_read,
)
from askpanda.schema.answer import Block, FollowUp, Sections

_WINDOW_WORDS = {"today": "today", "yesterday": "yesterday"}


def statistics(brief: Brief) -> Words:
    """Counts of jobs, pilots or errors."""
    pages = brief.gathered.pages
    workers = _workers(brief)
    counts = state_counts(pages)
    errors = errors_by_code(pages)
    if brief.route.entities.object == "pilots" and was_read(pages, "workers"):
        return _pilots(brief, workers)
    if not counts and not errors and was_read(pages, "errsByCount"):
        nothing = f"The monitor has no jobs{_where(brief)}{_when(brief)} that match.{brief.cite('live')} {_as_of(brief)}"
        return Words(sections=Sections(description=nothing.strip()), verbatim=True)
    if not counts and not errors:
        return _missing(brief, "the counts that this needs")
    cite = brief.cite("live")
    where, when, as_of = _where(brief), _when(brief), _as_of(brief)
    lines: list[str] = []
    blocks: list[Block] = []
    wanted = brief.route.entities.status
    if counts:
        total = sum(counts.values())
        if wanted:
            lines.append(f"**{counts.get(wanted, 0)}** of {counted(total, 'job')}{where}{when} are {wanted}.{cite}")
        else:
            lines.append(f"The monitor lists {counted(total, 'job')}{where}{when}.{cite}")
        shares = [f"{n} {state}" for state, n in counts.items()]
        lines.append(f"By state: {joined(shares)}.")
        if "failed" in counts and counts.get("finished", 0) + counts["failed"]:
            ended = counts["failed"] + counts.get("finished", 0)
            lines.append(
                f"Failure rate, failed of failed and finished: {round(100 * counts['failed'] / ended, 1)} % "
                f"({counts['failed']} of {ended})."
            )
        blocks.append(_count_table("Jobs by state", "State", counts))
        sites = attribute_counts(pages, "computingsite")
        if len(sites) > 1:
            blocks.append(_count_table("Jobs by queue", "Queue", sites))
    problems = [_error_line(brief, error, cite) for error in errors[:8]]
    if errors:
        lines.append(
            f"{counted(sum(error.count for error in errors), 'error')} of {counted(len(errors), 'kind')} are "
            f"counted{where}{when}.{cite}"
        )
        blocks.append(error_table(errors, f"Errors{where}{when}"))
    lines.append(as_of)
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line), problems=problems),
        blocks=blocks,
        follow_ups=_lookups(errors),
    )


def site_health(brief: Brief) -> Words:
    """One site or queue: jobs by state, the share that fails, the errors."""
    pages = brief.gathered.pages
    counts, errors = state_counts(pages), errors_by_code(pages)
    if not counts and not errors:
        return _missing(brief, "its jobs and errors")
    cite = brief.cite("live")
    name = _place_name(brief) or "the site"
    failed, finished = counts.get("failed", 0), counts.get("finished", 0)
    lines = [
        (
            f"**{name}**{_when(brief)}: {counted(sum(counts.values()), 'job')}, {failed} failed, {finished} "
            f"finished, {counts.get('running', 0)} running.{cite}"
        )
    ]
    if failed + finished:
        share = round(100 * failed / (failed + finished), 1)
        judgement = "nothing unusual" if share < 10 else "more failures than usual" if share < 30 else "a problem"
        lines.append(f"Of the jobs that ended, {share} % failed, which looks like {judgement}.")
    if errors:
        top = errors[0]
        lines.append(f"The most frequent error is {top.component} {top.code} with {counted(top.count, 'job')}.")
    lines.append(_as_of(brief))
    blocks = [_count_table("Jobs by state", "State", counts)] if counts else []
    if errors:
        blocks.append(error_table(errors, f"Errors at {name}"))
    return Words(
        sections=Sections(
            description=" ".join(line for line in lines if line),
            problems=[_error_line(brief, error, cite) for error in errors[:6]],
        ),
        blocks=blocks,
        follow_ups=_lookups(errors),
    )


def queue_metadata(brief: Brief) -> Words:
    """Settings of queues, as far as the monitor's list of queues has them."""
    rows = _queues(brief)
    if not rows:
        return _missing(brief, "the settings of the queues, which come from CRIC by the monitor's list of queues")
    cite = brief.cite("live")
    fields = [field for field in _QUEUE_FIELDS if any(known(row.get(field)) for row in rows)]
    asked = [field for field in _named_fields(brief.turn.question) if field in fields]
    total = len(rows)
    wanted = next((word for word in _QUEUE_STATES if re.search(rf"\b{word}\b", brief.turn.question, re.I)), None)
    if wanted and total > 1:
        rows = [row for row in rows if known(row.get("status")).lower() == wanted]
        if not rows:
            none = f"None of the {total} queues in the monitor's list is {wanted}.{cite} {_as_of(brief)}"
            return Words(sections=Sections(description=none.strip()), verbatim=True)
    shown = [
        "nickname" if any(known(row.get("nickname")) for row in rows) else "siteid",
        *(asked or [field for field in fields if field not in ("nickname", "siteid")][:6]),
    ]
    table = [[known(row.get(field)) for field in shown] for row in rows]
    block = Block(kind="table", title="Queues", data={"columns": shown, "rows": table, "count": len(table)})
    place = _place_name(brief)
    head = f"{counted(len(rows), 'queue')}{f' of {place}' if place else ''} in the monitor's list.{cite}"
    if len(rows) == 1:
        facts = [f"{field} {known(rows[0].get(field))}" for field in shown[1:] if known(rows[0].get(field))]
        head = f"Queue **{known(rows[0].get(shown[0]))}**: {', '.join(facts)}.{cite}"
    lacking = [field for field in _named_fields(brief.turn.question) if not any(known(row.get(field)) for row in rows)]
    missing = f" The list does not have {joined(lacking)}; CRIC has." if lacking and not asked else ""
    listed = "\n".join(f"- {' · '.join(cell for cell in row if cell)}" for row in table[:40]) if len(rows) > 1 else ""
    return Words(
        sections=Sections(description=f"{head}{missing} {_as_of(brief)}".strip(), details=listed), blocks=[block], verbatim=True
    )


_QUEUE_STATES = ("offline", "online", "brokeroff", "test")
_QUEUE_FIELDS = (
    "nickname",
    "siteid",
    "status",
    "cloud",
    "tier",
    "type",
    "resource_type",
    "corecount",
    "corepower",
    "maxrss",
    "minrss",
    "maxtime",
    "timefloor",
    "maxwdir",
    "copytool",
    "copytools",
    "region",
    "workflow",
    "harvester",
    "pilot_manager",
    "pilot_version",
    "container_type",
    "site",
    "gocname",
    "comment_field",
    "comment",
)


def _named_fields(question: str) -> list[str]:
    """The fields of a queue that a question names: `core power`, `copytools`."""
    said = re.sub(r"[ _-]", "", question.lower())
    return [
        field
        for field in _QUEUE_FIELDS
        if len(field) > 5 and field.replace("_", "") in said and field not in ("status", "region")
    ]


def _queues(brief: Brief) -> list[dict[str, Any]]:
    rows = [row for page in brief.gathered.pages.values() if isinstance(page, list) for row in page if isinstance(row, dict)]
    rows += [
        row
        for page in brief.gathered.pages.values()
        if isinstance(page, dict) and isinstance(page.get("sites"), list)
        for row in page["sites"]
        if isinstance(row, dict)
    ]
    entities = brief.route.entities
    place = (entities.queue or entities.site or "").lower()
    if not place:
        return rows
    exact = [
        row
        for row in rows
        if place in (known(row.get("nickname")).lower(), known(row.get("siteid")).lower(), known(row.get("name")).lower())
    ]
    if exact:
        return exact
    names = ("site", "gocname", "gstat", "panda_site", "atlas_site", "nickname", "siteid")
    return [row for row in rows if any(known(row.get(field)).lower().startswith(place) for field in names)]


def _workers(brief: Brief) -> list[dict[str, Any]]:
    """Rows of the workers' list that started (or were submitted) in the window asked for: the list goes back further."""
    lists = [page.get("workers") for page in brief.gathered.pages.values() if isinstance(page, dict)]
    rows = [row for listed in lists if isinstance(listed, list) for row in listed if isinstance(row, dict)]
    window = bounds(brief.route.entities.window)
    if window is None:
        return rows
    start, end = (f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in window)
    return [row for row in rows if start <= _moment(row) <= end]


def _moment(row: dict[str, Any]) -> str:
    return (known(row.get("starttime")) or known(row.get("submittime"))).replace(" ", "T")


def _pilots(brief: Brief, workers: list[dict[str, Any]]) -> Words:
    cite = brief.cite("live")
    where, when = _where(brief), _when(brief)
    if not workers:
        text = f"Harvester lists no workers{where}{when}; a site can have queues under other names.{cite} {_as_of(brief)}"
        return Words(sections=Sections(description=text.strip()), verbatim=True)
    by_status: dict[str, int] = {}
    for row in workers:
        status = known(row.get("status")) or "unknown"
        by_status[status] = by_status.get(status, 0) + 1
    window = bounds(brief.route.entities.window)
    span = f" The window is {window[0]:%Y-%m-%d %H:%M} to {window[1]:%Y-%m-%d %H:%M} UTC." if window else ""
    shares = joined([f"{n} {status}" for status, n in by_status.items()])
    total = counted(len(workers), "worker")
    text = f"Harvester lists **{total}**, the batch slots that run pilots{where}{when}: {shares}.{cite}{span}"
    return Words(
        sections=Sections(description=f"{text} {_as_of(brief)}".strip()),
        blocks=[_count_table("Workers by state", "State", by_status)],
    )


def _missing(brief: Brief, what: str) -> Words:
    asked = brief.gathered.requests
    text = f"I do not have {what}, so I cannot give numbers."
    if asked:
        text += (
            f" They are on the monitor at {joined([f'`{request.path}`' for request in asked])}; I asked for "
            f"that, and where the page can fetch it, the answer follows."
        )
    elif not brief.gathered.notes:
        text += " Ask on a page of the monitor, where they can be read with your session."
    return Words(sections=Sections(description=text), verbatim=True)


def _place_name(brief: Brief) -> str:
    entities = brief.route.entities
    return entities.queue or entities.site or (f"the {entities.cloud} cloud" if entities.cloud else "")


def _where(brief: Brief) -> str:
    place = _place_name(brief)
    user = brief.route.entities.user
    return (f" at {place}" if place else "") + (" of yours" if user == "me" else f" of {user}" if user else "")


def _when(brief: Brief) -> str:
    window = brief.route.entities.window
    if not window:
        return ""
    if window in _WINDOW_WORDS:
        return f" {window}"
    amount = number(window[:-1]) or 0
    return f" in the last {counted(amount, 'hour' if window.endswith('h') else 'day')}"


def _as_of(brief: Brief) -> str:
    if not brief.gathered.as_of or not brief.gathered.pages:
        return ""
    return f"Read from the monitor on {brief.gathered.as_of.replace('T', ' ').rstrip('Z')} UTC."


def _count_table(title: str, column: str, counts: dict[str, int]) -> Block:
    rows = [[name, n] for name, n in counts.items()]
    return Block(
        kind="table",
        title=title,
        data={"columns": [column, "Jobs" if "Worker" not in title else "Workers"], "rows": rows, "count": len(rows)},
    )


def _error_line(brief: Brief, error: ErrorCount, cite: str) -> str:
    entry = brief.catalogue.get(error.component, error.code)
    label = f"{entry.name}: {entry.message}" if entry else error.text
    return f"{error.component} {error.code}, {counted(error.count, 'job')}: {label}.{cite}".replace("..", ".")


def _lookups(errors: list[ErrorCount]) -> list[FollowUp]:
    offers = [
        FollowUp(question=f"What does {error.component} {error.code} mean?", why="A frequent error here")
        for error in errors[:2]
    ]
    return offers + [
        FollowUp(question=f"Why did job {error.example} fail?", why=f"An example of {error.component} {error.code}")
        for error in errors[:1]
        if error.example
    ]
