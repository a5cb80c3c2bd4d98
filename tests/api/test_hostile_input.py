"""Whatever comes in: never a 5xx, never a hang, and the next request works."""

import json
import socket
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.test_contract_shapes import is_error
from tests.backend import Backend

JSON = {"Content-Type": "application/json"}
HOSTILE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.text(),
    st.text(st.characters(categories=["Cs"]), max_size=5),
    st.sampled_from(["\0", "'; DROP TABLE answers;--", "${jndi:x}", "<script>"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12
)
FIELDS = ["question", "conversation_id", "continues", "history", "audience", "language", "model", "context", "resources"]
CONTEXT = [
    "monitor",
    "url",
    "viewer",
    "page",
    "pandaid",
    "jeditaskid",
    "site",
    "status",
    "errors",
    "selection",
    "job",
    "task",
    "logs",
]


def dumps(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


@HOSTILE
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_refused_politely(api: httpx.Client, raw: bytes) -> None:
    assert 400 <= api.post("/api/v1/ask", content=raw, headers=JSON).status_code < 500


@HOSTILE
@given(body=st.dictionaries(st.sampled_from(FIELDS), values), question=st.one_of(st.just("why?"), values))
def test_any_json_in_any_field_is_answered_or_refused(api: httpx.Client, body: dict[str, Any], question: Any) -> None:
    reply = api.post("/api/v1/ask", content=dumps({**body, "question": question}), headers=JSON)
    assert reply.status_code < 500, reply.text
    if reply.status_code != 200:
        is_error(reply, reply.status_code)


@HOSTILE
@given(
    context=st.dictionaries(st.sampled_from(CONTEXT), values),
    resources=st.dictionaries(st.text(max_size=20), values, max_size=3),
)
def test_any_json_in_context_and_resources_is_answered_or_refused(
    api: httpx.Client, context: dict[str, Any], resources: dict[str, Any]
) -> None:
    body = {"question": "why?", "context": context, "resources": resources}
    assert api.post("/api/v1/ask", content=dumps(body), headers=JSON).status_code < 500


@HOSTILE
@given(path=st.text(max_size=40), q=st.text(max_size=40), k=st.text(max_size=12))
def test_any_text_in_addresses_is_answered_or_refused(api: httpx.Client, path: str, q: str, k: str) -> None:
    safe = path.encode("utf-8", "replace").decode().replace("/", "")
    for prefix in ("conversations", "errors", "errors/pilot", "answers"):
        url = httpx.URL(api.base_url).copy_with(raw_path=f"/api/v1/{prefix}/".encode() + _quoted(safe))
        assert api.get(url).status_code < 500
    params = {
        "q": q.encode("utf-8", "replace").decode(),
        "k": k.encode("utf-8", "replace").decode(),
        "source": q[:5].encode("utf-8", "replace").decode(),
    }
    assert api.get("/api/v1/search", params=params).status_code < 500
    assert api.get("/api/v1/usage", params={"days": params["k"]}).status_code < 500


def _quoted(text: str) -> bytes:
    from urllib.parse import quote

    return quote(text, safe="").encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"7",
        b'{"question": NaN}',
        b'{"question": "x", "context": {"job": {"a": Infinity}}}',
        b'{"question": "x", "context": {"job": {"a": -Infinity}}}',
        b'{"question": "x", "context": {"job": {"a": 1e999}}}',
        b'{"question": "\xff\xfe"}',
        b'\xef\xbb\xbf{"question": "x"}',
        b'{"question": "x",}',
        b"{'question': 'x'}",
        b'{"question": "x", "context": {"pandaid": ' + b"9" * 5000 + b"}}",
        b'{"question": "x", "context": {"pandaid": 99999999999999999999}}',
        b'{"question": "x", "context": {"job": ' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"question": "x", "context": {"job": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}}",
    ],
)
def test_broken_json_is_400(api: httpx.Client, raw: bytes) -> None:
    is_error(api.post("/api/v1/ask", content=raw, headers=JSON), 400, "bad_request")


def test_thirty_two_levels_are_read_and_thirty_three_are_not(api: httpx.Client) -> None:
    def nested(levels: int) -> bytes:  # the body, context and job are three
        return b'{"question": "x", "context": {"job": ' + b'{"a":' * (levels - 2) + b"1" + b"}" * (levels - 2) + b"}}"

    assert api.post("/api/v1/ask", content=nested(32), headers=JSON).status_code == 200
    is_error(api.post("/api/v1/ask", content=nested(33), headers=JSON), 400)


def test_a_doubled_key_half_a_surrogate_and_a_nul_are_read(api: httpx.Client) -> None:
    raw = b'{"question": "first", "question": "cut \\ud83d off \\u0000 here", "context": {"selection": "\\udc00\\ud800"}}'
    reply = api.post("/api/v1/ask", content=raw, headers=JSON)
    assert reply.status_code == 200
    assert reply.json()["text"] == "You asked: cut \ufffd off \ufffd here"
    kept = api.get(f"/api/v1/conversations/{reply.json()['conversation_id']}").json()
    assert kept["messages"][0]["text"] == "cut \ufffd off \ufffd here"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/xml"]
)
def test_what_is_not_sent_as_json_is_415(api: httpx.Client, kind: str) -> None:
    is_error(api.post("/api/v1/ask", content=b'{"question": "x"}', headers={"Content-Type": kind}), 415)


def test_more_than_a_mebibyte_is_413_with_and_without_a_length(api: httpx.Client) -> None:
    raw = b'{"question": "' + b"x" * 1_200_000 + b'"}'
    for path in ("ask", "feedback", "pair"):
        is_error(api.post(f"/api/v1/{path}", content=raw, headers=JSON), 413, "too_large")
        pieces = (raw[i : i + 8192] for i in range(0, len(raw), 8192))
        is_error(api.post(f"/api/v1/{path}", content=pieces, headers=JSON), 413, "too_large")
    is_error(api.post("/api/v1/ask", content=raw * 20, headers=JSON), 413)


def test_a_mebibyte_of_context_is_read(api: httpx.Client) -> None:
    body = {"question": "x", "context": {"logs": [{"name": "a", "text": "y\n" * 500_000}]}}
    raw = json.dumps(body, ensure_ascii=False).encode()
    assert len(raw) > 1 << 20  # the escaped line ends make it longer
    body["context"]["logs"][0]["text"] = "y " * 500_000  # type: ignore[index]
    assert api.post("/api/v1/ask", content=json.dumps(body).encode(), headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"POST /api/v1/pair HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/v1/pair HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v1/pair HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_the_error_shape(house: Backend, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as connection:
        connection.sendall(raw)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
            head, _, body = answer.partition(b"\r\n\r\n")
            if body.endswith(b"}"):
                break
    assert 400 <= int(head.split()[1]) < 500
    assert set(json.loads(body)["error"]) == {"code", "message", "details", "request_id"}


def test_a_client_that_goes_away_in_mid_body_breaks_nothing(house: Backend, api: httpx.Client) -> None:
    head = b"POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", house.port)) as connection:
            connection.sendall(head + b"Authorization: Bearer " + house.token.encode() + b'\r\n\r\n{"question": "half')
    assert api.post("/api/v1/ask", json={"question": "and the next one"}).status_code == 200


SECRETS = {
    "bearer": ("Authorization: Bearer {s}", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJlMDEyMzQ1"),
    "password": ("password={s}", "hunter2hunter2"),
    "key": ("-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"),
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_reaches_neither_pipeline_nor_answer_nor_database_nor_log(
    house: Backend, api: httpx.Client, kind: str
) -> None:
    form, secret = SECRETS[kind]
    text = form.format(s=secret)
    body = {
        "question": f"what is {text}",
        "context": {
            "selection": text,
            "url": "https://bigpanda.cern.ch/",
            "job": {"a": [{"b": text}]},
            "errors": [{"message": text}],
            "logs": [{"name": "x", "text": f"one\n{text}\nthree"}],
            "task": {"password": secret, "secret": secret, "token": secret},
        },
        "history": [{"role": "user", "content": text}],
        "resources": {"/a": {"json": {"k": text}}, "/b": {"text": text}, f"/c?{text}": {"status": 200}},
    }
    reply = api.post("/api/v1/ask", json=body)
    assert reply.status_code == 200
    assert secret not in reply.text
    api.post("/api/v1/feedback", json={"message_id": reply.json()["message_id"], "helpful": True, "comment": text})
    api.get("/api/v1/search", params={"q": text})
    api.post("/api/v1/pair", json={"code": "x", "name": text[:90]})
    lines = json.loads(reply.json()["sections"]["details"])["context"]["logs"][0]["text"].split("\n")
    assert (lines[0], lines[-1], len(lines)) == ("one", "three", 2 + text.count("\n") + 1)
    for file in house.state_dir.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file
