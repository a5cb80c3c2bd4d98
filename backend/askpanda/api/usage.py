"""What the models were used for."""

from flask import Blueprint, Response

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.reading import number_argument
from askpanda.api.service import owner, service
from askpanda.api.wire import reply
from askpanda.database import usage

blueprint = Blueprint("usage", __name__)


@blueprint.get("/usage")
@described(query=replies.UsageQuery, replies={200: replies.UsageReport}, tags=["models"])
def spent() -> Response:
    """One's own model calls, tokens and cost, per day and model, by purpose, and of the last answers that asked one"""
    days = number_argument("days", 30, 1, 3650)
    database = service().database
    kinds = {"usage": usage.by_day, "purposes": usage.by_purpose, "answers": usage.by_answer}
    return reply({name: found(database, days, owner()) for name, found in kinds.items()})
