"""Requests as they come in: hostile until read. What passes here has no secrets, no broken characters and known types."""

import json
import math
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from askpanda.errors import AskPandaError, BadRequest, TooLarge
from askpanda.redaction import cut_secrets, cut_secrets_deep

BODY_LIMIT = 1 << 20
TOO_LARGE = f"The body is larger than {BODY_LIMIT >> 10} kB: send logs by POST /api/v1/uploads and name the upload."
DEPTH_LIMIT = 32
INTEGER_LIMIT = 1 << 63
#: Seconds without a byte from a client before its request is given up: threads are for those who send.
PATIENCE_SECONDS = 30.0

Model = TypeVar("Model", bound=BaseModel)

_SURROGATE = re.compile("[\ud800-\udfff]")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def mend(text: str) -> str:
    """`text` with what no database and no encoding takes (NUL, half of a surrogate pair) replaced."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def clean_text(text: str) -> str:
    return cut_secrets(mend(text))


def checked(value: Any, depth: int = 1) -> Any:
    """A copy of parsed JSON with its texts mended. Raises `BadRequest` for what is too deep or no number of JSON."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, dict | list):
        if depth > DEPTH_LIMIT:
            raise BadRequest(f"The JSON is nested deeper than {DEPTH_LIMIT} levels: send less of it.")
        if isinstance(value, dict):
            return {mend(name): checked(item, depth + 1) for name, item in value.items()}
        return [checked(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise BadRequest("The JSON holds a number that is not finite: send null instead.")
    if isinstance(value, int) and abs(value) >= INTEGER_LIMIT:
        raise BadRequest("The JSON holds an integer of more than 64 bits: send it as text.")
    return value


def _not_a_number(word: str) -> Any:
    raise BadRequest(f"{word} is not JSON: send null instead.")


def json_body() -> dict[str, Any]:
    """The request's JSON object, cleaned. Raises `BadRequest`, `TooLarge`, or 415 for another content type."""
    if not request.is_json or request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType
    raw = body(BODY_LIMIT)
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_not_a_number)
    except UnicodeDecodeError as error:
        raise BadRequest("The body is not UTF-8.") from error
    except RecursionError as error:
        raise BadRequest(f"The JSON is nested deeper than {DEPTH_LIMIT} levels: send less of it.") from error
    except ValueError as error:
        raise BadRequest("The body is not JSON.") from error
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    cleaned: dict[str, Any] = cut_secrets_deep(checked(data))
    return cleaned


def body(limit: int) -> bytes:
    """The whole body, whatever its transfer encoding. Raises `TooLarge` above `limit` bytes."""
    pieces = bytearray()
    for piece in stream():
        pieces += piece
        if len(pieces) > limit:
            drain()
            raise TooLarge(TOO_LARGE)
    return bytes(pieces)


def stream(piece: int = 1 << 16) -> Any:
    """The body in pieces; a broken transfer is the client's fault and raises `BadRequest`."""
    be_patient()
    source = request.stream
    while True:
        try:
            data = source.read(piece)
        except (HTTPException, AskPandaError):
            raise
        except Exception as error:  # gunicorn's parser has a dozen kinds for bad chunks, sockets their own
            raise BadRequest("The body could not be read to its end.") from error
        if not data:
            return
        yield data


def be_patient(seconds: float = PATIENCE_SECONDS) -> None:
    """A client that stops sending or reading does not hold a thread for ever."""
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(seconds)


def drain(limit: int = 256 << 20, seconds: float = 10.0) -> None:
    """Read a refused body away. Closing with unread bytes resets the connection, and the client never sees why."""
    end = time.monotonic() + seconds
    try:
        be_patient(seconds)
        while limit > 0 and time.monotonic() < end:
            data = request.environ["wsgi.input"].read(1 << 16)  # Flask's stream refuses beyond its limit
            if not data:
                return
            limit -= len(data)
    except Exception:  # whatever breaks here: the request is being refused already
        return


def drain_refused(response: Response) -> Response:
    """The same for whatever is refused before its body was read: a stranger's, somebody's who asked too often."""
    if response.status_code >= 400 and request.method in ("POST", "PUT", "PATCH", "DELETE"):
        drain(limit=8 << 20, seconds=2.0)
    return response


def validated(model: type[Model], data: dict[str, Any]) -> Model:
    """`data` as a contract type. A null at the top means the same as a field that is missing."""
    try:
        return model.model_validate({name: value for name, value in data.items() if value is not None})
    except ValidationError as error:
        problems = [
            {"field": ".".join(str(part) for part in one["loc"]), "problem": one["msg"]}
            for one in error.errors(include_url=False, include_context=False, include_input=False)[:10]
        ]
        first = problems[0]
        raise BadRequest(f"{first['field']}: {first['problem']}.", details=problems) from error


def text_argument(name: str, limit: int, default: str | None = None) -> str:
    """A text from the query; raises `BadRequest` where it is missing, empty or too long."""
    text = clean_text(request.args.get(name, "")).strip()
    if not text and default is not None:
        return default
    if not 1 <= len(text) <= limit:
        raise BadRequest(f"{name}: give 1 to {limit} characters.", details=[{"field": name}])
    return text


def number_argument(name: str, default: int, low: int, high: int) -> int:
    """An integer from the query; raises `BadRequest` where it is none or out of its bounds."""
    word = request.args.get(name)
    if word is None:
        return default
    if re.fullmatch(r"-?[0-9]{1,9}", word) and low <= int(word) <= high:
        return int(word)
    raise BadRequest(f"{name}: give a whole number from {low} to {high}.", details=[{"field": name}])


def known_id(text: str, missing: Callable[[], AskPandaError]) -> str:
    """An id as we make them; what cannot be one is unknown, and never reaches the database."""
    if not _ID.match(text):
        raise missing()
    return text
