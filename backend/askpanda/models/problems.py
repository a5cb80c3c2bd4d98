"""What can go wrong with a provider, in one set of errors, whichever SDK noticed it."""

import asyncio
import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

from askpanda.errors import ModelBusy, ModelDown, ModelError, ModelGarbage, ModelRefused, ModelTimeout

#: Names of errors in a stream that mean: later.
_OVERLOADED = ("overloaded_error", "rate_limit_error", "api_error")

#: How providers say that a prompt is longer than the model's window (OpenAI's `context_length_exceeded`, Anthropic's `prompt is
#: too long`, Gemini's `input token count exceeds`, Mistral's and vLLM's `maximum context length`, Ollama's `context length`).
_TOO_LONG = re.compile(
    r"context.?length|context.?window|too long|token count.{0,40}exceed|too many tokens|too large for model", re.I
)
#: How they say that a filter of theirs refused the text (OpenAI's and Azure's `content_filter`, `content_policy_violation`).
_FILTERED = re.compile(r"content.?filter|content.?policy|content management policy|moderation|safety", re.I)


def as_model_error(problem: BaseException, model: str) -> ModelError:
    """The error of ours for `problem`, which an SDK raised while `model` was asked.

    Recognised by status code, header and kind rather than by the SDK's own classes, so that every provider is one case.
    """
    if isinstance(problem, ModelError):
        return problem
    if isinstance(problem, ImportError):
        return ModelRefused(f"{model} cannot be asked: its library could not be loaded. Install the locked versions again.")
    status = _status(problem)
    if status is None and _kind(problem) in _OVERLOADED:
        return ModelBusy(f"{model} takes no more questions for the moment.", retry_after=_retry_after(problem))
    if status in (401, 403):
        return ModelRefused(f"{model} refused the key (HTTP {status}). Check the provider's key in the server's environment.")
    if status == 404:
        return ModelRefused(f"{model} is not known to its provider (HTTP 404). Check the name in ASKPANDA_MODEL.")
    if status == 429:
        return ModelBusy(f"{model} takes no more questions for the moment (HTTP 429).", retry_after=_retry_after(problem))
    if status is not None and status >= 500:
        return ModelDown(f"{model} has a fault on its side (HTTP {status}).", retry_after=_retry_after(problem))
    if status is not None and status < 400:
        return ModelRefused(
            f"{model} points to another address (HTTP {status}), and no question is sent on to where a server points. "
            "If that is where it is now, set its address to it."
        )
    said = _said(problem)
    if status is not None and _TOO_LONG.search(said):
        return ModelRefused(f"{model} cannot take a question with so much evidence (HTTP {status}): its window is too small.")
    if status is not None and _FILTERED.search(said):
        return ModelRefused(f"{model} declined to answer (HTTP {status}): its provider's filter took exception to the text.")
    if status is not None:
        return ModelRefused(f"{model} did not take the request (HTTP {status}).")
    names = {kind.__name__ for kind in type(problem).__mro__}
    if isinstance(problem, TimeoutError | asyncio.TimeoutError) or any("Timeout" in name for name in names):
        return ModelTimeout(f"{model} did not answer in time.")
    if names & {"APIConnectionError", "TransportError", "RequestError", "NoResponseError", "ConnectionError", "OSError"}:
        return ModelDown(f"{model} could not be reached, or the connection broke.")
    return ModelGarbage(f"{model} sent an answer that cannot be read ({type(problem).__name__}).")


def _kind(problem: BaseException) -> str:
    """What an error that comes in the middle of a stream calls itself, as Anthropic's do under status 200."""
    body = getattr(problem, "body", None)
    error = body.get("error", body) if isinstance(body, dict) else None
    return str(error.get("type", "")) if isinstance(error, dict) else ""


def _said(problem: BaseException) -> str:
    """What the provider says of its error: read for its kind, never shown."""
    body = getattr(problem, "body", None) or getattr(problem, "details", None)
    return f"{problem} {body}"[:4000]


def _status(problem: BaseException) -> int | None:
    status = getattr(problem, "status_code", None) or getattr(problem, "code", None)  # Google's errors have a code
    return status if isinstance(status, int) and status >= 300 else None


def _retry_after(problem: BaseException) -> int | None:
    headers: Any = getattr(getattr(problem, "response", None), "headers", None) or getattr(problem, "headers", None)
    said = str(headers.get("retry-after") or "").strip() if headers else ""
    said = said or _delay_of(getattr(problem, "details", None))
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:  # the header may name the moment instead
        try:
            moment = parsedate_to_datetime(said)
            seconds = moment.timestamp() - time.time()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(round(seconds), 1), 3600) if math.isfinite(seconds) else None


def _delay_of(body: Any) -> str:
    """Seconds that Google's RetryInfo asks for (google/rpc/error_details.proto); "" where there is none."""
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str):
            return delay.removesuffix("s")
    return ""
