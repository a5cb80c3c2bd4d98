"""GET /api/v1/errors: the catalogue, whole, by component, or one code."""

import dataclasses
from typing import Any

from flask import Blueprint, Response
from pydantic import BaseModel

from askpanda.api import replies
from askpanda.api.described import described
from askpanda.api.reading import mend
from askpanda.api.service import service
from askpanda.api.wire import reply
from askpanda.errors import NotFound

blueprint = Blueprint("errors", __name__)

#: The names that the monitor's CSV files use for components.
SHORT_NAMES = {"exe": "executor", "trans": "transform", "ddm": "dataservice"}


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
    name = _component(catalogue, component)
    return reply({"components": [name], "errors": [fields(entry) for entry in catalogue.component(name)]})


@blueprint.get("/errors/<component>/<code>")
@described(replies={200: replies.ErrorEntry}, errors=(401, 403, 404), tags=["knowledge"])
def one(component: str, code: str) -> Response:
    """One error code; an unknown one is 404 with the nearest ones in `details`"""
    catalogue = service().rooms.catalogue
    name = _component(catalogue, component)
    number = int(code) if code.lstrip("-").isascii() and code.lstrip("-").isdigit() and len(code) < 12 else None
    entry = catalogue.get(name, number) if number is not None else None
    if entry is None:
        nearest = catalogue.nearest(name, number) if number is not None else []
        words = ", ".join(f"{near.code} {near.name}" for near in nearest)
        raise NotFound(
            f"{name} has no error code {mend(code)[:40]}" + (f"; the nearest are {words}." if words else "."),
            details={"nearest": [fields(near) for near in nearest]},
        )
    return reply(fields(entry))


def _component(catalogue: Any, word: str) -> str:
    name = word.strip().lower()
    name = SHORT_NAMES.get(name, name)
    known = catalogue.components()
    if name not in known:
        raise NotFound(f"There is no such component: the components are {', '.join(known)}.", details={"nearest": known})
    return str(name)
