"""Many readers at once: streams on two workers, their memory, and what is left behind."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil

from benchmarks.figure import Figure
from tests.backend import NO_TLS, Backend, running_backend
from tests.wire import Wire, running_wire

WORDS = "The payload failed and the reason stands in its output. " * 12

#: Each reader has a model's call of its own, which one question on the same evidence would not need.
SETTINGS = {"ASKPANDA_MODEL": "openai/slow", "ASKPANDA_RATE_LIMIT": "100000", "ASKPANDA_WORDING_KEEP_DAYS": "0"}


def figures() -> list[Figure]:
    """50 and 200 streams at once against a model that takes 5 s; memory is the rise of all workers' resident set."""
    made: list[Figure] = []
    for readers in (50, 200):
        with (
            running_wire("## user.problem\n" + WORDS) as wire,
            running_backend({**wire.environment, **SETTINGS}) as backend,
            ThreadPoolExecutor(1) as pool,
        ):
            # a thread of its own: a browser that was measured before leaves a loop running in this one
            made += pool.submit(asyncio.run, _many(backend, wire, readers)).result()
    return made


async def _many(backend: Backend, wire: Wire, readers: int) -> list[Figure]:
    limits = httpx.Limits(max_connections=readers + 10)
    async with httpx.AsyncClient(
        base_url=backend.url, headers=backend.headers(), timeout=60, limits=limits, trust_env=False, verify=NO_TLS
    ) as client:
        await asyncio.gather(*(_read(client) for _ in range(40)))
        before = _memory(backend)
        reading = [asyncio.create_task(_read(client)) for _ in range(readers)]
        peak = before
        while not all(task.done() for task in reading):
            peak = max(peak, _memory(backend))
            await asyncio.sleep(0.25)
        results = await asyncio.gather(*reading)
    for _ in range(40):
        if not wire.open_streams:
            break
        await asyncio.sleep(0.1)
    name = f"{readers} streams at once"
    return [
        Figure(f"{name}: done in full", "", [float(sum(done for done, _, _ in results))], str(readers)),
        Figure(f"{name}: first event", "s", [first for _, first, _ in results]),
        Figure(f"{name}: whole answer", "s", [whole for _, _, whole in results]),
        Figure(f"{name}: memory for each", "MB", [(peak - before) / readers / 1e6], "≤ 0.25"),
        Figure(f"{name}: model calls left behind", "", [float(wire.open_streams)], "0"),
    ]


async def _read(client: httpx.AsyncClient) -> tuple[bool, float, float]:
    started = time.perf_counter()
    first, done = 0.0, False
    body = {"question": "What is a pilot?", "model": "openai/slow"}
    async with client.stream("POST", "/api/v1/ask", json=body, headers={"Accept": "text/event-stream"}) as response:
        async for line in response.aiter_lines():
            if line.startswith("event:"):
                first = first or time.perf_counter() - started
                done = done or line == "event: done"
    return done, first, time.perf_counter() - started


def _memory(backend: Backend) -> int:
    return sum(child.memory_info().rss for child in psutil.Process(backend.process.pid).children(recursive=True))
