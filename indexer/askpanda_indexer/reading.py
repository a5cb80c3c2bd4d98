"""Files of a folder, and their text: what lies outside, is no text, or is too large is said and passed over."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from askpanda_indexer.page import Unreadable

#: A larger file is data, not documentation, and would take the memory of the machine.
LARGEST = 16 * 1024 * 1024
#: Folders that hold what tools made.
_NOT_HERE = frozenset(["node_modules", "__pycache__", "_build", "_static", "_templates", "venv", "site-packages"])
#: Read the dates of a checkout's files within this many seconds, or take the checkout's own.
GIT_PATIENCE = 20


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is not read, and why."""

    path: str
    reason: str


def walk(root: Path, endings: Iterable[str] | None) -> Iterator[Path | Skipped]:
    """Files below a folder in order of name. `endings` None: every file, else only names that end so.

    Hidden and generated folders are left out silently; a link is followed only to files inside the folder.
    """
    real = root.resolve()
    wanted = tuple(endings) if endings is not None else None
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        for name in sorted(folders):
            link = here / name
            if link.is_symlink():
                inside = link.resolve().is_relative_to(real)
                why = "a link to another folder of this one" if inside else "a link that leads out of the folder"
                yield Skipped(_readable(link.relative_to(root).as_posix()), why)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _NOT_HERE and not (here / f).is_symlink())
        for name in sorted(names):
            path = here / name
            if name.startswith(".") or (wanted is not None and not name.lower().endswith(wanted)):
                continue
            relative = path.relative_to(root).as_posix()
            if (readable := _readable(relative)) != relative:
                # A path is kept in the index, sent as JSON and printed: all of that is UTF-8.
                yield Skipped(readable, "its name is not UTF-8: rename it")
            elif path.is_symlink() and not path.resolve().is_relative_to(real):
                yield Skipped(relative, "a link that leads out of the folder")
            elif not path.is_file():
                yield Skipped(relative, "no regular file")
            else:
                yield path


def _readable(path: str) -> str:
    """A path with a mark in place of the bytes that are no UTF-8."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_bytes(path: Path, binary: bool = False) -> bytes:
    """A file's content. Raises Unreadable where it is too large, empty, cannot be opened, or (but for `binary`) no text."""
    try:
        with path.open("rb") as handle:
            size = os.fstat(handle.fileno()).st_size
            if size > LARGEST:
                raise Unreadable(f"too large ({size / 1024**2:.0f} MB; up to {LARGEST // 1024**2} MB are read)")
            data = handle.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror or error})") from error
    if not data.strip():
        raise Unreadable("empty")
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not binary and not wide and b"\x00" in data[:65536]:
        raise Unreadable("binary, no text")
    return data


def decode(data: bytes) -> tuple[str, str]:
    """Text of a file, and a remark where its encoding had to be guessed.

    UTF-8 (with or without mark), UTF-16 with a mark, else Windows-1252, in which every Latin-1 text reads right.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), ""
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    odd = sum(not (c.isprintable() or c.isspace()) for c in text[:65536])
    if odd > len(text[:65536]) // 20:
        raise Unreadable("binary, no text")
    return text, "not UTF-8: read as Windows-1252"


class Dates:
    """When a file was last changed: by the checkout's history where there is one, else by the file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._by_path: dict[str, str] = {}
        self._fallback = ""
        if any((parent / ".git").exists() for parent in (root, *root.parents)):
            self._read_git()

    def of(self, relative: str) -> str:
        """ISO, UTC, to the second."""
        if date := self._by_path.get(relative) or self._fallback:
            return date
        try:
            return _iso(datetime.fromtimestamp((self.root / relative).stat().st_mtime, UTC))
        except OSError:
            return ""

    def _read_git(self) -> None:
        log = _git(self.root, "log", "--format=%x00%cI", "--name-only", "--relative", "-n", "20000", "--", ".")
        if log is None:
            return
        shallow = (_git(self.root, "rev-parse", "--is-shallow-repository") or "").strip() == "true"
        for entry in log.split("\x00")[1:]:
            date, _, names = entry.partition("\n")
            when = _iso(datetime.fromisoformat(date.strip()).astimezone(UTC))
            self._fallback = self._fallback or (when if shallow else "")
            if not shallow:
                for name in names.split("\n"):
                    if name:
                        self._by_path.setdefault(name, when)


def _iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "-c", "core.quotePath=false", *words],
            capture_output=True,
            timeout=GIT_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
