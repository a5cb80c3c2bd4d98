"""Asking about live facts against the local monitor: a client that fetches, the backend's own reader, and one with CRIC too."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from pipeline_kit import assistant, run, turn

from askpanda.schema.answer import Answer

if TYPE_CHECKING:
    from tests.bigpanda.serving import Monitor

Ask = Callable[..., Answer]
Way = Callable[..., Ask]


def _resource(page: httpx.Response, as_: str) -> dict[str, Any]:
    found: dict[str, Any] = {"status": page.status_code, "content_type": page.headers.get("content-type", "")}
    if as_ == "json" and "json" in found["content_type"]:
        return {**found, "json": page.json()}
    return {**found, "text": page.text}


def fetching(folder: Path, monitor: str, **settings: Any) -> Ask:
    """As the extension asks: whatever an answer needs is fetched and sent along, twice at most."""
    made = assistant(folder, **settings)

    def ask(question: str, **given: Any) -> Answer:
        context = {"monitor": monitor, **given.pop("context", {})}
        resources: dict[str, Any] = {}
        for turns in range(3):
            _, answer = run(made, turn(question, context=context, resources=resources, round=turns, **given))
            if answer.status != "needs":
                return answer
            for wanted in answer.requests:
                page = httpx.get(monitor + wanted.path, follow_redirects=True)
                resources[wanted.path] = _resource(page, wanted.as_)
        raise AssertionError("asked for more after two rounds")

    return ask


def reading(folder: Path, monitor: str, **settings: Any) -> Ask:
    """As the command line asks: the backend reads the monitor itself."""
    made = assistant(folder, monitor_url=monitor, **settings)

    def ask(question: str, **given: Any) -> Answer:
        return run(made, turn(question, **given))[1]

    return ask


def with_cric(folder: Path, monitor: str) -> Ask:
    return reading(folder, monitor, cric_url=f"{monitor}/cric/api/atlas/pandaqueue/query/?json")


def on(page: dict[str, Any], monitor: "Monitor") -> dict[str, Any]:
    """The context of a page whose address is a path of the monitor."""
    return {**page, "url": monitor.url + page["url"]}


def table(answer: Answer, title: str = "") -> list[list[Any]]:
    return next(block for block in answer.blocks if block.kind == "table" and title in block.title).data["rows"]


def is_sourced(answer: Answer) -> None:
    """Says when and from where it was read."""
    assert answer.status == "answered"
    live = [citation for citation in answer.citations if citation.kind == "live"]
    assert live
    assert all(citation.as_of for citation in live)
    assert re.search(r"on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", answer.text)
    assert f"[{live[0].n}]" in answer.text or any(f"[{citation.n}]" in answer.text for citation in live)
