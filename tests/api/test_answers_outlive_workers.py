"""Law 4: which worker runs an answer, and whether it lives, must not be noticed."""

import os
import signal
import time

import httpx
import pytest

from tests.api.conftest import HOUSE
from tests.api.streams import asking, events, following, on_worker
from tests.backend import Backend, running_backend, wait_for


def test_a_stream_has_every_event_once_in_order_with_growing_ids(house: Backend) -> None:
    with asking(house, "stream 5 0.01") as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        got = list(events(response))
    assert [g.name for g in got] == ["start", "route", "sources", *["token"] * 5, "done"]
    assert [g.id for g in got] == list(range(1, len(got) + 1))
    assert got[2].data == [
        {"n": 1, "kind": "document", "title": "The house", "url": "", "path": "", "section": "", "excerpt": "", "as_of": ""}
    ]
    assert got[-1].data["text"] == "word0 word1 word2 word3 word4 "


def test_the_single_answer_is_the_same_as_the_streams_last_event(house: Backend, api: httpx.Client) -> None:
    answer = api.post("/api/v1/ask", json={"question": "same"}).json()
    with following(house, answer["message_id"]) as response:
        done = list(events(response))[-1]
    assert done.name == "done"
    assert done.data == answer


def test_another_worker_goes_on_from_the_last_event_while_the_answer_runs(house: Backend) -> None:
    with asking(house, "stream 20 0.1") as response:
        stream = events(response)
        first = [next(stream) for _ in range(6)]
        message_id = first[0].data["message_id"]
        with following(house, message_id, after=first[-1].id, not_on=response.headers["X-Worker"]) as again:
            rest = list(events(again))
        own_rest = list(stream)
    assert [g.id for g in rest] == list(range(first[-1].id + 1, rest[-1].id + 1))
    assert rest[-1].name == "done"
    assert [(g.id, g.name, g.data) for g in rest] == [(g.id, g.name, g.data) for g in own_rest]


def test_a_finished_answer_can_be_replayed_by_both_workers_and_from_its_end(house: Backend) -> None:
    with asking(house, "replay me") as response:
        got = list(events(response))
    message_id = got[0].data["message_id"]
    for worker in ("", response.headers["X-Worker"]):
        with following(house, message_id, not_on=worker) as again:
            assert list(events(again)) == got
    with following(house, message_id, after=got[-1].id) as again:
        assert list(events(again)) == []


@pytest.mark.parametrize("last_event_id", ["x", "-1", "9" * 50, "1.5", "\u00b2".encode().decode("latin-1")])
def test_a_senseless_last_event_id_replays_all(house: Backend, api: httpx.Client, last_event_id: str) -> None:
    message_id = api.post("/api/v1/ask", json={"question": "odd ids"}).json()["message_id"]
    reply = api.get(f"/api/v1/answers/{message_id}/events", headers={"Last-Event-ID": last_event_id.encode("latin-1")})  # type: ignore[dict-item]
    assert reply.text.startswith("id: 1\nevent: start\n")


def test_a_stop_on_the_other_worker_ends_the_models_call_and_keeps_what_was_there(house: Backend) -> None:
    with asking(house, "stall until stopped") as response:
        stream = events(response)
        message_id = next(stream).data["message_id"]
        reply = on_worker(house, "POST", f"/api/v1/answers/{message_id}/stop", not_on=response.headers["X-Worker"])
        rest = list(stream)
    assert reply.json() == {"message_id": message_id, "status": "interrupted"}
    done = rest[-1]
    assert done.name == "done"
    assert done.data["status"] == "interrupted"
    assert done.data["text"] == "before the wall "
    assert (house.state_dir / f"ended-{message_id}").exists()


def test_stopping_an_answer_that_is_done_changes_nothing(api: httpx.Client) -> None:
    message_id = api.post("/api/v1/ask", json={"question": "quick"}).json()["message_id"]
    assert api.post(f"/api/v1/answers/{message_id}/stop").json() == {"message_id": message_id, "status": "answered"}


def test_a_reader_who_leaves_ends_the_models_call_and_what_was_there_is_kept(house: Backend, api: httpx.Client) -> None:
    with asking(house, "stall and be left") as response:
        start = next(events(response)).data
    wait_for(lambda: (house.state_dir / f"ended-{start['message_id']}").exists())
    wait_for(lambda: _last_answer(api, start["conversation_id"]) is not None)
    answer = _last_answer(api, start["conversation_id"])
    assert answer is not None
    assert (answer["status"], answer["text"]) == ("interrupted", "before the wall ")


def test_a_reader_of_the_single_answer_who_leaves_ends_it_too(house: Backend, api: httpx.Client) -> None:
    with house.client(timeout=1) as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.post("/api/v1/ask", json={"question": "stall for an impatient one"})
    row = next(
        c for c in api.get("/api/v1/conversations").json()["conversations"] if c["title"] == "stall for an impatient one"
    )
    wait_for(lambda: _last_answer(api, row["id"]) is not None)
    answer = _last_answer(api, row["id"])
    assert answer is not None
    assert answer["status"] == "interrupted"


def test_a_reader_who_comes_back_on_another_worker_gets_the_whole_answer(house: Backend) -> None:
    with asking(house, "stream 50 0.1") as response:
        stream = events(response)
        first = [next(stream) for _ in range(8)]
        worker = response.headers["X-Worker"]
    time.sleep(1)
    with following(house, first[0].data["message_id"], after=first[-1].id, not_on=worker) as again:
        rest = list(events(again))
    assert rest[-1].name == "done"
    assert rest[-1].data["status"] == "answered"
    assert [g.id for g in [*first, *rest]] == list(range(1, rest[-1].id + 1))


def test_a_pipeline_that_breaks_gives_an_error_event_and_a_failed_answer(house: Backend, api: httpx.Client) -> None:
    with asking(house, "break it secretly") as response:
        got = list(events(response))
    assert [g.name for g in got][-2:] == ["error", "done"]
    assert set(got[-2].data) == {"code", "message", "retryable", "retry_after"}
    assert got[-1].data["status"] == "failed"
    reply = api.post("/api/v1/ask", json={"question": "break it secretly"})
    assert (reply.status_code, reply.json()["status"]) == (200, "failed")
    assert "RuntimeError" in house.log()
    assert "secretly" not in house.log()


def test_deleting_the_conversation_ends_the_answer_that_runs_in_it(house: Backend, api: httpx.Client) -> None:
    with asking(house, "stall in a conversation that goes away") as response:
        stream = events(response)
        start = next(stream).data
        assert api.delete(f"/api/v1/conversations/{start['conversation_id']}").status_code == 204
        assert list(stream)[-1].data["status"] == "interrupted"
    assert api.get(f"/api/v1/answers/{start['message_id']}/events").status_code == 404


def test_a_worker_killed_in_mid_answer_leaves_an_interrupted_answer_and_no_reader_hangs() -> None:
    with running_backend(command=HOUSE) as backend:
        with asking(backend, "stall on a doomed worker") as response:
            stream = events(response)
            got = [next(stream) for _ in range(4)]
            message_id = got[0].data["message_id"]
            with following(backend, message_id, after=got[-1].id, not_on=response.headers["X-Worker"]) as again:
                os.kill(int(response.headers["X-Worker"]), signal.SIGKILL)
                rest = list(events(again))
        assert [g.name for g in rest] == ["done"]
        assert rest[0].data["status"] == "interrupted"
        assert rest[0].data["text"] == "before the wall "
        with backend.client() as client:
            assert _last_answer(client, got[0].data["conversation_id"]) == rest[0].data


def test_a_restart_in_mid_conversation_is_not_noticed() -> None:
    with running_backend(command=HOUSE) as backend:
        with backend.client() as client:
            first = client.post("/api/v1/ask", json={"question": "before"}).json()
            upload = client.post("/api/v1/uploads?name=a.log", content=b"kept over a restart\n").json()["upload"]
        code = backend.askpanda("pair").stdout.split()[-1]
        token = backend.token
        backend.restart()
        assert backend.token == token
        with backend.client() as client:
            second = client.post(
                "/api/v1/ask", json={"question": f"after, with upload {upload}", "conversation_id": first["conversation_id"]}
            ).json()
            assert second["entities"]["previous"] == "You asked: before"
            assert second["entities"]["upload"] == "kept over a restart\n"
            assert client.post("/api/v1/pair", json={"code": code, "name": "x"}).json()["owner"] == "local"


def test_a_server_that_is_stopped_keeps_running_answers_as_interrupted_and_tells_their_readers() -> None:
    with running_backend(command=HOUSE) as backend:
        with asking(backend, "stall while the server stops") as response:
            stream = events(response)
            start = next(stream).data
            backend.process.terminate()
            done = list(stream)[-1]
        assert (done.name, done.data["status"]) == ("done", "interrupted")
        backend.process.wait(20)
        backend.start()
        with backend.client() as client:
            assert _last_answer(client, start["conversation_id"]) == done.data


def _last_answer(client: httpx.Client, conversation_id: str) -> dict[str, object] | None:
    messages = client.get(f"/api/v1/conversations/{conversation_id}").json()["messages"]
    answer: dict[str, object] | None = messages[-1]["answer"]
    return answer


def test_a_silent_answer_pings_its_reader(house: Backend) -> None:
    with asking(house, "stall in silence") as response:
        began = time.monotonic()
        comment = next(line for line in response.iter_lines() if line.startswith(":"))
    assert comment == ": ping"
    assert time.monotonic() - began < 10
