"""How long until it is there: import, and a server with its index."""

import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.figure import Figure
from tests.backend import running_backend


def figures() -> list[Figure]:
    """Import time in fresh interpreters; `askpanda serve` to /readyz, with an index there and from an empty folder."""
    return [
        Figure("import askpanda", "s", [_import("askpanda") for _ in range(9)], "≤ 0.5"),
        Figure("askpanda --help", "s", [_seconds([_askpanda(), "--help"]) for _ in range(5)]),
        *_server(),
    ]


def _askpanda() -> str:
    return str(Path(sys.executable).parent / "askpanda")


def _import(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - started


def _server() -> list[Figure]:
    first, again = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            first.append(_ready(folder))
            again.extend(_ready(folder) for _ in range(2))
    return [
        Figure("server ready, index there", "s", again, "≤ 4"),
        Figure("server ready, empty state folder (index built first)", "s", first),
    ]


def _ready(folder: str) -> float:
    started = time.perf_counter()
    with running_backend({"ASKPANDA_STATE_DIR": folder}) as backend:
        urllib.request.urlopen(f"{backend.url}/readyz", timeout=10).close()
        return time.perf_counter() - started
