"""One question on the same evidence is one call of a model, whichever worker and whoever asks, also after a restart."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.streams import STREAM, Got, events
from tests.backend import Backend, running_backend
from tests.wire import Wire, running_wire

WORDS = "## description\nPanDA is a workload management system. It serves several experiments.\n"
JOB = {"pandaid": 6519134287, "jobstatus": "failed", "computingsite": "MWT2", "piloterrorcode": 1324, "attemptnr": 1}
#: As a client asks that has looked for the log and found none.
WHY = {
    "question": "why did this fail?",
    "context": {"page": "job", "pandaid": JOB["pandaid"], "job": JOB},
    "resources": {"/filebrowser/?pandaid=6519134287&json&filename=pilotlog.txt": {"status": 404}},
}

MEMORY = "Payload exceeded maximum allowed memory: job has exceeded the memory limit {used} kB > 4096000 kB (corecount=1)"


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with running_wire(WORDS) as wire:
        yield wire


@pytest.fixture(scope="module")
def backend(wire: Wire) -> Iterator[Backend]:
    env = {**wire.environment, "ASKPANDA_MODEL": "openai/good,openai/slow", "ASKPANDA_RATE_LIMIT": "100000"}
    with running_backend(env) as backend:
        yield backend


def streamed(backend: Backend, token: str | None = None, **body: Any) -> list[Got]:
    """Over a connection of its own: either worker may take it."""
    with backend.client(token) as client, client.stream("POST", "/api/v1/ask", json=body, headers=STREAM) as reply:
        return list(events(reply))


def test_later_readers_get_every_event_and_no_call_is_made_even_after_a_restart(backend: Backend, wire: Wire) -> None:
    first = streamed(backend, question="What is PanDA?")
    asked = len(wire.requests)
    assert first[-1].data["usage"]["calls"][0]["model"] == "openai/good"
    other = backend.token_of("another reader")
    again = [streamed(backend, token, question="what is panda") for token in [None, other] * 3]
    backend.restart()
    again.append(streamed(backend, other, question="What is  PanDA ?"))
    assert len(wire.requests) == asked
    for got in again:
        done = got[-1].data
        assert [event.name for event in got if event.name != "token"] == [e.name for e in first if e.name != "token"]
        assert [event.id for event in got] == list(range(1, len(got) + 1))
        assert next(event for event in got if event.name == "sources").data == done["citations"]
        assert done["sections"] == first[-1].data["sections"]
        assert done["usage"]["calls"] == []
        assert any("from the store, as of 20" in warning for warning in done["warnings"])
        assert set(done) == set(first[-1].data)


def test_words_on_a_job_are_its_owners_alone_and_go_with_the_conversation(backend: Backend, wire: Wire) -> None:
    first = streamed(backend, **WHY)[-1].data
    asked = len(wire.requests)
    assert first["diagnosis"]["code"] == 1324
    second = streamed(backend, **WHY)[-1].data
    assert (second["usage"]["calls"], second["diagnosis"]) == ([], first["diagnosis"])
    assert len(wire.requests) == asked
    streamed(backend, backend.token_of("somebody else"), **WHY)
    assert len(wire.requests) == asked + 1
    with backend.client() as client:
        for conversation in (first, second):
            assert client.delete(f"/api/v1/conversations/{conversation['conversation_id']}").status_code == 204
    streamed(backend, **WHY)
    assert len(wire.requests) == asked + 2


def test_readers_who_ask_together_share_one_call(backend: Backend, wire: Wire) -> None:
    before = len(wire.requests)
    tokens = [backend.token_of(f"reader {n}") for n in range(6)]

    def ask(token: str) -> dict[str, Any]:
        answer: dict[str, Any] = streamed(backend, token, question="How does Harvester work?", model="openai/slow")[-1].data
        return answer

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, tokens))
    assert len(wire.requests) == before + 1
    assert len({answer["text"] for answer in answers}) == 1
    assert sum(len(answer["usage"]["calls"]) for answer in answers) == 1


def test_words_on_one_job_are_told_of_the_next_with_the_same_cause_and_its_own_values(backend: Backend, wire: Wire) -> None:
    def ask(number: int, used: int, site: str, token: str | None = None, diag: str = MEMORY) -> dict[str, Any]:
        job = {
            "pandaid": number, "jobstatus": "failed", "computingsite": site, "piloterrorcode": 1235, "attemptnr": 1,
            "maxattempt": 3, "piloterrordiag": diag.format(used=used), "maxpss": used, "minramcount": 4000,
        }  # fmt: skip
        path = f"/filebrowser/?pandaid={number}&json&filename=pilotlog.txt"
        body = {"question": f"Why did job {number} fail?", "context": {"page": "job", "pandaid": number, "job": job}}
        answer: dict[str, Any] = streamed(backend, token, **body, resources={path: {"status": 404}})[-1].data
        return answer

    reply, wire.reply = wire.reply, "## description\nThe payload of job 6519140001 at MWT2 used 5127336 kB of memory.\n"
    try:
        first = ask(6519140001, 5127336, "MWT2")
        asked = len(wire.requests)
        assert "6519140001 at MWT2 used 5127336 kB" in first["sections"]["description"]
        second = ask(6519140002, 6127399, "AGLT2")
        assert len(wire.requests) == asked
        assert second["sections"]["description"] == "The payload of job 6519140002 at AGLT2 used 6127399 kB of memory."
        assert second["usage"]["calls"] == []
        assert any("another job with the same cause, 20" in warning for warning in second["warnings"])
        # words on a job are its owner's alone, and another cause has none of them
        ask(6519140003, 6127400, "AGLT2", backend.token_of("a third"))
        assert len(wire.requests) == asked + 1
        ask(6519140004, 6127401, "AGLT2", diag="{used} is too much, said the node, and ended it")
        assert len(wire.requests) == asked + 2
    finally:
        wire.reply = reply


def test_a_verdict_seen_before_is_said_with_its_source(backend: Backend) -> None:
    def ask(client: httpx.Client, number: int) -> dict[str, Any]:
        job = {**JOB, "pandaid": number, "piloterrordiag": "No route to host while opening the file"}
        path = f"/filebrowser/?pandaid={number}&json&filename=pilotlog.txt"
        context = {"page": "job", "pandaid": number, "job": job, "monitor": "https://bigpanda.cern.ch"}
        body = {**WHY, "context": context, "resources": {path: {"status": 404}}, "model": "none"}
        answer: dict[str, Any] = client.post("/api/v1/ask", json=body).json()
        return answer

    with backend.client(backend.token_of("one")) as one, backend.client(backend.token_of("two")) as two:
        assert "Seen" not in ask(one, 9001)["text"]
        later = ask(two, 9002)
    assert "Seen 2 times today, all of them at this site" in later["text"]
    (cited,) = [citation for citation in later["citations"] if citation["kind"] == "analysis"]
    assert cited["path"] == later["diagnosis"]["signature"]


def test_words_that_were_made_are_given_when_the_days_budget_is_spent(wire: Wire) -> None:
    """They cost nothing; whatever would have to be worded anew is in our own words, and says why."""
    env = {**wire.environment, "ASKPANDA_MODEL": "openai/gpt-4o-mini", "ASKPANDA_DAILY_BUDGET_USD": "0.000001"}
    with running_backend(env) as backend:
        first = streamed(backend, question="What is PanDA?")[-1].data
        asked = len(wire.requests)
        again = streamed(backend, question="what is panda")[-1].data
        other = streamed(backend, question="What is a pilot?")[-1].data
    assert len(wire.requests) == asked
    assert again["sections"]["description"] == first["sections"]["description"]
    assert any("from the store" in warning for warning in again["warnings"])
    assert not any("budget" in warning for warning in again["warnings"])
    assert any("budget is used up" in warning for warning in other["warnings"])
