"""A job in any state: the state first, then the facts of its record."""

from collections.abc import Iterator
from typing import Any

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.wording.numbers import counted, known, number
from askpanda.schema.answer import FollowUp, Sections

FINAL = frozenset({"finished", "failed", "closed", "cancelled"})


def job_status(brief: Brief) -> Words:
    """What a job does or did; for one that failed the verdict is a sentence of it."""
    job = brief.gathered.job
    ids = brief.route.entities.job_ids
    if job is None or not job.job:
        return _unknown(brief)
    record = job.job
    cite = brief.cite("record")
    status = known(record.get("jobstatus")) or "unknown"
    description = f"Job {job.pandaid or (ids or ['?'])[0]} is **{status}**{_where(record)}. {load('states')['job'].get(status, '')}".rstrip()
    description += cite
    if brief.route.intent == "job_failure" and status not in ("failed", "closed", "cancelled", "holding"):
        description = f"This job has not failed. {description}"
    verdict = brief.finding.verdict
    problems = []
    if verdict is not None:
        from askpanda.pipeline.wording.failure import named, retry, whose

        problems.append(
            f"{named(verdict.diagnosis)} {verdict.diagnosis.cause} {whose(verdict.diagnosis)} {retry(verdict.diagnosis)}"
        )
    facts = [fact.text for fact in brief.finding.facts] or list(facts_of(record))
    details = "\n".join(f"- {fact}{cite}" for fact in facts)
    return Words(
        sections=Sections(description=description, problems=problems, details=details),
        follow_ups=_offers(record, job.pandaid, status),
    )


def facts_of(record: dict[str, Any]) -> Iterator[str]:
    """Facts of a record, a sentence each, numbers as the record has them."""
    kind = known(record.get("transformation"))
    label = known(record.get("job_label")) or known(record.get("prodsourcelabel"))
    if kind:
        yield (
            f"It runs `{kind}`"
            + (
                f" ({label}{', ' + known(record.get('processingtype')) if known(record.get('processingtype')) else ''})"
                if label
                else ""
            )
            + "."
        )
    if known(record.get("produsername")):
        yield f"Owner: {known(record.get('produsername'))}."
    attempt, most = number(record.get("attemptnr")), number(record.get("maxattempt"))
    if attempt is not None:
        yield f"Attempt {attempt}" + (f" of {most}." if most else ".")
    if number(record.get("jeditaskid")):
        yield f"It belongs to task {number(record.get('jeditaskid'))}."
    cores = number(record.get("corecount")) or number(record.get("actualcorecount"))
    if cores:
        yield f"{counted(cores, 'core')}."
    for label_, field in (
        ("Created", "creationtime"),
        ("Started", "starttime"),
        ("Ended", "endtime"),
        ("Last change of state", "statechangetime"),
        ("Last report", "modificationtime"),
    ):
        if known(record.get(field)):
            yield f"{label_}: {known(record.get(field))} (UTC)."
    if known(record.get("waittime")):
        yield f"It waited {_span(known(record.get('waittime')))} before it started."
    if known(record.get("duration")) and number(record.get("durationsec")) != 0:
        yield f"It {'runs' if known(record.get('jobstatus')) in ('running', 'starting') else 'ran'} for {_span(known(record.get('duration')))}."
    cpu = number(record.get("cpuconsumptiontime"))
    if cpu:
        efficiency = known(record.get("cpuefficiency"))
        yield f"CPU time {cpu} s" + (f", efficiency {efficiency} %." if efficiency else ".")
    peak = number(record.get("maxpss"))
    if peak:
        asked = number(record.get("minramcount"))
        yield f"Largest memory (PSS) {peak} kB, that is {round(peak / 1024)} MB" + (
            f"; {asked} MB were asked for." if asked else "."
        )
    for label_, field in (
        ("Input files", "ninputdatafiles"),
        ("Events", "nevents"),
        ("Priority", "currentpriority"),
        ("Global share", "gshare"),
    ):
        if known(record.get(field)):
            yield f"{label_}: {known(record.get(field))}."


def _span(text: str) -> str:
    """The monitor's `d:hh:mm:ss` as `1 d 21:08:07`; other texts as they are."""
    pieces = text.split(":")
    if len(pieces) == 4 and all(piece.isdigit() for piece in pieces):
        days = int(pieces[0])
        return (f"{days} d " if days else "") + ":".join(piece.zfill(2) for piece in pieces[1:])
    return text


def _where(record: dict[str, Any]) -> str:
    site = known(record.get("computingsite"))
    return f" at {site}" if site else ""


def _offers(record: dict[str, Any], pandaid: int | None, status: str) -> list[FollowUp]:
    offers = []
    if status in ("failed", "closed", "cancelled", "holding"):
        offers.append(FollowUp(question=f"Why did job {pandaid} fail?", why="Error, cause and what to do"))
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
