"""A small catalogue and a maker of jobs, so that these tests do not move when a catalogue text does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from askpanda.schema.evidence import JobEvidence, LogFile


@dataclass
class Short:
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
        ("pilot", 1305): Short("PAYLOADEXECUTIONFAILURE", "Failed to execute payload", "", "user", False, "no"),
        ("pilot", 1099): Short("STAGEINFAILED", "Failed to stage-in file", "", "ddm", True, "yes"),
        ("pilot", 1137): Short("STAGEOUTFAILED", "Failed to stage-out file", "", "ddm", True, "yes"),
        ("pilot", 1152): Short("STAGEOUTTIMEOUT", "File transfer timed out during stage-out", "", "ddm", True),
        ("pilot", 1235): Short("PAYLOADEXCEEDMAXMEM", "Payload exceeded maximum allowed memory", "", "user", False, "no"),
        ("pilot", 1201): Short("SIGTERM", "Job killed by signal: SIGTERM", "", "site", True),
        ("pilot", 1324): Short("SERVICENOTAVAILABLE", "Service not available at the moment", "", "ddm", True),
        ("transform", 223): Short("", "Proot: Input files cannot be opened"),
        ("taskbuffer", 100): Short("EC_Kill", "killed", "", "user"),
    }

    def get(self, component: str, code: int) -> Short | None:
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
