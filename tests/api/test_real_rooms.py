"""The real backend: index, catalogue, pipeline and diagnosis behind the real API, with a local monitor beside it."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.streams import STREAM, Got, events
from tests.backend import Backend, running_backend
from tests.bigpanda.app import create_monitor
from tests.bigpanda.serving import server

REDIRECT, PROOT = 6519134287, 6518760159


@pytest.fixture(scope="module")
def monitor() -> Iterator[str]:
    made = server(create_monitor(""), "127.0.0.1", 0, None, quiet=True)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    with running_backend() as backend:
        yield backend


@pytest.fixture
def api(backend: Backend) -> Iterator[httpx.Client]:
    with backend.client() as client:
        yield client


def test_a_fresh_state_folder_is_ready_with_an_index_of_the_corpus(api: httpx.Client) -> None:
    results = api.get("/api/v1/search", params={"q": "what is PanDA", "k": 3}).json()["results"]
    assert len(results) == 3
    assert all(result["text"] and result["path"] and result["score"] > 0 for result in results)


def as_the_extension_does(api: httpx.Client, monitor: str, question: str, pandaid: int) -> list[dict[str, Any]]:
    """Ask, fetch what is needed from the monitor, ask again; every answer on the way."""
    body: dict[str, Any] = {"question": question, "model": "none", "context": {"page": "job", "pandaid": pandaid}}
    answers = []
    while True:
        reply = api.post("/api/v1/ask", json=body)
        assert reply.status_code == 200, reply.text
        answers.append(reply.json())
        if answers[-1]["status"] != "needs":
            return answers
        assert len(answers) < 3, "asked a third time"
        resources = {request["path"]: fetched(api, monitor, request) for request in answers[-1]["requests"]}
        body = {"question": question, "model": "none", "continues": answers[-1]["message_id"], "resources": resources}


def fetched(api: httpx.Client, monitor: str, request: dict[str, str]) -> dict[str, Any]:
    page = httpx.get(monitor + request["path"], follow_redirects=True, timeout=60)
    kind = {"status": page.status_code, "content_type": page.headers.get("content-type", "")}
    if request["as"] == "json":
        return {**kind, "json": page.json()}
    return {**kind, "upload": api.post("/api/v1/uploads?name=x", content=page.content).json()["upload"]}


def test_a_failed_stage_in_is_explained_in_two_rounds(api: httpx.Client, monitor: str) -> None:
    answers = as_the_extension_does(api, monitor, "why did this fail?", REDIRECT)
    assert len(answers) > 1
    diagnosis = answers[-1]["diagnosis"]
    assert (diagnosis["component"], diagnosis["code"], diagnosis["party"]) == ("pilot", 1324, "ddm")
    assert diagnosis["evidence"][0]["file"] == "pilotlog.txt"
    assert "RO-07-NIPNE_DATADISK" in answers[-1]["text"]
    assert len({answer["conversation_id"] for answer in answers}) == 1


def test_a_payloads_own_output_is_read_where_the_payload_failed(api: httpx.Client, monitor: str) -> None:
    answer = as_the_extension_does(api, monitor, "why did this fail?", PROOT)[-1]
    assert answer["diagnosis"]["code"] == 1305
    assert {(second["component"], second["code"]) for second in answer["diagnosis"]["secondary"]} == {
        ("executor", 2002),
        ("transform", 223),
    }
    assert answer["diagnosis"]["evidence"][0]["file"] == "payload.stdout"


def test_the_stream_and_its_replay_carry_the_same_verdict_as_the_answer(api: httpx.Client, monitor: str) -> None:
    job = httpx.get(f"{monitor}/job?pandaid={REDIRECT}&json").json()
    body = {"question": "why did this fail?", "model": "none", "context": {"pandaid": REDIRECT, "job": job["job"]}}
    with api.stream("POST", "/api/v1/ask", json=body, headers=STREAM) as response:
        got = list(events(response))
    names = [g.name for g in got]
    assert names[:2] == ["start", "route"]
    assert {"diagnosis", "sources", "token"} <= set(names)
    done = got[-1].data
    assert next(g for g in got if g.name == "diagnosis").data["code"] == done["diagnosis"]["code"] == 1324
    assert next(g for g in got if g.name == "sources").data == done["citations"]
    with api.stream("GET", f"/api/v1/answers/{done['message_id']}/events", headers=STREAM) as again:
        assert list[Got](events(again)) == got


def test_a_follow_up_stands_on_the_answer_before_it(api: httpx.Client, monitor: str) -> None:
    first = as_the_extension_does(api, monitor, "why did this fail?", REDIRECT)[-1]
    body = {"question": "which line says so?", "model": "none", "conversation_id": first["conversation_id"]}
    second = api.post("/api/v1/ask", json=body).json()
    assert second["conversation_id"] == first["conversation_id"]
    assert second["status"] in ("answered", "needs")  # it may want the log again, to show more of it
    assert "pilotlog.txt" in second["text"]


def test_a_backend_with_a_monitor_of_its_own_asks_nobody_and_leaves_no_log_behind(monitor: str) -> None:
    with running_backend({"ASKPANDA_MONITOR_URL": monitor}) as backend, backend.client() as api:
        answer = api.post("/api/v1/ask", json={"question": f"why did job {PROOT} fail?", "model": "none"}).json()
        assert (answer["status"], answer["diagnosis"]["code"]) == ("answered", 1305)
        assert answer["diagnosis"]["evidence"][0]["file"] == "payload.stdout"
        assert list((backend.state_dir / "scratch").iterdir()) == []


def test_the_command_line_answers_and_diagnoses_without_a_server(backend: Backend, monitor: str, tmp_path: Path) -> None:
    backend.env["ASKPANDA_MONITOR_URL"] = monitor
    try:
        asked = backend.askpanda("ask", "why did this job fail?", "--job", str(REDIRECT), "--model", "none", "--json")
    finally:
        del backend.env["ASKPANDA_MONITOR_URL"]
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["diagnosis"]["code"] == 1324
    assert asked.stderr == ""

    record, log = tmp_path / "job.json", tmp_path / "pilotlog.txt"
    record.write_bytes(httpx.get(f"{monitor}/job?pandaid={REDIRECT}&json").content)
    path = f"{monitor}/filebrowser/?pandaid={REDIRECT}&json&filename=pilotlog.txt"
    log.write_bytes(httpx.get(path, follow_redirects=True, timeout=60).content)
    found = backend.askpanda("diagnose", str(record), str(log), "--json")
    assert json.loads(found.stdout)["diagnosis"]["evidence"][0]["file"] == "pilotlog.txt"
    shown = backend.askpanda("diagnose", str(record), str(log))
    assert "1324" in shown.stdout
    assert "ddm" in shown.stdout
    assert "\x1b" not in shown.stdout

    passages = backend.askpanda("search", "lost heartbeat", "-k", "2", "--json")
    assert len(json.loads(passages.stdout)["results"]) == 2

    context = tmp_path / "context.json"
    context.write_text(json.dumps({"page": "job", "pandaid": REDIRECT, "job": json.loads(record.read_text())["job"]}))
    from_file = backend.askpanda("ask", "why did this fail?", "--context", str(context), "--json")
    assert json.loads(from_file.stdout)["diagnosis"]["code"] == 1324


def test_documents_are_found_once_they_lie_in_the_documents_folder(tmp_path: Path) -> None:
    import time

    (tmp_path / "zebras.md").write_text("# Zebra queues\n\nThe queue ZEBRA_TEST_42 takes only striped jobs on Tuesdays.\n")
    with running_backend({"ASKPANDA_DOCUMENTS_DIR": str(tmp_path)}) as backend, backend.client() as api:
        end = time.monotonic() + 60
        while True:
            hits = api.get("/api/v1/search", params={"q": "ZEBRA_TEST_42 striped jobs"}).json()["results"]
            if any("striped" in hit["text"] for hit in hits):
                break
            assert time.monotonic() < end, "the document was never found"
            time.sleep(0.3)


def test_nothing_is_left_running_after_a_stop() -> None:
    import psutil

    with running_backend() as backend:
        family = psutil.Process(backend.process.pid).children(recursive=True)
        assert len(family) >= 2
        backend.stop()
        assert [process for process in family if process.is_running() and process.status() != "zombie"] == []
