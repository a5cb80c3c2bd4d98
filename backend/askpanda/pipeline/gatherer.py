"""What is known of what was asked about, and what else would help. No answer waits for more: it is asked for beside it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from haystack import component

from askpanda.catalogue import Catalogue
from askpanda.diagnosis import Cluster, clusters, logs_wanted, read_record
from askpanda.evidence.answers import OpenUpload, as_json, failed
from askpanda.evidence.facts import job_facts
from askpanda.evidence.gather import gather_job
from askpanda.evidence.monitor import Monitor
from askpanda.evidence.paths import job_path, listing_path, parse, request, task_path, wanted
from askpanda.pipeline.emitting import Clock, Stage
from askpanda.pipeline.live import QueueReader, away, jobs_of, of_window, rows_of
from askpanda.pipeline.parcels import NUMBERS, OF_THE_SAME, Fact, Gathered, Route
from askpanda.pipeline.paths import FAILED, OWN_TASKS, live_paths, part_of_task, retried_path, unanswered
from askpanda.pipeline.routing.page import asks_why
from askpanda.pipeline.scope import scope_of
from askpanda.pipeline.selection import selected
from askpanda.pipeline.turn import Turn
from askpanda.pipeline.viewer import whole_name
from askpanda.pipeline.which import which_paths
from askpanda.pipeline.wording.logs import lists_files
from askpanda.schema.answer import ResourceRequest
from askpanda.schema.ask import PageContext, Resource
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_identity
from askpanda.settings import Settings

#: How often a client is asked for more in one turn.
ROUNDS = 2
#: Groups of failed jobs of which one log is read.
READ = 4
_OF_A_JOB = frozenset({"job_failure", "job_status", "log_request"})
_OF_A_TASK = frozenset({"task_summary", "task_failures"})
_BAD_ENDS = frozenset({"failed", "closed", "cancelled", "holding"})
#: What a page alone tells of a job: with no more than this there is no record.
_FROM_THE_PAGE = frozenset({"pandaid", "jobstatus", "computingsite", "statelog"})


@component
class Gatherer(Stage):
    """Hands on what page, resources and earlier rounds hold, and the paths that would tell more.

    A backend with a monitor of its own (`MONITOR_URL`) reads them itself and asks nobody.
    """

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.queues = QueueReader(settings)

    @component.output_types(gathered=Gathered, route=Route)
    async def run_async(self, turn: Turn, route: Route) -> dict[str, Gathered | Route]:
        """What was gathered, and the route with what the records told of it: the task of a job."""
        clock = Clock()
        resources = dict(turn.request.resources)
        if goes_on(turn, route):
            monitor = turn.request.context.monitor or self.settings.monitor_url
            return {"gathered": Gathered(reuses=True, monitor=monitor, ms=clock.ms), "route": route}
        gathered, told = await asyncio.to_thread(self._gather, turn, route, resources, turn.open_upload, clock)
        if self.settings.monitor_url and gathered.requests:
            gathered, told = await self._fetched(turn, route, resources, gathered, clock)
        return {"gathered": gathered, "route": told}

    @component.output_types(gathered=Gathered, route=Route)
    def run(self, turn: Turn, route: Route) -> dict[str, Gathered | Route]:
        return self.now(self.run_async(turn, route))

    async def _fetched(
        self, turn: Turn, route: Route, resources: dict[str, Resource], gathered: Gathered, clock: Clock
    ) -> tuple[Gathered, Route]:
        """The same rounds as with a client, but over the backend's own reader."""
        async with Monitor(self.settings, folder=turn.scratch) as monitor:

            def open_upload(identity: str) -> Path | None:
                return monitor.open_upload(identity) or turn.open_upload(identity)

            told = route
            for _ in range(ROUNDS):
                if gathered.requests:
                    resources.update(await monitor.read(gathered.requests))
                    gathered, told = await asyncio.to_thread(self._gather, turn, route, resources, open_upload, clock)
        return replace(gathered, requests=()), told

    def _gather(
        self, turn: Turn, route: Route, resources: dict[str, Resource], open_upload: OpenUpload, clock: Clock
    ) -> tuple[Gathered, Route]:
        page = turn.request.context
        job: JobEvidence | None = None
        task: dict[str, Any] | None = None
        requests: list[ResourceRequest] = []
        notes: list[str] = []
        if route.about in _OF_A_JOB and route.focus != "several":
            job, requests = self._job(turn, route, resources, open_upload)
            notes += job.notes if job else []
            notes += [log.note for log in (job.logs if job else []) if log.state != "ok" and log.note]
        elif route.about in _OF_A_TASK and route.focus != "several":
            route, requests = self._with_its_task(turn, route, resources, open_upload)
            task, more = self._task(turn, route, resources, open_upload, notes)
            requests += more
        monitor = page.monitor or self.settings.monitor_url
        queues = self.queues.read(route, resources, open_upload, notes, job)
        pages = self._pages(resources, open_upload, monitor, notes)
        if route.entities.window:
            pages = of_window(pages, route.entities.window)
        viewer = whole_name(page.viewer or "", pages)
        scope = scope_of(page)
        live = live_paths(route, viewer, queues=queues, record=job.job if job else None, page=scope)
        if route.focus == "tasks" and OWN_TASKS in pages:
            live = []  # the viewer's own page has them already
        then = [*retried_path(route, pages), *which_paths(route, selected(route, viewer, queues, scope), pages)]
        requests += [request(path) for path in unanswered([*live, *then], resources)]
        groups, examples = self._groups(turn, route, pages, resources, open_upload, monitor)
        requests += self._logs_of(examples, resources)
        as_of = job.as_of if job else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        gathered = Gathered(
            job=job,
            task=task,
            pages=pages,
            jobs=examples or jobs_of(route, pages, job, monitor, as_of),
            groups=groups,
            queues=queues,
            requests=tuple(requests) if turn.round < ROUNDS else (),
            notes=tuple(dict.fromkeys(notes)),
            facts=tuple(Fact(fact.label, fact.value) for fact in job_facts(job.job)) if job and has_record(job) else (),
            as_of=as_of,
            monitor=monitor,
            viewer=viewer,
            ms=clock.ms,
        )
        return gathered, route

    def _groups(
        self,
        turn: Turn,
        route: Route,
        pages: dict[str, Any],
        resources: dict[str, Resource],
        open_upload: OpenUpload,
        monitor: str,
    ) -> tuple[tuple[Cluster, ...], tuple[JobEvidence, ...]]:
        """Failed jobs of a task or page by what they failed of, and an example of each large group with its log."""
        of_task = route.about == "task_failures" and route.focus != "several"
        if not of_task and route.focus != "page" and not part_of_task(route):
            return (), ()
        rows = rows_of(pages, FAILED)
        groups = clusters(rows, self.catalogue)
        by_id = {as_identity(row.get("pandaid")): row for row in rows}
        read = groups[:READ] if route.about == "task_failures" or asks_why(turn.question) else []
        examples = [(group.jobs[0], by_id.get(group.jobs[0], {})) for group in read]
        return tuple(groups), tuple(
            gather_job(PageContext(monitor=monitor or None, pandaid=pandaid, job=row), resources, open_upload)
            for pandaid, row in examples
        )

    def _logs_of(self, examples: tuple[JobEvidence, ...], resources: dict[str, Resource]) -> list[ResourceRequest]:
        """The log that tells most of each example: one a group."""
        return [
            one
            for job in examples
            for name in [name for name in self._by_cause(job) if not name.endswith("*")][:1]
            for one in wanted(job, [name], resources)
        ]

    def _job(
        self, turn: Turn, route: Route, resources: dict[str, Resource], open_upload: OpenUpload
    ) -> tuple[JobEvidence | None, list[ResourceRequest]]:
        page = turn.request.context
        pandaid = route.entities.job_ids[0] if route.entities.job_ids else None
        if pandaid is None and not (page.job or page.errors or page.logs or page.pandaid):
            return None, []
        job = gather_job(_context_of(page, pandaid), resources, open_upload)
        if job.pandaid is None:
            return job, []
        requests = [] if has_record(job) or job_path(job.pandaid) in resources else [request(job_path(job.pandaid))]
        requests += [one for one in wanted(job, self._logs(route, job), resources) if one not in requests]
        listing = listing_path(job.pandaid)
        if route.about == "log_request" and not route.entities.file and lists_files(turn.question):
            requests = [one for one in requests if parse(one.path).kind == "job"]  # type: ignore[union-attr]
            requests += [request(listing)] if listing not in resources else []
        return job, requests

    def _logs(self, route: Route, job: JobEvidence) -> list[str]:
        """Files that the question speaks of, and those that the cause calls for."""
        if route.focus:
            return []  # it looks at other jobs than this one
        named = [name for name in route.wants_logs if "." in name]
        told = has_record(job) or bool(job.page_errors)
        if route.about == "log_request":
            return named or (self._by_cause(job) if told else []) or ["pilotlog.txt"]
        status = str(job.job.get("jobstatus") or "").lower()
        if route.about == "job_failure" and told and (status in _BAD_ENDS or not status):
            named += self._by_cause(job)
        return named

    def _by_cause(self, job: JobEvidence) -> list[str]:
        record = read_record(job, self.catalogue)
        return logs_wanted(record) if record is not None else []

    def _with_its_task(
        self, turn: Turn, route: Route, resources: dict[str, Resource], open_upload: OpenUpload
    ) -> tuple[Route, list[ResourceRequest]]:
        """The route with the task of the job that it is about, as the job's record names it."""
        if route.entities.task_ids or not route.entities.job_ids:
            return route, []
        pandaid = route.entities.job_ids[0]
        job = gather_job(_context_of(turn.request.context, pandaid), resources, open_upload)
        task = as_identity(job.job.get("jeditaskid"))
        if task:
            return replace(route, entities=route.entities.model_copy(update={"task_ids": [task], "job_ids": []})), []
        return route, [] if job_path(pandaid) in resources else [request(job_path(pandaid))]

    def _task(
        self, turn: Turn, route: Route, resources: dict[str, Resource], open_upload: OpenUpload, notes: list[str]
    ) -> tuple[dict[str, Any] | None, list[ResourceRequest]]:
        if not route.entities.task_ids:
            return None, []
        number = route.entities.task_ids[0]
        page = turn.request.context
        asked = [
            given
            for path, given in resources.items()
            if (what := parse(path)) and what.kind == "task" and what.number == number
        ]
        for given in asked:
            read = as_json(given, f"the record of task {number}", open_upload)
            if read.state == "ok" and isinstance(read.value, dict):
                return read.value, []
            if read.state == "html":  # its page for a task that it does not have is an empty one
                read = failed("not_found", f"the record of task {number}")
            notes.append(read.note or f"What the monitor sent for task {number} is not a task's record.")
        if page.task and page.jeditaskid in (None, number):
            return page.task, []
        return None, [] if asked else [request(task_path(number))]

    def _pages(self, resources: dict[str, Resource], open_upload: OpenUpload, monitor: str, notes: list[str]) -> dict[str, Any]:
        """Lists and summaries that came back, by path; what did not come as data leaves a sentence."""
        pages: dict[str, Any] = {}
        for path, given in resources.items():
            asked = parse(path)
            if asked is None or asked.kind not in ("jobs", "errors", "page"):
                continue
            read = as_json(given, f"the page {path.split('?')[0]}", open_upload)
            if read.state == "ok":
                pages[path] = read.value
            else:
                notes.append(away(path, read, monitor))
        return pages


def goes_on(turn: Turn, route: Route) -> bool:
    """Whether a follow-up can be answered from the verdict that the conversation already has.

    The logs that it was made from are not sent with every question; without them a second look would see less.
    """
    previous = turn.judged
    if route.intent == "followup" and not route.focus and (route.about in NUMBERS or route.about == "documentation"):
        return _rests_on_numbers(turn, route)
    if (
        route.intent != "followup"
        or bool(route.focus)
        or previous is None
        or previous.diagnosis is None
        or route.wish in ("other_id", "other_site", "")
    ):
        return False
    brought_logs = any("filename=" in path for path in turn.request.resources) or bool(turn.request.context.logs)
    return not brought_logs and route.entities.job_ids == previous.entities.get("job_ids", [])


def _rests_on_numbers(turn: Turn, route: Route) -> bool:
    """Whether the numbers or passages of the answer before are what a follow-up is about, and are of the same thing."""
    basis = turn.basis or turn.previous
    if basis is None or basis.status not in ("answered", "needs") or route.wish not in OF_THE_SAME:
        return False
    if route.about == "documentation":
        return route.wish in ("sure", "which_line", "counts")
    if not any(citation.kind in ("live", "record") for citation in basis.citations):
        return False
    if basis.intent == "task_summary" and route.about == "task_failures":
        return False  # the errors of its jobs were not read yet
    known = route.entities.model_dump()
    same = ("site", "queue", "cloud", "window", "task_ids", "job_ids")
    return all(
        known.get(name) in (basis.entities.get(name), [], None) or known[name] == basis.entities.get(name) for name in same
    )


def has_record(job: JobEvidence) -> bool:
    """Whether there is more of a job than what its page says of the state."""
    return bool(set(job.job) - _FROM_THE_PAGE)


def _context_of(page: PageContext, pandaid: int | None) -> PageContext:
    """The page as far as it is about this job: another job's record and errors must not explain it."""
    of_job = page.pandaid if page.pandaid is not None else (page.job or {}).get("pandaid")
    if pandaid is None or of_job is None or of_job == pandaid:
        return page.model_copy(update={"pandaid": pandaid or page.pandaid})
    return PageContext(monitor=page.monitor, viewer=page.viewer, pandaid=pandaid)
