"""How models have been doing lately, for all workers: one that fails again and again is left alone for a while.

A failure counts its cost to readers: one that only shows after a time-out counts more than a refusal that comes at once.
"""

import time
from collections.abc import Mapping
from typing import Any

from askpanda.database import limits
from askpanda.database.engine import Database

#: Failures in a row, weighed, within so many seconds, after which a model rests.
LIMIT, WITHIN_SECONDS = 9, 120.0
WEIGHTS = {"model_timeout": 3}
#: How long it rests: then one question tries it, and its failure makes it rest again.
REST_SECONDS = 15.0
#: A provider that names a longer wait than a reader would sit through is left alone for it, at most for this long.
PATIENCE_SECONDS, LONGEST_REST_SECONDS = 3, 600.0


def note(database: Database, outcome: Mapping[str, Any]) -> None:
    """Count how a model did: {model, code, retry_after}; no code where it answered, which forgets its failures."""
    model, code, wait = outcome["model"], outcome["code"], outcome["retry_after"]
    failures, rest = _keys(model)
    if not code:
        if limits.read(database, failures)[0]:
            limits.clear(database, failures)
        return
    if code == "model_busy" and wait and wait > PATIENCE_SECONDS:
        _rest(database, rest, min(float(wait), LONGEST_REST_SECONDS))
    if limits.increase(database, failures, WITHIN_SECONDS, WEIGHTS.get(code, 1)) >= LIMIT:
        _rest(database, rest, REST_SECONDS)


def resting(database: Database, model: str) -> int:
    """For how many seconds more the model is not to be asked; 0 where it may be."""
    running, until = limits.read(database, _keys(model)[1])
    return max(1, round(until - time.time())) if running else 0


def _rest(database: Database, key: str, seconds: float) -> None:
    if not limits.read(database, key)[0]:
        limits.increase(database, key, seconds)


def _keys(model: str) -> tuple[str, str]:
    return f"model-failures/{model[:200]}", f"model-rest/{model[:200]}"
