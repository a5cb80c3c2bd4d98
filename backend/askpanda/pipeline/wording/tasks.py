"""The tasks of a user: how many in which state, those that need somebody first."""

from collections import Counter
from typing import Any

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import OWN_TASKS
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.viewer import own_tasks
from askpanda.pipeline.wording.live import as_of, missing, nobody
from askpanda.pipeline.wording.numbers import counted, joined, known, number, percent, plain
from askpanda.pipeline.wording.task import progress_of
from askpanda.schema.answer import Block, FollowUp, Sections

#: States that wait for somebody, or ended with less than all.
_TROUBLED = ("exhausted", "broken", "failed", "pending", "finished", "aborted", "throttled", "paused")
_SAID = 8


def tasks(brief: Brief) -> Words:
    """A user's tasks of the last days, as the monitor lists them."""
    mine = brief.route.entities.user == "me"
    if mine and not brief.gathered.viewer:
        return nobody("tasks")
    rows = _rows(brief)
    if rows is None:
        return missing(brief, "the list of tasks")
    wanted = brief.route.entities.status
    whose = " of yours" if mine else f" of {brief.route.entities.user}"
    cite = brief.cite("live")
    states = Counter(known(row.get("status")) or "unknown" for row in rows)
    shares = joined([f"{n} {state}" for state, n in states.most_common()])
    total, days = (
        f"{counted(len(rows), 'task')}{whose}",
        " changed in the last 7 days" if not brief.route.entities.window else "",
    )
    if not rows:
        text = f"The monitor lists no tasks{whose}{days}.{cite} {as_of(brief)}"
        return Words(sections=Sections(description=text), verbatim=True)
    n = states.get(wanted or "", 0)
    head = f"**{n}** of {total}{days} {'is' if n == 1 else 'are'} {wanted}: {shares}" if wanted else f"{total}{days}: {shares}"
    rows.sort(key=lambda row: (_rank(row), -(number(row.get("jeditaskid")) or 0)))
    troubled = [row for row in rows if _rank(row) < len(_TROUBLED)]
    block = Block(
        kind="table",
        title=f"Tasks{whose}",
        data={
            "columns": ["Task", "Name", "Status", "Files", "Finished", "Failed", "Done", "Changed (UTC)"],
            "rows": [_row(row) for row in rows],
            "count": len(rows),
        },
    )
    offers = [
        FollowUp(
            question=f"What is happening with task {number(row.get('jeditaskid'))}?", why="Its numbers, and what to do next"
        )
        for row in (troubled or rows)[:2]
    ]
    return Words(
        sections=Sections(
            description=f"{head}.{cite} {as_of(brief)}", problems=[f"{_line(row)}{cite}" for row in troubled[:_SAID]]
        ),
        blocks=[block],
        follow_ups=offers,
        verbatim=True,
    )


def _rows(brief: Brief) -> list[dict[str, Any]] | None:
    pages = brief.gathered.pages
    mine = own_tasks(pages) if OWN_TASKS in pages else None
    if mine is not None:
        return mine
    lists = [page for path, page in pages.items() if path.startswith("/tasks/") and isinstance(page, list)]
    return [row for row in lists[0] if isinstance(row, dict)] if lists else None


def _rank(row: dict[str, Any]) -> int:
    status = known(row.get("status"))
    if status in _TROUBLED:
        return _TROUBLED.index(status)
    return len(_TROUBLED) + (status == "done")


def _numbers(row: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    info = row.get("dsinfo") if isinstance(row.get("dsinfo"), dict) else row
    files, done, failed = (number((info or {}).get(name)) for name in ("nfiles", "nfilesfinished", "nfilesfailed"))
    return files, done, failed


def _row(row: dict[str, Any]) -> list[Any]:
    files, done, failed = _numbers(row)
    changed = known(row.get("statechangetime")) or known(row.get("modificationtime"))
    return [
        number(row.get("jeditaskid")), known(row.get("taskname")), known(row.get("status")), files, done, failed,
        percent(done or 0, files) if files else "", changed.replace("T", " ")[:19],
    ]  # fmt: skip


def _line(row: dict[str, Any]) -> str:
    status = known(row.get("status"))
    message = plain(row.get("errordialog"), 300)
    parts = [
        f"Task {number(row.get('jeditaskid'))} is **{status}**.",
        load("states")["task"].get(status, ""),
        progress_of(row, []),
        f"Its message: {message.rstrip('.')}." if message else "",
    ]
    return " ".join(part for part in parts if part)
