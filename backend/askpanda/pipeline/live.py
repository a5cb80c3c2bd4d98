"""What is gathered beside a job's or task's own record: queues, rows of jobs lists, and which address did not answer."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from askpanda.diagnosis import moment
from askpanda.evidence.answers import OpenUpload, Read, as_json
from askpanda.evidence.cric import Cric
from askpanda.evidence.queues import Queues, from_list
from askpanda.pipeline.parcels import Route
from askpanda.pipeline.paths import WAITING
from askpanda.pipeline.windows import bounds
from askpanda.schema.ask import Resource
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_identity, as_text
from askpanda.settings import Settings

#: The monitor's list of queues, which holds CRIC's records as the monitor last read them.
SITES = "/sites/"
#: A filter that makes the monitor list archived jobs whatever the window.
_OF_A_TASK = "jeditaskid="
_AWAY = {"network": "could not be reached", "timeout": "did not answer in time", "server_error": "failed"}


def wants_queues(route: Route) -> bool:
    """Whether the settings of queues, or the queues of a site, are a part of the answer."""
    if route.focus == "service":
        return True
    if route.about in ("queue_metadata", "site_health"):
        return not route.focus
    if route.about not in ("statistics", "task_summary", "task_failures"):
        return False
    return route.focus in ("", "arriving") and bool(route.entities.site or route.entities.cloud or _says_why_none(route))


def _says_why_none(route: Route) -> bool:
    """Whether the state of one queue may be why no pilot comes."""
    return route.focus == "arriving" and route.entities.queue is not None


class QueueReader:
    """Queues from CRIC, else from the monitor's list where a client brought it."""

    def __init__(self, settings: Settings) -> None:
        self.cric = Cric(settings)
        self.of_cric = bool(settings.cric_url)

    def read(
        self,
        route: Route,
        resources: dict[str, Resource],
        open_upload: OpenUpload,
        notes: list[str],
        job: JobEvidence | None = None,
    ) -> Queues | None:
        """The queues, or None where they have to be asked for. What is old, or not CRIC's own, is said in `notes`."""
        if job is not None and as_text(job.job.get("jobstatus")).lower() in WAITING:
            return self.cric.queues(patience=0.0)  # why it waits; nobody is asked for them
        if not wants_queues(route):
            if self.cric.kept:
                self.cric.refresh()  # a copy that is used is kept fresh, whatever is asked
            return None
        listed = [(path, given) for path, given in resources.items() if path.split("?")[0].rstrip("/") == SITES.rstrip("/")]
        queues = self.cric.queues(patience=0.0) if listed else self.cric.queues()
        if queues is not None:
            if queues.warning:
                notes.append(queues.warning)
            return queues
        for path, given in listed:
            read = as_json(given, "the list of queues", open_upload)
            value = read.value.get("sites", read.value) if isinstance(read.value, dict) else read.value
            records = from_list(value) if isinstance(value, list) else {}
            if records:
                if route.about == "queue_metadata" and self.cric.trouble and self.of_cric:
                    notes.append(f"CRIC was not read: {self.cric.trouble} These are its records as the monitor has them.")
                return Queues(records, path=path, as_of=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
        return None


def away(path: str, read: Read, monitor: str) -> str:
    """The sentence for a page that did not come: where the monitor itself is the reason, with its address and the time."""
    if read.state not in _AWAY:
        return read.note
    where = f"The monitor {monitor.rstrip('/')}" if monitor else "The monitor"
    return f"{where} {_AWAY[read.state]} at {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC (asked for {path.split('?')[0]})."


def rows_of(pages: dict[str, Any], *marks: str) -> list[dict[str, Any]]:
    """Rows of the jobs lists whose path holds all `marks`; field names in lower case."""
    lists = [
        page["jobs"]
        for path, page in pages.items()
        if path.startswith("/jobs/") and all(mark in path for mark in marks) and isinstance(page, dict)
        and isinstance(page.get("jobs"), list)
    ]  # fmt: skip
    return [
        {str(name).lower(): value for name, value in row.items()} for rows in lists for row in rows if isinstance(row, dict)
    ]


def read_rows(pages: dict[str, Any], *marks: str) -> bool:
    """Whether a jobs list whose path holds all `marks` came back, be it empty."""
    return any(
        path.startswith("/jobs/") and all(mark in path for mark in marks) and isinstance(page, dict)
        and isinstance(page.get("jobs"), list)
        for path, page in pages.items()
    )  # fmt: skip


def of_window(pages: dict[str, Any], window: str) -> dict[str, Any]:
    """The pages, the rows of a task's jobs without those that last changed at another time.

    `listed` beside the rows is how many there were: as many as were asked for may not be all.
    """
    start_end = bounds(window)
    if start_end is None:
        return pages
    start, end = start_end

    def within(row: Any) -> bool:
        changed = moment(row.get("modificationtime")) if isinstance(row, dict) else None
        return changed is not None and start <= changed <= end

    return {
        path: {**page, "jobs": [row for row in page["jobs"] if within(row)], "listed": len(page["jobs"])}
        if _OF_A_TASK in path and isinstance(page, dict) and isinstance(page.get("jobs"), list) and "listed" not in page
        else page
        for path, page in pages.items()
    }


def jobs_of(route: Route, pages: dict[str, Any], job: JobEvidence | None, monitor: str, as_of: str) -> tuple[JobEvidence, ...]:
    """Several jobs in the order of the question, or the other attempts of this job, oldest first."""
    if route.focus == "several":
        by_id = {as_identity(row.get("pandaid")): row for row in rows_of(pages, "pandaid=")}
        rows = [by_id[number] for number in route.entities.job_ids if number in by_id]
    elif route.focus == "attempts" and job is not None:
        rows = _of_its_name(rows_of(pages, "jobname="), job)
    else:
        return ()
    return tuple(
        JobEvidence(pandaid=as_identity(row.get("pandaid")), job=row, source=monitor.rstrip("/"), as_of=as_of) for row in rows
    )


def _of_its_name(rows: Iterable[dict[str, Any]], job: JobEvidence) -> list[dict[str, Any]]:
    """The other jobs of the same name, its attempts before and after, oldest first: PandaIDs only grow."""
    name = as_text(job.job.get("jobname"))
    found = {
        number: row
        for row in rows
        if (number := as_identity(row.get("pandaid"))) and number != job.pandaid and as_text(row.get("jobname")) in (name, "")
    }
    return [found[number] for number in sorted(found)]
