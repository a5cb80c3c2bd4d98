"""Which models can be asked for."""

from flask import Blueprint, Response

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.service import service
from askpanda.api.wire import reply

blueprint = Blueprint("models", __name__)


@blueprint.get("/models")
@described(replies={200: replies.Models}, tags=["models"])
def listed() -> Response:
    """The configured models; `remote` ones get text beyond this site"""
    registry = service().rooms.registry
    return reply({"models": registry.describe(), "default": registry.default})
