"""Which pages of the monitor would help with numbers: counts, errors, workers, queues. Jobs' and tasks' own are evidence's."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from askpanda.pipeline.parcels import Route
from askpanda.schema.answer import Entities

#: Parts of the jobs list that are asked for: without them it is megabytes.
_PARTS = "outputs=selectionsummary,errsByCount"
#: What is looked at where no window is named.
DEFAULT_HOURS = 12


def live_paths(route: Route, viewer: str = "", now: datetime | None = None) -> list[str]:
    """Paths (JSON) for an intent that needs the monitor's numbers, best first; at most two."""
    entities = route.entities
    about = route.about
    if about == "queue_metadata":
        return ["/sites/?json"]
    if about == "task_failures":
        # the errors page only covers the last hours; the jobs list has all jobs of a task
        mine = [f"produsername={_value(viewer)}"] if entities.user == "me" and viewer else []
        return [_path("jobs", [f"jeditaskid={task}", *mine, _PARTS]) for task in entities.task_ids[:1]]
    if about not in ("statistics", "site_health"):
        return []
    filters = _filters(entities, viewer)
    window = _window(entities.window, now or datetime.now(UTC))
    if about == "site_health":
        if not filters:
            return []
        return [_path("jobs", [*filters, *window, _PARTS]), _path("errors", [*filters, *window])]
    if entities.object == "pilots":
        place = [f"computingsite={_value(entities.queue or entities.site or '')}"] if entities.queue or entities.site else []
        return [_path("harvester/workers", [*place, *window])]
    if entities.object == "errors" or (entities.object is None and entities.status is None):
        return [_path("errors", [*filters, *window])]
    return [_path("jobs", [*filters, *window, _PARTS])]


def _path(page: str, query: list[str]) -> str:
    return f"/{page}/?" + "&".join([*query, "json"])


def _value(text: str) -> str:
    return quote(text, safe="*|!,.:@-_")


def _place(entities: Entities) -> list[str]:
    if entities.queue:
        return [f"computingsite={_value(entities.queue)}"]
    if entities.site:
        return [f"computingsite=*{_value(entities.site)}*"]
    return [f"cloud={_value(entities.cloud)}"] if entities.cloud else []


def _filters(entities: Entities, viewer: str) -> list[str]:
    filters = _place(entities)
    user = viewer if entities.user == "me" else entities.user
    if user:
        filters.append(f"produsername={_value(user)}")
    filters += [f"jeditaskid={task}" for task in entities.task_ids[:1]]
    return filters


def _window(window: str | None, now: datetime) -> list[str]:
    """`today` and `yesterday` are whole days in UTC; others are counted back from now."""
    if window in ("today", "yesterday"):
        start, end = bounds(window, now) or (now, now)
        return [f"date_from={start:%Y-%m-%dT%H:%M}", f"date_to={end:%Y-%m-%dT%H:%M}"]
    if not window:
        return [f"hours={DEFAULT_HOURS}"]
    amount = window[:-1]
    return [f"hours={amount}"] if window.endswith("h") else [f"days={amount}"]


def bounds(window: str | None, now: datetime | None = None) -> tuple[datetime, datetime] | None:
    """Begin and end (UTC) of a window such as `6h`, `7d`, `today`, `yesterday`; None for none."""
    now = now or datetime.now(UTC)
    if not window:
        return None
    if window in ("today", "yesterday"):
        day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=window == "yesterday")
        return day, day + timedelta(days=1, seconds=-1)
    span = timedelta(hours=int(window[:-1])) if window.endswith("h") else timedelta(days=int(window[:-1]))
    return now - span, now
