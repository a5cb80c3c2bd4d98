"""The verdict: from a job's evidence to a diagnosis with proof, party, retry and advice. No model takes part."""

from bisect import bisect_right
from dataclasses import replace

from askpanda.diagnosis.advice import advise
from askpanda.diagnosis.candidate import SHOWN, Candidate, phrases_of, specific
from askpanda.diagnosis.cause import Cause
from askpanda.diagnosis.confidence import confidence
from askpanda.diagnosis.fill import values_of
from askpanda.diagnosis.lines import around, message_of, text_of, traceback_span, window
from askpanda.diagnosis.logfiles import logs_for, logs_wanted
from askpanda.diagnosis.logs import read_logs
from askpanda.diagnosis.rank import candidates
from askpanda.diagnosis.record import FIELDS, read_record
from askpanda.diagnosis.reports import Report, read_report
from askpanda.diagnosis.rules import Rule
from askpanda.diagnosis.scan import RECORD_WORDS, Reading
from askpanda.diagnosis.signature import signature
from askpanda.diagnosis.tail import last_line, tail
from askpanda.diagnosis.telling import counts, text_to_send, whom_to_tell
from askpanda.diagnosis.texts import RecordClue, clues
from askpanda.diagnosis.types import Catalogue, RecordVerdict, Verdict
from askpanda.schema.answer import Actor, Advice, Diagnosis, EvidenceLine, Party, Retry
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_count, as_number, as_text

#: A log line with this score explains the failure by itself.
SURE = 78.0
#: Below this a line is only the best there is.
LIKELY = 56.0
#: A line this far behind the best one does not stand beside it.
GAP = 34.0
#: Lines shown at most, and those a reader sees first.
LINES, FIRST = 10, 3
#: Failed steps of a transform that are named.
STEPS = 4
#: Pilot codes that the pilot reports as recoverable for user jobs; the server retries them in place.
RECOVERABLE = {1135, 1136, 1137, 1141, 1152, 1181}
#: Kinds of reasons that a batch system gives for ending a job.
BATCH_REASONS = {"memory", "time", "worker", "signal", "disk"}
#: Kinds of trouble that a job can stand still for.
WAITED_FOR = {"input", "remoteio", "network", "database", "transfer"}
#: Rules that any failure of a program can have: what it said tells the failures apart.
BY_WORDS = {"athena-error", "athena-fatal", "python-exception", "root-error"}
#: Taskbuffer codes of jobs that the server itself replaced by another one.
REPLACED = {105, 106, 107, 111, 130}


def diagnose(job: JobEvidence, catalogue: Catalogue) -> Verdict | None:
    """What went wrong, the lines that prove it, whose problem it is, whether a retry helps, and what to do.

    None for a job that did not fail, close or get cancelled. Never raises for anything that stands in the evidence.

        >>> verdict = diagnose(evidence, catalogue.load())
        >>> verdict.diagnosis.component, verdict.diagnosis.code, verdict.diagnosis.evidence[0].line
        ('pilot', 1324, 1042)
    """
    record = read_record(job, catalogue)
    if record is None:
        return None
    readings, notes = read_logs(job, phrases_of(record))
    texts = clues(job, record)
    known = frozenset(clue.rule.kind for clue in texts if clue.rule is not None and clue.rule.kind and clue.score >= LIKELY)
    reports = {reading.name: report for reading in readings if reading.kind == "report" and (report := read_report(reading))}
    job = _with_peak(job, reports)
    found = candidates(readings, record, known, reports)
    for item in found[:24]:
        item.values = values_of(item.rule, item.text)
    lead = _explained(_lead(record, found, texts), texts)
    stage = _stage_of(lead)
    cause = Cause(job, record, catalogue, lead, found, texts, stage)
    cause.values["failed_steps"] = ", ".join(
        f"{name} ({code})" for report in reports.values() for name, code in report.failed_steps()[:STEPS]
    )
    text = cause.sentence()
    party, transient, advice = _judgement(record, lead, found)
    retry = _retry(job, record, lead, transient, advice)
    stopped = _last_words(lead, readings)
    rivals = [item.rule for item in found[1:6] if item.causal and item.score >= SURE and item.rule.kind != _kind(lead)]
    notes = _notes(job, record, readings, found, notes)
    entry = record.entry
    lines = [*_with_tail(_evidence(record, found, texts, lead), record, readings, found), *_memory_lines(lead, reports)]
    if stopped is not None:
        lines.insert(FIRST, stopped)
    diagnosis = Diagnosis(
        outcome=record.outcome,
        component=record.component,
        code=record.code,
        name=entry.name if entry else "",
        category=entry.category if entry else "",
        party=party,
        transient=transient,
        retry=retry,
        confidence=confidence(record, lead, found),
        cause=text,
        evidence=lines[:LINES],
        secondary=record.secondary,
        signature=_signature(record, lead, texts),
    )
    advice_given = advise(job, record, cause, text, lead, rivals, party, diagnosis.confidence, stopped is not None)
    advice_given.report_to = whom_to_tell(record, party, _kind(lead))
    advice_given.report = text_to_send(job, record, diagnosis, cause, advice_given.report_to)
    advice_given.counts = counts(record, lead, party, job)
    at = next((number for number, line in enumerate(diagnosis.evidence) if line is stopped), None)
    return Verdict(diagnosis, advice_given, notes, entry, _proof(lead, diagnosis.evidence), at)


def _with_peak(job: JobEvidence, reports: dict[str, Report]) -> JobEvidence:
    """The memory that the monitor program measured, where the record has none (its last report never arrived)."""
    peak = max((report.peak_pss or 0 for report in reports.values()), default=0)
    if not peak or (as_number(job.job.get("maxpss")) or 0) > 0:
        return job
    return replace(job, job={**job.job, "maxpss": peak})


def _memory_lines(lead: Candidate | RecordClue | None, reports: dict[str, Report]) -> list[EvidenceLine]:
    """The measured peak beside a verdict about memory."""
    if _kind(lead) != "memory":
        return []
    return [
        EvidenceLine(file=name, line=report.memory_line[0], end=report.memory_line[0], text=report.memory_line[1])
        for name, report in reports.items()
        if report.memory_line is not None
    ]


def _kind(lead: Candidate | RecordClue | None) -> str:
    return lead.rule.kind if lead is not None and lead.rule is not None else ""


def _lead(record: RecordVerdict, found: list[Candidate], texts: list[RecordClue]) -> Candidate | RecordClue | None:
    """What the verdict stands on: a log line where one explains the failure, else the record's text, else the best line."""
    line = next((item for item in found if item.causal and item.score >= SHOWN and not item.doubtful), None)
    words = next((clue for clue in texts if clue.rule is not None), None)
    if record.outcome in {"closed", "cancelled"} or not logs_for(record.component, record.code):
        return _why_silent(words, texts) or next(iter(texts), None) or line
    if line is not None and line.score >= LIKELY and not line.rule.generic:
        reason = next((clue for clue in texts if clue.rule is not None and clue.rule.kind in BATCH_REASONS), None)
        if line.rule.kind == "signal" and reason is not None and reason.score >= LIKELY - 8:
            return reason  # a signal says that the job was ended; the batch system says why
        return line
    if words is not None and words.score >= LIKELY:
        return words
    return line or words


def _why_silent(words: RecordClue | None, texts: list[RecordClue]) -> RecordClue | None:
    """Where the server only says that it heard no more, or that the worker was gone: what the batch system says of why."""
    if words is None or words.rule is None or words.rule.kind not in {"heartbeat", "worker"}:
        return words
    reasons = (clue for clue in texts if clue.rule is not None and clue.rule.kind in BATCH_REASONS - {"worker"})
    return next((clue for clue in reasons if clue.score >= LIKELY - 8), words)


def _explained(lead: Candidate | RecordClue | None, texts: list[RecordClue]) -> Candidate | RecordClue | None:
    """A line that was found by the record's own words gets the rule that knows these words, where one does."""
    if not isinstance(lead, Candidate) or lead.rule.id != RECORD_WORDS:
        return lead
    clue = next((clue for clue in texts if clue.rule is not None), None)
    if clue is None or clue.rule is None:
        return lead
    return replace(lead, rule=clue.rule, values={**values_of(clue.rule, lead.text), **clue.values}, fits=True)


def _stage_of(lead: Candidate | RecordClue | None) -> str | None:
    if not isinstance(lead, Candidate):
        return None
    stages = lead.reading.stages()
    place = bisect_right([line for line, _ in stages], lead.mark.line)
    return stages[place - 1][1] if place else None


def _judgement(
    record: RecordVerdict, lead: Candidate | RecordClue | None, found: list[Candidate]
) -> tuple[Party, bool | None, Advice | None]:
    """Party, transient and retry: the code's own, refined by the rule that explains it."""
    entry = record.entry
    party: Party = entry.party if entry else "unknown"
    transient = entry.transient if entry else None
    advice = entry.retry if entry else None
    rule = lead.rule if lead is not None else None
    if rule is None or lead is None or lead.score < LIKELY - 8:
        return party, transient, advice
    refined = rule
    if rule.id == "looping":
        refined = _what_it_waited_for(found) or rule
    return (
        refined.party or party,
        refined.transient if refined.transient is not None else transient,
        refined.retry or (advice if refined.transient is None or refined.transient == transient else None),
    )


def _what_it_waited_for(found: list[Candidate]) -> Rule | None:
    """For a job that stood still: the trouble on the last lines of its output, where it waited for somebody else."""
    for item in found:
        near = item.reading.lines - item.mark.line < 40
        if (
            item.reading.kind == "payload"
            and near
            and item.rule.kind in {"input", "remoteio", "network", "database", "transfer"}
        ):
            return item.rule
    return None


def _retry(
    job: JobEvidence,
    record: RecordVerdict,
    lead: Candidate | RecordClue | None,
    transient: bool | None,
    advice: Advice | None,
) -> Retry:
    attempt, most = as_count(job.job.get("attemptnr")), as_count(job.job.get("maxattempt"))
    left = most - attempt if most and attempt is not None else None
    wanted: Advice = advice or ("no" if transient is False else "yes")
    kind = _kind(lead)
    # closed with this substatus, the server hands the same input to a new job
    handed_on = record.outcome == "closed" and as_text(job.job.get("jobsubstatus")).lower() == "toreassign"
    replaced = kind == "reassigned" or handed_on or (record.component == "taskbuffer" and record.code in REPLACED)
    actor: Actor
    if wanted == "no":
        actor = "none"
        reason = "The same job will end the same way; something has to change first."
        if kind == "killed" or record.outcome == "closed":
            reason = "There is nothing to repeat."
        if left and left > 0 and record.outcome == "failed":
            reason += f" JEDI may still use the {left} attempt{'s' if left > 1 else ''} left."
        elif left is not None and record.outcome == "failed":
            reason += f" All attempts are used up ({attempt} of {most})."
    elif replaced:
        actor, reason = "automatic", "A new job takes its place by itself."
    elif left is not None and left > 0 and record.outcome in {"failed", "holding"}:
        actor = "automatic"
        in_place = record.component == "pilot" and record.code in RECOVERABLE and _is_user_job(job)
        who = "The server can retry the same job in place" if in_place else "JEDI makes the next attempt by itself"
        reason = f"{who}: attempt {attempt} of {most}, {left} left."
    else:
        actor = "user"
        reason = "A new attempt can pass."
        if left is not None and record.outcome == "failed":
            reason = f"All attempts are used up ({attempt} of {most}); retry the task to get new ones."
    if wanted == "wait":
        reason = "It can pass once the service or place that failed is back. " + reason
    return Retry(advice=wanted, actor=actor, reason=reason, attempt=attempt, max_attempts=most)


def _is_user_job(job: JobEvidence) -> bool:
    return as_text(job.job.get("prodsourcelabel")).lower() in {"user", "panda"}


def _line_evidence(item: Candidate) -> EvidenceLine:
    reading, mark = item.reading, item.mark
    # the pilot's own frames only say where the pilot noticed it
    line, start = traceback_span(reading, mark) if reading.kind == "payload" else (mark.line, mark.start)
    text = item.text
    if line != mark.line:
        span = around(reading, line, start, 0, mark.line - line)
        text = "\n".join([*(text_of(piece.data, None, 400) for piece in span[:-1]), item.text])
    return EvidenceLine(file=reading.name, line=line, end=mark.line, text=text, window=window(reading, line, start, mark.line))


def _record_evidence(texts: list[RecordClue]) -> list[EvidenceLine]:
    return [EvidenceLine(file="job.json", field=clue.name, text=clue.text) for clue in texts]


def _evidence(
    record: RecordVerdict, found: list[Candidate], texts: list[RecordClue], lead: Candidate | RecordClue | None
) -> list[EvidenceLine]:
    """Proof, best first: up to three causes from the logs, then the record's words, then what followed from the cause."""
    causes = [item for item in found if item.causal and item.score >= SHOWN and not item.doubtful]
    best = causes[0].score if causes else 0.0
    front = [item for item in causes[:FIRST] if item.score >= best - GAP]
    if any(not item.rule.generic and item.score >= LIKELY for item in front):
        front = [item for item in front if not item.rule.generic or item.score >= best - GAP / 2]
    rest = [item for item in found if item not in front and (item.score >= SHOWN - 14 or item.rule.role == "consequence")]
    rest.sort(key=lambda item: (not item.causal, item.doubtful, -item.score))
    said = _record_evidence(_telling_texts(record, texts))
    log_lines = [_line_evidence(item) for item in front]
    logless = record.outcome in {"closed", "cancelled"} or not logs_for(record.component, record.code)
    if logless:
        lines = [*said, *(_line_evidence(item) for item in front if item.score >= SURE)]
    elif isinstance(lead, RecordClue) or lead is None:
        lines = [*said[:1], *log_lines[:2], *said[1:], *log_lines[2:]]
    else:
        lines = [*log_lines, *said]
    if (rest and len(lines) < FIRST) or not lines:
        # what only followed from the cause, or is far behind it, is never among the first: it would read like a cause
        lines += _codes(record)[: FIRST - len(lines)]
    if len(lines) >= FIRST:
        lines += [_line_evidence(item) for item in rest[: LINES - len(lines)]]
    return lines[:LINES]


def _with_tail(
    lines: list[EvidenceLine], record: RecordVerdict, readings: list[Reading], found: list[Candidate]
) -> list[EvidenceLine]:
    """With the end of the log behind the record's first words, where no line of any log explains the failure."""
    logless = record.outcome in {"closed", "cancelled"} or not logs_for(record.component, record.code)
    if logless or _any_decisive(found):
        return lines
    end = tail(readings, logs_for(record.component, record.code))
    return [*lines[:1], end, *lines[1:]] if end is not None else lines


def _proof(lead: Candidate | RecordClue | None, lines: list[EvidenceLine]) -> int | None:
    """Which piece of evidence the cause rests on; None where no rule knows any of them."""
    if lead is None or lead.rule is None or lead.rule.generic:
        return None
    for number, line in enumerate(lines):
        if isinstance(lead, Candidate):
            if (line.file, line.end) == (lead.reading.name, lead.mark.line):
                return number
        elif (line.field, line.text) == (lead.name, lead.text):
            return number
    return None


def _last_words(lead: Candidate | RecordClue | None, readings: list[Reading]) -> EvidenceLine | None:
    """What a program that stood still wrote last: that is where it stopped."""
    if _kind(lead) != "looping":
        return None
    output = next((one for one in readings if one.name.rsplit("/", 1)[-1] == "payload.stdout"), None)
    return last_line(output) if output is not None else None


def _any_decisive(found: list[Candidate]) -> bool:
    return any(item.causal and item.score >= SHOWN for item in found)


def _codes(record: RecordVerdict) -> list[EvidenceLine]:
    """The record's codes as evidence, the primary one first."""
    return [
        EvidenceLine(file="job.json", field=FIELDS[triple.component][0], text=str(triple.code)) for triple in record.triples
    ]


def _telling_texts(record: RecordVerdict, texts: list[RecordClue]) -> list[RecordClue]:
    """The record's texts, the one that a rule knows first, then the primary error's, each text once."""
    ordered = sorted(texts, key=lambda clue: (clue.rule is None, clue.name != record.text_field, -clue.score))
    kept: dict[str, RecordClue] = {}
    for clue in ordered:
        kept.setdefault(clue.text, clue)
    return list(kept.values())[:4]


def _signature(record: RecordVerdict, lead: Candidate | RecordClue | None, texts: list[RecordClue]) -> str:
    """By the rule that explains the failure; where it only carries somebody else's words, or none does, by these words.

    What a copy tool's error was stands in the record as well as in the log, so that a job has one signature with its log
    and without.
    """
    component, code = record.component, record.code
    if lead is None or lead.rule is None:
        return signature(component, code, "", specific(lead.text if lead is not None else record.message))
    rule = lead.rule
    if rule.carrier and rule.id not in BY_WORDS:
        known = next((one.rule for one in texts if one.rule and not one.rule.carrier and one.score >= LIKELY), None)
        if known is not None:
            return signature(component, code, known.id)
        standard = record.entry.message if record.entry else ""
        told = record.message.rstrip(". ").lower() != standard.rstrip(". ").lower()
        if record.message and told and (component, code) != ("pilot", 1305):
            return signature(component, code, "", specific(record.message))
    if rule.generic or rule.id in BY_WORDS:
        return signature(component, code, "", message_of(lead.text))
    return signature(component, code, rule.id)


def _notes(
    job: JobEvidence, record: RecordVerdict, readings: list[Reading], found: list[Candidate], notes: list[str]
) -> list[str]:
    said = [*job.notes, *notes]
    if record.outcome in {"closed", "cancelled"} or not logs_for(record.component, record.code):
        said.append("This ending was decided on the server's side; no log holds its reason, the record does.")
    elif not readings:
        names = " and ".join(logs_wanted(record)[:2])
        said.append(f"No log was read; {names} would show the telling line.")
    elif not _any_decisive(found):
        said.append("No decisive line found in the logs that were read; the verdict rests on the record and the catalogue.")
    return list(dict.fromkeys(said))
