"""Several jobs in one question: each briefly, side by side."""

from typing import Any

from askpanda.diagnosis import Verdict
from askpanda.pipeline.live import read_rows
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import SEVERAL
from askpanda.pipeline.wording.error_codes import sentence
from askpanda.pipeline.wording.live import as_of, missing
from askpanda.pipeline.wording.numbers import counted, joined, known
from askpanda.pipeline.wording.relatives import ended
from askpanda.schema.answer import Block, FollowUp, Sections
from askpanda.schema.evidence import JobEvidence

_RETRY = {"yes": "can help", "no": "does not help", "wait": "can help later"}


def several(brief: Brief) -> Words:
    """Status, error, cause and retry of each job that was asked about."""
    ids = brief.route.entities.job_ids
    if not read_rows(brief.gathered.pages, "pandaid="):
        return missing(brief, f"the records of jobs {joined([str(number) for number in ids])}")
    cite = brief.cite("live")
    found = {job.pandaid: (job, verdict) for job, verdict in zip(brief.gathered.jobs, brief.finding.each, strict=True)}
    missed = [number for number in ids[:SEVERAL] if number not in found]
    states = [known(job.job.get("jobstatus")) or "unknown" for job, _ in found.values()]
    shares = joined([f"{states.count(state)} {state}" for state in dict.fromkeys(states)])
    head = f"Of {counted(len(ids), 'job')}, {shares}." if states else "The monitor has none of these jobs."
    if brief.route.wish == "retry":
        head = f"{_worth_it([verdict for _, verdict in found.values()], list(found))} {head}"
    codes = [f"{verdict.diagnosis.component} {verdict.diagnosis.code}" for _, verdict in found.values() if verdict]
    if len(codes) > 1 and len(set(codes)) == 1:
        head += f" All that failed have the same error, {codes[0]}."
    elif len(codes) > 1:
        head += " They failed of different errors."
    if missed and states:
        head += f" The monitor has no record of {joined([str(number) for number in missed])}."
    if len(ids) > SEVERAL:
        head += f" Only the first {SEVERAL} were looked at."
    problems = [_line(job, verdict, cite) for job, verdict in found.values()]
    rows = [_row(job, verdict) for job, verdict in found.values()] + [
        [number, "not found", "", "", "", ""] for number in missed
    ]
    columns = ["Job", "Status", "Site", "Error", "Cause", "A retry"]
    block = Block(kind="table", title="Jobs", data={"columns": columns, "rows": rows, "count": len(rows)})
    failed = [job.pandaid for job, verdict in found.values() if verdict is not None]
    return Words(
        sections=Sections(description=f"{head}{cite} {as_of(brief)}", problems=problems),
        blocks=[block],
        follow_ups=[
            FollowUp(question=f"Why did job {number} fail?", why="With its log, line by line") for number in failed[:3]
        ],
        verbatim=True,
    )


def _worth_it(verdicts: list[Verdict | None], numbers: list[int | None]) -> str:
    """Which of the jobs another attempt is worth, in a sentence for each advice."""
    says = {"yes": "Worth a retry: {}.", "wait": "Worth a retry later: {}.", "no": "Not worth a retry as it is: {}."}
    parts = []
    for advice, text in says.items():
        with_it = [str(n) for n, one in zip(numbers, verdicts, strict=True) if one and one.diagnosis.retry.advice == advice]
        if with_it:
            parts.append(text.format(f"{'job' if len(with_it) == 1 else 'jobs'} {joined(with_it)}"))
    return " ".join(parts) or "None of them failed, so there is nothing to retry."


def _line(job: JobEvidence, verdict: Verdict | None, cite: str) -> str:
    site = known(job.job.get("computingsite"))
    head = f"Job {job.pandaid}{f' at {site}' if site else ''}"
    if verdict is None:
        return f"{head} is {known(job.job.get('jobstatus')) or 'in an unknown state'}.{cite}"
    diagnosis = verdict.diagnosis
    beside = [f"{other.component} {other.code}" for other in diagnosis.secondary]
    also = f" (beside it {joined(beside)})" if beside else ""
    return (
        f"{head} {ended(diagnosis.outcome)}: {diagnosis.component} {diagnosis.code}"
        f"{f', {diagnosis.name}' if diagnosis.name else ''}{also}. "
        f"{sentence(diagnosis.cause)} A retry {_RETRY[diagnosis.retry.advice]}.{cite}"
    )


def _row(job: JobEvidence, verdict: Verdict | None) -> list[Any]:
    row: list[Any] = [job.pandaid, known(job.job.get("jobstatus")), known(job.job.get("computingsite"))]
    if verdict is None:
        return [*row, "", "", ""]
    diagnosis = verdict.diagnosis
    return [*row, f"{diagnosis.component} {diagnosis.code}", diagnosis.cause, _RETRY[diagnosis.retry.advice]]
