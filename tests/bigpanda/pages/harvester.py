"""Harvester's workers, instances and statistics."""

from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request

from tests.bigpanda import clock
from tests.bigpanda.app import world
from tests.bigpanda.casebook import Case
from tests.bigpanda.modes import wants_json
from tests.bigpanda.record import stable

pages = Blueprint("harvester", __name__)

Data = dict[str, Any]


def worker(one: Case) -> Data:
    """The worker that brought a job's pilot."""
    job, info = one.record, one.worker
    ended = job["endtime"].replace(" ", "T") if job["endtime"] else None
    status = "running" if not ended else ("failed" if info["errorcode"] else "finished")
    log = f"https://batch.example.org/logs/{one.pandaid}/{one.pandaid}"
    submitted = datetime.fromisoformat(job["starttime"]) - timedelta(minutes=stable(one.pandaid, 2, 90))
    return {
        "harvesterid": info["harvesterid"], "workerid": info["workerid"], "status": status, "batchid": job["batchid"],
        "nodeid": job["wn"], "queuename": job["computingsite"],
        "computingsite": job["computingsite"], "computingelement": info["computingelement"],
        "submittime": clock.iso(submitted), "starttime": job["starttime"].replace(" ", "T"),
        "endtime": ended, "lastupdate": job["modificationtime"].replace(" ", "T"), "ncore": job["corecount"],
        "errorcode": info["errorcode"], "diagmessage": info["diagmessage"],
        "nativestatus": "4" if ended else "2", "nativeexitcode": 0 if status == "finished" else None, "stdout": log + ".out",
        "stderr": log + ".err", "batchlog": log + ".log",
        "resourcetype": job["resourcetype"], "jobtype": "managed" if job["prodsourcelabel"] == "managed" else "user",
        "njobs": 1, "submissionhost": "htc-sched07.example.org",
        "harvesterhost": "harvester05.example.org", "minramcount": job["minramcount"], "pilotstatus": None,
    }  # fmt: skip


def workers() -> list[tuple[Data, Case]]:
    """Workers after the query's instance, pandaid, computingsite, status, workerid."""
    args = request.args
    rows = []
    for pandaid, one in sorted(world().cases.items(), reverse=True):
        if not one.record["starttime"] or (args.get("pandaid") and str(pandaid) != args["pandaid"]):
            continue
        row = worker(one)
        wanted = {
            "harvesterid": args.get("instance") or args.get("harvesterid"),
            "computingsite": args.get("computingsite"),
            "status": args.get("status"),
            "workerid": args.get("workerid"),
        }
        if all(not value or str(row[key]) == value for key, value in wanted.items()):
            rows.append((row, one))
    return rows


def counted(rows: list[Data]) -> Data:
    """How many workers have which status, queue and instance."""
    counts: Data = {}
    for name in ("status", "computingsite", "harvesterid", "resourcetype"):
        counts[name] = {}
        for row in rows:
            counts[name][row[name]] = counts[name].get(row[name], 0) + 1
    return counts


@pages.get("/harvester/workers/")
def worker_list() -> Response | str:
    """The list's page (rows come later) or JSON {summary, workers}."""
    rows = [row for row, _ in workers()]
    if wants_json():
        return jsonify(summary=counted(rows), workers=rows)
    return render_template("workers.html", query=request.query_string.decode("latin-1"), summary=counted(rows))


@pages.get("/harvester/getworkers/")
def get_workers() -> Response | tuple[str, int]:
    """Rows of the list page; without `dt` nothing."""
    if "dt" not in request.args:
        return "", 400
    limit = request.args.get("display_limit_workers", "")
    return jsonify([row for row, _ in workers()][: int(limit) if limit.isdecimal() else 1000])


@pages.get("/harvester/page_rows/")
def page_rows() -> Response:
    """What the local page's own table asks for."""
    return jsonify(
        rows=[
            [
                row["workerid"],
                row["harvesterid"],
                row["status"],
                row["batchid"],
                row["computingsite"],
                row["submittime"],
                row["errorcode"],
                row["diagmessage"],
            ]
            for row, _ in workers()
        ]
    )


@pages.get("/harvester/worker/")
@pages.get("/harvester/worker/<workerid>/")
@pages.get("/harvesterworkerinfo/")
def worker_page(workerid: str = "") -> Response | str | tuple[Response, int]:
    """One worker: a table, or one dictionary with its jobs."""
    wanted = workerid or request.args.get("workerid", "")
    found = next(((row, one) for row, one in workers() if str(row["workerid"]) == wanted), None)
    if found is None:
        return (
            (jsonify(error="Worker not found"), 404)
            if wants_json()
            else render_template(
                "plain.html", title=f"Harvester worker {wanted}", subtitle="Worker", text=f"Worker {wanted} not found."
            )
        )
    row, one = found
    row = row | {"corrJobs": [one.pandaid], "jobsStatuses": {one.record["jobstatus"]: 1}, "jobsSubStatuses": {}}
    return jsonify(row) if wants_json() else render_template("worker.html", row=row, one=one)


@pages.get("/harvester/getworkerstats/")
def worker_stats() -> Response | tuple[Response, int]:
    """Numbers of workers per hour, queue, instance, kind and status, newest first, between lastupdate_from and
    lastupdate_to.
    """
    args = request.args
    try:
        start = (
            datetime.fromisoformat(args["lastupdate_from"])
            if args.get("lastupdate_from")
            else world().now - timedelta(hours=12)
        )
        end = datetime.fromisoformat(args["lastupdate_to"]) if args.get("lastupdate_to") else world().now
    except ValueError as error:
        return jsonify(error=str(error)), 400
    rows = [row for row in statistics(world().now) if start.isoformat() <= row["lastupdate"] <= end.isoformat()]
    for key in ("computingsite", "harvesterid", "status", "resourcetype", "jobtype"):
        if args.get(key):
            rows = [row for row in rows if fnmatch(row[key].lower(), args[key].lower())]
    return jsonify(rows)


def statistics(now: datetime) -> list[Data]:
    """Hourly rows of the last three days for every queue; the same hour of the same day always has the same numbers."""
    rows: list[Data] = []
    top = now.replace(minute=0, second=0, microsecond=0)
    for back in range(72):
        hour = top - timedelta(hours=back)
        for name, site in world().shape.sites.items():
            for kind, low, high in (("SCORE", 20, 90), ("MCORE", 60, 240)):
                if kind == "MCORE" and site["corecount"] < 8:
                    continue
                for status, share in (("finished", 100), ("running", 40), ("submitted", 25), ("failed", 4), ("cancelled", 2)):
                    count = stable((name, kind, status, hour.isoformat()), low, high) * share // 100
                    if count:
                        rows.append(
                            {
                                "harvesterid": site["harvester"], "computingsite": name, "resourcetype": kind,
                                "status": status, "nworkers": count,
                                "lastupdate": clock.iso(hour + timedelta(minutes=stable((name, back), 1, 55))),
                                "jobtype": "managed" if kind == "MCORE" else "user",
                            }
                        )  # fmt: skip
    return [row for row in rows if row["lastupdate"] <= now.isoformat()]


@pages.get("/harvester/instances/")
def instances() -> Response | str:
    """Harvester instances."""
    names = sorted({site["harvester"] for site in world().shape.sites.values()})
    rows = [
        {
            "instance": name,
            "descr": "local",
            "starttime": None,
            "owner": "atlpilo1",
            "hostname": f"{name.lower().replace('_', '-')}.example.org",
            "lastupdate": clock.iso(world().now),
        }
        for name in names
    ]
    return jsonify(rows) if wants_json() else render_template("instances.html", rows=rows)


@pages.get("/harvester/slots/")
def slots() -> Response | str:
    """Slot limits; none here."""
    return (
        jsonify([])
        if wants_json()
        else render_template("plain.html", title="Harvester slots", subtitle="Slots", text="No slot limits.")
    )


@pages.get("/harvester/getdiagnostics/")
def diagnostics() -> Response:
    """Harvester's own messages; none here."""
    return jsonify([])


@pages.get("/harvester/getjobs/")
def worker_jobs() -> Response:
    """Pairs of worker and job."""
    return jsonify(
        [
            {
                "pandaid": one.pandaid,
                "workerid": row["workerid"],
                "harvesterid": row["harvesterid"],
                "lastupdate": row["lastupdate"],
            }
            for row, one in workers()
        ]
    )


@pages.get("/workers/")
@pages.get("/harvesters/")
def old_addresses() -> Response:
    """Addresses of former days."""
    return redirect("/harvester/workers/") if request.path == "/workers/" else make_response(redirect("/harvester/instances/"))  # type: ignore[return-value]
