"""Questions about the answer before: which line says so, what can be done, does it count against me, explain it better."""

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.wording.error_codes import PARTIES, sentence
from askpanda.pipeline.wording.plain import when_raised
from askpanda.pipeline.wording.verdicts import place, quoted, retry, whose
from askpanda.schema.answer import Block, Diagnosis, FollowUp, Sections, UserSections


def followup(brief: Brief) -> Words | None:
    """The words for a wish about the previous answer; None where the continued intent's own wording serves."""
    verdict = brief.finding.verdict
    diagnosis = verdict.diagnosis if verdict else brief.finding.reused
    wish = brief.route.wish
    if diagnosis is not None and brief.route.about in ("job_failure", "job_status", "log_request", "error_code_lookup"):
        if wish == "which_line":
            return _which_line(brief, diagnosis)
        if wish == "what_to_do":
            return _what_to_do(brief, diagnosis)
        if wish == "counts":
            return _counts(brief, diagnosis)
        if wish == "better":
            return _simpler(brief, diagnosis)
        return None
    if (
        wish in ("which_line", "what_to_do")
        and brief.turn.previous is None
        and brief.route.about == "documentation"
        and not brief.turn.history
    ):
        text = "I do not know what this refers to. Ask about a job, a task or an error code, or ask on a job's page."
        return Words(sections=Sections(description=text), verbatim=True)
    if wish == "which_line" and brief.turn.previous is not None and not brief.sources.passages:
        cited = [
            f"[{citation.n}] {citation.title}: {citation.excerpt}"
            for citation in brief.turn.previous.citations
            if citation.excerpt
        ]
        if cited:
            return Words(
                sections=Sections(
                    description="The answer before rests on these sources.", details="\n".join(f"- {line}" for line in cited)
                ),
                verbatim=True,
            )
    return None


def _which_line(brief: Brief, diagnosis: Diagnosis) -> Words:
    if not diagnosis.evidence:
        text = (
            f"No line says it: {diagnosis.component} {diagnosis.code} stands in the job's record, and no log was read. "
            "What it means is from the error catalogue."
        )
        return Words(sections=Sections(description=text), verbatim=True)
    best = diagnosis.evidence[0]
    lines = "\n".join(f"- {place(line)}: {quoted(line)}" for line in diagnosis.evidence)
    blocks = []
    for line in diagnosis.evidence[:2]:
        if line.window is not None:
            data = {
                "language": "text",
                "code": line.window.text,
                "start": line.window.start,
                "highlight": [line.line, line.end or line.line],
            }
            blocks.append(Block(kind="code", title=f"{line.file}, line {line.line}", data=data))
    cite = brief.cite("log") or brief.cite("record")
    description = f"{place(best)[0].upper()}{place(best)[1:]}, says so: {quoted(best)}{cite}."
    details = f"All of the evidence, best first:\n{lines}" if len(diagnosis.evidence) > 1 else ""
    offers = [FollowUp(question="What can be done about it?", why="The recommendations, one by one")]
    return Words(sections=Sections(description=description, details=details), blocks=blocks, follow_ups=offers, verbatim=True)


def _what_to_do(brief: Brief, diagnosis: Diagnosis) -> Words:
    verdict = brief.finding.verdict
    previous = brief.turn.previous
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
    if entry is not None:
        sections.user.causes = list(entry.causes)
        sections.user.recommendations = list(entry.user)
        sections.expert.scenarios = list(entry.scenarios)
    offers = [FollowUp(question="Which line says so?", why="The proof")] if diagnosis.evidence else []
    return Words(sections=sections, follow_ups=offers)
