"""Many jobs, those that a page shows or that were counted before: what was read of them."""

from dataclasses import dataclass
from typing import Any

from askpanda.diagnosis import Cluster
from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief
from askpanda.pipeline.paths import ONE_BY_ONE, PARTS
from askpanda.pipeline.scope import Scope, scope_of
from askpanda.pipeline.selection import selected, times_of
from askpanda.pipeline.wording.live import when_of
from askpanda.pipeline.wording.numbers import counted
from askpanda.pipeline.wording.summaries import ErrorCount, errors_by_code, state_counts, was_read

_FAILED = f"jobstatus=failed&limit={ONE_BY_ONE}"


@dataclass(frozen=True)
class Many:
    """The jobs that are spoken of. `lists` are the monitor's counts of them, `rows` the failed ones, `what` their words."""

    scope: Scope
    what: str
    lists: dict[str, Any]
    rows: list[dict[str, Any]]
    counts: dict[str, int]
    clusters: list[Cluster]
    errors: list[ErrorCount]
    cite: str
    cite_rows: str

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def failed(self) -> int:
        """Failed jobs that were looked at one by one."""
        return sum(cluster.count for cluster in self.clusters)


def many_of(brief: Brief) -> Many | None:
    """What was read of them; None where nothing was."""
    pages = brief.gathered.pages
    main = next((path for path in pages if path.startswith("/jobs/") and PARTS in path), "")
    lists = {path: page for path, page in pages.items() if path == main}
    if not was_read(lists, "selectionsummary") and not read_rows(pages, _FAILED):
        return None
    scope = chosen(brief)
    return Many(
        scope=scope,
        what=_what(brief, scope),
        lists=lists,
        rows=rows_of(pages, _FAILED),
        counts=state_counts(lists),
        clusters=list(brief.gathered.groups),
        errors=errors_by_code(lists),
        cite=brief.cite("live", main),
        cite_rows=brief.cite("live", next((path for path in pages if _FAILED in path), "")),
    )


def chosen(brief: Brief) -> Scope:
    """The jobs that are asked for, as filters."""
    page = scope_of(brief.turn.request.context)
    return selected(brief.route, brief.gathered.viewer, brief.gathered.queues, page)


def latest_only(many: Many) -> str:
    """That not all were looked at."""
    return f" (the latest {many.failed} were looked at)" if len(many.rows) >= ONE_BY_ONE else ""


def _what(brief: Brief, scope: Scope) -> str:
    """`queue MWT2, status failed of the last 6 hours`"""
    entities = brief.route.entities
    if entities.window and entities.window != scope.said.window:
        when = when_of(brief).replace(" in the last", " of the last")
    else:
        when = _when(times_of(scope))
    return f"{scope.words}{when}" if scope.words else f"all queues and users{when}"


def _when(said: tuple[str, ...]) -> str:
    times = dict(one.split("=", 1) for one in said)
    if "hours" in times or "days" in times:
        amount = times.get("hours") or times.get("days") or ""
        return f" of the last {counted(int(amount), 'hour' if 'hours' in times else 'day')}" if amount.isdigit() else ""
    return " of the time that the page shows" if times else ""
