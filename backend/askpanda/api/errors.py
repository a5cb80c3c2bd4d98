"""GET /api/v1/errors: the catalogue, whole, by component, or one code."""

import dataclasses
import re
from typing import Any

from flask import Blueprint, Response
from pydantic import BaseModel

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.reading import mend
from askpanda.api.service import service
from askpanda.api.wire import reply
from askpanda.catalogue import COMPONENTS, resolve
from askpanda.errors import NotFound

blueprint = Blueprint("errors", __name__)

_NUMBER = re.compile(r"-?[0-9]{1,10}\Z")


def fields(entry: Any) -> dict[str, Any]:
    """An entry of the catalogue with every field."""
    if isinstance(entry, BaseModel):
        return entry.model_dump(mode="json")
    if dataclasses.is_dataclass(entry) and not isinstance(entry, type):
        return dataclasses.asdict(entry)
    raise TypeError(f"an entry of the catalogue, not {type(entry).__name__}")


@blueprint.get("/errors")
@described(replies={200: replies.ErrorEntries}, errors=(401, 403), tags=["knowledge"])
def everything() -> Response:
    """Every error code of every component, ascending"""
    catalogue = service().rooms.catalogue
    entries = [fields(entry) for name in catalogue.components() for entry in catalogue.component(name)]
    return reply({"components": catalogue.components(), "errors": entries})


@blueprint.get("/errors/<component>")
@described(replies={200: replies.ErrorEntries}, errors=(401, 403, 404), tags=["knowledge"])
def of_component(component: str) -> Response:
    """Every error code of one component, ascending"""
    catalogue = service().rooms.catalogue
    name = known_component(component)
    return reply({"components": [name], "errors": [fields(entry) for entry in catalogue.component(component)]})


@blueprint.get("/errors/<component>/<code>")
@described(replies={200: replies.ErrorEntry}, errors=(401, 403, 404), tags=["knowledge"])
def one(component: str, code: str) -> Response:
    """One error code; an unknown one is 404 with the nearest ones in `details`"""
    catalogue = service().rooms.catalogue
    if not _NUMBER.match(code):
        raise NotFound(f"There is no error code {mend(code)[:40]}: codes are numbers.", details={"nearest": []})
    return reply(fields(find(catalogue, component, int(code))))


def find(catalogue: Any, component: str, code: int) -> Any:
    """The entry; raises `NotFound` with the nearest ones."""
    entry = catalogue.get(component, code)
    if entry is not None:
        return entry
    nearest = catalogue.nearest(component, code)
    words = ", ".join(f"{near.code} {near.name}" for near in nearest)
    raise NotFound(
        f"{mend(component)[:40]} has no error code {code}" + (f"; the nearest are {words}." if words else "."),
        details={"nearest": [fields(near) for near in nearest]},
    )


def known_component(word: str) -> str:
    """The component that `word` (its own name, the records' one, a worker-node script) means, also one that has no listed
    codes, such as brokerage; raises `NotFound`."""
    known = resolve(word)
    if known is None:
        names = ", ".join(COMPONENTS)
        raise NotFound(f"There is no such component: the components are {names}.", details={"nearest": list(COMPONENTS)})
    return known[0]
