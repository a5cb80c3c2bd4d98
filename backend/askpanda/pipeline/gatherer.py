"""What is known of what was asked about, and what else would help. Answers never wait for it: asking for more is beside them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from haystack import component

from askpanda.catalogue import Catalogue
from askpanda.diagnosis import logs_wanted, read_record
from askpanda.pipeline.emitting import Clock, Stage
from askpanda.pipeline.parcels import Gathered, Route
from askpanda.pipeline.paths import live_paths
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import ResourceRequest
from askpanda.schema.ask import PageContext, Resource
from askpanda.schema.evidence import JobEvidence
from askpanda.settings import Settings

#: How often a client is asked for more in one turn.
ROUNDS = 2
_OF_A_JOB = frozenset({"job_failure", "job_status", "log_request"})
_OF_A_TASK = frozenset({"task_summary", "task_failures"})
_BAD_ENDS = frozenset({"failed", "closed", "cancelled", "holding"})


def job_path(pandaid: int) -> str:
    return f"/job?pandaid={pandaid}&json"


def file_path(pandaid: int, name: str) -> str:
    return f"/filebrowser/?pandaid={pandaid}&json&filename={name}"


def task_path(jeditaskid: int) -> str:
    return f"/task/{jeditaskid}/?json"


def request_for(path: str) -> ResourceRequest:
    """Logs are read as text, everything else as JSON."""
    return ResourceRequest(path=path, **{"as": "text" if "filename=" in path else "json"})


@component
class Gatherer(Stage):
    """Hands on what page, resources and earlier rounds hold, and the paths that would tell more."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self.settings = settings
        self.catalogue = catalogue

    @component.output_types(gathered=Gathered)
    async def run_async(self, turn: Turn, route: Route) -> dict[str, Gathered]:
        clock = Clock()
        resources = dict(turn.request.resources)
        job: JobEvidence | None = None
        task: dict[str, Any] | None = None
        wanted: list[str] = []
        if route.about in _OF_A_JOB:
            job, wanted = await asyncio.to_thread(self._job, turn, route, resources)
        elif route.about in _OF_A_TASK:
            task, wanted = _task(turn, route, resources)
        viewer = turn.request.context.viewer or ""
        wanted += [path for path in live_paths(route, viewer) if path not in resources]
        pages = {path: given.json_ for path, given in resources.items() if _is_page(path, given)}
        notes = [note for path, given in resources.items() if (note := _note(path, given))]
        if route.entities.user == "me" and not viewer and route.about in ("statistics", "task_failures"):
            notes.append("The page does not say who is signed in, so these numbers are not only yours.")
        requests = tuple(request_for(path) for path in dict.fromkeys(wanted)) if turn.round < ROUNDS else ()
        return {
            "gathered": Gathered(
                job=job, task=task, pages=pages, requests=requests, notes=tuple(notes), as_of=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                monitor=turn.request.context.monitor or self.settings.monitor_url, ms=clock.ms,
            )
        }  # fmt: skip

    @component.output_types(gathered=Gathered)
    def run(self, turn: Turn, route: Route) -> dict[str, Gathered]:
        return self.now(self.run_async(turn, route))

    def _job(self, turn: Turn, route: Route, resources: dict[str, Resource]) -> tuple[JobEvidence | None, list[str]]:
        page = turn.request.context
        pandaid = route.entities.job_ids[0] if route.entities.job_ids else None
        if pandaid is None and not (page.job or page.errors or page.logs or page.selection):
            return None, []
        from askpanda.evidence import gather_job

        job = gather_job(_context_of(page, pandaid), resources, turn.open_upload)
        if pandaid is None:
            pandaid = job.pandaid
        if pandaid is None:
            return job, []
        wanted = [] if job.job or job_path(pandaid) in resources else [job_path(pandaid)]
        names = self._logs(route, job, known_record=bool(job.job or job.page_errors))
        known = {log.name for log in job.logs}
        wanted += [
            file_path(pandaid, name) for name in names if name not in known and file_path(pandaid, name) not in resources
        ]
        return job, wanted

    def _logs(self, route: Route, job: JobEvidence, *, known_record: bool) -> list[str]:
        """Files that the question speaks of, and those that the cause calls for."""
        names = [name for name in route.wants_logs if "." in name]
        status = str(job.job.get("jobstatus") or "").lower()
        if route.about == "log_request":
            return names or (self._by_cause(job) if known_record else ["pilotlog.txt"]) or ["pilotlog.txt"]
        if route.about == "job_failure" and known_record and (status in _BAD_ENDS or not status):
            names += self._by_cause(job)
        return list(dict.fromkeys(names))

    def _by_cause(self, job: JobEvidence) -> list[str]:
        record = read_record(job, self.catalogue)
        return list(logs_wanted(record)) if record is not None else []


def _context_of(page: PageContext, pandaid: int | None) -> PageContext:
    """The page as far as it is about this job: another job's record and errors must not explain it."""
    of_job = page.pandaid if page.pandaid is not None else (page.job or {}).get("pandaid")
    if pandaid is None or of_job is None or of_job == pandaid:
        return page.model_copy(update={"pandaid": pandaid or page.pandaid})
    return PageContext(monitor=page.monitor, viewer=page.viewer, pandaid=pandaid)


def _task(turn: Turn, route: Route, resources: dict[str, Resource]) -> tuple[dict[str, Any] | None, list[str]]:
    if not route.entities.task_ids:
        return None, []
    number = route.entities.task_ids[0]
    page = turn.request.context
    path = task_path(number)
    given = resources.get(path)
    if given is not None and isinstance(given.json_, dict):
        return given.json_, []
    if page.task and page.jeditaskid in (None, number):
        return page.task, []
    return None, [] if given is not None else [path]


def _is_page(path: str, given: Resource) -> bool:
    """A resource that is neither a job's record, nor a task's, nor a log."""
    if path.startswith(("/job?", "/job/", "/task/", "/task?", "/filebrowser")):
        return False
    return given.json_ is not None and (given.status is None or given.status == 200)


_FAILURES = {
    "timeout": "did not answer in time", "network": "could not be reached", "blocked": "may not be read by the page", "too_large": "is too large to be read",
}  # fmt: skip


def _note(path: str, given: Resource) -> str:
    """A sentence about a page that did not come as data; those of the job are evidence's to tell."""
    if path.startswith(("/job?", "/job/", "/filebrowser")):
        return ""
    if given.error:
        return f"{path} {_FAILURES[given.error]}."
    if given.status in (401, 403):
        return f"{path} was refused ({given.status}): sign in to the monitor and ask again."
    if given.status == 404:
        return f"The monitor does not know {path}."
    if given.status is not None and given.status >= 400:
        return f"{path} answered with an error ({given.status})."
    if given.json_ is None:
        return f"{path} came back as a page instead of data: it does not exist, or the monitor wants a sign-in."
    return ""
