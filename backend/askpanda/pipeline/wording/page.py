"""What a page of many jobs shows: how many in which state, and the failed ones by error."""

from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import DEFAULT_HOURS, ONE_BY_ONE
from askpanda.pipeline.routing.page import asks_why
from askpanda.pipeline.scope import Scope, scope_of
from askpanda.pipeline.wording.clusters import cluster_block
from askpanda.pipeline.wording.live import as_of, count_table, error_line, missing
from askpanda.pipeline.wording.numbers import counted, joined
from askpanda.pipeline.wording.summaries import attribute_counts, error_table, errors_by_code, state_counts, was_read
from askpanda.pipeline.wording.task_failures import group_line, group_offers, group_table
from askpanda.schema.answer import Block, Sections

_FAILED = f"jobstatus=failed&limit={ONE_BY_ONE}"
_SAID = 6


def shown(brief: Brief) -> Words:
    """The page in numbers, and why what failed there failed."""
    lists = {path: page for path, page in brief.gathered.pages.items() if _FAILED not in path}
    rows = rows_of(brief.gathered.pages, _FAILED)
    if not was_read(lists, "selectionsummary") and not read_rows(brief.gathered.pages, _FAILED):
        return missing(brief, "the list that this page shows")
    scope = scope_of(brief.turn.request.context)
    counts, errors, clusters = state_counts(lists), errors_by_code(lists), list(brief.gathered.groups)
    cite = brief.cite("live", next((path for path in lists if path.startswith("/jobs/")), ""))
    cite_rows = brief.cite("live", next((path for path in brief.gathered.pages if _FAILED in path), ""))
    what = _what(scope)
    if not counts and not rows:
        text = f"The monitor has no jobs for {what}.{cite} {as_of(brief)}"
        return Words(sections=Sections(description=text), verbatim=True)
    total = sum(counts.values())
    shares = joined([f"{n} {state}" for state, n in counts.items()])
    lines = [f"There {'is' if total == 1 else 'are'} **{counted(total, 'job')}** for {what}: {shares}.{cite}" if counts else ""]
    failed, ended = counts.get("failed", 0), counts.get("failed", 0) + counts.get("finished", 0)
    if not scope.by_state and ended:
        lines.append(f"Of those that ended well or failed, {round(100 * failed / ended, 1)} % failed.")
    if clusters:
        found, top = sum(cluster.count for cluster in clusters), clusters[0]
        latest = f" (the latest {found} were looked at)" if len(rows) >= ONE_BY_ONE else ""
        groups = f"The {counted(found, 'failed job')}{latest} fall into {counted(len(clusters), 'group')} by error"
        largest = f"the largest, {top.count} of {found}, is {top.label}" if top.count > 1 else "no two have the same one"
        why = f"{groups}; {largest}.{cite_rows}" if found > 1 else f"One failed, with {top.label}.{cite_rows}"
        lines.insert(0 if asks_why(brief.turn.question) else len(lines), why)
    elif not errors:
        lines.append("None of them has an error.")
    lines.append(as_of(brief))
    problems = [group_line(brief, cluster, cite_rows) for cluster in clusters[:_SAID]]
    blocks: list[Block] = []
    if clusters:
        blocks += [cluster_block(clusters, "Failed jobs by error"), group_table(clusters, "Failed jobs")]
    elif errors:
        problems = [error_line(brief, error, cite) for error in errors[:_SAID]]
        blocks.append(error_table(errors, "Errors"))
    for field, title, column in (("jobstatus", "Jobs by state", "State"), ("computingsite", "Jobs by queue", "Queue")):
        values = attribute_counts(lists, field)
        if len(values) > 1:
            blocks.append(count_table(title, column, values))
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line), problems=problems),
        blocks=blocks,
        follow_ups=group_offers(clusters, errors),
    )


def _what(scope: Scope) -> str:
    """`computingsite MWT2, jobstatus failed of the last 6 hours`"""
    times = dict(one.split("=", 1) for one in scope.times)
    if "hours" in times or "days" in times:
        unit = "hour" if "hours" in times else "day"
        amount = times.get("hours") or times.get("days") or ""
        when = f" of the last {counted(int(amount), unit)}" if amount.isdigit() else ""
    elif times:
        when = " of the time that the page shows"
    else:
        timeless = any(one.startswith(("jeditaskid=", "pandaid=", "jobsetid=", "jobname=")) for one in scope.filters)
        when = "" if timeless else f" of the last {counted(DEFAULT_HOURS, 'hour')}"
    return f"{scope.words}{when}" if scope.words else f"all queues and users{when}"
