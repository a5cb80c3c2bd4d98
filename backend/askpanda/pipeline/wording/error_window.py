"""Errors of a window of time: per code how many jobs and when last, and by component the wall time that was lost.

Counts are the monitor's own (errors page). Times and lost wall time are summed over the rows of the jobs list, each
failed job under its primary error (the order of `diagnosis.record`).
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from askpanda.catalogue import Catalogue
from askpanda.diagnosis import read_record
from askpanda.diagnosis.record import FIELDS
from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import ENDED
from askpanda.pipeline.routing.rules import concepts
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording.failing import failing, failing_table, lead_of
from askpanda.pipeline.wording.live import (
    as_of,
    cite_page,
    count_table,
    error_line,
    list_limit,
    lookups,
    missing,
    when_of,
    where_of,
)
from askpanda.pipeline.wording.numbers import counted, joined, known
from askpanda.pipeline.wording.summaries import ErrorCount, attribute_counts, errors_by_code, was_read
from askpanda.schema.answer import Block, Sections
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_code, as_number

_MARK = "jobstatus=failed|holding"
_ENDED = f"jobstatus={ENDED}"


#: What is said where something is to be left out of numbers.
NOTHING_LEFT_OUT = "The monitor has no numbers with something left out, so these are of all; the table has them by queue."


@dataclass(frozen=True)
class Lost:
    """Failed jobs and their wall time (s) under one component."""

    component: str
    jobs: int
    seconds: float


def error_window(brief: Brief) -> Words:
    """Errors of the last hours or days, of all or of a place, user or task."""
    pages = brief.gathered.pages
    only = _only(brief)
    rows = [row for row in rows_of(pages, _MARK) if not only or _component(row, brief.catalogue) == only]
    errors = [error for error in errors_by_code(pages) or _counted(rows) if not only or error.component == only]
    cite = cite_page(brief, "/errors/") or cite_page(brief, "/jobs/")
    if not errors and not rows:
        if was_read(pages, "errsByCount") or read_rows(pages, _MARK):
            kind = f"{only} errors".strip()
            nothing = f"The monitor counts no {kind}{where_of(brief)}{when_of(brief)}.{cite} {as_of(brief)}"
            return Words(sections=Sections(description=nothing.strip()), verbatim=True)
        return missing(brief, "the counts that this needs")
    where, when = where_of(brief), when_of(brief)
    latest = latest_times(rows)
    losses = lost_time(rows, brief.catalogue)
    total = sum(error.count for error in errors)
    noun = f"{only} {'error' if total == 1 else 'errors'}".strip()
    lines = [f"The monitor counts **{total}** {noun} of {counted(len(errors), 'kind')}{where}{when}.{cite}"]
    if len(errors) > 1:
        top = joined([f"{error.component} {error.code} ({counted(error.count, 'job')})" for error in errors[:3]])
        lines[0] = f"{lines[0].removesuffix(f'.{cite}')}, most of them {top}.{cite}"
    lines[:0] = [*_nothing_left_out(brief), *_whose_most(brief, rows)]
    if losses:
        hours, percents = _hours(losses), _percents(losses)
        shares = [
            f"{loss.component} {spent:.1f} h ({share:.1f} %)"
            for loss, spent, share in zip(losses, hours, percents, strict=True)
        ]
        jobs = counted(sum(loss.jobs for loss in losses), "failed job")
        of_rows = cite_page(brief, "/jobs/", _MARK)
        lost = f"In {jobs} **{sum(hours):.1f} hours** of wall time were lost, by component: {joined(shares)}.{of_rows}"
        lines.insert(0 if brief.route.focus == "losses" else len(lines), lost)
    elif not read_rows(pages, _MARK):
        lines.append(
            "When each was last seen, and the wall time that was lost, need the list of failed jobs, which was not read."
        )
    if len(rows) >= list_limit(brief) and not brief.route.entities.task_ids:
        lines.append(f"Times and wall time are of the latest {len(rows)} jobs only, which is as many as the monitor lists.")
    lines.append(as_of(brief))
    problems = [
        error_line(
            brief,
            error,
            cite,
            f"last at {latest[error.component, error.code]} UTC" if (error.component, error.code) in latest else "",
        )
        for error in errors[:10]
    ]
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line), problems=problems),
        blocks=[_error_block(errors, latest, f"Errors{where}{when}"), *_by(brief, rows), *_loss_blocks(losses)],
        follow_ups=lookups(errors),
        verbatim=True,
    )


def _only(brief: Brief) -> str:
    """The component whose errors alone are asked for."""
    named = brief.route.entities
    return named.component if named.component in FIELDS and named.error_code is None else ""


def _nothing_left_out(brief: Brief) -> list[str]:
    asked = brief.route.intent == "followup" and concepts()["leaves_out"].search(fold(brief.turn.question))
    return [NOTHING_LEFT_OUT] if asked else []


def _component(row: dict[str, Any], catalogue: Catalogue) -> str:
    """The component of a failed job's primary error."""
    record = read_record(JobEvidence(job=row), catalogue)
    return record.component if record is not None else ""


#: What failed jobs are counted by: field, words that ask for it, the column's name.
_BY = (
    ("computingsite", re.compile(r"\b(?:queues?|sites?|colas?|sitios?|standorte?n?|warteschlangen?)\b"), "Queue"),
    ("produsername", re.compile(r"\b(?:users?|owners?|who|utilisateurs?|nutzern?|benutzern?|usuarios?)\b"), "User"),
    ("jeditaskid", re.compile(r"\b(?:tasks?|taches?|tareas?|aufgaben?)\b"), "Task"),
)
_MOST = re.compile(
    r"\b(?:most|highest|worst|top|by|per|which|who|mas|plus|meisten|welche\w*|quel(?:le)?s?|pires?|schlimmste\w*|schlechteste\w*"
    r"|peor(?:es)?|par|pro|por|je)\b"
)


def _failed_by(rows: list[dict[str, Any]], field: str) -> dict[str, int]:
    failed = [row for row in rows if known(row.get("jobstatus")) == "failed"]
    return dict(Counter(value for row in failed if (value := known(row.get(field)))).most_common())


def grouped_by(brief: Brief) -> list[tuple[str, str]]:
    """(field, column) of what a question, or the one that it goes on from, counts by: site, user, task."""
    question = fold(brief.turn.question)
    if brief.route.intent == "followup" and not any(words.search(question) for _, words, _ in _BY):
        question = f"{fold(brief.route.asked)} {question}"
    asked = _MOST.search(question) or concepts()["uniform"].search(question)  # `all one user?` is told by whose they are
    return [(field, column) for field, words, column in _BY if words.search(question)] if asked else []


def _whose_most(brief: Brief, rows: list[dict[str, Any]]) -> list[str]:
    """`Most failed jobs: DESY-HH (35), CERN (25)`, where a question asks whose they are."""
    said = []
    cite = cite_page(brief, "/jobs/", _MARK)
    for field, column in grouped_by(brief)[:1]:
        counts, ended, where = _failed_by(rows, field), _ended_by(brief, field), f"{where_of(brief)}{when_of(brief)}"
        if counts and ended:
            lead = lead_of(failing(counts, ended), "number", column.lower(), where)
            said.append(f"{lead}{cite}{cite_page(brief, '/jobs/', _ENDED)}")
        elif counts:
            most = joined([f"**{name}** ({counted(n, 'job')})" for name, n in list(counts.items())[:3]])
            said.append(f"The {column.lower()}s with the most failed jobs{where}: {most}.{cite}")
    return said


def _ended_by(brief: Brief, field: str) -> dict[str, int]:
    """Jobs that finished or failed of each; nothing where they were not read."""
    return attribute_counts({path: page for path, page in brief.gathered.pages.items() if _ENDED in path}, field)


def _by(brief: Brief, rows: list[dict[str, Any]]) -> list[Block]:
    """Failed jobs by queue, and by whatever the question asks for."""
    blocks = []
    for field, column in dict.fromkeys([*grouped_by(brief), ("computingsite", "Queue")]):
        counts, ended, title = _failed_by(rows, field), _ended_by(brief, field), f"Failed jobs by {column.lower()}"
        if len(counts) > 1:
            ranked = failing_table([one for one in failing(counts, ended) if one.failed], "number", column, title)
            blocks.append(ranked if ended else count_table(title, column, counts))
    return blocks


def latest_times(rows: list[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """When a job with the code last ended (UTC), for every code of every row."""
    latest: dict[tuple[str, int], str] = {}
    for row in rows:
        ended = next(
            (text for name in ("endtime", "statechangetime", "modificationtime") if (text := known(row.get(name)))), ""
        )
        moment = ended.replace("T", " ")[:19]
        for component, (field, _) in FIELDS.items():
            code = as_code(row.get(field))
            if code is not None and moment > latest.get((component, code), ""):
                latest[component, code] = moment
    return latest


def lost_time(rows: list[dict[str, Any]], catalogue: Catalogue) -> list[Lost]:
    """Wall time of failed jobs by the component of their primary error, the largest first."""
    jobs: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for row in rows:
        record = read_record(JobEvidence(job=row), catalogue)
        if record is None or record.outcome != "failed":
            continue
        component = record.component or "no code"
        jobs[component] += 1
        seconds[component] += max(as_number(row.get("durationsec")) or 0.0, 0.0)
    found = [Lost(component, jobs[component], seconds[component]) for component in jobs]
    return sorted(found, key=lambda loss: (-loss.seconds, loss.component))


def _counted(rows: list[dict[str, Any]]) -> list[ErrorCount]:
    """Counts out of the rows, where the errors page was not read."""
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for row in rows:
        for component, (field, _) in FIELDS.items():
            code = as_code(row.get(field))
            if code is not None:
                counts[component, code] += 1
    found = [ErrorCount(component, code, n, "", None) for (component, code), n in counts.items()]
    return sorted(found, key=lambda error: (-error.count, error.component, error.code))


def _hours(losses: list[Lost]) -> list[float]:
    """Hours of each."""
    return _adding_up([loss.seconds / 3600 for loss in losses])


def _percents(losses: list[Lost]) -> list[float]:
    """The share of each."""
    total = sum(loss.seconds for loss in losses)
    return _adding_up([100 * loss.seconds / total if total else 0.0 for loss in losses])


def _adding_up(values: list[float]) -> list[float]:
    """To a tenth each, so that they sum to what their sum is rounded to: the largest rests are rounded up."""
    tenths = [10 * value for value in values]
    whole = [int(value) for value in tenths]
    rests = sorted(range(len(values)), key=lambda place: whole[place] - tenths[place])
    for place in rests[: max(round(sum(tenths)) - sum(whole), 0)]:
        whole[place] += 1
    return [value / 10 for value in whole]


def _error_block(errors: list[ErrorCount], latest: dict[tuple[str, int], str], title: str) -> Block:
    rows = [
        [error.component, error.code, error.count, latest.get((error.component, error.code), ""), error.text, error.example]
        for error in errors
    ]
    columns = ["Component", "Code", "Jobs", "Latest (UTC)", "Message", "Example job"]
    return Block(kind="table", title=title, data={"columns": columns, "rows": rows, "count": len(rows)})


def _loss_blocks(losses: list[Lost]) -> list[Block]:
    if not losses:
        return []
    rows = [
        [loss.component, loss.jobs, hours, share]
        for loss, hours, share in zip(losses, _hours(losses), _percents(losses), strict=True)
    ]
    columns = ["Component", "Failed jobs", "Lost wall time (h)", "Share (%)"]
    table = Block(
        kind="table", title="Lost wall time by component", data={"columns": columns, "rows": rows, "count": len(rows)}
    )
    if len(losses) < 2:
        return [table]
    points = {"labels": [row[0] for row in rows], "values": [row[2] for row in rows], "unit": "h"}
    return [table, Block(kind="plot", title="Lost wall time by component", data=points)]
