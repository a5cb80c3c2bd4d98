"""A job in any state: why it waits and how long, how far it is, why it was ended, how well it used what it got.

Times of records are UTC. Limits are the server's defaults (`states.yaml`).
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_count, as_number, as_text, duration, megabytes

#: A running job reports every 30 minutes (debug jobs every minute); after two hours of silence it is given up (s).
HEARTBEAT, SILENT = 1800, 7200
#: Below this CPU efficiency (percent), or above the other, something is worth saying.
LOW, HIGH = 50, 110
#: Share of the memory asked for below which most of it was kept in vain, and above which it was close (MB, MB asked).
_LITTLE, _CLOSE = 0.4, 0.95
#: A payload that ran shorter than this spent most of its slot on set-up (s).
SHORT = 600
#: Memory per core above which few slots fit (MB).
_LARGE = 3000
_EVENTS = re.compile(r"(?:^|\s)nEvents=(\d{1,12})\b")


@dataclass(slots=True)
class StateNotes:
    """What can be said of a job's state beyond its name. All sentences, in the order in which a reader wants them.

    `head`: what answers the question for the state: since when, how far, whether it still reports. `waiting`: for what.
    `progress`: what else is known of the run. `reasons`: why it was ended. `efficiency`: how well it used its slot.
    `next`: what happens by itself.
    """

    state: str = ""
    head: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    efficiency: list[str] = field(default_factory=list)
    next: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """All of it, in reading order."""
        return [*self.head, *self.rest()]

    def rest(self) -> list[str]:
        """All but the head."""
        return [*self.reasons, *self.waiting, *self.progress, *self.efficiency, *self.next]


@cache
def _table() -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = yaml.safe_load(files("askpanda.diagnosis").joinpath("states.yaml").read_bytes())
    return data


def describe_state(job: JobEvidence, now: datetime | None = None) -> StateNotes:
    """Notes on the state that the record has, whatever it is; empty where nothing can be said. Never raises.

    `now` is the time to which ages are counted; without it the time at which the record was read, else this moment.

        >>> describe_state(evidence).head
        ['It has run for 1 d 16:14:48; 84 % of the 2 d 00:00:00 that were foreseen.', 'Last report 12 min ago.',
         'This is the last attempt (4 of 4).']
    """
    row = job.job
    state = as_text(row.get("jobstatus")).lower()
    notes = StateNotes(state)
    now = now or moment(job.as_of) or datetime.now(UTC)
    known = _table().get(state, {})
    if state in {"closed", "cancelled"}:
        notes.reasons = _reasons(row)
    elif state == "finished":
        notes.head = _ran(row)
        notes.efficiency = _efficiency(row)
    elif state == "running":
        notes.head = _runs(row)
        notes.progress = [*_progress(row), *_memory_now(row)]
    if known.get("waits"):
        notes.waiting = [known["waits"].format(queue=as_text(row.get("computingsite")) or "its queue"), *_why(row, state)]
        since = _age(row, ("statechangetime", "modificationtime"), now)
        made = _age(row, ("creationtime",), now)
        if since is not None:
            notes.head.append(f"It has been {state} for {duration(since)}{_made(made, since)}.")
        notes.next = _limit(row, known, since if state in {"sent", "holding"} else made)
    if known.get("heartbeat"):
        notes.head += _report(_age(row, ("modificationtime",), now))
    if state not in {"closed", "cancelled"} and known:
        (notes.head if state == "running" else notes.progress).extend(_attempts(row, state))
        notes.reasons += _orders(row)
    return notes


def moment(text: Any) -> datetime | None:
    """A time of a record (`2026-03-10 12:00:00`, with T, Z or fractions) as UTC, or None."""
    words = as_text(text)
    if not 16 <= len(words) <= 40:
        return None
    try:
        found = datetime.fromisoformat(words.replace("Z", "+00:00"))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _age(row: dict[str, Any], fields: tuple[str, ...], now: datetime) -> float | None:
    """Seconds since the first of the fields that has a time; None for none, or for a time that is still to come."""
    for name in fields:
        time = moment(row.get(name))
        if time is not None:
            seconds = (now - time).total_seconds()
            return seconds if seconds >= 0 else None
    return None


def _made(made: float | None, since: float) -> str:
    return f", and was made {duration(made)} ago" if made is not None and made > since + 60 else ""


def _why(row: dict[str, Any], state: str) -> list[str]:
    """What makes a queued job wait longer than others."""
    if state not in {"activated", "starting", "assigned", "throttled"}:
        return []
    said = []
    cores, memory = as_count(row.get("corecount")) or 1, as_number(row.get("minramcount"))
    if cores > 1 or (memory and memory / cores > _LARGE):
        asked = f"{cores} core{'s' if cores > 1 else ''}" + (f" and {round(memory)} MB" if memory and memory > 0 else "")
        said.append(f"It needs a slot of {asked}, which comes free more rarely than a small one.")
    priority, share = as_count(row.get("currentpriority")), as_text(row.get("gshare"))
    if share or priority is not None:
        of = f" in the share {share[:60]}" if share else ""
        rank = f" with priority {priority}" if priority is not None else ""
        said.append(f"It queues{of}{rank}.")
    return said


def _limit(row: dict[str, Any], known: dict[str, Any], age: float | None) -> list[str]:
    user = as_text(row.get("prodsourcelabel")).lower() in {"user", "panda"}
    limit = known.get("user_limit") if user and known.get("user_limit") else known.get("limit")
    if not limit:
        return []
    if age is not None and age > limit:
        return [f"The limit of {_span(limit)} has passed, so this is due: {known['then']}."]
    return [f"After {_span(limit)} {known['then']}."]


def _span(seconds: float) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return duration(seconds)


def _runs(row: dict[str, Any]) -> list[str]:
    ran, limit = as_number(row.get("durationsec")), as_number(row.get("maxwalltime"))
    if not ran or ran <= 0:
        return []
    share = f"; {round(100 * ran / limit)} % of the {duration(limit)} that were foreseen" if limit and limit > 0 else ""
    return [f"It has run for {duration(ran)}{share}."]


def _ran(row: dict[str, Any]) -> list[str]:
    """How long a finished job ran, with how many cores, how well they were used, and when it ended."""
    ran, cores = as_number(row.get("durationsec")), as_count(row.get("actualcorecount")) or as_count(row.get("corecount"))
    if not ran or ran <= 0:
        return []
    on = f" on {cores} core{'s' if cores != 1 else ''}" if cores else ""
    used, ended = as_number(row.get("cpuefficiency")), moment(row.get("endtime"))
    well = f" with a CPU efficiency of {round(used)} %" if used and used > 0 else ""
    until = f", until {ended:%Y-%m-%d %H:%M} UTC" if ended else ""
    return [f"It ran for {duration(ran)}{on}{well}{until}."]


def _progress(row: dict[str, Any]) -> list[str]:
    said = []
    done, most = _EVENTS.search(as_text(row.get("jobmetrics"))), as_count(row.get("nevents"))
    if done and int(done[1]):
        of = f" of {most}" if most and most >= int(done[1]) else ""
        said.append(f"It has processed {int(done[1])}{of} events.")
    used = as_number(row.get("cpuefficiency"))
    if used and 0 < used < LOW:
        said.append(f"Its CPU efficiency is {round(used)} % so far: it waits more than it works, for example for remote input.")
    return said


def _report(age: float | None) -> list[str]:
    if age is None:
        return []
    if age > SILENT:
        return [f"The last report is {duration(age)} old; after 2 h of silence the server gives a job up (lost heartbeat)."]
    if age > 2 * HEARTBEAT:
        return [
            f"The last report is {duration(age)} old, where one is due every 30 minutes; the pilot or the network may be stuck."
        ]
    return [f"Last report {duration(age)} ago."]


def _attempts(row: dict[str, Any], state: str) -> list[str]:
    attempt, most = as_count(row.get("attemptnr")), as_count(row.get("maxattempt"))
    if attempt is None or not most:
        return []
    if attempt < most:
        return [f"This is attempt {attempt} of {most}."] if state == "running" and attempt else []
    return [f"This is the last attempt ({attempt} of {most})."]


def _orders(row: dict[str, Any]) -> list[str]:
    order = as_text(row.get("commandtopilot")).lower()
    if order in {"tobekilled", "softkill"}:
        return ["The server has told the pilot to end it; it ends with the next report."]
    return []


#: What the sub-status of a closed or cancelled job says.
_SUBSTATUS = {
    "toreassign": "JEDI took it back; a new job for another queue takes its place.",
    "taskdone": "Its task had enough without it.",
    "jc_unlock": "Another copy of it was faster.",
    "es_unused": "The event-service job was not needed.",
    "es_noevent": "There were no events left for it.",
    "pilot_noevents": "There were no events left for it.",
    "es_inaction": "It got no events for too long.",
}


def _reasons(row: dict[str, Any]) -> list[str]:
    substatus = as_text(row.get("jobsubstatus")).lower()
    said = []
    if substatus in _SUBSTATUS:
        said.append(_SUBSTATUS[substatus])
    elif substatus.startswith("merge_"):
        said.append(f"The merge job of its output ended as {substatus.removeprefix('merge_')[:40]}.")
    for name in ("taskbuffererrordiag", "jobdispatchererrordiag", "brokerageerrordiag", "jobinfo"):
        text = as_text(row.get(name))[:300]
        if text and all(text.lower() not in one.lower() for one in said):
            said.append(f"The record says ({name}): {text.rstrip('.')}.")
            break
    ran = as_number(row.get("durationsec"))
    if moment(row.get("starttime")) is None:
        said.append("It had not started.")
    elif ran and ran > 0:
        said.append(f"It had run for {duration(ran)}.")
    return said


def _memory_now(row: dict[str, Any]) -> list[str]:
    peak, asked = as_number(row.get("maxpss")), as_number(row.get("minramcount"))
    if not peak or not asked or asked <= 0 or as_text(row.get("minramunit")).upper() not in {"", "MB"}:
        return []
    if megabytes(peak) < _CLOSE * asked:
        return []
    return [f"Its memory reached {megabytes(peak)} MB, where {round(asked)} MB were asked for: it may be killed for that."]


def _efficiency(row: dict[str, Any]) -> list[str]:
    said = []
    used = as_number(row.get("cpuefficiency"))
    if used and 0 < used < LOW:
        said.append(f"A CPU efficiency of {round(used)} % is low: most of the time it waited (input, few busy cores, set-up).")
    elif used and used > HIGH:
        said.append(f"A CPU efficiency of {round(used)} % means that it used more cores than it had asked for.")
    ran, waited = as_number(row.get("durationsec")), as_number(row.get("waittimesec"))
    if ran and 0 < ran < SHORT:
        tail = f" after waiting {duration(waited)}" if waited and waited > ran else ""
        said.append(f"It ran only {duration(ran)}{tail}; longer jobs (more files or events each) waste less on set-up.")
    peak, asked = as_number(row.get("maxpss")), as_number(row.get("minramcount"))
    if peak and peak > 0 and asked and asked > 2000 and as_text(row.get("minramunit")).upper() in {"", "MB"}:
        if megabytes(peak) < _LITTLE * asked:
            said.append(
                f"It used {megabytes(peak)} MB of the {round(asked)} MB asked for; asking for less finds a slot sooner."
            )
        elif megabytes(peak) > _CLOSE * asked:
            said.append(
                f"It used {megabytes(peak)} MB of the {round(asked)} MB asked for, so the next one may be killed for it."
            )
    attempt = as_count(row.get("attemptnr"))
    if attempt and attempt > 1:
        said.append(f"It took {attempt} attempts.")
    return said
