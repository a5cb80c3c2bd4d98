"""Sources on the web: a documentation site by its sitemap, and single files (error descriptions, queue data).

Pages are kept below the state folder with what the server said of them, so that a run asks only for what has changed,
and one that was broken off goes on where it was.
"""

import gzip
import hashlib
import io
import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx
from bs4 import BeautifulSoup

from askpanda_indexer.page import Unreadable
from askpanda_indexer.reading import LARGEST, Skipped
from askpanda_indexer.sources import FolderSource, Item, SourceFailed, instant

#: Pages of a site, bytes of one page, bytes of all.
MOST_PAGES, LARGEST_PAGE, LARGEST_SITE = 3000, 4 * 1024 * 1024, 256 * 1024 * 1024
#: Sitemaps that a sitemap may name, and bytes of one.
MOST_SITEMAPS, LARGEST_SITEMAP = 50, 16 * 1024 * 1024
MOST_REDIRECTS = 5
#: Seconds for one answer to begin and for each pause in it.
PATIENCE = 20.0
AGENT = "askpanda-index"
#: Failures in a row after which a server is left alone.
GIVE_UP = 10
_PAGE = re.compile(r"(?:/|/[^/.]*|\.x?html?|\.php)\Z", re.IGNORECASE)

_XML_MARK = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")


class _Refused(Exception):
    """An address that is not read, and why."""


@dataclass(slots=True)
class _Answer:
    status: int
    body: bytes
    url: str
    kind: str
    tag: str
    modified: str


class _Reader:
    """GET of one host only, with a limit on what is read; redirects are followed by hand, to look at each address."""

    def __init__(self, host: str, scheme: str) -> None:
        self._host, self._scheme = host, scheme
        self._client = httpx.Client(timeout=PATIENCE, headers={"User-Agent": AGENT}, follow_redirects=False, trust_env=True)

    def close(self) -> None:
        self._client.close()

    def allowed(self, address: str) -> bool:
        """The same host, and never from https back to http."""
        parts = urlsplit(address)
        return parts.netloc == self._host and (parts.scheme == "https" or parts.scheme == self._scheme == "http")

    def get(self, address: str, largest: int, headers: dict[str, str] | None = None) -> _Answer:
        """Raises _Refused, httpx.HTTPError."""
        for _ in range(MOST_REDIRECTS):
            if not self.allowed(address):
                raise _Refused("it leads to another host")
            with self._client.stream("GET", address, headers=headers) as answer:
                if answer.is_redirect and answer.headers.get("location"):
                    address = urldefrag(urljoin(address, answer.headers["location"])).url
                    continue
                body = bytearray()
                if answer.status_code == 200:
                    for piece in answer.iter_bytes():
                        body += piece
                        if len(body) > largest:
                            raise _Refused(f"too large (up to {largest // 1024**2} MB are read)")
                said = answer.headers
                kind = said.get("content-type", "").partition(";")[0].strip().lower()
                return _Answer(
                    answer.status_code, bytes(body), address, kind, said.get("etag", ""), said.get("last-modified", "")
                )
        raise _Refused("it is redirected for ever")


@contextmanager
def _reader(address: str) -> Iterator[_Reader]:
    reader = _Reader(urlsplit(address).netloc, urlsplit(address).scheme)
    try:
        yield reader
    finally:
        reader.close()


@dataclass(slots=True)
class SiteSource(FolderSource):
    """A documentation site: `address` is that of its sitemap, or of the folder whose sitemap it is."""

    address: str = ""
    _pages: dict[str, dict[str, str]] = field(default_factory=dict, init=False)  # path below the site -> what is known
    _passed: list[Skipped] = field(default_factory=list, init=False)

    def prepare(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        known = self._known()
        with _reader(self.address) as reader:
            try:
                robots = self._robots(reader)
                found = self._listed(reader, robots)
            except (httpx.HTTPError, _Refused) as error:
                raise SourceFailed(f"{self.name}: {self.address} could not be read ({_why(error)}).") from error
            if not found:
                raise SourceFailed(
                    f"{self.name}: {self.address} has no sitemap that lists pages of this site. "
                    "Give the sitemap's own address, or a checkout of the documentation."
                )
            self._fetch_all(reader, robots, found, known)
        if not self._pages:
            raise SourceFailed(f"{self.name}: none of the {len(found)} pages of {self.address} could be read.")

    def items(self) -> Iterator[Item | Skipped]:
        yield from self._passed
        for path, about in sorted(self._pages.items()):
            yield Item(path, file=self.root / about["file"])

    def _address(self, path: str) -> str:
        return self._pages[path]["url"] if path in self._pages else ""

    def _date(self, path: str) -> str:
        """What the sitemap says of the page, else what the server said of it."""
        about = self._pages.get(path, {})
        if listed := instant(about.get("listed", "")[:10]):
            return listed
        try:
            changed = parsedate_to_datetime(about.get("modified", ""))
        except (TypeError, ValueError):
            return ""
        return changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _robots(self, reader: _Reader) -> RobotFileParser:
        """What the site asks robots to leave alone; nothing where it does not say."""
        robots = RobotFileParser()
        answer = reader.get(urljoin(self.address, "/robots.txt"), LARGEST_PAGE)
        robots.parse(answer.body.decode("utf-8", "replace").splitlines() if answer.status == 200 else [])
        return robots

    def _listed(self, reader: _Reader, robots: RobotFileParser) -> dict[str, str]:
        """Addresses of pages below the given place, with the date that the sitemap gives them."""
        place = self.address
        named = re.search(r"\.xml(?:\.gz)?\Z", urlsplit(place).path)
        base = urljoin(place, ".") if named else place.rstrip("/") + "/"
        waiting = (
            [place] if named else [urljoin(base, "sitemap.xml"), *(robots.site_maps() or []), urljoin(place, "/sitemap.xml")]
        )
        found: dict[str, str] = {}
        seen: set[str] = set()
        while waiting and len(seen) < MOST_SITEMAPS and len(found) < MOST_PAGES:
            address = waiting.pop(0)
            if address in seen or not reader.allowed(address):
                continue
            seen.add(address)
            answer = reader.get(address, LARGEST_SITEMAP)
            if answer.status != 200:
                if named and len(seen) == 1:
                    raise _Refused(f"status {answer.status}")
                continue
            # The names of the elements are enough, and html.parser resolves no entities of other places.
            text = _XML_MARK.sub("", _unpacked(answer.body).decode("utf-8", "replace"))
            soup = BeautifulSoup(text, "html.parser")
            for entry in soup.find_all(["url", "sitemap"]):
                loc = entry.find("loc", recursive=False)
                page = urldefrag(urljoin(address, loc.get_text(strip=True))).url if loc else ""
                if entry.name == "sitemap":
                    waiting.append(page)
                elif (
                    page.startswith(base)
                    and reader.allowed(page)
                    and _PAGE.search(urlsplit(page).path)
                    and len(found) < MOST_PAGES
                ):
                    modified = entry.find("lastmod", recursive=False)
                    found.setdefault(page, modified.get_text(strip=True) if modified else "")
            if found and not named:
                break
        return found

    def _fetch_all(self, reader: _Reader, robots: RobotFileParser, found: dict[str, str], known: dict[str, Any]) -> None:
        total = failures = 0
        base = urlsplit(self.address).netloc
        for number, (address, listed) in enumerate(found.items()):
            path = unquote(address.partition(base)[2]).strip("/") or "index.html"
            path = re.sub(r"[^\w./~@+\-]+", "-", path)[:200]
            before = known.get(path, {})
            if not robots.can_fetch(AGENT, address):
                self._passed.append(Skipped(path, "the site asks robots not to read it"))
                continue
            try:
                self._pages[path] = self._fetch(reader, address, listed, before)
                total += int(self._pages[path]["size"])
                failures = 0
            except (httpx.HTTPError, _Refused, Unreadable, OSError) as error:
                kept = "; its last state is kept" if before else ""
                if before:
                    self._pages[path] = before
                self._passed.append(Skipped(path, f"{_why(error)}{kept}"))
                failures += isinstance(error, httpx.HTTPError)
                if failures >= GIVE_UP:
                    raise SourceFailed(f"{self.name}: {self.address} has stopped answering ({_why(error)}).") from error
            if number % 20 == 0:
                self._note({**known, **self._pages})
            if total > LARGEST_SITE:
                self._passed.append(Skipped(path, f"the site has more than {LARGEST_SITE // 1024**2} MB: the rest is left out"))
                break
        self._note(self._pages)
        wanted = {about["file"] for about in self._pages.values()}
        for file in self.root.glob("*.html"):
            if file.name not in wanted:
                file.unlink(missing_ok=True)

    def _fetch(self, reader: _Reader, address: str, listed: str, before: dict[str, str]) -> dict[str, str]:
        file = self.root / f"{hashlib.sha256(address.encode()).hexdigest()[:24]}.html"
        there = bool(before) and file.exists()
        if there and listed and listed == before.get("listed"):
            return before
        headers = {}
        if there and before.get("tag"):
            headers["If-None-Match"] = before["tag"]
        if there and before.get("modified"):
            headers["If-Modified-Since"] = before["modified"]
        answer = reader.get(address, LARGEST_PAGE, headers)
        if answer.status == 304 and there:
            return {**before, "listed": listed}
        if answer.status != 200:
            raise _Refused(f"status {answer.status}")
        if answer.kind not in ("text/html", "application/xhtml+xml", ""):
            raise _Refused(f"no page but {answer.kind}")
        _replace(file, answer.body)
        return {
            "url": answer.url, "file": file.name, "listed": listed, "tag": answer.tag, "modified": answer.modified,
            "size": str(len(answer.body)),
        }  # fmt: skip

    def _known(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.root / "pages.json").read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    def _note(self, pages: dict[str, Any]) -> None:
        _replace(self.root / "pages.json", json.dumps(pages).encode())


@dataclass(slots=True)
class WebFileSource(FolderSource):
    """One file of the web: `root` is where it is kept."""

    address: str = ""

    def _address(self, path: str) -> str:
        return self.url

    def prepare(self) -> None:
        self.root.parent.mkdir(parents=True, exist_ok=True)
        with _reader(self.address) as reader:
            try:
                answer = reader.get(self.address, LARGEST, {"Accept": "application/json, */*;q=0.5"})
            except (httpx.HTTPError, _Refused) as error:
                raise SourceFailed(f"{self.name}: {self.address} could not be read ({_why(error)}).") from error
        if answer.status != 200:
            raise SourceFailed(f"{self.name}: {self.address} answered with status {answer.status}.")
        if answer.body.lstrip()[:1] not in (b"{", b"["):
            raise SourceFailed(f"{self.name}: {self.address} answered with {answer.kind or 'something'} instead of JSON.")
        _replace(self.root, answer.body)
        FolderSource.prepare(self)


def _replace(file: Path, data: bytes) -> None:
    """Write a file as a whole: a run that is broken off leaves the old one."""
    made = file.with_name(f".{file.name}.new")
    made.write_bytes(data)
    os.replace(made, file)


def _unpacked(body: bytes) -> bytes:
    """A sitemap may be gzip; more than the limit comes out of nothing honest."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            data = packed.read(LARGEST_SITEMAP + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _Refused("its sitemap cannot be unpacked") from error
    if len(data) > LARGEST_SITEMAP:
        raise _Refused("its sitemap is too large")
    return data


def _why(error: Exception) -> str:
    if isinstance(error, _Refused | Unreadable):
        return str(error)
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {PATIENCE:.0f} s"
    return str(error)[:120] or type(error).__name__
