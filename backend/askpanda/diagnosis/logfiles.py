"""Which log files to read for which error, and of what kind a file is. The table is `files.yaml`."""

from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from askpanda.diagnosis.types import RecordVerdict


@cache
def _table() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(files("askpanda.diagnosis").joinpath("files.yaml").read_bytes())
    return data


def kind_of(name: str) -> str:
    """pilot, staging, remote, setup, report, payload or wrapper, by the file's base name."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    for kind, patterns in _table()["kinds"]:
        if any(fnmatchcase(base, pattern) for pattern in patterns):
            return str(kind)
    return "payload"


def logs_for(component: str, code: int) -> list[str]:
    """The log files that explain an error, best first; none for what the server ended."""
    table = _table()
    if component in table["logless"] or not component:
        return []
    for row in table["wanted"]:
        if f"{component}:{code}" in row["codes"] or f"{component}:*" in row["codes"]:
            return list(row["logs"])
    return []


def logs_wanted(record: RecordVerdict) -> list[str]:
    """The log files to read for this record, best first.

    Nothing for endings on the server's side and for jobs that were closed or cancelled: a log was not made, or does not
    hold the reason. `payload.stdout` and `payload.stderr` come first where the payload failed.

        >>> logs_wanted(read_record(job, catalogue))
        ['payload.stdout', 'payload.stderr', 'pilotlog.txt']
    """
    if record.outcome in {"closed", "cancelled"}:
        return []
    return logs_for(record.component, record.code)
