"""Whether an answer helped."""

from flask import Blueprint, Response
from pydantic import Field

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.reading import json_body, known_id, validated
from askpanda.api.service import owner, service
from askpanda.api.wire import reply
from askpanda.database import answers, feedback
from askpanda.errors import NotFound
from askpanda.schema.base import Contract

blueprint = Blueprint("feedback", __name__)


class Feedback(Contract):
    message_id: str
    helpful: bool
    comment: str = Field("", max_length=4000)


@blueprint.post("/feedback")
@described(json=Feedback, replies={201: replies.FeedbackGiven}, errors=(400, 401, 403, 404), tags=["feedback"])
def give() -> Response:
    """Say whether an answer helped; a second word on the same answer replaces the first"""
    word = validated(Feedback, json_body())
    message_id = known_id(word.message_id, lambda: NotFound(answers.UNKNOWN))
    return reply(feedback.give(service().database, owner(), message_id, word.helpful, word.comment), 201)


@blueprint.get("/feedback")
@described(replies={200: replies.FeedbackList}, tags=["feedback"])
def listed() -> Response:
    """One's own feedback, the newest first"""
    return reply({"feedback": feedback.listed(service().database, owner())})
