"""Is the backend alive, and can it answer?"""

import logging

from flask import Blueprint, Response

from askpanda.api import problems, replies
from askpanda.api.described import described
from askpanda.api.service import service
from askpanda.api.wire import reply

blueprint = Blueprint("health", __name__)
log = logging.getLogger("askpanda.health")


@blueprint.get("/healthz")
@described(replies={200: replies.Health}, errors=(403,), tags=["operation"], public=True)
def healthz() -> Response:
    """The process answers"""
    return reply({"status": "ok"})


@blueprint.get("/readyz")
@described(replies={200: replies.Ready}, errors=(403, 503), tags=["operation"], public=True)
def readyz() -> Response:
    """Index and database are there"""
    missing = []
    if not service().database.ready():
        missing.append("database")
    if not _index_there():
        missing.append("index")
    if missing:
        message = f"Not there yet: {' and '.join(missing)}. `askpanda index build` makes the index."
        return problems.problem(503, "not_ready", message, {"missing": missing})
    return reply({"status": "ready"})


def _index_there() -> bool:
    try:
        return bool(service().rooms.store.status().ready)
    except Exception as error:  # a store has a client's whole tree of errors; each means the same here
        log.warning("the index cannot be read: %s", type(error).__name__)
        return False
