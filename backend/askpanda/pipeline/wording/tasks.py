"""The tasks of a user: how many in which state, those that need somebody first."""

import re
from collections import Counter
from typing import Any

from askpanda.diagnosis import moment
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import OWN_TASKS, TASK_DAYS
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.scope import Scope, scope_of
from askpanda.pipeline.selection import is_of_viewer
from askpanda.pipeline.viewer import own_tasks
from askpanda.pipeline.which import holds, task_fields
from askpanda.pipeline.windows import bounds, is_of_days
from askpanda.pipeline.wording.failing import Failing, failing, lead_of, order_of
from askpanda.pipeline.wording.live import as_of, missing, nobody, when_of
from askpanda.pipeline.wording.numbers import counted, joined, known, number, percent, plain
from askpanda.pipeline.wording.task import progress_of
from askpanda.schema.answer import Block, FollowUp, Sections

#: States that wait for somebody, or ended with less than all.
_TROUBLED = ("exhausted", "broken", "failed", "pending", "finished", "aborted", "throttled", "paused")
_SAID = 8


def tasks(brief: Brief) -> Words:
    """A user's tasks of the last days, or those that a page lists, as the monitor has them."""
    page = scope_of(brief.turn.request.context)
    mine = is_of_viewer(brief.route, page)
    if mine and not brief.gathered.viewer:
        return nobody("tasks")
    rows = _rows(brief)
    if rows is None:
        return missing(brief, "the list of tasks")
    wanted, window = brief.route.entities.status, brief.route.entities.window
    whose = _whose(brief, page, mine=mine)
    cite = brief.cite("live")
    rows = _of_window(rows, window)
    if brief.route.aspect == "which" and rows:
        return _which(brief, rows, whose, cite, _when(brief, page, len(rows)))
    states = Counter(known(row.get("status")) or "unknown" for row in rows)
    shares = joined([f"{n} {state}" for state, n in states.most_common()])
    total, when = f"{counted(len(rows), 'task')}{whose}", _when(brief, page, len(rows))
    if not rows:
        text = f"The monitor lists no tasks{whose}{when}.{cite} {as_of(brief)}"
        return Words(sections=Sections(description=text), verbatim=True)
    n = states.get(wanted or "", 0)
    head = f"**{n}** of {total}{when} {'is' if n == 1 else 'are'} {wanted}: {shares}" if wanted else f"{total}{when}: {shares}"
    rows.sort(key=lambda row: (_rank(row), -(number(row.get("jeditaskid")) or 0)))
    troubled = [row for row in rows if _rank(row) < len(_TROUBLED)]
    lines = [_lead(brief, rows, troubled, cite), f"{head}.{cite}", as_of(brief)]
    return Words(
        sections=Sections(
            description=" ".join(line for line in lines if line),
            problems=[f"{_line(row)}{cite}" for row in troubled[:_SAID]],
        ),
        blocks=[_table(rows, f"Tasks{whose}")],
        follow_ups=_offers(troubled or rows),
        verbatim=True,
    )


def _which(brief: Brief, rows: list[dict[str, Any]], whose: str, cite: str, when: str) -> Words:
    """Those of the tasks that are of a kind, or in a state."""
    choices = brief.route.choices
    listed = {field: {known(row.get(field)): 1 for row in rows if known(row.get(field))} for field in (*_SHARED, *_KINDS)}
    fields = [task_fields(choice, listed) for choice in choices]
    chosen = [row for row in rows if all(holds(row, one) for one in fields)]
    said, n = joined([choice.said for choice in choices]), len(chosen)
    by = joined([f"`{field}` {' or '.join(values)}" for one in fields for field, values in one])
    of_all = f"{counted(len(rows), 'task')}{whose}{when}"
    states = Counter(known(row.get("status")) or "unknown" for row in chosen)
    lines = [
        f"**{n}** of {of_all} {'is' if n == 1 else 'are'} {said} ({by}).{cite}"
        if n
        else f"None of {of_all} is {said}{f' ({by})' if by else ''}.{cite}",
        f"By state: {joined([f'{k} {state}' for state, k in states.most_common()])}.{cite}" if len(states) > 1 else "",
        f"{'It is' if n == 1 else 'They are'} {joined([str(number(row.get('jeditaskid'))) for row in chosen[:_SAID]])}"
        f"{f' and {n - _SAID} more' if n > _SAID else ''}.{cite}"
        if n
        else "",
        as_of(brief),
    ]
    chosen.sort(key=lambda row: (_rank(row), -(number(row.get("jeditaskid")) or 0)))
    troubled = [row for row in chosen if _rank(row) < len(_TROUBLED)]
    return Words(
        sections=Sections(
            description=" ".join(line for line in lines if line), problems=[f"{_line(row)}{cite}" for row in troubled[:_SAID]]
        ),
        blocks=[_table(chosen, f"Tasks{whose} that are {said}")] if chosen else [],
        follow_ups=_offers(troubled or chosen),
        verbatim=True,
    )


#: Fields beside those that tasks may share, whose values a word may be.
_KINDS = ("prodsourcelabel", "resourcetype", "gshare", "category")


def _table(rows: list[dict[str, Any]], title: str) -> Block:
    columns = ["Task", "Status", "Files", "Finished", "Failed", "Done", "Changed (UTC)", "Name"]
    return Block(kind="table", title=title, data={"columns": columns, "rows": [_row(row) for row in rows], "count": len(rows)})


def _offers(rows: list[dict[str, Any]]) -> list[FollowUp]:
    why = "Its numbers, and what to do next"
    return [FollowUp(question=f"What is happening with task {number(row.get('jeditaskid'))}?", why=why) for row in rows[:2]]


def _whose(brief: Brief, page: Scope, *, mine: bool) -> str:
    if mine:
        return " of yours"
    if brief.route.entities.user:
        return f" of {brief.route.entities.user}"
    if page.of_tasks:
        return f" for {page.words}" if page.words else " of all users"
    return f" of {page.words.removeprefix('user ')}" if page.words else ""


def _when(brief: Brief, page: Scope, n: int) -> str:
    """` changed in the last 7 days`; of a day that is over, which of them were there."""
    window = brief.route.entities.window
    if window and is_of_days(window):
        return f" {'was' if n == 1 else 'were'} there{when_of(brief)}, by their states now"
    if window:
        return f" changed{when_of(brief)}"
    listed = page.of_tasks and page.times and not brief.route.entities.user
    return "" if listed else f" changed in the last {TASK_DAYS} days"


def _of_window(rows: list[dict[str, Any]], window: str | None) -> list[dict[str, Any]]:
    """Of the days that are asked for, the tasks that were there: made before their end, and changed since their beginning.

    The monitor lists tasks by their last change, counted back from now (panda-bigmon-core core/views.py taskList).
    """
    start_end = bounds(window) if window and is_of_days(window) else None
    if start_end is None:
        return rows
    start, end = start_end

    def there(row: dict[str, Any]) -> bool:
        made, changed = moment(row.get("creationdate")), moment(_changed(row))
        return (made is None or made <= end) and (changed is None or changed >= start)

    return [row for row in rows if there(row)]


def _lead(brief: Brief, rows: list[dict[str, Any]], troubled: list[dict[str, Any]], cite: str) -> str:
    """What is asked of them: which comes first, whose most are, what all of them share."""
    if brief.route.aspect == "first":
        worst = max(troubled, key=lambda row: (-_rank(row), _numbers(row)[2] or 0), default=None)
        if worst is None:
            return f"None of them failed or waits for somebody, so none needs a look first.{cite}"
        return f"Look first at task {number(worst.get('jeditaskid'))}, which is **{known(worst.get('status'))}**.{cite}"
    if brief.route.aspect == "by" or brief.route.focus == "ranked":
        if _FAILURES.search(brief.turn.question):
            return f"{lead_of(_failing(rows), order_of(brief.turn.question, 'worst'), 'task', '', 'file')}{cite}"
        owners = Counter(name for row in rows if (name := known(row.get("username")))).most_common(3)
        said = [f"**{name}** ({n})" for name, n in owners]
        return f"{'All' if len(owners) == 1 else 'Most'} of them are of {joined(said)}.{cite}" if said else ""
    if brief.route.aspect == "groups":
        shared = [
            f"the {word} {value}"
            for field, word in _SHARED.items()
            if len({known(row.get(field)) for row in rows}) == 1 and (value := known(rows[0].get(field)))
        ]
        return (
            f"All of them have {joined(shared)}.{cite}"
            if shared and len(rows) > 1
            else "They share nothing that the list says."
        )
    return ""


_FAILURES = re.compile(
    r"\b(?:fail\w*|errors?|worst|echou\w*|pires?|fehl\w*|schlimmste\w*|schlechteste\w*|fall\w*|peor\w*)\b", re.I
)


def _failing(rows: list[dict[str, Any]]) -> list[Failing]:
    """Each task's failed input files, of those that are finished or failed."""
    files = [(str(number(row.get("jeditaskid"))), *_numbers(row)[1:]) for row in rows]
    failed = {task: bad or 0 for task, _, bad in files}
    return failing(failed, {task: (done or 0) + (bad or 0) for task, done, bad in files})


#: Fields of a task that tasks may have in common, in words.
_SHARED = {
    "username": "owner", "status": "status", "tasktype": "type", "processingtype": "processing type", "campaign": "campaign",
    "workinggroup": "working group", "transpath": "transformation", "nucleus": "nucleus",
}  # fmt: skip


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


def _changed(row: dict[str, Any]) -> str:
    return known(row.get("statechangetime")) or known(row.get("modificationtime"))


def _row(row: dict[str, Any]) -> list[Any]:
    files, done, failed = _numbers(row)
    changed = _changed(row)
    return [
        number(row.get("jeditaskid")), known(row.get("status")), files, done, failed,
        percent(done or 0, files) if files else "", changed.replace("T", " ")[:19], known(row.get("taskname")),
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
