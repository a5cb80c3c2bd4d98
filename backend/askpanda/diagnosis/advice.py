"""What to do: the user's and the expert's part, from the rule, the catalogue entry and the record's numbers."""

import math
import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from askpanda.diagnosis.candidate import Candidate
from askpanda.diagnosis.cause import Cause, cores_of
from askpanda.diagnosis.causes import possible
from askpanda.diagnosis.rules import Rule
from askpanda.diagnosis.texts import RecordClue
from askpanda.diagnosis.types import Advice, RecordVerdict
from askpanda.schema.answer import Confidence, Party
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_count, as_number, as_text, duration, megabytes, size

_NAME = re.compile(r"\{(\w+)\}")
#: Where the catalogue's advice names an amount of memory.
_MEMORY = re.compile(r"(--memory[ =]|\bmemory=)\d+")
#: A batch system's memory limit in MB, as its message has it.
_LIMIT = re.compile(r"(\d+(?:\.\d+)?) ?(?:megabytes|MB)\b", re.I)
#: Head room that is added to a measured peak when memory is asked for anew.
HEADROOM = 1.1


@cache
def _table() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(files("askpanda.diagnosis").joinpath("guidance.yaml").read_bytes())
    return data


def _filled(lines: list[str] | tuple[str, ...], values: dict[str, Any]) -> list[str]:
    kept = []
    for line in lines:
        if all(values.get(name) for name in _NAME.findall(line)):
            kept.append(_NAME.sub(lambda match: str(values[match[1]]), line))
    return kept


def _key(line: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]{4,}", line.lower()))


def distinct(lines: list[str], limit: int) -> list[str]:
    """The lines without those that say the same with other words (most of their words shared with an earlier one)."""
    kept: list[str] = []
    keys: list[frozenset[str]] = []
    for line in lines:
        line = " ".join(line.split())
        key = _key(line)
        if not line or any(len(key & other) >= 0.7 * max(1, min(len(key), len(other))) for other in keys):
            continue
        kept.append(line)
        keys.append(key)
    return kept[:limit]


def _memory(job: dict[str, Any], values: dict[str, Any]) -> list[str]:
    cores = cores_of(job)
    peak_text = values.get("peak_mb")
    peak = int(peak_text) if peak_text and str(peak_text).isdigit() else None
    if not peak:
        return []
    limit = _LIMIT.match(str(values.get("limit") or ""))
    if limit and peak < float(limit[1]):
        return []  # what was measured is not what the batch system saw
    wanted = values["memory"] = math.ceil(peak * HEADROOM / cores / 100) * 100
    base = f"the measured peak was {peak} MB on {cores} core{'s' if cores > 1 else ''}"
    again = f"; jobs of this task by `retry({values['task']}, memory={wanted})` in pbook" if values.get("task") else ""
    return [f"Ask for more memory: with prun or pathena `--memory {wanted}` (MB per core; {base}){again}."]


def _time(job: dict[str, Any]) -> list[str]:
    lines = []
    wall = as_number(job.get("durationsec"))
    limit = as_number(job.get("maxwalltime"))
    if wall and limit and limit > 0:
        lines.append(f"The job ran {duration(wall)}; {duration(limit)} were allowed for it.")
    return lines


def _fewer_files(job: dict[str, Any]) -> list[str]:
    count = as_count(job.get("ninputdatafiles"))
    if count and count > 1:
        return [f"This job had {count} input files: --nFilesPerJob {max(1, count // 2)} halves its work."]
    events = as_count(job.get("nevents"))
    if events and events > 1:
        return [f"This job had {events} events to process: --nEventsPerJob {events // 2} halves its work."]
    return []


def _computed(kind: str, party: Party, job: JobEvidence, values: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if kind == "memory":
        lines += _memory(job.job, values)
    if kind in {"memory", "time", "disk", "output"} and party == "user":
        lines += _fewer_files(job.job)
    site = as_text(job.job.get("computingsite"))
    user_job = as_text(job.job.get("prodsourcelabel")).lower() in {"user", "panda", ""}
    if party == "site" and site and user_job:
        lines.append(f"If more of your jobs end so at {site}: --excludedSite {site} for the rest.")
    return lines


#: Advice to try again unchanged, which helps nobody whose own job is the cause.
_RETRY = re.compile(r"\bretry|\bretries|\bagain\b|\battempt", re.I)
#: Advice to look for the fault in one's own program.
_OWN_PROGRAM = re.compile(r"\byour (?:own )?(?:program|code|script)\b|\bat home\b|\blocally\b|\bpayload\.std", re.I)
#: Advice to ask for more memory, and its beginning before something else that helps.
_MORE = re.compile(r"Ask for more memory\b")
_LESS = re.compile(r"^Ask for more memory per core, or ([a-z])")
#: Advice to look for the line that says what happened.
_SEARCH = re.compile(r"^(?:Read|Look (?:at|into)|Find(?: out)?)\b.{0,99}(?:payload\.std|pilotlog|\bexecutor and transform)")


def _from_entry(record: RecordVerdict, rule: Rule | None, party: Party) -> list[str]:
    """The catalogue's advice to the user, as far as it is for this cause: where the fault is known to be somebody else's,
    nobody has to search his own program.
    """
    entry = record.entry
    if entry is None:
        return []
    if rule is None or rule.generic or party in {"user", "unknown"}:
        elsewhere = rule is not None and not rule.generic and party == "user" and entry.party not in {"user", "unknown"}
        return [line for line in entry.user if not (elsewhere and _RETRY.search(line))]
    kept = [line for line in entry.user if entry.party == party and not _OWN_PROGRAM.search(line)]
    return [_alone(line) for line in kept]


def _still_needed(lines: list[str], lead: Candidate | RecordClue | None, told: list[str], shown: bool) -> list[str]:
    """Without advice to ask for memory where the amount is told already, and to look for a line that was found or is shown."""
    if told:
        lines = [_LESS.sub(lambda match: match[1].upper(), line) for line in lines]
        lines = [line for line in lines if not _MORE.match(line)]
    found = shown or (isinstance(lead, Candidate) and lead.reading.kind == "payload" and not lead.rule.generic)
    return [line for line in lines if not _SEARCH.search(line)] if found else lines


def _alone(line: str) -> str:
    """A line whose predecessor was left out."""
    rest = line.removeprefix("Otherwise ")
    return rest[:1].upper() + rest[1:]


def _placed(line: str, values: dict[str, Any]) -> str:
    """The catalogue's placeholders with this job's task, site and memory, so that a command can be copied."""
    if values.get("memory"):
        line = _MEMORY.sub(rf"\g<1>{values['memory']}", line)
    if values.get("task"):
        line = line.replace("TASKID", str(values["task"]))
    if values.get("site"):
        line = line.replace("excludedSite='SITE'", f"excludedSite='{values['site']}'")
    return line


def facts(job: JobEvidence) -> list[str]:
    """The numbers of the record that an expert looks at first, with units."""
    record = job.job
    lines: list[str] = []
    peak, asked = as_number(record.get("maxpss")), as_number(record.get("minramcount"))
    if peak and peak > 0:
        lines.append(
            f"highest memory {megabytes(peak)} MB" + (f" ({round(asked)} MB asked for)" if asked and asked > 0 else "")
        )
    cpu, wall = as_number(record.get("cpuconsumptiontime")), as_number(record.get("durationsec"))
    if cpu is not None and cpu > 0:
        lines.append(f"CPU time {round(cpu)} s")
    if wall and wall > 0:
        lines.append(f"wall time {duration(wall)}")
    cores = as_count(record.get("actualcorecount")) or as_count(record.get("corecount"))
    if cores:
        lines.append(f"{cores} core{'s' if cores > 1 else ''}")
    efficiency = as_number(record.get("cpuefficiency"))
    if efficiency and efficiency > 0:
        lines.append(f"CPU efficiency {round(efficiency)} %")
    count, volume = as_count(record.get("ninputdatafiles")), as_number(record.get("inputfilebytes"))
    if count:
        lines.append(f"{count} input file{'s' if count > 1 else ''}" + (f" ({size(volume)})" if volume and volume > 0 else ""))
    exit_code = as_text(record.get("transexitcode"))
    if exit_code:
        lines.append(f"payload exit code {exit_code}")
    return lines


def _analysis(
    job: JobEvidence,
    record: RecordVerdict,
    lead: Candidate | RecordClue | None,
    failed_steps: str,
) -> str:
    parts: list[str] = []
    if record.component:
        told = lead.text if lead is not None else ""
        if record.message and record.message not in told:
            parts.append(f"The record's text for {record.component} {record.code}: “{record.message}”.")
    others = [
        f"{triple.component} {triple.code}" + (f" (“{triple.text}”)" if triple.text not in {"", record.message} else "")
        for triple in record.triples[1:]
    ]
    if others:
        parts.append(f"The record also has {' and '.join(others)}.")
    if isinstance(lead, Candidate):
        parts.append("What stands behind the telling line in the log follows from it.")
    elif lead is not None and lead.rule is not None:
        parts.append("No log line is needed: the record says it.")
    if failed_steps:
        parts.append(f"By the job report the transform ended in {failed_steps}.")
    if record.entry is not None:
        parts += [text for text in (record.entry.meaning, record.entry.raised) if text]
    known = facts(job)
    if known:
        parts.append("From the record: " + ", ".join(known) + ".")
    return " ".join(part if part.endswith((".", "!", "?", "”.")) else part + "." for part in parts)


def advise(
    job: JobEvidence,
    record: RecordVerdict,
    cause: Cause,
    text: str,
    lead: Candidate | RecordClue | None,
    rivals: list[Rule],
    party: Party,
    sure: Confidence,
    stopped: bool = False,
) -> Advice:
    """All sections, filled: first what this cause is known to need, then the catalogue, then what holds for the party."""
    rule = lead.rule if lead is not None else None
    entry = record.entry
    values = {
        **cause.values,
        "component": record.component,
        "code": str(record.code or ""),
        "task": as_text(job.job.get("jeditaskid")),
        "node": as_text(job.job.get("wn")) or as_text(job.job.get("modificationhost")),
        "log": lead.reading.name if isinstance(lead, Candidate) else "",
    }
    ended = record.outcome in {"closed", "cancelled"}  # on purpose: nothing is to be searched for
    words = {"user": [], "expert": [], "scenarios": []} if ended else _table()["party"][party]
    own_user = list(_filled(rule.user, values)) if rule is not None else []
    own_expert = list(_filled(rule.expert, values)) if rule is not None else []
    kind = rule.kind if rule is not None else ("memory" if record.code in {1235, 1212} else "")
    computed = _computed(kind, party, job, values)
    exact, also = (computed[:1], computed[1:]) if (kind, party) == ("memory", "user") else ([], computed)  # to be copied
    further = own_user[:1] + also + own_user[1:] + _from_entry(record, rule, party)
    recommendations = exact + _still_needed(further, lead, exact, stopped)
    if len(recommendations) < 2:
        elsewhere = any("--excludedSite" in line for line in recommendations)
        recommendations += [line for line in _filled(words["user"], values) if not (elsewhere and "--excludedSite" in line)]
    recommendations = [_placed(line, values) for line in recommendations]
    steps = own_expert + list(entry.expert if entry else []) + _filled(words["expert"], values)
    causes = [text, *possible(record, lead, text, party, sure)]
    others = [_possible(item) for item in rivals if item.says]
    scenarios = list(entry.scenarios if entry else []) + [line for line in others if line] + _filled(words["scenarios"], values)
    site = values.get("site")
    number = f"Job {job.pandaid}" if job.pandaid else "The job"
    place = f" at {site}" if site else ""
    verb = {"failed": "failed", "closed": "was closed", "cancelled": "was cancelled", "holding": "is held with an error"}
    tail = _time(job.job) if kind == "time" else []
    return Advice(
        problem=" ".join([f"{number} {verb[record.outcome]}{place}. {text}", *tail]),
        causes=distinct(causes, 5),
        recommendations=distinct(recommendations, 6),
        analysis=_analysis(job, record, lead, str(cause.values.get("failed_steps") or "")),
        steps=distinct(steps, 7),
        scenarios=distinct(scenarios, 4),
    )


def _possible(rule: Rule) -> str:
    plain = next((line for line in rule.says if "{" not in line), "")
    return f"Also in the log, and possibly the first cause: {plain[0].lower()}{plain[1:]}" if plain else ""
