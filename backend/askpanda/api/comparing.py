"""POST /api/v1/answers/MESSAGE_ID/compare: another model words the evidence of an answer that is there."""

from flask import Blueprint, Response
from pydantic import Field

from askpanda.api.described import described
from askpanda.api.giving import allowance, check_model, give
from askpanda.api.reading import json_body, known_id, validated
from askpanda.api.service import owner, service
from askpanda.database import answers
from askpanda.errors import BadRequest, NotFound
from askpanda.pipeline.kept import Kept
from askpanda.pipeline.purse import Purse
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import Answer
from askpanda.schema.ask import AskRequest
from askpanda.schema.base import Contract

blueprint = Blueprint("comparing", __name__)


class CompareRequest(Contract):
    model: str = Field(min_length=1, max_length=200)


@blueprint.post("/answers/<message_id>/compare")
@described(json=CompareRequest, replies={200: Answer}, errors=(400, 401, 403, 404, 429, 503), tags=["ask"])
def compare(message_id: str) -> Response:
    """Let another model word the same evidence; nothing is fetched again. Streams as /ask does"""
    here, who = service(), owner()
    wish = validated(CompareRequest, json_body())
    check_model(here, wish.model)
    compared = answers.find(here.database, who, known_id(message_id, lambda: NotFound(answers.UNKNOWN)))
    kept = _evidence(answers.evidence_of(here.database, compared.base))
    assistant = here.rooms.assistant
    begun = answers.begin_comparison(here.database, who, compared.base, wish.model)
    turn = Turn(
        AskRequest(question=kept.question, model=wish.model),
        owner=who,
        conversation_id=begun.conversation_id,
        message_id=begun.message_id,
        **allowance(here, wish.model),
        purse=Purse(here.settings, here.database, who, begun.message_id),
        kept=kept,
    )
    return give(here, assistant, turn)


def _evidence(data: str) -> Kept:
    """Raises `BadRequest` where there is none, also where an older version kept it in a shape that is no longer understood."""
    try:
        return Kept.model_validate_json(data)
    except ValueError as error:
        raise BadRequest(answers.NO_EVIDENCE) from error
