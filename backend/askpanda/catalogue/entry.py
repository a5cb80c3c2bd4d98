"""One error code and all that we know about it."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from askpanda.schema.answer import Advice, Party

Category = Literal[
    "Uncategorized",
    "File and Storage Issues",
    "Runtime Failures and Resource Violations",
    "Network and Communication Errors",
    "Job Termination and Kill Signals",
    "Software and Environment Issues",
    "Internal and Unknown Errors",
]
"""The names under which the monitor groups error codes (its numbers 0 to 6, in this order)."""

SCRIPTS = ("buildJob", "buildGen", "runGen", "runAthena", "runHPO", "runMerge", "preGoodRunList")
"""Worker-node scripts of user jobs, in the order of their hundreds: 5100 buildJob ... 5700 preGoodRunList."""

#: `OWNER/REPOSITORY path/to/file.py names, and what else is said`; only these owners keep their code on GitHub.
_FIRST_FILE = re.compile(r"((?:PanDAWMS|HSF)/[\w-]+) ([\w./-]+\.(?:py|sh))\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """An error code of one component. Every field is always there; what is not known is empty.

    `transient` and `retry` speak of the job as it is, unchanged: could it pass another time, and would a new attempt
    (whoever makes it) help. They are defaults for the code; the record and the log of one job may say better.
    """

    component: str
    """The monitor's word: pilot, executor, transform, dataservice, jobdispatcher, taskbuffer, brokerage, supervisor;
    and three that the monitor does not list: athena, pilotexit, wrapper."""
    group: str
    """The worker-node script that the number belongs to, one of SCRIPTS, or empty."""
    code: int
    name: str
    aliases: list[str]
    message: str
    """The short text that the software itself gives (a readable one of ours where it has only a pattern)."""
    category: Category
    party: Party
    transient: bool | None
    retry: Advice
    meaning: str
    raised: str
    causes: list[str]
    user: list[str]
    expert: list[str]
    scenarios: list[str]
    prevention: list[str]
    """How to keep it from happening again: by a user, or by the site or operator who can; empty in legacy entries."""
    log_keys: list[str]
    """Fragments of log lines that go with the code; for supervisor codes the regular expression that selects it first."""
    see_also: list[str]
    """Related entries as `component:code`."""
    legacy: bool
    """Today's software no longer sets this code; old records carry it."""
    source: str

    def __hash__(self) -> int:
        """By identity of the code: the lists make the generated hash impossible."""
        return hash((self.component, self.group, self.code))

    @property
    def key(self) -> str:
        """`pilot:1324`; with the script where the number alone is not unique: `executor/runGen:146`."""
        own_number = self.group and not 5100 <= self.code < 5800
        return f"{self.component}/{self.group}:{self.code}" if own_number else f"{self.component}:{self.code}"

    @property
    def base(self) -> int | None:
        """The number below 100 with which a worker-node script ends, so that `transexitcode` has it: 18 for 5318."""
        return self.code % 100 if self.group and 5100 <= self.code < 5800 else None

    @property
    def source_url(self) -> str:
        """Where the first file of `source` can be read today; empty for code that is elsewhere or gone (legacy)."""
        found = _FIRST_FILE.match(self.source)
        return f"https://github.com/{found[1]}/blob/HEAD/{found[2]}" if found and not self.legacy else ""

    @property
    def full(self) -> bool:
        """Whether there is a whole explanation and not only the sentence `meaning`."""
        return bool(self.raised)

    def as_dict(self) -> dict[str, Any]:
        """Every field, ready for JSON."""
        return asdict(self)
