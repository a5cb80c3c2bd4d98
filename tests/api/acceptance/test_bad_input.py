"""What is wrong, missing or odd gets a clear sentence, and the conversation goes on."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.acceptance.asking import Extension, ask, said
from tests.api.acceptance.conftest import MANY
from tests.backend import Backend, running_backend
from tests.bigpanda.serving import Monitor
from tests.ports import free_port

REDIRECT, LOST, BAD_ALLOC = 6519134287, 6803360419, 6803300518


def test_an_unknown_job_is_said_to_be_unknown(alone: Backend, reading: Backend, monitor: Monitor) -> None:
    number = 99999999999
    for answer in (
        Extension(alone, monitor.url)(f"why did job {number} fail?"),
        ask(reading, f"why did job {number} fail?"),
    ):
        assert answer["status"] == "answered"
        assert answer["diagnosis"] is None
        told = " ".join([answer["text"], *answer["warnings"]])
        assert f"The record of job {number} was not found on the monitor." in told
        assert answer["follow_ups"]


def test_a_job_whose_log_is_lost_gets_its_verdict_from_the_record_and_says_so(alone: Backend, monitor: Monitor) -> None:
    answer = Extension(alone, monitor.url)("why did this fail?", context={"page": "job", "pandaid": LOST})
    assert answer["diagnosis"]["code"] == 1151
    assert answer["diagnosis"]["confidence"] != "high"
    assert answer["diagnosis"]["evidence"][0]["file"] == "job.json"
    assert any("pilotlog.txt" in warning and "not found" in warning for warning in answer["warnings"]), answer["warnings"]
    assert not any("Pilotlog" in warning or "Payload." in warning for warning in answer["warnings"])


MODES = {
    "html_log": "web page",
    "empty_log": "empty",
    "log_400": "not found",
    "big_tarball": "too large",
    "login_log": "sign",
}


@pytest.mark.parametrize("mode", MODES)
def test_odd_answers_instead_of_a_log_are_told_apart(alone: Backend, monitor: Monitor, mode: str) -> None:
    monitor.board.set(mode)
    try:
        answer = Extension(alone, monitor.url)("why did this fail?", context={"page": "job", "pandaid": REDIRECT})
    finally:
        monitor.board.set("")
    assert answer["status"] == "answered"
    assert (answer["diagnosis"]["component"], answer["diagnosis"]["code"]) == ("pilot", 1324)
    assert any(MODES[mode] in warning and "pilotlog.txt" in warning for warning in answer["warnings"]), answer["warnings"]


def test_a_log_of_another_type_is_not_taken_for_a_log(alone: Backend) -> None:
    record = {"pandaid": 42, "jobstatus": "failed", "piloterrorcode": 1305, "piloterrordiag": "payload execution failed with 1"}
    page = "<!DOCTYPE html><html><head><title>BigPanDA</title></head><body>Traceback (most recent call last)</body></html>"
    picture = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + "\x00\x01\ufffd" * 400
    logs = [{"name": "payload.stdout", "text": page}, {"name": "payload.stderr", "text": picture}]
    answer = ask(alone, "why did this fail?", context={"page": "job", "pandaid": 42, "job": record, "logs": logs})
    assert (answer["diagnosis"]["code"], answer["diagnosis"]["component"]) == (1305, "pilot")
    assert all(line["file"] == "job.json" for line in answer["diagnosis"]["evidence"])
    assert any("payload.stdout" in warning and "web page" in warning for warning in answer["warnings"])


CODES: dict[str, tuple[Any, tuple[str, int] | None]] = {
    "string": ("1324", ("pilot", 1324)),
    "padded": (" 1324 ", ("pilot", 1324)),
    "float": (1324.0, ("pilot", 1324)),
    "negative": (-1324, ("pilot", 1324)),
    "negative string": ("-1324", ("pilot", 1324)),
    "null": (None, None),
    "None": ("None", None),
    "empty": ("", None),
    "zero": (0, None),
    "true": (True, None),
    "list": ([1324], None),
    "dictionary": ({"code": 1324}, None),
    "words": ("see log", None),
    "huge": (f"1{'0' * 30}", None),
    "unknown": (998877, ("pilot", 998877)),
}


@pytest.mark.parametrize("kind", CODES)
def test_codes_of_any_type_are_read_or_left_alone(alone: Backend, kind: str) -> None:
    code, expected = CODES[kind]
    job = {
        "pandaid": 43, "jobstatus": "failed", "computingsite": "CERN", "piloterrorcode": code,
        "exeerrorcode": None, "taskbuffererrorcode": "None", "ddmerrorcode": -0.0, "transexitcode": "null",
        "piloterrordiag": "Service not available at the moment", "attemptnr": "x", "maxattempt": None,
    }  # fmt: skip
    answer = ask(alone, "why did job 43 fail?", context={"page": "job", "pandaid": 43, "job": job})
    assert answer["status"] in ("answered", "needs")
    assert len(answer["text"].split()) > 10
    if expected:
        assert (answer["diagnosis"]["component"], answer["diagnosis"]["code"]) == expected
    else:
        assert not answer["diagnosis"] or answer["diagnosis"]["code"] not in (1324,)
    assert "None" not in answer["sections"]["description"]


@pytest.fixture
def client(alone: Backend) -> Iterator[httpx.Client]:
    with alone.client() as client:
        yield client


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "empty": ({"question": ""}, "question"),
    "blank": ({"question": " \n\t "}, "question"),
    "no question": ({}, "question"),
    "4,001 characters": ({"question": "x" * 4001}, "4000"),
    "unknown model": ({"question": "hi", "model": "openai/nothing"}, "not configured"),
    "unknown conversation": ({"question": "hi", "conversation_id": "nothing"}, "no such conversation"),
    "question of another type": ({"question": 7}, "question"),
    "context of another type": ({"question": "hi", "context": "job"}, "context"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_wrong_request_is_told_what_to_change(client: httpx.Client, kind: str) -> None:
    body, word = REFUSED[kind]
    reply = client.post("/api/v1/ask", json=body)
    assert reply.status_code in (400, 404)
    error = reply.json()["error"]
    assert word in json.dumps(error)
    assert len(error["message"].split()) > 2
    assert error["request_id"]


def test_4000_characters_are_a_question(alone: Backend) -> None:
    assert ask(alone, "What is PanDA? " + "x" * 3985)["status"] == "answered"


def test_elasticsearch_away_costs_the_documents_and_nothing_else(monitor: Monitor) -> None:
    env = {
        **MANY,
        "ASKPANDA_STORE": "elasticsearch",
        "ASKPANDA_ELASTICSEARCH_URL": f"http://127.0.0.1:{free_port()}",
        "ASKPANDA_MONITOR_URL": monitor.url,
        "ASKPANDA_ALLOWED_MONITORS": monitor.url,
    }
    away = "The documents cannot be searched at the moment"
    with running_backend(env, ready=False) as backend:
        code = ask(backend, "What does pilot 1324 mean?")
        assert "SERVICENOTAVAILABLE" in code["text"]
        assert any(away in warning for warning in code["warnings"])
        job = ask(backend, f"why did job {REDIRECT} fail?")
        assert job["diagnosis"]["code"] == 1324
        assert "RO-07-NIPNE_DATADISK" in job["text"]
        assert any(away in warning for warning in job["warnings"])
        document = ask(backend, "How does Harvester work?")
        assert document["status"] == "answered"
        assert away in document["text"]
        assert ask(backend, "hi there")["status"] == "answered"
        assert ask(backend, "100")["warnings"] == []
        with backend.client() as client:
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert "index" in ready.json()["error"]["message"]
            searched = client.get("/api/v1/search", params={"q": "harvester"})
            assert searched.status_code == 503
            assert searched.json()["error"]["message"]
            assert client.get("/api/v1/errors/pilot/1324").status_code == 200
        assert "Traceback" not in said(document)
