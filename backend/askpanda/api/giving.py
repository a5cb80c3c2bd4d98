"""Giving out an answer that is saved as begun: as events or as one object, on whichever worker it is made."""

from typing import Any

from flask import Response, request

from askpanda.api import sse
from askpanda.api.run import Run
from askpanda.api.service import Service
from askpanda.database import usage
from askpanda.errors import UnknownModel
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


def budget_left(here: Service) -> bool:
    """Whether models may still be paid today."""
    budget = here.settings.daily_budget_usd
    return not budget or usage.spent_today(here.database) < budget
