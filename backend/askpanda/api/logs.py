"""askpanda.log: one JSON object a line, with request ids and without anybody's text."""

import logging
import logging.handlers
import time
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, g, request

from askpanda.api import problems
from askpanda.redaction import cut_secrets

#: Whose lines follow the level that is set.
OWN = ("askpanda", "askpanda_indexer", "gunicorn")

_requests = structlog.stdlib.get_logger("askpanda.requests")


def configure(file: Path, level: str) -> None:
    """Send everything that is logged in this process, gunicorn's lines too, to `file`."""
    handler = logging.handlers.WatchedFileHandler(file, encoding="utf-8")
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _frames_only,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_secrets,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # what libraries tell for information holds addresses and whole prompts; new ones do so under new names
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    for own in OWN:
        logging.getLogger(own).setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _frames_only(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception's kind and place. Its message may quote what somebody asked or what a log said."""
    error = line.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        line["error"] = " < ".join(type(one).__name__ for one in _causes(error))
        # where it was raised last, then where it began: what wraps an error stands far from its cause
        line["frames"] = [_place(frame) for one in (error, *_causes(error)[-1:]) for frame in _frames(one)]
    line.pop("stack_info", None)
    return line


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__)[-8:])


def _place(frame: traceback.FrameSummary) -> str:
    return f"{frame.filename}:{frame.lineno} {frame.name}"


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and len(chain) < 5:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _without_secrets(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if isinstance(line.get("event"), str):
        line["event"] = cut_secrets(line["event"])
    return line


def observe(app: Flask) -> None:
    """One line per request: the route's pattern instead of the address, which may hold a question."""

    @app.before_request
    def _start() -> None:
        g.log_began = time.perf_counter()

    @app.after_request
    def _line(response: Response) -> Response:
        _requests.info(
            "request",
            request_id=problems.request_id(),
            method=request.method if request.url_rule else "-",
            route=str(request.url_rule or "unknown"),
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("log_began", time.perf_counter())) * 1000, 1),
            owner=g.get("owner", ""),
        )
        return response
