"""A part of a task's jobs: those at a place, or those of a time, by state and, where they failed, by what of."""

from collections import Counter
from typing import Any

from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import ATTEMPTS, FAILED, OF_A_TASK
from askpanda.pipeline.windows import bounds
from askpanda.pipeline.wording.clusters import cluster_block
from askpanda.pipeline.wording.live import (
    as_of,
    cite_page,
    count_table,
    error_line,
    lookups,
    missing,
    state_words,
    unknown_place,
    when_of,
    with_queues,
)
from askpanda.pipeline.wording.numbers import counted, joined, known
from askpanda.pipeline.wording.summaries import attribute_counts, errors_by_code, was_read
from askpanda.pipeline.wording.task import parts, progress_of, unknown
from askpanda.pipeline.wording.task_failures import cite_rows, group_line, group_offers, group_table, of_yours
from askpanda.schema.answer import Block, FollowUp, Sections

#: Groups and places that are put into words; the blocks have all.
_SAID = 8
_PLACES = 5
_AT = "computingsite="


def part(brief: Brief) -> Words:
    """How many of a task's jobs at a place, or of a time, are in which state, and what the failed ones failed of."""
    entities, data = brief.route.entities, brief.gathered.task
    name = entities.task_ids[0]
    counts, cite = (_of_time(brief) if entities.window else _of_place(brief)) or (None, "")
    if counts is None:
        of = f"the jobs of task {name}{with_queues(brief)}{when_of(brief) if entities.window else ''}"
        return missing(brief, of) if data or brief.gathered.pages else unknown(brief)
    groups = list(brief.gathered.groups)
    lines = [_head(brief, name, counts, cite), unknown_place(brief).strip()]
    if groups:
        top = groups[0]
        found = sum(group.count for group in groups)
        lines.append(
            f"The {found} fall into {len(groups)} groups by error; the largest, {top.count}, is {top.label}.{cite_rows(brief)}"
            if len(groups) > 1
            else f"{'It' if found == 1 else f'All {found}'} failed with {top.label}.{cite_rows(brief)}"
        )
    problems = [group_line(brief, group, cite_rows(brief)) for group in groups[:_SAID]]
    errors = [] if groups else errors_by_code(_page_of(brief))
    if counts.get("failed") and not groups:
        problems = [error_line(brief, error, cite) for error in errors[:_SAID]]
    if _cut(brief):
        lines.append(f"These are the latest {OF_A_TASK} jobs; there may be more, which were not read.")
    lines += [_whole(brief, name), as_of(brief)]
    title = f"{of_yours(brief)} of task {name}{with_queues(brief)}{when_of(brief) if entities.window else ''}"
    blocks = [count_table(f"Jobs{title} by state", "State", counts)] if counts else []
    if groups:
        blocks += [cluster_block(groups, f"Failed jobs{title} by error"), group_table(groups, f"Failed jobs{title}")]
    blocks += _places_block(brief, name)
    offers = group_offers(groups, []) if groups else lookups(errors)
    offers.append(FollowUp(question=f"What is happening with task {name}?", why="The task as a whole"))
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line), problems=problems),
        blocks=blocks,
        follow_ups=offers[:4],
    )


def _page_of(brief: Brief) -> dict[str, Any]:
    """The list of the jobs at the place alone."""
    return {path: page for path, page in brief.gathered.pages.items() if _AT in path and FAILED not in path}


def _of_place(brief: Brief) -> tuple[dict[str, int], str] | None:
    page = _page_of(brief)
    if not was_read(page, "selectionsummary"):
        return None
    return attribute_counts(page, "jobstatus"), cite_page(brief, "/jobs/", _AT)


def _of_time(brief: Brief) -> tuple[dict[str, int], str] | None:
    """By state, out of the rows of all attempts that last changed in the window."""
    pages = {path: page for path, page in brief.gathered.pages.items() if FAILED not in path}
    if not read_rows(pages, ATTEMPTS):
        return None
    states = Counter(known(row.get("jobstatus")) or "unknown" for row in rows_of(pages, ATTEMPTS))
    return dict(states.most_common()), cite_page(brief, "/jobs/", ATTEMPTS)


def _head(brief: Brief, name: int, counts: dict[str, int], cite: str) -> str:
    entities, mine, where = brief.route.entities, of_yours(brief), with_queues(brief)
    total = sum(counts.values())
    when = _changed(brief) if entities.window else ""
    if not total:
        return f"Task {name} has no jobs{mine}{where}{when}.{cite}{_elsewhere(brief)}"
    failing = brief.route.about == "task_failures" or entities.object == "errors"
    wanted = entities.status or ("failed" if failing else "")
    retried = (
        " Attempts that were tried again since are counted." if entities.window else " Jobs that were tried again are left out."
    )
    shares = joined([f"{n} {state}" for state, n in counts.items()])
    if wanted:
        n = counts.get(wanted, 0)
        others = f" By state: {shares}." if len(counts) > 1 else ""
        which = f"{counted(total, 'job')}{mine} of task {name}{where}{when}"
        return f"**{n}** of {which} {state_words(wanted, n)}.{cite}{others}{retried}"
    return f"Task {name} has **{total}** {'job' if total == 1 else 'jobs'}{mine}{where}{when}: {shares}.{cite}{retried}"


def _changed(brief: Brief) -> str:
    """` that last changed yesterday, from 2026-11-27 00:00 to 2026-11-27 23:59 UTC,`"""
    start_end = bounds(brief.route.entities.window)
    span = f" (from {start_end[0]:%Y-%m-%d %H:%M} to {start_end[1]:%Y-%m-%d %H:%M} UTC)" if start_end else ""
    return f" that last changed{when_of(brief)}{span}"


def _elsewhere(brief: Brief) -> str:
    """Where the task's jobs are, if none is at the place."""
    rest = {path: page for path, page in brief.gathered.pages.items() if _AT not in path}
    places = attribute_counts(rest, "computingsite") if was_read(rest, "selectionsummary") else {}
    if not places:
        return ""
    listed = joined([f"{place} ({n})" for place, n in list(places.items())[:_PLACES]])
    more = f", and at {len(places) - _PLACES} more queues" if len(places) > _PLACES else ""
    path = next((path for path in rest if path.startswith("/jobs/")), "")
    return f" Its jobs are at {listed}{more}.{brief.cite('live', path)}"


def _whole(brief: Brief, name: int) -> str:
    """How the task as a whole stands now."""
    data = brief.gathered.task
    if not data:
        return ""
    task, datasets = parts(data)
    status = known(task.get("status"))
    now = f"The task as a whole is **{status}** now." if status else ""
    return f"{now} {progress_of(task, datasets)}".strip() + brief.cite("record")


def _cut(brief: Brief) -> bool:
    """Whether the monitor may have more jobs of the window than were read."""
    return any(isinstance(page, dict) and page.get("listed", 0) >= OF_A_TASK for page in brief.gathered.pages.values())


def _places_block(brief: Brief, name: int) -> list[Block]:
    entities = brief.route.entities
    if not entities.window:
        places = attribute_counts(_page_of(brief), "computingsite")
    else:
        pages = {path: page for path, page in brief.gathered.pages.items() if FAILED not in path}
        rows = rows_of(pages, ATTEMPTS)
        places = dict(Counter(known(row.get("computingsite")) or "unknown" for row in rows).most_common())
    return [count_table(f"Jobs of task {name} by queue", "Queue", places)] if len(places) > 1 else []
