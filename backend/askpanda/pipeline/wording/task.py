"""Tasks: state first, then the numbers of their files, then what is wrong and what to look at."""

from collections.abc import Iterator
from typing import Any

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.wording.numbers import counted, known, number, percent, plain
from askpanda.pipeline.wording.summaries import state_counts
from askpanda.schema.answer import Block, FollowUp, Sections

FINAL = frozenset({"done", "finished", "failed", "aborted", "broken"})


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
    description = f"Task {name} is **{status}**. {meaning}".strip()
    kind = {"anal": "analysis", "prod": "production"}.get(known(task.get("tasktype")), known(task.get("tasktype")))
    if kind or known(task.get("username")):
        owner = f" of {known(task.get('username'))}" if known(task.get("username")) else ""
        description += f" It is a task{owner}" + (f" ({kind})" if kind else "") + "."
    progress = progress_of(task, datasets)
    description = f"{description} {progress}{cite}".strip()
    problems = problems_of(brief, task, datasets, status)
    details = "\n".join(f"- {line}{cite}" for line in _details(task, datasets))
    blocks = [block for block in (_datasets_block(datasets), jobs_block(brief)) if block]
    return Words(
        sections=Sections(description=description, problems=problems, details=details),
        blocks=blocks,
        follow_ups=_offers(name, problems, status),
    )


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
    text = f"I do not have the record of task {ids[0]}, so I cannot say what state it is in or what its jobs do."
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
    info = task.get("dsinfo") if isinstance(task.get("dsinfo"), dict) else {}
    share = number((info or {}).get("pctfinished"))
    shown = f"{share} %" if share is not None else percent(done, total)
    return f"Of its {counted(total, 'input file')}, {done} are finished ({shown}) and {failed} failed."


def _failed_datasets(datasets: list[dict[str, Any]]) -> Iterator[tuple[str, str, int]]:
    for row in datasets:
        failed = number(row.get("nfilesfailed")) or 0
        if failed:
            yield known(row.get("type")) or "dataset", known(row.get("datasetname")) or known(row.get("containername")), failed


def problems_of(brief: Brief, task: dict[str, Any], datasets: list[dict[str, Any]], status: str) -> list[str]:
    """What the task's record says is wrong."""
    cite = brief.cite("record")
    problems = [
        f"{counted(failed, 'failed file')} in the {kind} dataset `{name}`.{cite}"
        for kind, name, failed in _failed_datasets(datasets)
    ]
    dialog = plain(task.get("errordialog"), 600)
    if dialog:
        problems.insert(0, f"The task's message says: {dialog}{'' if dialog[-1] in '.!?' else '.'}{cite}")
    if status in ("exhausted", "broken", "failed", "aborted", "pending", "throttled", "paused"):
        problems.insert(0, f"{load('states')['task'][status]}{cite}")
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
    if not counts:
        return None
    rows = [[state, n] for state, n in counts.items()]
    return Block(kind="table", title="Jobs by state", data={"columns": ["State", "Jobs"], "rows": rows, "count": len(rows)})


def _offers(name: Any, problems: list[str], status: str) -> list[FollowUp]:
    offers = []
    if problems:
        offers.append(
            FollowUp(
                question=f"Which errors do the jobs of task {name} have?", why="What to look at next: the failed jobs by error"
            )
        )
    offers.append(FollowUp(question=f"What does the task status {status} mean?", why="States of tasks and what follows them"))
    if status not in FINAL:
        offers.append(FollowUp(question="How do I kill a task with pbook?", why="The exact command"))
    elif status in ("finished", "failed", "aborted"):
        offers.append(FollowUp(question="How do I retry a task with pbook?", why="The exact command"))
    return offers
