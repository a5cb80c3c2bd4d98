"""The local monitor's jobs as data: YAML files in jobs/, each with a record, files, plans of its logs and what must be
found in it.

from tests.bigpanda import case, cases
one = case(6519134287)
one.record["piloterrorcode"], one.log("pilotlog.txt"), one.expect["decisive"]
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from tests.bigpanda import clock, files, record
from tests.bigpanda.logs import diagnosis as _diagnosis  # noqa: F401
from tests.bigpanda.logs import kills as _kills  # noqa: F401  registers its steps
from tests.bigpanda.logs import payload, reports
from tests.bigpanda.logs import remote as _remote  # noqa: F401
from tests.bigpanda.logs import stages as _stages  # noqa: F401
from tests.bigpanda.logs import transfers as _transfers  # noqa: F401
from tests.bigpanda.logs.pilot import STEPS, PilotLog
from tests.bigpanda.shape import Shape
from tests.bigpanda.shape import shape as shape_of

TIMES = {
    "created": "creationtime",
    "started": "starttime",
    "ended": "endtime",
    "changed": "statechangetime",
    "modified": "modificationtime",
}
Data = dict[str, Any]


@dataclass
class Case:
    """One job. `now` is what its relative times count back from."""

    data: Data
    now: datetime
    name: str = ""
    shape: Shape = field(default_factory=shape_of)
    _texts: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def pandaid(self) -> int:
        """The job's number."""
        return int(self.data["pandaid"])

    @property
    def expect(self) -> Data:
        """What a diagnosis must find: component, code, party, transient, decisive [{file, text}], must_say [fragment].
        Empty if unset.
        """
        return self.data.get("expect") or {}

    @property
    def generation(self) -> int:
        """Which of the monitor's three error tables the job's page shows: 2024, 2025 or 2026."""
        return int(self.data.get("generation", 2026))

    @property
    def log_state(self) -> str:
        """`registered` (the file browser lists it), `unregistered` (no log tarball) or another odd state of the data."""
        return str(self.data.get("log", "registered" if self.data.get("pilotlog") or self.data.get("logs") else "unregistered"))

    @property
    def site(self) -> Data:
        """The queue's record."""
        found: Data = self.shape.sites.get(self.data["job"]["computingsite"], {})
        return found

    @property
    def log_store(self) -> str:
        """Where its logs lie: `rucio`, `s3` or `gs`."""
        return str(self.site.get("logs", self.shape.logs))

    @cached_property
    def given(self) -> Data:
        """The job's fields as data names them, times made datetimes."""
        job = self.shape.record | dict(self.data["job"]) | {"pandaid": self.pandaid}
        for short, full in TIMES.items():
            if short in job:
                job[full] = job[short] = clock.moment(job[short], self.now)
        words = {f"{{{short}}}": clock.blank(job.get(short)) or "" for short in TIMES} | {"{day}": self._day(job)}
        words |= {"{pandaid}": str(self.pandaid), "{queue}": str(job["computingsite"])}
        for name, value in job.items():
            if isinstance(value, str) and "{" in value:
                for word, text in words.items():
                    value = value.replace(word, text)
                job[name] = value
        return job

    @staticmethod
    def _day(job: Data) -> str:
        # Texts of relative jobs say {day} where the real ones have a date.
        return f"{job.get('started') or job['created']:%Y-%m-%d}"

    @cached_property
    def files(self) -> list[Data]:
        """Full file rows, with the fields that only logs use (pfn, replicas) in them."""
        return files.complete(self.data.get("files", []), self.given, self.site, logged=self.log_state != "unregistered")

    @cached_property
    def record(self) -> Data:
        """The `job` object of the job's JSON."""
        given = {name: value for name, value in self.given.items() if name not in TIMES and not name.startswith("log")}
        worker = self.data.get("worker")
        return record.build(given, self.files, self.now, worker=self.worker if worker is not None else None, site=self.site)

    @cached_property
    def worker(self) -> Data:
        """`harvesterInfo`: the worker that brought the job's pilot to the node."""
        given = self.data.get("worker") or {}
        log = f"https://batch.example.org/logs/{self.pandaid}/"
        return {
            "workerid": record.stable(("worker", self.pandaid), 400_000_000, 600_000_000),
            "harvesterid": self.site.get("harvester", "CERN_central_A"),
            "batchlog": f"{log}{self.pandaid}.log",
            "computingelement": self.site.get("ce"),
            "errorcode": 0,
            "diagmessage": "",
        } | given

    @property
    def public_files(self) -> list[Data]:
        """File rows as the JSON shows them."""
        return [{key: value for key, value in row.items() if key not in ("pfn", "replicas")} for row in self.files]

    @cached_property
    def log_names(self) -> list[str]:
        """Names of the files in the log tarball, the main ones first."""
        if self.log_state == "unregistered":
            return []
        return list(self._plans())

    def _plans(self) -> Data:
        plans: Data = {}
        if "pilotlog" in self.data:
            plans["pilotlog.txt"] = self._pilot_log
        for name, plan in (self.data.get("logs") or {}).items():
            plans[name] = lambda plan=plan: self._dated("\n".join(payload.write(plan, self.record)) + ("\n" if plan else ""))
        for name, content in (self.data.get("reports") or {}).items():
            if name == "jobReport.json":
                plans[name] = lambda content=content: self._dated(reports.job_report(self.record, self._placed(content)))
            else:
                plans[name] = lambda content=content: reports.json.dumps(content)
        if self.data.get("pilotlog") and self.record["starttime"]:
            if self.data.get("memory", True):
                peak = self.data["memory"]["peak"] if isinstance(self.data.get("memory"), dict) else None
                start = datetime.fromisoformat(self.record["starttime"])
                plans["memory_monitor_summary.json"] = lambda: reports.memory_summary(self.record, peak)
                plans["memory_monitor_output.txt"] = lambda: reports.memory_output(self.record, start, peak)
            for name, content in reports.housekeeping(self.record, self.site).items():
                plans.setdefault(name, lambda content=content: content)
        return plans

    def _placed(self, report: Data) -> Data:
        # Report rows give the line of the sub-step's log that they were found on: looked up, not written down.
        log = f"log.{report['step']}"
        lines = self.log(log).decode("utf-8", "replace").split("\n") if log in (self.data.get("logs") or {}) else []

        def place(row: Data) -> Data:
            words = row["message"].split(" ", 2)
            found = (n for n, line in enumerate(lines, start=1) if all(word in line for word in words))
            return {"line": next(found, 1)} | row

        return {
            key: [place(row) for row in value] if key in ("fatal", "error", "warning") else value
            for key, value in report.items()
        }

    def _dated(self, text: str) -> str:
        return text.replace("{day}", self._day(self.given))

    def _pilot_log(self) -> str:
        start = self.given.get("starttime") or self.given["creationtime"]
        raw = self.record | {"jobparameters": self.data.get("jobparameters", "")}
        log = PilotLog(raw, self.files, self.site, start - timedelta(seconds=40))
        for entry in self.data["pilotlog"]:
            name, given = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
            STEPS[name](log, **(given if isinstance(given, dict) else {"lines": given}))
        text = log.text()
        if not self.shape.atlas:
            user = self.shape.pilot_user
            for ours, theirs in (("pilot.user.atlas", f"pilot.user.{user}"), ("pilot_user='ATLAS'", f"pilot_user='{user}'")):
                text = text.replace(ours, theirs)
            text = text.replace("pandaserver.cern.ch", self.shape.pandaserver)
        return self._dated(text)

    def log(self, name: str) -> bytes:
        """A log file's bytes. KeyError where the tarball has no such file."""
        if name not in self._texts:
            cached = self._cache_path(name)
            if cached is not None and cached.exists():
                self._texts[name] = cached.read_bytes()
            else:
                content = self._plans()[name]()
                self._texts[name] = content.encode("utf-8", "surrogateescape")
                if cached is not None:
                    cached.parent.mkdir(parents=True, exist_ok=True)
                    part = cached.with_suffix(f".{os.getpid()}")
                    part.write_bytes(self._texts[name])
                    part.replace(cached)
        return self._texts[name]

    def log_path(self, name: str, folder: Path) -> Path:
        """The log as a file in `folder`, written once."""
        path = folder / f"{self.pandaid}-{name}"
        if not path.exists():
            path.write_bytes(self.log(name))
        return path

    def _cache_path(self, name: str) -> Path | None:
        # Only what takes time to write is kept, keyed by the plan and its writer, so that neither ever meets an old file.
        plan = (self.data.get("logs") or {}).get(name)
        if not plan or not any(isinstance(entry, dict) and "big" in entry for entry in plan):
            return None
        key = sha256(f"{plan!r}{self._day(self.given)}".encode() + Path(payload.__file__).read_bytes()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"bigpanda-{os.getuid()}" / f"{self.pandaid}-{key}-{name}"


def read(now: datetime | None = None, shape: Shape | None = None) -> Iterator[Case]:
    """Every case of a deployment's jobs/, in the order of the file names; crowd files give many."""
    from tests.bigpanda.crowd import members

    moment, whose = now or clock.utc_now(), shape or shape_of()
    for path in sorted((whose.home / "jobs").glob("*.yaml")):
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for one in members(data) if "crowd" in data else [data]:
            yield Case(one, moment, path.stem, whose)


@cache
def _all() -> dict[int, Case]:
    return {one.pandaid: one for one in read()}


def cases() -> list[Case]:
    """The cases that carry an `expect`, the ones a diagnosis is tested against."""
    return [one for one in _all().values() if one.expect]


def case(pandaid: int) -> Case:
    """One job by its number. KeyError where there is none."""
    return _all()[pandaid]
