"""Which wording an intent has."""

from collections.abc import Callable

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.wording import (
    actions,
    documentation,
    error_codes,
    failure,
    followups,
    job_state,
    live,
    logs,
    small,
    task,
)  # fmt: skip
from askpanda.schema.answer import Intent

_WORDINGS: dict[Intent, Callable[[Brief], Words]] = {
    "documentation": documentation.documentation,
    "job_failure": failure.job_failure,
    "job_status": job_state.job_status,
    "task_summary": task.summary,
    "task_failures": task.failures,
    "queue_metadata": live.queue_metadata,
    "site_health": live.site_health,
    "statistics": live.statistics,
    "error_code_lookup": error_codes.lookup,
    "error_code_list": error_codes.listing,
    "log_request": logs.log_request,
    "smalltalk": small.smalltalk,
    "off_topic": small.refusal,
    "injection_attempt": small.refusal,
    "action_request": actions.action_request,
}


def compose(brief: Brief) -> Words:
    """The whole answer in our own words."""
    if brief.route.intent == "followup":
        worded = followups.followup(brief)
        if worded is not None:
            return worded
    return _WORDINGS.get(brief.route.about, documentation.documentation)(brief)
