"""Finding all rules in a block of bytes, in one pass.

Hyperscan where its wheel is there (Linux on x86-64), google-re2 elsewhere, with the same results. Each family of files
(the pilot's, the programs') has the rules that can count in it, in two databases: `every` reports each match; `once` knows
no generic rules and reports at most one match a rule and block, which keeps a log with millions of matching lines near the
speed of reading it. Harmless rules are in neither: they are asked about the few lines that could be shown (`harmless`).
"""

import fcntl
import hashlib
import importlib
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import re2

from askpanda.diagnosis.rules import Rule, load
from askpanda.settings import settings

hyperscan: Any
try:
    hyperscan = importlib.import_module("hyperscan")
except ImportError:  # no wheel for this machine
    hyperscan = None

#: (rule number, offset just behind the match)
Hit = tuple[int, int]


#: Kinds of files that are searched for the same rules. A report quotes the payload's lines.
FAMILIES: dict[str, frozenset[str]] = {
    "pilot": frozenset({"pilot", "staging", "remote", "wrapper"}),
    "program": frozenset({"payload", "setup", "report"}),
}


class Engine(Protocol):
    """`scan` gives hits in no particular order; a rule may be reported several times for one line."""

    def scan(self, block: bytes | memoryview, once: bool) -> list[Hit]: ...


class HyperscanEngine:
    """The patterns of some rules in two Hyperscan block databases, kept on disk because compiling takes about a second."""

    def __init__(self, rules: Sequence[Rule], folder: Path | None = None) -> None:
        # a scratch belongs to one scan at a time: threads each make their own by loading a copy (see `engine`)
        self._every, self._once = (self._database(*plan, folder) for plan in self._plans(rules))

    @classmethod
    def kept(cls, rules: Sequence[Rule], folder: Path) -> bool:
        """Whether the databases of these rules lie in `folder` already."""
        return all(cls._file(*plan, folder).is_file() for plan in cls._plans(rules))

    @staticmethod
    def _plans(rules: Sequence[Rule]) -> list[tuple[list[tuple[int, str]], int]]:
        """Patterns and flags of both databases: `every`, `once`."""
        searched = _searched(rules)
        once = hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_SINGLEMATCH
        generic = {rule.number for rule in rules if rule.generic}
        without_generic = [pair for pair in searched if pair[0] not in generic]
        return [(searched, hyperscan.HS_FLAG_MULTILINE), (without_generic, once)]

    @staticmethod
    def _file(patterns: list[tuple[int, str]], flags: int, folder: Path) -> Path:
        key = hashlib.sha256(repr((hyperscan.__version__, flags, patterns)).encode()).hexdigest()
        return folder / f"{key[:32]}.hs"

    @classmethod
    def _database(cls, patterns: list[tuple[int, str]], flags: int, folder: Path | None) -> Any:
        path = cls._file(patterns, flags, folder) if folder else None
        if path is not None:
            with suppress(OSError, hyperscan.error):
                kept = hyperscan.loadb(path.read_bytes(), hyperscan.HS_MODE_BLOCK)
                kept.scratch = hyperscan.Scratch(kept)
                return kept
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        expressions, numbers = [pattern.encode() for _, pattern in patterns], [number for number, _ in patterns]
        database.compile(expressions=expressions, ids=numbers, flags=flags)
        if path is not None:
            _keep(path, hyperscan.dumpb(database))
        return database

    def scan(self, block: bytes | memoryview, once: bool) -> list[Hit]:
        hits: list[Hit] = []
        add = hits.append

        def found(number: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            add((number, end))

        (self._once if once else self._every).scan(block, match_event_handler=found)
        return hits


class Re2Engine:
    """The same with google-re2: a set finds which rules occur in a block, each of these is then located."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        options = _byte_options()
        searched = _searched(rules)
        self._patterns = [(number, re2.compile(f"(?m){pattern}".encode(), options)) for number, pattern in searched]
        self._set = pattern_set([pattern for _, pattern in searched])
        self._generic = frozenset(rule.number for rule in rules if rule.generic)

    def scan(self, block: bytes | memoryview, once: bool) -> list[Hit]:
        block = bytes(block)
        hits: list[Hit] = []
        for index in self._set.Match(block) or ():
            number, pattern = self._patterns[index]
            if once and number in self._generic:
                continue
            for match in pattern.finditer(block):
                hits.append((number, match.end()))
                if once:
                    break
        return hits


def _searched(rules: Sequence[Rule]) -> list[tuple[int, str]]:
    """What is searched for in logs: not what is harmless, and not what stands in records only."""
    return [
        (rule.number, pattern)
        for rule in rules
        if rule.role != "harmless" and rule.files != {"record"} and rule.id != "record-words"
        for pattern in rule.find
    ]


@cache
def family_of(kind: str) -> str:
    """The family of a kind of file."""
    return next((family for family, kinds in FAMILIES.items() if kind in kinds), "program")


@cache
def rules_of(family: str) -> tuple[Rule, ...]:
    """The rules that can count in a file of this family; all of them where a rule names no files."""
    return tuple(rule for rule in load() if not rule.files or rule.files & FAMILIES[family])


def _byte_options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = 256 << 20
    return options


def pattern_set(patterns: list[str]) -> Any:
    """A google-re2 set over bytes: `Match(text)` gives the places of the patterns that occur."""
    found = re2.Set.SearchSet(_byte_options())
    for pattern in patterns:
        found.Add(f"(?m){pattern}".encode())
    found.Compile()
    return found


@cache
def _harmless() -> tuple[list[Rule], Any]:
    pairs = [(rule, pattern) for rule in load() if rule.role == "harmless" for pattern in rule.find]
    return [rule for rule, _ in pairs], pattern_set([pattern for _, pattern in pairs])


def harmless(line: bytes, kind: str, codes: Iterable[tuple[str, int]] = ()) -> bool:
    """Does the line only look alarming, in a file of this kind, for a job with these errors (component, code)?"""
    rules, patterns = _harmless()
    found = patterns.Match(line[:8192]) or ()  # None where nothing matches
    return any(
        (not rules[index].files or kind in rules[index].files)
        and not (rules[index].codes and any(rules[index].fits(*code) for code in codes))
        for index in found
    )


class _Literals:
    """A few texts, found as they stand: once a block each."""

    def __init__(self, texts: list[bytes], number: int) -> None:
        self._texts, self._number = texts, number
        self._database = None
        if hyperscan is not None:
            self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            self._database.compile(
                expressions=[re.escape(text) for text in texts],
                ids=list(range(len(texts))),
                flags=hyperscan.HS_FLAG_SINGLEMATCH,
            )

    def scan(self, block: bytes | memoryview, once: bool) -> list[Hit]:
        if self._database is None:
            block = bytes(block)
            return [(self._number, place + len(text)) for text in self._texts if (place := block.find(text)) >= 0]
        hits: list[Hit] = []

        def found(_index: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            hits.append((self._number, end))

        self._database.scan(block, match_event_handler=found)
        return hits


def literals(texts: Sequence[str], number: int) -> Engine | None:
    """An engine for texts that are known only now; None for no text. A text of eight bytes or less is left out."""
    wanted = list(dict.fromkeys(text.encode() for text in texts if len(text.encode()) > 8 and "\n" not in text))
    return _Literals(wanted, number) if wanted else None


def _keep(path: Path, data: bytes) -> None:
    """Writes beside and renames, so that another process never reads half a database. A full disk is no fault here."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def make(rules: Sequence[Rule], kind: str | None = None, folder: Path | None = None) -> Engine:
    """An engine for these rules; `kind` hyperscan or re2, by default the faster one that is installed."""
    if kind == "re2" or (kind is None and hyperscan is None):
        return Re2Engine(rules)
    return HyperscanEngine(rules, folder)


@cache
def _shared(family: str, folder: Path) -> Callable[[], Engine]:
    local = threading.local()

    def get() -> Engine:
        if not hasattr(local, "engine"):
            if hyperscan is not None and not HyperscanEngine.kept(rules_of(family), folder):
                _compiling(folder, os.getpid())
                return _meanwhile(family)
            local.engine = make(rules_of(family), None, folder)
        engine: Engine = local.engine
        return engine

    return get


@cache
def _meanwhile(family: str) -> Engine:
    """What answers until the databases are there: ready at once, for all threads."""
    return Re2Engine(rules_of(family))


@cache
def _compiling(folder: Path, process: int) -> threading.Thread:
    """Makes the databases of `folder` beside the questions, once a process (which a fork is not the same any more)."""

    def compile_all() -> None:
        with suppress(OSError, AttributeError):  # Linux has priorities of single threads; questions come first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
        with _alone(folder):
            for family in FAMILIES:
                make(rules_of(family), None, folder)

    thread = threading.Thread(target=compile_all, name="patterns", daemon=True)
    thread.start()
    return thread


def read_rules() -> None:
    """Reads the rules and makes the engines that need no compiling: what a server's processes can share."""
    for family in FAMILIES:
        _meanwhile(family)
    harmless(b"", "")


def warm_up() -> None:
    """Waits until the databases are made and loaded: some seconds, once a rule set and state folder.

    No question has to wait for it: until then `engine` is a slower one. Of several processes the first compiles, the
    others load what it made.
    """
    read_rules()
    folder = settings().state_dir / "patterns"
    if hyperscan is not None and not all(HyperscanEngine.kept(rules_of(family), folder) for family in FAMILIES):
        _compiling(folder, os.getpid()).join()
    for kinds in FAMILIES.values():
        engine(min(kinds))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other process is in here for the same folder; a folder that cannot be written keeps nobody waiting."""
    with ExitStack() as held:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = held.enter_context((folder / "lock").open("a"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def engine(kind: str) -> Engine:
    """This thread's engine over the rules for a kind of file, at once. Databases are kept under the state folder; while there
    are none yet (or none can be kept), google-re2 finds the same.
    """
    return _shared(family_of(kind), settings().state_dir / "patterns")()
