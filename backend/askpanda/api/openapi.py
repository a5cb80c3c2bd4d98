"""GET /openapi.json"""

from functools import cache

from flask import Blueprint, Response

from askpanda.api import replies
from askpanda.api.described import described, tree
from askpanda.api.wire import dumps

blueprint = Blueprint("description", __name__)


@cache
def _text() -> str:
    return dumps(tree.spec)


@blueprint.get("/openapi.json")
@described(replies={200: replies.Description}, errors=(401, 403), tags=["operation"])
def openapi() -> Response:
    """This description"""
    return Response(_text(), mimetype="application/json")
