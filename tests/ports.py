"""Ports for servers that are started a moment after their port was chosen, as a program of its own wants it.

A port that the system gives away (`bind` to 0, every outgoing connection) may be given away again until that server has it, and
whoever asks then meets somebody else's server. These are below what the system gives away, and each process of the tests that
run side by side has a band of its own.
"""

import os
import random
import socket
from collections.abc import Iterator

FIRST, BAND, BANDS = 12_000, 2_500, 8


def _band() -> Iterator[int]:
    """All ports of this process, from a random one on: tests of another checkout may have the same band."""
    number = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", ""))) or BANDS - 1)
    start = random.randrange(BAND)
    while True:
        for step in range(BAND):
            yield FIRST + number % BANDS * BAND + (start + step) % BAND


_ports = _band()


def free_port() -> int:
    """One that nothing listens on, and that is not given again before all others were."""
    for _ in range(BAND):
        port = next(_ports)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"none of {BAND} ports is free")
