"""Which pages of the monitor would help with numbers: counts, errors, workers, queues. Jobs' and tasks' own are evidence's."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from askpanda.evidence.queues import Queues
from askpanda.pipeline.parcels import OF_ITS_JOB, Route
from askpanda.pipeline.scope import Scope
from askpanda.schema.answer import Entities
from askpanda.schema.values import as_text

#: Parts of the jobs list that are asked for: without them it is megabytes.
_PARTS = "outputs=selectionsummary,errsByCount"
#: What is looked at where no window is named.
DEFAULT_HOURS = 12
#: Characters of the names of queues that one path may have: a path has 2,000 at most, and the longest list of fields 450.
NAMES = 1200
#: Jobs of one question that are looked at.
SEVERAL = 20
#: States before a job runs; one that is in them is held against what is usual at its queue.
WAITING = ("pending", "defined", "waiting", "assigned", "throttled", "activated", "sent", "starting")
#: States that a job leaves again: the monitor lists those that are in one whatever their age, where no time is asked for.
ACTIVE = (*WAITING, "running", "holding", "merging", "transferring")
#: Jobs that have started, the latest ones: what a waiting job is compared with.
STARTED = "jobstatus=running|finished|failed&limit=500"
#: Fields of job rows: what tells codes, times and lost time; and, for few jobs, the errors' texts. A value of a query that
#: a page may ask for has 500 characters at most.
_CODES = (
    "brokerageerrorcode", "ddmerrorcode", "exeerrorcode", "jobdispatchererrorcode", "piloterrorcode", "superrorcode",
    "taskbuffererrorcode", "transexitcode",
)  # fmt: skip
_TEXTS = tuple(code.replace("code", "diag") for code in _CODES if code != "transexitcode")
_TIMES = ("endtime", "modificationtime", "durationsec")
COUNTING = ("pandaid", "jobstatus", "jobsubstatus", "computingsite", "produsername", "jeditaskid", *_TIMES, *_CODES)
_WAITS = ("pandaid", "jobstatus", "creationtime", "starttime", "corecount", "prodsourcelabel")
TELLING = ("pandaid", "jobstatus", "computingsite", "jobname", "attemptnr", "maxattempt", "parentid", *_TIMES, *_CODES, *_TEXTS)

#: Of the failed jobs of a task: what groups them, and what the jobs of a group may have in common.
GROUPING = (
    "pandaid", "jobstatus", "computingsite", "modificationhost", "transformation", "proddblock", "atlasrelease", "homepackage",
    "container_name", "cmtconfig", "jeditaskid", "endtime", "modificationtime", *_CODES, *_TEXTS,
)  # fmt: skip
#: Marks the rows of failed jobs among the pages.
FAILED = "jobstatus=failed"
#: Of all jobs of a task: what counts them by state and place, and tells when each last changed.
CHANGED = ("pandaid", "jobstatus", "computingsite", "modificationtime")
#: Marks rows with the attempts that were tried again since.
ATTEMPTS = "mode=nodrop"
#: Jobs of a task that are read for a window, the latest.
OF_A_TASK = 20_000
#: Marks jobs that ended well or failed, which rates are of.
ENDED = "finished|failed"
#: Finished jobs of a job's task, the latest ones, and what they are held against it by.
FINISHED = "jobstatus=finished"
COMPARING = (
    "pandaid", "jobstatus", "computingsite", "computingelement", "modificationhost", "atlasrelease", "homepackage",
    "container_name", "cmtconfig", "cpuconsumptionunit", "actualcorecount", "maxpss", "durationsec", "cpuconsumptiontime",
    "ninputdatafiles", "inputfilebytes", "nevents",
)  # fmt: skip
_BESIDE = 200


def part_of_task(route: Route) -> bool:
    """Whether a part of a task's jobs is asked for: those at a place, or those of a time."""
    entities = route.entities
    named = entities.window or entities.site or entities.queue or entities.cloud
    counted = route.about == "statistics" and entities.object != "pilots"
    of_task = counted or route.about in ("task_summary", "task_failures")
    return of_task and not route.focus and bool(entities.task_ids and named)


def live_paths(
    route: Route,
    viewer: str = "",
    now: datetime | None = None,
    queues: Queues | None = None,
    record: dict[str, Any] | None = None,
    page: Scope | None = None,
) -> list[str]:
    """Paths (JSON) for an intent that needs the monitor's numbers, best first; at most three.

    `queues` are those of CRIC, where they are there: a site then stands for its queues, and the monitor's list is not
    asked for. `record` is the job that attempts and a jobset are looked for of, `page` what the page shows.
    """
    entities = route.entities
    about = route.about
    sites = [] if queues is not None else ["/sites/?json"]
    if route.focus == "service":
        return ["/harvester/instances/?json"]
    if route.focus == "several":
        ids = ",".join(str(number) for number in entities.job_ids[:SEVERAL])
        return [_path("jobs", [f"pandaid={ids}", "mode=nodrop", "outputs=jobs"])]
    if route.focus in OF_ITS_JOB:
        return _relatives(route, record or {})
    if route.focus == "tasks":
        return _tasks(entities, viewer)
    if route.focus == "page":
        return _page(page or Scope(), viewer)
    if part_of_task(route):
        return _of_a_task(entities, viewer, now, queues)
    if about == "task_summary":
        return [_path("jobs", [f"jeditaskid={task}", _PARTS]) for task in entities.task_ids[:1]]
    if about in ("job_status", "job_failure"):
        return _of_its_queue(record or {})
    if about == "queue_metadata":
        return sites
    if about == "task_failures":
        # the errors page only covers the last hours; the jobs list has all jobs of a task
        mine = _mine(entities, viewer)
        return [
            path
            for task in entities.task_ids[:1]
            for path in (
                _path("jobs", [f"jeditaskid={task}", *mine, _PARTS]),
                _rows([f"jeditaskid={task}", *mine, FAILED], GROUPING),
            )
        ]
    if about not in ("statistics", "site_health"):
        return []
    if entities.user == "me" and not entities.task_ids and not is_whole_name(viewer):
        return [OWN_TASKS] if viewer else []  # who that is comes first; without it nothing can be counted
    filters = _filters(entities, viewer, queues)
    # a task's jobs are wanted whatever their age
    window = [] if entities.task_ids and not entities.window else _window(entities.window, now or datetime.now(UTC))
    if about == "site_health":
        if not filters:
            return []
        return [_path("jobs", [*filters, *window, _PARTS]), _path("errors", [*filters, *window]), *sites]
    if entities.object == "pilots":
        return [worker_path(entities, now), *(sites if entities.site else [])]
    if route.focus == "rates":
        return [
            _path("jobs", [*filters, *window, f"jobstatus={ENDED}", "outputs=selectionsummary"]),
            _rows([*filters, *window, FAILED], COUNTING),
        ]
    if (
        route.focus in ("losses", "ranked")
        or entities.object == "errors"
        or (entities.object is None and entities.status is None)
    ):
        return [
            _path("errors", [*filters, *window]),
            _rows([*filters, *window, "jobstatus=failed|holding"], COUNTING),
        ]
    if is_now(entities):
        return [_path("jobs", [*filters, f"jobstatus={entities.status}", "outputs=selectionsummary"])]
    return [_path("jobs", [*filters, *window, _PARTS])]


def counts_errors(route: Route) -> bool:
    """Whether the errors of a time are counted, rather than jobs by state."""
    entities = route.entities
    unsaid = entities.object is None and entities.status is None
    return route.focus in ("losses", "ranked") or entities.object == "errors" or unsaid


def is_now(entities: Entities) -> bool:
    """Whether jobs are counted that are in a state now; a window would leave out those that did not change in it."""
    return entities.status in ACTIVE and not entities.window and not entities.task_ids


def worker_path(entities: Entities, now: datetime | None = None) -> str:
    """Harvester's numbers of workers; of a site all queues' are read, since its queues may have any names.

    The monitor takes times to the second, without a zone, as UTC (panda-bigmon-core core/harvester/utils.py).
    """
    start, end = bounds(entities.window or f"{DEFAULT_HOURS}h", now) or (datetime.now(UTC), datetime.now(UTC))
    place = [f"computingsite={_value(entities.queue)}"] if entities.queue else []
    times = [f"lastupdate_from={start:%Y-%m-%dT%H:%M:%S}", f"lastupdate_to={end:%Y-%m-%dT%H:%M:%S}"]
    return _path("harvester/getworkerstats", [*times, *place])


#: Parts of a query that may be another one in the next round of the same turn: times to the second, queues of a site.
_PASSING = re.compile(r"(?<=[?&])(lastupdate_from|lastupdate_to|computingsite)=[^&]*")


def unanswered(paths: list[str], answered: Collection[str]) -> list[str]:
    """The paths that were not asked for in the round before."""
    done = {_PASSING.sub(r"\1", path) for path in answered}
    return [path for path in paths if _PASSING.sub(r"\1", path) not in done]


def _mine(entities: Entities, viewer: str) -> list[str]:
    return [f"produsername={_value(viewer)}"] if entities.user == "me" and is_whole_name(viewer) else []


def _of_a_task(entities: Entities, viewer: str, now: datetime | None, queues: Queues | None) -> list[str]:
    """A task's jobs at a place, beside all of them; or those of a time, one by one.

    For times more than two days back the monitor lists all archived jobs of a task, whatever the window
    (panda-bigmon-core core/views.py jobList): so each job's own time is read, and the counting is done here. What failed
    within the window and was tried again since counts, as it would not be in the list otherwise.
    """
    part = [f"jeditaskid={entities.task_ids[0]}", *_mine(entities, viewer)]
    place = _place(entities, queues)
    if not entities.window:
        return [
            _path("jobs", [*part, _PARTS]),
            _path("jobs", [*part, *place, _PARTS]),
            _rows([*part, *place, FAILED], GROUPING),
        ]
    timed = [*part, *place, *_window(entities.window, now or datetime.now(UTC)), ATTEMPTS, f"limit={OF_A_TASK}"]
    return [_rows(timed, CHANGED), _rows([*timed, FAILED], GROUPING)]


#: Failed jobs of a page's list that are looked at one by one, the latest.
ONE_BY_ONE = 2000


def _page(page: Scope, viewer: str) -> list[str]:
    """The jobs that a page shows, by state and error, and its failed ones one by one."""
    timeless = any(one.startswith(("jeditaskid=", "pandaid=", "jobsetid=", "jobname=")) for one in page.filters)
    times = page.times or (() if timeless else (f"hours={DEFAULT_HOURS}",))
    shown = [*page.filters, *times]
    failed = [one for one in shown if not one.startswith("jobstatus=")]
    return [
        _path("jobs", [*shown, _PARTS]),
        _rows([*failed, FAILED, f"limit={ONE_BY_ONE}"], GROUPING),
    ]


#: The signed-in user's own tasks: the only page that knows whole names where the others name a viewer by the first name.
OWN_TASKS = "/user/?days=7&json"


def _tasks(entities: Entities, viewer: str) -> list[str]:
    """The tasks of a user in the last days."""
    if entities.user == "me" and not is_whole_name(viewer):
        return [OWN_TASKS] if viewer else []
    user = viewer if entities.user == "me" else entities.user
    days = max(1, round(hours_of(entities.window) / 24)) if entities.window else 7
    return [_path("tasks", [f"username={_value(user)}", f"days={days}"])] if user else []


def is_whole_name(viewer: str) -> bool:
    """Whether a viewer is named as jobs name their owners; the monitor's menu has the first name only.

    Filtering by a first name would count everybody's jobs whose name contains it (panda-bigmon-core core/views.py).
    """
    return len(re.split(r"[ |]", viewer.strip())) > 1


def hours_of(window: str | None) -> float:
    """The length of a window; of a day that is named, 24."""
    start_end = bounds(window)
    return (start_end[1] - start_end[0]).total_seconds() / 3600 if start_end else float(DEFAULT_HOURS)


def retried_path(route: Route, pages: dict[str, Any]) -> list[str]:
    """Failed attempts that were retried, of a task none of whose jobs counts as failed: its list leaves them out."""
    failed = [page for path, page in pages.items() if path.startswith("/jobs/") and FAILED in path]
    if (
        part_of_task(route)
        or route.about != "task_failures"
        or len(failed) != 1
        or not isinstance(failed[0], dict)
        or failed[0].get("jobs") != []
    ):
        return []
    return [_rows([f"jeditaskid={task}", "jobstatus=failed", "mode=nodrop"], TELLING) for task in route.entities.task_ids[:1]]


def _of_its_queue(record: dict[str, Any]) -> list[str]:
    """For a job that waits: the queue's jobs by state, and the latest that started there."""
    queue = as_text(record.get("computingsite"))
    if not queue or as_text(record.get("jobstatus")).lower() not in WAITING or not as_text(record.get("creationtime")):
        return []
    place = f"computingsite={_value(queue)}"
    # a window in hours leaves out jobs that wait for longer than it; one in days does not (core/views.py jobList)
    counted = _path("jobs", [place, "days=1", _PARTS])
    return [counted, _rows([place, f"hours={DEFAULT_HOURS}", STARTED], _WAITS)]


def _relatives(route: Route, record: dict[str, Any]) -> list[str]:
    """All attempts of a job: retries keep its name (panda-server: the task's name and the first attempt's PandaID)."""
    task, name, jobset = (as_text(record.get(field)) for field in ("jeditaskid", "jobname", "jobsetid"))
    of_task = [f"jeditaskid={task}"] if task.isdigit() and int(task) else []
    if route.focus == "sibling":
        return [_rows([*of_task, f"{FINISHED}&limit={_BESIDE}"], COMPARING)] if of_task else []
    if route.focus == "attempts":
        return [_rows([*of_task, f"jobname={_value(name)}", "mode=nodrop"], TELLING)] if name else []
    return [_rows([*of_task, f"jobsetid={jobset}", "mode=nodrop"], TELLING)] if jobset.isdigit() and int(jobset) else []


def _rows(query: list[str], fields: tuple[str, ...]) -> str:
    return _path("jobs", [*query, f"fields={','.join(fields)}", "outputs=jobs"])


def _path(page: str, query: list[str]) -> str:
    return f"/{page}/?" + "&".join([*query, "json"])


def _value(text: str) -> str:
    return quote(text, safe="*|!,.:@-_")


def _place(entities: Entities, queues: Queues | None) -> list[str]:
    if entities.queue:
        return [f"computingsite={_value(entities.queue)}"]
    if entities.site:
        names = "|".join(queues.of_place(entities.site)) if queues else ""
        if names and len(names) <= NAMES:
            return [f"computingsite={_value(names)}"]
        return [f"computingsite=*{_value(entities.site)}*"]
    if entities.cloud:
        # jobs are of the cloud WORLD by now, whatever the queue's is
        names = "|".join(queues.of_cloud(entities.cloud)) if queues else ""
        return [f"computingsite={_value(names)}"] if 0 < len(names) <= NAMES else [f"cloud={_value(entities.cloud)}"]
    return []


def _filters(entities: Entities, viewer: str, queues: Queues | None) -> list[str]:
    filters = _place(entities, queues)
    user = viewer if entities.user == "me" else entities.user
    if user:
        filters.append(f"produsername={_value(user)}")
    filters += [f"jeditaskid={task}" for task in entities.task_ids[:1]]
    return filters


def is_of_days(window: str | None) -> bool:
    """Whether a window is of whole days in UTC, rather than counted back from now."""
    return window in ("today", "yesterday") or bool(window and _DAYS.fullmatch(window))


#: `2026-11-26`, `2026-11-20/2026-11-24`
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:/(\d{4}-\d\d-\d\d))?")


def _window(window: str | None, now: datetime) -> list[str]:
    """`today`, `yesterday` and dates are whole days in UTC; others are counted back from now."""
    if is_of_days(window):
        start, end = bounds(window, now) or (now, now)
        return [f"date_from={start:%Y-%m-%dT%H:%M:%S}", f"date_to={end:%Y-%m-%dT%H:%M:%S}"]
    if not window:
        return [f"hours={DEFAULT_HOURS}"]
    amount = window[:-1]
    return [f"hours={amount}"] if window.endswith("h") else [f"days={amount}"]


def bounds(window: str | None, now: datetime | None = None) -> tuple[datetime, datetime] | None:
    """Begin and end (UTC) of a window such as `6h`, `7d`, `today`, `2026-11-26`, `2026-11-20/2026-11-24`; None for none."""
    now = now or datetime.now(UTC)
    if not window:
        return None
    if window in ("today", "yesterday"):
        day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=window == "yesterday")
        return day, day + timedelta(days=1, seconds=-1)
    dates = _DAYS.fullmatch(window)
    if dates:
        first, last = (datetime.fromisoformat(date).replace(tzinfo=UTC) for date in (dates[1], dates[2] or dates[1]))
        return first, last + timedelta(days=1, seconds=-1)
    span = timedelta(hours=int(window[:-1])) if window.endswith("h") else timedelta(days=int(window[:-1]))
    return now - span, now
