"""The same backend with its records in PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import HOUSE
from tests.api.streams import asking, events, following, on_worker
from tests.backend import Backend, running_backend
from tests.postgres import programs, running_postgres

pytestmark = pytest.mark.skipif(programs() is None, reason="PostgreSQL's server programs are not installed")


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    with running_postgres() as url, running_backend({"ASKPANDA_DATABASE_URL": url}, command=HOUSE) as backend:
        yield backend


def test_a_conversation_goes_on_over_a_restart_and_nothing_lies_in_the_state_folder(backend: Backend) -> None:
    with backend.client() as api:
        first = api.post("/api/v1/ask", json={"question": "one \u0000 two"}).json()
    backend.restart()
    with backend.client() as api:
        second = api.post("/api/v1/ask", json={"question": "two", "conversation_id": first["conversation_id"]}).json()
        assert second["entities"]["previous"] == first["text"]
        assert api.delete(f"/api/v1/conversations/{first['conversation_id']}").status_code == 204
    assert not list(backend.state_dir.glob("*.db"))


def test_an_answer_is_followed_and_stopped_on_the_other_worker(backend: Backend) -> None:
    with asking(backend, "stall on postgresql") as response:
        stream = events(response)
        got = [next(stream) for _ in range(4)]
        message_id = got[0].data["message_id"]
        worker = response.headers["X-Worker"]
        with following(backend, message_id, after=2, not_on=worker) as again:
            on_worker(backend, "POST", f"/api/v1/answers/{message_id}/stop", not_on=worker)
            rest = list(events(again))
        own = list(stream)
    assert [g.name for g in rest] == ["sources", "token", "done"]
    assert own[-1] == rest[-1]
    assert own[-1].data["status"] == "interrupted"


def test_pairing_and_feedback_work(backend: Backend) -> None:
    code = backend.askpanda("pair", "--as", "alice").stdout.split()[-1]
    with backend.client() as api:
        token = api.post("/api/v1/pair", json={"code": code, "name": "x"}).json()["token"]
    with backend.client(token) as alice:
        message_id = alice.post("/api/v1/ask", json={"question": "x"}).json()["message_id"]
        assert alice.post("/api/v1/feedback", json={"message_id": message_id, "helpful": True}).status_code == 201
        assert alice.get("/api/v1/usage").status_code == 200
