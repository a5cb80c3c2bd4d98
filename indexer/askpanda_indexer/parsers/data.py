"""JSON by what is in it: the monitor's error descriptions, CRIC's queues, an OpenAPI description, exported threads."""

import json
from collections.abc import Mapping
from typing import Any

from askpanda_indexer.page import Block, Page, Section, Unreadable
from askpanda_indexer.parsers.exports import parse_threads
from askpanda_indexer.parsers.openapi import parse_openapi

#: The monitor's categories, as it numbers them.
CATEGORIES = (
    "Uncategorized", "File and Storage Issues", "Runtime Failures and Resource Violations",
    "Network and Communication Errors", "Job Termination and Kill Signals", "Software and Environment Issues",
    "Internal and Unknown Errors",
)  # fmt: skip
#: What readers ask about a queue: CRIC's field, what it says, its unit.
_QUEUE = (
    ("atlas_site", "ATLAS site", ""), ("panda_site", "PanDA site", ""), ("rc_site", "resource centre", ""),
    ("cloud", "cloud", ""), ("country", "country", ""), ("tier", "tier", ""), ("status", "status", ""), ("state", "state", ""),
    ("state_comment", "because", ""), ("type", "type", ""), ("resource_type", "resource type", ""),
    ("workflow", "workflow", ""), ("harvester", "Harvester", ""), ("pilot_manager", "pilot manager", ""),
    ("pilot_version", "pilot version", ""), ("corecount", "cores per job (corecount)", ""),
    ("corepower", "HS06 per core (corepower)", ""), ("nodes", "nodes", ""), ("maxrss", "maximum memory (maxrss)", "MB"),
    ("minrss", "minimum memory (minrss)", "MB"), ("meanrss", "mean memory (meanrss)", "MB"),
    ("maxtime", "maximum wall time (maxtime)", "s"), ("mintime", "minimum wall time (mintime)", "s"),
    ("timefloor", "timefloor", ""), ("maxwdir", "scratch space (maxwdir)", "MB"),
    ("maxinputsize", "largest input (maxinputsize)", "MB"), ("maxdiskio", "disk I/O (maxdiskio)", "kB/s per core"),
    ("wnconnectivity", "outbound connectivity (wnconnectivity)", ""), ("transferringlimit", "limit of transferring jobs", ""),
    ("fairsharepolicy", "fair share policy", ""), ("container_type", "container", ""), ("gshare", "global share", ""),
    ("hc_param", "HammerCloud", ""), ("hc_suite", "HammerCloud suite", ""), ("comment", "comment", ""),
)  # fmt: skip


def parse_data(text: str, name: str) -> Page:
    """Raises Unreadable for JSON of another shape."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is no JSON") from error
    if isinstance(data, Mapping):
        if isinstance(data.get("error_descriptions"), list):
            return _errors(data["error_descriptions"])
        if isinstance(data.get("paths"), Mapping) and ("openapi" in data or "swagger" in data):
            return parse_openapi(text, name)
        if queues := {str(key): row for key, row in data.items() if _is_queue(row)}:
            return _queues(queues)
        if _is_queue(data):
            return _queues({str(data.get("name") or data.get("nickname") or name): data})
    return parse_threads(data, name)


def _errors(rows: list[Any]) -> Page:
    title = "Error descriptions of the monitor"
    sections = []
    for row in rows:
        if not isinstance(row, Mapping) or not str(row.get("description") or row.get("diagnostics") or "").strip():
            continue
        component, code, acronym = (" ".join(str(row.get(key) or "").split()) for key in ("component", "code", "acronym"))
        lines = [f"{component} error {code} ({acronym}): {str(row.get('diagnostics') or '').strip()}".rstrip(": ")]
        lines += [str(row.get("description") or "").strip()]
        category = row.get("category")
        named = CATEGORIES[category] if isinstance(category, int) and 0 <= category < len(CATEGORIES) else str(category or "")
        lines += [f"Category: {named}"] if named else []
        section = Section([title, component, f"{code} {acronym}".strip()])
        section.blocks.append(Block("note", "\n\n".join(line for line in lines if line)))
        sections.append(section)
    if not sections:
        raise Unreadable("there are no error descriptions in it")
    return Page(title, sections)


def _is_queue(row: Any) -> bool:
    """CRIC's record of a PanDA queue has its copy tools, or its site beside its limits."""
    return isinstance(row, Mapping) and ("copytools" in row or ("panda_resource" in row and "maxtime" in row))


def _queues(queues: Mapping[str, Mapping[str, Any]]) -> Page:
    title = "PanDA queues"
    sections = []
    for queue, row in sorted(queues.items()):
        lines = [f"PanDA queue {queue}:"]
        for field, said, unit in _QUEUE:
            value = row.get(field)
            if isinstance(value, str | int | float) and value not in ("", None) and not isinstance(value, bool):
                lines.append(f"- {said}: {' '.join(str(value).split())[:300]} {unit}".rstrip())
        for field, said in (
            ("copytools", "copy tools"),
            ("acopytools", "copy tools by activity"),
            ("astorages", "storages by activity"),
        ):
            if shown := _shown(row.get(field)):
                lines.append(f"- {said} ({field}): {shown}")
        changed = str(row.get("last_modified") or "")[:10]
        sections.append(Section([title, queue], "", [Block("list", "\n".join(lines))], as_of=changed))
    return Page(title, sections)


def _shown(value: Any) -> str:
    """`{"pr": ["A", "B"]}` as `pr A, B`; names alone as they are."""
    if isinstance(value, Mapping):
        parts = [
            f"{key} {', '.join(map(str, item))}" if isinstance(item, list) and item else str(key) for key, item in value.items()
        ]
        return "; ".join(parts)[:600]
    return ", ".join(map(str, value))[:600] if isinstance(value, list) else str(value or "")[:600]
