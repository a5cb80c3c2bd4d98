"""The backend's own reader reads what it may and nothing else."""

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from askpanda.errors import BadRequest
from askpanda.evidence import file_path, gather_job, job_path
from askpanda.evidence.monitor import Monitor, origin
from askpanda.schema.answer import ResourceRequest
from askpanda.schema.ask import PageContext, Resource
from askpanda.settings import Settings

PUBLIC = "137.138.1.1"
Handler = Callable[[httpx.Request], httpx.Response]


def monitor(handler: Handler, *, address: str = PUBLIC, folder: Path | None = None, **settings: object) -> Monitor:
    chosen = Settings(**{"monitor_url": "", "allowed_monitors": ["https://bigpanda.cern.ch"], **settings})  # type: ignore[arg-type]
    url = chosen.monitor_url or "https://bigpanda.cern.ch"
    return Monitor(chosen, url, folder=folder, resolve=lambda *_: [address], transport=httpx.MockTransport(handler))


def get(reader: Monitor, path: str, as_: str = "json") -> Resource:
    async def run() -> Resource:
        async with reader:
            return (await reader.read([ResourceRequest(path=path, as_=as_)]))[path]  # type: ignore[arg-type]

    return asyncio.run(run())


def test_a_record_is_read_over_the_checked_address_under_the_monitors_name() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"job": {"pandaid": 5, "jobstatus": "failed"}})

    resource = get(monitor(handler), job_path(5))
    assert gather_job(PageContext(pandaid=5), {job_path(5): resource}, lambda _: None).job["jobstatus"] == "failed"
    assert seen[0].url.host == PUBLIC
    assert seen[0].headers["host"] == "bigpanda.cern.ch"
    assert seen[0].extensions["sni_hostname"] == "bigpanda.cern.ch"
    assert "authorization" not in seen[0].headers


def test_the_token_goes_to_the_administrators_monitor_only() -> None:
    seen: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        return httpx.Response(200, json={})

    get(monitor(handler, monitor_url="https://monitor.example.org", monitor_token="abc"), job_path(5))
    chosen = Settings(
        monitor_url="https://monitor.example.org", monitor_token="abc", allowed_monitors=["https://bigpanda.cern.ch"]
    )  # type: ignore[arg-type]
    other = Monitor(chosen, "https://bigpanda.cern.ch", resolve=lambda *_: [PUBLIC], transport=httpx.MockTransport(handler))
    get(other, job_path(5))
    assert seen == ["Token abc", None]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "192.168.1.1", "0.0.0.0"])
def test_an_address_inside_is_refused_unless_it_is_the_administrators_own_monitor(address: str) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"job": {}})

    assert get(monitor(handler, address=address), job_path(5)).error == "blocked"
    assert get(monitor(handler, address=address, monitor_url="http://127.0.0.1:9000"), job_path(5)).status == 200


@pytest.mark.parametrize(
    "path", ["/admin/", "//evil.example.org/job?pandaid=5", "http://evil.example.org/job?pandaid=5", "job"]
)
def test_a_path_that_is_not_on_the_list_is_not_fetched(path: str) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise AssertionError("was fetched")

    assert get(monitor(handler), path).error == "blocked"


def test_the_plain_http_link_to_a_log_is_read_on_the_monitors_own_origin() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.url.scheme} {request.url.path}")
        if request.url.path.startswith("/filebrowser"):
            place = "http://bigpanda.cern.ch//media/filebrowser/tarball_PandaJob_5_X/pilotlog.txt"
            return httpx.Response(301, headers={"location": place})
        return httpx.Response(200, text="the log\n")

    assert get(monitor(handler), file_path(5, "pilotlog.txt"), "text").text == "the log\n"
    assert seen == ["https /filebrowser/", "https /media/filebrowser/tarball_PandaJob_5_X/pilotlog.txt"]


@pytest.mark.parametrize(
    "place", ["https://evil.example.org/media/filebrowser/x", "/admin/", "http://169.254.169.254/job?pandaid=5"]
)
def test_a_redirect_elsewhere_is_refused(place: str) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": place})

    assert get(monitor(handler), job_path(5)).error == "blocked"


def test_the_file_browser_says_why_there_is_no_log() -> None:
    said = {"error": "Something went wrong while the log file downloading: \nCan not load log files using gs provider"}
    path = file_path(5, "payload.stdout")
    resource = get(monitor(lambda _: httpx.Response(400, json=said)), path, "text")
    job = gather_job(PageContext(pandaid=5), {path: resource}, lambda _: None)
    assert job.logs[0].state == "not_found"
    assert "using gs provider" in job.logs[0].note
    html = get(monitor(lambda _: httpx.Response(500, html="<h1>" + "x" * 100_000)), path, "text")
    assert html.text is None, "a page of an error says nothing"


def test_a_redirect_to_the_login_page_is_a_refusal() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": "/login/?next=/job"})

    assert get(monitor(handler), job_path(5)).status == 401


def test_redirects_in_a_circle_end() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": str(request.url.path) + "?pandaid=5"})

    assert get(monitor(handler), job_path(5)).error == "blocked"


def test_what_is_too_large_is_not_read_to_its_end() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"x" * (2 << 20))

    assert get(monitor(handler, upload_limit_mb=1), file_path(5, "a"), "text").error == "too_large"


def test_a_packed_log_is_unpacked_and_counted_unpacked() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=gzip.compress(b"line\n" * 1000))

    assert get(monitor(handler), file_path(5, "a"), "text").text == "line\n" * 1000
    bomb = gzip.compress(b"\x00" * (8 << 20))
    assert (
        get(monitor(lambda _: httpx.Response(200, content=bomb), upload_limit_mb=1), file_path(5, "a"), "text").error
        == "too_large"
    )


def test_a_large_log_stays_on_disk_where_there_is_a_folder(tmp_path: Path) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"line\n" * 100_000)

    reader = monitor(handler, folder=tmp_path)
    path = file_path(5, "pilotlog.txt")
    resource = get(reader, path, "text")
    assert resource.text is None
    evidence = gather_job(PageContext(pandaid=5), {path: resource}, reader.open_upload)
    assert evidence.logs[0].path is not None
    assert evidence.logs[0].path.stat().st_size == 500_000
    assert reader.open_upload("../../etc/passwd") is None


def test_secrets_are_cut_as_they_come_in() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n"

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=f"before\n{key}after\n")

    text = get(monitor(handler), file_path(5, "a"), "text").text or ""
    assert "MIIEowIBAAKCAQEA" not in text
    assert text.count("\n") == 5


def test_a_monitor_that_does_not_answer_is_told_apart() -> None:
    def slow(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    assert get(monitor(slow), job_path(5)).error == "timeout"
    assert get(monitor(gone), job_path(5)).error == "network"


@pytest.mark.parametrize("url", ["https://elsewhere.example.org", "http://bigpanda.cern.ch", "https://bigpanda.cern.ch:8443"])
def test_a_monitor_that_is_not_allowed_is_refused(url: str) -> None:
    with pytest.raises(BadRequest, match="allowed monitors"):
        Monitor(Settings(monitor_url="", allowed_monitors=["https://bigpanda.cern.ch"]), url)


@pytest.mark.parametrize("url", ["", "ftp://x", "https://user:pw@x", "bigpanda.cern.ch"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(BadRequest, match="no monitor's address"):
        origin(url)
