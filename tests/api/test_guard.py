"""Host, Origin, tokens, pairing, limits: who may come in, seen from outside."""

import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import HOUSE
from tests.api.streams import on_worker
from tests.api.test_contract_shapes import is_error
from tests.backend import Backend, running_backend
from tests.ports import free_port

CHROMIUM = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
FIREFOX = "moz-extension://0123abcd-0123-0123-0123-0123456789ab"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "", "[::1", "127.0.0.1,evil"]
)
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/models", "/nothing"])
def test_a_rebound_name_is_refused_on_every_route(api: httpx.Client, host: str, path: str) -> None:
    is_error(api.get(path, headers={"Host": host}), 403, "forbidden")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:80", "LOCALHOST", "[::1]:8765"])
def test_the_hosts_own_names_are_answered_with_any_port(api: httpx.Client, host: str) -> None:
    assert api.get("/api/v1/models", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", "chrome-extension://short", "file://",
        CHROMIUM + ".evil.example", "https://evil.example/" + CHROMIUM, "https://bigpanda.cern.ch.evil.example", "*", "",
    ],
)  # fmt: skip
def test_a_foreign_origin_is_refused_even_with_a_token_and_never_gets_cors(api: httpx.Client, origin: str) -> None:
    for reply in (
        api.get("/api/v1/models", headers={"Origin": origin}),
        api.post("/api/v1/ask", json={"question": "x"}, headers={"Origin": origin}),
        api.post("/api/v1/pair", json={"code": "x"}, headers={"Origin": origin}),
        api.options("/api/v1/ask", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
    ):
        is_error(reply, 403, "forbidden")
        assert "Access-Control-Allow-Origin" not in reply.headers


def test_another_sites_page_without_origin_is_refused(api: httpx.Client) -> None:
    is_error(api.get("/api/v1/models", headers={"Sec-Fetch-Site": "cross-site"}), 403)
    assert api.get("/api/v1/models", headers={"Sec-Fetch-Site": "none"}).status_code == 200


@pytest.mark.parametrize("origin", [CHROMIUM, FIREFOX])
def test_an_extension_is_let_in_with_a_token_and_to_pair(house: Backend, api: httpx.Client, origin: str) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    reply = api.post("/api/v1/ask", json={"question": "from the extension"}, headers=headers)
    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == origin
    is_error(httpx.get(house.url + "/api/v1/models", headers=headers), 401)
    is_error(httpx.post(house.url + "/api/v1/pair", json={"code": "WRONG"}, headers=headers), 403)
    preflight = httpx.options(
        house.url + "/api/v1/ask",
        headers={
            **headers,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == origin


def test_only_listed_web_origins_get_cors() -> None:
    with (
        running_backend({"ASKPANDA_ALLOWED_ORIGINS": "https://panda.example"}, command=HOUSE) as backend,
        backend.client() as api,
    ):
        reply = api.get("/api/v1/models", headers={"Origin": "https://panda.example"})
        assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (200, "https://panda.example")
        is_error(api.get("/api/v1/models", headers={"Origin": "https://pandaXexample"}), 403)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer {token} {token}",
        "Bearer \xff\xfe",
    ],
)
def test_anything_but_a_known_bearer_token_is_401(house: Backend, authorization: str) -> None:
    value = authorization.replace("{token}", house.token).encode("latin-1")
    reply = httpx.get(house.url + "/api/v1/models", headers=[(b"Authorization", value)])
    is_error(reply, 401, "unauthorized")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_the_first_start_makes_a_token_that_only_its_user_can_read_and_the_database_does_not_hold(house: Backend) -> None:
    file = house.state_dir / "token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(house.token) >= 43
    for stored in house.state_dir.glob("askpanda.db*"):
        assert house.token.encode() not in stored.read_bytes()


def pair(backend: Backend, code: str) -> httpx.Response:
    return httpx.post(backend.url + "/api/v1/pair", json={"code": code, "name": "a browser"})


def test_nobody_else_can_read_the_state_folder(house: Backend) -> None:
    house.state_dir.chmod(0o755)
    with house.client() as api:
        api.post("/api/v1/uploads?name=x", content=b"x\n")
    for file in house.state_dir.rglob("*"):
        if file.name not in ("output.txt", "askpanda.pid"):  # the first is the test's own, the second no secret
            assert not file.stat().st_mode & 0o077, file


def test_who_is_refused_before_the_body_was_read_still_sees_why(house: Backend) -> None:
    body = b'{"question": "' + b"x" * 3_000_000 + b'"}'
    for headers in ({}, {**house.headers(), "Origin": "https://evil.example"}, {**house.headers(), "Host": "evil.example"}):
        reply = httpx.post(house.url + "/api/v1/ask", content=body, headers={"Content-Type": "application/json", **headers})
        is_error(reply, 403 if headers else 401)


def test_a_code_pairs_once_for_the_owner_it_was_made_for(house: Backend) -> None:
    code = house.askpanda("pair", "--as", "alice").stdout.split()[-1]
    assert len(code) == 8
    reply = pair(house, code.lower())
    assert reply.status_code == 200
    assert set(reply.json()) == {"token", "owner"}
    assert reply.json()["owner"] == "alice"
    with house.client(reply.json()["token"]) as alice:
        assert alice.get("/api/v1/conversations").json() == {"conversations": []}
    is_error(pair(house, code), 403)


def test_five_wrong_tries_end_a_code_on_whichever_worker_they_were_made(house: Backend) -> None:
    code = house.askpanda("pair").stdout.split()[-1]
    for _ in range(5):
        is_error(pair(house, "WRONGONE"), 403)
    is_error(pair(house, code), 403)


def test_four_wrong_tries_do_not_end_a_code(house: Backend) -> None:
    code = house.askpanda("pair").stdout.split()[-1]
    for _ in range(4):
        pair(house, "WRONGONE")
    assert pair(house, code).status_code == 200


def test_two_who_redeem_a_code_at_once_get_one_token(house: Backend) -> None:
    code = house.askpanda("pair").stdout.split()[-1]
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(reply.status_code for reply in pool.map(lambda _: pair(house, code), range(8)))
    assert statuses == [200] + [403] * 7


@pytest.mark.parametrize(
    "body", [{}, {"code": ""}, {"code": 12345678}, {"code": None}, {"code": "x" * 65}, {"code": "A", "name": 3}]
)
def test_a_senseless_pairing_request_is_400(house: Backend, body: object) -> None:
    is_error(httpx.post(house.url + "/api/v1/pair", json=body), 400)


def test_the_rate_limit_is_one_for_both_workers_and_each_owner_has_its_own() -> None:
    with running_backend({"ASKPANDA_RATE_LIMIT": "6"}, command=HOUSE) as backend:
        second = backend.token_of("second")
        end_of_minute = time.time() + 50
        replies = []
        for _ in range(9):  # a connection each: they spread over the workers
            with backend.client() as api:
                replies.append(api.post("/api/v1/ask", json={"question": "x"}))
        assert [reply.status_code for reply in replies] == [200] * 6 + [429] * 3
        assert time.time() < end_of_minute
        is_error(replies[-1], 429, "too_many_requests")
        assert 1 <= int(replies[-1].headers["Retry-After"]) <= 60
        with backend.client() as api:
            assert api.get("/api/v1/models").status_code == 200, "only questions are limited"
        with backend.client(second) as api:
            assert api.post("/api/v1/ask", json={"question": "x"}).status_code == 200


def test_the_budget_of_the_day_is_one_for_both_workers() -> None:
    from tests.api.house import MODEL

    with running_backend({"ASKPANDA_DAILY_BUDGET_USD": "0.9"}, command=HOUSE) as backend:
        with backend.client() as api:
            first = api.post("/api/v1/ask", json={"question": "x", "model": MODEL})
            second = api.post("/api/v1/ask", json={"question": "x", "model": MODEL})
        assert [reply.json()["entities"]["budget_left"] for reply in (first, second)] == [True, True]
        third = on_worker(
            backend, "POST", "/api/v1/ask", not_on=second.headers["X-Worker"], json={"question": "x", "model": MODEL}
        )
        assert third.json()["entities"]["budget_left"] is False


@pytest.mark.parametrize(
    ("env", "word"),
    [
        ({"ASKPANDA_HOST": "0.0.0.0"}, "ASKPANDA_TRUSTED_HOSTS"),
        ({"ASKPANDA_ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS"),
        ({"ASKPANDA_PORT": "many"}, "ASKPANDA_PORT"),
        ({"ASKPANDA_MODEL": "openai/x", "OPENAI_API_KEY": "k"}, "EGRESS"),
        ({}, "Another backend"),
        ({"ASKPANDA_STATE_DIR": "{fresh}"}, "ASKPANDA_PORT"),
    ],
)
def test_unsafe_or_senseless_settings_refuse_to_start_in_one_line(
    house: Backend, env: dict[str, str], word: str, tmp_path: Path
) -> None:
    if env.get("ASKPANDA_MODEL"):  # the state folder and the port are taken, which would be said first
        env = {**env, "ASKPANDA_STATE_DIR": str(tmp_path), "ASKPANDA_PORT": str(free_port())}
    env = {name: value.replace("{fresh}", str(tmp_path)) for name, value in env.items()}
    command = [sys.executable, "-m", "askpanda.cli", "serve"]
    ended = subprocess.run(command, env={**house.env, **env}, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert word in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_host_list_opens_another_address() -> None:
    env = {"ASKPANDA_HOST": "0.0.0.0", "ASKPANDA_TRUSTED_HOSTS": "panda.example,127.0.0.1"}
    with running_backend(env, command=HOUSE) as backend, backend.client() as api:
        assert api.get("/api/v1/models", headers={"Host": "panda.example"}).status_code == 200
        is_error(api.get("/api/v1/models", headers={"Host": "localhost"}), 403)
