"""One's own conversations."""

from flask import Blueprint, Response

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.reading import known_id
from askpanda.api.service import owner, service
from askpanda.api.wire import reply
from askpanda.database import conversations
from askpanda.errors import NotFound

blueprint = Blueprint("conversations", __name__)


def _id(text: str) -> str:
    return known_id(text, lambda: NotFound("There is no such conversation."))


@blueprint.get("/conversations")
@described(replies={200: replies.Conversations}, tags=["conversations"])
def listed() -> Response:
    """One's own conversations, the last used first"""
    return reply({"conversations": conversations.listed(service().database, owner())})


@blueprint.get("/conversations/<conversation_id>")
@described(replies={200: replies.Conversation}, errors=(401, 403, 404), tags=["conversations"])
def read(conversation_id: str) -> Response:
    """Everything that was asked and answered in one conversation"""
    return reply(conversations.read(service().database, owner(), _id(conversation_id)))


@blueprint.delete("/conversations/<conversation_id>")
@described(errors=(401, 403, 404), tags=["conversations"])
def remove(conversation_id: str) -> Response:
    """Delete a conversation with everything in it"""
    conversations.remove(service().database, owner(), _id(conversation_id))
    return Response(status=204)
