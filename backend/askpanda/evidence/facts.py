"""A job's record as facts with units, for jobs in any state.

Units and meanings: memory fields are kB (minramcount MB), times s, sizes B; panda-bigmon-core core/pandajob/models and
core/libs/job.py.
"""

from dataclasses import dataclass
from typing import Any

from askpanda.schema.values import as_count, as_number, as_text, duration, size


@dataclass(frozen=True, slots=True)
class Fact:
    """`value` is ready to show, with its unit; `field` is where it stands in the record."""

    label: str
    value: str
    field: str


def _attempt(job: dict[str, Any]) -> Fact | None:
    attempt, most = as_count(job.get("attemptnr")), as_count(job.get("maxattempt"))
    if attempt is None:
        return None
    return Fact("attempt", f"{attempt} of {most}" if most else str(attempt), "attemptnr")


def _seconds(job: dict[str, Any], field: str, label: str) -> Fact | None:
    value = as_number(job.get(field))
    return Fact(label, duration(value), field) if value is not None and value > 0 else None


def _plain_seconds(job: dict[str, Any], field: str, label: str) -> Fact | None:
    value = as_number(job.get(field))
    return Fact(label, f"{round(value)} s", field) if value is not None and value > 0 else None


def _kilobytes(job: dict[str, Any], field: str, label: str) -> Fact | None:
    value = as_number(job.get(field))
    return Fact(label, f"{round(value / 1024)} MB", field) if value is not None and value > 0 else None


def _megabytes(job: dict[str, Any], field: str, label: str) -> Fact | None:
    value = as_number(job.get(field))
    unit = as_text(job.get(field.replace("count", "unit"))).upper()
    if value is None or value <= 0:
        return None
    return Fact(label, f"{round(value * 1024) if unit == 'GB' else round(value)} MB", field)


def _bytes(job: dict[str, Any], field: str, label: str) -> Fact | None:
    value = as_number(job.get(field))
    return Fact(label, size(value), field) if value is not None and value > 0 else None


def _word(job: dict[str, Any], field: str, label: str) -> Fact | None:
    text = as_text(job.get(field))
    return Fact(label, text[:300], field) if text else None


def _worker_node(job: dict[str, Any]) -> Fact | None:
    """`modificationhost` is the worker node (slot1@node) once a job has started, and a host of the server before."""
    found = _word(job, "wn", "worker node")
    if found is None and as_text(job.get("starttime")):
        host = as_text(job.get("modificationhost")).rpartition("@")[2]
        found = Fact("worker node", host[:300], "modificationhost") if host else None
    return found


def _count(job: dict[str, Any], field: str, label: str) -> Fact | None:
    value = as_count(job.get(field))
    return Fact(label, str(value), field) if value else None


def _efficiency(job: dict[str, Any]) -> Fact | None:
    value = as_number(job.get("cpuefficiency"))
    return Fact("CPU efficiency", f"{value:.0f} %", "cpuefficiency") if value is not None and value > 0 else None


def _stages(job: dict[str, Any]) -> list[Fact]:
    """pilottiming: getjob|stagein|payload|stageout|initial set-up|payload set-up, in s."""
    parts = [as_count(part) for part in as_text(job.get("pilottiming")).split("|")]
    labels = ("getting the job", "stage-in", "payload", "stage-out", "initial set-up", "payload set-up")
    if not 4 <= len(parts) <= 6:
        return []
    return [Fact(f"time in {label}", duration(part), "pilottiming") for label, part in zip(labels, parts, strict=False) if part]


def job_facts(job: dict[str, Any]) -> list[Fact]:
    """What a person asks first about a job, whatever its state; fields that are empty or odd are left out.

    >>> job_facts({"jobstatus": "running", "attemptnr": 4, "maxattempt": 4, "cpuconsumptiontime": 138547})
    [Fact('status', 'running', 'jobstatus'), Fact('attempt', '4 of 4', 'attemptnr'), Fact('CPU time', '138547 s', ...)]
    """
    facts = [
        _word(job, "jobstatus", "status"),
        _word(job, "jobsubstatus", "sub-status"),
        _word(job, "computingsite", "queue"),
        _worker_node(job),
        _word(job, "produsername", "owner"),
        _word(job, "transformation", "transformation"),
        _word(job, "prodsourcelabel", "label"),
        _word(job, "processingtype", "processing type"),
        _count(job, "jeditaskid", "task"),
        _attempt(job),
        _count(job, "actualcorecount", "cores") or _count(job, "corecount", "cores"),
        _plain_seconds(job, "cpuconsumptiontime", "CPU time"),
        _efficiency(job),
        _seconds(job, "waittimesec", "waited") or _word(job, "waittime", "waited"),
        _seconds(job, "durationsec", "run time") or _word(job, "duration", "run time"),
        _seconds(job, "maxwalltime", "wall time limit"),
        _kilobytes(job, "maxpss", "highest memory (PSS)"),
        _kilobytes(job, "maxrss", "highest memory (RSS)"),
        _megabytes(job, "minramcount", "memory asked for"),
        _megabytes(job, "maxdiskcount", "disk asked for"),
        _count(job, "ninputdatafiles", "input files"),
        _bytes(job, "inputfilebytes", "input size"),
        _bytes(job, "outputfilebytes", "output size"),
        _count(job, "nevents", "events"),
        _count(job, "currentpriority", "priority"),
        _word(job, "gshare", "share"),
        _word(job, "creationtime", "created (UTC)"),
        _word(job, "starttime", "started (UTC)"),
        _word(job, "endtime", "ended (UTC)"),
        _word(job, "statechangetime", "last state change (UTC)"),
        _word(job, "modificationtime", "last report (UTC)"),
        *_stages(job),
        _word(job, "jobinfo", "note"),
    ]
    return [fact for fact in facts if fact is not None]
