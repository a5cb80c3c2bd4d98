"""Reading event streams in tests, and choosing the worker that serves them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.backend import Backend

STREAM = {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class Got:
    id: int
    name: str
    data: Any


def events(response: httpx.Response) -> Iterator[Got]:
    """Raises AssertionError, with what came instead, where the answer is no stream."""
    if response.status_code >= 400:
        raise AssertionError(f"{response.status_code}: {response.read().decode()}")
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Got(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


def first(response: httpx.Response, name: str) -> Got:
    """Reads no further than to it. Raises AssertionError, with the events that came, where there is none."""
    met: list[Got] = []
    for event in events(response):
        if event.name == name:
            return event
        met.append(event)
    raise AssertionError(f"no {name} among {met}")


@contextmanager
def asking(backend: Backend, question: str, **fields: Any) -> Iterator[httpx.Response]:
    """A stream of its own connection."""
    with (
        backend.client() as client,
        client.stream("POST", "/api/v1/ask", json={"question": question, **fields}, headers=STREAM) as r,
    ):
        yield r


@contextmanager
def following(backend: Backend, message_id: str, after: int = 0, not_on: str = "") -> Iterator[httpx.Response]:
    """The events after a number, on another worker than `not_on`."""
    for _ in range(200):
        with ExitStack() as stack:
            client = stack.enter_context(backend.client())
            headers = {**STREAM, **({"Last-Event-ID": str(after)} if after else {})}
            response = stack.enter_context(client.stream("GET", f"/api/v1/answers/{message_id}/events", headers=headers))
            if response.status_code != 200 or response.headers["X-Worker"] != not_on:
                yield response
                return
    raise AssertionError("two hundred connections all met the same worker")


def on_worker(backend: Backend, method: str, path: str, not_on: str, **kwargs: Any) -> httpx.Response:
    """A request that is made again until another worker than `not_on` answered. Only for what can be repeated."""
    for _ in range(200):
        with backend.client() as client:
            response = client.request(method, path, **kwargs)
        if response.headers.get("X-Worker") != not_on:
            return response
    raise AssertionError("two hundred connections all met the same worker")
