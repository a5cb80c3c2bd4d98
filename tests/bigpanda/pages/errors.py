"""The error summary: page and JSON."""

from flask import Blueprint, Response, jsonify, render_template, request

from tests.bigpanda import summaries
from tests.bigpanda.app import world
from tests.bigpanda.modes import wants_json

pages = Blueprint("errors", __name__)

#: Window without any in the query, in hours (6, or 12 for production, on the real monitor).
WINDOW = 12


@pages.get("/errors/")
def errors() -> Response | str:
    """Failed and holding jobs by code, site (by node where one queue is asked for), user and task; `fields=` picks parts
    of the JSON.
    """
    args = request.args.to_dict()
    found = [
        one
        for one in world().select({key: value for key, value in args.items() if key != "jobstatus"}, WINDOW)
        if one.record["jobstatus"] in ("failed", "holding")
    ]
    place = "wn" if args.get("computingsite") else "computingsite"
    answer = {
        "jobSummary": summaries.attributes(found),
        "errsByCount": summaries.by_count(found),
        "errsBySite": summaries.grouped(found, lambda job: job[place]),
        "errsByUser": summaries.grouped(found, lambda job: job["produsername"]),
        "errsByTask": summaries.grouped(found, lambda job: job["jeditaskid"]),
    }
    if wants_json():
        wanted = [word for word in request.args.get("fields", "").split(",") if word]
        return jsonify({key: value for key, value in answer.items() if not wanted or key in wanted})
    return render_template("errors.html", by_message=summaries.by_message(found), total=len(found), **answer)
