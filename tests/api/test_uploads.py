"""Logs on their way to disk: any type, capped, unpacked, without secrets, for their owner and not for long."""

import gzip
import os
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.api.uploads import unpacked
from askpanda.errors import BadRequest, TooLarge
from tests.api.conftest import HOUSE
from tests.api.test_contract_shapes import is_error
from tests.backend import Backend, running_backend

PATH = "/api/v1/uploads?name=pilotlog.txt"


def seen_by_the_pipeline(api: httpx.Client, upload: str) -> str | None:
    text: str | None = api.post("/api/v1/ask", json={"question": f"read upload {upload}"}).json()["entities"]["upload"]
    return text


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/octet-stream", "application/gzip", "application/json", "image/png", ""]
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_log_of_any_type_is_kept_plain(api: httpx.Client, kind: str, packed: bool) -> None:
    plain = b"line one\nline two\n"
    reply = api.post(PATH, content=gzip.compress(plain) if packed else plain, headers={"Content-Type": kind})
    assert reply.status_code == 201
    assert reply.json() == {"upload": reply.json()["upload"], "bytes": 18, "lines": 2}
    assert seen_by_the_pipeline(api, reply.json()["upload"]) == plain.decode()


@pytest.mark.parametrize(
    ("plain", "lines"), [(b"", 0), (b"\n", 1), (b"x", 1), (b"a\nb", 2), (b"\r\n\x00\xff\n", 2), (b"\x1f", 1)]
)
def test_lines_are_counted_by_line_feeds(api: httpx.Client, plain: bytes, lines: int) -> None:
    reply = api.post(PATH, content=plain).json()
    assert (reply["bytes"], reply["lines"]) == (len(plain), lines)


def test_an_upload_without_a_length_is_streamed(api: httpx.Client) -> None:
    pieces = (b"%d\n" % number for number in range(1000))
    assert api.post(PATH, content=pieces).json()["lines"] == 1000


def test_a_secret_that_is_split_over_two_pieces_is_cut_and_lines_stay(house: Backend, api: httpx.Client) -> None:
    secret = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJlMDEyMzQ1"
    text = ("x" * 65_500 + f"\nAuthorization: Bearer {secret}\nafter\n").encode()
    for content in (text, gzip.compress(text)):
        reply = api.post(PATH, content=(content[i : i + 65_520] for i in range(0, len(content), 65_520))).json()
        kept = seen_by_the_pipeline(api, reply["upload"])
        assert kept is not None
        assert secret not in kept
        assert kept.split("\n")[2] == "after"
        assert reply["bytes"] == len(kept)


def test_an_upload_is_its_owners_alone(api: httpx.Client, other: httpx.Client) -> None:
    upload = api.post(PATH, content=b"mine\n").json()["upload"]
    assert seen_by_the_pipeline(other, upload) is None
    assert seen_by_the_pipeline(api, upload) == "mine\n"


def test_an_upload_ends_after_its_time_and_its_file_goes() -> None:
    import sqlite3

    with running_backend(command=HOUSE) as backend, backend.client() as api:
        upload = api.post(PATH, content=b"short-lived\n").json()["upload"]
        with sqlite3.connect(backend.state_dir / "askpanda.db", timeout=20) as database:
            database.execute("UPDATE uploads SET expires = 1 WHERE id = ?", (upload,))
        assert seen_by_the_pipeline(api, upload) is None
        api.post(PATH, content=b"another\n")
        assert not (backend.state_dir / "uploads" / upload).exists()


def test_uploads_are_capped_packed_and_unpacked_and_leave_nothing_behind() -> None:
    with running_backend({"ASKPANDA_UPLOAD_LIMIT_MB": "1"}, command=HOUSE) as backend, backend.client() as api:
        noise = os.urandom(2 << 20)
        assert api.post(PATH, content=noise[: 1 << 20]).status_code == 201
        is_error(api.post(PATH, content=noise), 413, "too_large")
        is_error(api.post(PATH, content=(noise[i : i + 4096] for i in range(0, len(noise), 4096))), 413, "too_large")
        is_error(api.post(PATH, content=gzip.compress(b"0" * (64 << 20))), 413, "too_large")
        is_error(api.post(PATH, content=gzip.compress(b"x\n" * 400_000) * 3), 413, "too_large")
        assert len(list((backend.state_dir / "uploads").iterdir())) == 1
        for _ in range(8):
            last = api.post(PATH, content=noise[: 1 << 20])
        is_error(last, 413, "too_large")


@pytest.mark.parametrize("content", [b"\x1f\x8bnonsense", b"\x1f\x8b", gzip.compress(b"log\n" * 100)[:-30] + b"\xff" * 30])
def test_a_broken_gzip_is_refused_or_read_as_far_as_it_goes(api: httpx.Client, content: bytes) -> None:
    assert api.post(PATH, content=content).status_code in (201, 400)


def test_a_cut_off_gzip_gives_what_there_is(api: httpx.Client) -> None:
    packed = gzip.compress(os.urandom(50_000).hex().encode())
    reply = api.post(PATH, content=packed[: len(packed) // 2])
    assert reply.status_code == 201
    assert 30_000 < reply.json()["bytes"] < 100_000


@settings(max_examples=150, deadline=None)
@given(plain=st.binary(max_size=2000), cuts=st.lists(st.integers(1, 50), min_size=1, max_size=50), members=st.integers(1, 3))
def test_any_splitting_of_any_gzip_gives_the_same_bytes(plain: bytes, cuts: list[int], members: int) -> None:
    packed = gzip.compress(plain) * members
    assert b"".join(unpacked(_split(packed, cuts), 1 << 20)) == plain * members
    if not plain.startswith(b"\x1f\x8b"):
        assert b"".join(unpacked(_split(plain, cuts), 1 << 20)) == plain


@settings(max_examples=150, deadline=None)
@given(noise=st.binary(max_size=300), cuts=st.lists(st.integers(1, 50), min_size=1))
def test_any_bytes_behind_the_gzip_mark_are_read_or_refused(noise: bytes, cuts: list[int]) -> None:
    with suppress(BadRequest, TooLarge):
        list(unpacked(_split(b"\x1f\x8b" + noise, cuts), 1 << 16))


def test_a_bomb_is_unpacked_in_bounded_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(300)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(TooLarge):
        for _ in unpacked(iter([bomb]), 100 << 20):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def _split(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    at = turn = 0
    while at < len(data):
        step = cuts[turn % len(cuts)]
        yield data[at : at + step]
        at += step
        turn += 1
