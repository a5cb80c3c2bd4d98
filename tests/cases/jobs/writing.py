"""The files of a job's log tarball: frames, bulk, the case's own lines, then what encodings and accidents do to them."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.bigpanda.logs import reports
from tests.cases.jobs.markup import Line, Words, lines_of, marked
from tests.cases.jobs.pilotlog import MarkedLog, compose

Data = dict[str, Any]
Logs = dict[str, tuple[list[Line], bytes]]

_FIVE_FIELDS = re.compile(r"^(\d{4}-\d\d-\d\d [\d:,]+ \| \w+ *) \| [^|]+ \| [^|]+ \| ")
_LEVEL = re.compile(r"\b(ERROR|FATAL|CRITICAL|WARNING|INFO|Error|error:|warning:)")
_LATIN = ("Durchlauf läuft, Prüfung übersprungen", "résumé de l'étape: terminé, durée 12 µs", "señal número {n}: σ no está")


@dataclass(slots=True)
class Settings:
    """How a variant differs from the plain form of its cause."""

    noise: int = 1  # 0 little, 1 as usual, 2 much
    lines: int = 400  # of bulk in the payload's main file
    after: int = 0  # lines of bulk behind the failure: other threads go on
    encoding: str = ""  # "", crlf, ansi, latin1, progress
    three_fields: bool = False  # a pilot log without debug
    cut_diag: bool = False
    drop: bool = False  # side files are missing
    merged: bool = False  # stderr went into payload.stdout
    record_only: bool = False

    @classmethod
    def draw(cls, random: Random, *, plain: bool, record_only: bool) -> "Settings":
        """Drawn ones; `plain` has nothing odd but the usual noise."""
        if plain:
            return cls(
                1, random.randrange(300, 1500), random.randrange(3), merged=random.random() < 0.5, record_only=record_only
            )
        noise = random.choices([0, 1, 2], [0.3, 0.45, 0.25])[0]
        spans = ((20, 200), (600, 3000), (5000, 30000))
        return cls(
            noise,
            random.randrange(*spans[noise]),
            random.choice([0, 0, 3, 25]),
            random.choices(["", "crlf", "ansi", "latin1", "progress"], [0.52, 0.12, 0.14, 0.12, 0.1])[0],
            random.random() < 0.15,
            random.random() < 0.25,
            random.random() < 0.25,
            random.random() < 0.5,
            record_only,
        )

    def described(self) -> str:
        """For people: what is odd about the variant."""
        words = [f"noise {self.noise}", f"{self.lines} lines", self.encoding]
        words += [name for name in ("three_fields", "cut_diag", "drop", "merged", "record_only") if getattr(self, name)]
        return ", ".join(word for word in words if word)


@cache
def _bulk() -> dict[str, dict[str, str]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, dict[str, str]] = yaml.load((Path(__file__).parent / "bulk.yaml").read_text("utf-8"), Loader=loader)
    return loaded


def bulk(style: str, count: int, words: Words, random: Random, *, head: bool = True) -> list[Line]:
    """`count` lines of a healthy program: its ordinary ones, and alarming ones now and then."""
    parts = _bulk()[style]
    found = lines_of(parts["head"], words) if head and parts.get("head") else []
    loop, odd = parts["loop"].rstrip("\n").split("\n"), parts.get("odd", "").rstrip("\n").split("\n")
    while len(found) < count:
        draw = random.random()
        if draw < 0.02 and odd[0]:
            block = "\n".join(odd[:4]) if style == "geant4" and draw < 0.01 else random.choice(odd)
            found += lines_of(block, words)
        elif draw < 0.021 and "handled" in parts:
            found += lines_of(parts["handled"], words)
        else:
            found.append(Line(words.fill(loop[int(random.random() * len(loop))])))
    return found


class Writer:
    """Writes the files of one case."""

    def __init__(
        self,
        row: Data,
        frame: Data,
        record: Data,
        files: list[Data],
        site: Data,
        words: Words,
        settings: Settings,
        random: Random,
        quote: str,
    ) -> None:
        self.row, self.frame, self.record, self.files, self.site = row, frame, record, files, site
        self.words, self.settings, self.random, self.quote = words, settings, random, quote
        self.found: dict[str, list[Line]] = {}

    def write(self) -> dict[str, list[Line]]:
        """All files as marked lines."""
        plan = self.row.get("plan")
        payload = self.row.get("payload", "failed" if plan is None else "none")
        if payload != "none":
            self._payload(payload)
        for name, block in (self.row.get("files") or {}).items():
            self.found[self.words.fill(name)] = lines_of(block, self.words)
        self._pilot(plan)
        self._reports(payload)
        self._quoted()
        return self.found

    def _style(self) -> str:
        return str(self.row.get("bulk", self.frame["bulk"]))

    def _noise(self, share: float = 1.0, head: bool = True) -> list[Line]:
        return bulk(self._style(), max(4, int(self.settings.lines * share)), self.words, self.random, head=head)

    def _block(self, name: str) -> list[Line]:
        return lines_of(str(self.row[name]), self.words) if self.row.get(name) else []

    def _payload(self, payload: str) -> None:
        step = self.frame.get("step")
        out, err, early = self._block("out"), self._block("err"), bool(self.row.get("early"))
        before = [] if early else self._noise()
        after = [] if early or self.row.get("last") else self._noise(0, head=False)[: self.settings.after]
        tail = lines_of(str({**self.frame, **self.row}["tail"]), self.words) if payload == "failed" else []
        if payload == "success" and not step:
            tail = lines_of("\n==== Result ====\nexecute script: Running script was successful", self.words)
        head = lines_of(self.frame["head"], self.words) if not self.row.get("no_head") else []
        if step:
            log = self._block("log")
            if log or payload != "failed" or self.row.get("steplog", True):
                self.found[f"log.{self.words.names['step']}"] = [*before, *log, *after]
            self.found["payload.stdout"] = [*head, *out, *tail]
            self.found["payload.stderr"] = err
            return
        if self.row.get("after_noise"):  # the cause is far up; what fails in the end only follows from it
            cut = int(len(before) * (1 - self.row["after_noise"]))
            before, out = before[:cut], [*out, *before[cut:]]
        if err and self.settings.merged and not self.row.get("split"):
            out, err = [*out, *err], []
        self.found["payload.stdout"] = [*head, *before, *out, *after, *tail]
        self.found["payload.stderr"] = [*self._stderr_noise(), *err]

    def _stderr_noise(self) -> list[Line]:
        block = (
            "?| /bin/sh: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)\n"
            "?| ls: cannot access '/cvmfs/atlas.cern.ch/repo/ATLASLocalRootBase/user/optional.sh': No such file or directory\n"
            "INFO:    Converting OCI blobs to SIF format"
        )
        return lines_of(block, self.words)[: self.random.randrange(0, 1 + 2 * min(self.settings.noise, 1))]

    def _pilot(self, plan: list[Any] | None) -> None:
        start = datetime.fromisoformat(str(self.record["starttime"] or self.record["creationtime"])) - timedelta(seconds=40)
        log = MarkedLog(self.record, self.files, self.site, start)
        report = self._error_report()
        if plan is None:
            exit_code = int(self.words.names["trf" if self.frame.get("step") else "exit"])
            if report:
                exit_code = int(report["error_code"]) % 100
            found: Data = {"code": int(self.record["piloterrorcode"] or 0) or None}
            if report:
                found["report"] = {"code": report["error_code"], "diag": report["error_diag"]}
            critical = next((line.text for line in self.found.get("payload.stdout", []) if "CRITICAL" in line.text), "")
            if critical and not report:
                found["critical"] = critical
            if self.frame.get("step") and self.row.get("report", True):
                found["job_report"] = {"code": int(self.words.names["trf"]), "message": self.words.names["message"]}
            plan = ["start", "get_job", "stage_in", "set_up", {"run": {"exit_code": exit_code}}]
            plan += [{"text": self.row["pilot"]}] if self.row.get("pilot") else []
            plan += [{"diagnosis": found | (self.row.get("diagnosis") or {})}, "archive"]
        details = [self.words.fill(text) for text in self.row.get("details", [])]
        lines = compose(plan, log, self.words, self.random, self.settings.noise, details)
        if self.settings.three_fields:
            lines = [Line(_FIVE_FIELDS.sub(r"\1 | ", line.text), line.kind) for line in lines if " | DEBUG " not in line.text]
        self.found["pilotlog.txt"] = lines

    def _error_report(self) -> Data:
        report = self.row.get("report", self.frame.get("report"))
        if not isinstance(report, dict) or self.row.get("plan") is not None:
            return {}
        return {name: self.words.fill(value) if isinstance(value, str) else value for name, value in report.items()}

    def _reports(self, payload: str) -> None:
        made: dict[str, str] = {}
        if report := self._error_report():
            made["payload_error_report.json"] = json.dumps(report)
        if self.frame.get("step") and payload == "failed" and self.row.get("report", True):
            message = {"message": self.quote, "line": 1} if self.quote else None
            made["jobReport.json"] = reports.job_report(
                self.record,
                {
                    "code": int(self.words.names["trf"]), "acronym": self.row.get("acronym", "TRF_EXEC_FAIL"),
                    "message": self.words.names["message"], "step": self.words.names["step"], "rc": int(self.words.names["rc"]),
                    "executor_message": self.words.names["message"], "fatal": [message] if message else [],
                    "warning": [{"message": "PoolSvc WARNING Unable to locate catalog, no error", "line": 4, "count": 3}],
                },
            )  # fmt: skip
        if self.record["starttime"] and payload != "none":
            made["memory_monitor_summary.json"] = reports.memory_summary(self.record, self.row.get("peak"))
        for name, text in made.items():
            self.found.setdefault(name, [Line(row) for row in text.split("\n")])

    def _quoted(self) -> None:
        if self.quote:
            said = json.dumps(self.quote)[1:-1]
            for lines in self.found.values():
                for line in lines:
                    if self.quote in line.text or said in line.text:
                        line.kind = "decisive"
        also = {self.words.fill(text): kind for text, kind in (self.row.get("also") or {}).items()}
        for name, lines in self.found.items():
            self.found[name] = marked(lines, also)


def write_logs(
    row: Data,
    frame: Data,
    record: Data,
    files: list[Data],
    site: Data,
    words: Words,
    settings: Settings,
    random: Random,
    quote: str,
) -> Logs:
    """Every file of the tarball that matters: its marked lines and its bytes. Lines and bytes agree by number."""
    written = Writer(row, frame, record, files, site, words, settings, random, quote).write()
    found: Logs = {}
    for name, lines in written.items():
        decides = any(line.kind == "decisive" for line in lines)
        if settings.drop and not decides and name not in ("pilotlog.txt", "payload.stdout"):
            continue
        odd = settings.encoding if name.startswith(("payload.", "log.", "setup.")) else ""
        changed = _odd(lines, odd, random)
        ending = "\r\n" if odd == "crlf" else "\n"
        text = ending.join(line.text for line in changed) + (ending if changed else "")
        found[name] = (changed, text.encode("latin-1" if odd == "latin1" else "utf-8", "replace"))
    return found


def _odd(lines: list[Line], encoding: str, random: Random) -> list[Line]:
    # numbers of lines stay right: what is put in is a line of its own, without a line feed in it
    if encoding == "ansi":
        return [Line(_LEVEL.sub("\x1b[1;31m\\1\x1b[0m", line.text), line.kind) for line in lines]
    if encoding in ("latin1", "progress"):
        found: list[Line] = []
        for n, line in enumerate(lines):
            found.append(line)
            if not line.kind and random.random() < 0.01:
                done = range(0, 101, 10)
                bar = "\r".join(f"{percent:3d}%|{'#' * (percent // 10):<10}| errors: 0" for percent in done)
                found.append(Line(random.choice(_LATIN).replace("{n}", str(n)) if encoding == "latin1" else bar))
        return found
    return lines
