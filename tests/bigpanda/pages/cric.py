"""CRIC beside the monitor: the one address that queue settings are read from."""

from flask import Blueprint, Response, jsonify, request

from tests.bigpanda import cric

pages = Blueprint("cric", __name__)


@pages.get("/cric/api/atlas/pandaqueue/query/")
def queues() -> Response | tuple[Response, int]:
    """All queues as a dictionary by name; JSON only."""
    if "json" not in request.args:
        return jsonify(error="Only JSON is served here"), 400
    return jsonify(cric.records())
