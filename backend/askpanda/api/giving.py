"""Giving out an answer that is saved as begun: as events or as one object, on whichever worker it is made."""

from typing import Any

from flask import Response, request

from askpanda.api import sse
from askpanda.api.run import Run
from askpanda.api.service import Service
from askpanda.errors import UnknownModel
from askpanda.pipeline.purse import budget_left, resting
from askpanda.pipeline.turn import Turn


def give(here: Service, assistant: Any, turn: Turn) -> Response:
    """The answer of a turn; with Accept: text/event-stream its events."""
    reader = sse.Reader(request.environ)
    if sse.wanted():
        return sse.response(_batches(here, assistant, turn, reader))
    run = here.runner.start(assistant, turn)
    for _ in run.batches(reader.present):
        pass
    return Response(run.answer, mimetype="application/json")


def _batches(here: Service, assistant: Any, turn: Turn, reader: sse.Reader) -> Any:
    """Begins the answer when its first event is wanted: a reader who is gone by then costs nothing."""
    run: Run = here.runner.start(assistant, turn)
    yield from run.batches(reader.present)


def check_model(here: Service, name: str | None) -> None:
    """Raises `UnknownModel` for one that is not configured."""
    if name is not None and name not in here.rooms.registry.names():
        raise UnknownModel("This model is not configured: GET /api/v1/models lists the ones that are.")


def allowance(here: Service, name: str | None) -> dict[str, Any]:
    """The fields of a turn that say whether its model may be asked now."""
    model = name or here.rooms.registry.default
    return {
        "budget_left": budget_left(here.database, here.settings, model),
        "resting": resting(here.database, model),
    }
