"""Rubin, ePIC and a plain PanDA against local monitors in their shape: answered in their own words, with nothing of ATLAS."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.backend import Backend, running_backend
from tests.bigpanda.app import create_monitor
from tests.bigpanda.serving import server

JOB, RUNNING = 6519134287, 6798544333
ASKED = (
    f"why did job {JOB} fail?", f"what is going on with job {RUNNING}?", "which queues are offline?",
    "set queue CERN-PROD offline",
    f"delete the output of job {JOB}", "errors of the last 24 hours", "hi there", f"retry job {JOB}", "is BigPanDA alive?",
)  # fmt: skip
#: Things of ATLAS that the others do not have.
OF_ATLAS = ("ATLAS", "CRIC", "GGUS", "ProdSys", "HammerCloud", "bigpanda.cern.ch")


@contextmanager
def monitor(vo: str) -> Iterator[str]:
    made = server(create_monitor("" if vo == "ATLAS" else "eic", vo=vo), "127.0.0.1", 0, None, quiet=True)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()


@pytest.fixture(scope="module", params=["rubin", "epic", "panda"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    with monitor("Rubin") as url:
        env = {"ASKPANDA_EXPERIMENT": request.param, "ASKPANDA_MONITOR_URL": url, "ASKPANDA_RATE_LIMIT": "1000"}
        with running_backend(env) as backend:
            backend.env["the experiment"] = request.param
            yield backend


@pytest.mark.parametrize("question", ASKED)
def test_an_answer_speaks_of_its_own_experiment(backend: Backend, question: str) -> None:
    with backend.client() as api:
        answer: dict[str, Any] = api.post("/api/v1/ask", json={"question": question}).json()
    assert answer["status"] in ("answered", "needs"), answer["text"]
    shown = str(answer["diagnosis"]) + question  # what the record and the log say is said
    named = [word for word in OF_ATLAS if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", answer["text"], re.I)]
    assert [word for word in named if word.casefold() not in shown.casefold()] == [], answer["text"]
    assert not any("CRIC" in warning for warning in answer["warnings"])


def test_a_verdict_is_the_same_on_every_monitor(backend: Backend) -> None:
    with backend.client() as api:
        answer = api.post("/api/v1/ask", json={"question": f"why did job {JOB} fail?"}).json()
    assert (answer["diagnosis"]["component"], answer["diagnosis"]["code"]) == ("pilot", 1324)


def test_words_of_its_own_field_are_on_topic(backend: Backend) -> None:
    words = {"rubin": "Tell me about pipetask", "epic": "Tell me about eicrecon", "panda": "Tell me about PanDA"}
    with backend.client() as api:
        answer = api.post("/api/v1/ask", json={"question": words[backend.env["the experiment"]]}).json()
        off = api.post("/api/v1/ask", json={"question": "What do pandas eat?"}).json()
    assert answer["status"] == "answered"
    assert off["status"] == "refused"


def test_a_broken_experiment_stops_the_start_in_one_line(backend: Backend) -> None:
    env = {**backend.env, "ASKPANDA_EXPERIMENT": "cms"}
    broken = Backend(backend.url, backend.state_dir, env, backend.command, backend.process)
    done = broken.askpanda("serve")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "atlas, rubin, epic, panda" in done.stderr
