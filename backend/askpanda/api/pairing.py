"""POST /api/v1/pair: a one-time code becomes a token. The only way in without one."""

from flask import Blueprint, Response
from pydantic import Field

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.reading import json_body, validated
from askpanda.api.service import service
from askpanda.api.wire import reply
from askpanda.database import tokens
from askpanda.schema.base import Contract

blueprint = Blueprint("pairing", __name__)


class Pairing(Contract):
    """`name` says what is being paired, such as "Firefox on my laptop"."""

    code: str = Field(min_length=1, max_length=64)
    name: str = Field("", max_length=100)


@blueprint.post("/pair")
@described(json=Pairing, replies={200: replies.Paired}, errors=(400, 403), tags=["pairing"], public=True)
def pair() -> Response:
    """Exchange the code that `askpanda pair` printed for a token"""
    wish = validated(Pairing, json_body())
    token, owner = tokens.redeem(service().database, wish.code, wish.name)
    return reply({"token": token, "owner": owner})
