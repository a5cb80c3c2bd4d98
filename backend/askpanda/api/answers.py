"""Answers that are being made or were made: their events again, and stopping them."""

import time

from flask import Blueprint, Response, request

from askpanda.api import following, replies, sse
from askpanda.api.described import described
from askpanda.api.reading import known_id
from askpanda.api.service import owner, service
from askpanda.api.wire import reply
from askpanda.database import answers
from askpanda.errors import NotFound

blueprint = Blueprint("answers", __name__)

#: A stop is answered once it happened, or after this time.
STOP_SECONDS = 3.0


def _known(message_id: str) -> answers.Kept:
    return answers.find(service().database, owner(), known_id(message_id, lambda: NotFound(answers.UNKNOWN)))


@blueprint.get("/answers/<message_id>/events")
@described(errors=(401, 403, 404), tags=["ask"])
def events(message_id: str) -> Response:
    """The events of an answer after Last-Event-ID, then the new ones until it is done"""
    here = service()
    kept = _known(message_id)
    last = request.headers.get("Last-Event-ID", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 10 else 0
    reader = sse.Reader(request.environ)
    return sse.response(following.follow(here.runner, owner(), kept.id, after, reader.present))


@blueprint.post("/answers/<message_id>/stop")
@described(replies={200: replies.Stopped}, errors=(401, 403, 404, 503), tags=["ask"])
def stop(message_id: str) -> Response:
    """End an answer that is being made, on whichever worker; one that is done stays as it is"""
    here = service()
    kept = _known(message_id)
    end = time.monotonic() + STOP_SECONDS
    if kept.status == answers.RUNNING:
        answers.ask_to_stop(here.database, kept.id)
    while kept.status == answers.RUNNING and time.monotonic() < end:
        if kept.beat < time.time() - answers.STALE_SECONDS:
            following.end_abandoned(here.runner, owner(), kept.id)
        time.sleep(0.05)
        kept = _known(message_id)
    status = "interrupted" if kept.status == answers.RUNNING else kept.status
    return reply({"message_id": kept.id, "status": status})
