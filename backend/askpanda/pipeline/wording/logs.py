"""Logs on request: the end of a file, the lines with a word, or where it is."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from askpanda.evidence.log_store import log_links
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import ACTIVE
from askpanda.pipeline.wording.live import read_at
from askpanda.pipeline.wording.log_levels import (
    asks_for_levels,
    codes_of,
    head_of,
    kind,
    lines_of,
    verdict_line,
    wanted_levels,
)
from askpanda.pipeline.wording.log_search import Sought, matching, sought, the_line_itself
from askpanda.pipeline.wording.numbers import counted, joined, known
from askpanda.pipeline.wording.proof import which_line
from askpanda.redaction.secrets import cut_secrets
from askpanda.schema.answer import Block, FollowUp, Sections
from askpanda.schema.evidence import JobEvidence, LogFile
from askpanda.schema.values import as_number, size

#: Lines shown where no number is asked for, and at most; a longer line is cut.
LINES, MOST_LINES, LINE_LIMIT = 40, 200, 400
#: Bytes of a line that are looked at.
_LONGEST = 1 << 16
_COUNT = re.compile(
    r"\b(\d{1,4}) (?:last |first )?(?:lines|lignes|zeilen|l[ií]neas)\b|\b(?:last|first|top|tail -n?) ?(\d{1,4})\b", re.I
)
_FIRST = re.compile(
    r"\b(?:first|head|top|begin\w*|start) (?:of )?(?:the )?(?:\d|lines?|of|pilot|payload|log)"
    r"|\b(?:premi\w+|erste\w*|primer\w*) ",
    re.I,
)
_FILES = re.compile(
    r"\b(?:which|what|list|how many|show|all)\b.{0,20}\b(?:log )?files?\b|\bwhere (?:is|are|r|can|do)\b"
    r"|\b(?:can ?'?not|can'?t|could ?n'?t|could not) (?:find|see|get|open)\b.{0,20}\blogs?\b"
    r"|\b(?:links?|url|address)\b|\b(?:which|what|list|all)\b.{0,20}\blogs\b"
    r"|\bou (?:est|sont)\b|\bwo (?:ist|sind)\b|\bdonde esta",
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
    if job is not None and lists_files(brief.turn.question) and not wanted and (job.listing or not job.logs):
        return _files(brief, job)
    logs = [log for log in (job.logs if job else []) if wanted in (None, log.name)]
    there = [log for log in logs if log.state == "ok"]
    if not there:
        return _with_verdict(brief, ids[0], _missing(brief, ids[0], wanted, logs))
    if wanted and _LINK.search(brief.turn.question):
        return _where(brief, there[0], ids[0])
    what = sought(brief.turn.question, [log.name for log in (job.logs if job else [])])
    if what is None and asks_for_levels(brief.turn.question):
        return _levels(brief, logs, there, ids[0])
    proof = brief.finding.verdict.diagnosis if brief.finding.verdict else None
    if proof and proof.evidence and not wanted and what is None and the_line_itself(brief.turn.question):
        return which_line(brief, proof)
    named = [log for log in (job.logs if job else []) if log.state == "ok" and _names(brief.turn.question, log)]
    chosen = named if len(named) > 1 else there[:1]
    if what is not None and not wanted and len(there) > 1:
        chosen = _with_it(there, what)
        if not chosen:
            return _nowhere(brief, there, what, ids[0])
    pieces = [_piece(brief, log, ids[0], what) for log in chosen]
    offers = [FollowUp(question=f"Why did job {ids[0]} fail?", why="The line that decides, and what it means")]
    heads = " ".join(head for head, _ in pieces)
    several = len(pieces) > 1
    details = [f"`{log.name}`:\n\n{text}" if several else text for log, (_, text) in zip(chosen, pieces, strict=True)]
    return Words(
        sections=Sections(description=f"{heads} {read_at(brief)}", details="\n\n".join(text for text in details if text)),
        follow_ups=offers if brief.finding.verdict else [],
        verbatim=True,
    )


def _levels(brief: Brief, logs: list[LogFile], there: list[LogFile], pandaid: int) -> Words:
    """The lines of errors or warnings of each log that was read, and the verdict after them."""
    levels, count = wanted_levels(brief.turn.question), _count(brief.turn.question)
    heads, details = [], []
    for log in there:
        found = lines_of(_lines(log), levels, kind(log), count, codes_of(brief))
        heads.append(head_of(log, found, levels, pandaid, _cite(brief, log)))
        if found.shown:
            title = f"`{log.name}`:\n\n" if len(there) > 1 else ""
            details.append(title + _fenced([(number, _clean(line)) for number, line in found.shown]))
    away = [log.note for log in logs if log.state != "ok" and log.note]
    verdict = verdict_line(brief, pandaid)
    offers = [FollowUp(question=f"Why did job {pandaid} fail?", why="The line that decides, and what it means")]
    text = " ".join([*heads, *dict.fromkeys(away), read_at(brief)])
    return Words(
        sections=Sections(description=text.strip(), details="\n\n".join(part for part in (*details, verdict) if part)),
        follow_ups=offers if brief.finding.verdict else [],
        verbatim=True,
    )


def _with_verdict(brief: Brief, pandaid: int, words: Words) -> Words:
    """Where errors of a log that is not there were asked for: what the record says of the job all the same."""
    verdict = verdict_line(brief, pandaid) if asks_for_levels(brief.turn.question) and not brief.gathered.requests else ""
    return replace(words, sections=words.sections.model_copy(update={"details": verdict})) if verdict else words


def _fenced(shown: list[tuple[int, str]]) -> str:
    lines = "\n".join(f"{number}: {text}" for number, text in shown)
    return f"```text\n{lines.replace('```', '` ` `')}\n```" if lines else ""


def _names(question: str, log: LogFile) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(log.name)}(?![\w])", question, re.I) is not None


def _with_it(logs: list[LogFile], what: Sought) -> list[LogFile]:
    """The logs that have what is sought, in any spelling where none has it in the question's."""
    exact = [log for log in logs if what.exact and matching(_lines(log), what, 0, exact=True)[1]]
    return exact or [log for log in logs if matching(_lines(log), what, 0, exact=False)[1]]


def _nowhere(brief: Brief, logs: list[LogFile], what: Sought, pandaid: int) -> Words:
    """None of the logs that were read has what is sought."""
    names = joined([f"`{log.name}`{_cite(brief, log)}" for log in logs])
    text = (
        f"No: none of the logs of job {pandaid} that were read has a line with `{what.text}`. "
        f"Read were {names}. {read_at(brief)}"
    )
    offers = [FollowUp(question=f"Which logs of job {pandaid} are there?", why="Name another one to have it searched")]
    return Words(sections=Sections(description=text), follow_ups=offers, verbatim=True)


def _piece(brief: Brief, log: LogFile, pandaid: int, what: Sought | None) -> tuple[str, str]:
    """(what is shown of a log, its lines)."""
    count, cite = _count(brief.turn.question), _cite(brief, log)
    if what is not None:
        shown, total, exact = _searched(log, what, LINES if what.around else count)
        word, case = what.text, "" if exact or not total else ", in capitals or not"
        many = f"**{total}** {'line' if total == 1 else 'lines'} with `{word}`{case}" if total else f"no line with `{word}`"
        given = f"the {what.which} is" if what.which else f"the first {count} are"
        around = f", with {counted(what.around, 'line')} before and after" if what.around and total else ""
        more = f"; {given} shown{around}" if what.which or total > count or around else ""
        head = f"`{log.name}` of job {pandaid} has {many}{more if total else ''}"
    elif _FIRST.search(brief.turn.question):
        shown = _head(log, count)
        head = f"The first {counted(len(shown), 'line')} of `{log.name}` of job {pandaid}"
    else:
        shown = _tail(log, count)
        head = f"The last {counted(len(shown), 'line')} of `{log.name}` of job {pandaid}"
    return f"{head}.{cite}", _fenced(shown)


_LINK = re.compile(r"\b(?:links?|url|address|adresse|lien|enlace|direccion)\b|\bwhere (?:is|are|can|do)\b", re.I)


def _where(brief: Brief, log: LogFile, pandaid: int) -> Words:
    """Where one log is."""
    monitor = brief.gathered.monitor.rstrip("/")
    text = (
        f"`{log.name}` of job {pandaid} is at {monitor}/filebrowser/?pandaid={pandaid}&json&filename={log.name}; "
        f"all its files are at {monitor}/filebrowser/?pandaid={pandaid}.{_cite(brief, log)} {read_at(brief)}"
    )
    offers = [FollowUp(question=f"Show me the end of {log.name} of job {pandaid}", why="Its last lines")]
    return Words(sections=Sections(description=text.strip()), follow_ups=offers, verbatim=True)


def _cite(brief: Brief, log: LogFile) -> str:
    found = next((c for c in brief.sources.citations if c.kind == "log" and c.title == log.name), None)
    return f" [{found.n}]" if found else ""


def lists_files(question: str) -> bool:
    """Whether the files themselves are asked for, or where they are, rather than what stands in one."""
    return _FILES.search(question) is not None


def _file_page(brief: Brief, pandaid: int | None) -> str:
    """Where the monitor lists a job's files: an address to follow, or the page's path where no monitor is known."""
    page = f"/filebrowser/?pandaid={pandaid}"
    return f"{brief.gathered.monitor.rstrip('/')}{page}" if brief.gathered.monitor else f"`{page}`"


def _files(brief: Brief, job: JobEvidence) -> Words:
    """The job's log files with their sizes and times, and where they are."""
    url = _file_page(brief, job.pandaid)
    rows = [
        [known(row.get("name")), as_size(row.get("size")), known(row.get("modification"))]
        for row in job.listing or []
        if known(row.get("name"))
    ]
    if not rows:
        return _missing(brief, job.pandaid or 0, None, [])
    text = f"Job {job.pandaid} has {counted(len(rows), 'log file')}, at {url} (a link for each there). {read_at(brief)}"
    data = {"columns": ["File", "Size", "Modified (UTC)"], "rows": rows, "count": len(rows)}
    first = "payload.stdout" if any(row[0] == "payload.stdout" for row in rows) else str(rows[0][0])
    return Words(
        sections=Sections(description=text, details="\n".join(f"- `{name}`, {size}" for name, size, _ in rows)),
        blocks=[Block(kind="table", title=f"Log files of job {job.pandaid}", data=data)],
        follow_ups=[FollowUp(question=f"Show me the end of {first} of job {job.pandaid}", why="Its last lines")],
        verbatim=True,
    )


def as_size(value: object) -> str:
    """`72.3 kB`; "" for no number."""
    number = as_number(value)
    return size(number) if number is not None and number >= 0 else ""


def linked(job: dict[str, Any]) -> str:
    """The places of logs that the monitor only links to, and how they are read all the same; "" where it has them."""
    links = [f"[`{name}`]({address})" for name, address in log_links(job).items()]
    if not links:
        return ""
    return f"{joined(links)}. Once downloaded they are read by `askpanda diagnose JOB.json LOG`."


def _missing(brief: Brief, pandaid: int, wanted: str | None, logs: list[LogFile]) -> Words:
    name = f"`{wanted}`" if wanted else "the log"
    said = [log.note for log in logs if log.note]
    job = brief.gathered.job
    told = [note for note in (job.notes if job else []) if "log" in note or "list" in note or "record" in note]
    text = f"I do not have {name} of job {pandaid}. {' '.join(dict.fromkeys([*said, *told]))}".rstrip()
    status = known(job.job.get("jobstatus")) if job else ""
    if job and brief.gathered.facts and status in ACTIVE and known(job.job.get("starttime")):
        text += f" The job is {status}: its logs are stored when it ends."
    elif job and brief.gathered.facts and not known(job.job.get("starttime")):
        text += " It has not run, so there is no log of it: its record says why it ended or waits."
    paths = [request.path for request in brief.gathered.requests]
    if job and not paths and (places := linked(job.job)):
        text = (
            f"I cannot read {name} of job {pandaid}: it is in a store that the monitor's file browser does not open. "
            f"The job's page links to what is there: {places}"
        )
    elif paths:
        text += f" I asked for {joined([f'`{path}`' for path in paths])}; where the page can fetch it, the answer follows."
    else:
        text += f" The monitor lists the job's files at {_file_page(brief, pandaid)}."
    offers = [FollowUp(question=f"What is the status of job {pandaid}?", why="What its record says without a log")]
    return Words(sections=Sections(description=text), follow_ups=offers, verbatim=True)


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


def _clean(line: bytes, word: str = "") -> str:
    """A line as it may be shown: secrets cut, control characters out; of a long one the part with the word."""
    text = cut_secrets(line[:_LONGEST].decode("utf-8", "replace").rstrip("\r"))  # before anything is taken out of it
    text = "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)
    if len(text) <= LINE_LIMIT:
        return text
    at = max(0, text.lower().find(word.lower()) - LINE_LIMIT // 2) if word else 0
    return ("… " if at else "") + text[at : at + LINE_LIMIT] + (" …" if len(text) > at + LINE_LIMIT else "")


def _head(log: LogFile, count: int) -> list[tuple[int, str]]:
    return [(number, _clean(line)) for number, line in islice(enumerate(_lines(log), 1), count)]


def _tail(log: LogFile, count: int) -> list[tuple[int, str]]:
    kept: deque[tuple[int, bytes]] = deque(maxlen=count)
    kept.extend((number, line) for number, line in enumerate(_lines(log), 1) if line)
    return [(number, _clean(line)) for number, line in kept]


def _searched(log: LogFile, what: Sought, count: int) -> tuple[list[tuple[int, str]], int, bool]:
    """(the lines with what is sought, how many there are, whether capitals were told from small letters)."""
    exact = what.exact
    found, total = matching(_lines(log), what, count, exact=exact)
    if exact and not total:
        exact = False
        found, total = matching(_lines(log), what, count, exact=exact)
    return [(number, _clean(line, what.text if hit else "")) for number, line, hit in found], total, exact
