"""Where documents come from: a source yields items with their bytes, and makes documents of them."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import urlsplit

import yaml
from haystack.dataclasses import Document

from askpanda.errors import AskPandaError
from askpanda_indexer import parsers
from askpanda_indexer.chunk import chunks
from askpanda_indexer.page import Unreadable
from askpanda_indexer.patience import TookTooLong, at_most
from askpanda_indexer.reading import Dates, Skipped, decode, read_bytes, walk

#: Names of the sources that are made of the corpus; nothing else may be called so.
CORPUS = ("guides", "errors", "glossary")
#: Files that every project has and no reader asks for.
_NOT_DOCUMENTATION = re.compile(r"(?:^|/)(?:license|copying|changelog|authors|requirements)(?:\.\w+)?$", re.IGNORECASE)
#: An address of one page: whatever the file is called, its passages are there.
_WHOLE_ADDRESS = re.compile(r"://[^/]+/.*\.(?:html?|php|py|md|rst|json)\Z")
_NAME = re.compile(r"[A-Za-z0-9][\w.\-]{0,63}\Z")
#: Seconds for one file: the largest that are read as a rule take a tenth of it.
PARSE_PATIENCE = 120.0
#: Seconds for git to bring a repository.
CLONE_PATIENCE = 300


class SourceFailed(AskPandaError):
    """A source as a whole cannot be read; one line that says why and what to do."""

    code = "source_failed"


@dataclass(slots=True)
class Item:
    """One file (or entry) of a source: `path` below the source; `load` raises Unreadable."""

    path: str
    data: bytes | None = None
    file: Path | None = None

    def load(self) -> bytes:
        if self.data is not None:
            return self.data
        if self.file is None:
            raise Unreadable("there is nothing to read")
        return read_bytes(self.file, binary=self.file.suffix.lower() in parsers.BINARY)


class Source(Protocol):
    """A source by any other name: what the run needs of it."""

    name: str
    place: str

    def prepare(self) -> None:
        """Bring what is needed (a clone). Raises SourceFailed."""

    def items(self) -> Iterator[Item | Skipped]: ...
    def documents(self, item: Item, data: bytes, digest: str) -> tuple[list[Document], list[str]]:
        """Chunks of one item, and remarks for the report. Raises Unreadable."""


@dataclass(slots=True)
class FolderSource:
    """A folder, a checkout, or one file; `url` makes a passage's address of its file's path."""

    name: str
    place: str
    root: Path
    url: str = ""
    endings: list[str] | None = None
    files: list[str] | None = None
    parser: str = ""
    as_of: str = ""
    keep_names: bool = False
    _dates: Dates | None = field(default=None, init=False)

    def prepare(self) -> None:
        if not self.root.exists():
            raise SourceFailed(f"{self.name}: {self.root} is not there.")
        if not os.access(self.root, os.R_OK):
            raise SourceFailed(f"{self.name}: {self.root} may not be read.")
        self._dates = Dates(self.root if self.root.is_dir() else self.root.parent)

    def items(self) -> Iterator[Item | Skipped]:
        if self.root.is_file():
            yield Item(self.root.name, file=self.root)
            return
        endings = self.endings or (None if self.parser else parsers.ENDINGS)
        for found in walk(self.root, endings):
            if isinstance(found, Skipped):
                yield found
                continue
            path = found.relative_to(self.root).as_posix()
            if (self.files and path not in self.files) or _NOT_DOCUMENTATION.search(path):
                continue
            yield Item(path, file=found)

    def documents(self, item: Item, data: bytes, digest: str) -> tuple[list[Document], list[str]]:
        suffix = PurePosixPath(item.path).suffix
        binary = None if self.parser else parsers.BINARY.get(suffix.lower())
        parse = parsers.BY_NAME.get(self.parser) or parsers.parser_for(item.path, alone=self.root.is_file())
        if parse is None and binary is None:
            raise Unreadable(f"files of this kind ({suffix or 'no ending'}) are not read")
        text, remark = decode(data) if binary is None else ("", "")
        try:
            with at_most(PARSE_PATIENCE):
                page = binary(data, item.path) if binary else parse(text, item.path)  # type: ignore[misc]
        except Unreadable:
            raise
        except TookTooLong as error:
            raise Unreadable(f"it took longer than {PARSE_PATIENCE:.0f} s to read") from error
        except RecursionError as error:
            raise Unreadable("its elements are nested too deeply") from error
        except Exception as error:  # a parser that fails on one file must not cost the others
            raise Unreadable(f"it cannot be parsed ({type(error).__name__}: {str(error)[:120]})") from error
        as_of = instant(page.as_of) or self.as_of or self._date(item.path)
        address = self._address(item.path) or page.url or _written_from(page.sources)
        path = f"{self.name}/{item.path}"
        documents = []
        for number, chunk in enumerate(chunks(page)):
            url = f"{address}#{chunk.anchor}" if address and chunk.anchor and self.url else address
            url = chunk.url or url
            meta: dict[str, Any] = {
                "path": path, "section": chunk.section, "title": page.title, "url": url, "source": self.name,
                "as_of": instant(chunk.as_of) or as_of, "kind": "document", "hash": digest,
            }  # fmt: skip
            if page.keywords and number == 0:
                # Only the first passage, which says what the page is about, is found by them.
                meta["keywords"] = page.keywords
            documents.append(Document(id=f"{path}#{number}", content=chunk.content, meta=meta))
        return documents, [*([remark] if remark else []), *page.warnings]

    def _date(self, path: str) -> str:
        """When a file was last changed, ISO, UTC; empty where nobody knows."""
        return self._dates.of(path) if self._dates else ""

    def _address(self, path: str) -> str:
        if not self.url:
            return ""
        stem = path.removesuffix(PurePosixPath(path).suffix)
        if "{" not in self.url and _WHOLE_ADDRESS.search(self.url):
            return self.url
        if "{" not in self.url:
            return f"{self.url.rstrip('/')}/{path}"
        return self.url.replace("{path}", path).replace("{stem}", stem)


@dataclass(slots=True)
class GitSource(FolderSource):
    """A public repository, cloned below the state folder and brought up to date by each run."""

    address: str = ""
    folder: str = ""

    def prepare(self) -> None:
        clone = self.root
        if (clone / ".git").exists():
            words = ["-C", str(clone), "fetch", "--quiet", "--depth", "1", "origin", "HEAD"]
            self._git(words)
            self._git(["-C", str(clone), "reset", "--quiet", "--hard", "FETCH_HEAD"])
        else:
            clone.parent.mkdir(parents=True, exist_ok=True)
            self._git(["clone", "--quiet", "--depth", "1", "--", self.address, str(clone)])
        inside = clone / self.folder if self.folder else clone
        if not inside.is_dir():
            raise SourceFailed(f"{self.name}: {self.address} has no folder {self.folder} any more.")
        self.root = inside
        FolderSource.prepare(self)

    def _git(self, words: list[str]) -> None:
        quiet = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "GIT_LFS_SKIP_SMUDGE": "1"}
        try:
            done = subprocess.run(["git", *words], capture_output=True, timeout=CLONE_PATIENCE, env=quiet, check=False)
        except FileNotFoundError as error:
            raise SourceFailed(f"{self.name}: git is not installed.") from error
        except subprocess.TimeoutExpired as error:
            raise SourceFailed(f"{self.name}: {self.address} did not answer within {CLONE_PATIENCE} s.") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise SourceFailed(
                f"{self.name}: {self.address} could not be fetched ({said[-1] if said else 'git failed'}). "
                f"Is the network reachable? A copy can be added by its path: askpanda index add PATH --name {self.name}."
            )


@cache
def known() -> dict[str, dict[str, Any]]:
    """Sources by name, as data."""
    return dict(yaml.safe_load(files("askpanda_indexer").joinpath("sources.yaml").read_text("utf-8")))


def instant(date: str) -> str:
    """A date that a page gives itself (2026, 2026-11, 2026-11-23) as ISO, UTC."""
    match = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(T[\d:]+Z)?\s*$", date)
    return f"{match[1]}-{match[2] or '01'}-{match[3] or '01'}{match[4] or 'T00:00:00Z'}" if match else ""


def _written_from(sources: list[str]) -> str:
    """The address of the first thing that a page was written from and that readers can open."""
    for source in sources:
        if source.startswith(("https://", "http://")):
            return source
        name, _, path = source.partition(" ")
        if name in known() and "." in path and " " not in path:
            stem = path.removesuffix(PurePosixPath(path).suffix)
            return str(known()[name]["url"]).replace("{path}", path).replace("{stem}", stem)
    return ""


def check_name(name: str) -> str:
    """A source's name is the first part of its passages' paths. Raises SourceFailed."""
    if not _NAME.match(name) or name in CORPUS:
        raise SourceFailed(f"'{name}' cannot name a source: letters, digits, - _ . and none of {', '.join(CORPUS)}.")
    return name


def _is_git(address: str) -> bool:
    """Is an http address that of a repository? By its ending, else by its host."""
    parts = urlsplit(address)
    hosts = re.compile(r"(?:^|\.)(?:github|gitlab|bitbucket|codeberg)\.", re.IGNORECASE)
    return parts.path.endswith(".git") or bool(
        hosts.search(parts.netloc) and re.fullmatch(r"(?:/[^/.]+[^/]*){2,4}/?", parts.path)
    )


def _of_the_web(address: str, kept: Path, name: str | None, url: str | None) -> Source:
    """A site by its sitemap; an address that asks for JSON is that one file."""
    from askpanda_indexer.web import SiteSource, WebFileSource

    parts = urlsplit(address)
    if not parts.netloc:
        raise SourceFailed(f"{address} is no address.")
    stem = re.sub(r"\.(?:xml(?:\.gz)?|json)\Z", "", parts.path).removesuffix("/sitemap")
    short = re.sub(r"[^\w.\-]+", "-", f"{parts.hostname}{stem}").strip("-.")[:60]
    called = check_name(name or short)
    if parts.path.endswith(".json") or re.search(r"(?:^|&)json(?:&|=|$)", parts.query):
        return WebFileSource(called, address, kept / called / f"{called}.json", url or address, parser="data", address=address)
    return SiteSource(called, address, kept / called, url or address, parser="html", address=address)


def source_for(place: str, clones: Path, name: str | None = None, url: str | None = None) -> Source:
    """The source that `askpanda index add PLACE` means: a known name, a folder, a file, a git address, a site, a JSON file.

    A name of `sources.yaml` is that source unless PLACE is written as a path. A folder that has a known source's name
    gets its address scheme, so that a copy of panda-docs links to its pages.
    """
    path = Path(place).expanduser()
    written_as_path = "/" in place or place.startswith((".", "~"))
    if place in known() and not written_as_path and "address" in known()[place]:
        from askpanda_indexer.web import WebFileSource

        about = known()[place]
        called = check_name(name or place)
        # The file's name is the only heading that a bare JSON has.
        return WebFileSource(
            called, place, clones / called / f"{called}.json", url or about.get("url", ""), parser=about["parser"],
            address=about["address"],
        )  # fmt: skip
    if place in known() and not written_as_path:
        about = known()[place]
        return GitSource(
            check_name(name or place), place, clones / place, url or about.get("url", ""), about.get("endings"),
            about.get("files"), about.get("parser", ""), address=about["git"], folder=about.get("folder", ""),
        )  # fmt: skip
    if re.match(r"https?://", place) and not _is_git(place):
        return _of_the_web(place, clones, name, url)
    if re.match(r"(?:https?|ssh|git)://|git@", place):
        short = re.sub(r"\W+", "-", place.rstrip("/").removesuffix(".git").rpartition("/")[2]).strip("-")
        called = check_name(name or short)
        return GitSource(called, place, clones / called, url or "", address=place)
    if not path.exists():
        names = ", ".join(sorted(known()))
        raise SourceFailed(f"{place} is neither a folder or file here nor a known source ({names}).")
    path = path.resolve()
    called = check_name(name or re.sub(r"[^\w.\-]+", "-", path.stem if path.is_file() else path.name).strip("-."))
    about = known().get(called, {})
    inside = path / about["folder"] if about.get("folder") and (path / about["folder"]).is_dir() else path
    return FolderSource(
        called, str(path), inside, url if url is not None else about.get("url", ""),
        parser=about.get("parser", ""), files=about.get("files"),
    )  # fmt: skip
