"""JSON as it leaves: what a client's parser always reads, whatever a log or a page put into it."""

import json
import math
from typing import Any

from flask import Response


def dumps(value: Any) -> str:
    """Pure ASCII, so that half of a surrogate pair from a cut-off text passes; NaN and infinity become null."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_finite(value), separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def reply(value: Any, status: int = 200) -> Response:
    return Response(dumps(value), status=status, mimetype="application/json")
