"""A verdict in sentences: which error, whose problem, whether a retry helps, where it stands."""

from askpanda.experiments import Experiment
from askpanda.pipeline.wording.error_codes import PARTIES, sentence
from askpanda.schema.answer import Diagnosis, EvidenceLine, Party

#: Who repairs what, as the guide on reporting a problem has it; the experiment's file adds how they are reached.
_WHOM: dict[Party, str] = {
    "user": "Nobody has to be told: the job's own code, options or input have to change.",
    "site": "Tell the site.",
    "ddm": "Tell data management of the experiment (DDM): storage, files and transfers are theirs.",
    "system": "Tell PanDA operations of the experiment.",
    "unknown": "Ask the experiment's analysis support.",
}
#: Characters of an evidence line in running text; the whole of it is in the diagnosis.
LINE_LIMIT = 300
_GENERAL = "A new attempt can pass."
#: How a verdict's reasons begin when they say what the sentence before them says already.
_SAID = {
    "no": "The same job will end the same way; something has to change first.",
    "wait": "It can pass once the service or place that failed is back. ",
}


def whom(experiment: Experiment, party: Party) -> str:
    """Whom to tell of a problem, and how they are reached."""
    return f"{_WHOM[party]} {experiment.contact(party)}".strip()


def named(diagnosis: Diagnosis) -> str:
    """`Error: pilot 1324, SERVICENOTAVAILABLE (Network and Communication Errors).`"""
    name = f", {diagnosis.name}" if diagnosis.name else ""
    category = f" ({diagnosis.category})" if diagnosis.category and diagnosis.category != "Uncategorized" else ""
    what = "Reason" if diagnosis.outcome in ("closed", "cancelled") else "Error"
    return f"{what}: **{diagnosis.component} {diagnosis.code}**{name}{category}."


def whose(diagnosis: Diagnosis) -> str:
    """Whose problem it is; an ending that was decided is nobody's fault."""
    if diagnosis.outcome in ("closed", "cancelled"):
        if diagnosis.party == "system":
            return "That is a decision of the system and no error of the job."
        if diagnosis.party == "user":
            return "That was asked for on the user's side and is no error of the job."
    return (
        "Whose problem it is cannot be said from this."
        if diagnosis.party == "unknown"
        else f"This is a problem of {PARTIES[diagnosis.party]}."
    )


def retry(diagnosis: Diagnosis) -> str:
    """Whether a new attempt helps, who makes it, and how many are left."""
    advice = diagnosis.retry
    text = {
        "yes": "A new attempt can succeed with the job unchanged.",
        "no": "A new attempt of the unchanged job would fail in the same way.",
        "wait": "A new attempt can succeed later, once the cause has gone.",
    }[advice.advice]
    if advice.advice != "no" and "by itself" not in advice.reason:
        text += {"automatic": " PanDA makes it by itself.", "user": " The user has to start it.", "none": ""}[advice.actor]
    reason = advice.reason.removeprefix(_SAID.get(advice.advice, "")).removesuffix(_GENERAL).strip()
    if reason:
        text += f" {sentence(reason[0].upper() + reason[1:])}"
    if advice.attempt is not None and advice.max_attempts and "attempt" not in advice.reason:
        left = max(advice.max_attempts - advice.attempt, 0)
        text += f" This was attempt {advice.attempt} of {advice.max_attempts}; {left or 'none'} left."
    return text


def place(line: EvidenceLine) -> str:
    """`pilotlog.txt, line 1042` or `job record, field piloterrordiag`"""
    if line.line is None:
        return f"job record, field `{line.field}`" if line.field else line.file
    span = f"lines {line.line} to {line.end}" if line.end and line.end != line.line else f"line {line.line}"
    return f"`{line.file}`, {span}"


def quoted(line: EvidenceLine) -> str:
    """The text as code, on one line: a log line is never markup."""
    text = " ".join(line.text.split()).replace("`", "'")
    return f"`{text if len(text) <= LINE_LIMIT else text[:LINE_LIMIT].rstrip() + ' …'}`"
