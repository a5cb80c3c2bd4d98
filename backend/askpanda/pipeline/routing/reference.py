"""What a question points back to in its conversation, named before the question is routed.

`Log of the second`, `the failed job again`, `no, I meant the task`: once the job or task is known, such a question is the same
as one that names it.
"""

import re
from functools import cache

from askpanda.pipeline.routing.conversation import OF_A_JOB, OF_A_TASK, OF_FACTS, Before
from askpanda.pipeline.routing.ellipsis import asks_nothing, only_names
from askpanda.pipeline.routing.entities import Found, one_of
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import expanded, fold
from askpanda.schema.ask import PageContext

#: Words for the last ones among `the last two`.
_LAST = ("l", "d", "u")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    rules = load("reference")
    listed = rules[name]
    joined = "|".join([listed] if isinstance(listed, str) else listed)
    return re.compile(joined.replace("{nth}", rules["nth_words"]).replace("{no}", rules["not_nth"]))


def leans(question: str, found: Found) -> bool:
    folded = expanded(fold(question))
    return only_names(folded, found) or asks_nothing(folded, found)


def gone_back(before: Before | None, question: str, found: Found) -> Before | None:
    """What a question goes on from: after a word on a term, `and at MWT2?` goes back to the facts before it."""
    if before is None or before.facts is None or before.has_facts or not leans(question, found):
        return before
    named, spoken = found.entities, before.entities
    place = named.site or named.queue or named.cloud
    if (named.window or named.user or (place and not (spoken.site or spoken.queue))) and not (named.job_ids or named.task_ids):
        return before.facts
    return before


def point_back(question: str, found: Found, page: PageContext, before: Before | None) -> None:
    """Fills in the job, task or site that the question points back to, where it names none itself."""
    entities = found.entities
    if before is None or entities.job_ids or entities.task_ids:
        return
    folded = expanded(fold(question))
    if entities.site is None and entities.queue is None:
        _a_site(folded, found, page, before)
    taken_up = any(_pattern(name).search(folded) for name in ("returns", "begun", "failed"))
    if before.intent not in OF_FACTS | {"action_request"} and not taken_up:
        return  # `the second one` of what was explained; `the job` of any job
    entities.job_ids, entities.task_ids = (
        _by_place(folded, before) or _by_state(folded, before) or _by_kind(folded, page, before) or ([], [])
    )


def _of_tasks(folded: str, before: Before) -> bool:
    """Whether one of the tasks, rather than of the jobs, is meant."""
    if re.search(r"\bjobs?\b", folded) and not re.search(r"\bjobs? (?:of|in|from)\b", folded):
        return False
    return before.intent in OF_A_TASK or bool(_pattern("the_task").search(folded)) or not before.jobs


def _by_place(folded: str, before: Before) -> tuple[list[int], list[int]] | None:
    """`The second`, `the middle one`, `the first two` of those that were spoken of together, or one after the other."""
    if before.intent not in OF_A_JOB | OF_A_TASK:
        return None
    tasks = _of_tasks(folded, before)
    named = before.tasks if tasks else before.together
    chosen: list[int] = []
    if several := _pattern("several").search(folded):
        end = next(word for word in several.groups() if word)
        chosen = (named[-2:] if end.startswith(_LAST) else named[:2]) if len(named) > 2 else []
    elif not tasks and _pattern("all").search(folded):
        chosen = next((spoken.job_ids for spoken in before.told if len(spoken.job_ids) > 1), [])
        if chosen == before.entities.job_ids:
            return None  # nothing was spoken of since: the question goes on with the answer about them
    elif _pattern("middle").search(folded):
        chosen = [named[1]] if len(named) == 3 else []
    elif _pattern("nth").search(folded):
        chosen = one_of(named, folded) if tasks else before.one_meant(folded)
    if not chosen:
        return None
    return ([], chosen) if tasks else (chosen, [])


def _by_state(folded: str, before: Before) -> tuple[list[int], list[int]] | None:
    """`The failed one`, `the job from the beginning`."""
    if _pattern("begun").search(folded):
        if _pattern("the_task").search(folded):
            return ([], before.tasks[:1]) if before.tasks else None
        return (before.jobs[:1], []) if before.jobs else None
    if _pattern("failed").search(folded) and before.failed and len(before.jobs) > 1:
        return [before.failed[-1]], []
    return None


def _by_kind(folded: str, page: PageContext, before: Before) -> tuple[list[int], list[int]] | None:
    """`The task`, after one of its jobs or after numbers; `the job`, after its task."""
    here = page.pandaid is None or page.pandaid in before.jobs
    if not here:
        return None
    job = _pattern("the_job").search(folded)
    task = _pattern("the_task").search(folded)
    if job and task:  # `not the job, the task`
        job, task = (job, None) if job.start() > task.start() else (None, task)
    if task and not before.entities.task_ids:
        if before.tasks:
            return [], before.tasks[-1:]
        return ([], [page.jeditaskid]) if page.jeditaskid else None
    if job and not before.entities.job_ids:
        return (before.jobs[-1:], []) if before.jobs else None
    return None


def _a_site(folded: str, found: Found, page: PageContext, before: Before) -> None:
    entities = found.entities
    if _pattern("nth_site").search(folded):
        named = list(dict.fromkeys(place for spoken in reversed(before.told) if (place := spoken.site or spoken.queue)))
        chosen = [place for number, place in enumerate(named) if one_of(list(range(len(named))), folded) == [number]]
        entities.site = chosen[0] if chosen else None
    elif page.site and _pattern("only_its_site").search(folded):
        entities.site = page.site
