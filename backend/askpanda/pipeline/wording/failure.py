"""Failed, closed and cancelled jobs: what happened, whose problem it is, whether a retry helps, what to do."""

import re
from collections.abc import Collection

from askpanda.diagnosis import Advice, Verdict, message_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import concepts_in
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording import job_state
from askpanda.pipeline.wording.error_codes import sentence
from askpanda.pipeline.wording.logs import linked
from askpanda.pipeline.wording.numbers import counted, joined, known, number
from askpanda.pipeline.wording.plain import distinct, readable, unsaid
from askpanda.pipeline.wording.seen import often, points_to
from askpanda.pipeline.wording.verdicts import named, place, quoted, retry, whose
from askpanda.schema.answer import Block, Diagnosis, EvidenceLine, ExpertSections, FollowUp, Sections, UserSections

_CONFIDENCE = {
    "medium": "The record is certain about the code; the cause is inferred.",
    "low": "Only the code is certain; what it means in general is from the catalogue.",
}
#: How the cause that was found is named, by how sure it is.
_FOUND = {"high": "Found in", "medium": "Likely, from", "low": "Possible, from"}
#: Pieces of proof that are written out.
SHOWN = 5
_OUTCOMES = {
    "failed": "failed",
    "closed": "was closed by the system",
    "cancelled": "was cancelled",
    "holding": "is in holding with an error",
}


def job_failure(brief: Brief) -> Words:
    """Why a job ended badly."""
    verdict = brief.finding.verdict
    ids = brief.route.entities.job_ids
    if verdict is None:
        return _no_verdict(brief)
    diagnosis, advice = verdict.diagnosis, verdict.advice
    pandaid = brief.gathered.job.pandaid if brief.gathered.job and brief.gathered.job.pandaid else next(iter(ids), None)
    cite_error = brief.cite("error", f"errors/{diagnosis.component}/{diagnosis.code}")
    record = brief.cite("record")
    opening = f"{_opening(brief, diagnosis, pandaid)}{record}"
    lead = _asked_first(brief, verdict)
    description = f"{f'{lead}{cite_error} ' if lead else ''}{opening} {named(diagnosis)}{cite_error}"
    seen = brief.finding.seen
    problem = unsaid(f"{_cause(diagnosis, advice)} {whose(diagnosis)} {retry(diagnosis)}".strip(), [lead])
    others = [cause for cause in advice.causes if sentence(cause) != sentence(diagnosis.cause)]
    proof = _proof(verdict)
    shown = {number_ for number_ in (proof, verdict.stopped) if number_ is not None}
    sections = Sections(
        description=description,
        user=UserSections(
            problem=problem,
            causes=[*_found(brief, verdict, proof), *distinct(others)],
            recommendations=[*_elsewhere(brief, diagnosis), *distinct(advice.recommendations)],
        ),
        expert=ExpertSections(
            analysis=unsaid(_analysis(brief, diagnosis, advice), [description, problem]),
            steps=_steps(advice),
            scenarios=distinct(advice.scenarios),
        ),
        details=evidence_lines(brief, diagnosis, beside=shown),
    )
    return Words(
        sections=sections,
        blocks=[*_blocks(diagnosis), *_letter(advice)],
        follow_ups=_offers(brief, diagnosis, pandaid),
        warnings=[*verdict.notes, *_others_asked(ids)],
        tails={"description": often(seen, brief.cite("analysis")), "user.problem": points_to(seen)} if seen else {},
    )


def _asked_first(brief: Brief, verdict: Verdict) -> str:
    """What a question asks beside the reason, which is what its asker wants to read first: whose fault, would a retry help."""
    known_ = concepts_in(fold(brief.turn.question))
    if "counts" in known_ and verdict.advice.counts:
        return sentence(verdict.advice.counts)
    return retry(verdict.diagnosis) if "may_retry" in known_ else ""


def _analysis(brief: Brief, diagnosis: Diagnosis, advice: Advice) -> str:
    entry = brief.finding.verdict.entry if brief.finding.verdict else None
    counts = re.sub(r"^(?:No|Yes): (\w)", lambda match: match.group(1).upper(), advice.counts)  # nobody has asked
    parts = (
        readable(advice.analysis.strip(), entry),
        _others(brief, diagnosis),
        counts if diagnosis.party == "system" else "",
        _confidence(diagnosis),
    )
    return " ".join(part for part in parts if part)


def _confidence(diagnosis: Diagnosis) -> str:
    if diagnosis.confidence == "high":
        best = next(iter(diagnosis.evidence), None)
        return f"The {'log' if best is not None and best.line is not None else 'record'} says so directly."
    return _CONFIDENCE[diagnosis.confidence]


#: Title of the block with the message to whoever can mend it.
LETTER = "Text to send"
#: Whom a report goes to, as one speaks of them.
_WHOM = {
    "user": "the owner of the job",
    "site": "the site",
    "DDM": "DDM operations",
    "software": "the software's developers",
}
_TELLING = re.compile(r"Tell (?:DDM|the site|PanDA|the software)")


def _steps(advice: Advice) -> list[str]:
    """What to check, and whom to tell last; the text for that is a block beside it."""
    steps = distinct(advice.steps)
    if not advice.report:
        return steps
    telling = next((step for step in steps if _TELLING.match(step)), "")
    if telling:
        others = [step for step in steps if step != telling]
        return [*others, f"{telling.rstrip('.')}; the text below can be sent as it is."]
    return [*steps, f"Tell {_WHOM.get(advice.report_to, advice.report_to)}; the text below can be sent as it is."]


def _elsewhere(brief: Brief, diagnosis: Diagnosis) -> list[str]:
    """Where a job's logs are that nobody could read here, because the monitor only links to them."""
    job = brief.gathered.job
    if job is None or diagnosis.outcome != "failed" or any(log.state == "ok" for log in job.logs):
        return []
    places = linked(job.job)
    return [f"Read the job's logs, to which the monitor only links: {places}"] if places else []


def _cause(diagnosis: Diagnosis, advice: Advice) -> str:
    """The cause with what the advice adds to it; which job it is stands in the description already."""
    cause = sentence(diagnosis.cause)
    _, found, more = advice.problem.partition(cause)
    return f"{cause}{more}" if cause and found else cause or sentence(advice.problem)


def evidence_lines(brief: Brief, diagnosis: Diagnosis, beside: Collection[int]) -> str:
    """The best pieces of proof beside those that the answer has already, each a list item with its place."""
    rest = [line for number_, line in enumerate(diagnosis.evidence) if number_ not in beside][: SHOWN - len(beside)]
    lines = [f"- {place(line)}: {quoted(line)}{_cite_line(brief, line)}" for line in rest]
    return "Further evidence:\n" + "\n".join(lines) if lines else ""


def _opening(brief: Brief, diagnosis: Diagnosis, pandaid: int | None) -> str:
    job = brief.gathered.job.job if brief.gathered.job else {}
    name = f"Job {pandaid}" if pandaid else "The job"
    words = [f"{name} {_OUTCOMES[diagnosis.outcome]}"]
    if known(job.get("computingsite")):
        words.append(f"at {known(job.get('computingsite'))}")
    transformation = known(job.get("transformation"))
    cores = number(job.get("corecount") or job.get("actualcorecount"))
    inside = [transformation] if transformation else []
    if known(job.get("produsername")):
        inside.append(f"owner {known(job.get('produsername'))}")
    if cores:
        inside.append(counted(cores, "core"))
    attempt, most = diagnosis.retry.attempt, diagnosis.retry.max_attempts
    if attempt is not None:
        inside.append(f"attempt {attempt}" + (f" of {most}" if most else ""))
    return " ".join(words) + (f" ({', '.join(inside)})" if inside else "") + "."


def _proof(verdict: Verdict) -> int | None:
    """The piece of evidence that is shown with the cause: the one that it rests on, else the best that there is."""
    if verdict.proof is not None and verdict.proof < len(verdict.diagnosis.evidence):
        return verdict.proof
    return 0 if verdict.diagnosis.evidence else None


def _found(brief: Brief, verdict: Verdict, proof: int | None) -> list[str]:
    """The cause that was found, by the words that say it and where they stand."""
    if proof is None:
        return []
    sure = "No line says it for certain; nearest is" if verdict.proof is None else _FOUND[verdict.diagnosis.confidence]
    found = [_quotation(brief, sure, verdict.diagnosis.evidence[proof])]
    if verdict.stopped is not None and verdict.stopped < len(verdict.diagnosis.evidence):
        found.append(_quotation(brief, "It stood still after", verdict.diagnosis.evidence[verdict.stopped]))
    return found


def _quotation(brief: Brief, word: str, line: EvidenceLine) -> str:
    """A line without the frame that the pilot writes around its messages."""
    where = place(line) if line.line is not None else f"the {place(line)}"
    said = line.model_copy(update={"text": message_of(line.text)})
    return f"{word} {where}: {quoted(said)}{_cite_line(brief, line)}"


def _cite_line(brief: Brief, line: EvidenceLine) -> str:
    if line.line is None:
        return brief.cite("record")
    return next(
        (f" [{citation.n}]" for citation in brief.sources.citations if citation.kind == "log" and citation.title == line.file),
        "",
    )


def _others(brief: Brief, diagnosis: Diagnosis) -> str:
    parts = []
    said = brief.finding.verdict.advice.analysis if brief.finding.verdict else ""
    for other in diagnosis.secondary:
        if f"{other.component} {other.code}" in said:
            continue
        entry = brief.catalogue.get(other.component, other.code)
        cite = brief.cite("error", f"errors/{other.component}/{other.code}")
        diag = _diag_of(brief, other.component)
        what = f" ({sentence(diag).rstrip('.')})" if diag else f" ({entry.name or entry.message})" if entry else ""
        parts.append(f"{other.component} {other.code}{what}{cite}")
    return f"The record also has {joined(parts)}." if parts else ""


_DIAGS = {
    "pilot": "piloterrordiag",
    "executor": "exeerrordiag",
    "dataservice": "ddmerrordiag",
    "jobdispatcher": "jobdispatchererrordiag",
    "taskbuffer": "taskbuffererrordiag",
    "brokerage": "brokerageerrordiag",
    "supervisor": "superrordiag",
    "transform": "transformerrordiag",
}


def _diag_of(brief: Brief, component: str) -> str:
    job = brief.gathered.job.job if brief.gathered.job else {}
    return known(job.get(_DIAGS.get(component, "")))


def _others_asked(ids: list[int]) -> list[str]:
    if len(ids) < 2:
        return []
    rest = joined([str(number_) for number_ in ids[1:]])
    return [f"This is about job {ids[0]}; ask about {rest} one by one."]


def _blocks(diagnosis: Diagnosis) -> list[Block]:
    best = next((line for line in diagnosis.evidence if line.window is not None), None)
    if best is None or best.window is None:
        return []
    data = {
        "language": "text",
        "code": best.window.text,
        "start": best.window.start,
        "highlight": [best.line, best.end or best.line],
    }
    return [Block(kind="code", title=f"{best.file}, line {best.line}", data=data)]


def _letter(advice: Advice) -> list[Block]:
    """The message to whoever can mend it, ready to be copied."""
    if not advice.report:
        return []
    data = {"language": "text", "code": advice.report, "to": advice.report_to}
    return [Block(kind="code", title=LETTER, data=data)]


def _offers(brief: Brief, diagnosis: Diagnosis, pandaid: int | None) -> list[FollowUp]:
    offers = [FollowUp(question="What can be done about it?", why="The recommendations, one by one")]
    if any(line.line is not None for line in diagnosis.evidence):
        offers.append(FollowUp(question="Which line says so?", why="The proof with its surroundings"))
    offers.append(FollowUp(question=f"What does {diagnosis.component} {diagnosis.code} mean?", why="The error in general"))
    task = number(brief.gathered.job.job.get("jeditaskid")) if brief.gathered.job else None
    if task and pandaid and diagnosis.outcome == "failed":
        question = f"How does job {pandaid} differ from the finished jobs of its task?"
        offers.append(FollowUp(question=question, why="Site, release, memory, time and input beside those that passed"))
    if task:
        offers.append(
            FollowUp(question=f"What is happening with task {task}?", why="Whether other jobs of the task have it too")
        )
    return offers


def _no_verdict(brief: Brief) -> Words:
    ids = brief.route.entities.job_ids
    job = brief.gathered.job
    if not ids and not (job and (job.job or job.page_errors)):
        text = "Which job? Give its number, such as `job 6519134287`, or ask on the job's page, where I can read it."
        return Words(sections=Sections(description=text), verbatim=True)
    if job is not None and brief.gathered.facts:
        return job_state.job_status(brief)
    text = (
        f"I do not have the record of job {ids[0] if ids else ''}, so I do not know whether it failed, "
        f"with which error, or where it ran."
    ).replace("job ,", "the job,")
    names = [name for name in brief.route.wants_logs if "." in name]
    if brief.gathered.requests:
        wanted = ["its record", *(f"`{name}`" for name in names)]
        text += f" I asked for {joined(wanted)}; where the page can fetch it, the answer follows."
    text += (
        " What can be said without it: the error table of the job's page names component and code, which "
        "I can explain, for example "
        "`pilot 1305`; for a failure of the payload itself the reason is in `payload.stdout` and `payload.stderr`."
    )
    offers = [
        FollowUp(question="What does pilot 1305 mean?", why="The most frequent error of user jobs"),
        FollowUp(question="Where do I find the logs of a job?", why="To look yourself"),
    ]
    return Words(sections=Sections(description=text), follow_ups=offers, warnings=_others_asked(ids), verbatim=True)
