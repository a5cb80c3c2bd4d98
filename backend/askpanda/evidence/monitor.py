"""The backend's own reader of the monitor: the same paths, the same reading of odd answers, and a guard at the door.

Only `MONITOR_URL` and `ALLOWED_MONITORS` are read, only the paths of `paths`, only addresses that are public (or the
very host that the administrator set as MONITOR_URL), over a connection to the address that was checked. Redirects are
followed by hand: onto the same host, onto a path of the list. `media_link` redirects point to plain http even on https
monitors; they are read on the monitor's own origin.
"""

import asyncio
import ipaddress
import json
import secrets
import socket
import ssl
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urljoin, urlsplit

import httpx

from askpanda.errors import BadRequest
from askpanda.evidence.answers import JSON_LIMIT, PAGE_HEAD
from askpanda.evidence.paths import media_path, parse
from askpanda.redaction import SecretCutter, cut_secrets_deep
from askpanda.redaction.secrets import cut_secrets
from askpanda.schema.answer import ResourceRequest
from askpanda.schema.ask import FetchFailure, Resource
from askpanda.settings import Settings

#: The first request for a log makes the monitor fetch and unpack the tarball: tens of seconds.
TIMEOUT = httpx.Timeout(90.0, connect=10.0)
REDIRECTS = 4
#: Bytes of a body that are read at once.
_PIECE = 1 << 16
#: Text up to this size is given as text even where there is a folder.
_INLINE = 1 << 18
#: Bytes of an error's body that are kept.
_ERROR_HEAD = 2000

Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as text. Raises OSError where it has none."""
    return list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def origin(url: str) -> str:
    """`https://host[:port]` of an address. Raises BadRequest for anything that is no web address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise BadRequest(f"{url} is no monitor's address; give it as https://host[:port].")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port and parts.port != {"http": 80, "https": 443}[parts.scheme] else ""
    return f"{parts.scheme}://{host}{port}"


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates count; read once, as that takes longer (50 ms) than most questions."""
    return httpx.create_ssl_context(trust_env=False)


class Refused(Exception):
    """An address or path that may not be read; becomes a resource with error `blocked`."""


class Monitor:
    """Reads paths of one monitor.

    A log is given as text; with a `folder`, a large one stays there as a file and is given as an upload that
    `open_upload` finds, which is how a 200 MB log is read without ever being in memory.

    async with Monitor(settings, folder=folder) as monitor:
        resources = await monitor.read([request(job_path(6519134287))])
    evidence = gather_job(PageContext(pandaid=6519134287), resources, monitor.open_upload)
    """

    def __init__(
        self,
        settings: Settings,
        address: str = "",
        *,
        folder: Path | None = None,
        resolve: Resolve = resolve,
        verify: Any = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`address` empty means MONITOR_URL. Raises BadRequest for a monitor that is not allowed."""
        own = origin(settings.monitor_url) if settings.monitor_url else ""
        allowed = {origin(item) for item in settings.allowed_monitors} | ({own} if own else set())
        self.origin = origin(address or settings.monitor_url)
        if self.origin not in allowed:
            raise BadRequest(
                f"{self.origin} is not among the allowed monitors (ASKPANDA_ALLOWED_MONITORS, ASKPANDA_MONITOR_URL)."
            )
        self._trusted = self.origin == own
        self._token = settings.monitor_token.get_secret_value() if self._trusted else ""
        self._limit = settings.upload_limit_mb << 20
        self._folder = folder
        self._resolve = resolve
        self._client = httpx.Client(
            timeout=TIMEOUT, follow_redirects=False, trust_env=False, transport=transport,
            verify=_authorities() if verify is True else verify,
            headers={"User-Agent": "askpanda", "Accept-Encoding": "gzip, identity"},
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def open_upload(self, identity: str) -> Path | None:
        """The file of a large log in `folder`, or None."""
        if self._folder is None or not identity.isalnum():
            return None
        path = self._folder / identity
        return path if path.is_file() else None

    async def read(self, requests: Iterable[ResourceRequest]) -> dict[str, Resource]:
        """What came back for each path, in the shape in which a client sends it. Never raises for an answer."""
        wanted = list(requests)
        answers = await asyncio.gather(*(asyncio.to_thread(self._one, request) for request in wanted))
        return {request.path: answer for request, answer in zip(wanted, answers, strict=True)}

    async def get(self, path: str, as_: Literal["json", "text"]) -> Resource:
        """What came back for one path. Never raises for an answer."""
        return await asyncio.to_thread(self._one, ResourceRequest(path=path, as_=as_))

    def _one(self, request: ResourceRequest) -> Resource:
        def failed(why: FetchFailure) -> Resource:
            return Resource(error=why)

        try:
            return self._fetch(request)
        except Refused:
            return failed("blocked")
        except httpx.TimeoutException:
            return failed("timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, zlib.error):
            return failed("network")
        except _TooLarge:
            return failed("too_large")

    def _fetch(self, request: ResourceRequest) -> Resource:
        url = self.origin + self._path_of(request.path)
        for _ in range(REDIRECTS + 1):
            with self._open(url) as answer:
                if answer.is_redirect:
                    target = urljoin(url, answer.headers.get("location", ""))
                    if "/login" in urlsplit(target).path:
                        return Resource(status=401)
                    url = self.origin + self._redirected(target)
                    continue
                return self._resource(answer, request)
        raise Refused("too many redirects")

    def _path_of(self, path: str) -> str:
        if not path.startswith("/") or path.startswith("//") or parse(path) is None:
            raise Refused(path)
        return path

    def _redirected(self, target: str) -> str:
        """The path of a redirect on the same host; scheme and port are the monitor's own."""
        parts, own = urlsplit(target), urlsplit(self.origin)
        path = media_path("/" + parts.path.lstrip("/")) + (f"?{parts.query}" if parts.query else "")
        if parts.hostname != own.hostname or parse(path) is None:
            raise Refused(target)
        return path

    def _address(self, host: str, port: int) -> str:
        for address in self._resolve(host, port):
            found = ipaddress.ip_address(address.split("%")[0])
            if self._trusted or found.is_global:
                return f"[{address}]" if found.version == 6 else address
        raise Refused(host)

    def _open(self, url: str) -> Any:
        """A streamed answer, over a connection to an address that was checked a moment before."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        address = self._address(host, port)
        headers = {"Host": parts.netloc}
        if self._token:
            headers["Authorization"] = f"Token {self._token}"
        bare = f"{parts.scheme}://{address}:{port}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        extensions = {"sni_hostname": host} if parts.scheme == "https" else {}
        return self._client.stream("GET", bare, headers=headers, extensions=extensions)

    def _resource(self, answer: httpx.Response, request: ResourceRequest) -> Resource:
        kind = answer.headers.get("content-type", "")[:200]
        if answer.status_code >= 400:
            # the file browser says in its JSON why there is no log
            said = _head(answer) if "json" in kind else ""
            return Resource(status=answer.status_code, content_type=kind, text=cut_secrets(said) or None)
        if request.as_ == "json":
            body = b"".join(_limited(answer, JSON_LIMIT))
            with suppress(ValueError, RecursionError):
                return Resource(status=answer.status_code, content_type=kind, json_=cut_secrets_deep(json.loads(body)))
            # not data: the head is enough to tell what it is
            return Resource(status=answer.status_code, content_type=kind, text=body[:PAGE_HEAD].decode("utf-8", "replace"))
        with tempfile.TemporaryDirectory(prefix="askpanda-") as spare:
            identity = secrets.token_hex(16)
            path = (self._folder or Path(spare)) / identity
            size = self._keep(answer, path)
            if self._folder is not None and size > _INLINE:
                return Resource(status=answer.status_code, content_type=kind, upload=identity)
            text = path.read_bytes().decode("utf-8", "replace")
            path.unlink()
        return Resource(status=answer.status_code, content_type=kind, text=text)

    def _keep(self, answer: httpx.Response, path: Path) -> int:
        cutter, size = SecretCutter(), 0
        with path.open("wb") as file:
            for piece in _unpacked(_limited(answer, self._limit), self._limit):
                size += file.write(cutter.feed(piece))
            size += file.write(cutter.finish())
        return size


class _TooLarge(Exception):
    pass


def _head(answer: httpx.Response) -> str:
    """The beginning of a body, enough for a sentence."""
    head = b""
    for piece in answer.iter_bytes(_ERROR_HEAD):
        head += piece
        if len(head) >= _ERROR_HEAD:
            break
    return head[:_ERROR_HEAD].decode("utf-8", "replace")


def _limited(answer: httpx.Response, limit: int) -> Iterator[bytes]:
    size = 0
    for piece in answer.iter_bytes(_PIECE):
        size += len(piece)
        if size > limit:
            raise _TooLarge
        yield piece


def _unpacked(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The pieces, unpacked where they begin as gzip does (a compressed log file is sent as it lies there)."""
    unpack: Any = None
    size, begun = 0, False
    for piece in pieces:
        if not begun:
            begun = True
            unpack = zlib.decompressobj(wbits=31) if piece[:2] == b"\x1f\x8b" else None
        if unpack is None:
            yield piece
            continue
        while piece:
            plain = unpack.decompress(piece, _PIECE)
            piece = unpack.unconsumed_tail
            size += len(plain)
            if size > limit:
                raise _TooLarge
            yield plain
