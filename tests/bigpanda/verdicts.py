"""How the monitor words a job's errors: its order of components, what it hides, and the three generations of its error table.

The rules are facts about panda-bigmon-core's core/libs/error.py, written anew. Texts in data/errordescriptions.yaml are ours.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

Job = dict[str, Any]

#: The monitor's component words with the record's code and text fields, in the monitor's fixed order.
COMPONENTS = (
    ("brokerage", "brokerageerrorcode", "brokerageerrordiag"),
    ("dataservice", "ddmerrorcode", "ddmerrordiag"),
    ("executor", "exeerrorcode", "exeerrordiag"),
    ("jobdispatcher", "jobdispatchererrorcode", "jobdispatchererrordiag"),
    ("pilot", "piloterrorcode", "piloterrordiag"),
    ("taskbuffer", "taskbuffererrorcode", "taskbuffererrordiag"),
    ("transform", "transexitcode", "transformerrordiag"),
    ("supervisor", "superrorcode", "superrordiag"),
)

#: Component words and short words that the table used before mid 2025.
OLD_WORDS = {
    "brokerage": ("Brokerage", "brokerage"),
    "dataservice": ("DDM", "ddm"),
    "executor": ("Execution", "exe"),
    "jobdispatcher": ("Job dispatch", "jobdispatcher"),
    "pilot": ("Pilot", "pilot"),
    "taskbuffer": ("Task Buffer", "taskbuffer"),
    "transform": ("Transformation", "trans"),
    "supervisor": ("Supervisor", "sup"),
}

CATEGORIES = {
    0: "Uncategorized",
    1: "File and Storage Issues",
    2: "Runtime Failures and Resource Violations",
    3: "Network and Communication Errors",
    4: "Job Termination and Kill Signals",
    5: "Software and Environment Issues",
    6: "Internal and Unknown Errors",
}

_TEXT_FIELDS = {name: diag for name, _, diag in COMPONENTS}
#: Consequences, which are shown only where nothing else is.
_YIELDING = ("taskbuffer:300", "dataservice:200")


@cache
def descriptions() -> dict[str, dict[str, Any]]:
    """`component:code` → {component, code, acronym, diagnostics, description, category}; our own few, not the monitor's
    table.
    """
    path = Path(__file__).parent / "data" / "errordescriptions.yaml"
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {f"{row['component']}:{row['code']}": row for row in rows}


def number(value: object) -> int:
    """A code field as a number; 0 for None, empty text and what is no number."""
    try:
        return int(str(value))
    except ValueError:
        return 0


def transform_text(code: object) -> str:
    """The monitor's text for a transform exit code, which has no text field in the record."""
    row = descriptions().get(f"transform:{code}")
    return str(row["diagnostics"]) if row else f"Unknown transformation exit code {code}"


def code_list(job: Job) -> list[str]:
    """`component:code` of what the monitor counts and shows (negative codes, consequences and the rest beside 1305/1235
    are cut).
    """
    found = [f"{name}:{number(job.get(code))}" for name, code, _ in COMPONENTS if number(job.get(code)) > 0]
    for word in _YIELDING:
        if word in found and len(found) > 1:
            found.remove(word)
    if "supervisor:8970" in found and len(found) > 1:
        found.remove("supervisor:8970")
    for word in ("pilot:1305", "pilot:1235"):
        if word in found:
            return [word]
    return found


def category(job: Job) -> int | None:
    """The category number of a job's shown codes; 0 and 6 give way, two different others make 0, no code makes None."""
    words = code_list(job)
    if not words:
        return None
    found = {int(descriptions().get(word, {}).get("category", 0)) for word in words}
    for weak in (0, 6):
        if weak in found and len(found) > 1:
            found.discard(weak)
    return found.pop() if len(found) == 1 else 0


def _clean(diag: str) -> str:
    if "lost heartbeat" in diag:
        diag = "lost heartbeat"
    if " at " in diag:  # the monitor drops a time stamp this way, and one letter of the sentence with it
        diag = diag[: diag.find(" at ") - 1]
    return diag.replace("\n", " ")


def error_info(job: Job, limit: int | None = 300) -> str:
    """The joined plain text of `errorinfo`, cut like the monitor's JSON."""
    pieces = []
    for name, code, diag in COMPONENTS:
        value = job.get(code)
        if not number(value) or (name == "taskbuffer" and number(job.get("superrorcode"))):
            continue
        text = transform_text(value) if name == "transform" else str(job.get(diag) or "")
        pieces.append(f"{name}:{value} {_clean(text)} ")
    joined = "".join(pieces)
    return joined[:limit] + "..." if limit and len(joined) > limit else joined


def error_rows(job: Job) -> list[dict[str, str]]:
    """Rows of the present error table: component, code, message (pilot: standard text first), description."""
    rows = []
    for word in code_list(job):
        name, code = word.split(":")
        diag = transform_text(code) if name == "transform" else str(job.get(_TEXT_FIELDS[name]) or "")
        known = descriptions().get(word)
        if known and name == "pilot":
            diag = f"{known['diagnostics']}: {diag}"
        rows.append(
            {
                "component": name,
                "code": code,
                "message": diag or "-",
                "description": str(known["description"]) if known else "-",
            }
        )
    worker = job.get("harvesterInfo") or {}
    if number(worker.get("errorcode")) > 0:
        rows.append(
            {
                "component": "Harvester worker",
                "code": str(worker["errorcode"]),
                "message": str(worker.get("diagmessage") or ""),
                "description": "-",
            }
        )
    return rows


def old_error_pieces(job: Job) -> list[tuple[str, str]]:
    """(`exe, 2002:`, text) pairs of the `Error description:` row that the table had before mid 2025; nothing was hidden
    then.
    """
    return [
        (f"{OLD_WORDS[name][1]}, {job[code]}:", transform_text(job[code]) if name == "transform" else str(job.get(diag) or ""))
        for name, code, diag in COMPONENTS
        if number(job.get(code))
    ]


def old_error_rows(job: Job) -> list[dict[str, str]]:
    """Component, Code, Message of the table before mid 2025; the transformation stood in the description row only."""
    rows = []
    for name, code, diag in COMPONENTS:
        if not number(job.get(code)) or name == "transform":
            continue
        text = str(job.get(diag) or "-")
        known = descriptions().get(f"{name}:{job[code]}")
        if known and name == "pilot":
            text = f"{known['diagnostics']}: {text}"
        rows.append({"component": OLD_WORDS[name][0], "code": str(job[code]), "message": text})
    return rows
