"""The record's errors: which one counts, in which order, and what the monitor hides.

Facts: panda-bigmon-core core/libs/error.py (order, hidden codes), pilot3 pilot/control/payload.py (1305 is the pilot
reporting the payload's failure), panda-wnscript pandawnutil/wnmisc/error_codes.py (5100-5799 and the exit status 1-21).
"""

import re
from typing import Any, cast

from askpanda.diagnosis.types import Catalogue, RecordVerdict, Triple
from askpanda.schema.answer import ErrorCode, Outcome
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_code, as_text

#: component -> (code field, text field), in the monitor's own order of precedence for texts.
FIELDS: dict[str, tuple[str, str]] = {
    "brokerage": ("brokerageerrorcode", "brokerageerrordiag"),
    "dataservice": ("ddmerrorcode", "ddmerrordiag"),
    "executor": ("exeerrorcode", "exeerrordiag"),
    "jobdispatcher": ("jobdispatchererrorcode", "jobdispatchererrordiag"),
    "pilot": ("piloterrorcode", "piloterrordiag"),
    "taskbuffer": ("taskbuffererrorcode", "taskbuffererrordiag"),
    "transform": ("transexitcode", "transformerrordiag"),
    "supervisor": ("superrorcode", "superrordiag"),
}
#: Which error explains a failed job first: what ran closest to the fault speaks before those who noticed it later.
FAILED_ORDER = ("pilot", "executor", "supervisor", "jobdispatcher", "dataservice", "brokerage", "taskbuffer", "transform")
#: On a job that was ended on purpose the server's reason is the verdict; what the pilot saw follows from it.
ENDED_ORDER = ("taskbuffer", "jobdispatcher", "dataservice", "brokerage", "supervisor", "pilot", "executor", "transform")
#: Codes that the monitor leaves out as soon as another one is there.
YIELDING = {("taskbuffer", 300), ("dataservice", 200), ("supervisor", 8970)}
#: Pilot codes that stand alone: the payload's own error (executor, transform) explains them.
ALONE = {1305, 1235}
#: Words for components on the monitor's pages, over its generations, and in our lists.
COMPONENT_WORDS = {
    "brokerage": "brokerage",
    "ddm": "dataservice",
    "dataservice": "dataservice",
    "data service": "dataservice",
    "exe": "executor",
    "executor": "executor",
    "execution": "executor",
    "jobdispatcher": "jobdispatcher",
    "job dispatcher": "jobdispatcher",
    "job dispatch": "jobdispatcher",
    "dispatcher": "jobdispatcher",
    "pilot": "pilot",
    "taskbuffer": "taskbuffer",
    "task buffer": "taskbuffer",
    "trans": "transform",
    "transform": "transform",
    "transformation": "transform",
    "sup": "supervisor",
    "supervisor": "supervisor",
    "harvester worker": "supervisor",
    "harvester": "supervisor",
}
WORKER_SCRIPTS = range(5100, 5800)

_ERRORINFO = re.compile(r"(?:^|[\s,;])([a-z]{3,16}):(-?\d{1,7})\b[ ,]?")


def component_word(word: Any) -> str:
    """The monitor's present name for a component, or "" for a word that names none."""
    text = as_text(word).lower().rstrip(":")
    return COMPONENT_WORDS.get(text, "")


def _from_fields(job: dict[str, Any]) -> list[Triple]:
    triples = []
    for component, (code_field, text_field) in FIELDS.items():
        code = as_code(job.get(code_field))
        if code is not None:
            triples.append(Triple(component, code, as_text(job.get(text_field)), text_field))
    return triples


def _from_page(job: JobEvidence, known: set[str]) -> list[Triple]:
    """Rows of the page's error table, only for components whose field the record does not have at all."""
    triples: list[Triple] = []
    for row in job.page_errors:
        component, code = component_word(row.component), as_code(row.code)
        if not component or code is None or component in known or FIELDS[component][0] in job.job:
            continue
        known.add(component)
        triples.append(Triple(component, code, as_text(row.message), FIELDS[component][1]))
    return triples


def _from_errorinfo(job: dict[str, Any]) -> list[Triple]:
    """The monitor's joined text ("component:code text, component:code text"), where no code field came along."""
    text = as_text(job.get("errorinfo"))
    pieces = [match for match in _ERRORINFO.finditer(text) if match[1] in COMPONENT_WORDS]
    triples = []
    for here, after in zip(pieces, [*pieces[1:], None], strict=False):
        code = as_code(here[2])
        if code is not None:
            words = text[here.end() : after.start() if after else len(text)].strip(" ,;")
            triples.append(Triple(COMPONENT_WORDS[here[1]], code, words, "errorinfo"))
    return triples


def outcome_of(job: dict[str, Any], has_errors: bool) -> Outcome | None:
    """How the job ended badly, or None where it did not (or has not yet).

    Fine-grained jobs carry their failure in the sub-status; a holding job with an error waits for its post-processing.
    """
    status = as_text(job.get("jobstatus")).lower()
    if status in {"failed", "closed", "cancelled"}:
        return cast("Outcome", status)
    if as_text(job.get("jobsubstatus")).lower() == "fg_stumble":
        return "failed"
    if status == "holding":
        return "holding" if has_errors else None
    return "failed" if not status and has_errors else None


def read_record(job: JobEvidence, catalogue: Catalogue) -> RecordVerdict | None:
    """The primary error of a job that ended badly, what stands beside it, and the record's own words for it.

    None for a job that did not fail, close or get cancelled. A closed or cancelled job without any code has
    component "" and code 0.
    """
    triples = _from_fields(job.job)
    triples += _from_page(job, {triple.component for triple in triples})
    if not triples and not any(code_field in job.job for code_field, _ in FIELDS.values()):
        triples = _from_errorinfo(job.job)
    outcome = outcome_of(job.job, bool(triples))
    if outcome is None:
        return None
    order = ENDED_ORDER if outcome in {"closed", "cancelled"} else FAILED_ORDER
    triples.sort(key=lambda triple: order.index(triple.component))
    hidden: list[Triple] = []
    if len(triples) > 1:
        kept = [triple for triple in triples if (triple.component, triple.code) not in YIELDING]
        hidden = [triple for triple in triples if triple not in kept] if kept else []
        triples = kept or triples[:1]
    if not triples:
        text_field = "jobsubstatus" if as_text(job.job.get("jobsubstatus")) else "jobinfo"
        return RecordVerdict(outcome, "", 0, None, [], _closing_words(job.job), text_field, [], hidden)
    transformation = as_text(job.job.get("transformation")).rstrip("/").rsplit("/", 1)[-1]
    primary = triples[0]
    shown = _secondary(triples)
    return RecordVerdict(
        outcome,
        primary.component,
        primary.code,
        catalogue.get(primary.component, primary.code),
        [ErrorCode(component=triple.component, code=triple.code) for triple in shown],
        primary.text,
        primary.field,
        triples,
        hidden,
        transformation if transformation.endswith("_tf.py") else "",
    )


def _secondary(triples: list[Triple]) -> list[Triple]:
    primary, others = triples[0], triples[1:]
    if primary.component == "pilot" and primary.code in ALONE:
        others = [triple for triple in others if triple.component in {"executor", "transform"}]
    executor = next((triple.code for triple in triples if triple.component == "executor"), None)
    if executor is not None and executor in WORKER_SCRIPTS:
        # the script's shell exit status (1-21) only repeats its error; read as a transform code it names another fault
        others = [triple for triple in others if (triple.component, triple.code) != ("transform", executor % 100)]
    return others


def _closing_words(job: dict[str, Any]) -> str:
    words = [as_text(job.get("jobsubstatus")), as_text(job.get("jobinfo"))]
    return ": ".join(word for word in words if word)
