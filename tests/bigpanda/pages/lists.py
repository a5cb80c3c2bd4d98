"""Lists: jobs, tasks, queues, users, worker nodes; and the pages of one queue and one user."""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from tests.bigpanda import cric, summaries
from tests.bigpanda.app import vo, world
from tests.bigpanda.casebook import Case
from tests.bigpanda.modes import wants_json
from tests.bigpanda.record import BLANK_TIMES
from tests.bigpanda.tasks import TIMES

pages = Blueprint("lists", __name__)

#: Window of a list that names no task, job or time, in hours.
WINDOW = 12


def chosen() -> tuple[list[Case], int]:
    """Jobs that the query asks for, and how many retried ones were dropped (only for a task, unless mode=nodrop)."""
    args = request.args.to_dict()
    found = world().select(args, WINDOW)
    if ("jeditaskid" not in args and "taskid" not in args) or args.get("mode") == "nodrop":
        return found, 0
    retried = {int(one.record["parentid"]) for one in world().cases.values() if one.record["parentid"]}
    kept = [one for one in found if one.pandaid not in retried]
    return kept, len(found) - len(kept)


def row(one: Case, wanted: list[str], by_task: bool) -> dict[str, Any]:
    """A job as lists give it: no worker, all times ISO, decimals as strings."""
    job = {
        name: value for name, value in one.record.items() if name not in ("harvesterInfo", "error_desc", "transformerrordiag")
    }
    job["transformation"] = (job["transformation"] or "").split("/")[-1] or None
    for name in BLANK_TIMES:
        job[name] = job[name].replace(" ", "T") if job[name] else None
    if by_task and job["maxpss"] is not None:
        job["maxpss"] = f"{job['maxpss'] / 1024:.2f}"
    job["cpuconversion"] = "0.00" if job["cpuconversion"] is None else str(job["cpuconversion"])
    return {name: job[name] for name in wanted if name in job} if wanted else job


def _given_states(query: dict[str, str]) -> dict[str, int]:
    """States of a task's jobs where its data gives them: they stand for more jobs than there are here."""
    task = query.get("jeditaskid", "")
    data = world().tasks.get(int(task)) if task.isdecimal() else None
    given: dict[str, int] = data["given"].get("states", {}) if data and "jobstatus" not in query else {}
    return given


@pages.get("/jobs/")
def jobs() -> Response | str:
    """The list: page, or JSON with `outputs=`, `fields=`, `limit=`."""
    found, dropped = chosen()
    args = request.args
    if wants_json():
        limit = int(args["limit"]) if args.get("limit", "").isdecimal() else 20000
        outputs = [word for word in args.get("outputs", "").split(",") if word and found]
        answer = {
            "selectionsummary": summaries.attributes(found, _given_states(args.to_dict())),
            "jobs": [
                row(one, [word for word in args.get("fields", "").split(",") if word], "jeditaskid" in args)
                for one in found[:limit]
            ],
            "errsByCount": summaries.by_count(found),
        }
        # a part that was not asked for is there, and empty
        return jsonify({key: value if not outputs or key in outputs else [] for key, value in answer.items()})
    shown = int(args["display_limit"]) if args.get("display_limit", "").isdecimal() else 100
    return render_template(
        "jobs.html",
        jobs=found[:shown],
        total=len(found),
        dropped=dropped,
        attributes=summaries.attributes(found),
        by_code=summaries.by_count(found),
        by_message=summaries.by_message(found),
    )


@pages.get("/tasks/")
def tasks() -> Response | str:
    """A plain list of tasks as JSON, a table as HTML."""
    args = request.args
    found = []
    for data in world().tasks.values():
        task = data["task"]
        wanted = {
            key: args[key]
            for key in ("username", "taskname", "reqid", "status", "tasktype", "campaign", "superstatus")
            if args.get(key)
        }
        numbers = args.get("jeditaskid", "").split("|")
        if (not args.get("jeditaskid") or str(task["jeditaskid"]) in numbers) and all(
            str(value).strip("*").lower() in str(task.get(key, "")).lower() for key, value in wanted.items()
        ):
            found.append(data)
    if wants_json():
        rows = []
        for data in found:
            task = dict(data["task"])
            for name in TIMES:
                task[name] = task[name].replace(" ", "T") if task[name] else None
            if "jobstatecount" in args.get("extra", ""):
                task["job_state_count"] = data["states"]
            rows.append(task)
        return jsonify(rows)
    return render_template("tasks.html", tasks=found)


@pages.get("/sites/")
def sites() -> Response | str:
    """PanDA queues: their CRIC records, `copytool=` and any field of them as a filter."""
    rows = list(cric.records(world().shape).values())
    tool = request.args.get("copytool")
    rows = [row for row in rows if not tool or tool in row["copytools"]]
    wanted = {key: value for key, value in request.args.items() if rows and key in rows[0]}
    rows = [row for row in rows if all(str(row[key]) == value for key, value in wanted.items())]
    return jsonify(rows) if wants_json() else render_template("sites.html", rows=rows)


@pages.get("/site/")
@pages.get("/site/<name>/")
def site(name: str = "") -> str:
    """A queue's page. Its JSON twin is broken on the real monitor as well: 500."""
    wanted = name or request.args.get("site", "")
    if wants_json():
        abort(500)
    if wanted not in cric.names(world().shape):
        return render_template(
            "plain.html", title=f"{vo()} PanDA queue {wanted}", subtitle=f"Queue {wanted}", text=f"Queue {wanted} not found."
        )
    return render_template("site.html", name=wanted, queue=cric.record(wanted, world().shape))


def user_tasks(name: str) -> list[dict[str, Any]]:
    """Tasks of a user."""
    return [data["task"] for data in world().tasks.values() if data["task"]["username"] == name]


@pages.get("/user/")
@pages.get("/user/<path:name>/")
def user(name: str = "") -> Response | str:
    """A user's page, one's own without a name; its table comes later. JSON: {"tasks": [...]}."""
    wanted = name or request.args.get("user", "") or world().shape.viewer
    if wants_json():
        return jsonify(tasks=user_tasks(wanted))
    own = [one for one in world().cases.values() if one.record["produsername"] == wanted]
    failed = sum(one.record["jobstatus"] == "failed" for one in own)
    return render_template("user.html", name=wanted, digest=summaries.digest(own), rate=round(100 * failed / max(1, len(own))))


@pages.get("/api/user_dash/initial/")
def user_dash() -> Response:
    """Rows of the user's task table, under a key that the page got."""
    rows = [
        [
            task["jeditaskid"],
            task["taskname"],
            task["status"],
            task["dsinfo"]["nfiles"],
            task["dsinfo"]["nfilesfinished"],
            task["dsinfo"]["nfilesfailed"],
            task["creationdate"],
        ]
        for task in user_tasks(request.args.get("user", ""))
    ]
    return jsonify(rows=rows)


@pages.get("/users/")
def users() -> Response | str:
    """Users with their job counts."""
    counts: dict[str, int] = {}
    for one in world().cases.values():
        counts[one.record["produsername"]] = counts.get(one.record["produsername"], 0) + 1
    rows = [
        {"name": name, "njobs": count, "latestjob": None} for name, count in sorted(counts.items(), key=lambda pair: -pair[1])
    ]
    return jsonify(rows) if wants_json() else render_template("users.html", rows=rows)


@pages.get("/wns/<name>/")
def worker_nodes(name: str) -> Response | str:
    """Worker nodes of a queue with their job states."""
    nodes: dict[str, dict[str, int]] = {}
    for one in world().select({"computingsite": name}, 72):
        if one.record["wn"]:
            states = nodes.setdefault(one.record["wn"], {})
            states[one.record["jobstatus"]] = states.get(one.record["jobstatus"], 0) + 1
    rows = [
        {"name": node, "states": states, "failed": states.get("failed", 0), "finished": states.get("finished", 0)}
        for node, states in sorted(nodes.items())
    ]
    if wants_json():
        return jsonify(summary=rows, wnPlotFailed=[], wnPlotFinished=[], averages={}, params={"site": name})
    return render_template("wns.html", name=name, rows=rows)


@pages.get("/wn/<name>/<node>/")
def worker_node(name: str, node: str) -> str:
    """One worker node's page."""
    found = [one for one in world().select({"computingsite": name}, 72) if one.record["wn"] == node]
    return render_template(
        "plain.html",
        title=f"{vo()} PanDA worker node {node}",
        subtitle=f"Worker node {node}",
        text=f"{len(found)} jobs in the last 72 hours.",
    )
