"""The pilot log as a list of entries, written with a clock of its own."""

from calendar import timegm
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.bigpanda.record import stable

Step = Callable[..., None]

STEPS: dict[str, Step] = {}


def step(function: Step) -> Step:
    """Make a function usable as a step of a job's `pilotlog` list, under its own name."""
    STEPS[function.__name__] = function
    return function


@dataclass
class PilotLog:
    """What has been logged so far. Entries are pilot3's debug format: five fields, ` | ` between, UTC."""

    job: dict[str, Any]
    files: list[dict[str, Any]]
    site: dict[str, Any]
    time: datetime
    entries: list[str] = field(default_factory=list)
    #: Facts that later steps need: pid, payload exit code, monitor loop number.
    known: dict[str, Any] = field(default_factory=dict)

    def say(self, level: str, where: str, message: str, after: float = 0.02) -> None:
        """One entry `after` seconds later. `where` is `logger function`; a message may have several lines."""
        self.time += timedelta(seconds=after)
        name, _, function = where.partition(" ")
        stamp = self.time.strftime("%Y-%m-%d %H:%M:%S") + f",{self.time.microsecond // 1000:03d}"
        self.entries.append(f"{stamp} | {level:<8} | {name:<32} | {function:<25} | {message}")

    def debug(self, where: str, message: str, after: float = 0.01) -> None:
        """A DEBUG entry."""
        self.say("DEBUG", where, message, after)

    def info(self, where: str, message: str, after: float = 0.02) -> None:
        """An INFO entry."""
        self.say("INFO", where, message, after)

    def warning(self, where: str, message: str, after: float = 0.02) -> None:
        """A WARNING entry, which healthy jobs have in plenty."""
        self.say("WARNING", where, message, after)

    def error(self, where: str, message: str, after: float = 0.02) -> None:
        """An ERROR entry."""
        self.say("ERROR", where, message, after)

    def critical(self, where: str, message: str, after: float = 0.02) -> None:
        """What the pilot logs as fatal."""
        self.say("CRITICAL", where, message, after)

    @property
    def pandaid(self) -> int:
        """The job's number."""
        return int(self.job["pandaid"])

    @property
    def epoch(self) -> int:
        """The log's clock in seconds since 1970, UTC."""
        return timegm(self.time.timetuple())

    @property
    def home(self) -> str:
        """The pilot's launch directory on the node."""
        slot = stable(("dir", self.pandaid), 10_000, 99_999)
        slot = stable(("dir", self.pandaid), 10_000, 99_999)
        return f"/scratch/condor/execute/dir_{slot}/{self.job['computingsite']}_{self.pandaid}"

    @property
    def workdir(self) -> str:
        """The job's work directory."""
        return f"{self.home}/PanDA_Pilot-{self.pandaid}"

    @property
    def pid(self) -> int:
        """The payload's process number."""
        return stable(("pid", self.pandaid), 20_000, 900_000)

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """The job's files of these types."""
        return [row for row in self.files if row["type"] in kinds]

    def text(self) -> str:
        """The file's content."""
        return "\n".join(self.entries) + "\n"


@step
def say(log: PilotLog, lines: list[str], every: float = 0.05) -> None:
    """Entries as they are: `LEVEL logger function: message` each."""
    for line in lines:
        head, _, message = line.partition(": ")
        level, _, where = head.partition(" ")
        log.say(level, where, message, every)


@step
def wait(log: PilotLog, seconds: float) -> None:
    """Nothing is logged for a while."""
    log.time += timedelta(seconds=seconds)
