"""How long a reader waits: whole answers without a model, and our own time before a model's first byte."""

import time

from benchmarks.figure import Figure
from benchmarks.logs import CAUSE, CONTEXT, PANDAID, payload_stdout
from tests.backend import Backend, running_backend
from tests.wire import running_wire

ROUNDS = 25
QUESTION = "Why did this job fail?"


def figures() -> list[Figure]:
    """Milliseconds, seen by a client on this machine; a first question to warm up each worker is left out."""
    log = payload_stdout(5_000_000)
    with running_wire("## user.problem\nThe payload ran out of memory.\n") as wire:
        arrivals: list[float] = []
        reply = wire.reply

        def first(_: object) -> str:
            arrivals.append(time.perf_counter())
            return str(reply)

        wire.reply = first
        with running_backend(
            {**wire.environment, "ASKPANDA_MODEL": "openai/good", "ASKPANDA_WORDING_KEEP_DAYS": "0"}
        ) as backend:
            whole = _whole(backend, log)
            plain = _plain(backend)
            own = _own(backend, arrivals)
    return [
        Figure("whole answer, model none, 5 MB log uploaded before", "ms", whole, "p95 ≤ 300"),
        Figure("whole answer, model none, documentation question", "ms", plain),
        Figure("own time before the model is asked, with retrieval", "ms", own, "p95 ≤ 60"),
    ]


def _ask(backend: Backend, body: dict) -> tuple[float, dict]:
    with backend.client() as client:
        started = time.perf_counter()
        answer = client.post("/api/v1/ask", json=body)
        took = time.perf_counter() - started
    answer.raise_for_status()
    return took * 1000, answer.json()


def _resources(backend: Backend, log: bytes) -> dict:
    with backend.client() as client:
        upload = client.post("/api/v1/uploads?name=payload.stdout", content=log).json()["upload"]
    listing = f"/filebrowser/?pandaid={PANDAID}&json&filename="
    gone = {"status": 404, "content_type": "application/json", "json": {"error": "not there"}}
    return {
        f"/job?pandaid={PANDAID}&json": {"status": 200, "content_type": "application/json", "json": {"job": CONTEXT["job"]}},
        f"{listing}payload.stdout": {"status": 200, "content_type": "text/plain", "upload": upload},
        f"{listing}payload.stderr": gone,
    }


def _whole(backend: Backend, log: bytes) -> list[float]:
    times = []
    for number in range(ROUNDS + 4):
        resources = _resources(backend, log)
        took, answer = _ask(backend, {"question": QUESTION, "model": "none", "context": CONTEXT, "resources": resources})
        shown = [e["text"] for e in answer["diagnosis"]["evidence"]]
        if not any(CAUSE in text for text in shown):
            raise AssertionError(f"the decisive line was not found, so the time means nothing: {shown}")
        if number >= 4:
            times.append(took)
    return times


def _plain(backend: Backend) -> list[float]:
    return [_ask(backend, {"question": "How does Harvester work?", "model": "none"})[0] for _ in range(ROUNDS + 4)][4:]


def _own(backend: Backend, arrivals: list[float]) -> list[float]:
    times = []
    for _ in range(ROUNDS + 4):
        with backend.client() as client:
            started = time.perf_counter()
            client.post(
                "/api/v1/ask", json={"question": QUESTION, "model": "openai/good", "context": CONTEXT}
            ).raise_for_status()
        times.append((arrivals[-1] - started) * 1000)
    return times[4:]
