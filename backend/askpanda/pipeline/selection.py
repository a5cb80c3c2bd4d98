"""Which jobs a question is about, as filters of the monitor's lists: place, owner, task, error, time, and the page's own."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from askpanda.diagnosis.record import FIELDS
from askpanda.evidence.queues import Queues
from askpanda.pipeline.parcels import Route
from askpanda.pipeline.scope import Scope
from askpanda.pipeline.windows import DEFAULT_HOURS, window_of
from askpanda.schema.answer import Entities

_ENDED = ("finished", "failed", "cancelled", "closed")
#: Characters of the names of queues that one path may have: a path has 2,000 at most, and the longest list of fields 450.
NAMES = 1200


def selected(route: Route, viewer: str, queues: Queues | None, page: Scope | None, now: datetime | None = None) -> Scope:
    """The jobs that are asked for: those of the page where it is meant, narrowed by what the question names.

    What the page's address says itself stays as it stands there.
    """
    entities = route.entities
    shown = page if route.here and page and not page.of_tasks else Scope()
    if is_of_viewer(route, page):
        entities = entities.model_copy(update={"user": "me"})
    said = shown.said
    place = (entities.site, entities.queue, entities.cloud)
    if place in ((said.site, said.queue, said.cloud), (None, said.site, None)):
        entities = entities.model_copy(update={"site": None, "queue": None, "cloud": None})
    if entities.task_ids == said.task_ids:
        entities = entities.model_copy(update={"task_ids": []})
    times = window_of(entities.window, now or datetime.now(UTC)) if entities.window and entities.window != said.window else []
    if route.focus != "page" and entities.status in (None, said.status):
        shown = shown.without("jobstatus")  # they are counted by state
    if route.aspect == "mine" and not shown.own:
        entities = entities.model_copy(update={"user": None})  # all, of which the viewer's are counted
    if not (times or shown.times or shown.timeless or entities.task_ids) and _of_now(route):
        times = ["days=1"]  # a window in days lists those in such a state whatever their age, one in hours does not
    named = next((f"{name} {word}" for name in ("queue", "site", "cloud") if (word := getattr(entities, name))), "")
    return shown.narrowed([*filters_of(entities, viewer, queues), *_code(entities)], times, named)


def _of_now(route: Route) -> bool:
    """Whether jobs are chosen by a state that they leave again."""
    return any(choice.is_state and choice.said not in _ENDED for choice in route.choices)


def is_of_viewer(route: Route, page: Scope | None) -> bool:
    """Whether only the viewer's own are meant: by a word, or because the page is the viewer's."""
    own = route.here and page is not None and page.own and not route.entities.user
    return own or route.entities.user == "me"


def _code(entities: Entities) -> list[str]:
    """The filter for one error code; none for a number whose component is not known, which is looked for in the rows."""
    field = FIELDS.get(entities.component or "")
    return [f"{field[0]}={entities.error_code}"] if field and entities.error_code is not None else []


def times_of(chosen: Scope) -> tuple[str, ...]:
    """The window of a selection: that of the page, or the usual one."""
    return chosen.times or (() if chosen.timeless else (f"hours={DEFAULT_HOURS}",))


def later_half(times: tuple[str, ...]) -> list[str]:
    """The later half of a window that is counted back from now; nothing for others."""
    pairs = dict(one.split("=", 1) for one in times)
    unit = 24 if "days" in pairs else 1
    said = pairs.get("hours") or pairs.get("days") or ""
    hours = unit * int(said) if said.isdigit() else 0
    return [f"hours={hours // 2}"] if len(pairs) == 1 and hours > 1 else []


def is_whole_name(viewer: str) -> bool:
    """Whether a viewer is named as jobs name their owners; the monitor's menu has the first name only.

    Filtering by a first name would count everybody's jobs whose name contains it (panda-bigmon-core core/views.py).
    """
    return len(re.split(r"[ |]", viewer.strip())) > 1


def quoted(text: str) -> str:
    return quote(text, safe="*|!,.:@-_")


def place_of(entities: Entities, queues: Queues | None) -> list[str]:
    if entities.queue:
        return [f"computingsite={quoted(entities.queue)}"]
    if entities.site:
        names = "|".join(queues.of_place(entities.site)) if queues else ""
        if names and len(names) <= NAMES:
            return [f"computingsite={quoted(names)}"]
        return [f"computingsite=*{quoted(entities.site)}*"]
    if entities.cloud:
        # jobs are of the cloud WORLD by now, whatever the queue's is
        names = "|".join(queues.of_cloud(entities.cloud)) if queues else ""
        return [f"computingsite={quoted(names)}"] if 0 < len(names) <= NAMES else [f"cloud={quoted(entities.cloud)}"]
    return []


def filters_of(entities: Entities, viewer: str, queues: Queues | None) -> list[str]:
    filters = place_of(entities, queues)
    user = viewer if entities.user == "me" else entities.user
    if user:
        filters.append(f"produsername={quoted(user)}")
    filters += [f"jeditaskid={task}" for task in entities.task_ids[:1]]
    return filters
