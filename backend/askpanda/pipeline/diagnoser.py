"""The verdict on the job that was asked about. It never comes from a model."""

import asyncio

from haystack import component
from haystack.dataclasses import StreamingCallbackT

from askpanda.catalogue import Catalogue
from askpanda.database.verdicts import Seen
from askpanda.diagnosis import Verdict, diagnose
from askpanda.pipeline.emitting import Clock, Stage, emit
from askpanda.pipeline.live import rows_of
from askpanda.pipeline.memory import Memory
from askpanda.pipeline.parcels import Finding, Gathered, Route
from askpanda.pipeline.paths import FAILED
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import Diagnosis
from askpanda.schema.events import Event
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_identity

_OF_A_JOB = frozenset({"job_failure", "job_status", "log_request"})


#: Jobs of a group that one answer counts at most.
_COUNTED = 300


def _others_of_its_group(gathered: Gathered, job: JobEvidence) -> list[JobEvidence]:
    group = next((group for group in gathered.groups if job.pandaid in group.jobs[:1]), None)
    if group is None or not _was_read(job):
        return []
    others = set(group.jobs[1:_COUNTED])
    rows = [(as_identity(row.get("pandaid")), row) for row in rows_of(gathered.pages, FAILED)]
    return [JobEvidence(pandaid=pandaid, job=row, source=job.source) for pandaid, row in rows if pandaid in others]


def _was_read(job: JobEvidence) -> bool:
    """Whether a log stands behind the verdict; one from the record alone never takes the place of such a one."""
    return any(log.state == "ok" for log in job.logs)


@component
class Diagnoser(Stage):
    """Emits `diagnosis` where there is one and hands on the Finding. Log scans run beside the event loop."""

    def __init__(self, catalogue: Catalogue, memory: Memory | None = None) -> None:
        self.catalogue = catalogue
        self.memory = memory

    @component.output_types(finding=Finding)
    async def run_async(
        self, turn: Turn, route: Route, gathered: Gathered, streaming_callback: StreamingCallbackT | None = None
    ) -> dict[str, Finding]:
        clock = Clock()
        verdict: Verdict | None = None
        reused: Diagnosis | None = None
        if gathered.reuses and turn.judged is not None:
            reused = turn.judged.diagnosis
        elif route.about in _OF_A_JOB and gathered.job is not None:
            verdict = await asyncio.to_thread(diagnose, gathered.job, self.catalogue)
        each = await asyncio.to_thread(self._each, gathered) if gathered.jobs else ()
        if route.focus == "several":
            verdict = next((one for one in each if one is not None), None)
        diagnosis = verdict.diagnosis if verdict else reused
        if diagnosis is not None:
            await emit(streaming_callback, Event("diagnosis", diagnosis.wire()))
        if route.wish == "known" and reused is not None and self.memory is not None:
            seen = await asyncio.to_thread(self.memory.seen_since, reused, gathered.monitor)
        else:
            seen = await asyncio.to_thread(self._remembered, route, gathered, verdict, each)
        return {"finding": Finding(verdict=verdict, reused=reused, each=each, seen=seen, ms=clock.ms)}

    def _remembered(
        self, route: Route, gathered: Gathered, verdict: Verdict | None, each: tuple[Verdict | None, ...]
    ) -> Seen | None:
        """How often the job's verdict was seen. It is counted once all that was asked for is there, and not before."""
        if self.memory is None:
            return None
        if not gathered.requests:
            for job, one in zip(gathered.jobs, each, strict=True):
                if one is not None:
                    # the others of its group are of the same verdict by their records, which a look at their logs may change
                    self.memory.note(one, [job, *_others_of_its_group(gathered, job)], sure=False)
        if verdict is None or gathered.job is None or not gathered.facts:
            return None
        if not gathered.requests:
            self.memory.note(verdict, [gathered.job], sure=_was_read(gathered.job))
        return self.memory.seen(verdict, gathered.job) if route.about == "job_failure" and not route.focus else None

    def _each(self, gathered: Gathered) -> tuple[Verdict | None, ...]:
        return tuple(diagnose(job, self.catalogue) for job in gathered.jobs)

    @component.output_types(finding=Finding)
    def run(
        self, turn: Turn, route: Route, gathered: Gathered, streaming_callback: StreamingCallbackT | None = None
    ) -> dict[str, Finding]:
        return self.now(self.run_async(turn, route, gathered, streaming_callback))
