"""One shape for every error, ours and Flask's own, and none of them tells what somebody sent."""

import logging
import uuid
from typing import Any

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RateLimitExceeded
from werkzeug.exceptions import HTTPException

from askpanda.api import reading
from askpanda.api.limits import seconds_left
from askpanda.api.wire import reply
from askpanda.errors import AskPandaError, TooLarge

log = logging.getLogger("askpanda.api")

_WORDS = {
    400: ("bad_request", "The request could not be understood."),
    404: ("not_found", "There is nothing at this address: /openapi.json lists the routes."),
    405: ("method_not_allowed", "This address does not know this method: /openapi.json lists the routes."),
    413: ("too_large", reading.TOO_LARGE),
    415: ("unsupported_media_type", "Send JSON as it is, not packed, with the header Content-Type: application/json."),
    429: ("too_many_requests", "Too many questions in a minute: wait, then ask again."),
}


def request_id() -> str:
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex
    return str(g.request_id)


def problem(status: int, code: str, message: str, details: Any = None, retry_after: int | None = None) -> Response:
    shape = {"code": code, "message": message, "details": {} if details is None else details, "request_id": request_id()}
    response = reply({"error": shape}, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, retry_after))
    return response


def install(app: Flask, limiter: Limiter) -> None:
    @app.errorhandler(AskPandaError)
    def _ours(error: AskPandaError) -> Response:
        if isinstance(error, TooLarge):
            reading.drain()
        if error.status >= 500:
            log.error("%s: %s", error.code, error.message)
        status = error.status if error.status != 502 else 503  # a model's failure is no gateway's
        return problem(status, error.code, error.message, error.details, error.retry_after)

    @app.errorhandler(RateLimitExceeded)
    def _limited(error: RateLimitExceeded) -> Response:
        code, message = _WORDS[429]
        return problem(429, code, message, retry_after=seconds_left(limiter))

    @app.errorhandler(HTTPException)
    def _flasks(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:  # a redirect that Flask makes of a missing slash: we have no such addresses
            status = 404
        if status == 413:
            reading.drain()
        code, message = _WORDS.get(status, (f"http_{status}", error.name))
        response = problem(status, code, message)
        if status == 405 and (allowed := getattr(error, "valid_methods", None)):
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    @app.errorhandler(Exception)
    def _unforeseen(error: Exception) -> Response:
        log.error("unforeseen error in %s", request.endpoint, exc_info=error)
        return problem(500, "internal_error", "Something broke in Ask PanDA; askpanda.log has it under this request_id.")
