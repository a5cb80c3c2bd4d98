"""Questions about the answer before: which line says so, what can be done, does it count against me, explain it better."""

from askpanda.database.verdicts import WINDOW_DAYS
from askpanda.pipeline.parcels import NUMBERS, Brief, Words
from askpanda.pipeline.wording.actions import how_here
from askpanda.pipeline.wording.error_codes import PARTIES, about_a_code, label, sentence
from askpanda.pipeline.wording.failure import LETTER
from askpanda.pipeline.wording.listed import one_of_list
from askpanda.pipeline.wording.numbers import joined
from askpanda.pipeline.wording.plain import distinct, when_raised
from askpanda.pipeline.wording.previous import about_documents, about_numbers, not_what_was_asked
from askpanda.pipeline.wording.proof import all_lines, which_line
from askpanda.pipeline.wording.seen import often, points_to
from askpanda.pipeline.wording.verdicts import place, quoted, retry, whom, whose
from askpanda.schema.answer import Diagnosis, FollowUp, Sections, UserSections

#: The first words to `and last week?` about what has one record.
AS_IT_IS_NOW = (
    "The monitor has a job or a task as it stands now, not as it stood at another time. For a time, ask about a site, "
    "a queue or a user: `errors at BNL in the last 7 days`."
)


def followup(brief: Brief) -> Words | None:
    """The words for a wish about the previous answer; None where the continued intent's own wording serves."""
    verdict = brief.finding.verdict
    diagnosis = verdict.diagnosis if verdict else brief.finding.reused
    wish = brief.route.wish
    if wish == "other_one":
        return one_of_list(brief) or _other_one(brief)
    if wish == "unhappy":
        return not_what_was_asked(brief)
    if diagnosis is not None and brief.route.about in ("job_failure", "job_status", "log_request", "error_code_lookup"):
        if wish == "other_window" and brief.route.entities.job_ids:
            return Words(sections=Sections(description=f"{AS_IT_IS_NOW} {sentence(diagnosis.cause)}"), verbatim=True)
        if wish == "which_line":
            return which_line(brief, diagnosis)
        if wish == "what_to_do":
            return _what_to_do(brief, diagnosis)
        if wish == "counts":
            return _counts(brief, diagnosis)
        if wish == "better":
            return _simpler(brief, diagnosis)
        if wish == "detail":
            return _in_detail(brief, diagnosis)
        if wish == "sure":
            return _sure(brief, diagnosis)
        if wish == "whom":
            return _whom(brief, diagnosis)
        if wish == "retry":
            return _may_retry(brief, diagnosis)
        if wish == "known":
            return _known(brief, diagnosis)
        return _why(brief, diagnosis) if brief.gathered.reuses else None
    if brief.route.about == "error_code_lookup" and (worded := about_a_code(brief)) is not None:
        return worded
    if brief.route.about in NUMBERS:
        return about_numbers(brief)
    if brief.route.about == "documentation" and (worded := about_documents(brief)) is not None:
        return worded
    if (
        wish in ("which_line", "what_to_do")
        and brief.turn.previous is None
        and brief.route.about == "documentation"
        and not brief.turn.history
    ):
        text = "I do not know what this refers to. Ask about a job, a task or an error code, or ask on a job's page."
        return Words(sections=Sections(description=text), verbatim=True)
    return None


def _sure(brief: Brief, diagnosis: Diagnosis) -> Words:
    """Which part is certain, which is inferred, which is general."""
    code = f"{diagnosis.component} {diagnosis.code}"
    logs = [line for line in diagnosis.evidence if line.line is not None]
    parts = [f"Certain, from the job's record: {code}.{brief.cite('record')}"]
    if logs:
        confidence = {"high": "strong", "medium": "fair", "low": "weak"}[diagnosis.confidence]
        parts.append(
            f"Inferred from the log, with {confidence} evidence: {place(logs[0])}: {quoted(logs[0])}{brief.cite('log')}."
        )
    else:
        parts.append("No log line backs it: none was read, or none decides.")
    parts.append(f"General, from the error catalogue: whose problem it is and what helps.{brief.cite('error')}")
    text = {
        "high": "Yes, as sure as record and log make it.",
        "medium": "Fairly sure, but not wholly.",
        "low": "No, this is the likeliest reading and no more.",
    }[diagnosis.confidence]
    details = "\n".join(f"- {part}" for part in parts)
    offers = [FollowUp(question="Show me the log", why="To see it for yourself")] if logs else []
    return Words(sections=Sections(description=text, details=details), follow_ups=offers, verbatim=True)


def _whom(brief: Brief, diagnosis: Diagnosis) -> Words:
    text = f"{whom(brief.experiment, diagnosis.party)} {whose(diagnosis)}{brief.cite('error')}"
    if diagnosis.retry.actor == "automatic":
        text += " While PanDA still makes attempts by itself, one job needs no report; the same failure again and again does."
    # nobody has to be told of it, but its owner by a shifter, and who asks for help has to say what happened
    to_whom = " to its owner, or where you ask for help" if diagnosis.party == "user" else ""
    letter = f"What to write{to_whom}:\n\n```text\n{_letter(brief, diagnosis)}\n```"
    return Words(sections=Sections(description=text, details=letter), verbatim=True)


def _letter(brief: Brief, diagnosis: Diagnosis) -> str:
    """The message that the answer with the verdict had, or what belongs into one."""
    judged, verdict = brief.turn.judged, brief.finding.verdict
    if verdict is not None and verdict.advice.report:
        return verdict.advice.report
    sent = next((block for block in judged.blocks if block.title == LETTER), None) if judged else None
    if sent is not None:
        return str(sent.data["code"])
    job = next(iter(brief.route.entities.job_ids), None)
    what = [f"Job {job}" if job else "", f"{diagnosis.component} {diagnosis.code} {diagnosis.name}".strip(), diagnosis.cause]
    if diagnosis.evidence and diagnosis.evidence[0].line is not None:
        what.append(f"{place(diagnosis.evidence[0])}: {quoted(diagnosis.evidence[0])}")
    return "\n".join(sentence(line) for line in what if line)


def _known(brief: Brief, diagnosis: Diagnosis) -> Words:
    """Whether others had it: the verdicts that were seen, what the catalogue has on the code, and where to look further."""
    seen = brief.finding.seen
    code = f"{diagnosis.component} {diagnosis.code}"
    entry = brief.catalogue.get(diagnosis.component, diagnosis.code)
    met = (
        often(seen, brief.cite("analysis"))
        if seen
        else f"I have seen this cause in no other job of the last {WINDOW_DAYS} days."
    )
    parts = [met, points_to(seen) if seen else ""]
    if entry is not None:
        parts.append(f"The error itself is a known one, {label(entry)}: {sentence(entry.meaning)}{brief.cite('error')}")
    where = [f"`top errors of the last 24 hours` tells whether {code} is frequent now."]
    if entry is not None and entry.scenarios:
        where.append("A list of open incidents is with the experiment's operations: its logbook and its tickets.")
    sections = Sections(description=" ".join(part for part in parts if part), details="\n".join(f"- {one}" for one in where))
    if entry is not None:
        sections.expert.scenarios = list(entry.scenarios)
    offers = [FollowUp(question="errors of the last 24 hours", why="Whether many jobs have it now")]
    task = brief.turn.request.context.jeditaskid
    if task:
        offers.append(FollowUp(question=f"Why did jobs of task {task} fail?", why="Whether its other jobs have it too"))
    return Words(sections=sections, follow_ups=offers, verbatim=True)


def _may_retry(brief: Brief, diagnosis: Diagnosis) -> Words:
    how = how_here(brief.experiment, "retry")
    page, jobs = brief.turn.request.context, brief.route.entities.job_ids
    task = page.jeditaskid if page.jeditaskid and jobs in ([], [page.pandaid]) else None
    command = how["job"].replace("TASK_ID", str(task)) if task else how["job"]
    recommendations = [command, f"Who may do it: {how['who']}", how["note"]]
    sections = Sections(
        description=f"{retry(diagnosis)} {whose(diagnosis)}{brief.cite('error')}",
        user=UserSections(recommendations=recommendations),
    )
    return Words(sections=sections, follow_ups=[FollowUp(question="What should I do then?", why="What helps with this error")])


def _why(brief: Brief, diagnosis: Diagnosis) -> Words:
    """What stands behind the cause: when this error is raised, and what commonly leads to it."""
    entry = brief.catalogue.get(diagnosis.component, diagnosis.code)
    behind = f" {sentence(entry.meaning)} {sentence(when_raised(entry.raised))}".rstrip() if entry else ""
    sections = Sections(description=f"{sentence(diagnosis.cause)}{behind}{brief.cite('error')}")
    sections.user.causes = _causes(brief, diagnosis)
    if entry is not None:
        sections.expert.scenarios = list(entry.scenarios)
    offers = [FollowUp(question="Which line says so?", why="The proof")] if diagnosis.evidence else []
    return Words(sections=sections, follow_ups=offers)


def _causes(brief: Brief, diagnosis: Diagnosis) -> list[str]:
    """The causes that this job's evidence leaves, or all of the code's where the verdict is not at hand."""
    verdict = brief.finding.verdict
    if verdict is not None:
        return [cause for cause in verdict.advice.causes if sentence(cause) != sentence(diagnosis.cause)]
    entry = brief.catalogue.get(diagnosis.component, diagnosis.code)
    return list(entry.causes) if entry else []


def _other_one(brief: Brief) -> Words:
    """Asks which one is meant, and says which there is."""
    entities = brief.route.entities
    known = [f"job {job}" for job in entities.job_ids] or [f"task {task}" for task in entities.task_ids]
    place = entities.queue or entities.site
    if known:
        text = f"Which one? So far only {joined(known)} was spoken of; give the other one's number."
    elif entities.error_code is not None:
        about = f"{entities.component or 'error'} {entities.error_code}"
        text = f"Which one? So far only {about} was spoken of; give the other one's component and code."
    elif place:
        text = f"Which one? So far only {place} was spoken of; give the other one's name, or the number of a job or task."
    else:
        text = "Which one? No job, task or error was spoken of so far; give its name, or the number of the job or task."
    return Words(sections=Sections(description=text), verbatim=True)


def _what_to_do(brief: Brief, diagnosis: Diagnosis) -> Words:
    verdict = brief.finding.verdict
    previous = brief.turn.judged
    recommendations = (
        list(verdict.advice.recommendations) if verdict else list(previous.sections.user.recommendations) if previous else []
    )
    steps = list(verdict.advice.steps) if verdict else list(previous.sections.expert.steps) if previous else []
    entry = brief.catalogue.get(diagnosis.component, diagnosis.code)
    if entry is not None:
        recommendations = recommendations or list(entry.user)
        steps = steps or list(entry.expert)
    cite = brief.cite("error")
    description = f"{retry(diagnosis)} {whose(diagnosis)}{cite}"
    if not recommendations:
        description += " The catalogue has no more specific advice for this error."
    sections = Sections(description=description, user=UserSections(recommendations=recommendations))
    sections.expert.steps = steps
    return Words(sections=sections, follow_ups=[FollowUp(question="Does this count against me?", why="Whose problem it is")])


def _counts(brief: Brief, diagnosis: Diagnosis) -> Words:
    own = diagnosis.party == "user"
    if brief.finding.verdict is not None and brief.finding.verdict.advice.counts:
        verdict = brief.finding.verdict.advice.counts
    elif own:
        verdict = "Yes, in the sense that the job itself is the cause: the failed attempt counts towards its limit."
    elif diagnosis.party == "unknown":
        verdict = "That cannot be said: the error does not tell whose problem it is."
    else:
        verdict = (
            f"No, it is not your fault: this is a problem of {PARTIES[diagnosis.party]}. PanDA does not count "
            f"errors that it classifies as its own "
            "against the user; other failed attempts still use up one of the job's attempts."
        )
    return Words(sections=Sections(description=f"{verdict} {retry(diagnosis)}{brief.cite('error')}"), verbatim=False)


def _simpler(brief: Brief, diagnosis: Diagnosis) -> Words:
    """The same finding again: first in one plain sentence, then with the catalogue's explanation."""
    entry = brief.catalogue.get(diagnosis.component, diagnosis.code)
    cite = brief.cite("error")
    plain = f"In short: {sentence(diagnosis.cause)} {whose(diagnosis)} {retry(diagnosis)}"
    meaning = f"{sentence(entry.meaning)} {sentence(when_raised(entry.raised))}".strip() + cite if entry else ""
    sections = Sections(description=plain, details=meaning)
    sections.user.causes = _causes(brief, diagnosis)
    if entry is not None:
        sections.user.recommendations = list(entry.user)
        sections.expert.scenarios = list(entry.scenarios)
    offers = [FollowUp(question="Which line says so?", why="The proof")] if diagnosis.evidence else []
    return Words(sections=sections, follow_ups=offers)


def _in_detail(brief: Brief, diagnosis: Diagnosis) -> Words:
    """All that is known of the finding: what stands behind it, every line of the evidence, what experts check."""
    entry, verdict = brief.catalogue.get(diagnosis.component, diagnosis.code), brief.finding.verdict
    meaning = f" {sentence(entry.meaning)} {sentence(when_raised(entry.raised))}".rstrip() if entry else ""
    sections = Sections(
        description=f"{sentence(diagnosis.cause)}{meaning}{brief.cite('error')} {whose(diagnosis)} {retry(diagnosis)}",
        details=all_lines(diagnosis) if diagnosis.evidence else "",
    )
    sections.user.causes = _causes(brief, diagnosis)
    if entry is not None:
        steps = [*(verdict.advice.steps if verdict else []), *entry.expert]
        sections.user.recommendations = list(entry.user)
        sections.expert.steps, sections.expert.scenarios = distinct(steps), list(entry.scenarios)
    return Words(sections=sections, follow_ups=[FollowUp(question="Is this a known problem?", why="Whether others had it")])
