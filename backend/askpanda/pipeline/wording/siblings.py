"""How a failed job differs from the finished jobs of its task."""

from askpanda.diagnosis import Difference, differences
from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import FINISHED
from askpanda.pipeline.wording.job_state import job_status
from askpanda.pipeline.wording.live import as_of, missing
from askpanda.pipeline.wording.numbers import counted, joined, known, number
from askpanda.schema.answer import Block, FollowUp, Sections
from askpanda.schema.values import as_identity


def siblings(brief: Brief) -> Words:
    """The job beside the finished ones: what sets it apart, what does not, and all that was compared."""
    job = brief.gathered.job
    if job is None or not brief.gathered.facts:
        return job_status(brief)
    task = number(job.job.get("jeditaskid"))
    if not task:
        text = f"Job {job.pandaid} belongs to no task, says its record: there is no finished job to hold it against."
        return Words(sections=Sections(description=text + brief.cite("record")), verbatim=True)
    if not read_rows(brief.gathered.pages, FINISHED):
        return missing(brief, f"the finished jobs of task {task}")
    cite = f"{brief.cite('record')}{brief.cite('live')}"
    rows = [row for row in rows_of(brief.gathered.pages, FINISHED) if as_identity(row.get("pandaid")) != job.pandaid]
    state = known(job.job.get("jobstatus")) or "unknown"
    if not rows:
        text = (
            f"The monitor lists no finished job of task {task}, so job {job.pandaid} ({state}) cannot be held against one. "
            f"Where no job of a task finishes, the cause is more likely in the task than at one site.{cite} {as_of(brief)}"
        )
        return Words(sections=Sections(description=text), follow_ups=_offers(task), verbatim=True)
    found = differences(job.job, rows)
    apart = [one for one in found if one.sets_apart]
    head = f"Job {job.pandaid} ({state}) beside {counted(len(rows), 'finished job')} of task {task}: "
    if apart:
        head += f"what sets it apart is its {joined([one.what for one in apart])}."
    elif found:
        head += "nothing of what the records tell sets it apart."
    else:
        head += "their records have nothing in common that could be compared."
    alike = [one.what for one in found if not one.sets_apart and one.same]
    details = f"Finished jobs with the same value were found for: {joined(alike)}." if alike else ""
    return Words(
        sections=Sections(
            description=f"{head}{cite} {as_of(brief)}", problems=[_line(one, cite) for one in apart], details=details
        ),
        blocks=[_table(found, len(rows))] if found else [],
        follow_ups=[FollowUp(question=f"Why did job {job.pandaid} fail?", why="Error, cause and what to do"), *_offers(task)],
        verbatim=True,
    )


def _line(one: Difference, cite: str) -> str:
    return f"{one.what[0].upper()}{one.what[1:]}: {one.own}; the finished jobs have {one.finished}.{cite}"


def _table(found: list[Difference], jobs: int) -> Block:
    rows = [[one.what, one.own, one.finished, "yes" if one.sets_apart else "no"] for one in found]
    columns = ["What", "This job", f"{counted(jobs, 'finished job')}", "Sets it apart"]
    return Block(
        kind="table", title="Beside the finished jobs of its task", data={"columns": columns, "rows": rows, "count": len(rows)}
    )


def _offers(task: int) -> list[FollowUp]:
    return [FollowUp(question=f"Why do jobs of task {task} fail?", why="Whether the others fail in the same way")]
