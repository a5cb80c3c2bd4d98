"""CRIC beside the monitor: the one address that queue settings are read from."""

from flask import Blueprint, Response, abort, jsonify, request

from tests.bigpanda import cric
from tests.bigpanda.app import world

pages = Blueprint("cric", __name__)


@pages.get("/cric/api/atlas/pandaqueue/query/")
def queues() -> Response | tuple[Response, int]:
    """All queues as a dictionary by name; JSON only. There is one beside ATLAS's monitor alone."""
    if not world().shape.atlas:
        abort(404)
    if "json" not in request.args:
        return jsonify(error="Only JSON is served here"), 400
    return jsonify(cric.records(world().shape))
