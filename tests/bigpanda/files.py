"""Rows of a job's files: `files[]` of its JSON, the files table of its page, and what the pilot log says about transfers."""

from datetime import datetime
from typing import Any

from tests.bigpanda.clock import blank
from tests.bigpanda.record import adler, guid, stable

Row = dict[str, Any]


def complete(given: list[Row], job: Row, site: Row, *, logged: bool) -> list[Row]:
    """Full rows from the given ones (lfn, type, scope, fsize, dataset at least), plus the log tarball's where `logged`."""
    rows = [_row(row, n, job, site) for n, row in enumerate(given)]
    if logged and not any(row["type"] == "log" for row in rows):
        rows.append(_row(_log_row(job, site), len(rows), job, site))
    return rows


def _log_row(job: Row, site: Row) -> Row:
    user = job.get("prodsourcelabel", "user") != "managed"
    task = job.get("jeditaskid") or job.get("taskid") or 0
    name = job.get("logdataset") or (f"panda.log.{task}" if user else f"mc23_13p6TeV.{task}.log")
    return {
        "type": "log",
        "lfn": f"{name}.{stable(job['pandaid'], 1, 9000):06d}.log.tgz",
        "scope": job.get("logscope") or ("panda" if user else "mc23_13p6TeV"),
        "dataset": f"{name}/",
        "fsize": stable(("logsize", job["pandaid"]), 90_000, 900_000),
        "ddmsite": site.get("logstorage") or site.get("storage"),
    }


def _row(given: Row, n: int, job: Row, site: Row) -> Row:
    kind, lfn = given["type"], given["lfn"]
    dataset = given.get("dataset", "")
    endpoint = given.get("ddmsite") or site.get("storage") or ""
    failed = job.get("jobstatus") == "failed"
    usual = {"input": "ready", "log": "ready", "output": "failed" if failed else "ready", "lib": "ready"}.get(kind, "ready")
    door = "root://eos.example.org:1094//eos/atlas/atlasdatadisk"
    scope = given.get("scope", "")
    created = job.get("created") if isinstance(job.get("created"), datetime) else None
    return {
        "lfn": lfn, "type": kind, "status": given.get("status", usual), "fsize": int(given.get("fsize", 0)),
        "fsizemb": f"{int(given.get('fsize', 0)) / 1e6:.2f}", "guid": given.get("guid") or guid(("file", lfn)), "scope": scope,
        "checksum": given.get("checksum") or "ad:" + adler(lfn), "md5sum": "", "dataset": dataset, "datasetname": dataset,
        "ruciodatasetname": dataset.split(":")[-1], "proddblock": dataset if kind == "input" else "",
        "dispatchdblock": "NULL" if kind == "input" else "", "destinationdblock": "" if kind == "input" else dataset,
        "destinationdblock_vis": "" if kind == "input" else dataset.split("_")[-1],
        "destinationse": endpoint if kind != "input" else "",
        "ddmsite": endpoint, "dsttoken": "" if kind == "input" else f"dst:{endpoint}",
        "fileid": stable(("fileid", lfn), 10**9, 9 * 10**9),
        "datasetid": stable(("datasetid", dataset), 10**8, 9 * 10**8), "jeditaskid": job.get("jeditaskid"),
        "pandaid": job["pandaid"],
        "attemptnr": int(given.get("attemptnr", max(0, int(job.get("attemptnr") or 1) - 1))),
        "maxattempt": int(given.get("maxattempt", 3)) if kind == "input" else "",
        "row_id": stable(("row", job["pandaid"], n), 10**10, 9 * 10**10),
        "modificationtime": blank(job.get("ended") or created) or "",
        "creationdate": blank(created) or "", "oldfiletable": 0,
        "pfn": given.get("pfn") or f"{door}/rucio/{scope.replace('.', '/')}/{lfn}", "replicas": given.get("replicas", 2),
    }  # fmt: skip
