"""Pilot logs: the healthy steps of the local monitor's writer, and what goes wrong as marked entries of a case."""

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.bigpanda.casebook import STEPS
from tests.bigpanda.logs.pilot import PilotLog
from tests.bigpanda.logs.stages import archive, run
from tests.bigpanda.logs.transfers import download, give_up
from tests.cases.jobs.markup import Kind, Line, Words, lines_of, marked

_ENTRY = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) ([\w.]+ [\w<>]+): (.*)", re.DOTALL)

#: What healthy pilot logs hold that looks alarming, and what only follows from a failure. Not where a case marks it itself.
USUAL: dict[str, Kind] = {
    "failed to read HTCondor job classAd": "harmless",
    "CONDOR_MACHINE_AD not set": "harmless",
    "arcproxy is not available": "harmless",
    "abnormal termination": "harmless",
    "did not get a job -- sleep": "harmless",
    "[harmless]": "harmless",
    "setup verification will lead": "harmless",
    "Could not get info of RSE": "harmless",
    "job report does not exist": "harmless",
    "upload client finished": "harmless",
    "gdb: command not found": "harmless",
    "main payload execution returned non-zero exit code": "consequence",
    "payload was killed (negative exit code)": "consequence",
    "it seems the payload was killed but no error code": "consequence",
    "will instruct threads to abort": "consequence",
    "setting graceful stop": "consequence",
    "waiting for threads to finish": "consequence",
    "detected an abort_job request": "consequence",
    "aborting monitor loop since graceful_stop": "consequence",
    "aborting payload error diagnosis since": "consequence",
    "with signal=9": "consequence",
    "with signal=15": "consequence",
    "stage-in failed, adding job object": "consequence",
    "transfer of output file(s) failed": "consequence",
    "download client failed": "consequence",
    "upload client failed": "consequence",
    "None of the requested files have been downloaded": "consequence",
    "None of the given files have been uploaded": "consequence",
    "pilot error code received": "consequence",
    "could not define payload command": "consequence",
    "aborting run() since payload command": "consequence",
    "job has already completed": "consequence",
}


@cache
def _noise() -> str:
    # entries that turn up in healthy logs of today's pilot, in no particular place
    loaded: dict[str, str] = yaml.safe_load((Path(__file__).parent / "pilot_noise.yaml").read_text("utf-8"))
    return loaded["entries"]


class MarkedLog(PilotLog):
    """A pilot log whose entries may carry marks, line by line."""

    def __init__(self, job: dict[str, Any], files: list[dict[str, Any]], site: dict[str, Any], time: datetime) -> None:
        super().__init__(job, files, site, time)
        self.marks: dict[tuple[int, int], Kind] = {}

    def write(self, lines: list[Line], every: float = 0.4) -> None:
        """Entries as `LEVEL logger function: message`; a line that is none goes on with the entry before it."""
        for line in lines:
            match = _ENTRY.match(line.text)
            if match:
                self.say(match[1], match[2], match[3], every)
            else:
                self.entries[-1] += "\n" + line.text
            if line.kind:
                self.marks[len(self.entries) - 1, self.entries[-1].count("\n")] = line.kind

    def lines(self) -> list[Line]:
        """All lines with their marks, those of the case first, then the usual ones."""
        rows = []
        for number, entry in enumerate(self.entries):
            for place, text in enumerate(entry.split("\n")):
                rows.append(Line(text, self.marks.get((number, place), "")))
        return marked(rows, USUAL)


def compose(plan: list[Any], log: MarkedLog, words: Words, random: Random, noise: int, details: list[str]) -> list[Line]:
    """The log of a plan: names of steps, {step: arguments}, or {text: block}. `noise` 0 to 2 is how much is said beside it.

    Every line with one of `details` in it decides: it is what the pilot hands from its copy tool to the server.
    """
    for entry in plan:
        name, given = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
        if name == "text":
            words.names |= {"workdir": log.workdir, "home": log.home, "pid": str(log.pid)}
            log.write(lines_of(given, words))
        elif name == "run":
            run(log, **{"minutes": 20, "watched": (3, 12, 60)[noise]} | given)
        elif name in _OWN:
            _OWN[name](log, words, given)
        else:
            STEPS[name](log, **{key: words.fill(value) if isinstance(value, str) else value for key, value in given.items()})
        for _ in range(random.randrange(1 + 2 * noise)):
            log.write([random.choice(lines_of(_noise(), words))])
    lines = log.lines()
    for line in lines:
        if any(text in line.text for text in details):
            line.kind = "decisive"
    return lines


def _staging_in(log: MarkedLog, words: Words, given: Any) -> None:
    # {ok: how many files come well before, text: what happens to the next, give_up: {code, message, details}}
    rows = log.of("input", "lib")
    names = [row["lfn"] for row in rows]
    log.info("pilot.control.data _stage_in", "stage-in will not be done in a container", 0.3)
    log.info("pilot.api.data transfer", f"trying to use copytool={given.get('tool', 'rucio')} for activity=['pr', 'default']")
    log.info(
        "pilot.api.data resolve_replicas",
        "Number of resolved replicas:\n" + "\n".join(f"lfn={name}: nr replicas=2, is_directaccess=False" for name in names),
        1.2,
    )
    log.info("pilot.api.data transfer_files", f"ready to transfer (stage-in) files: {names}")
    done = min(given.get("ok", 0), len(rows) - 1)
    for row in rows[:done]:
        download(log, row, None, "")
    row = rows[done]
    words.names |= _about(row) | {"workdir": log.workdir, "home": log.home}
    log.write(lines_of(given["text"], words), given.get("every", 2.0))
    _given_up(log, words, given, row, "stage-in")
    log.info("pilot.control.data _stage_in", "summary of transferred files:")
    for n, name in enumerate(names):
        code, status = (0, "transferred") if n < done else (given.get("give_up", {}).get("code", 1099), "failed")
        if n > done:
            code, status = 0, "(not transferred)"
        log.info("pilot.control.data _stage_in", f" -- lfn={name}, status_code={code}, status={status}")
    log.info("pilot.control.data _stage_in", "stage-in failed")
    log.warning("pilot.control.data copytool_in", "stage-in failed, adding job object to failed_data_in queue")


def _staging_out(log: MarkedLog, words: Words, given: Any) -> None:
    rows = log.of("output")
    where = "pilot.control.data _do_stageout"
    log.info(where, f"prepare to stage-out {len(rows)} output file(s)", 0.7)
    log.info("pilot.api.data transfer", f"trying to use copytool={given.get('tool', 'rucio')} for activity=['write_lan', 'w']")
    if not given.get("early"):
        log.info("pilot.api.data transfer_files", f"ready to transfer (stage-out) files: {[row['lfn'] for row in rows]}")
    words.names |= _about(rows[0]) | {"workdir": log.workdir, "home": log.home}
    log.write(lines_of(given["text"], words), given.get("every", 3.0))
    _given_up(log, words, given, rows[0], "stage-out")
    log.info(where, "summary of transferred files:")
    for n, row in enumerate(rows):
        code, status = (given.get("give_up", {}).get("code", 1137), "failed") if n == 0 else (0, "(not transferred)")
        log.info(where, f" -- lfn={row['lfn']}, status_code={code}, status={status}")
    log.warning("pilot.control.data _stage_out_new", "transfer of output file(s) failed")


def _about(row: dict[str, Any]) -> dict[str, str]:
    server = row["pfn"].split("/")[2]
    return {
        "lfn": row["lfn"], "scope": row["scope"], "rse": row["ddmsite"], "pfn": row["pfn"], "door": server.split(":")[0],
        "server": server, "guid": row["guid"], "size": str(row["fsize"]), "ad": row["checksum"].split(":")[-1],
        "dataset": row["dataset"],
    }  # fmt: skip


def _given_up(log: MarkedLog, words: Words, given: Any, row: dict[str, Any], mode: str) -> None:
    if "give_up" in given:
        failure = {name: words.fill(value) if isinstance(value, str) else value for name, value in given["give_up"].items()}
        before = len(log.entries)
        give_up(log, failure, row, mode)
        tool = given.get("tool", "rucio")  # the local monitor's writer knows rucio only
        log.entries[before:] = [
            entry.replace("copytools=['rucio']", f"copytools=['{tool}']")
            .replace("copytool.rucio", f"copytool.{tool}")
            .replace("copytool/rucio", f"copytool/{tool}")
            for entry in log.entries[before:]
        ]


_OWN = {"staging_in": _staging_in, "staging_out": _staging_out}

__all__ = ["MarkedLog", "archive", "compose"]
