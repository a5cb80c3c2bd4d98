"""The edges of requests as an outsider finds them, on a bare socket where a client would tidy up."""

import dataclasses
import gzip
import json
import socket
from typing import Any

import httpx
import pytest

from askpanda.catalogue.entry import Entry
from tests.backend import Backend

ASK = {"question": "what is PanDA?", "model": "none"}
MIB = 1 << 20


def padded(size: int) -> bytes:
    """A question of exactly `size` bytes, filled up by a field that nobody knows."""
    head = json.dumps({**ASK, "future": ""})[:-2].encode()
    return head + b"x" * (size - len(head) - 2) + b'"}'


def post(api: httpx.Client, body: Any, **headers: str) -> httpx.Response:
    return api.post("/api/v1/ask", content=body, headers={"Content-Type": "application/json", **headers})


def pieces(body: bytes) -> Any:
    yield from (body[at : at + 65536] for at in range(0, len(body), 65536))


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "status"), [(MIB - 1, 200), (MIB, 200), (MIB + 1, 413), (3 * MIB, 413)])
def test_one_mebibyte_is_read_and_one_byte_more_is_413(api: httpx.Client, size: int, status: int, chunked: bool) -> None:
    body = padded(size)
    reply = post(api, pieces(body) if chunked else body)
    assert reply.status_code == status
    if status == 413:
        assert "/api/v1/uploads" in reply.json()["error"]["message"]


def test_a_packed_body_is_told_from_broken_json(api: httpx.Client) -> None:
    packed = post(api, gzip.compress(json.dumps(ASK).encode()), **{"Content-Encoding": "gzip"})
    assert packed.status_code == 415
    assert packed.json()["error"]["code"] == "unsupported_media_type"
    assert post(api, json.dumps(ASK).encode(), **{"Content-Encoding": "identity"}).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/errors//1305", "/api//v1/models", "/api/v1//ask"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_address_with_a_doubled_slash_is_none_of_ours(house: Backend, method: str, path: str) -> None:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {house.token}\r\n"
    with socket.create_connection(("127.0.0.1", house.port), 10) as client:
        client.sendall(f"{head}Content-Length: 0\r\n\r\n".encode())
        reply = b""
        while piece := client.recv(65536):
            reply += piece
    headers, _, body = reply.partition(b"\r\n\r\n")
    assert headers.startswith(b"HTTP/1.1 404 ")
    assert json.loads(body)["error"]["code"] == "not_found"


def test_the_description_has_every_field_of_the_catalogue(api: httpx.Client) -> None:
    described = api.get("/openapi.json").json()["components"]["schemas"]["ErrorEntry"]["properties"]
    assert set(described) == {field.name for field in dataclasses.fields(Entry)}


WRONG: list[dict[str, Any]] = [
    {"context": {"errors": [{"code": [1]}]}},
    {"context": {"errors": [{"code": 1.5}]}},
    {"context": {"errors": [None]}},
    {"context": {"errors": {}}},
    {"context": {"logs": [{"text": "no name"}]}},
    {"context": {"logs": [{"name": "a", "text": ["x"]}]}},
    {"context": {"logs": "x"}},
    {"context": {"pandaid": "12"}},
    {"context": {"pandaid": True}},
    {"context": {"job": []}},
    {"context": {"page": "nonsense"}},
    {"resources": {"/a": 7}},
    {"resources": {"/a": None}},
    {"resources": {"/a": {"status": "200"}}},
    {"resources": {"/a": {"status": True}}},
    {"resources": {"/a": {"error": "nonsense"}}},
    {"resources": [{}]},
    {"history": [{"role": "system", "content": "x"}]},
    {"history": [{"role": "user"}]},
    {"audience": "boss"},
    {"continues": 7},
    {"model": ""},
]


@pytest.mark.parametrize("extra", WRONG, ids=[json.dumps(extra) for extra in WRONG])
def test_a_wrong_type_is_400_at_every_depth(api: httpx.Client, extra: dict[str, Any]) -> None:
    reply = api.post("/api/v1/ask", json={**ASK, **extra})
    assert reply.status_code == 400
    assert set(reply.json()["error"]) == {"code", "message", "details", "request_id"}
