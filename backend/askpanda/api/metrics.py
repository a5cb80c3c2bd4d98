"""Figures for Prometheus, summed over the workers, and the route that gives them."""

import os
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, request

from askpanda.api.described import described
from askpanda.schema.answer import Answer

blueprint = Blueprint("metrics", __name__)

#: prometheus_client decides at its first import whether the workers share their figures, hence no import up here.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share(folder: Path) -> None:
    """Let the workers of this installation share their figures. Call it before the fork."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left_over in folder.glob("*.db"):
        left_over.unlink(missing_ok=True)
    os.environ[_FOLDER] = str(folder)


class _Figures:
    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram

        self.requests = Counter("askpanda_requests", "Requests by route, method and status", ["route", "method", "status"])
        self.seconds = Histogram("askpanda_request_seconds", "Time until the answer's first byte", ["route"])
        self.answers = Counter("askpanda_answers", "Answers by intent and status", ["intent", "status"])
        self.answer_seconds = Histogram("askpanda_answer_seconds", "Time until an answer was complete", ["intent"])
        self.tokens = Counter("askpanda_model_tokens", "Tokens by model and direction", ["model", "direction"])
        self.cost = Counter("askpanda_model_cost_usd", "Cost in US dollars by model", ["model"])


_figures: _Figures | None = None


def _the_figures() -> _Figures:
    global _figures
    if _figures is None:
        _figures = _Figures()
    return _figures


def answered(answer: Answer, seconds: float) -> None:
    figures = _the_figures()
    figures.answers.labels(answer.intent, answer.status).inc()
    figures.answer_seconds.labels(answer.intent).observe(seconds)
    for call in answer.usage.calls:
        figures.tokens.labels(call.model, "input").inc(call.input_tokens)
        figures.tokens.labels(call.model, "output").inc(call.output_tokens)
        figures.cost.labels(call.model).inc(max(0.0, call.cost_usd))


def worker_gone(pid: int) -> None:
    """A worker ended: its gauges no longer count."""
    if os.environ.get(_FOLDER):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(pid)


def observe(app: Flask) -> None:
    figures = _the_figures()

    @app.before_request
    def _start() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        route = str(request.url_rule) if request.url_rule else "unknown"
        figures.requests.labels(route, request.method if request.url_rule else "-", response.status_code).inc()
        figures.seconds.labels(route).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response


@blueprint.get("/metrics")
@described(tags=["operation"])
def metrics() -> Response:
    """Figures in Prometheus' text format, summed over the workers"""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

    registry: Any = REGISTRY
    if os.environ.get(_FOLDER):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
