"""Reading a job's logs, and making sure that they are this job's."""

from collections.abc import Sequence

from askpanda.diagnosis.lines import line_text
from askpanda.diagnosis.logfiles import kind_of
from askpanda.diagnosis.scan import Reading, Source, scan
from askpanda.schema.evidence import JobEvidence, LogFile

#: What is looked at to know the encoding, and the largest log that is decoded as a whole (bytes).
_HEAD, _LARGEST = 512, 64 << 20
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_logs(job: JobEvidence, phrases: Sequence[str] = ()) -> tuple[list[Reading], list[str]]:
    """What was found in each log that could be had, and a sentence for each that could not or is another job's.

    `phrases`: pieces of the record's own texts, which are looked for as they stand.
    """
    readings: list[Reading] = []
    notes: list[str] = []
    for log in job.logs:
        if log.state != "ok":
            if log.note:
                notes.append(log.note)
            continue
        reading = _read(log, phrases, notes)
        if reading is None:
            continue
        others = other_jobs(reading, job.pandaid)
        if others:
            notes.append(
                f"{log.name} is the log of job {others[0]}, not of job {job.pandaid}, and was not used."
                " Fetch the log from this job's own page."
            )
            continue
        readings.append(reading)
    return readings, notes


def _read(log: LogFile, phrases: Sequence[str], notes: list[str]) -> Reading | None:
    source = Source(path=log.path, data=log.data)
    try:
        source = _in_utf8(source)
        reading = scan(log.name, kind_of(log.name), source, phrases=phrases)
    except OSError as error:
        notes.append(f"{log.name} could not be read ({error.strerror or type(error).__name__}).")
        return None
    if not reading.size:
        notes.append(f"{log.name} is empty.")
        return None
    return reading


def _in_utf8(source: Source) -> Source:
    """A log in UTF-16 (by its mark, or by the zeros beside its letters) as UTF-8, in memory; any other as it is.

    Lines keep their numbers. What is larger than can be held in memory stays as it is.
    """
    head = source.piece(0, _HEAD)
    codec = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "")
    if not codec and head.count(0) * 3 > len(head):
        zeros = head[1::2].count(0), head[::2].count(0)
        codec = "utf-16-le" if zeros[0] > 4 * zeros[1] else "utf-16-be" if zeros[1] > 4 * zeros[0] else ""
    if not codec:
        return source
    data = source.piece(0, _LARGEST + 1)
    return source if len(data) > _LARGEST else Source(data=data.decode(codec, "replace").encode("utf-8", "replace"))


def other_jobs(reading: Reading, pandaid: int | None) -> list[int]:
    """The jobs that a log says it belongs to, where this one is not among them; most often named first."""
    if pandaid is None:
        return []
    named: dict[int, int] = {}
    for mark in reading.marks("identity"):
        text = line_text(reading, mark)
        for match in mark.rule.read.finditer(text) if mark.rule.read else ():
            number = int(match["pandaid"])
            named[number] = named.get(number, 0) + 1
    if not named or pandaid in named:
        return []
    return sorted(named, key=lambda number: -named[number])
