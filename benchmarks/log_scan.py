"""Reading a 200 MB log with the full rule set, clean and flooded, and a whole verdict on a 5 MB one.

    .venv/bin/python -m benchmarks.log_scan

Each log is read in a process of its own on one core, so that the extra memory is that of the reading alone.
"""

import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure

MB = 1 << 20
SIZE = 200 * MB
ROUNDS = 7
_PILOT = "2026-03-10 15:{:02}:{:02},{:03} | {:<8} | {:<32} | {:<25} | {}\n"


def clean_pilot(size: int) -> Iterator[bytes]:
    """A healthy pilot log: heartbeats, memory and disk checks, a warning now and then."""
    done = 0
    for number in itertools.count():
        texts = (
            ("INFO", "pilot.control.job", "job_monitor", f"monitor loop #{number}: job 0:6500000001 is in state 'running'"),
            ("INFO", "pilot.user.atlas.memory", "memory_usage",
             f"max memory (maxPSS) used by the payload is within the allowed limit: {number % 9000} kB <= 4096000 kB"),
            ("DEBUG", "pilot.util.processes", "get_cpu_consumption_time", f"CPU time for pid={4711 + number % 50}"),
            ("INFO", "pilot.util.monitoring", "check_local_space", f"sufficient disk space ({8414822400 - number} B)"),
            ("WARNING", "pilot.util.loopingjob", "get_time_for_last_touch", "found no recently updated files"),
        )  # fmt: skip
        level, logger, function, text = texts[number % len(texts)]
        line = _PILOT.format(number // 60 % 60, number % 60, number % 1000, level, logger, function, text).encode()
        done += len(line)
        if done > size:
            return
        yield line


def _athena(number: int, component: str, level: str, text: str) -> bytes:
    return f"12:{number // 60 % 60:02}:{number % 60:02} {component:<52} {level:>7} {text}\n".encode()


def clean_payload(size: int) -> Iterator[bytes]:
    """A healthy Athena log: an event after the other, a warning now and then."""
    done = 0
    for number in itertools.count():
        if number % 9 == 4:
            line = _athena(number, "TrigDecisionTool", "WARNING", f"chain HLT_mu{number % 80} is not in the menu")
        else:
            text = f"  ===>>>  done processing event #{100_000 + number}, run #284500 {number} events processed so far  <<<==="
            line = _athena(number, "AthenaEventLoopMgr", "INFO", text)
        done += len(line)
        if done > size:
            return
        yield line


def flooded_payload(size: int) -> Iterator[bytes]:
    """Errors on every second line: what a program prints that fails softly for each event."""
    done = 0
    for number in itertools.count():
        if number % 2:
            line = _athena(number, "MyAlg", "ERROR", f"Failed to retrieve container Electrons of event {number}")
        else:
            line = _athena(number, "ToolSvc.Matcher", "WARNING", f"no match for track {number}, using default")
        done += len(line)
        if done > size:
            return
        yield line


END = b"terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\nAborted (core dumped)\n"
LOGS = {
    "pilot log, healthy": ("pilotlog.txt", clean_pilot),
    "payload log, healthy": ("payload.stdout", clean_payload),
    "payload log, an error on every second line": ("payload.stdout", flooded_payload),
}


def _write(path: Path, lines: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        for line in lines:
            file.write(line)
        file.write(END)


def _measure(path: str, name: str, rounds: int) -> None:
    """Runs in a process of its own: prints {"rates": [MB/s], "cpu": [MB per CPU second], "extra": MB} as JSON."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from askpanda.diagnosis import scan, warm_up
    from askpanda.diagnosis.logfiles import kind_of

    warm_up()
    small = Path(path).read_bytes()[: 2 * MB]
    scan.scan(name, kind_of(name), scan.Source(data=small))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rates, cpu = [], []
    size = Path(path).stat().st_size
    for _ in range(rounds):
        started, used = time.perf_counter(), time.process_time()
        reading = scan.scan(name, kind_of(name), scan.Source(path=Path(path)))
        rates.append(size / MB / (time.perf_counter() - started))
        cpu.append(size / MB / (time.process_time() - used))
        if not any(mark.rule.id == "memory-bad-alloc" for mark in reading.marks("cause")):
            raise AssertionError("the line at the end was not found")
    extra = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"rates": rates, "cpu": cpu, "extra": extra}))


def _in_process(path: Path, name: str, rounds: int = ROUNDS) -> dict:
    command = [sys.executable, "-m", "benchmarks.log_scan", "measure", str(path), name, str(rounds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _verdicts(folder: Path) -> list[float]:
    """Milliseconds for a whole verdict on a 5 MB payload log, in this process."""
    from askpanda import catalogue
    from askpanda.diagnosis import diagnose, warm_up
    from askpanda.schema.evidence import JobEvidence, LogFile

    path = folder / "five"
    _write(path, clean_payload(5 * MB))
    warm_up()
    known = catalogue.load()
    record = {"pandaid": 1, "jobstatus": "failed", "piloterrorcode": 1305, "exeerrorcode": 5318, "computingsite": "SITE"}
    times = []
    for number in range(32):
        job = JobEvidence(pandaid=1, job=record, logs=[LogFile("payload.stdout", path=path)])
        started = time.perf_counter()
        verdict = diagnose(job, known)
        if number >= 2:
            times.append((time.perf_counter() - started) * 1000)
        if verdict is None or "bad_alloc" not in verdict.diagnosis.evidence[0].text:
            raise AssertionError("the verdict is not what it should be")
    return times


def figures() -> list[Figure]:
    """MB/s and extra MB of memory per kind of log, and the time of a verdict."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for title, (name, lines) in LOGS.items():
            path = folder / name
            _write(path, lines(SIZE))
            measured = _in_process(path, name)
            note = f"{statistics.median(measured['cpu']):.0f} MB per second of CPU time"
            found.append(Figure(f"200 MB {title}, one core, all rules", "MB/s", measured["rates"], "≥ 500", note))
            found.append(Figure(f"200 MB {title}, extra memory", "MB", [measured["extra"]], "≤ 100"))
            path.unlink()
        found.append(Figure("verdict on a 5 MB payload log", "ms", _verdicts(folder), "≤ 300"))
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        _measure(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        for figure in figures():
            print("  ".join(str(cell) for cell in figure.row()))
