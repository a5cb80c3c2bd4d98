"""Numbers of the monitor as they are now: statistics, queues, sites. Exact where a page was read; plain where none was."""

import re
from collections import Counter

from askpanda.catalogue import Entry
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import ACTIVE, is_now
from askpanda.pipeline.scope import scope_of
from askpanda.pipeline.windows import DEFAULT_HOURS, is_of_days
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

#: Rows of each of its tables that the monitor lists at most, unless it is told otherwise: of ATLAS, of others
#: (panda-bigmon-core core/views.py setupView). Jobs of a task are listed to 200,000.
LIST_LIMIT, OTHERS_LIMIT = 20_000, 10_000
#: The tables by the states of their jobs; all others are of the third.
_TABLES = (("pending", "defined", "waiting", "assigned"), ("finished", "failed", "cancelled", "closed"))
_WINDOW_WORDS = {"today": "today", "yesterday": "yesterday"}


def statistics(brief: Brief) -> Words:
    """Counts of jobs, pilots or errors."""
    pages = brief.gathered.pages
    counts = state_counts(pages)
    errors = errors_by_code(pages)
    unknown = unknown_place(brief)
    if is_now(brief.route.entities) and was_read(pages, "selectionsummary"):
        return _now(brief, counts)
    if not counts and not errors and was_read(pages, "errsByCount"):
        cite = cite_page(brief, "/jobs/")
        nothing = f"The monitor has no jobs{where_of(brief)}{when_of(brief)}.{cite}{unknown} {as_of(brief)}"
        return Words(sections=Sections(description=nothing.strip()), verbatim=True)
    if not counts and not errors:
        return missing(brief, "the counts that this needs")
    cite = cite_page(brief, "/jobs/")
    where, when = where_of(brief), when_of(brief)
    lines: list[str] = []
    blocks: list[Block] = []
    if counts:
        lines += [f"{_first(brief, counts, where, when)}{cite}", unknown.strip()]
        shares = joined([f"{n} {state}" for state, n in counts.items()])
        lines.append(f"By state: {shares}.")
        failed, ended = counts.get("failed", 0), counts.get("failed", 0) + counts.get("finished", 0)
        if ended and not _asks_rate(brief):
            lines.append(f"Of those that ended well or failed, {_percent(failed, ended)} failed.")
        if is_cut(brief, counts):
            lines.append(f"The monitor lists {list_limit(brief)} jobs of a kind at most, so these may be only the latest ones.")
        blocks.append(count_table("Jobs by state", "State", counts))
        sites = attribute_counts(pages, "computingsite")
        if len(sites) > 1:
            blocks.append(count_table("Jobs by queue", "Queue", sites))
    problems = [error_line(brief, error, cite) for error in errors[:8]]
    if errors:
        blocks.append(error_table(errors, f"Errors{where}{when}"))
    lines.append(as_of(brief))
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line), problems=problems),
        blocks=blocks,
        follow_ups=lookups(errors),
    )


def list_limit(brief: Brief) -> int:
    """Jobs of one table that the monitor lists at most."""
    return LIST_LIMIT if brief.experiment.name == "ATLAS" else OTHERS_LIMIT


def is_cut(brief: Brief, counts: dict[str, int]) -> bool:
    """Whether there may be more jobs than the monitor lists, by how many it has in the states of each of its tables."""
    if brief.route.entities.task_ids:
        return False
    rest = sum(n for state, n in counts.items() if not any(state in table for table in _TABLES))
    sums = [sum(counts.get(state, 0) for state in table) for table in _TABLES]
    return max(rest, *sums) >= list_limit(brief)


def _now(brief: Brief, counts: dict[str, int]) -> Words:
    """How many jobs are in a state now, whenever they came to it."""
    state = brief.route.entities.status or ""
    n, where, cite = counts.get(state, 0), where_of(brief), cite_page(brief, "/jobs/")
    least = "At least " if is_cut(brief, counts) else ""
    which = f"**{n}** {'job' if n == 1 else 'jobs'}{where} {state_words(state, n)} now.{cite}"
    lines = [f"{least}{which}", unknown_place(brief).strip(), as_of(brief)]
    blocks = []
    for field, column in (("computingsite", "Queue"), ("produsername", "User")):
        values = attribute_counts(brief.gathered.pages, field)
        if len(values) > 1:
            blocks.append(count_table(f"Jobs that are {state} by {column.lower()}", column, values))
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line)), blocks=blocks, verbatim=True,
        follow_ups=[FollowUp(question=f"How many jobs failed{at_place(brief)} today?", why="How those before them ended")],
    )  # fmt: skip


#: How many jobs of a state a list has, in words: those that a job is in, and those that it came to.
_IS_IN = frozenset(ACTIVE)
_WAS = frozenset({"cancelled", "closed"})
_RATE = re.compile(
    r"\b(?:rates?|ratio|percent(?:age)?|fraction|share of|taux|\w*quote|\w*rate|anteil|tasa|porcentaje)\b|%", re.I
)


def _asks_rate(brief: Brief) -> bool:
    return _RATE.search(brief.turn.question) is not None and brief.route.entities.status in (None, "failed", "finished")


def _first(brief: Brief, counts: dict[str, int], where: str, when: str) -> str:
    """The sentence that answers: the share that failed, how many are in the state asked for, or how many there are."""
    wanted, total = brief.route.entities.status, sum(counts.values())
    failed, ended = counts.get("failed", 0), counts.get("failed", 0) + counts.get("finished", 0)
    if _asks_rate(brief) and ended:
        return (
            f"**{_percent(failed, ended)}** of the jobs{where} that ended{when} failed: {failed} of {ended} failed or finished."
        )
    if not wanted:
        return f"The monitor lists **{total}** {'job' if total == 1 else 'jobs'}{where}{when}."
    n = counts.get(wanted, 0)
    if wanted in _IS_IN:
        return f"**{n}** of {counted(total, 'job')}{where}{when} {state_words(wanted, n)}."
    return f"**{n}** of {counted(total, 'job')}{where} {state_words(wanted, n)}{when}."


def state_words(state: str, n: int) -> str:
    """`are running`, `was cancelled`, `failed`: what n jobs are or did."""
    if state in _IS_IN:
        return f"{'is' if n == 1 else 'are'} {state}"
    return f"{'was' if n == 1 else 'were'} {state}" if state in _WAS else state


def cite_page(brief: Brief, kind: str, *marks: str) -> str:
    """The citation of the first page of a kind (`/jobs/`) whose path holds all `marks`; queues that were read are no page."""
    pages = brief.gathered.pages
    path = next((path for path in pages if path.startswith(kind) and all(mark in path for mark in marks)), "")
    return brief.cite("live", path) if path else ""


def _percent(part: int, whole: int) -> str:
    return f"{round(100 * part / whole, 1)} %"


def unknown_place(brief: Brief) -> str:
    """That no queue or site has the name that was asked about, with the nearest names; "" where one has, or none is known."""
    queues, entities = brief.gathered.queues, brief.route.entities
    place = entities.queue or entities.site
    if queues is None or not place or queues.of_place(place):
        return ""
    near = queues.nearest(place)
    like = f"; the nearest are {joined(near)}" if near else ""
    of_all = "of CRIC" if brief.experiment.cric else "that the monitor lists"
    none = f"None of the {len(queues.records)} queues {of_all} has the name or the site {place}{like}."
    return f" {none}{brief.cite('live', queues.path)}"


def site_health(brief: Brief) -> Words:
    """One site or queue: how many of its jobs fail and of what, whose side that is, and the state of its queues."""
    pages = brief.gathered.pages
    counts, errors = state_counts(pages), errors_by_code(pages)
    queues = known_states(brief)
    read = was_read(pages, "selectionsummary") or was_read(pages, "errsByCount")
    if not read and not queues:
        return missing(brief, "its jobs and errors")
    name = place_name(brief) or "the site"
    cite = cite_page(brief, "/jobs/")
    unknown = unknown_place(brief)
    lines = [_verdict(brief, name, counts, cite) if read else "", unknown.strip()]
    blocks: list[Block] = []
    if queues:
        rows, cite_queues = queues
        states = Counter(row[1] or "unknown" for row in rows)
        shares = joined([f"{n} {state}" for state, n in states.most_common()])
        if len(rows) == 1:
            why = f" ({rows[0][3]})" if rows[0][3] else ""
            said = f"The queue {rows[0][0]} is **{rows[0][1] or 'unknown'}**{why}."
        else:
            said = f"Its {len(rows)} queues are all {rows[0][1]}." if len(states) == 1 else f"Its {len(rows)} queues: {shares}."
        lines.append(f"{said}{cite_queues}" if read else f"**{name}**: {said}{cite_queues}")
        columns = ["Queue", "Status", "Since (UTC)", "Comment"]
        blocks.append(
            Block(kind="table", title=f"Queues of {name}", data={"columns": columns, "rows": rows, "count": len(rows)})
        )
    if not read and brief.gathered.notes:
        lines.append(f"How its jobs do is not known: {brief.gathered.notes[0]}")
    if counts:
        lines.append(f"By state: {joined([f'{n} {state}' for state, n in counts.items()])}.")
    if errors:
        lines.append(_sides(brief, errors))
    lines.append(as_of(brief))
    blocks += [count_table("Jobs by state", "State", counts)] if counts else []
    if errors:
        blocks.append(error_table(errors, f"Errors at {name}"))
    offers = lookups(errors)
    if not unknown:
        offers.append(FollowUp(question=f"How many pilots ran today at {place_name(brief)}?", why="Whether pilots get there"))
    return Words(
        sections=Sections(
            description=" ".join(line for line in lines if line),
            problems=[error_line(brief, error, cite) for error in errors[:6]],
        ),
        blocks=blocks,
        follow_ups=offers,
        verbatim=True,
    )


#: Shares of ended jobs that failed, in percent, from which on a site is not well, or is in trouble. A rule of thumb.
_UNWELL, _TROUBLE = 10, 30


def _verdict(brief: Brief, name: str, counts: dict[str, int], cite: str) -> str:
    """How a place does by the share of its ended jobs that failed."""
    failed, ended, when = counts.get("failed", 0), counts.get("failed", 0) + counts.get("finished", 0), when_of(brief)
    if not sum(counts.values()):
        return f"**{name}** had no jobs{when}.{cite}"
    if not ended:
        return f"No job of **{name}** failed or finished{when}; {counted(counts.get('running', 0), 'job')} run there.{cite}"
    share = 100 * failed / ended
    judged = "does well" if share < _UNWELL else "has many failures" if share < _TROUBLE else "is in trouble"
    return f"**{name}** {judged}: {failed} of the {ended} jobs that ended{when} failed ({round(share, 1)} %).{cite}"


def _sides(brief: Brief, errors: list[ErrorCount]) -> str:
    """Whose side the errors are on, by the catalogue: a site's own, or brought there by jobs and data."""
    sides: Counter[str] = Counter()
    for error in errors:
        entry = brief.catalogue.get(error.component, error.code)
        sides[entry.party if entry else "unknown"] += error.count
    total = sum(sides.values())
    said = joined([f"{n} {_SIDES.get(side, side)}" for side, n in sides.most_common()])
    return f"Of {counted(total, 'error')}, by whose side they usually are on: {said}."


_SIDES = {
    "user": "of the jobs themselves",
    "site": "of the site",
    "ddm": "of data management",
    "system": "of central services",
    "unknown": "of an unknown side",
}


def known_states(brief: Brief) -> tuple[list[list[str]], str] | None:
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


def nobody(what: str) -> Words:
    """Who asks is not known: other people's numbers would be no answer."""
    text = (
        f"I cannot tell which {what} are yours: nothing here says who you are. Ask on a page of the monitor where you are "
        f"signed in, or name the user, such as `{what} of Ann Panda`."
    )
    return Words(sections=Sections(description=text), verbatim=True)


def place_name(brief: Brief) -> str:
    """The queue, site or cloud of the question, as it is to be said."""
    entities = brief.route.entities
    return entities.queue or entities.site or (f"the {entities.cloud} cloud" if entities.cloud else "")


def at_place(brief: Brief) -> str:
    """` at BNL`, ` in the DE cloud`"""
    place = place_name(brief)
    return f" {'in' if place.startswith('the ') else 'at'} {place}" if place else ""


def with_queues(brief: Brief) -> str:
    """` at BNL (queues BNL and BNL_OSG_SPOT)`; a site's queues are named where they are known."""
    place, queues, site = place_name(brief), brief.gathered.queues, brief.route.entities.site
    names = queues.of_place(site) if queues and site and not brief.route.entities.queue else []
    of_queues = f" (queues {joined(names)})" if 0 < len(names) <= 6 and names != [place] else ""
    return f"{at_place(brief)}{of_queues}" if place else ""


def where_of(brief: Brief) -> str:
    """` of task 46374283 at BNL (queues BNL and BNL_OSG_SPOT) of yours`, with a blank before."""
    user, tasks = brief.route.entities.user, brief.route.entities.task_ids
    whose = (" of yours" if brief.gathered.viewer else "") if user == "me" else f" of {user}" if user else ""
    of_task = f" of task {tasks[0]}" if tasks else ""
    return of_task + with_queues(brief) + whose + _of_page(brief)


def _of_page(brief: Brief) -> str:
    """` for user Tom Keller, pilot error 1305`: what else the page's address limits the jobs to."""
    page = scope_of(brief.turn.request.context)
    if brief.route.here and page.own and not brief.route.entities.user:
        return " of yours"
    if not brief.route.here or not page.filters:
        return ""
    entities, said = brief.route.entities, {"jobstatus"} if brief.route.entities.status in (None, page.said.status) else set()
    if entities.site or entities.queue or entities.cloud:
        said |= {"computingsite", "cloud", "site"}
    said |= {"jeditaskid"} if entities.task_ids else set()
    said |= {"produsername"} if entities.user else set()
    left = page.without(*said).words
    return f" for {left}" if left else ""


def when_of(brief: Brief) -> str:
    """` in the last 6 hours`, with a blank before; the window that was looked at where none was asked for."""
    entities = brief.route.entities
    if entities.window in _WINDOW_WORDS:
        return f" {entities.window}"
    if entities.window and is_of_days(entities.window):
        first, _, last = entities.window.partition("/")
        return f" from {first} to {last}" if last else f" on {first}"
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
    label = f"{entry.name}: {told(entry)}" if entry else error.text
    last = f", {when}" if when else ""
    return f"{error.component} {error.code}, {counted(error.count, 'job')}{last}: {label}.{cite}".replace("..", ".")


def told(entry: Entry) -> str:
    """The message of a code; where that is one word (Watcher, Adder), what the code means."""
    if len(entry.message.split()) > 1 or not entry.meaning:
        return entry.message
    return re.split(r"(?<=[.;:]) ", entry.meaning)[0].rstrip(".;:")


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
