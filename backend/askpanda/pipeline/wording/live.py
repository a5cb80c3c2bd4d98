"""Numbers of the monitor as they are now: statistics, queues, sites. Exact where a page was read; plain where none was."""

from collections import Counter

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import DEFAULT_HOURS
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
    counts = state_counts(pages)
    errors = errors_by_code(pages)
    if not counts and not errors and was_read(pages, "errsByCount"):
        nothing = f"The monitor has no jobs{where_of(brief)}{when_of(brief)} that match.{brief.cite('live')} {as_of(brief)}"
        return Words(sections=Sections(description=nothing.strip()), verbatim=True)
    if not counts and not errors:
        return missing(brief, "the counts that this needs")
    cite = brief.cite("live")
    where, when = where_of(brief), when_of(brief)
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
        blocks.append(count_table("Jobs by state", "State", counts))
        sites = attribute_counts(pages, "computingsite")
        if len(sites) > 1:
            blocks.append(count_table("Jobs by queue", "Queue", sites))
    problems = [error_line(brief, error, cite) for error in errors[:8]]
    if errors:
        lines.append(
            f"{counted(sum(error.count for error in errors), 'error')} of {counted(len(errors), 'kind')} are "
            f"counted{where}{when}.{cite}"
        )
        blocks.append(error_table(errors, f"Errors{where}{when}"))
    lines.append(as_of(brief))
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line), problems=problems),
        blocks=blocks,
        follow_ups=lookups(errors),
    )


def site_health(brief: Brief) -> Words:
    """One site or queue: the state of its queues, jobs by state, the share that fails, the errors."""
    pages = brief.gathered.pages
    counts, errors = state_counts(pages), errors_by_code(pages)
    queues = _states_of_queues(brief)
    read = was_read(pages, "selectionsummary") or was_read(pages, "errsByCount")
    if not read and not queues:
        return missing(brief, "its jobs and errors")
    name = place_name(brief) or "the site"
    lines, blocks = [], []
    if queues:
        rows, cite = queues
        states = Counter(row[1] or "unknown" for row in rows)
        shares = joined([f"{n} {state}" for state, n in states.most_common()])
        said = f"is {rows[0][1] or 'unknown'}" if len(rows) == 1 else f"{counted(len(rows), 'queue')}: {shares}"
        lines.append(f"**{name}** {said}.{cite}" if len(rows) == 1 else f"**{name}** has {said}.{cite}")
        columns = ["Queue", "Status", "Since (UTC)", "Comment"]
        blocks.append(
            Block(kind="table", title=f"Queues of {name}", data={"columns": columns, "rows": rows, "count": len(rows)})
        )
    cite = brief.cite("live", next((path for path in pages if path.startswith("/jobs/")), ""))
    failed, finished = counts.get("failed", 0), counts.get("finished", 0)
    if read:
        jobs = counted(sum(counts.values()), "job")
        lines.append(
            f"{'Its jobs' if queues else f'**{name}**'}{when_of(brief)}: {jobs}, {failed} failed, {finished} finished, "
            f"{counts.get('running', 0)} running.{cite}"
        )
    if failed + finished:
        share = round(100 * failed / (failed + finished), 1)
        judgement = "nothing unusual" if share < 10 else "more failures than usual" if share < 30 else "a problem"
        lines.append(f"Of the jobs that ended, {share} % failed, which looks like {judgement}.")
    if errors:
        top = errors[0]
        lines.append(f"The most frequent error is {top.component} {top.code} with {counted(top.count, 'job')}.")
    elif read:
        lines.append("The monitor counts no errors there.")
    lines.append(as_of(brief))
    blocks += [count_table("Jobs by state", "State", counts)] if counts else []
    if errors:
        blocks.append(error_table(errors, f"Errors at {name}"))
    return Words(
        sections=Sections(
            description=" ".join(line for line in lines if line),
            problems=[error_line(brief, error, cite) for error in errors[:6]],
        ),
        blocks=blocks,
        follow_ups=lookups(errors),
        verbatim=True,
    )


def _states_of_queues(brief: Brief) -> tuple[list[list[str]], str] | None:
    """(queue, status, since, comment) of each queue of the place, and the citation; None where that is not known."""
    queues, entities = brief.gathered.queues, brief.route.entities
    place = entities.queue or entities.site
    names = queues.of_place(place, as_queue=entities.queue is not None) if queues and place else []
    if queues is None or not names:
        return None
    rows = []
    for name in names:
        record = queues.records[name]
        since = known(record.get("state_update")) or known(record.get("last_modified"))
        comment = known(record.get("comment")) or known(record.get("state_comment"))
        rows.append([name, known(record.get("status")), since.replace("T", " "), comment])
    return rows, brief.cite("live", queues.path)


def missing(brief: Brief, what: str) -> Words:
    """No numbers: what is lacking, and where it was asked for."""
    asked = brief.gathered.requests
    text = f"I do not have {what}, so I cannot give numbers."
    if asked:
        text += (
            f" They are on the monitor at {joined([f'`{request.path}`' for request in asked])}; I asked for "
            f"that, and where the page can fetch it, the answer follows."
        )
    elif brief.gathered.notes:
        text += f" {' '.join(brief.gathered.notes[:2])}"
    else:
        text += " Ask on a page of the monitor, where they can be read with your session."
    return Words(sections=Sections(description=text), verbatim=True)


def place_name(brief: Brief) -> str:
    """The queue, site or cloud of the question, as it is to be said."""
    entities = brief.route.entities
    return entities.queue or entities.site or (f"the {entities.cloud} cloud" if entities.cloud else "")


def where_of(brief: Brief) -> str:
    """` at BNL (queues BNL and BNL_OSG_SPOT) of yours`, with a blank before; a site's queues are named where they are known."""
    place, user = place_name(brief), brief.route.entities.user
    queues, site = brief.gathered.queues, brief.route.entities.site
    names = queues.of_place(site) if queues and site and not brief.route.entities.queue else []
    of_queues = f" (queues {joined(names)})" if 0 < len(names) <= 6 and names != [place] else ""
    known_viewer = bool(brief.turn.request.context.viewer)
    whose = (" of yours" if known_viewer else "") if user == "me" else f" of {user}" if user else ""
    return (f" at {place}{of_queues}" if place else "") + whose


def when_of(brief: Brief) -> str:
    """` in the last 6 hours`, with a blank before; the window that was looked at where none was asked for."""
    entities = brief.route.entities
    if entities.window in _WINDOW_WORDS:
        return f" {entities.window}"
    if not entities.window and entities.task_ids:
        return ""
    window = entities.window or f"{DEFAULT_HOURS}h"
    amount = number(window[:-1]) or 0
    return f" in the last {counted(amount, 'hour' if window.endswith('h') else 'day')}"


def as_of(brief: Brief) -> str:
    """When the monitor was read; "" where no page of it was."""
    return f"Read from the monitor on {moment_of(brief)} UTC." if brief.gathered.as_of and brief.gathered.pages else ""


def read_at(brief: Brief) -> str:
    """When the record of a job or task was read; "" where the page brought it, which may be older than the question."""
    page, gathered = brief.turn.request.context, brief.gathered
    brought = page.job if gathered.task is None else page.task
    return f"Read from the monitor on {moment_of(brief)} UTC." if gathered.as_of and not brought else ""


def moment_of(brief: Brief) -> str:
    """When this was read, `2026-11-28 14:02:47` (UTC)."""
    return brief.gathered.as_of.replace("T", " ").rstrip("Z")


def count_table(title: str, column: str, counts: dict[str, int], what: str = "Jobs") -> Block:
    """How many of `what` have which value."""
    rows = [[name, n] for name, n in counts.items()]
    return Block(kind="table", title=title, data={"columns": [column, what], "rows": rows, "count": len(rows)})


def error_line(brief: Brief, error: ErrorCount, cite: str, when: str = "") -> str:
    """One error of a list: its code, how many jobs have it, what it means."""
    entry = brief.catalogue.get(error.component, error.code)
    label = f"{entry.name}: {entry.message}" if entry else error.text
    last = f", {when}" if when else ""
    return f"{error.component} {error.code}, {counted(error.count, 'job')}{last}: {label}.{cite}".replace("..", ".")


def lookups(errors: list[ErrorCount]) -> list[FollowUp]:
    """Offers to explain the most frequent errors."""
    offers = [
        FollowUp(question=f"What does {error.component} {error.code} mean?", why="A frequent error here")
        for error in errors[:2]
    ]
    return offers + [
        FollowUp(question=f"Why did job {error.example} fail?", why=f"An example of {error.component} {error.code}")
        for error in errors[:1]
        if error.example
    ]
