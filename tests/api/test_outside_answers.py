"""Answers of the real backend, held to the contract from outside: every field, every proof, and nothing that was secret."""

import copy
import json
import random
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from markdown_it import MarkdownIt

from askpanda.schema.answer import Answer
from tests.backend import Backend, running_backend
from tests.bigpanda import cases, create_monitor
from tests.bigpanda.serving import server
from tests.wire.server import Wire, running_wire

PATHS = re.compile(r"/(?:job\?pandaid=\d|filebrowser/\?|task/\d|tasks/\?|jobs/\?|errors/\?|sites/\?|harvester/|api/)")
CITED = re.compile(r"(?<!\\)\[(\d+)\]")
JOB = {"pandaid": 6519134287, "jobstatus": "failed", "piloterrorcode": 1099, "attemptnr": 1, "maxattempt": 3}
REPLY = "## user.problem\nThe job failed. See [here](http://evil.example/x) and ![i](http://evil.example/y.png).\n"


@pytest.fixture(scope="module")
def monitor() -> Iterator[str]:
    made = server(create_monitor(""), "127.0.0.1", 0, None, quiet=True)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with running_wire(REPLY) as wire:
        yield wire


@pytest.fixture(scope="module")
def backend(wire: Wire) -> Iterator[Backend]:
    env = {**wire.environment, "ASKPANDA_MODEL": "none,openai/good", "ASKPANDA_RATE_LIMIT": "100000"}
    with running_backend(env) as backend:
        yield backend


@pytest.fixture
def api(backend: Backend) -> Iterator[httpx.Client]:
    with backend.client() as client:
        yield client


def ask(api: httpx.Client, question: str, **more: Any) -> dict[str, Any]:
    reply = api.post("/api/v1/ask", json={"question": question, "model": "none", **more})
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def hold(answer: dict[str, Any], logs: dict[str, bytes] | None = None) -> None:
    """Every rule of the contract that can be read off an answer alone, and off the logs that it was made from."""
    assert set(answer) == set(Answer.model_fields)
    Answer.model_validate(answer)
    assert answer["status"] != "failed", answer["warnings"]
    assert (answer["status"] == "needs") == bool(answer["requests"])
    numbers = [citation["n"] for citation in answer["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    without_code = re.sub(r"`[^`\n]*`", "", answer["text"] + json.dumps(answer["sections"]))
    assert {int(n) for n in CITED.findall(without_code)} <= set(numbers)
    for request in answer["requests"]:
        assert PATHS.match(request["path"]), request
    for line in (answer["diagnosis"] or {}).get("evidence", []):
        prove(line, logs or {})


def prove(line: dict[str, Any], logs: dict[str, bytes]) -> None:
    """What is quoted from a log stands there, on these lines, in this window."""
    assert "line" in line or "field" in line
    if "line" not in line or line["file"] not in logs:
        return
    lines = logs[line["file"]].split(b"\n")
    assert line["text"] == b"\n".join(lines[line["line"] - 1 : line["end"]]).decode("utf-8", "replace")
    if "window" in line:
        start, text = line["window"]["start"], line["window"]["text"]
        end = start + text.count("\n")
        assert text == b"\n".join(lines[start - 1 : end]).decode("utf-8", "replace")
        assert start <= line["line"] <= line["end"] <= end


def with_logs(
    api: httpx.Client, monitor: str, question: str, context: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, bytes], dict[str, Any]]:
    """The last answer of the rounds, the logs that were sent, and all resources."""
    answer, logs, resources = ask(api, question, context=context), {}, {}
    for _ in range(2):
        if answer["status"] != "needs":
            break
        fresh: dict[str, Any] = {}
        for request in answer["requests"]:
            page = httpx.get(monitor + request["path"], timeout=60)
            fresh[request["path"]] = {"status": page.status_code, "content_type": page.headers.get("content-type", "")}
            if request["as"] == "json":
                fresh[request["path"]]["json"] = page.json()
                continue
            name = parse_qs(urlsplit(request["path"]).query)["filename"][0].rpartition("/")[2]
            logs[name] = page.content
            upload = api.post("/api/v1/uploads", params={"name": name}, content=page.content).json()
            fresh[request["path"]]["upload"] = upload["upload"]
        resources |= fresh
        answer = ask(api, question, continues=answer["message_id"], resources=fresh)
    return answer, logs, resources


@pytest.mark.parametrize("pandaid", [one.pandaid for one in cases()])
def test_every_case_is_answered_with_proofs_that_stand_in_its_logs(api: httpx.Client, monitor: str, pandaid: int) -> None:
    answer, logs, _ = with_logs(api, monitor, "why did this fail?", {"page": "job", "pandaid": pandaid, "monitor": monitor})
    hold(answer, logs)
    assert answer["diagnosis"] is not None


ODD: list[Any] = [
    None, True, 7, -1, 1e300, "", "x", "9" * 25, "1305", [], {}, [None], {"a": []}, [[1]], "<b>x</b>", "\u2028\ufffd", 2**62,
    "[7] [99] ![i](http://evil.example/i.png)", "2026-99-99 99:99:99", {"name": {}}, [1, "x", None, {}], "nan",
]  # fmt: skip
QUESTIONS = [
    ("why did this fail?", {"page": "job", "pandaid": 6519134287}),
    ("what is the status of this job?", {"page": "job", "pandaid": 6518760159}),
    ("what is happening with this task?", {"page": "task", "jeditaskid": 46374283}),
    ("why do jobs of this task fail?", {"page": "task", "jeditaskid": 46374283}),
    ("how many jobs failed at CERN today?", {}),
    ("which queues are offline?", {}),
    ("is CERN-PROD healthy?", {}),
]


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if here:
        yield here
    items = value.items() if isinstance(value, dict) else enumerate(value[:5]) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*here, key))


@pytest.mark.parametrize(("question", "context"), QUESTIONS, ids=[question for question, _ in QUESTIONS])
def test_odd_values_anywhere_in_the_monitors_data_never_break_an_answer(
    api: httpx.Client, monitor: str, question: str, context: dict[str, Any]
) -> None:
    _, _, resources = with_logs(api, monitor, question, context)
    dice = random.Random(question)
    for _ in range(40):
        changed = copy.deepcopy(resources)
        pages = [page["json"] for page in changed.values() if isinstance(page.get("json"), dict | list)]
        for _ in range(dice.choice((1, 1, 3, 10))):
            page = dice.choice(pages)
            *way, last = dice.choice(list(places(page)))
            try:
                for key in way:
                    page = page[key]
                page[last] = copy.deepcopy(dice.choice(ODD))
            except (TypeError, KeyError, IndexError):  # what was put in before has no such place
                continue
        hold(ask(api, question, context=context, resources=changed))


def test_text_of_records_and_models_leads_nowhere(api: httpx.Client) -> None:
    bad = "[7] ![i](http://evil.example/i.png) [a](http://evil.example/) <img src=http://evil.example/>"
    job = {**JOB, "piloterrordiag": bad, "computingsite": "X [9](http://evil.example/)"}
    for model in ("none", "openai/good"):
        context = {"page": "job", "pandaid": JOB["pandaid"], "job": job, "monitor": "javascript:alert(1)//"}
        answer = ask(api, "why did this fail?", model=model, context=context)
        hold(answer)
        tokens = [child for token in MarkdownIt().parse(answer["text"]) for child in token.children or []]
        assert not [token for token in tokens if token.type in ("link_open", "image", "html_inline")]
        assert not re.search(r"https?://evil", re.sub(r"`[^`\n]*`", "", answer["text"]))
        assert not [citation["url"] for citation in answer["citations"] if not re.match(r"https://|\Z", citation["url"])]


PLANTED = {
    "password": ("export PGPASSWORD='Zq7planted1x'", "Zq7planted1x"),
    "prose": ("my password is Zq7planted2x", "Zq7planted2x"),
    "token": (f"Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.{'Zq7planted3x' * 3}", "Zq7planted3x"),
    "cookie": ("Cookie: bpsessionid=Zq7planted4xabcdef; csrftoken=Zq7planted4xyz", "Zq7planted4x"),
    "signed address": ("https://s3.example.org/b?X-Amz-Signature=Zq7planted5x0123456789&x=1", "Zq7planted5x"),
    "proxy": ("-----BEGIN RSA PRIVATE KEY-----\n" + "Zq7planted6x" * 5 + "\n-----END RSA PRIVATE KEY-----", "Zq7planted6x"),
    "panda secrets": ("secrets={'KEY': 'Zq7planted7x'}", "Zq7planted7x"),
    "user in an address": ("https://me:Zq7planted8x@proxy.example.org/", "Zq7planted8x"),
}


@pytest.mark.parametrize(("text", "secret"), PLANTED.values(), ids=PLANTED.keys())
def test_a_secret_planted_anywhere_is_nowhere_afterwards(
    api: httpx.Client, backend: Backend, wire: Wire, text: str, secret: str
) -> None:
    upload = api.post("/api/v1/uploads", params={"name": text[:60]}, content=f"x\n{text}\nERROR\n".encode()).json()["upload"]
    job = {**JOB, "piloterrordiag": text, "jobparameters": text, "metadata": {"secrets": {"a": secret}}}
    answer = ask(
        api,
        f"Why did this fail? {text}",
        model="openai/good",
        history=[{"role": "user", "content": text}],
        context={
            "page": "job", "url": f"https://bigpanda.cern.ch/?{text}", "viewer": text, "selection": text, "job": job,
            "pandaid": JOB["pandaid"],
            "errors": [{"component": "pilot", "code": 1099, "message": text, "description": text}],
            "logs": [
                {"name": "pilotlog.txt", "text": f"2026-01-01 10:00:00,000 | ERROR | x | No space left on device {text}"},
                {"name": "payload.stdout", "upload": upload},
            ],
        },
        resources={"/filebrowser/?pandaid=6519134287&json&filename=payload.stderr": {"status": 200, "text": text}},
    )  # fmt: skip
    hold(answer)
    assert secret not in json.dumps(answer)
    api.post("/api/v1/feedback", json={"message_id": answer["message_id"], "helpful": False, "comment": text})
    api.post("/api/v1/pair", json={"code": "ABCDEFGH", "name": text[:100]})
    api.get("/api/v1/search", params={"q": text})
    api.get(f"/nothing/{secret}")
    ask(api, f"explain it better {text}", model="openai/good", conversation_id=answer["conversation_id"])
    assert wire.requests
    assert secret not in wire.prompts()
    for file in backend.state_dir.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file
