"""A job in any state: the state first, then the facts of its record."""

import re
from functools import cache
from typing import Any

from askpanda.diagnosis import describe_state
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import WAITING
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording.error_codes import sentence
from askpanda.pipeline.wording.live import moment_of, read_at
from askpanda.pipeline.wording.numbers import known, number
from askpanda.pipeline.wording.verdicts import named, retry, whose
from askpanda.pipeline.wording.waiting import usual_wait, wait_blocks
from askpanda.schema.answer import FollowUp, Sections

BAD_ENDS = frozenset({"failed", "closed", "cancelled", "holding"})


def job_status(brief: Brief) -> Words:
    """What a job does or did; for one that ended badly the error comes first."""
    job = brief.gathered.job
    ids = brief.route.entities.job_ids
    if job is None or not brief.gathered.facts:
        return _unknown(brief)
    record = job.job
    cite = brief.cite("record")
    status = known(record.get("jobstatus")) or "unknown"
    verdict = brief.finding.verdict
    notes = describe_state(job)
    parts = [f"Job {job.pandaid or next(iter(ids), '?')} is **{status}**{_where(record)}."]
    if brief.route.intent == "job_failure" and status not in BAD_ENDS:
        parts[0] = f"{parts[0][:-1]} and has not failed."
    if told := _asked_for(brief, job.pandaid):
        parts = [*told, f"It is **{status}**{_where(record)}."]
    problems = []
    if verdict is not None:
        parts.append(f"{named(verdict.diagnosis)} {sentence(verdict.diagnosis.cause)}")
        problems.append(f"{whose(verdict.diagnosis)} {retry(verdict.diagnosis)}")
        said = [*notes.waiting, *notes.progress, *notes.next]
    else:
        said = notes.rest()
    parts += notes.head
    if status not in BAD_ENDS:
        # what the state means, in words for this job where there are any
        parts.append(said.pop(0) if notes.waiting and said[0] == notes.waiting[0] else load("states")["job"].get(status, ""))
    compared = usual_wait(brief)
    if _UNUSUAL.search(fold(brief.turn.question)) and (judged := _as_usual([*said, *notes.head], compared)):
        parts.insert(0, judged)
    description = " ".join(part for part in parts if part) + cite
    description = " ".join([description, *compared, read_at(brief)]).strip()
    shown = [f"- {fact.label}: {fact.value}" for fact in brief.gathered.facts if fact.label not in ("status", "queue")]
    details = "\n\n".join(
        f"{title}{cite}:\n" + "\n".join(lines)
        for title, lines in (("What else that means for this job", [f"- {one}" for one in said]), ("From the record", shown))
        if lines
    )
    return Words(
        sections=Sections(description=description, problems=problems, details=details),
        blocks=wait_blocks(brief),
        follow_ups=_offers(record, job.pandaid, status),
    )


#: Whether it is as it should be, asked in whichever way.
_UNUSUAL = re.compile(
    r"\b(?:normal\w*|usual\w*|expected|stuck|hang(?:s|ing)|too long|so long|worr\w+)\b"
    r"|\b(?:attascad\w*|bloque\w*|hangt)\b"
)


def _as_usual(notes: list[str], compared: list[str]) -> str:
    """Whether a job has stood for longer than it should; nothing where that is not known."""
    if any(" has passed" in note for note in notes):
        return "That is longer than the server allows."
    if any("waits longer than usual" in one for one in compared):
        return "That is longer than usual."
    return "That is no longer than usual." if any("no longer than usual" in one for one in compared) else ""


#: Facts that one question is taken to ask for.
_FACTS = 3


@cache
def _facts() -> list[tuple[re.Pattern[str], dict[str, str]]]:
    return [(re.compile("|".join(rule["asked"])), rule) for rule in load("job_facts")]


def _asked_for(brief: Brief, pandaid: int | None) -> list[str]:
    """A sentence for each fact that the question asks for, or that the record lacks it."""
    if brief.route.about != "job_status":
        return []
    folded = fold(brief.turn.question)
    values = {fact.label: fact.value for fact in brief.gathered.facts}
    job = pandaid or next(iter(brief.route.entities.job_ids), "?")
    wanted = [rule for pattern, rule in _facts() if pattern.search(folded)][:_FACTS]
    return [
        rule["says" if rule["fact"] in values else "lacks"].format(job=job, value=values.get(rule["fact"], ""))
        for rule in wanted
    ]


def _where(record: dict[str, Any]) -> str:
    site = known(record.get("computingsite"))
    return f" at {site}" if site else ""


def _offers(record: dict[str, Any], pandaid: int | None, status: str) -> list[FollowUp]:
    offers = []
    if status in BAD_ENDS:
        asked = {"failed": "did job {} fail", "holding": "is job {} in holding"}.get(status, f"was job {{}} {status}")
        offers.append(FollowUp(question=f"Why {asked.format(pandaid)}?", why="Error, cause and what to do"))
    elif status in WAITING and known(record.get("computingsite")):
        offers.append(FollowUp(question=f"How is {known(record.get('computingsite'))} doing?", why="Whether jobs start there"))
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
    return offers


def _unknown(brief: Brief) -> Words:
    ids = brief.route.entities.job_ids
    if not ids:
        text = "Which job? Give its number, such as `job 6798544333`, or ask on the job's page."
        return Words(sections=Sections(description=text), verbatim=True)
    page, notes = brief.turn.request.context, brief.gathered.job.notes if brief.gathered.job else []
    if notes and not brief.gathered.requests:
        # what came instead of the record
        monitor = f" Monitor: {brief.gathered.monitor}, asked at {moment_of(brief)} UTC." if brief.gathered.monitor else ""
        text = f"{notes[0]}{monitor}"
        if "not found" in notes[0]:
            text += " Check the number (a task's number is shorter than a job's), or ask on the monitor that has the job."
    elif page.status and page.pandaid == ids[0]:
        text = f"The page shows job {ids[0]} as **{known(page.status)}**; I do not have its record, so I know no more."
    else:
        text = f"I do not have the record of job {ids[0]}, so I do not know its state."
    if brief.gathered.requests:
        text += " I asked for it; where the page can fetch it, the answer follows."
    offers = [FollowUp(question="What do the job states mean?", why="What the monitor's words for a job say")]
    return Words(sections=Sections(description=text), follow_ups=offers, verbatim=True)
