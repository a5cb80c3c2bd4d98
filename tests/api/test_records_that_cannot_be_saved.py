"""The disk is full, the database away: said before an answer starts, and no reason to lose one that runs."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import exc

from askpanda.database.engine import translated
from tests.api.conftest import HOUSE
from tests.api.streams import asking, events
from tests.api.test_contract_shapes import is_error
from tests.backend import Backend, running_backend, wait_for

AWAY = {"tokens": "away", "alembic_version": "version_away"}


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    with running_backend(command=HOUSE) as backend:
        yield backend


@contextmanager
def full(backend: Backend, statements: str) -> Iterator[None]:
    """Statements with these words fail as on a full disk."""
    file = backend.state_dir / "refuse"
    file.write_text(statements)
    try:
        yield
    finally:
        file.unlink()


@contextmanager
def without_tables(backend: Backend) -> Iterator[None]:
    """The database is there and holds nothing of ours."""
    with sqlite3.connect(backend.state_dir / "askpanda.db", timeout=20) as database:
        for name, away in AWAY.items():
            database.execute(f"ALTER TABLE {name} RENAME TO {away}")
        database.commit()
        try:
            yield
        finally:
            for name, away in AWAY.items():
                database.execute(f"ALTER TABLE {away} RENAME TO {name}")
            database.commit()


def test_an_unreadable_database_is_503_and_not_ready(backend: Backend) -> None:
    with backend.client() as api:
        with without_tables(backend):
            is_error(api.post("/api/v1/ask", json={"question": "x"}), 503, "unavailable")
            error = is_error(api.get("/readyz"), 503, "not_ready")
            assert error["details"] == {"missing": ["database"]}
            assert api.get("/healthz").status_code == 200
        assert api.get("/readyz").status_code == 200
        assert api.post("/api/v1/ask", json={"question": "again"}).status_code == 200


def test_a_worker_that_starts_while_the_database_is_away_does_not_end_the_backend(backend: Backend) -> None:
    first = _worker(backend)
    with without_tables(backend):
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: "starts without the database" in backend.log())
        assert _worker(backend) != first
    with backend.client() as api:
        for number in range(6):  # both workers, whoever takes a connection
            reply = api.post("/api/v1/ask", json={"question": f"again {number}"}, headers={"Connection": "close"})
            assert reply.status_code == 200


def test_events_that_cannot_be_saved_do_not_end_the_answer(backend: Backend) -> None:
    with full(backend, "INSERT INTO events"), asking(backend, "stream 5 0.01") as response:
        got = list(events(response))
    assert [g.name for g in got] == ["start", "route", "sources", *["token"] * 5, "done"]
    assert got[-1].data["status"] == "answered"
    assert "could not be saved" in got[-1].data["warnings"][-1]
    with backend.client() as api:
        assert api.post("/api/v1/ask", json={"question": "afterwards"}).json()["warnings"] == []


def test_a_short_failure_in_mid_answer_is_made_good_at_its_end(backend: Backend) -> None:
    with asking(backend, "stream 12 0.2") as response:
        stream = events(response)
        got = [next(stream) for _ in range(4)]
        with full(backend, "INSERT INTO events"):
            got += [next(stream) for _ in range(3)]
        got += list(stream)
    assert got[-1].data["warnings"] == []
    with backend.client() as api:
        again = api.get(f"/api/v1/answers/{got[0].data['message_id']}/events").text
    assert again.count("event: token") == 12
    assert again.count("event: done") == 1


@pytest.mark.parametrize("statement", ["INSERT INTO conversations", "INSERT INTO answers", "INSERT INTO rate_limits"])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_question_that_cannot_be_saved_is_507_before_its_answer_starts(backend: Backend, statement: str, accept: str) -> None:
    with full(backend, statement), backend.client() as api:
        reply = api.post("/api/v1/ask", json={"question": "never kept"}, headers={"Accept": accept})
        is_error(reply, 507, "storage_full")
    with backend.client() as api:
        assert "never kept" not in api.get("/api/v1/conversations").text


def test_an_upload_that_cannot_be_recorded_is_507_and_leaves_no_file(backend: Backend) -> None:
    with full(backend, "INSERT INTO uploads"), backend.client() as api:
        is_error(api.post("/api/v1/uploads?name=x", content=b"x\n"), 507, "storage_full")
    assert list((backend.state_dir / "uploads").iterdir()) == []


def test_feedback_and_pairing_that_cannot_be_saved_are_507(backend: Backend) -> None:
    code = backend.askpanda("pair").stdout.split()[-1]
    with backend.client() as api:
        message_id = api.post("/api/v1/ask", json={"question": "x"}).json()["message_id"]
        with full(backend, "INSERT INTO feedback"):
            is_error(api.post("/api/v1/feedback", json={"message_id": message_id, "helpful": True}), 507)
        with full(backend, "INSERT INTO tokens"):
            is_error(api.post("/api/v1/pair", json={"code": code}), 507)
        assert api.post("/api/v1/pair", json={"code": code}).status_code == 200, "a failure does not use a code up"


def test_an_index_that_is_away_makes_search_503(backend: Backend) -> None:
    with backend.client() as api:
        is_error(api.get("/api/v1/search", params={"q": "the index is away"}), 503, "unavailable")


def test_the_drivers_errors_are_told_apart() -> None:
    said = exc.OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
    away = exc.OperationalError("INSERT", {}, sqlite3.OperationalError("unable to open database file"))
    assert [translated(error).status for error in (said, away)] == [507, 503]


def _worker(backend: Backend) -> int:
    with backend.client() as api:
        return int(api.get("/healthz").headers["X-Worker"])
