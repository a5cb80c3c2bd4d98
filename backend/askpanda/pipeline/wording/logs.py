"""Logs on request: the end of a file, the lines with a word, or where it is."""

import re
from collections import deque
from collections.abc import Iterator

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.wording.numbers import counted, joined
from askpanda.redaction.secrets import cut_secrets
from askpanda.schema.answer import Block, FollowUp, Sections
from askpanda.schema.evidence import LogFile

#: Lines shown where no number is asked for, and at most; a longer line is cut.
LINES, MOST_LINES, LINE_LIMIT = 40, 200, 400
_COUNT = re.compile(
    r"\b(\d{1,4}) (?:last |first )?(?:lines|lignes|zeilen|l[ií]neas)\b|\b(?:last|first|top|tail -n?) ?(\d{1,4})\b", re.I
)
_GREP = re.compile(
    r"\b(?:grep|lines? (?:with|containing)|search(?: for)?|find|look for)\s+(?:for |the |all |lines? "
    r"with )*[\"'`]?([\w.:/-]{2,60})[\"'`]?",
    re.I,
)


def log_request(brief: Brief) -> Words:
    """What was asked of a job's log."""
    ids = brief.route.entities.job_ids
    job = brief.gathered.job
    if not ids:
        text = "Whose log? Give the job's number, such as `job 6519134287`, or ask on the job's page."
        return Words(sections=Sections(description=text), verbatim=True)
    wanted = brief.route.entities.file
    logs = [log for log in (job.logs if job else []) if wanted in (None, log.name)]
    there = [log for log in logs if log.state == "ok"]
    if not there:
        return _missing(brief, ids[0], wanted, logs)
    log = there[0]
    pattern = _GREP.search(brief.turn.question)
    word = pattern.group(1) if pattern and pattern.group(1) != log.name else ""
    count = _count(brief.turn.question)
    shown = list(_matching(log, word, count)) if word else list(_tail(log, count))
    cite = brief.cite("log")
    lines = "\n".join(f"{number}: {text}" for number, text in shown)
    if word:
        head = (
            f"`{log.name}` of job {ids[0]} has {counted(len(shown), 'line')} with `{word}` among those shown "
            f"here (at most {count}).{cite}"
        )
    else:
        head = f"The last {counted(len(shown), 'line')} of `{log.name}` of job {ids[0]}.{cite}"
    block = Block(kind="code", title=log.name, data={"language": "text", "code": lines})
    offers = [FollowUp(question=f"Why did job {ids[0]} fail?", why="The line that decides, and what it means")]
    return Words(
        sections=Sections(description=head, details=f"```text\n{lines.replace('```', '` ` `')}\n```"),
        blocks=[block],
        follow_ups=offers,
        verbatim=True,
    )


def _missing(brief: Brief, pandaid: int, wanted: str | None, logs: list[LogFile]) -> Words:
    name = f"`{wanted}`" if wanted else "the log"
    said = [log.note for log in logs if log.note]
    text = f"I do not have {name} of job {pandaid}." + (f" {' '.join(said)}" if said else "")
    paths = [request.path for request in brief.gathered.requests]
    if paths:
        text += f" I asked for {joined([f'`{path}`' for path in paths])}; where the page can fetch it, the answer follows."
    else:
        text += f" The monitor lists the job's files at `/filebrowser/?pandaid={pandaid}`."
    return Words(sections=Sections(description=text), verbatim=True)


def _count(question: str) -> int:
    match = _COUNT.search(question)
    asked = int(next(group for group in match.groups() if group)) if match else LINES
    return max(1, min(asked, MOST_LINES))


def _lines(log: LogFile) -> Iterator[bytes]:
    """Lines by LF, the beginning of a very long one: memory stays bounded whatever the file holds."""
    if log.data is not None:
        yield from log.data.split(b"\n")
        return
    if log.path is None:
        return
    with log.path.open("rb") as file:
        while line := file.readline(1 << 20):
            yield line.rstrip(b"\n")
            while not line.endswith(b"\n") and (line := file.readline(1 << 20)):
                pass


def _clean(line: bytes) -> str:
    """A line as it may be shown: secrets cut, control characters out."""
    text = cut_secrets(line[: 4 * LINE_LIMIT].decode("utf-8", "replace").rstrip("\r"))
    text = "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)
    return text if len(text) <= LINE_LIMIT else text[:LINE_LIMIT] + " …"


def _tail(log: LogFile, count: int) -> list[tuple[int, str]]:
    kept: deque[tuple[int, bytes]] = deque(maxlen=count)
    kept.extend((number, line) for number, line in enumerate(_lines(log), 1) if line)
    return [(number, _clean(line)) for number, line in kept]


def _matching(log: LogFile, word: str, count: int) -> list[tuple[int, str]]:
    sought = word.lower().encode()
    found: list[tuple[int, str]] = []
    for number, line in enumerate(_lines(log), 1):
        if sought in line.lower():
            found.append((number, _clean(line)))
            if len(found) >= count:
                break
    return found
