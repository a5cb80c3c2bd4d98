"""Giving out an answer that is saved as begun: as events or as one object, on whichever worker it is made."""

from typing import Any

from flask import Response, request

from askpanda.api import sse
from askpanda.api.run import Run
from askpanda.api.service import Service
from askpanda.database import health, usage
from askpanda.errors import UnknownModel
from askpanda.models.limits import limits
from askpanda.models.providers import PROVIDERS
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


def budget_left(here: Service, name: str | None) -> bool:
    """Whether models may still be paid today, and this one's provider."""
    budget = here.settings.daily_budget_usd
    if budget and usage.spent_today(here.database) >= budget:
        return False
    provider = (name or here.rooms.registry.default).partition("/")[0]
    own = limits(here.settings)[provider].budget if here.settings.provider_limits and provider in PROVIDERS else 0.0
    return not own or usage.spent_today(here.database, provider) < own


def resting(here: Service, name: str | None) -> dict[str, str]:
    """The turn's model with the reason why it is left alone now; empty where it may be asked."""
    model = name or here.rooms.registry.default
    seconds = health.resting(here.database, model) if model != "none" else 0
    if not seconds:
        return {}
    return {model: f"{model} asked for time, or failed several times in a row; it is asked again in {seconds} s."}
