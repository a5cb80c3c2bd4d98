"""A waiting job against what is usual at its queue: how long those waited that started there, and what stands there now."""

from datetime import datetime
from statistics import median, quantiles
from typing import Any

from askpanda.diagnosis import moment
from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief
from askpanda.pipeline.paths import STARTED, WAITING
from askpanda.pipeline.windows import DEFAULT_HOURS
from askpanda.pipeline.wording.numbers import counted, known, number
from askpanda.pipeline.wording.summaries import state_counts
from askpanda.schema.answer import Block
from askpanda.schema.values import duration

#: Started jobs of the same kind below which all that started are taken.
_ENOUGH = 8


def usual_wait(brief: Brief) -> list[str]:
    """Sentences; none for a job that does not wait, or where the queue's jobs were not read."""
    job = brief.gathered.job
    if job is None or known(job.job.get("jobstatus")) not in WAITING:
        return []
    return [*_queue_status(brief), *_compared(brief), *_there_now(brief)]


def wait_blocks(brief: Brief) -> list[Block]:
    """How long jobs waited at the queue that started there, beside this one, in hours."""
    job = brief.gathered.job
    if job is None or known(job.job.get("jobstatus")) not in WAITING:
        return []
    waits, _ = _waits(brief)
    own = _seconds(job.job, "creationtime", moment(job.as_of))
    if len(waits) < _ENOUGH or own is None:
        return []
    tenths = quantiles(waits, n=10)
    bars = [("one in ten less than", tenths[0]), ("half less than", median(waits)), ("nine in ten less than", tenths[-1])]
    data = {
        "labels": [*(label for label, _ in bars), f"job {job.pandaid} so far"],
        "values": [round(value / 3600, 2) for value in [*(value for _, value in bars), own]],
        "unit": "h",
    }
    return [Block(kind="plot", title=f"Waiting time at {known(job.job.get('computingsite'))}", data=data)]


def _compared(brief: Brief) -> list[str]:
    job = brief.gathered.job
    if job is None or not read_rows(brief.gathered.pages, STARTED):
        return []
    cite = brief.cite("live", next(path for path in brief.gathered.pages if STARTED in path))
    queue, hours = known(job.job.get("computingsite")), counted(DEFAULT_HOURS, "hour")
    waits, kind = _waits(brief)
    if not waits:
        return [f"No job started at {queue} in the last {hours}, so the queue itself may be the reason.{cite}"]
    own = _seconds(job.job, "creationtime", moment(job.as_of))
    half = duration(median(waits))
    said = (
        f"Of the {counted(len(waits), 'job')}{kind} that started at {queue} in the last {hours}, "
        f"half had waited for less than {half}"
    )
    if len(waits) >= _ENOUGH:
        said += f", nine in ten for less than {duration(quantiles(waits, n=10)[-1])}"
    if own is None:
        return [f"{said}.{cite}"]
    longer = sum(wait < own for wait in waits)
    verdict = "longer than usual" if longer >= 0.9 * len(waits) else "no longer than usual"
    return [f"{said}: this one, made {duration(own)} ago, waits {verdict}.{cite}"]


def _waits(brief: Brief) -> tuple[list[float], str]:
    """(seconds from made to started, what the jobs have in common): those of its label and cores, where enough started."""
    job = brief.gathered.job
    rows = rows_of(brief.gathered.pages, STARTED)
    own = job.job if job else {}

    def alike(row: dict[str, Any]) -> bool:
        return row.get("prodsourcelabel") == own.get("prodsourcelabel") and number(row.get("corecount")) == number(
            own.get("corecount")
        )

    def waited(chosen: list[dict[str, Any]]) -> list[float]:
        found = (_seconds(row, "creationtime", moment(row.get("starttime"))) for row in chosen)
        return sorted(wait for wait in found if wait is not None)

    like = waited([row for row in rows if alike(row)])
    if len(like) >= _ENOUGH:
        cores = number(own.get("corecount")) or 1
        return like, f" of the label {known(own.get('prodsourcelabel'))} with {counted(cores, 'core')}"
    return waited(rows), ""


def _seconds(row: dict[str, Any], field: str, until: datetime | None) -> float | None:
    begin = moment(row.get(field))
    if begin is None or until is None:
        return None
    seconds = (until - begin).total_seconds()
    return seconds if seconds >= 0 else None


def _there_now(brief: Brief) -> list[str]:
    job, counts = brief.gathered.job, state_counts(
        {path: page for path, page in brief.gathered.pages.items() if STARTED not in path}
    )  # fmt: skip
    if job is None or not counts:
        return []
    queued = sum(counts.get(state, 0) for state in WAITING)
    path = next((path for path in brief.gathered.pages if path.startswith("/jobs/") and STARTED not in path), "")
    running = counts.get("running", 0)
    verb = "runs" if running == 1 else "run"
    return [
        f"{counted(running, 'job')} {verb} there now and {queued} wait{'s' if queued == 1 else ''}.{brief.cite('live', path)}"
    ]


def _queue_status(brief: Brief) -> list[str]:
    job, queues = brief.gathered.job, brief.gathered.queues
    name = queues.named(known(job.job.get("computingsite"))) if job and queues else None
    if queues is None or name is None:
        return []
    record = queues.records[name]
    status, comment = known(record.get("status")), known(record.get("comment"))
    if not status or status == "online":
        return []
    why = f" ({comment})" if comment else ""
    return [
        f"The queue {name} is **{status}**{why}, so new work does not start there as usual.{brief.cite('live', queues.path)}"
    ]
