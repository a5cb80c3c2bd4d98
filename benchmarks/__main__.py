"""`make bench [ONLY=name,name]`: runs the benches one after the other and prints one table."""

import argparse
import importlib
import os
import platform
import sys
import time
import traceback

from rich.console import Console
from rich.table import Table

from benchmarks.figure import Figure

BENCHES = [
    "starting",
    "answers",
    "diagnosis",
    "signatures",
    "log_scan",
    "routing",
    "conversations",
    "retrieval",
    "searching",
    "extension",
    "streams",
    "lies",
    "costs",
]


def main() -> int:
    """0 when every bench ran; 1 when one broke (the others are printed all the same)."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("only", nargs="*", default=[n for n in os.environ.get("ONLY", "").split(",") if n], metavar="BENCH")
    chosen = parser.parse_args().only or BENCHES
    console = Console(width=None if sys.stdout.isatty() else 170)
    broken = 0
    table = Table(title=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", show_lines=False)
    for heading in ("figure", "median", "p95", "lowest to highest", "n", "target", ""):
        table.add_column(heading, overflow="fold")
    for name in chosen:
        started = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            figures: list[Figure] = importlib.import_module(f"benchmarks.{name}").figures()
        except Exception:
            traceback.print_exc()
            figures, broken = [Figure(name, "", note="broke, see above")], 1
        for figure in figures:
            table.add_row(*figure.row())
        table.add_section()
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    console.print(table)
    return broken


if __name__ == "__main__":
    sys.exit(main())
