"""What is known of one job before anything is concluded: plain data that evidence/ makes and diagnosis/ reads."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from askpanda.schema.ask import PageError

#: What became of something that was asked for. `html` is a page where data was expected, `login` a sign-in page.
FetchState = Literal[
    "ok", "empty", "not_found", "refused", "login", "html", "rate_limited", "too_large", "timeout", "network",
    "blocked", "server_error", "bad_json", "expired",
]  # fmt: skip


@dataclass(slots=True)
class LogFile:
    """One log. Exactly one of `path` and `data` is set where `state` is ok; bytes, never decoded here."""

    name: str
    state: FetchState = "ok"
    path: Path | None = None
    data: bytes | None = None
    origin: str = ""  # the monitor path or upload it came from
    note: str = ""  # a sentence for the reader where state is not ok


@dataclass(slots=True)
class JobEvidence:
    """A job as far as it is known. `job` holds the monitor's field names in lower case, values as they came."""

    pandaid: int | None = None
    job: dict[str, Any] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    page_errors: list[PageError] = field(default_factory=list)
    logs: list[LogFile] = field(default_factory=list)
    listing: list[dict[str, Any]] | None = None  # the file browser's list, where it was read
    notes: list[str] = field(default_factory=list)  # what could not be had, each a sentence for the reader
    selection: str = ""
    source: str = ""  # monitor base address the record came from
    as_of: str = ""  # UTC, ISO, when it was read
