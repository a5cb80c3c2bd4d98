"""Why jobs of a task fail: how many, in groups that sum to that number, each with an example."""

import re
from collections import Counter

from askpanda.diagnosis import Cluster
from askpanda.pipeline.live import read_rows
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import FAILED
from askpanda.pipeline.routing.rules import concepts_in, load
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.selection import is_whole_name
from askpanda.pipeline.wording.clusters import cluster_block, in_common
from askpanda.pipeline.wording.error_codes import sentence
from askpanda.pipeline.wording.live import as_of, cite_page, told
from askpanda.pipeline.wording.numbers import counted, joined, known
from askpanda.pipeline.wording.summaries import ErrorCount, error_table, errors_by_code, state_counts, was_read
from askpanda.pipeline.wording.task import STOPPED, jobs_block, message_of, parts, problems_of, progress_of, unknown
from askpanda.pipeline.wording.verdicts import place, quoted
from askpanda.schema.answer import Block, FollowUp, Sections

#: Groups and errors that are put into words; the blocks have all.
_SAID = 8


def failures(brief: Brief) -> Words:
    """Failed jobs of a task, the viewer's own where they were asked for."""
    ids = brief.route.entities.task_ids
    data, pages = brief.gathered.task, brief.gathered.pages
    rows_read = read_rows(pages, FAILED)
    clusters = list(brief.gathered.groups)
    errors, counts = errors_by_code(pages), state_counts(pages)
    if not ids or not (errors or counts or data or rows_read):
        return unknown(brief)
    name, live = ids[0], cite_page(brief, "/jobs/")
    lines, blocks, problems = [*_places(brief, name, clusters), _head(brief, name, clusters, counts, rows_read)], [], []
    mine = of_yours(brief)
    why = ""
    if data:
        task, datasets = parts(data)
        status = known(task.get("status"))
        why = message_of(task) if status in STOPPED else ""  # why it stands still comes before what failed in it
        state = [f"{f'Task {name}' if why else 'The task'} is **{status}**.", why, progress_of(task, datasets)]
        lines.insert(0 if why else 1, f"{' '.join(part for part in state if part)}{brief.cite('record')}")
        if "may_retry" in concepts_in(fold(brief.turn.question)) and (steps := load("states")["next"].get(status)):
            lines.insert(
                0, f"{steps[-1].format(task=name)}{brief.cite('record')}"
            )  # whether a retry is worth while comes first
    if clusters:
        problems = [group_line(brief, cluster, cite_rows(brief)) for cluster in clusters[:_SAID]]
        blocks.append(cluster_block(clusters, f"Failed jobs{mine} of task {name} by error"))
        blocks.append(group_table(clusters, f"Failed jobs{mine} of task {name}"))
    elif errors:
        total = sum(error.count for error in errors)
        lines.append(f"The monitor counts {counted(total, 'error')} of {counted(len(errors), 'kind')} in its jobs.{live}")
        problems = [_counted_error(brief, error, live) for error in errors[:_SAID]]
        blocks.append(error_table(errors, f"Errors of task {name}"))
    elif data:
        task, datasets = parts(data)
        problems = problems_of(brief, task, datasets, message=not why)
        if not (was_read(pages, "errsByCount") or rows_read):
            lines.append("The errors of its jobs were not read; this is from its record only.")
    jobs_by_state = jobs_block(brief)
    blocks += [jobs_by_state] if jobs_by_state else []
    lines.append(as_of(brief))
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line), problems=problems),
        blocks=blocks,
        follow_ups=group_offers(clusters, errors),
    )


_WHERE = re.compile(
    r"\b(?:which|what|welche\w*|quels?|quelles?|que|cuales?) (?:sites?|queues?|standort\w*|sitios?|colas?)\b"
    r"|\b(?:where|wo|donde)\b"
)


def _places(brief: Brief, name: int, clusters: list[Cluster]) -> list[str]:
    """Where the failed jobs ran, where that is asked."""
    if not _WHERE.search(fold(brief.turn.question)):
        return []
    sites: Counter[str] = Counter()
    for cluster in clusters:
        sites.update(cluster.sites)
    if not sites:
        return []
    most = joined([f"**{site}** ({counted(n, 'job')})" for site, n in sites.most_common(_SAID)])
    more = f", and at {len(sites) - _SAID} more" if len(sites) > _SAID else ""
    return [f"The failed jobs{of_yours(brief)} of task {name} were at {most}{more}.{cite_rows(brief)}"]


def of_yours(brief: Brief) -> str:
    """` of yours`, where the viewer asked about own jobs, and is known, be it as the owner of the task."""
    if brief.route.entities.user != "me" or not brief.gathered.viewer:
        return ""
    if is_whole_name(brief.gathered.viewer):
        return " of yours"
    owner = known(parts(brief.gathered.task)[0].get("username")) if brief.gathered.task else ""
    return " of yours" if brief.gathered.viewer.casefold() in owner.casefold() else ""


def _head(brief: Brief, name: int, clusters: list[Cluster], counts: dict[str, int], rows_read: bool) -> str:
    """How many failed, and of what most."""
    mine, found = of_yours(brief), sum(cluster.count for cluster in clusters)
    retried = any("mode=nodrop" in path for path in brief.gathered.pages)
    if retried and clusters:
        attempts = f"{counted(found, 'attempt')} failed and {'was' if found == 1 else 'were'} tried again"
        return f"**0** jobs{mine} in task {name} count as failed now: {attempts}.{cite_rows(brief)}"
    if not counts and not rows_read:
        return ""
    failed = counts.get("failed", 0) if counts else found
    of = (
        f"**{failed}** of {counted(sum(counts.values()), 'job')}"
        if counts
        else f"**{failed}** {'job' if failed == 1 else 'jobs'}"
    )
    head = f"{of}{mine} in task {name} failed.{cite_page(brief, '/jobs/')}"
    if brief.route.entities.user == "me" and not mine:
        owner = known(parts(brief.gathered.task)[0].get("username")) if brief.gathered.task else ""
        head += (
            f" These are all jobs of the task{f', which is of {owner}' if owner else ''}; which are yours is not known here."
        )
    if not clusters:
        return head
    top = clusters[0]
    if len(clusters) == 1:
        every = "It failed with" if found == 1 else f"All {found} failed with"
        return f"{head} {every} {top.label}.{cite_rows(brief)}"
    groups = f"The {found} fall into {len(clusters)} groups by error; the largest, {top.count}, is {top.label}."
    return f"{head} {groups}{cite_rows(brief)}"


def cite_rows(brief: Brief) -> str:
    return cite_page(brief, "/jobs/", FAILED)


def group_line(brief: Brief, cluster: Cluster, cite: str) -> str:
    """One group of failed jobs: how many, their error and its text, where and when, and an example."""
    entry = brief.catalogue.get(cluster.component, cluster.code) if cluster.code else None
    meaning = f" {sentence(told(entry))}" if entry and entry.message else ""
    if cluster.text and entry and cluster.text.casefold().startswith(entry.message.casefold()):
        meaning = ""  # their text begins with it
    sites = sorted(cluster.sites.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    where = (
        f" Most at {', '.join(f'{site} ({n})' for site, n in sites)}."
        if len(sites) > 1
        else f" {'All at' if cluster.count > 1 else 'At'} {sites[0][0]}."
        if sites
        else ""
    )
    text = f" Their text: {sentence(cluster.text)}" if cluster.text and cluster.text not in meaning else ""
    shared = f" {common}" if (common := in_common(cluster)) else ""
    return (
        f"**{counted(cluster.count, 'job')}**: {cluster.label}.{meaning}{text}{where}{shared} {_example(brief, cluster)}{cite}"
    )


def _example(brief: Brief, cluster: Cluster) -> str:
    """A job of the group, and what its log says where one was read."""
    pandaid = cluster.jobs[0]
    pairs = zip(brief.gathered.jobs, brief.finding.each, strict=True)
    job, verdict = next(((job, verdict) for job, verdict in pairs if job.pandaid == pandaid), (None, None))
    line = next((line for line in verdict.diagnosis.evidence if line.line is not None), None) if verdict else None
    if job is None or verdict is None or line is None:
        return f"For example job {pandaid}."
    origin = next((log.origin for log in job.logs if log.name == line.file), "")
    shown = f"{quoted(line)} ({place(line)}){brief.cite('log', origin)}"
    return f"The log of one of them, job {pandaid}, was read: {sentence(verdict.diagnosis.cause)} What shows it: {shown}."


def _counted_error(brief: Brief, error: ErrorCount, cite: str) -> str:
    entry = brief.catalogue.get(error.component, error.code)
    label = f"{entry.name}: {entry.message}" if entry else error.text
    example = f"; for example job {error.example}" if error.example else ""
    return f"{error.component} {error.code}, {counted(error.count, 'time')}: {label}{example}.{cite}"


def group_table(clusters: list[Cluster], title: str) -> Block:
    """The groups side by side."""
    rows = [
        [cluster.component, cluster.code, cluster.name, cluster.count, cluster.text, cluster.jobs[0]] for cluster in clusters
    ]
    columns = ["Component", "Code", "Name", "Jobs", "Message", "Example job"]
    return Block(kind="table", title=title, data={"columns": columns, "rows": rows, "count": len(rows)})


def group_offers(clusters: list[Cluster], errors: list[ErrorCount]) -> list[FollowUp]:
    """Offers to explain an example of the largest groups, and the most frequent error."""
    if clusters:
        pairs = [(f"{cluster.component} {cluster.code}", cluster.jobs[0]) for cluster in clusters if cluster.code]
    else:
        pairs = [(f"{error.component} {error.code}", error.example or 0) for error in errors]
    offers = [FollowUp(question=f"Why did job {job} fail?", why=f"An example of {code}") for code, job in pairs[:2] if job]
    return offers + [FollowUp(question=f"What does {code} mean?", why="The most frequent error") for code, _ in pairs[:1]]
