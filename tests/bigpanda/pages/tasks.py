"""The task page, its JSON twin and its fragments."""

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request

from tests.bigpanda.app import world
from tests.bigpanda.modes import wants_json
from tests.bigpanda.tasks import public, status_log

pages = Blueprint("tasks", __name__)


@pages.get("/task/<int:number>/")
@pages.get("/tasknew/<int:number>/")
def task_page(number: int) -> Response | str:
    """`/task/N/`; a task that is not there answers 200 with the help text only, also for JSON."""
    found = world().tasks.get(number)
    if found is None or "unknown_job" in g.modes:
        return render_template("task_missing.html", number=number)
    if wants_json():
        return jsonify(public(found))
    from tests.bigpanda.summaries import digest

    return render_template("task.html", found=found, task=found["task"], digest=digest(world().jobs_of_task(number)))


@pages.get("/task//<word>")
@pages.get("/task//<word>/")
def task_search(word: str) -> Response:
    """What the search box makes, with two slashes: first a last slash, then the right address."""
    if not request.path.endswith("/"):
        return redirect(f"/task//{word}/", 301)  # type: ignore[return-value]
    return redirect(f"/task/{word}/", 302)  # type: ignore[return-value]


@pages.get("/task")
@pages.get("/task/")
def task_old() -> Response | str:
    """`/task?jeditaskid=N` and `?taskname=`, with and without the last slash."""
    asked = request.args.get("jeditaskid", "")
    if asked.isdecimal():
        return task_page(int(asked))
    name = request.args.get("taskname", "")
    number = next((number for number, data in world().tasks.items() if data["task"]["taskname"] == name), 0)
    return task_page(number)


@pages.get("/taskstatuslog/<int:number>/")
def task_status_log(number: int) -> Response | str:
    """State changes of a task: a list as JSON, a bare table as HTML."""
    found = world().tasks.get(number)
    rows = status_log(found) if found else []
    return jsonify(rows) if wants_json() else render_template("fragment_statuslog.html", rows=rows)


@pages.get("/getjobsummaryfortask/<int:number>/")
def job_summary(number: int) -> str:
    """The bare table of job states."""
    found = world().tasks.get(number)
    return render_template("fragment_jobstates.html", states=found["states"] if found else {})


@pages.get("/tasklogs/<int:number>/")
def task_logs(number: int) -> Response:
    """JEDI's log lines of a task; none here."""
    return jsonify(tasklogs=[])
