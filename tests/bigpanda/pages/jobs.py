"""The job page, its JSON twin and the fragments that its buttons load."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request

from tests.bigpanda import clock, verdicts
from tests.bigpanda.app import world
from tests.bigpanda.casebook import Case
from tests.bigpanda.modes import wants_json

pages = Blueprint("jobs", __name__)

#: Fields that the page's last table leaves out (derived ones and the one that the monitor hides).
HIDDEN = {
    "maxattempt",
    "harvesterInfo",
    "error_desc",
    "days_since_creation",
    "priorityrange",
    "jobsetrange",
    "durationsec",
    "waittimesec",
}
STEPS = ("defined", "activated", "sent", "starting", "running", "transferring")


@pages.get("/job")
def job_old() -> Response | str:
    """`/job?pandaid=N`, also with batchid, jobname or creator; `/job/?pandaid=` does not exist."""
    args = request.args
    found = None
    if "pandaid" in args:
        found = world().job(args["pandaid"])
        return show(found, args["pandaid"])
    for key in ("batchid", "jobname"):
        if key in args:
            found = next((one for one in world().cases.values() if str(one.record[key]) == args[key]), None)
            return show(found, args[key])
    if "creator" in args:
        found = next((one for one in world().cases.values() if any(row["lfn"] == args["creator"] for row in one.files)), None)
        return show(found, args["creator"])
    return show(None, "None")


@pages.get("/job/<word>/")
def job_page(word: str) -> Response | str:
    """`/job/N/`, or a job's name instead of the number."""
    return show(world().job(word), word)


@pages.get("/job/<word>/<extra>/")
def job_extra(word: str, extra: str) -> Response | str:
    """`/job/N/anything/` shows the job as well."""
    return job_page(word)


def show(found: Case | None, asked: str) -> Response | str:
    """The page or the JSON of a job; a job that is not there is HTML with status 200 either way."""
    if found is None or "unknown_job" in g.modes:
        return render_template("job_missing.html", asked=asked)
    if wants_json():
        answer: dict[str, Any] = {"job": shown(found), "files": found.public_files, "dsfiles": []}
        report = (found.data.get("reports") or {}).get("jobReport.json")
        if report:
            answer["job"] = shown(found) | {"metastruct": metastruct(found), "metadata": found.log("jobReport.json").decode()}
        return jsonify(answer)
    g.page_age = found.data.get("page_age", 0)
    generation = int(g.modes.get("table") or found.generation)
    job = found.record
    return render_template(
        "job.html",
        case=found,
        job=job,
        transformation=shown(found)["transformation"] or "",
        files=found.public_files,
        generation=generation,
        rows=verdicts.old_error_rows(job) if generation == 2024 else verdicts.error_rows(job),
        pieces=verdicts.old_error_pieces(job),
        columns=[
            (name, value)
            for name, value in job.items()
            if (name not in HIDDEN and value not in (None, "", 0)) or (name == "transexitcode" and value)
        ],
        meta=metastruct(found),
        jobparameters=found.data.get("jobparameters", ""),
        has_log=any(row["type"] == "log" for row in found.files),
    )


def shown(found: Case) -> dict[str, Any]:
    """The record as page and JSON have it: a transformation that is an address has become a link, in the JSON as well."""
    address = str(found.record["transformation"] or "")
    if not address.startswith("http"):
        return found.record
    return found.record | {"transformation": f"<a href='{address}'>{address.split('/')[-1]}</a>"}


def metastruct(found: Case) -> dict[str, Any] | None:
    """The transform's report where the job has one."""
    import json

    if "jobReport.json" not in (found.data.get("reports") or {}):
        return None
    report: dict[str, Any] = json.loads(found.log("jobReport.json"))
    return report


def status_log(found: Case) -> list[dict[str, Any]]:
    """The states that a job went through, with times between its record's own."""
    job = found.record
    created = datetime.fromisoformat(job["creationtime"])
    started = datetime.fromisoformat(job["starttime"]) if job["starttime"] else None
    changed = datetime.fromisoformat(job["statechangetime"])
    points = [
        ("pending", created),
        ("defined", created + timedelta(seconds=31)),
        ("activated", created + timedelta(seconds=96)),
    ]
    if started:
        points += [
            ("sent", started - timedelta(seconds=48)),
            ("starting", started - timedelta(seconds=44)),
            ("running", started),
        ]
    if job["jobstatus"] in ("failed", "finished") and started:
        points.append(("holding", max(started, changed - timedelta(seconds=20))))
    if points[-1][0] != job["jobstatus"]:
        points.append((job["jobstatus"], changed))
    rows = []
    for n, (state, when) in enumerate(points):
        until = points[n + 1][1] if n + 1 < len(points) else when
        rows.append(
            {
                "pandaid": found.pandaid, "jobstatus": state, "modificationtime": clock.iso(when),
                "modiftime_extended": clock.iso(when),
                "computingsite": job["computingsite"], "cloud": job["cloud"], "prodsourcelabel": job["prodsourcelabel"],
                "modificationhost": job["modificationhost"], "jobsubstatus": job["jobsubstatus"],
                "duration": clock.span(max(0, (until - when).total_seconds())),
            }
        )  # fmt: skip
    return rows


@pages.get("/jobstatuslog/<int:pandaid>/")
def job_status_log(pandaid: int) -> Response | str:
    """State changes: a list as JSON, a bare table as HTML."""
    found = world().job(pandaid)
    rows = status_log(found) if found else []
    return jsonify(rows) if wants_json() else render_template("fragment_statuslog.html", rows=rows)


def relatives(found: Case, direction: str) -> list[Case]:
    """Earlier (upstream) or later (downstream) attempts: jobs that the data names as `retries`, and those whose parentid
    it is.
    """
    every = world().cases
    if direction == "upstream":
        chain, at = [], found
        while at.record["parentid"] and int(at.record["parentid"]) in every:
            at = every[int(at.record["parentid"])]
            chain.append(at)
        return chain
    return [one for one in every.values() if one.record["parentid"] == found.pandaid]


@pages.get("/jobrelationships/<int:pandaid>/")
def job_relationships(pandaid: int) -> str:
    """The bare table of retries, upstream or downstream; always HTML."""
    found, direction = world().job(pandaid), request.args.get("direction", "upstream")
    rows = relatives(found, direction) if found else []
    return render_template("fragment_relations.html", rows=rows, direction=direction)


@pages.get("/descendentjoberrsinfo/")
def descendant_errors() -> Response | str | tuple[Response, int]:
    """Errors of earlier attempts; a job without a task makes the page ask for `jeditaskid=None`, which is refused."""
    if not request.args.get("jeditaskid", "").isdecimal():
        return jsonify(error="jeditaskid must be a number"), 400
    found = world().job(request.args.get("pandaid", ""))
    rows = relatives(found, "upstream") if found else []
    return render_template("fragment_relations.html", rows=rows, direction="upstream")


@pages.get("/prmonplots/<int:pandaid>/")
def memory_plots(pandaid: int) -> str:
    """A page with the memory summary's figures."""
    found = world().job(pandaid)
    return render_template("prmon.html", found=found, pandaid=pandaid)


@pages.get("/job/search/")
def job_search() -> Response:
    """Never a job's name."""
    return redirect("/")  # type: ignore[return-value]
