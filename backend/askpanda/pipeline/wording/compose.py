"""Which wording an intent has."""

from collections.abc import Callable
from dataclasses import replace

from askpanda.pipeline.parcels import NUMBERS, OF_THE_SAME, Brief, Focus, Words
from askpanda.pipeline.paths import asks_for_code, part_of_task
from askpanda.pipeline.scope import scope_of
from askpanda.pipeline.selection import is_of_viewer, is_whole_name
from askpanda.pipeline.wording import (
    actions,
    documentation,
    error_codes,
    error_window,
    failure,
    followups,
    job_state,
    live,
    logs,
    page,
    pilots,
    pilots_arrive,
    queues,
    rates,
    relatives,
    service,
    several,
    several_tasks,
    siblings,
    small,
    task,
    task_failures,
    task_part,
    tasks,
    with_code,
)  # fmt: skip
from askpanda.schema.answer import Answer, FollowUp, Intent


def _statistics(brief: Brief) -> Words:
    """Pilots, errors or jobs in numbers."""
    entities = brief.route.entities
    known = is_whole_name(brief.gathered.viewer) or entities.task_ids or brief.gathered.requests
    if is_of_viewer(brief.route, scope_of(brief.turn.request.context)) and not known:
        return live.nobody(entities.object or "jobs")
    if entities.object == "pilots":
        return pilots.pilots(brief)
    if asks_for_code(brief.route):
        return with_code.with_code(brief)
    if brief.route.focus == "rates":
        return rates.rates(brief)
    if (
        brief.route.focus in ("losses", "ranked")
        or entities.object == "errors"
        or (entities.object is None and entities.status is None)
    ):
        return error_window.error_window(brief)
    return live.statistics(brief)


def _several(brief: Brief) -> Words:
    """Several jobs, or several tasks."""
    return several.several(brief) if brief.route.entities.job_ids else several_tasks.several_tasks(brief)


#: What a question looks at decides before its intent does.
_FOCUSED: dict[Focus, Callable[[Brief], Words]] = {
    "attempts": relatives.attempts,
    "jobset": relatives.jobset,
    "sibling": siblings.siblings,
    "service": service.service,
    "several": _several,
    "tasks": tasks.tasks,
    "page": page.shown,
    "arriving": pilots_arrive.arriving,
}
_WORDINGS: dict[Intent, Callable[[Brief], Words]] = {
    "documentation": documentation.documentation,
    "job_failure": failure.job_failure,
    "job_status": job_state.job_status,
    "task_summary": task.summary,
    "task_failures": task_failures.failures,
    "queue_metadata": queues.queue_metadata,
    "site_health": live.site_health,
    "statistics": _statistics,
    "error_code_lookup": error_codes.lookup,
    "error_code_list": error_codes.listing,
    "log_request": logs.log_request,
    "smalltalk": small.smalltalk,
    "off_topic": small.refusal,
    "injection_attempt": small.refusal,
    "action_request": actions.action_request,
}

#: What is answered from a record, which says how a thing stands now.
_AS_IT_IS: frozenset[Intent] = frozenset({"task_summary", "task_failures", "job_status", "job_failure"})


def _worded(brief: Brief) -> Words:
    if part_of_task(brief.route):
        return task_part.part(brief)
    return _WORDINGS.get(brief.route.about, documentation.documentation)(brief)


def _only_the_first(brief: Brief, words: Words) -> Words:
    """Says of several tasks which one was read, and offers the others."""
    first, *others = brief.route.entities.task_ids or [0]
    if not others or brief.route.about not in ("task_summary", "task_failures", "statistics") or not words.sections.description:
        return words
    why = brief.route.about == "task_failures"
    note = (
        f"This is about task {first} alone, as one task is read at a time; ask about the other{'s' if others[1:] else ''} next."
    )
    offers = [
        FollowUp(
            question=f"Why did jobs of task {task} fail?" if why else f"What is happening with task {task}?",
            why="The same of it",
        )
        for task in others[:3]
    ]
    sections = words.sections.model_copy(update={"description": f"{words.sections.description} {note}"})
    return replace(words, sections=sections, follow_ups=[*offers, *words.follow_ups][:5])


def _with_basis(brief: Brief) -> Brief:
    """For a conversation that the client keeps: the answer that a wish rests on, made again from the same numbers."""
    route, turn = brief.route, brief.turn
    told = turn.previous is None and turn.history and not brief.gathered.requests
    if not told or route.about not in NUMBERS or route.wish not in OF_THE_SAME or not brief.gathered.pages:
        return brief
    words = _worded(brief)
    basis = Answer(
        status="answered", intent=route.about, entities=route.entities.model_dump(exclude_defaults=True),
        sections=words.sections, blocks=words.blocks, citations=list(brief.sources.citations),
    )  # fmt: skip
    return replace(brief, turn=replace(turn, basis=basis), gathered=replace(brief.gathered, reuses=True))


def compose(brief: Brief) -> Words:
    """The whole answer in our own words."""
    focused = _FOCUSED.get(brief.route.focus)
    if focused is not None:
        return focused(brief)
    if brief.route.intent == "followup":
        worded = followups.followup(_with_basis(brief))
        if worded is not None:
            return worded
    words = _only_the_first(brief, _worded(brief))
    as_it_is = brief.route.about in _AS_IT_IS and not part_of_task(brief.route)
    if brief.route.wish == "other_window" and as_it_is and words.sections.description:
        now = f"{followups.AS_IT_IS_NOW}\n\n{words.sections.description}"
        words = replace(words, sections=words.sections.model_copy(update={"description": now}))
    return words
