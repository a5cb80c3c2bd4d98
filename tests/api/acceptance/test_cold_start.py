"""The first questions after a start in a fresh state folder, before anything was compiled or read."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.api.acceptance.asking import ask
from tests.backend import running_backend
from tests.bigpanda import case

JOB = 6518760159
#: Milliseconds of own work that a first answer may take; a machine with other work gets as many times more.
FIRST = 500


def failed_job() -> dict[str, Any]:
    one = case(JOB)
    logs = [{"name": name, "text": one.log(name)[-100_000:].decode()} for name in ("payload.stdout", "pilotlog.txt")]
    job = {name: value for name, value in one.record.items() if isinstance(value, str | int | float | None)}
    return {"page": "job", "pandaid": JOB, "job": job, "logs": logs}


def test_first_answers_wait_for_nothing_and_say_the_same_as_later_ones() -> None:
    """Patterns compile beside the questions, and what finds lines until then finds the same ones."""
    context = failed_job()
    with running_backend() as backend, ThreadPoolExecutor(4) as pool:
        before = list(pool.map(lambda _: ask(backend, "why did this fail?", context=context), range(4)))
        ask(backend, "What is PanDA?")
        kept = backend.state_dir / "patterns"
        end = time.monotonic() + 120
        while len(list(kept.glob("*.hs"))) < 2:
            assert time.monotonic() < end, "the patterns were never compiled"
            time.sleep(0.1)
        late = ask(backend, "why did this fail?", context=context)
    for answer in before:
        assert answer["diagnosis"] == late["diagnosis"]
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)) * len(before)
    assert min(answer["timings"]["own"] for answer in before) < FIRST * busy
