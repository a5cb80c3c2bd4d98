"""Which log files to read for which error, and of what kind a file is. The table is `files.yaml`."""

from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from askpanda.diagnosis.reports import step_logs
from askpanda.diagnosis.types import RecordVerdict

#: Payload failures after which a transform's own files are read.
_OF_TRANSFORMS = {("pilot", code) for code in (1305, 1212, 1315, 1328, 1355, 1369)}
#: Exit codes of a transform for a step that failed or whose log has errors (TRF_EXEC_FAIL, TRF_EXEC_LOGERROR and others).
_STEP_FAILED = {64, 65, 66, 67, 68, 69}


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

    A transform of the experiment writes the output of its steps to files of their own and a report beside them: these
    are named where the record names them, and are `log.*` (whatever the listing has) where it only says that a step failed.

        >>> logs_wanted(read_record(job, catalogue))
        ['payload.stdout', 'payload.stderr', 'pilotlog.txt']
    """
    if record.outcome in {"closed", "cancelled"}:
        return []
    logs = logs_for(record.component, record.code)
    if not record.transform or (record.component, record.code) not in _OF_TRANSFORMS:
        return logs
    named = step_logs(" ".join(triple.text for triple in [*record.triples, *record.hidden]))
    exits = {record.code_of("transform"), record.code_of("executor")}
    steps = named or (["log.*"] if exits & _STEP_FAILED else [])
    return list(dict.fromkeys([*logs[:2], *steps, "jobReport.json", *logs[2:]]))
