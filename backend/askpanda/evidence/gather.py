"""All that is known of a job, in one place: page, resources and logs become one `JobEvidence`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from askpanda.evidence.answers import OpenUpload, Read, as_json, as_text, failed, sniff, upload
from askpanda.evidence.paths import base_name, parse
from askpanda.schema.ask import LogText, PageContext, Resource
from askpanda.schema.evidence import JobEvidence, LogFile
from askpanda.schema.values import as_identity

#: Files of a job that are kept; the monitor sends some thousands for merge jobs.
_FILES = 5000


def _lower(record: Mapping[Any, Any]) -> dict[str, Any]:
    """Field names in lower case as everywhere in the monitor, except the one that is not."""
    return {str(key) if str(key) == "harvesterInfo" else str(key).lower(): value for key, value in record.items()}


#: The monitor makes a link of a transformation that is an address, in the JSON as on the page (core/views.py, jobInfo).
_LINK = re.compile(r"<a\b[^<>]{0,2000}>([^<>]{0,500})</a>")


def _record(row: Mapping[Any, Any]) -> dict[str, Any]:
    job = _lower(row)
    given = job.get("transformation")
    if isinstance(given, str) and (link := _LINK.fullmatch(given.strip())):
        job["transformation"] = link[1]
    return job


def split_record(value: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(job, files) of the monitor's answer, or of a bare job record; empty where it is neither."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        return {}, []
    inner, files = value.get("job"), value.get("files")
    job = (
        inner
        if isinstance(inner, dict)
        else {key: item for key, item in value.items() if key not in {"files", "dsfiles", "job"}}
    )
    rows = [_lower(row) for row in files[:_FILES] if isinstance(row, dict)] if isinstance(files, list) else []
    return _record(job), rows


def gather_job(context: PageContext, resources: Mapping[str, Resource], open_upload: OpenUpload) -> JobEvidence:
    """Merges what the page knows with what came back for the paths that were asked for.

    A record that was fetched stands above the page's; the page's error rows are kept beside both. `open_upload` gives the
    file of an upload, None where it is gone. Whatever was refused, empty or not what it should be stays visible as a log
    with its state, or as a sentence in `notes`. Never raises for anything that a client can send.
    """
    evidence = JobEvidence(
        pandaid=context.pandaid,
        page_errors=list(context.errors),
        selection=context.selection or "",
        source=(context.monitor or "").rstrip("/"),
        as_of=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    if context.job:
        evidence.job, evidence.files = split_record(context.job)
    if evidence.pandaid is None:
        evidence.pandaid = as_identity(evidence.job.get("pandaid"))
    _own_record(evidence, "the page")
    for path, resource in resources.items():
        asked = parse(path)
        if asked is None:
            continue
        if evidence.pandaid is None:
            evidence.pandaid = asked.number if asked.kind in {"job", "listing", "file"} else None
        if asked.kind in {"job", "listing", "file", "states"} and asked.number != evidence.pandaid:
            continue
        if asked.kind == "job":
            _take_record(evidence, as_json(resource, f"the record of job {asked.number}", open_upload))
        elif asked.kind == "listing":
            _take_listing(evidence, as_json(resource, "the list of log files", open_upload))
        elif asked.kind == "file":
            _add(evidence, _log(asked.name, as_text(resource, asked.name, open_upload), path))
        elif asked.kind == "states":
            _take_states(evidence, as_json(resource, "the state history", open_upload))
    for log in context.logs:
        _add(evidence, _given(log, open_upload))
    if not evidence.job and context.status:
        # the page's own word for the state, where no record could be had
        evidence.job = {"jobstatus": context.status.strip().lower()}
        if context.site:
            evidence.job["computingsite"] = context.site
    return evidence


def _own_record(evidence: JobEvidence, source: str) -> None:
    """A record that names another job is not this job's."""
    named = as_identity(evidence.job.get("pandaid"))
    if named is not None and evidence.pandaid is not None and named != evidence.pandaid:
        evidence.notes.append(
            f"The record from {source} is that of job {named}, not of job {evidence.pandaid}, and was not used."
        )
        evidence.job, evidence.files = {}, []


def _take_record(evidence: JobEvidence, read: Read) -> None:
    if read.state != "ok":
        evidence.notes.append(read.note)
        return
    job, files = split_record(read.value)
    if not job or (set(job) <= {"error", "message", "detail"}):
        evidence.notes.append(failed("bad_json", "the record of the job").note)
        return
    before = evidence.job, evidence.files
    evidence.job, evidence.files = job, files or evidence.files
    _own_record(evidence, "the monitor")
    if not evidence.job:
        evidence.job, evidence.files = before


def _take_listing(evidence: JobEvidence, read: Read) -> None:
    if read.state != "ok":
        evidence.notes.append(read.note)
        return
    value = read.value
    rows = value.get("files") if isinstance(value, dict) else value
    if isinstance(rows, list):
        evidence.listing = [row for row in rows if isinstance(row, dict)]
    elif isinstance(value, dict) and value.get("error"):
        evidence.notes.append("The monitor has no log files for this job: its log was not registered.")
    else:
        evidence.notes.append(failed("bad_json", "the list of log files").note)


def _take_states(evidence: JobEvidence, read: Read) -> None:
    """State changes go along with the record, where nothing of the record's own has that name."""
    if read.state == "ok" and isinstance(read.value, list):
        evidence.job.setdefault("statelog", [row for row in read.value if isinstance(row, dict)])


def _log(name: str, read: Read, origin: str) -> LogFile:
    return LogFile(base_name(name), read.state, read.path, read.data, origin, read.note)


def _given(log: LogText, open_upload: OpenUpload) -> LogFile:
    """A log that the client held already."""
    name = base_name(log.name)
    if log.text is not None:
        data = log.text.encode("utf-8", "replace")
        page = sniff(data[:4096])
        if page is not None:
            return _log(name, failed(page, name), "page")
        return _log(name, Read("ok", data=data) if data.strip() else failed("empty", name), "page")
    if log.upload is None:
        return _log(name, failed("empty", name), "page")
    read = upload(log.upload, name, open_upload)
    if read.state == "ok" and read.path is not None:
        try:
            with read.path.open("rb") as stream:
                page = sniff(stream.read(4096))
        except OSError:
            return _log(name, failed("expired", name), f"upload {log.upload}")
        if page is not None:
            read = failed(page, name)
    return _log(name, read, f"upload {log.upload}")


def _add(evidence: JobEvidence, log: LogFile) -> None:
    """One log a name: a good one replaces one that could not be had, never the other way round."""
    for place, known in enumerate(evidence.logs):
        if known.name == log.name:
            if known.state != "ok" or (log.state == "ok" and log.origin.startswith("/")):
                evidence.logs[place] = log
            return
    evidence.logs.append(log)
