"""What is remembered across jobs and readers: how often a verdict was reached, where and since when."""

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from askpanda.database import Database, verdicts
from askpanda.database.verdicts import Seen
from askpanda.diagnosis import Verdict
from askpanda.diagnosis.signature import signature
from askpanda.diagnosis.states import moment
from askpanda.errors import AskPandaError
from askpanda.schema.answer import Diagnosis
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_identity, as_text
from askpanda.settings import Settings

log = logging.getLogger(__name__)
T = TypeVar("T")
#: Endings that are counted: what the server or a person ended on purpose tells nothing about a place.
COUNTED = frozenset({"failed", "holding"})


def tells(verdict: Verdict) -> bool:
    """Whether the verdict names a cause. Jobs of which only the code is known have little more than that in common."""
    diagnosis = verdict.diagnosis
    if diagnosis.outcome not in COUNTED or not diagnosis.component:
        return False
    if diagnosis.confidence != "low" or any(line.line is not None for line in diagnosis.evidence):
        return True
    standard = verdict.entry.message if verdict.entry else ""
    code = diagnosis.component, diagnosis.code
    return diagnosis.signature not in (signature(*code), signature(*code, text=standard))


class Memory:
    """Verdicts by signature in the shared database. A memory that is away costs the answer a sentence, nothing else."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._days = settings.verdict_keep_days

    def note(self, verdict: Verdict, jobs: Iterable[JobEvidence], *, sure: bool = True) -> None:
        """Counts the jobs under this verdict; `sure` is False for jobs that only stand in a group with one that had it."""
        if not tells(verdict):
            return
        by_monitor: dict[str, list[verdicts.Job]] = {}
        for job in jobs:
            if job.pandaid is not None and job.job:
                by_monitor.setdefault(job.source, []).append(_counted(job, job.pandaid))
        for monitor, counted in by_monitor.items():
            self._try(
                partial(verdicts.note, self._database, monitor, verdict.diagnosis, counted, keep_days=self._days, sure=sure)
            )

    def seen(self, verdict: Verdict, job: JobEvidence) -> Seen | None:
        """How often the job's verdict was seen; None for one that tells nothing, or for no time but this."""
        if not tells(verdict):
            return None
        site = as_text(job.job.get("computingsite"))
        found = self._try(partial(verdicts.seen, self._database, job.source, verdict.diagnosis.signature, site))
        return found if found is not None and found.jobs > 1 else None

    def seen_since(self, diagnosis: Diagnosis, monitor: str) -> Seen | None:
        """The same for a verdict that was reached earlier in the conversation."""
        found = self._try(partial(verdicts.seen, self._database, monitor, diagnosis.signature, ""))
        return found if found is not None and found.jobs > 1 else None

    def _try(self, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except AskPandaError as error:
            log.warning("verdicts could not be remembered: %s", error.message)
            return None


def _counted(job: JobEvidence, pandaid: int) -> verdicts.Job:
    record = job.job
    ended = moment(record.get("endtime")) or moment(record.get("statechangetime")) or moment(record.get("modificationtime"))
    return verdicts.Job(
        pandaid=pandaid,
        task=as_identity(record.get("jeditaskid")) or 0,
        site=as_text(record.get("computingsite")),
        ended=ended.timestamp() if ended else time.time(),
    )
