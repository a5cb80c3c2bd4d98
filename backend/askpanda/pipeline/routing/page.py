"""Questions that mean the page they were asked on: its job, task or place, a text that is selected there, its failures."""

import re
from functools import cache
from typing import Any, Protocol

from askpanda.pipeline.routing.conversation import OF_A_JOB, OF_A_TASK
from askpanda.pipeline.routing.entities import Found, extract, from_list
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import fold
from askpanda.schema.answer import Intent
from askpanda.schema.ask import PageContext

#: A selection is a line or two of a log or table; the text of a code is looked for in its beginning.
_SELECTED = 2000
#: A message shorter than this is in too many texts.
_TELLING = 12


class Codes(Protocol):
    """What this needs of the catalogue."""

    def by_name(self, word: str) -> list[Any]: ...


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("|".join(load("focus")[name]))


def place_here(question: str, found: Found, page: PageContext) -> None:
    """`What is this queue?` on a page that has one, such as a job's, names that queue."""
    entities = found.entities
    if page.site and not (entities.site or entities.queue or entities.cloud) and _pattern("this_place").search(fold(question)):
        entities.queue = page.site


def from_page(found: Found, page: PageContext, about: Intent, known: set[str]) -> None:
    """The page's job, task or queue, where the question is about one and names none."""
    entities = found.entities
    if about in OF_A_JOB and not entities.job_ids and page.pandaid and "n_task_only" not in known:
        entities.job_ids = [page.pandaid]
    if about in OF_A_TASK and not (entities.task_ids or entities.job_ids) and page.jeditaskid:
        entities.task_ids = [page.jeditaskid]
    of_a_queue = entities.action == "set_queue_status" or not entities.action
    place = (entities.site or entities.queue) if of_a_queue else None  # `move it away from AGLT2` is of the page's task
    if about == "action_request" and not (entities.job_ids or entities.task_ids or place):
        if page.pandaid and "n_task" not in known:
            entities.job_ids = [page.pandaid]
        elif page.jeditaskid:
            entities.task_ids = [page.jeditaskid]
    if (
        about == "statistics"
        and not entities.task_ids
        and (
            known & {"one_task", "its_task"}
            or (known & {"this", "the_task"} and not page.pandaid)
            or (page.page == "task" and entities.object == "jobs" and entities.user in (None, "me") and not entities.window)
        )
        and not (entities.site or entities.queue)
    ):
        entities.task_ids = [page.jeditaskid] if page.jeditaskid else []
    if about in ("statistics", "task_failures") and page.page in ("jobs", "errors") and page.url and "has.place" not in known:
        from_list(page.url, entities)
    of_a_place = about in ("site_health", "queue_metadata", "statistics")
    of_pilots = about == "statistics" and entities.object == "pilots" and page.page == "job"  # those of the job's queue
    here = page.page in ("site", "harvester") or of_pilots
    if of_a_place and here and page.site and not (entities.site or entities.queue or entities.cloud):
        entities.queue = page.site


def asks_why(question: str) -> bool:
    """Whether the failures of a page are what a question is after."""
    return _pattern("failing").search(fold(question)) is not None


def of_selection(question: str, found: Found, page: PageContext, catalogue: Any) -> Intent | None:
    """`explain this error` on a selected code or message: that code's, where no job is there to explain it better."""
    if not page.selection or page.pandaid or page.jeditaskid or not _pattern("selection").search(fold(question)):
        return None
    if found.entities.job_ids or found.entities.task_ids or found.entities.error_code is not None or found.error_names:
        return None
    selected = extract(page.selection[:_SELECTED], catalogue)
    if selected.entities.job_ids:
        found.entities.job_ids = selected.entities.job_ids
        return "job_failure"
    if selected.component_named and selected.entities.error_code is not None:
        found.entities.component, found.entities.error_code = selected.entities.component, selected.entities.error_code
    elif selected.error_names:
        found.error_names = selected.error_names
    else:
        entry = by_text(page.selection[:_SELECTED], catalogue)
        if entry is None:
            return None
        found.entities.component, found.entities.error_code = entry.component, entry.code
    found.component_named = True
    return "error_code_lookup"


def by_text(text: str, catalogue: Any) -> Any | None:
    """The entry whose message, or key in a log, stands in a text; the longest one where there are several."""
    folded = " ".join(text.casefold().split())
    best: tuple[int, Any] | None = None
    for component in getattr(catalogue, "components", list)():
        for entry in catalogue.component(component):
            for words in (entry.message, *entry.log_keys):
                key = " ".join(words.casefold().split()).rstrip(".")
                if len(key) >= _TELLING and key in folded and (best is None or len(key) > best[0]):
                    best = (len(key), entry)
    return best[1] if best else None
