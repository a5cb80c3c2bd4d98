"""Tasks: state first, then the numbers of their files, then what is wrong and what to look at."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from askpanda.diagnosis.states import moment
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import concepts_in, load
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording.live import cite_page, count_table, error_line, moment_of, read_at
from askpanda.pipeline.wording.numbers import counted, joined, known, number, percent, plain
from askpanda.pipeline.wording.summaries import attribute_counts, errors_by_code, state_counts
from askpanda.schema.answer import Block, FollowUp, Sections, UserSections
from askpanda.schema.values import duration

#: States in which more of a task gets done, and seconds before which nothing is said of its pace.
GOING_ON = frozenset({"ready", "pending", "scouting", "scouted", "running", "throttled"})
SHORTEST = 3600
#: The marks for programs that JEDI writes before some messages.
_MARKS = re.compile(r"^#KV(?: \w+=\S+)+ (?=\S)")
#: States in which it does not go on by itself, or not for now: its message says why.
STOPPED = frozenset({"pending", "throttled", "paused", "exhausted", "broken", "tobroken", "aborted", "toabort", "failed"})


def summary(brief: Brief) -> Words:
    """What is happening with a task."""
    data = brief.gathered.task
    if not data:
        return unknown(brief)
    task, datasets = parts(data)
    cite = brief.cite("record")
    name = _number_of(brief, task)
    status = known(task.get("status")) or "unknown"
    meaning = load("states")["task"].get(status, "")
    kind = {"anal": "analysis", "prod": "production"}.get(known(task.get("tasktype")), known(task.get("tasktype")))
    owner = f" of {known(task.get('username'))}" if known(task.get("username")) else ""
    article = "an" if kind[:1] in ("a", "e", "i", "o", "u") else "a"
    kept = f"It is {article} {f'{kind} ' if kind else ''}task{owner}." if kind or owner else ""
    asks_when = "will_finish" in concepts_in(fold(brief.turn.question))
    pace = _pace(task, datasets, moment(brief.gathered.as_of)) if asks_when else ""
    why = message_of(task) if status in STOPPED else ""
    parts_ = [f"Task {name} is **{status}**.", why, progress_of(task, datasets), pace, meaning, kept]
    description = " ".join(part for part in parts_ if part) + cite
    problems = problems_of(brief, task, datasets, message=not why)
    description = " ".join(part for part in (description, _jobs(brief), read_at(brief)) if part)
    problems += _errors(brief)
    jobs_failed = state_counts(brief.gathered.pages).get("failed") or errors_by_code(brief.gathered.pages)
    failing = bool(jobs_failed) or any(_failed_datasets(datasets))
    return Words(
        sections=Sections(
            description=description,
            user=UserSections(recommendations=_next(name, status, failing)),
            problems=problems,
            details="\n".join(f"- {line}{cite}" for line in _details(task, datasets)),
        ),
        blocks=[block for block in (_datasets_block(datasets), jobs_block(brief), _sites_block(brief)) if block],
        follow_ups=_offers(name, failing, status),
    )


def _next(name: int | str, status: str, failing: bool) -> list[str]:
    """What to do next; with a task that runs and has no trouble, nothing."""
    if status == "running" and not failing:
        return []
    return [str(line).format(task=name) for line in load("states")["next"].get(status, [])]


def _jobs(brief: Brief) -> str:
    """Jobs by state and where most of them are; the monitor's list leaves out those that were retried."""
    counts = state_counts(brief.gathered.pages)
    if not counts:
        return ""
    cite = cite_page(brief, "/jobs/")
    shares = joined([f"{n} {state}" for state, n in counts.items()])
    sites = list(attribute_counts(brief.gathered.pages, "computingsite").items())
    sites = sites if sum(n for _, n in sites) == sum(counts.values()) else []
    most = f", most at {joined([f'{site} ({n})' for site, n in sites[:3]])}" if len(sites) > 3 else ""
    where = most or (f", at {joined([f'{site} ({n})' for site, n in sites])}" if sites else "")
    return f"Its jobs, without those that were retried: {shares}{where}.{cite}"


def _errors(brief: Brief) -> list[str]:
    errors = errors_by_code(brief.gathered.pages)
    cite = cite_page(brief, "/jobs/")
    return [error_line(brief, error, cite) for error in errors[:3]]


def parts(data: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(task, datasets) of `/task/N/?json`, or of its inner `task` alone."""
    task = data.get("task") if isinstance(data.get("task"), dict) else data
    datasets = data.get("datasets")
    return task or {}, [row for row in datasets if isinstance(row, dict)] if isinstance(datasets, list) else []


def unknown(brief: Brief) -> Words:
    """No record of the task."""
    ids = brief.route.entities.task_ids
    if not ids:
        text = "Which task? Give its number, such as `task 46374283`, or ask on the task's page."
        return Words(sections=Sections(description=text), verbatim=True)
    said = next((note for note in brief.gathered.notes if f"the record of task {ids[0]}" in note.lower()), "")
    text = f"I do not have the record of task {ids[0]}, so I cannot say what state it is in or what its jobs do."
    if said and not brief.gathered.requests:
        monitor = f" Monitor: {brief.gathered.monitor}, asked at {moment_of(brief)} UTC." if brief.gathered.monitor else ""
        text = f"{said}{monitor}"
        if "not found" in said:
            text += " Check the number, or ask on the monitor that has the task."
    if brief.gathered.requests:
        text += " I asked for it; where the page can fetch it, the answer follows."
    return Words(sections=Sections(description=text), verbatim=True)


def _number_of(brief: Brief, task: dict[str, Any]) -> int | str:
    return number(task.get("jeditaskid")) or next(iter(brief.route.entities.task_ids), "?")


def _files(task: dict[str, Any], datasets: list[dict[str, Any]]) -> tuple[int, int, int] | None:
    """(all, finished, failed) input files, of the master input datasets."""
    info = task.get("dsinfo")
    if isinstance(info, dict) and number(info.get("nfiles")) is not None:
        return number(info["nfiles"]) or 0, number(info.get("nfilesfinished")) or 0, number(info.get("nfilesfailed")) or 0
    masters = [row for row in datasets if row.get("type") in ("input", "pseudo_input") and not number(row.get("masterid"))]
    if not masters:
        return None
    sums = [sum(number(row.get(field)) or 0 for row in masters) for field in ("nfiles", "nfilesfinished", "nfilesfailed")]
    return sums[0], sums[1], sums[2]


def progress_of(task: dict[str, Any], datasets: list[dict[str, Any]]) -> str:
    """How many of the task's input files are done."""
    files = _files(task, datasets)
    if files is None:
        return ""
    total, done, failed = files
    if not total:
        return "Its record names no input files."
    info = task.get("dsinfo") if isinstance(task.get("dsinfo"), dict) else {}
    share = number((info or {}).get("pctfinished"))
    shown = f"{share} %" if share is not None else percent(done, total)
    left = max(total - done - failed, 0)
    of = "Of its one input file," if total == 1 else f"Of its {total} input files,"
    are, left_are = ("is" if n == 1 else "are" for n in (done, left))
    return f"{of} {done} {are} finished ({shown}), {failed} failed and {left} {left_are} left."


def _pace(task: dict[str, Any], datasets: list[dict[str, Any]], now: datetime | None) -> str:
    """How long the rest takes if it goes on as it did on the whole so far: an estimate, and said to be one."""
    files, began = _files(task, datasets), moment(task.get("starttime")) or moment(task.get("creationdate"))
    over = task.get("endtime") or task.get("status") not in GOING_ON
    if files is None or began is None or now is None or over:
        return ""
    total, done, failed = files
    spent, left = (now - began).total_seconds(), max(total - done - failed, 0)
    if not done or not left or spent < SHORTEST:
        return "When it will be over cannot be said from this: too little of it is done." if left else ""
    days = spent * left / done / 86400
    rest = f"about {round(days)} days" if days >= 2 else f"about {max(round(24 * days), 1)} hours"
    return (
        f"The monitor gives no time at which it will be over. In the {duration(spent)} since it began {done} of {total} files "
        f"were finished; at that pace the {left} that are left take {rest}. Retries and the last jobs often take longer."
    )


def _failed_datasets(datasets: list[dict[str, Any]]) -> Iterator[tuple[str, str, int]]:
    for row in datasets:
        failed = number(row.get("nfilesfailed")) or 0
        if failed:
            yield known(row.get("type")) or "dataset", known(row.get("datasetname")) or known(row.get("containername")), failed


def message_of(task: dict[str, Any]) -> str:
    """Why the task is in its state, as its record has it."""
    dialog = _MARKS.sub("", plain(task.get("errordialog"), 600)).rstrip(". ")
    return f"Its message says: “{dialog}”." if dialog else ""


def problems_of(brief: Brief, task: dict[str, Any], datasets: list[dict[str, Any]], *, message: bool = True) -> list[str]:
    """What the task's record says is wrong; its `message` where that was not told yet."""
    cite = brief.cite("record")
    problems = [
        f"{counted(failed, 'failed file')} in the {kind} dataset `{name}`.{cite}"
        for kind, name, failed in _failed_datasets(datasets)
    ]
    if message and (told := message_of(task)):
        problems.insert(0, f"{told}{cite}")
    return problems


def _details(task: dict[str, Any], datasets: list[dict[str, Any]]) -> Iterator[str]:
    for label, field, unit in (
        ("Created", "creationdate", ""),
        ("Last change of state", "statechangetime", ""),
        ("Last modified", "modificationdate", ""),
        ("Nucleus", "nucleus", ""),
        ("Preset queue", "site", ""),
        ("Memory asked for", "ramcount", " MB per core" if "core" in known(task.get("ramunit")).lower() else " MB"),
        ("Cores", "corecount", ""),
        ("Attempts of the task", "attemptnr", ""),
        ("Failure rate", "failurerate", " %"),
        ("Priority", "currentpriority", ""),
    ):
        value = known(task.get(field))
        if value:
            yield f"{label}: {value}{unit}."
    for row in datasets:
        kind, name = known(row.get("type")), known(row.get("datasetname"))
        total, done = number(row.get("nfiles")), number(row.get("nfilesfinished"))
        if name and total is not None:
            yield (
                f"{kind or 'dataset'} `{name}`: {done or 0} of {counted(total, 'file')} finished, "
                f"{number(row.get('nfilesfailed')) or 0} failed."
            )


def _datasets_block(datasets: list[dict[str, Any]]) -> Block | None:
    rows = [
        [
            known(row.get("type")),
            known(row.get("datasetname")),
            known(row.get("status")),
            *(number(row.get(f)) for f in ("nfiles", "nfilesfinished", "nfilesfailed")),
        ]
        for row in datasets
        if known(row.get("datasetname"))
    ]
    if not rows:
        return None
    columns = ["Type", "Dataset", "Status", "Files", "Finished", "Failed"]
    return Block(kind="table", title="Datasets", data={"columns": columns, "rows": rows, "count": len(rows)})


def jobs_block(brief: Brief) -> Block | None:
    """Jobs by state, where a list of them was read."""
    counts = state_counts(brief.gathered.pages)
    return count_table("Jobs by state", "State", counts) if counts else None


def _sites_block(brief: Brief) -> Block | None:
    sites = attribute_counts(brief.gathered.pages, "computingsite")
    return count_table("Jobs by queue", "Queue", sites) if len(sites) > 1 else None


def _offers(name: int | str, failing: bool, status: str) -> list[FollowUp]:
    offers = []
    if failing:
        offers.append(
            FollowUp(question=f"Why did jobs of task {name} fail?", why="What to look at next: the failures by error")
        )
    if status in ("finished", "failed", "aborted", "exhausted"):
        offers.append(FollowUp(question=f"How do I retry task {name}?", why="The exact command, and who may do it"))
    elif status == "broken":
        offers.append(FollowUp(question="Why do tasks become broken?", why="What usually is behind it"))
    elif status == "pending":
        offers.append(FollowUp(question="Why is a task pending?", why="The usual reasons, and what helps"))
    return offers or [FollowUp(question="Tell me about the task status changes", why="What follows this state")]
