"""Queue settings from CRIC: read by the backend itself from one address, kept on disk, used for a while without it.

What goes out is one GET that says nothing about who asks what. Only the address of `ASKPANDA_CRIC_URL` is read, without
redirects; the default one only at public addresses. A copy in STATE_DIR serves all workers: it is read anew after an
hour, at most once at a time, and is used for a week where its source is away. A source that failed is left alone for
five minutes.
"""

import contextlib
import fcntl
import ipaddress
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from askpanda.evidence.answers import JSON_LIMIT, shallow, sniff
from askpanda.evidence.monitor import Resolve, resolve
from askpanda.evidence.queues import Queues, Record, from_list, from_mapping
from askpanda.experiments import KNOWN
from askpanda.redaction import cut_secrets_deep
from askpanda.settings import Settings

log = logging.getLogger(__name__)

#: Seconds: a copy is fresh; it is used where the source is away; a failed source is left alone; a question waits for it.
FRESH, USABLE, PAUSE, PATIENCE = 3600.0, 7 * 86400.0, 300.0, 3.0
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
#: The citation's path.
PATH = "cric"


class _Away(Exception):
    """The source could not be read; the text says why."""


class Cric:
    """Reads and keeps the queues. Never raises for a source that is away or odd.

    >>> Cric(settings).queues()
    Queues(records={'BNL': {'site': 'BNL-ATLAS', …}, …}, source='https://…', as_of='2026-11-23T10:00:00Z', …)
    """

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.BaseTransport | None = None,
        resolve: Resolve = resolve,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url = settings.cric_url.strip()
        ours = settings.of_experiment.cric if settings.experiment in KNOWN else ""
        self._trusted = self.url != ours  # who set another address may mean one of their own network
        self._folder = settings.state_dir
        self._transport = transport
        self._resolve = resolve
        self._clock = clock
        self._lock = threading.Lock()
        self._fetching: threading.Thread | None = None
        self._parsed: tuple[tuple[int, int], Queues, float] | None = None

    def queues(self, patience: float = PATIENCE) -> Queues | None:
        """The queues as fresh as `patience` seconds allow; None where there is no copy that may still be used.

        A copy older than an hour carries a warning that says how old it is.
        """
        if not self.url:
            return None
        if self.refresh():
            fetching = self._fetching
            if fetching is not None:
                fetching.join(patience)
        kept = self._kept()
        if kept is None:
            return None
        queues, fetched = kept
        age = self._clock() - fetched
        if age > USABLE:
            return None
        return queues if age <= FRESH else replace(queues, warning=self._old(age, fetched))

    def refresh(self) -> bool:
        """Begins to read the source beside the caller where the copy is no longer fresh; whether that is under way."""
        if not self.url:
            return False
        with self._lock:
            if self._fetching is not None and self._fetching.is_alive():
                return True
            if self._is_fresh() or self._age(self._failed) <= PAUSE:
                return False
            self._fetching = threading.Thread(target=self._update, name="cric", daemon=True)
            self._fetching.start()
            return True

    @property
    def kept(self) -> bool:
        """Whether there is a copy of any age, which is worth keeping fresh."""
        return self._copy.exists()

    @property
    def trouble(self) -> str:
        """Why the source could not be read the last time, with address and time; "" where it could."""
        try:
            return self._failed.read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    @property
    def _copy(self) -> Path:
        return self._folder / "cric.json"

    @property
    def _failed(self) -> Path:
        return self._folder / "cric.failed"

    def _age(self, path: Path) -> float:
        try:
            return max(self._clock() - path.stat().st_mtime, 0.0)
        except OSError:
            return float("inf")

    def _old(self, age: float, fetched: float) -> str:
        hours = age / 3600
        said = f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
        read = f"{datetime.fromtimestamp(fetched, UTC):%Y-%m-%d %H:%M}"
        return f"CRIC could not be read anew; its queue settings are those of {read} UTC, about {said} old."

    def _kept(self) -> tuple[Queues, float] | None:
        """(queues, when they were read) of the copy; parsed once per process and version of the file."""
        try:
            found = self._copy.stat()
            key = (found.st_mtime_ns, found.st_size)
            parsed = self._parsed
            if parsed is None or parsed[0] != key:
                data = json.loads(self._copy.read_bytes())
                if data.get("url") != self.url:
                    return None  # the copy of another source
                fetched = float(data["fetched"])
                as_of = f"{datetime.fromtimestamp(fetched, UTC):%Y-%m-%dT%H:%M:%SZ}"
                queues = Queues(from_mapping(data["queues"]), self.url, as_of, PATH)
                parsed = self._parsed = (key, queues, fetched)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return None
        return parsed[1], parsed[2]

    def _update(self) -> None:
        """One reader at a time over all workers; the others use what it leaves."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._only_one() as mine:
                if mine and not self._is_fresh():
                    self._replace()

    def _is_fresh(self) -> bool:
        return self._age(self._copy) <= FRESH and self._kept() is not None

    def _replace(self) -> None:
        try:
            records = self._read()
        except _Away as problem:
            now = datetime.fromtimestamp(self._clock(), UTC)
            self._failed.write_text(f"{self.url} {problem} ({now:%Y-%m-%d %H:%M:%S} UTC).\n", encoding="utf-8")
            log.warning("CRIC could not be read: %s", problem)
            return
        body = json.dumps({"url": self.url, "fetched": self._clock(), "queues": records})
        part = self._copy.with_suffix(f".{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(body, encoding="utf-8")
        part.replace(self._copy)
        self._failed.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _only_one(self) -> Iterator[bool]:
        with (self._folder / "cric.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                fcntl.flock(lock, fcntl.LOCK_EX)  # until the other has done
                yield False
            else:
                yield True

    def _read(self) -> dict[str, Record]:
        """The records, or _Away with the reason."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise _Away("is no web address")
        try:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
            address = self._address(parts.hostname, port)
            bare = f"{parts.scheme}://{address}:{port}{parts.path}" + (f"?{parts.query}" if parts.query else "")
            extensions = {"sni_hostname": parts.hostname} if parts.scheme == "https" else {}
            headers = {"Host": parts.netloc, "User-Agent": "askpanda", "Accept": "application/json"}
            with (
                httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False, transport=self._transport) as client,
                client.stream("GET", bare, headers=headers, extensions=extensions) as answer,
            ):
                if answer.status_code != 200:
                    raise _Away(f"answered with status {answer.status_code}")
                body = self._body(answer)
        except httpx.TimeoutException:
            raise _Away("did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            raise _Away("could not be reached") from None
        return self._records(body)

    def _address(self, host: str, port: int) -> str:
        for address in self._resolve(host, port):
            found = ipaddress.ip_address(address.split("%")[0])
            if self._trusted or found.is_global:
                return f"[{address}]" if found.version == 6 else address
        raise _Away("leads to an address that is not public")

    @staticmethod
    def _body(answer: httpx.Response) -> bytes:
        pieces, size = [], 0
        for piece in answer.iter_bytes(1 << 16):
            size += len(piece)
            if size > JSON_LIMIT:
                raise _Away("sent more than can be queue settings")
            pieces.append(piece)
        return b"".join(pieces)

    @staticmethod
    def _records(body: bytes) -> dict[str, Record]:
        if sniff(body[:4096]) is not None:
            raise _Away("sent a web page instead of data")

        def refuse(name: str) -> Any:
            raise ValueError(name)

        try:
            value = json.loads(body, parse_constant=refuse)
        except (ValueError, RecursionError):
            raise _Away("sent what is not valid data") from None
        records = (from_list(value) if isinstance(value, list) else from_mapping(value)) if shallow(value) else {}
        if not records:
            raise _Away("sent no queues")
        cut: dict[str, Record] = cut_secrets_deep(records)
        return cut
