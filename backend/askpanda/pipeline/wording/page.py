"""Many jobs, those that a page shows or that were counted before: how many in which state, and the failed ones by error.

The first sentence answers what is asked of them (`page_leads`); the numbers that it rests on follow.
"""

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.page import asks_why
from askpanda.pipeline.scope import scope_of
from askpanda.pipeline.selection import is_of_viewer, is_whole_name
from askpanda.pipeline.wording.clusters import cluster_block
from askpanda.pipeline.wording.live import as_of, count_table, error_line, missing, nobody, unknown_place
from askpanda.pipeline.wording.many import Many, latest_only, many_of
from askpanda.pipeline.wording.numbers import counted, joined
from askpanda.pipeline.wording.page_leads import lead
from askpanda.pipeline.wording.summaries import attribute_counts, error_table
from askpanda.pipeline.wording.task_failures import group_line, group_offers, group_table
from askpanda.pipeline.wording.which import which
from askpanda.schema.answer import Block, Sections

_SAID = 6


def shown(brief: Brief) -> Words:
    """The page in numbers, and why what failed there failed."""
    mine = is_of_viewer(brief.route, scope_of(brief.turn.request.context))
    if mine and not is_whole_name(brief.gathered.viewer) and not brief.gathered.requests:
        return nobody("jobs")
    many = many_of(brief)
    if many is None:
        return missing(brief, "the list that this page shows")
    if not many.counts and not many.rows:
        text = f"The monitor has no jobs for {many.what}.{many.cite}{unknown_place(brief)} {as_of(brief)}"
        return Words(sections=Sections(description=text), verbatim=True)
    if brief.route.aspect == "which":
        return which(brief, many)
    first = lead(brief, many)
    groups = _groups(brief, many) if brief.route.aspect != "groups" else ""
    lines = [_counted(many), groups] if not asks_why(brief.turn.question) or first.lines else [groups, _counted(many)]
    if not many.clusters and not many.errors:
        lines.append("None of them has an error.")
    lines = [*first.lines, *lines, unknown_place(brief).strip(), as_of(brief)]
    problems = [group_line(brief, cluster, many.cite_rows) for cluster in many.clusters[:_SAID]]
    blocks: list[Block] = [*first.blocks]
    if many.clusters:
        blocks += [cluster_block(many.clusters, "Failed jobs by error"), group_table(many.clusters, "Failed jobs")]
    elif many.errors:
        problems = [error_line(brief, error, many.cite) for error in many.errors[:_SAID]]
        blocks.append(error_table(many.errors, "Errors"))
    for field, title, column in (("jobstatus", "Jobs by state", "State"), ("computingsite", "Jobs by queue", "Queue")):
        values = attribute_counts(many.lists, field)
        if len(values) > 1 and not any(block.title == title for block in blocks):
            blocks.append(count_table(title, column, values))
    words = Words(
        sections=Sections(description=" ".join(line for line in lines if line), problems=problems),
        blocks=blocks,
        follow_ups=group_offers(many.clusters, many.errors),
    )
    return first.instead(words) if first.instead else words


def _counted(many: Many) -> str:
    """`There are 39 jobs for queue MWT2 of the last 6 hours: 24 finished ...`"""
    if not many.counts:
        return ""
    shares = joined([f"{n} {state}" for state, n in many.counts.items()])
    are = f"There {'is' if many.total == 1 else 'are'} **{counted(many.total, 'job')}** for {many.what}: {shares}.{many.cite}"
    failed, ended = many.counts.get("failed", 0), many.counts.get("failed", 0) + many.counts.get("finished", 0)
    if many.scope.by_state or not ended:
        return are
    return f"{are} Of those that ended well or failed, {round(100 * failed / ended, 1)} % failed."


def _groups(brief: Brief, many: Many) -> str:
    if not many.clusters:
        return ""
    top = many.clusters[0]
    latest = latest_only(many)
    groups = f"The {counted(many.failed, 'failed job')}{latest} fall into {counted(len(many.clusters), 'group')} by error"
    largest = f"the largest, {top.count} of {many.failed}, is {top.label}" if top.count > 1 else "no two have the same one"
    return f"{groups}; {largest}.{many.cite_rows}" if many.failed > 1 else f"One failed, with {top.label}.{many.cite_rows}"
