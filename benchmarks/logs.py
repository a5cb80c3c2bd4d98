"""Logs and records that the benches ask about, made here so that every run has the same."""

import itertools
from typing import Any

PANDAID = 6802258254
CAUSE = "cling JIT session error: Cannot allocate memory"

JOB: dict[str, Any] = {
    "pandaid": PANDAID, "jobstatus": "failed", "computingsite": "MWT2", "transformation": "runGen-00-00-02", "attemptnr": 1,
    "maxattempt": 3, "piloterrorcode": 1305, "piloterrordiag": "payload execution failed with 220", "transexitcode": "220",
    "exeerrorcode": 0, "produsername": "A User", "prodsourcelabel": "user", "jeditaskid": 46374299, "corecount": 1,
}  # fmt: skip
CONTEXT: dict[str, Any] = {
    "monitor": "https://bigpanda.cern.ch", "url": f"https://bigpanda.cern.ch/job?pandaid={PANDAID}", "page": "job",
    "pandaid": PANDAID, "status": "failed", "job": JOB,
}  # fmt: skip


def payload_stdout(size: int) -> bytes:
    """About `size` bytes of an event loop's output, with the decisive line near its end."""
    lines = (
        f"Processing entry {n} of 2000000 mass = {n % 977 / 7:.3f} GeV  weight = 1.0\n".encode() for n in itertools.count()
    )
    made, total = [b"=== start with build timestamp: 2026-03-10\n"], 0
    while total < size:
        line = next(lines)
        made.append(line)
        total += len(line)
    made += [CAUSE.encode() + b"\n", b"ERROR: the user program ended with 220\n", b"=== end\n"]
    return b"".join(made)
