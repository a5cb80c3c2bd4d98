"""Evidence from files on disk, as the command line has it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from askpanda.errors import BadRequest
from askpanda.evidence.answers import JSON_LIMIT, as_text, shallow, sniff
from askpanda.evidence.gather import split_record
from askpanda.evidence.packed import is_packed, unpacked
from askpanda.evidence.paths import base_name
from askpanda.schema.ask import Resource
from askpanda.schema.evidence import JobEvidence, LogFile
from askpanda.schema.values import as_identity


def from_files(record_path: Path, log_paths: Sequence[Path] = ()) -> JobEvidence:
    """A job's record (the monitor's answer or the bare record, JSON) and its logs.

    A log may be packed with gzip, or be the tarball of a job's logs. One that is a web page or empty stays in the evidence
    with its state. Raises BadRequest, with a sentence that says what to do, for a record or log that is not there or cannot
    be read.
    """
    data = _bytes(record_path, "record")
    if sniff(data[:4096]) is not None:
        raise BadRequest(
            f"{record_path} is a web page, not a job record; save the address of the job page with `&json` at its end."
        )
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadRequest(
            f"{record_path} is not JSON ({error}); it must be the monitor's answer to /job?pandaid=N&json."
        ) from error
    job, files = split_record(value) if shallow(value) else ({}, [])
    if not job:
        raise BadRequest(f"{record_path} holds no job record; it must be the monitor's answer to /job?pandaid=N&json.")
    evidence = JobEvidence(
        pandaid=as_identity(job.get("pandaid")),
        job=job,
        files=files,
        as_of=datetime.fromtimestamp(record_path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    for path in log_paths:
        evidence.logs += _logs(path)
    return evidence


def _bytes(path: Path, what: str) -> bytes:
    try:
        if path.stat().st_size > JSON_LIMIT:
            raise BadRequest(f"The {what} {path} is too large for a job record.")
        return path.read_bytes()
    except OSError as error:
        raise BadRequest(f"The {what} {path} cannot be read: {error.strerror or error}.") from error


def _logs(path: Path) -> list[LogFile]:
    """The log, or the logs in it where it is packed."""
    if not path.is_file():
        raise BadRequest(f"The log {path} is not there, or is not a file.")
    try:
        if is_packed(path):
            return [
                LogFile(
                    name,
                    "ok" if data else "empty",
                    data=data or None,
                    origin=str(path),
                    note="" if data else f"{name} is empty.",
                )
                for name, data in unpacked(path)
            ]
    except OSError as error:
        raise BadRequest(f"The log {path} cannot be read: {error.strerror or error}.") from error
    name = base_name(path.name)
    read = as_text(Resource(status=200, upload="file"), name, lambda _: path)
    return [LogFile(name, read.state, path if read.state == "ok" else None, None, str(path), read.note)]
