"""Which pages of the monitor would help with numbers: counts, errors, workers, queues. Jobs' and tasks' own are evidence's."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from askpanda.diagnosis.record import FIELDS
from askpanda.evidence.queues import Queues
from askpanda.pipeline.parcels import OF_ITS_JOB, Route
from askpanda.pipeline.scope import Scope
from askpanda.pipeline.selection import is_of_viewer, is_whole_name, later_half, place_of, quoted, selected, times_of
from askpanda.pipeline.windows import DEFAULT_HOURS, bounds, days_back, window_of
from askpanda.schema.answer import Entities
from askpanda.schema.values import as_text

#: Parts of the jobs list that are asked for: without them it is megabytes.
PARTS = "outputs=selectionsummary,errsByCount"
#: Jobs, or tasks, of one question that are looked at.
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
    "container_name", "cmtconfig", "jeditaskid", "produsername", "endtime", "modificationtime", *_CODES, *_TEXTS,
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
    if route.focus == "several" and not entities.job_ids:
        return _of_tasks(route, viewer)
    if route.focus == "several":
        ids = ",".join(str(number) for number in entities.job_ids[:SEVERAL])
        return [_path("jobs", [f"pandaid={ids}", "mode=nodrop", "outputs=jobs"])]
    if route.focus in OF_ITS_JOB:
        return _relatives(route, record or {})
    if route.focus == "tasks":
        return _tasks(route, viewer, page)
    if route.focus == "page":
        return _page(route, selected(route, viewer, queues, page, now), viewer, mine=is_of_viewer(route, page))
    if part_of_task(route):
        return _of_a_task(entities, viewer, now, queues)
    if about == "task_summary":
        return [_path("jobs", [f"jeditaskid={task}", PARTS]) for task in entities.task_ids[:1]]
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
                _path("jobs", [f"jeditaskid={task}", *mine, PARTS]),
                job_rows([f"jeditaskid={task}", *mine, FAILED], GROUPING),
            )
        ]
    if about not in ("statistics", "site_health"):
        return []
    if is_of_viewer(route, page) and not entities.task_ids and not is_whole_name(viewer):
        return [OWN_TASKS] if viewer else []  # who that is comes first; without it nothing can be counted
    chosen = selected(route, viewer, queues, page, now)
    filters = list(chosen.filters)
    # a task's jobs are wanted whatever their age
    timeless = chosen.timeless and not entities.window
    window = [] if timeless else list(chosen.times or window_of(entities.window, now or datetime.now(UTC)))
    if about == "site_health":
        if not filters:
            return []
        return [_path("jobs", [*filters, *window, PARTS]), _path("errors", [*filters, *window]), *sites]
    if entities.object == "pilots":
        hours = ARRIVING_HOURS if route.focus == "arriving" else DEFAULT_HOURS
        return [worker_path(entities, now, hours), *(sites if entities.site or entities.cloud else [])]
    if asks_for_code(route):
        in_doubt = [] if entities.component in FIELDS else ["jobstatus=failed|holding"]
        return [job_rows([*filters, *window, *in_doubt, f"limit={ONE_BY_ONE}"], GROUPING)]
    ended = ended_path(list(chosen.without(*ERROR_FILTERS).filters), window)
    if route.focus == "rates":
        return [ended, job_rows([*filters, *window, FAILED], COUNTING)]
    if (
        route.focus in ("losses", "ranked")
        or entities.object == "errors"
        or (entities.object is None and entities.status is None)
    ):
        return [
            _path("errors", [*filters, *window]),
            job_rows([*filters, *window, "jobstatus=failed|holding"], COUNTING),
            *([ended] if route.focus == "ranked" else []),
        ]
    if is_now(entities):
        return [_path("jobs", [*filters, f"jobstatus={entities.status}", "outputs=selectionsummary"])]
    return [_path("jobs", [*filters, *window, PARTS])]


#: Filters that leave jobs with an error: of those that ended all are wanted, so that the others count as well.
ERROR_FILTERS = (*_CODES, "errorcategory")


def ended_path(filters: list[str], times: Collection[str]) -> str:
    """How many jobs ended well or failed, which rates are of: by state, queue, user and task."""
    kept = [one for one in filters if not one.startswith("jobstatus=")]
    return _path("jobs", [*kept, *times, f"jobstatus={ENDED}", "outputs=selectionsummary"])


def asks_for_code(route: Route) -> bool:
    """Whether the jobs that have one error are asked for."""
    entities = route.entities
    plain = route.about == "statistics" and route.focus in ("", "ranked", "losses")
    return plain and entities.error_code is not None and entities.object != "pilots"


def counts_errors(route: Route) -> bool:
    """Whether the errors of a time are counted, rather than jobs by state."""
    entities = route.entities
    unsaid = entities.object is None and entities.status is None
    return route.focus in ("losses", "ranked") or entities.object == "errors" or unsaid


def is_now(entities: Entities) -> bool:
    """Whether jobs are counted that are in a state now; a window would leave out those that did not change in it."""
    return entities.status in ACTIVE and not entities.window and not entities.task_ids


#: Hours of workers that are read where it is asked whether pilots get through: today and the day before.
ARRIVING_HOURS = 48


def worker_path(entities: Entities, now: datetime | None = None, hours: int = DEFAULT_HOURS) -> str:
    """Harvester's numbers of workers; of a site all queues' are read, since its queues may have any names.

    The monitor takes times to the second, without a zone, as UTC (panda-bigmon-core core/harvester/utils.py).
    """
    start, end = bounds(entities.window or f"{hours}h", now) or (datetime.now(UTC), datetime.now(UTC))
    place = [f"computingsite={quoted(entities.queue)}"] if entities.queue else []
    times = [f"lastupdate_from={start:%Y-%m-%dT%H:%M:%S}", f"lastupdate_to={end:%Y-%m-%dT%H:%M:%S}"]
    return _path("harvester/getworkerstats", [*times, *place])


#: Parts of a query that may be another one in the next round of the same turn: times to the second, queues of a site.
_PASSING = re.compile(r"(?<=[?&])(lastupdate_from|lastupdate_to|computingsite)=[^&]*")


def unanswered(paths: list[str], answered: Collection[str]) -> list[str]:
    """The paths that were not asked for in the round before."""
    done = {_PASSING.sub(r"\1", path) for path in answered}
    return [path for path in paths if _PASSING.sub(r"\1", path) not in done]


def _of_tasks(route: Route, viewer: str) -> list[str]:
    """Several tasks with their files and jobs by state, and where failures are asked for their failed jobs one by one."""
    ids = "|".join(str(task) for task in route.entities.task_ids[:SEVERAL])
    listed = _path("tasks", [f"jeditaskid={ids}", "extra=jobstatecount"])
    failed = job_rows([f"jeditaskid={ids}", *_mine(route.entities, viewer), FAILED, f"limit={OF_A_TASK}"], GROUPING)
    return [listed] if route.about == "task_summary" else [listed, failed]


def _mine(entities: Entities, viewer: str) -> list[str]:
    return [f"produsername={quoted(viewer)}"] if entities.user == "me" and is_whole_name(viewer) else []


def _of_a_task(entities: Entities, viewer: str, now: datetime | None, queues: Queues | None) -> list[str]:
    """A task's jobs at a place, beside all of them; or those of a time, one by one.

    For times more than two days back the monitor lists all archived jobs of a task, whatever the window
    (panda-bigmon-core core/views.py jobList): so each job's own time is read, and the counting is done here. What failed
    within the window and was tried again since counts, as it would not be in the list otherwise.
    """
    part = [f"jeditaskid={entities.task_ids[0]}", *_mine(entities, viewer)]
    place = place_of(entities, queues)
    if not entities.window:
        return [
            _path("jobs", [*part, PARTS]),
            _path("jobs", [*part, *place, PARTS]),
            job_rows([*part, *place, FAILED], GROUPING),
        ]
    timed = [*part, *place, *window_of(entities.window, now or datetime.now(UTC)), ATTEMPTS, f"limit={OF_A_TASK}"]
    return [job_rows(timed, CHANGED), job_rows([*timed, FAILED], GROUPING)]


#: Failed jobs of a page's list that are looked at one by one, the latest.
ONE_BY_ONE = 2000


def _page(route: Route, chosen: Scope, viewer: str, *, mine: bool) -> list[str]:
    """The jobs of a selection, by state and error, and its failed ones one by one; for a trend also those of its later half."""
    times = times_of(chosen)
    shown = [*chosen.filters, *times]
    if route.aspect == "which":
        listed = [_path("jobs", [*shown, PARTS])]  # what is chosen is asked for next, by the values that it has
        return ([OWN_TASKS] if viewer else []) if mine and not is_whole_name(viewer) else listed
    failed = [one for one in shown if not one.startswith("jobstatus=")]
    paths = [_path("jobs", [*shown, PARTS]), job_rows([*failed, FAILED, f"limit={ONE_BY_ONE}"], GROUPING)]
    half = later_half(times)
    if route.aspect == "trend" and half:
        paths += [ended_path(list(chosen.filters), window) for window in (times, half)]
    if route.aspect == "by":
        paths.append(ended_path(list(chosen.without(*ERROR_FILTERS).filters), times))
    if mine and not is_whole_name(viewer):
        return [OWN_TASKS, *(paths if route.aspect == "mine" else [])] if viewer else []
    return paths


#: The signed-in user's own tasks: the only page that knows whole names where the others name a viewer by the first name.
OWN_TASKS = "/user/?days=7&json"
#: Days within which the tasks that are listed have changed, where no other time is said.
TASK_DAYS = 7


def _tasks(route: Route, viewer: str, page: Scope | None) -> list[str]:
    """The tasks that a page lists, or those of a user in the last days."""
    entities, listed = route.entities, page if route.here and page else Scope()
    days = days_back(entities.window) if entities.window else TASK_DAYS
    if listed.of_tasks and not entities.user:
        times = (f"days={days}",) if entities.window else listed.times or (f"days={TASK_DAYS}",)
        return [_path("tasks", [*listed.filters, *times])]
    if is_of_viewer(route, page):
        entities = entities.model_copy(update={"user": "me"})
    shown = next((one for one in listed.filters if one.startswith("produsername=")), "").removeprefix("produsername=")
    if entities.user == "me" and not is_whole_name(viewer):
        return [OWN_TASKS] if viewer else []
    user = quoted(viewer if entities.user == "me" else entities.user or "") or shown
    return [_path("tasks", [f"username={user}", f"days={days}"])] if user else []


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
    return [
        job_rows([f"jeditaskid={task}", "jobstatus=failed", "mode=nodrop"], TELLING) for task in route.entities.task_ids[:1]
    ]


def _of_its_queue(record: dict[str, Any]) -> list[str]:
    """For a job that waits: the queue's jobs by state, and the latest that started there."""
    queue = as_text(record.get("computingsite"))
    if not queue or as_text(record.get("jobstatus")).lower() not in WAITING or not as_text(record.get("creationtime")):
        return []
    place = f"computingsite={quoted(queue)}"
    # a window in hours leaves out jobs that wait for longer than it; one in days does not (core/views.py jobList)
    counted = _path("jobs", [place, "days=1", PARTS])
    return [counted, job_rows([place, f"hours={DEFAULT_HOURS}", STARTED], _WAITS)]


def _relatives(route: Route, record: dict[str, Any]) -> list[str]:
    """All attempts of a job: retries keep its name (panda-server: the task's name and the first attempt's PandaID)."""
    task, name, jobset = (as_text(record.get(field)) for field in ("jeditaskid", "jobname", "jobsetid"))
    of_task = [f"jeditaskid={task}"] if task.isdigit() and int(task) else []
    if route.focus == "sibling":
        return [job_rows([*of_task, f"{FINISHED}&limit={_BESIDE}"], COMPARING)] if of_task else []
    if route.focus == "attempts":
        return [job_rows([*of_task, f"jobname={quoted(name)}", "mode=nodrop"], TELLING)] if name else []
    return [job_rows([*of_task, f"jobsetid={jobset}", "mode=nodrop"], TELLING)] if jobset.isdigit() and int(jobset) else []


def job_rows(query: list[str], fields: tuple[str, ...]) -> str:
    """A list of jobs with these of their fields, one row each."""
    return _path("jobs", [*query, f"fields={','.join(fields)}", "outputs=jobs"])


def _path(page: str, query: list[str]) -> str:
    return f"/{page}/?" + "&".join([*query, "json"])
