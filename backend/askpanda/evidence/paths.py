"""The monitor's GET paths that evidence is read from: building them, and telling what a path asks for.

Source: panda-bigmon-core core/urls.py and core/views.py (`json` in the query gives JSON; `&filename=` redirects to the
file). A client reads only these, on the page's own origin.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from askpanda.schema.answer import ResourceRequest
from askpanda.schema.evidence import JobEvidence

PathKind = Literal[
    "job", "task", "listing", "file", "states", "task_states", "relations", "jobs", "errors", "worker", "media", "page"
]
#: Names of files may hold only this; everything else is quoted.
_PLAIN = re.compile(r"[^\w.+@=,~-]")
_MEDIA = re.compile(r"^/+media/filebrowser/[\w./+@=,:~%-]+$")
_MEDIA_ROOT = "/media/filebrowser/"
#: Other pages that may be asked for; their queries are the monitor's own filters.
_PAGES = re.compile(
    r"^/(?:jobs|tasks|errors|sites|users?|harvester/(?:workers|getworkers|getworkerstats|worker/\d+|slots|instances)|wns/[\w.@-]+"
    r"|api/joberrordescriptions|taskstatuslog/\d+|tasklogs/\d+|getjobsummaryfortask/\d+)/?$"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a path asks for. `number` is the PandaID or task number, `name` the file."""

    kind: PathKind
    number: int | None = None
    name: str = ""
    extra: str = ""


def job_path(pandaid: int) -> str:
    """The record of a job, with its files."""
    return f"/job?pandaid={pandaid}&json"


def task_path(jeditaskid: int) -> str:
    """The record of a task, with its datasets."""
    return f"/task/{jeditaskid}/?json"


def listing_path(pandaid: int) -> str:
    """The list of log files of a job."""
    return f"/filebrowser/?pandaid={pandaid}&json"


def file_path(pandaid: int, name: str) -> str:
    """One log file of a job, by its base name."""
    return f"/filebrowser/?pandaid={pandaid}&json&filename={quote(base_name(name), safe='.@=,~-_')}"


def states_path(pandaid: int) -> str:
    """The state changes of a job."""
    return f"/jobstatuslog/{pandaid}/?json"


def base_name(name: str) -> str:
    """A log's name without folders and control characters, 120 characters at most; "log" for nothing."""
    word = _PLAIN.sub("_", name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1])[:120]
    return word if word.strip("._") else "log"


def media_path(path: str) -> str:
    """A log's path as the web server has it: of logs in an object store the monitor's links also hold the place of the file
    on its own disk, which has the path in it once more (core/filebrowser/views.py `media_path`, utils.py `get_s3_file`).

    >>> media_path("/media/filebrowser/Q/PandaJob_1//opt/core/media/filebrowser/Q/PandaJob_1/pilotlog.txt")
    '/media/filebrowser/Q/PandaJob_1/pilotlog.txt'
    """
    return path[max(path.rfind(_MEDIA_ROOT), 0) :] if path.startswith(_MEDIA_ROOT) else path


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 18 else None


def parse(path: str) -> Asked | None:
    """What a path (or whole address) asks for; None for one that is not on the list."""
    if path.startswith("//"):
        path = "/" + path.lstrip("/")  # the monitor's own media links begin with two slashes; it is no host
    try:
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=40))
    except ValueError:
        return None
    where = parts.path
    if len(path) > 2000 or ".." in unquote(where):
        return None
    if _MEDIA.match(where):
        return Asked("media", name=base_name(unquote(where)))
    where = "/" + where.strip("/")
    if where == "/job":
        number = _number(query.get("pandaid"))
        return Asked("job", number) if number else None
    if where == "/filebrowser":
        number = _number(query.get("pandaid"))
        if not number:
            return None
        return Asked("file", number, base_name(query["filename"])) if query.get("filename") else Asked("listing", number)
    if where == "/task" and _number(query.get("jeditaskid")):
        return Asked("task", _number(query.get("jeditaskid")))
    match = re.match(r"^/(job|task|jobstatuslog|jobrelationships|taskstatuslog)/+(\d{1,18})$", where)
    if match:
        kinds: dict[str, PathKind] = {
            "job": "job", "task": "task", "jobstatuslog": "states", "jobrelationships": "relations",
            "taskstatuslog": "task_states",
        }  # fmt: skip
        return Asked(kinds[match[1]], int(match[2]), extra=query.get("direction", ""))
    if _PAGES.match(where):
        kind: PathKind = "jobs" if where == "/jobs" else "errors" if where == "/errors" else "page"
        return Asked(kind, _number(query.get("jeditaskid")))
    return None


def request(path: str) -> ResourceRequest:
    """A path with the way to read it: files as text, everything else as JSON."""
    asked = parse(path)
    return ResourceRequest(path=path, as_="text" if asked is not None and asked.kind in {"file", "media"} else "json")


#: Files that one pattern brings at most.
_OF_A_PATTERN = 4


def _matching(pattern: str, listed: Collection[str]) -> list[str]:
    head = pattern.rstrip("*")
    return sorted(name for name in listed if name.startswith(head) and not name.endswith((".gz", ".tgz", ".root")))[
        :_OF_A_PATTERN
    ]


def wanted(evidence: JobEvidence, names: Collection[str], answered: Collection[str] = ()) -> list[ResourceRequest]:
    """What is still to be asked for, the record first.

    `names` are the logs that would help (none for endings on the server's side), `answered` the paths that were asked
    for before, whatever came back: nothing is asked for twice. A log that the file browser does not list is not asked for.
    A name that ends in `*` stands for the listed files that begin so; where there is no list yet, the list is asked for.

        >>> wanted(JobEvidence(pandaid=1), ["pilotlog.txt"])
        [ResourceRequest(path='/job?pandaid=1&json', as_='json'),
         ResourceRequest(path='/filebrowser/?pandaid=1&json&filename=pilotlog.txt', as_='text')]
    """
    if evidence.pandaid is None:
        return []
    done = {(asked.kind, asked.number, asked.name) for path in answered if (asked := parse(path)) is not None}
    requests: list[ResourceRequest] = []
    if not evidence.job and ("job", evidence.pandaid, "") not in done:
        requests.append(request(job_path(evidence.pandaid)))
    held = {log.name for log in evidence.logs}
    listed = None if evidence.listing is None else {base_name(str(row.get("name", ""))) for row in evidence.listing}
    patterns = [name for name in names if name.endswith("*")]
    if patterns and listed is None and ("listing", evidence.pandaid, "") not in done:
        requests.append(request(listing_path(evidence.pandaid)))
    plain = dict.fromkeys(
        one for name in names for one in (_matching(name, listed or set()) if name.endswith("*") else [base_name(name)])
    )
    for name in plain:
        if name in held or ("file", evidence.pandaid, name) in done or (listed is not None and name not in listed):
            continue
        requests.append(request(file_path(evidence.pandaid, name)))
    return requests
