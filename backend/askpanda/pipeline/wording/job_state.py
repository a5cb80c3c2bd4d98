"""A job in any state: the state first, then the facts of its record."""

from typing import Any

from askpanda.diagnosis import describe_state
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.wording.numbers import known, number
from askpanda.pipeline.wording.verdicts import named, retry, whose
from askpanda.schema.answer import FollowUp, Sections

FINAL = frozenset({"finished", "failed", "closed", "cancelled"})


def job_status(brief: Brief) -> Words:
    """What a job does or did; for one that failed the verdict is a sentence of it."""
    job = brief.gathered.job
    ids = brief.route.entities.job_ids
    if job is None or not brief.gathered.facts:
        return _unknown(brief)
    record = job.job
    cite = brief.cite("record")
    status = known(record.get("jobstatus")) or "unknown"
    description = (
        f"Job {job.pandaid or next(iter(ids), '?')} is **{status}**{_where(record)}. {load('states')['job'].get(status, '')}"
    ).rstrip()
    description += cite
    if brief.route.intent == "job_failure" and status not in ("failed", "closed", "cancelled", "holding"):
        description = f"This job has not failed. {description}"
    verdict = brief.finding.verdict
    problems = []
    if verdict is not None:
        problems.append(
            f"{named(verdict.diagnosis)} {verdict.diagnosis.cause} {whose(verdict.diagnosis)} {retry(verdict.diagnosis)}"
        )
    notes = describe_state(job)
    said = [f"- {note}" for note in (notes.sentences() if verdict is None else [*notes.waiting, *notes.progress, *notes.next])]
    shown = [f"- {fact.label}: {fact.value}" for fact in brief.gathered.facts if fact.label not in ("status", "queue")]
    parts = [
        f"{title}{cite}:\n" + "\n".join(lines)
        for title, lines in (("What that means for this job", said), ("From the record", shown))
        if lines
    ]
    details = "\n\n".join(parts)
    return Words(
        sections=Sections(description=description, problems=problems, details=details),
        follow_ups=_offers(record, job.pandaid, status),
    )


def _where(record: dict[str, Any]) -> str:
    site = known(record.get("computingsite"))
    return f" at {site}" if site else ""


def _offers(record: dict[str, Any], pandaid: int | None, status: str) -> list[FollowUp]:
    offers = []
    if status in ("failed", "closed", "cancelled", "holding"):
        offers.append(FollowUp(question=f"Why did job {pandaid} fail?", why="Error, cause and what to do"))
    if pandaid and (number(record.get("attemptnr")) or 0) > 1 and known(record.get("jobname")):
        question = f"Why did the earlier attempts of job {pandaid} fail?"
        offers.append(FollowUp(question=question, why="Whether this one has the same ahead of it"))
    if number(record.get("jeditaskid")):
        offers.append(
            FollowUp(
                question=f"What is happening with task {number(record.get('jeditaskid'))}?",
                why="The task that the job belongs to",
            )
        )
    offers.append(FollowUp(question=f"What does the job status {status} mean?", why="States of jobs and what follows them"))
    return offers


def _unknown(brief: Brief) -> Words:
    ids = brief.route.entities.job_ids
    if not ids:
        text = "Which job? Give its number, such as `job 6798544333`, or ask on the job's page."
        return Words(sections=Sections(description=text), verbatim=True)
    text = f"I do not have the record of job {ids[0]}, so I do not know its state."
    page = brief.turn.request.context
    if page.status and page.pandaid == ids[0]:
        text = f"The page shows job {ids[0]} as **{known(page.status)}**; I do not have its record, so I know no more."
    if brief.gathered.requests:
        text += " I asked for it; where the page can fetch it, the answer follows."
    return Words(sections=Sections(description=text), verbatim=True)
