"""A job's relatives: its earlier attempts with their errors, and the other jobs of its set with their states."""

import re
from collections import Counter
from typing import Any

from askpanda.diagnosis import Verdict, read_record
from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.wording.error_codes import sentence
from askpanda.pipeline.wording.job_state import job_status
from askpanda.pipeline.wording.live import as_of, cite_page, count_table, missing
from askpanda.pipeline.wording.numbers import counted, joined, known, number
from askpanda.pipeline.wording.verdicts import whose
from askpanda.schema.answer import Block, FollowUp, Outcome, Sections, UserSections
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_identity, as_text

#: Reasons in general that are given for each kind of error.
_CAUSES = 3
#: What is to be expected of another attempt, by the verdict's advice.
_AGAIN = {
    "yes": "Another attempt of the unchanged job can pass.",
    "no": "Another attempt of the unchanged job fails in the same way.",
    "wait": "Another attempt can pass later, once the cause has gone.",
}


def ended(outcome: Outcome) -> str:
    """`failed`, `was closed`"""
    return {"failed": "failed", "closed": "was closed", "cancelled": "was cancelled", "holding": "is holding"}[outcome]


def attempts(brief: Brief) -> Words:
    """The other attempts of this job, oldest first, why they ended, and whether it was tried again."""
    job = brief.gathered.job
    if job is None or not brief.gathered.facts:
        return job_status(brief)
    if not read_rows(brief.gathered.pages, "jobname="):
        return missing(brief, f"the other attempts of job {job.pandaid}")
    own = job.job
    attempt, most = number(own.get("attemptnr")), number(own.get("maxattempt"))
    which = f", which is {known(own.get('jobstatus'))}, is attempt {attempt}{f' of {most}' if most else ''}" if attempt else ""
    cite = cite_page(brief, "/jobs/", "jobname=")
    others, verdicts = brief.gathered.jobs, brief.finding.each
    earlier = [one for one in others if (one.pandaid or 0) < (job.pandaid or 0)]
    again = _again(own, [one for one in others if (one.pandaid or 0) > (job.pandaid or 0)], cite)
    before = f"The monitor lists no earlier job of its name.{cite}"
    if earlier:
        states = Counter(known(one.job.get("jobstatus")) or "unknown" for one in earlier)
        shares = joined([f"{n} {state}" for state, n in states.most_common()])
        before = f"The monitor lists {counted(len(earlier), 'earlier attempt')}: {shares}.{cite}"
    first = f"Job {job.pandaid}{which or (' has been tried before' if earlier else '')}"
    told = [again, before] if again and asks_for_retries(brief.turn.question) else [before, again]
    if not (which or earlier):
        first = f"Job {job.pandaid}: its record has no attempt number"
    head = " ".join(part for part in (f"{first}.", *told, as_of(brief)) if part)
    if not others:
        return Words(sections=Sections(description=head), verbatim=True)
    problems = [_line(one, verdict, cite) for one, verdict in zip(others, verdicts, strict=True)]
    rows = [_row(one, verdict) for one, verdict in zip(others, verdicts, strict=True)]
    columns = ["Attempt", "Job", "Status", "Site", "Error", "Cause", "Ended (UTC)"]
    title = "Earlier attempts" if len(earlier) == len(others) else "Other attempts"
    table = Block(kind="table", title=title, data={"columns": columns, "rows": rows, "count": len(rows)})
    bad = [one.pandaid for one, verdict in zip(others, verdicts, strict=True) if verdict is not None]
    offers = [
        FollowUp(question=f"Why did job {one} fail?", why="That attempt, with its log where it has one") for one in bad[-1:]
    ]
    offers.append(FollowUp(question="What about the other jobs of its jobset?", why="Whether they fare better"))
    return Words(
        sections=Sections(description=head, problems=problems, user=UserSections(causes=_reasons(brief, verdicts))),
        blocks=[table, *_timeline(others, verdicts)],
        follow_ups=offers,
        verbatim=True,
    )


_RETRIES = re.compile(
    r"\b(?:retried|resubmitted|tried again|re-?run|newer|next|later|subsequent|following|retry|retries"
    r"|relanc|reessay|reintenta\w*|wiederholt|neu gestartet)",
    re.I,
)


def asks_for_retries(question: str) -> bool:
    """Whether it is the attempts after a job that are asked for, rather than those before it."""
    return _RETRIES.search(question) is not None


def _again(own: dict[str, Any], later: list[JobEvidence], cite: str) -> str:
    """Whether a job was tried again; "" for one that has no reason to be."""
    if later:
        last = later[-1]
        state = known(last.job.get("jobstatus")) or "unknown"
        times = f"{counted(len(later), 'later attempt')}; the last, job {last.pandaid}, is {state}"
        return f"It was tried again: {times}.{cite}"
    if known(own.get("jobstatus")) in ("failed", "closed", "cancelled"):
        return f"The monitor lists no later attempt: it was not tried again so far.{cite}"
    return ""


def jobset(brief: Brief) -> Words:
    """The other jobs of a job's set, by state."""
    job = brief.gathered.job
    if job is None or not brief.gathered.facts:
        return job_status(brief)
    jobset_id = number(job.job.get("jobsetid"))
    if not jobset_id:
        text = f"Job {job.pandaid} belongs to no jobset, says its record.{brief.cite('record')}"
        return Words(sections=Sections(description=text), verbatim=True)
    if not read_rows(brief.gathered.pages, "jobsetid="):
        return missing(brief, f"the jobs of jobset {jobset_id}")
    cite = cite_page(brief, "/jobs/", "jobsetid=")
    others = [row for row in rows_of(brief.gathered.pages, "jobsetid=") if as_identity(row.get("pandaid")) != job.pandaid]
    if not others:
        text = f"Jobset {jobset_id} has no job beside {job.pandaid}.{cite} {as_of(brief)}"
        return Words(sections=Sections(description=text), verbatim=True)
    states = dict(Counter(known(row.get("jobstatus")) or "unknown" for row in others).most_common())
    name = as_text(job.job.get("jobname"))
    own = sum(as_text(row.get("jobname")) == name for row in others) if name else 0
    same = f" {own} of them {'is another attempt' if own == 1 else 'are other attempts'} of this very job." if own else ""
    shares = joined([f"{n} {state}" for state, n in states.items()])
    head = (
        f"Jobset {jobset_id} has {counted(len(others), 'other job')} beside {job.pandaid}: {shares}.{cite}{same} {as_of(brief)}"
    )
    others.sort(key=lambda row: as_identity(row.get("pandaid")) or 0)
    rows: list[list[Any]] = []
    alike: dict[str, list[Any]] = {}
    for row in others:
        record = read_record(JobEvidence(job=row), brief.catalogue)
        error = f"{record.component} {record.code}" if record and record.code else ""
        rows.append(
            [as_identity(row.get("pandaid")), known(row.get("jobstatus")), known(row.get("computingsite")),
             number(row.get("attemptnr")), error, record.message if record else ""]
        )  # fmt: skip
        if error and record:
            called = f", {record.entry.name}" if record.entry and record.entry.name else ""
            words = f": {sentence(record.message)}" if record.message else "."
            alike.setdefault(f"{ended(record.outcome)} with {error}{called}{words}", []).append(rows[-1][0])
    columns = ["Job", "Status", "Site", "Attempt", "Error", "Message"]
    table = Block(
        kind="table", title=f"Other jobs of jobset {jobset_id}", data={"columns": columns, "rows": rows, "count": len(rows)}
    )
    kinds = sorted(alike.items(), key=lambda pair: -len(pair[1]))
    failed = next((row[0] for row in rows if row[1] == "failed"), None)
    offers = [FollowUp(question=f"Why did job {failed} fail?", why="One of its failed jobs")] if failed else []
    return Words(
        sections=Sections(description=head, problems=[_of_one_kind(how, jobs, cite) for how, jobs in kinds[:20]]),
        blocks=[count_table("Other jobs by state", "State", states), table],
        follow_ups=offers,
        verbatim=True,
    )


def _of_one_kind(how: str, jobs: list[Any], cite: str) -> str:
    """The jobs that ended in the same way: one by its number, more by how many they are."""
    if len(jobs) == 1:
        return f"Job {jobs[0]} {how}{cite}"
    return f"**{len(jobs)} jobs** {how.replace('was ', 'were ', 1)} For example job {jobs[0]}.{cite}"


def _line(job: JobEvidence, verdict: Verdict | None, cite: str) -> str:
    record = job.job
    attempt = number(record.get("attemptnr"))
    head = f"Attempt {attempt}, job {job.pandaid}" if attempt else f"Job {job.pandaid}"
    where = f" at {known(record.get('computingsite'))}" if known(record.get("computingsite")) else ""
    if verdict is None:
        return f"{head}{where}: {known(record.get('jobstatus')) or 'unknown'}.{cite}"
    diagnosis = verdict.diagnosis
    name = f", {diagnosis.name}" if diagnosis.name else ""
    beside = [f"{other.component} {other.code}" for other in diagnosis.secondary]
    also = f" Beside it: {joined(beside)}." if beside else ""
    error = f"{diagnosis.component} {diagnosis.code}{name}"
    return f"{head}{where} {ended(diagnosis.outcome)} with {error}. {sentence(diagnosis.cause)}{also}{cite}"


def _row(job: JobEvidence, verdict: Verdict | None) -> list[Any]:
    record = job.job
    error = f"{verdict.diagnosis.component} {verdict.diagnosis.code}" if verdict else ""
    return [
        number(record.get("attemptnr")), job.pandaid, known(record.get("jobstatus")), known(record.get("computingsite")),
        error, verdict.diagnosis.cause if verdict else "", known(record.get("endtime")).replace("T", " "),
    ]  # fmt: skip


def _reasons(brief: Brief, verdicts: tuple[Verdict | None, ...]) -> list[str]:
    """What is behind each kind of error in general, by the catalogue; each kind once, and whether it can pass."""
    reasons: list[str] = []
    seen: set[tuple[str, int]] = set()
    for verdict in verdicts:
        if verdict is None or (key := (verdict.diagnosis.component, verdict.diagnosis.code)) in seen:
            continue
        seen.add(key)
        entry = brief.catalogue.get(*key)
        causes = list(entry.causes[:_CAUSES]) if entry and entry.causes else [verdict.diagnosis.cause]
        listed = " ".join(sentence(cause) for cause in causes)
        reasons.append(f"{key[0]} {key[1]}: {listed} {whose(verdict.diagnosis)} {_AGAIN[verdict.diagnosis.retry.advice]}")
    return reasons


def _timeline(jobs: tuple[JobEvidence, ...], verdicts: tuple[Verdict | None, ...]) -> list[Block]:
    events = [
        {
            "time": known(job.job.get("endtime")).replace("T", " "),
            "title": f"Attempt {number(job.job.get('attemptnr')) or '?'}: {known(job.job.get('jobstatus'))}",
            "detail": f"{verdict.diagnosis.component} {verdict.diagnosis.code}" if verdict else "",
        }
        for job, verdict in zip(jobs, verdicts, strict=True)
    ]
    return [Block(kind="timeline", title="Attempts", data={"events": events})] if len(events) > 1 else []
