"""Whether pilots get through: what Harvester's latest reports say of a place, and its workers by queue and day."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

from askpanda.diagnosis import moment
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import ARRIVING_HOURS
from askpanda.pipeline.windows import bounds
from askpanda.pipeline.wording.live import as_of, known_states, missing, place_name, unknown_place, when_of
from askpanda.pipeline.wording.numbers import counted, joined, known
from askpanda.pipeline.wording.pilots import count_of, latest, source_of, sums_of, times_of, workers_of
from askpanda.schema.answer import Block, FollowUp, Sections

#: Queues without a running worker that are named.
_SAID = 8
#: A report this old says little of now: Harvester reports every few minutes.
_OLD = timedelta(hours=3)
_ORDER = ("running", "submitted", "ready", "idle", "finished", "failed", "cancelled", "missed")
_WAITING = ("submitted", "ready", "pending")
_OURS = re.compile(
    r"\b(?:our|ours|my|we|us|here|notre|nos|nous|ici|unser\w*|wir|uns|hier|nuestr\w+|nosotros|aqui|aquí)\b", re.I
)


def arriving(brief: Brief) -> Words:
    """Whether workers run at a place, wait or fail there, by the latest reports; and what was reported by day."""
    found = workers_of(brief)
    if found is None:
        return missing(brief, "Harvester's numbers of workers")
    path, rows, where = found
    cite, place = brief.cite("live", path), place_name(brief)
    when = when_of(brief) if brief.route.entities.window else f" in the last {ARRIVING_HOURS} hours"
    whose = _whose(brief) if not place else ""
    source = source_of(brief, path)
    if not rows:
        text = (
            f"**No pilots**: Harvester's statistics have no workers{where}{when}, so none was sent there or no Harvester "
            f"reports on it.{cite}"
        )
        lines = [text, unknown_place(brief).strip(), _offline(brief), whose, as_of(brief)]
        return Words(
            sections=Sections(description=" ".join(line for line in lines if line), details=source),
            follow_ups=_offers(place),
            verbatim=True,
        )
    newest, past = latest(rows), _is_over(brief)
    states = _states(newest)
    lines = [
        f"{_verdict(states, where, when if past else '')} {_now(newest, states, past=past)}{cite}",
        _ended(rows, when, cite),
        _idle(newest, cite, past=past) if not place else "",
        _age(brief, newest) if not past else "",
        _offline(brief) if not states["running"] and not past else "",
        whose,
        as_of(brief),
    ]
    note = (
        "A worker is a batch slot that runs pilots. Each Harvester's report replaces its last one, so past days are not whole."
    )
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line), details=f"{note} {source}"),
        blocks=[_by_day(rows)],
        follow_ups=_offers(place),
        verbatim=True,
    )


def _states(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(sums_of(rows, "status"))


def _is_over(brief: Brief) -> bool:
    """Whether the time that is asked about has passed."""
    start_end, now = bounds(brief.route.entities.window), moment(brief.gathered.as_of)
    return start_end is not None and now is not None and now - start_end[1] > _OLD


def _verdict(states: Counter[str], where: str, past: str) -> str:
    """What the reports come to; `past` is the time, where it is over."""
    if past and (states["running"] or states["finished"]):
        return f"**Pilots got through**{where}{past}."
    if states["running"]:
        return f"**Pilots get through**{where}."
    if states["finished"]:
        return f"Pilots got through{where}, but **none runs now**."
    submitted = "workers were submitted, and none of them ran" if any(states[state] for state in _WAITING) else "no worker ran"
    return f"**No pilot {'got' if past else 'gets'} through**{where}{past}: {submitted}."


def _now(rows: list[dict[str, Any]], states: Counter[str], *, past: bool) -> str:
    """What the latest reports have, and when they were made."""
    waiting, running = sum(states[state] for state in _WAITING), states["running"]
    times = times_of(rows)
    made = f", made from {times[0]} to {times[-1]} UTC" if times and times[0] != times[-1] else ""
    made = f", made at {times[0]} UTC" if times and not made else made
    reports = f"Harvester's last reports of that time{made}" if past else f"Harvester's latest reports{made}"
    if past:
        run, wait = ("was" if running == 1 else "were"), "waited"
    else:
        run, wait = ("is" if running == 1 else "are"), ("waits" if waiting == 1 else "wait")
    return (
        f"By {reports}, **{running}** {'worker' if running == 1 else 'workers'} {run} running and {waiting} {wait} for a slot."
    )


def _ended(rows: list[dict[str, Any]], when: str, cite: str) -> str:
    """Those that ended within the window, as they were reported."""
    states = _states(rows)
    over = {state: states[state] for state in ("finished", "failed", "cancelled", "missed") if states[state]}
    if not over:
        return f"None was reported to have ended{when}.{cite}"
    bad, ended = states["failed"], states["failed"] + states["finished"]
    share = f" ({round(100 * bad / ended, 1)} % of those that finished or failed)" if bad and ended else ""
    said = joined([f"{n} {state}{share if state == 'failed' else ''}" for state, n in over.items()])
    return f"Reported{when}: {said}.{cite}"


def _idle(rows: list[dict[str, Any]], cite: str, *, past: bool) -> str:
    """Of all queues, those where none runs."""
    running: Counter[str] = Counter()
    for row in rows:
        running[known(row.get("computingsite"))] += count_of(row) if known(row.get("status")) == "running" else 0
    none = sorted(name for name, n in running.items() if not n)
    if not none:
        return f"Each of the {counted(len(running), 'queue')} with workers {'had' if past else 'has'} running ones.{cite}"
    more = [counted(len(none) - _SAID, "more")] if len(none) > _SAID else []
    names = joined([*none[:_SAID], *more])
    return f"Of {counted(len(running), 'queue')} with workers none {'ran' if past else 'runs'} at {names}.{cite}"


def _age(brief: Brief, rows: list[dict[str, Any]]) -> str:
    last = max((time for row in rows if (time := moment(row.get("lastupdate")))), default=None)
    now = moment(brief.gathered.as_of)
    if last is None or now is None or now - last < _OLD:
        return ""
    hours = round((now - last).total_seconds() / 3600)
    return f"The latest report is {hours} hours old, so what is there now is not known."


def _offline(brief: Brief) -> str:
    """Queues of the place that are not online: no pilot is sent to one that is offline."""
    rows, cite = known_states(brief) or ([], "")
    closed = [f"{row[0]} is **{row[1]}**{f' ({row[3]})' if row[3] else ''}" for row in rows if row[1] not in ("online", "")]
    return f"In its settings {joined(closed)}.{cite}" if closed else ""


def _whose(brief: Brief) -> str:
    if not _OURS.search(brief.turn.question):
        return ""
    return "Which site is yours nothing here tells, so this is of all queues: name the site or queue, or ask on its page."


def _by_day(rows: list[dict[str, Any]]) -> Block:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        key = (known(row.get("computingsite")), known(row.get("lastupdate"))[:10])
        counts.setdefault(key, Counter())[known(row.get("status")) or "unknown"] += count_of(row)
    present = {state for one in counts.values() for state in one}
    states = [*(state for state in _ORDER if state in present), *sorted(present - set(_ORDER))]
    lines = [[*key, *(one[state] for state in states), one.total()] for key, one in sorted(counts.items())]
    data = {
        "columns": ["Queue", "Day (UTC)", *(state.capitalize() for state in states), "All"],
        "rows": lines,
        "count": len(lines),
    }
    return Block(kind="table", title="Workers by queue and day", data=data)


def _offers(place: str) -> list[FollowUp]:
    if not place:
        return [FollowUp(question="How does Harvester work?", why="Where these numbers come from")]
    return [
        FollowUp(question=f"How is {place} doing?", why="Its jobs, errors and queues"),
        FollowUp(question=f"How many jobs are running at {place}?", why="Whether pilots find work there"),
    ]
