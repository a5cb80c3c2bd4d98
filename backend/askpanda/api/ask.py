"""POST /api/v1/ask: a question comes in, an Answer or its events go out."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from askpanda.api.described import described
from askpanda.api.giving import allowance, check_model, give
from askpanda.api.reading import json_body, known_id, validated
from askpanda.api.service import Service, owner, service
from askpanda.api.wire import dumps
from askpanda.database import answers, conversations, uploads
from askpanda.errors import BadRequest, NotFound
from askpanda.pipeline.gist import told
from askpanda.pipeline.purse import Purse
from askpanda.pipeline.turn import Said, Turn
from askpanda.schema.answer import Answer, Intent
from askpanda.schema.ask import AskRequest, PageContext

blueprint = Blueprint("ask", __name__)

#: Resources are asked for twice at most; the answer of this round is the last.
LAST_ROUND = 2


@dataclass(frozen=True, slots=True)
class _Asked:
    """A validated question and where it belongs."""

    request: AskRequest
    kept: str  # the request as JSON text, as a later round wants it back
    conversation_id: str | None
    turn_id: str | None
    round: int
    routed: Intent | None = None  # what the round before was taken for


@blueprint.post("/ask")
@described(json=AskRequest, replies={200: Answer}, errors=(400, 401, 403, 404, 413, 415, 429, 503), tags=["ask"])
def ask() -> Response:
    """Ask a question; with Accept: text/event-stream the answer comes as events"""
    here = service()
    asked = _read(here, owner())
    assistant = here.rooms.assistant
    begun = answers.begin(
        here.database,
        owner(),
        asked.request.question,
        asked.kept,
        conversation_id=asked.conversation_id,
        turn_id=asked.turn_id,
        round_=asked.round,
        about=_about(asked.request.context),
    )
    return give(here, assistant, _turn(here, owner(), asked, begun))


def _read(here: Service, who: str) -> _Asked:
    data = json_body()
    if data.get("continues") is not None:
        return _read_continuing(here, who, data)
    asked = validated(AskRequest, data)
    check_model(here, asked.model)
    if asked.conversation_id is not None:
        known_id(asked.conversation_id, _no_conversation)
        conversations.require(here.database, who, asked.conversation_id)
    return _Asked(asked, dumps(asked.model_dump(mode="json", by_alias=True)), asked.conversation_id, None, 0)


def _about(page: PageContext) -> str:
    """The job or task of a page; a list that is filtered by a task is about its jobs."""
    if page.pandaid is not None:
        return f"job {page.pandaid}"
    return f"task {page.jeditaskid}" if page.jeditaskid is not None else ""


def _no_conversation() -> NotFound:
    return NotFound("There is no such conversation: leave conversation_id out to start a new one.")


def _read_continuing(here: Service, who: str, data: dict[str, Any]) -> _Asked:
    """The same turn with more resources: what earlier rounds brought stays, what comes now is laid over it."""
    message_id = data["continues"]
    if not isinstance(message_id, str):
        raise BadRequest("continues: Input should be a valid string.", details=[{"field": "continues"}])
    kept = answers.find(here.database, who, known_id(message_id, lambda: NotFound(answers.UNKNOWN)))
    if kept.status != "needs":
        raise BadRequest("continues: this answer does not wait for resources; ask a new question in its conversation.")
    before = json.loads(kept.request) if kept.request else {}
    question = before.get("question") or answers.question_of(here.database, kept.turn_id)
    new = validated(AskRequest, {**data, "question": data.get("question") or question})
    routed = answers.routed_as(here.database, kept.id)
    merged = _merged(before, new.model_dump(mode="json", by_alias=True, exclude_unset=True), question)
    asked = validated(AskRequest, merged)
    check_model(here, asked.model)
    return _Asked(asked, dumps(merged), kept.conversation_id, kept.turn_id, min(kept.round + 1, LAST_ROUND), routed)


def _merged(before: dict[str, Any], new: dict[str, Any], question: str) -> dict[str, Any]:
    context = dict(before.get("context") or {})
    for name, value in (new.pop("context", None) or {}).items():
        if name == "logs":
            fresh = {log["name"] for log in value}
            context["logs"] = [log for log in context.get("logs") or [] if log["name"] not in fresh] + value
        elif value not in (None, [], {}):
            context[name] = value
    resources = {**(before.get("resources") or {}), **(new.pop("resources", None) or {})}
    return {**before, **new, "question": question, "context": context, "resources": resources}


def _turn(here: Service, who: str, asked: _Asked, begun: answers.Begun) -> Turn:
    so_far = conversations.Past(history=asked.request.history)
    said = told(so_far.history)
    if asked.conversation_id is not None:
        so_far = conversations.past(here.database, who, begun.conversation_id, without_turn=begun.turn_id)
        rows = conversations.gists(here.database, who, begun.conversation_id, without_turn=begun.turn_id)
        said = [Said(question, gist) for question, gist in rows]
    return Turn(
        request=asked.request,
        owner=who,
        conversation_id=begun.conversation_id,
        message_id=begun.message_id,
        history=so_far.history,
        previous=so_far.previous,
        basis=so_far.basis,
        verdict=so_far.verdict,
        spoken_of=so_far.spoken_of,
        explained=so_far.explained,
        open_upload=lambda upload: uploads.open_upload(here.database, who, upload),
        round=asked.round,
        **allowance(here, asked.request.model),
        purse=Purse(here.settings, here.database, who, begun.message_id),
        said=said,
        routed=asked.routed,
    )
