"""One's own conversations."""

from flask import Blueprint, Response, request

from askpanda.api import exporting, replies
from askpanda.api.described import described
from askpanda.api.reading import clean_text, known_id
from askpanda.api.service import owner, service
from askpanda.api.wire import reply
from askpanda.database import conversations
from askpanda.errors import BadRequest, NotFound

blueprint = Blueprint("conversations", __name__)

#: Characters of a search that are read.
QUERY_LIMIT = 400
#: What `format` may be: the file's ending, its type, and how it is written.
_FORMATS = {
    "markdown": ("md", "text/markdown", exporting.as_markdown),
    "json": ("json", "application/json", exporting.as_json),
}


def _id(text: str) -> str:
    return known_id(text, lambda: NotFound("There is no such conversation."))


@blueprint.get("/conversations")
@described(query=replies.ConversationsQuery, replies={200: replies.Conversations}, tags=["conversations"])
def listed() -> Response:
    """One's own conversations, the last used first; with q those in which all its words occur"""
    words = clean_text(request.args.get("q", ""))[:QUERY_LIMIT]
    return reply({"conversations": conversations.listed(service().database, owner(), words)})


@blueprint.get("/conversations/<conversation_id>")
@described(replies={200: replies.Conversation}, errors=(401, 403, 404), tags=["conversations"])
def read(conversation_id: str) -> Response:
    """Everything that was asked and answered in one conversation"""
    return reply(conversations.read(service().database, owner(), _id(conversation_id)))


@blueprint.get("/conversations/<conversation_id>/export")
@described(query=replies.ExportQuery, errors=(400, 401, 403, 404), tags=["conversations"])
def export(conversation_id: str) -> Response:
    """One conversation as a file: format=markdown (default) or json"""
    wanted = request.args.get("format", "markdown")
    if wanted not in _FORMATS:
        raise BadRequest(f"format: choose one of {', '.join(_FORMATS)}.", details=[{"field": "format"}])
    ending, mimetype, written = _FORMATS[wanted]
    conversation = conversations.read(service().database, owner(), _id(conversation_id))
    name = exporting.file_name(conversation, ending)
    return Response(written(conversation), mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.delete("/conversations/<conversation_id>")
@described(errors=(401, 403, 404), tags=["conversations"])
def remove(conversation_id: str) -> Response:
    """Delete a conversation with everything in it"""
    conversations.remove(service().database, owner(), _id(conversation_id))
    return Response(status=204)
