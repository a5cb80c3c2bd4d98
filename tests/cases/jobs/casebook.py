"""Failed jobs with labels, made from the causes in causes/*.yaml.

    for case in cases("tune"):
        verdict = diagnose(case.evidence(), catalogue)

A cause is one way a job ends badly; its variants differ in site, amount and kind of noise, encodings, cut texts, missing
files. All variants of a cause are on the same side of the split, so that nothing of the held half is seen while tuning.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal

import yaml

from askpanda.schema.evidence import JobEvidence, LogFile
from tests.bigpanda import files as monitor_files
from tests.bigpanda import record as monitor_record
from tests.cases.jobs.markup import Kind, Line, Words
from tests.cases.jobs.writing import Settings, write_logs

HERE = Path(__file__).parent
NOW = datetime(2026, 5, 12, 9, 40)
Half = Literal["tune", "held"]
Data = dict[str, Any]

#: Short words of the causes for the record's code and text fields.
FIELDS = {
    "pilot": ("piloterrorcode", "piloterrordiag"),
    "exe": ("exeerrorcode", "exeerrordiag"),
    "trans": ("transexitcode", ""),
    "ddm": ("ddmerrorcode", "ddmerrordiag"),
    "jd": ("jobdispatchererrorcode", "jobdispatchererrordiag"),
    "tb": ("taskbuffererrorcode", "taskbuffererrordiag"),
    "sup": ("superrorcode", "superrordiag"),
    "brok": ("brokerageerrorcode", "brokerageerrordiag"),
}
COMPONENTS = {
    "pilot": "pilot", "exe": "executor", "trans": "transform", "ddm": "dataservice", "jd": "jobdispatcher", "tb": "taskbuffer",
    "sup": "supervisor", "brok": "brokerage",
}  # fmt: skip
#: Widths of the database's text fields: a longer diagnosis is cut there.
WIDTHS = {"tb": 300, "jd": 250, "sup": 250}


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked line: `line` counts from 1 by LF; `text` as generated, before the file's encoding."""

    file: str
    line: int
    text: str
    kind: Kind


@dataclass(slots=True)
class Case:
    """One failed job: what a diagnosis gets, and what it should say. Labels with several values accept any of them."""

    id: str
    cause: str
    group: str
    half: Half
    record: Data
    files: list[Data]
    logs: dict[str, bytes]
    codes: frozenset[str]  # component:code
    party: frozenset[str]
    transient: frozenset[bool | None]
    retry: frozenset[str]
    marks: list[Mark] = field(repr=False)
    fields: frozenset[str] = frozenset()  # fields of the record that prove the cause as well
    variant: str = ""  # how it differs from the plain form

    @property
    def decisive(self) -> list[Mark]:
        """Lines any of which proves the cause."""
        return [mark for mark in self.marks if mark.kind == "decisive"]

    @property
    def traps(self) -> list[Mark]:
        """Lines that must not stand among the first: harmless ones and mere consequences."""
        return [mark for mark in self.marks if mark.kind in ("harmless", "consequence")]

    def evidence(self) -> JobEvidence:
        """The job as the gatherer hands it to the diagnosis."""
        return JobEvidence(
            pandaid=int(self.record["pandaid"]),
            job=dict(self.record),
            files=self.files,
            logs=[LogFile(name, data=data) for name, data in self.logs.items() if data],
            listing=[{"name": name, "size": len(data)} for name, data in self.logs.items()],
        )


def half_of(cause: str) -> Half:
    """Which side of the split a cause is on: by hash, so that it never moves."""
    return "tune" if hashlib.sha256(f"side {cause}".encode()).digest()[0] % 2 else "held"


@cache
def _yaml(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=loader)


@cache
def causes() -> dict[str, Data]:
    """Every cause by its id. ValueError where one is there twice."""
    found: dict[str, Data] = {}
    for path in sorted((HERE / "causes").glob("*.yaml")):
        for row in _yaml(f"causes/{path.name}"):
            if row["id"] in found:
                raise ValueError(f"cause {row['id']} is there twice")
            found[row["id"]] = {"group": path.stem} | row
    return found


def cases(half: Half | None = None, group: str | None = None) -> Iterator[Case]:
    """All cases, made one after the other (they are some megabytes each); of one half or group where given."""
    for cause, row in causes().items():
        if half in (None, half_of(cause)) and group in (None, row["group"]):
            for number in range(_variants(row)):
                yield make(cause, number)


def ids() -> list[str]:
    """The ids of all cases, without making them."""
    return [f"{cause}.{n}" for cause, row in causes().items() for n in range(_variants(row))]


def case(case_id: str) -> Case:
    """One case by its id, `cause.number`."""
    cause, _, number = case_id.rpartition(".")
    return make(cause, int(number))


def _variants(row: Data) -> int:
    forms = len(row.get("forms", [None]))
    return max(int(row.get("variants", 2)), forms) + (1 if row.get("record") and not row.get("no_log") else 0)


def make(cause: str, number: int) -> Case:
    """The case `number` of a cause: 0 is the plain form, the last one of a cause that its record proves has no logs."""
    row = dict(causes()[cause])
    forms = row.pop("forms", [{}])
    form = forms[number % len(forms)]
    row |= form
    seed = int.from_bytes(hashlib.sha256(f"{cause} {number}".encode()).digest()[:8], "big")
    record_only = bool(row.get("record")) and not row.get("no_log") and number == _variants(causes()[cause]) - 1
    settings = Settings.draw(Random(seed), plain=number == 0, record_only=record_only)
    return _Maker(cause, number, row, settings, Random(seed + 1)).case()


class _Maker:
    """Puts one case together: words, record, logs, labels."""

    def __init__(self, cause: str, number: int, row: Data, settings: Settings, random: Random) -> None:
        self.cause, self.number, self.row, self.settings, self.random = cause, number, row, settings, random
        self.frame: Data = _yaml("frames.yaml")[row["kind"]]
        self.pandaid = 6_900_000_000 + int.from_bytes(hashlib.sha256(f"{cause}.{number}".encode()).digest()[:4], "big") % 10**8
        sites = _yaml("sites.yaml")
        self.queue = random.choice(row.get("sites") or [name for name in sites if sites[name]["corecount"] == 8])
        self.site: Data = sites[self.queue]
        self.words = Words(self._names(), random, NOW - timedelta(hours=5))
        for name in ("transformation", "step", "infile", "outfile"):
            self.words.names[name] = self.words.fill(str(self._job().get(name) or self.frame.get(name) or self._default(name)))
        for name, choice in row.get("vars", {}).items():
            drawn = random.choice(choice) if isinstance(choice, list) else choice
            self.words.names[name] = self.words.fill(str(drawn))
        self.names = self.words.names
        self.names |= {"rc": str(row.get("rc", row.get("exit", 65))), "trf": str(row.get("trf", 65))}
        self.names["exit"] = self._exit()
        self.quote = self.words.fill(row["quote"]) if row.get("quote") else ""
        self.names["message"] = self._message()

    def _names(self) -> dict[str, str]:
        draw = self.random
        account = draw.choice(["mkowalsk", "jdupont", "asilva", "hmueller", "ytanaka", "lrossi", "obrien", "nsvensson"])
        managed = self._job().get("prodsourcelabel") == "managed"
        return {
            "pandaid": str(self.pandaid), "task": str(draw.randrange(43_000_000, 47_999_999)), "queue": self.queue,
            "site": self.site["site"], "account": account, "user": account.title(), "domain": self.site["domain"],
            "wn": f"wn{draw.randrange(100, 899)}.{self.site['domain']}", "slot": str(draw.randrange(1, 64)),
            "serial": f"{draw.randrange(1, 9999):06d}", "run": str(draw.randrange(410_000, 490_000)),
            "event": str(draw.randrange(10_000, 9_000_000)), "day": f"{NOW:%Y-%m-%d}", "package": "TopTagging",
            "scope": "mc23_13p6TeV" if managed else f"user.{account}", "storage": self.site["storage"],
            "release": str(self._job().get("atlasrelease") or "none"), "cmtconfig": "x86_64-el9-gcc13-opt",
            "batch": f"{draw.randrange(10**6, 10**7)}.{draw.randrange(9)}", "worker": str(draw.randrange(4 * 10**8, 6 * 10**8)),
            "script": "run.py", "command": "python run.py --config nominal",
            "stamp": f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip

    def _default(self, name: str) -> str:
        defaults = {"infile": "DAOD_PHYS.{{int:30000000:46000000}}._{{int:100000:999999}}.pool.root.1", "step": ""}
        return defaults.get(name, "user.{{account}}.{{task}}._{{serial}}.out.root")

    def _job(self) -> Data:
        return self.frame["job"] | (self.row.get("job") or {})

    def _exit(self) -> str:
        return self.words.fill(str(self.row.get("exit", self.names["rc"] if self.frame.get("step") else 1)))

    def _message(self) -> str:
        # what a transform's report says of itself; the log file's first error line is in it where there is one
        if self.row.get("message"):
            return self.words.fill(self.row["message"])
        said = f"Non-zero return code from {self.names['step']} ({self.names['rc']})"
        return f'{said}; Logfile error in log.{self.names["step"]}: "{self.quote}"' if self.quote else said

    def case(self) -> Case:
        given = self._given()
        rows = monitor_files.complete(self._files(given), given, self.site, logged=not self.row.get("no_log"))
        worker = self._worker()
        record = monitor_record.build(given, rows, NOW, worker=worker, site=self.site)
        fields = self._proving(record)
        logs: dict[str, tuple[list[Line], bytes]] = {}
        if not self.row.get("no_log") and not self.settings.record_only:
            logs = write_logs(self.row, self.frame, record, rows, self.site, self.words, self.settings, self.random, self.quote)
        marks = [
            Mark(name, n, line.text, line.kind)
            for name, (lines, _) in logs.items()
            for n, line in enumerate(lines, start=1)
            if line.kind
        ]
        public = [{key: value for key, value in row.items() if key not in ("pfn", "replicas")} for row in rows]
        return Case(
            id=f"{self.cause}.{self.number}",
            cause=self.cause,
            group=self.row["group"],
            half=half_of(self.cause),
            record=record,
            files=public,
            logs={name: data for name, (_, data) in logs.items()},
            codes=frozenset(self._codes(record)),
            party=frozenset(_listed(self.row["party"])),
            transient=frozenset(self._transients()),
            retry=frozenset(self._retries()),
            marks=marks,
            fields=fields,
            variant=self.settings.described(),
        )

    def _errors(self) -> Data:
        errors = dict(self.frame.get("error", {})) if self.row.get("error") is None else {}
        errors |= self.row.get("error") or {}
        return {name: self.words.fill(value) if isinstance(value, str) else value for name, value in errors.items()}

    def _given(self) -> Data:
        status = self.row.get("status", "failed")
        ran = self.row.get("ran", True)
        created = NOW - timedelta(hours=14, minutes=self.random.randrange(600))
        started = NOW - timedelta(hours=5, minutes=self.random.randrange(200))
        attempt = self.random.randrange(1, 4)
        job = {name: self.words.fill(value) if isinstance(value, str) else value for name, value in self._job().items()}
        managed = job.get("prodsourcelabel") == "managed"
        given: Data = {
            "pandaid": self.pandaid, "jobstatus": status, "computingsite": self.queue, "jeditaskid": int(self.names["task"]),
            "reqid": int(self.names["task"]) - 1000,
            "jobname": f"{self.names['scope']}.{self.names['task']}._{self.names['serial']}",
            "produsername": "atlas-prod" if managed else self.names["user"], "attemptnr": attempt,
            "maxattempt": 5 if managed else 3, "failedattempt": attempt - 1, "creationtime": created, "created": created,
            "starttime": started if ran else None, "endtime": NOW - timedelta(minutes=50) if ran else None,
            "modificationtime": NOW - timedelta(minutes=45), "statechangetime": NOW - timedelta(minutes=45),
            "cpuconsumptiontime": self.random.randrange(200, 9000) if ran else 0, "corecount": 1,
        }  # fmt: skip
        given |= job
        for name, value in self._errors().items():
            if name in FIELDS:
                given[FIELDS[name][0]] = str(value) if name == "trans" else int(value)
        for name, text in self._diags().items():
            given[FIELDS[name][1]] = text
        return given

    def _diags(self) -> dict[str, str]:
        errors = self._errors()
        found: dict[str, str] = {}
        for name in ("exe", "ddm", "jd", "tb", "sup", "brok"):
            text = errors.get(f"{name}diag")
            if name == "exe" and text is None and errors.get("exe"):
                text = self.names["message"] if self.frame.get("step") else errors.get("diag", "")
            if text:
                found[name] = text[: WIDTHS.get(name, 500)]
        if errors.get("pilot"):
            found["pilot"] = self._pilot_diag(int(errors["pilot"]), errors.get("diag"))
        if self.settings.cut_diag:
            for name in ("pilot", "exe"):
                if name in found and FIELDS[name][1] not in self.row.get("record", []):
                    found[name] = found[name][: max(24, len(found[name]) // 3)]
        return found

    def _pilot_diag(self, code: int, text: str | None) -> str:
        # the standard text first, then what the pilot found, about 256 characters of it (pilot3, format_diagnostics)
        standard = str(_yaml("pilot_codes.yaml").get(code, ""))
        if text is None and code == 1305 and self.frame.get("step"):
            raised = "CRITICAL Transform executor raised TransformValidationException"
            text = f"PyJobTransforms.transform.execute {raised}: {self.names['message']}"
        elif code == 1305 and text and self.frame.get("report"):
            return text  # a script's own report is taken as it is
        return f"{standard}:{text}"[: 256 + len(standard)] if text else standard

    def _files(self, given: Data) -> list[Data]:
        user = given.get("prodsourcelabel") != "managed"
        count = int({"inputs": 1, **self.frame, **self.row}["inputs"])
        scope = self.names["scope"] if not user else "mc23_13p6TeV"
        sample = f"{self.random.randrange(300_000, 900_000)}.{self.random.choice(['Sh', 'PhPy8EG', 'MGPy8EG'])}_sample"
        tag = f"{scope}:{scope}.{sample}"
        rows: list[Data] = []
        for n in range(count):
            lfn = self.names["infile"] if n == 0 else self.words.fill(self.frame.get("infile") or self._default("infile"))
            size = self.random.randrange(2 * 10**8, 5 * 10**9)
            rows.append({"type": "input", "lfn": lfn, "scope": scope, "fsize": size, "dataset": f"{tag}.input.e8514_tid00"})
        kind = "lib" if given.get("prodsourcelabel") == "panda" else "output"
        for n in range(int(self.row.get("outputs", 1))):
            name = self.names["outfile"] if n == 0 else f"{self.names['outfile']}.{n}"
            size = self.random.randrange(10**7, 10**9) if self.row.get("payload") == "success" else 0
            rows.append({"type": kind, "lfn": name, "scope": self.names["scope"], "fsize": size, "dataset": f"{tag}.out"})
        return rows

    def _worker(self) -> Data:
        given = {
            name: self.words.fill(value) if isinstance(value, str) else value
            for name, value in self.row.get("worker", {}).items()
        }
        errors = self._errors()
        if errors.get("sup") and not given:
            given = {"errorcode": errors["sup"], "diagmessage": errors.get("supdiag", "").removeprefix("Diag from worker : ")}
        return {
            "workerid": int(self.names["worker"]), "harvesterid": self.site["harvester"], "computingelement": self.site["ce"],
            "batchlog": f"https://batch.example.org/logs/{self.pandaid}.log", "errorcode": 0, "diagmessage": "",
        } | given  # fmt: skip

    def _codes(self, record: Data) -> list[str]:
        if self.row.get("codes"):
            return _listed(self.row["codes"])
        # taskbuffer 300 (the worker ended) yields to what the worker said; with a lost heartbeat either can be named
        set_ = [name for name, value in self._errors().items() if name in FIELDS and int(value)]
        names = set_[:1] if "pilot" in set_ or "sup" not in set_ else [name for name in set_ if name in ("sup", "jd")]
        if "pilot" in set_:
            names = ["pilot"]
        return [f"{COMPONENTS[name]}:{abs(int(self._errors()[name]))}" for name in names]

    def _transients(self) -> list[bool | None]:
        given = self.row["transient"]
        return [True, False] if given == "either" else _listed(given)

    def _retries(self) -> list[str]:
        words = {True: "yes", False: "no"}
        found = [words.get(word, word) for word in _listed(self.row["retry"])]
        # "wait" is "yes, but later": as good where it is not the user's own program that must change
        later = "yes" in found and set(_listed(self.row["party"])) != {"user"}
        return [*found, "wait"] if later else found

    def _proving(self, record: Data) -> frozenset[str]:
        # a field proves the cause where the data says so, or where the decisive words of the log stand in it
        found = {name for name in self.row.get("record", []) if record.get(name)}
        if self.quote:
            found |= {name for _, name in FIELDS.values() if name and self.quote[:80] in str(record.get(name) or "")}
        return frozenset(found)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
