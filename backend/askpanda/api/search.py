"""GET /api/v1/search: whole passages of the indexed documents."""

from flask import Blueprint, Response, request

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.reading import number_argument, text_argument
from askpanda.api.service import owner, service
from askpanda.api.wire import reply
from askpanda.pipeline.purse import Purse

blueprint = Blueprint("search", __name__)

K_DEFAULT, K_LIMIT = 5, 50
QUERY_LIMIT, SOURCE_LIMIT = 4000, 200
FIELDS = ("path", "section", "title", "url", "text", "score", "source", "as_of", "kind")


@blueprint.get("/search")
@described(query=replies.SearchQuery, replies={200: replies.Passages}, errors=(400, 401, 403, 503), tags=["knowledge"])
def search() -> Response:
    """Passages that answer a question, best first; `source` narrows to one source by its name"""
    query = text_argument("q", QUERY_LIMIT)
    k = number_argument("k", K_DEFAULT, 1, K_LIMIT)
    source = text_argument("source", SOURCE_LIMIT, default="") if "source" in request.args else ""
    here = service()
    purse = Purse(here.settings, here.database, owner())
    try:
        with purse.paying_vectors():
            hits = here.rooms.store.search(query, k=k, source=source or None)
    finally:
        purse.settle()
    return reply({"results": [{name: getattr(hit, name) for name in FIELDS} for hit in hits]})
