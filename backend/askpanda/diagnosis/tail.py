"""The end of a log, for a log in which nothing is known: shown as it stands, and never called the cause."""

from collections.abc import Sequence

from askpanda.diagnosis.engine import harmless
from askpanda.diagnosis.lines import Line, around, text_of, window
from askpanda.diagnosis.rank import ENDINGS
from askpanda.diagnosis.scan import Reading
from askpanda.schema.answer import EvidenceLine

#: Lines that are shown, and those that are looked through for them from the end.
_SHOWN, _LOOKED = 4, 40
_BYTES = 1 << 16
_LENGTH = 400
#: Bytes that text does not hold, and the share of them from which a file is none.
_NOT_TEXT = bytes(set(range(32)) - set(b"\t\n\r\b\f\x1b"))
_ODD_SHARE = 0.05


def last_line(reading: Reading) -> EvidenceLine | None:
    """The last line that is not blank, harmless or not: a program that stood still may have said "trying again" there."""
    lines = [line for line in _last(reading) if line.data.strip()]
    if not lines or not _is_text(lines[-1].data):
        return None
    number, start, data = lines[-1].number, lines[-1].start, lines[-1].data
    shown = text_of(data, None, _LENGTH)
    return EvidenceLine(file=reading.name, line=number, end=number, text=shown, window=window(reading, number, start, number))


def tail(readings: Sequence[Reading], order: Sequence[str]) -> EvidenceLine | None:
    """The last lines of the log that is read first for the error (`order`: base names, best first), without blank and
    harmless ones at its end; None where no log has any.
    """
    ranked = sorted(
        (reading for reading in readings if reading.kind not in {"report", "wrapper"}),
        key=lambda reading: order.index(name) if (name := reading.name.rsplit("/", 1)[-1]) in order else len(order),
    )
    return next((shown for reading in ranked if (shown := _of(reading)) is not None), None)


def _of(reading: Reading) -> EvidenceLine | None:
    lines = _last(reading)
    if not _is_text(b"".join(line.data for line in lines)):
        return None
    while lines and _tells_nothing(lines[-1], reading.kind):
        lines.pop()
    kept: list[Line] = []
    for line in reversed(lines[-_SHOWN:]):
        if _tells_nothing(line, reading.kind):
            break
        kept.insert(0, line)
    if not kept:
        return None
    first, last = kept[0], kept[-1]
    return EvidenceLine(
        file=reading.name,
        line=first.number,
        end=last.number,
        text="\n".join(text_of(line.data, None, _LENGTH) for line in kept),
        window=window(reading, first.number, first.start, last.number),
    )


def _is_text(data: bytes) -> bool:
    """False for a picture or a packed file under a log's name; a log with some odd bytes is text."""
    return len(data) - len(data.translate(None, _NOT_TEXT)) <= _ODD_SHARE * len(data)


def _tells_nothing(line: Line, kind: str) -> bool:
    return not line.data.strip() or harmless(line.data[:8192], kind)


def _last(reading: Reading) -> list[Line]:
    """The last lines, or those before the line by which the script says that its work is over."""
    over = [mark for mark in reading.marks("consequence", "context") if mark.rule.id in ENDINGS]
    late = [mark for mark in over if mark.line > reading.lines // 2]
    if late:
        return around(reading, late[0].line, late[0].start, before=_LOOKED)[:-1]
    low = max(0, reading.size - _BYTES)
    pieces = reading.source.piece(low, reading.size).split(b"\n")
    if pieces and not pieces[-1]:
        pieces.pop()
    pieces = pieces[1 if low else 0 :][-_LOOKED:]
    place, lines = reading.size, []
    ends_open = reading.size and reading.source.piece(reading.size - 1, reading.size) != b"\n"
    for back, piece in enumerate(reversed(pieces)):
        place -= len(piece) + (0 if ends_open and back == 0 else 1)
        lines.append(Line(reading.lines - back, place, piece))
    return lines[::-1]
