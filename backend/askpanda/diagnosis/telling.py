"""Whom to tell, with a text that is ready to be sent, and whether the attempt counts against the user.

Sources: panda-server taskbuffer (attemptNr and maxAttempt, failedAttempt and maxFailure of each input file) and its error
classification (a failure of class `system` is not counted against the user; the classes themselves are not public).
"""

from askpanda.diagnosis.candidate import Candidate
from askpanda.diagnosis.cause import Cause
from askpanda.diagnosis.texts import RecordClue
from askpanda.diagnosis.types import RecordVerdict
from askpanda.schema.answer import Diagnosis, EvidenceLine, Party
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_count, as_text

#: Kinds of causes that lie in the experiment's programs where one of its own transforms ran them.
SOFTWARE_KINDS = {"athena", "crash", "generator", "root", "simulation", "software", "transform"}
#: Endings that nobody has to be told of.
_IN_ORDER = {"killed", "reassigned"}
_TO: dict[Party, str] = {
    "user": "user",
    "site": "site",
    "ddm": "DDM",
    "system": "PanDA operations",
    "unknown": "PanDA operations",
}
_ASKED = {
    "user": "Please look at the line above and correct the program, its options or its input before the next attempt.",
    "site": "Could you please check this worker node (or the service named above) at that time?",
    "DDM": "Could you please check this file and storage, and recover or declare bad what is lost?",
    "software": "Could you please look at the message above? The input and the configuration are those of the task.",
    "PanDA operations": "Could you please look at this error and say whether it concerns other jobs of the same hours?",
}
_QUOTED, _LINES = 400, 2


def whom_to_tell(record: RecordVerdict, party: Party, kind: str) -> str:
    """user, site, DDM, software or PanDA operations; "" where nothing is wrong that anybody could mend."""
    if record.outcome in {"closed", "cancelled"} and (kind in _IN_ORDER or party in {"user", "unknown"}):
        return ""
    if record.transform and party == "user" and kind in SOFTWARE_KINDS:
        return "software"
    return _TO[party]


def text_to_send(job: JobEvidence, record: RecordVerdict, diagnosis: Diagnosis, cause: Cause, report_to: str) -> str:
    """A message that carries the facts: what, where, when, which error, which line, what is asked. "" for nobody."""
    if not report_to:
        return ""
    row = job.job
    name = f"job {job.pandaid}" if job.pandaid else "a job"
    place = as_text(row.get("computingsite"))
    code = f"{record.component} {record.code}" if record.component else record.outcome
    named = f"{code} ({diagnosis.name})" if diagnosis.name else code
    lines = [
        f"To: {report_to}",
        f"Subject: {name[0].upper()}{name[1:]} {_ENDED[record.outcome]}{f' at {place}' if place else ''}: {named}",
        "",
        f"{name[0].upper()}{name[1:]} {_ENDED[record.outcome]} with {named}. {diagnosis.cause}",
        "",
        *_facts(job, cause, report_to),
    ]
    if record.message:
        lines.append(f"Error text: {record.message[:_QUOTED]}")
    beside = [line for line in diagnosis.evidence[:_LINES] if line.field and line.text not in record.message]
    lines += [f"Beside it ({line.field}): {line.text[:_QUOTED]}" for line in beside if not line.text.isdigit()]
    quoted = [line for line in diagnosis.evidence if line.line is not None][:_LINES]
    lines += [_quoted(line) for line in quoted]
    if job.source and job.pandaid:
        lines.append(f"Page: {job.source}/job?pandaid={job.pandaid}")
    asked = _ASKED[report_to] if quoted else _ASKED[report_to].replace("look at the line above and ", "")
    return "\n".join([*lines, "", asked])


_ENDED = {"failed": "failed", "closed": "was closed", "cancelled": "was cancelled", "holding": "is held"}


def _quoted(line: EvidenceLine) -> str:
    return f"{line.file}, line {line.line}: {' '.join(line.text.split())[:_QUOTED]}"


def _facts(job: JobEvidence, cause: Cause, report_to: str) -> list[str]:
    """Fields that the addressee looks for first, each on a line of its own; those that are unknown are left out."""
    row = job.job
    attempt, most = as_count(row.get("attemptnr")), as_count(row.get("maxattempt"))
    release = " ".join(
        part for part in (as_text(row.get(name)) for name in ("atlasrelease", "homepackage", "cmtconfig")) if part
    )
    known = {
        "Task": as_text(row.get("jeditaskid")),
        "Queue": as_text(row.get("computingsite")),
        "Worker node": as_text(row.get("wn")) or (as_text(row.get("modificationhost")) if row.get("starttime") else ""),
        "Batch job": as_text(row.get("batchid")),
        "Attempt": f"{attempt} of {most}" if attempt is not None and most else "",
        "Started (UTC)": as_text(row.get("starttime")),
        "Ended (UTC)": as_text(row.get("endtime")),
        "File": as_text(cause.values.get("lfn")),
        "Storage": as_text(cause.values.get("endpoint")) or as_text(cause.values.get("host")),
        "Software": release,
        "Transformation": as_text(row.get("transformation")),
    }
    of = _FIELDS[report_to]
    return [f"{label}: {value[:_QUOTED]}" for label, value in known.items() if value and label in of]


_ALWAYS = {"Task", "Queue", "Attempt", "Started (UTC)", "Ended (UTC)"}
_FIELDS = {
    "user": _ALWAYS | {"Software", "Transformation", "File"},
    "site": _ALWAYS | {"Worker node", "Batch job", "Storage"},
    "DDM": _ALWAYS | {"File", "Storage", "Worker node"},
    "software": _ALWAYS | {"Software", "Transformation", "File"},
    "PanDA operations": _ALWAYS | {"Worker node", "Batch job", "Transformation"},
}


def counts(record: RecordVerdict, lead: Candidate | RecordClue | None, party: Party, job: JobEvidence) -> str:
    """Whether the attempt counts against the user, and who acts: one or two sentences."""
    kind = lead.rule.kind if lead is not None and lead.rule is not None else ""
    attempt, most = as_count(job.job.get("attemptnr")), as_count(job.job.get("maxattempt"))
    used = f" This was attempt {attempt} of {most}." if attempt is not None and most else ""
    if record.outcome in {"closed", "cancelled"}:
        if kind == "killed" and party == "user":
            return "No: the job was ended on request, which is no failure; whoever asked for it decides what comes next."
        return "No: the system ended the job, and such an ending is no failed attempt of yours; where work is left it goes on."
    if record.outcome == "holding":
        return "Not yet: the job is still held, and only its final state decides."
    if party == "system":
        return (
            "No, it is not your fault: PanDA does not count failures that it classifies as the system's own against the user,"
            f" and the system (or PanDA operations) acts.{used}"
        )
    if party in {"site", "ddm"}:
        who = "the site" if party == "site" else "data management"
        return (
            f"It is not your fault: {who} has to act. The try is still one of the input's attempts, unless the server"
            f" classifies the error as the system's own, which is not counted.{used}"
        )
    if party == "user":
        return (
            f"Yes: the cause lies in the job itself, so the attempt counts towards its limit, and the owner has to act.{used}"
        )
    return f"That cannot be said: the error does not tell whose problem it is; until then the attempt counts.{used}"
