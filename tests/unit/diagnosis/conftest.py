"""A small catalogue and a maker of jobs, so that these tests do not move when a catalogue text does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from askpanda.schema.evidence import JobEvidence, LogFile


@dataclass
class ShortEntry:
    """Only the short fields of a catalogue entry: diagnosis must work with these."""

    name: str
    message: str
    category: str = "Uncategorized"
    party: Any = "unknown"
    transient: bool | None = None
    retry: Any = "yes"
    meaning: str = ""
    raised: str = ""
    causes: list[str] = field(default_factory=list)
    user: list[str] = field(default_factory=list)
    expert: list[str] = field(default_factory=list)
    scenarios: list[str] = field(default_factory=list)
    log_keys: list[str] = field(default_factory=list)


class SmallCatalogue:
    """A handful of codes, as short as they may be."""

    entries = {
        ("pilot", 1305): ShortEntry("PAYLOADEXECUTIONFAILURE", "Failed to execute payload", party="user", transient=False, retry="no"),
        ("pilot", 1099): ShortEntry("STAGEINFAILED", "Failed to stage-in file", party="ddm", transient=True, retry="yes"),
        ("pilot", 1137): ShortEntry("STAGEOUTFAILED", "Failed to stage-out file", party="ddm", transient=True, retry="yes"),
        ("pilot", 1152): ShortEntry("STAGEOUTTIMEOUT", "File transfer timed out during stage-out", party="ddm", transient=True),
        ("pilot", 1235): ShortEntry("PAYLOADEXCEEDMAXMEM", "Payload exceeded maximum allowed memory", party="user", transient=False, retry="no"),
        ("pilot", 1201): ShortEntry("SIGTERM", "Job killed by signal: SIGTERM", party="site", transient=True),
        ("pilot", 1324): ShortEntry("SERVICENOTAVAILABLE", "Service not available at the moment", party="ddm", transient=True),
        ("transform", 223): ShortEntry("", "Proot: Input files cannot be opened"),
        ("taskbuffer", 100): ShortEntry("EC_Kill", "killed", party="user"),
    }  # fmt: skip

    def get(self, component: str, code: int) -> ShortEntry | None:
        return self.entries.get((component, code))


@pytest.fixture
def catalogue() -> SmallCatalogue:
    return SmallCatalogue()


@pytest.fixture
def make_job() -> Callable[..., JobEvidence]:
    """make_job({"piloterrorcode": 1305}, {"payload.stdout": "text"}) -> JobEvidence of job 6500000001, failed."""

    def make(record: dict[str, Any] | None = None, logs: dict[str, str | bytes] | None = None, **more: Any) -> JobEvidence:
        job = {"pandaid": 6500000001, "jobstatus": "failed", "computingsite": "SOME_SITE", **(record or {})}
        files = [
            LogFile(name=name, data=text.encode() if isinstance(text, str) else text) for name, text in (logs or {}).items()
        ]
        return JobEvidence(pandaid=6500000001, job=job, logs=files, **more)

    return make
