"""Several tasks in one question: the monitor's numbers of each side by side, and of failed ones what their jobs failed of."""

from collections import Counter
from typing import Any

from askpanda.diagnosis import Cluster, clusters
from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import FAILED, OF_A_TASK, SEVERAL
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.wording.failing import by_number, failing, told
from askpanda.pipeline.wording.live import as_of, cite_page, missing, moment_of
from askpanda.pipeline.wording.numbers import counted, joined, known, number, percent
from askpanda.pipeline.wording.task import STOPPED, message_of, progress_of
from askpanda.schema.answer import Block, FollowUp, Sections

#: Groups of failed jobs of each task that are named.
_SAID = 3
_COLUMNS = (
    "Task", "Status", "Files", "Finished", "Done", "Failed", "Jobs", "Failed jobs", "Owner", "Name", "Changed (UTC)",
    "Read (UTC)", "Source",
)  # fmt: skip


def several_tasks(brief: Brief) -> Words:
    """State, files and failures of each task that was asked about, as the monitor's list of tasks has them."""
    ids = brief.route.entities.task_ids
    read = next(((path, page) for path, page in brief.gathered.pages.items() if path.startswith("/tasks/")), None)
    if read is None or not isinstance(read[1], list):
        return missing(brief, f"the records of tasks {joined([str(task) for task in ids])}")
    path, page = read
    by_id = {number(row.get("jeditaskid")): row for row in page if isinstance(row, dict)}
    rows = [by_id[task] for task in ids if task in by_id]
    lost = [task for task in ids[:SEVERAL] if task not in by_id]
    cite = brief.cite("live", path)
    lines = [_head(ids, rows, lost), _compared(rows)]
    if len(ids) > SEVERAL:
        lines.append(f"Only the first {SEVERAL} were looked at.")
    lines = [f"{line}{cite}" for line in lines if line]
    groups = _groups(brief, rows)
    if brief.route.about != "task_summary" and rows:
        lines[:0] = [_failed(brief, rows, groups), _shared(brief, groups)]
    problems = [_failures(brief, task, found) for task, found in groups.items() if found]
    table = [_row(brief, row) for row in rows] + [[task, "not found", *[""] * (len(_COLUMNS) - 2)] for task in lost]
    data = {"columns": list(_COLUMNS), "rows": table, "count": len(table)}
    return Words(
        sections=Sections(
            description=" ".join(line for line in [*lines, as_of(brief)] if line),
            problems=problems,
            details="\n".join(f"- {_line(row)}{cite}" for row in rows),
        ),
        blocks=[Block(kind="table", title="Tasks", data=data)],
        follow_ups=_offers(rows),
        verbatim=True,
    )


def _groups(brief: Brief, rows: list[dict[str, Any]]) -> dict[int | None, list[Cluster]]:
    """The failed jobs of each task by what they failed of."""
    failed = rows_of(brief.gathered.pages, FAILED)
    tasks = [number(row.get("jeditaskid")) for row in rows]
    return {task: clusters([job for job in failed if number(job.get("jeditaskid")) == task], brief.catalogue) for task in tasks}


def _failed(brief: Brief, rows: list[dict[str, Any]], groups: dict[int | None, list[Cluster]]) -> str:
    """`**86** of their jobs failed, without those that were retried: 61 of task 1 and 25 of task 2.`"""
    if not read_rows(brief.gathered.pages, FAILED):
        return "What their jobs failed of needs the list of failed jobs, which was not read."
    counts = {task: sum(group.count for group in found) for task, found in groups.items()}
    each = joined([f"{n} of task {task}" for task, n in sorted(counts.items(), key=lambda pair: -pair[1])])
    mine = " of yours" if brief.route.entities.user == "me" and brief.gathered.viewer else ""
    cite = cite_page(brief, "/jobs/", FAILED)
    cut = len(rows_of(brief.gathered.pages, FAILED)) >= OF_A_TASK
    latest = f" Only the latest {OF_A_TASK} were looked at, so these may not be all." if cut else ""
    return f"**{sum(counts.values())}** of their jobs{mine} failed, without those that were retried: {each}.{cite}{latest}"


def _head(ids: list[int], rows: list[dict[str, Any]], lost: list[int]) -> str:
    """`Of 3 tasks, 2 running and 1 failed.`"""
    if not rows:
        return f"The monitor has none of these {counted(len(ids), 'task')}."
    states = Counter(known(row.get("status")) or "unknown" for row in rows)
    head = f"Of {counted(len(ids), 'task')}, {joined([f'**{n} {state}**' for state, n in states.most_common()])}."
    return f"{head} The monitor has no task {joined([str(task) for task in lost])}." if lost else head


def _compared(rows: list[dict[str, Any]]) -> str:
    """Which is furthest on, and which has most failed files."""
    files = {str(number(row.get("jeditaskid"))): _files(row) for row in rows}
    known_ones = {task: said for task, said in files.items() if said[0]}
    if len(known_ones) < 2:
        return ""
    first, last = (choose(known_ones.items(), key=lambda pair: pair[1][1] / (pair[1][0] or 1)) for choose in (max, min))
    parts = []
    if first[1][1] * last[1][0] != last[1][1] * first[1][0]:
        parts.append(
            f"Furthest is task {first[0]} with {percent(first[1][1], first[1][0])} of its files finished, least far task "
            f"{last[0]} with {percent(last[1][1], last[1][0])}."
        )
    worst = by_number(failing({task: said[2] for task, said in files.items()}, {t: f[1] + f[2] for t, f in files.items()}))
    if worst and worst[0].failed:
        parts.append(f"Most failed files has task {worst[0].name} ({told(worst[0], 'file')}).")
    else:
        parts.append("None of them has a failed input file.")
    return " ".join(parts)


def _files(row: dict[str, Any]) -> tuple[int, int, int]:
    """(input files, finished, failed)"""
    info = row.get("dsinfo") if isinstance(row.get("dsinfo"), dict) else row
    all_, done, bad = (number((info or {}).get(name)) or 0 for name in ("nfiles", "nfilesfinished", "nfilesfailed"))
    return all_, done, bad


def _jobs(row: dict[str, Any]) -> dict[str, int]:
    """Jobs by state, each attempt counted (panda-bigmon-core core/pandajob/summary_task.py)."""
    counts = row.get("job_state_count")
    found = {str(state): number(n) or 0 for state, n in counts.items()} if isinstance(counts, dict) else {}
    return dict(sorted(((state, n) for state, n in found.items() if n), key=lambda pair: -pair[1]))


def _changed(row: dict[str, Any]) -> str:
    return (known(row.get("statechangetime")) or known(row.get("modificationtime"))).replace("T", " ")[:19]


def _line(row: dict[str, Any]) -> str:
    status, jobs = known(row.get("status")) or "unknown", _jobs(row)
    shares = joined([f"{n} {state}" for state, n in jobs.items()])
    owner = f" of {known(row.get('username'))}" if known(row.get("username")) else ""
    parts = [
        f"Task {number(row.get('jeditaskid'))}{owner} is **{status}**.",
        progress_of(row, []),
        f"Its jobs, every attempt counted: {shares}." if jobs else "",
        message_of(row) if status in STOPPED else "",
    ]
    return " ".join(part for part in parts if part)


def _row(brief: Brief, row: dict[str, Any]) -> list[Any]:
    task, (files, done, bad), jobs = number(row.get("jeditaskid")), _files(row), _jobs(row)
    monitor = brief.gathered.monitor.rstrip("/")
    return [
        task, known(row.get("status")), files, done, percent(done, files) if files else "", bad,
        sum(jobs.values()) if jobs else "", jobs.get("failed", 0) if jobs else "", known(row.get("username")),
        known(row.get("taskname")), _changed(row), moment_of(brief), f"{monitor}/task/{task}/" if monitor else f"/task/{task}/",
    ]  # fmt: skip


def _shared(brief: Brief, groups: dict[int | None, list[Cluster]]) -> str:
    """Errors that failed jobs of more than one of the tasks have."""
    failing = {task: found for task, found in groups.items() if found}
    if len(failing) < 2:
        return ""
    by_error: dict[tuple[str, int | None], dict[int | None, int]] = {}
    for task, found in failing.items():
        for group in found:
            tasks = by_error.setdefault((group.component, group.code), {})
            tasks[task] = tasks.get(task, 0) + group.count
    common = sorted(
        ((error, tasks) for error, tasks in by_error.items() if len(tasks) > 1), key=lambda pair: -sum(pair[1].values())
    )
    cite = cite_page(brief, "/jobs/", FAILED)
    if not common:
        return f"They have no error in common.{cite}"
    said = [
        f"{component} {code} ({joined([f'{n} of task {task}' for task, n in tasks.items()])})"
        for (component, code), tasks in common[:_SAID]
    ]
    return f"In common they have {joined(said)}.{cite}"


def _failures(brief: Brief, task: int | None, groups: list[Cluster]) -> str:
    """What the failed jobs of a task failed of, the largest groups."""
    said = joined([f"{group.label} ({group.count})" for group in groups[:_SAID]])
    more = f", and {counted(len(groups) - _SAID, 'more group')}" if len(groups) > _SAID else ""
    total, cite = sum(group.count for group in groups), cite_page(brief, "/jobs/", FAILED)
    return f"Task {task}: {counted(total, 'failed job')}, of {said}{more}; for example job {groups[0].jobs[0]}.{cite}"


def _offers(rows: list[dict[str, Any]]) -> list[FollowUp]:
    offers = []
    for row in sorted(rows, key=lambda row: -_files(row)[2])[:3]:
        task, status = number(row.get("jeditaskid")), known(row.get("status"))
        if _files(row)[2] or _jobs(row).get("failed"):
            offers.append(FollowUp(question=f"Why did jobs of task {task} fail?", why="Its failures by error"))
        else:
            meaning = load("states")["task"].get(status, "Its numbers, and what to do next")
            offers.append(FollowUp(question=f"What is happening with task {task}?", why=meaning))
    return offers
