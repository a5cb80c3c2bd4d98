"""Lines of a log as text: decoded without failing, cut around what matters, with their true numbers."""

import re
from dataclasses import dataclass

from askpanda.diagnosis.scan import Mark, Reading
from askpanda.schema.answer import Window

#: Characters of a line that are shown; longer ones are cut around the match.
SHOWN = 1200
_WINDOW_SHOWN = 300
_REACH = 1 << 14
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]{0,16}[ -/]?[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]{1,400})", line \d{1,7}(?:, in .*)?$')
_TRACEBACK = "Traceback (most recent call last)"
#: Lines of a traceback that are looked at, upwards from its exception.
_DEEPEST = 80
PILOT_PREFIX = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| (?P<level>[A-Z]+)\s*\| (?:[\w.]+\s*\| [\w<>.]+\s*\| )?(?P<message>.*)$",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number, the byte where it begins, its bytes without the LF."""

    number: int
    start: int
    data: bytes


def text_of(data: bytes, at: int | None = None, shown: int = SHOWN) -> str:
    """A line's bytes as one line of text. `at` is the offset that must stay visible when the line is cut."""
    before = after = ""
    if len(data) > 2 * shown:
        middle = min(max(at or 0, 0), len(data))
        first = max(0, middle - shown // 2)
        last = min(len(data), first + shown)
        before, after = "…" if first else "", "…" if last < len(data) else ""
        data = data[first:last]
    text = _ANSI.sub("", data.decode("utf-8", "replace"))
    if "\r" in text:
        text = " ".join(part for part in text.split("\r") if part)
    text = _CONTROL.sub(" ", text).rstrip()
    if len(text) > shown:
        text, after = text[:shown], "…"
    return before + text + after


def around(reading: Reading, line: int, start: int, before: int = 0, after: int = 0) -> list[Line]:
    """The line that begins at byte `start` with up to `before` and `after` lines around it, fewer where lines are long."""
    low = max(0, start - _REACH) if before else start
    data = reading.source.piece(low, start + _REACH)
    head, body = data[: start - low], data[start - low :]
    lines: list[Line] = []
    if before:
        earlier = head.split(b"\n")
        earlier.pop()  # what stands behind the last LF is the line itself
        if low and earlier:
            earlier.pop(0)  # cut off at its beginning
        place = start
        for number, piece in zip(range(line - 1, 0, -1), reversed(earlier[-before:]), strict=False):
            place -= len(piece) + 1
            lines.append(Line(number, place, piece))
        lines.reverse()
    place, number = start, line
    for piece in body.split(b"\n", after + 1)[: after + 1]:
        if number > reading.lines:
            break
        lines.append(Line(number, place, piece))
        place += len(piece) + 1
        number += 1
    return lines


def line_text(reading: Reading, mark: Mark, shown: int = SHOWN) -> str:
    """The marked line as text, cut around the match where it is long."""
    wanted = mark.at - mark.start
    if wanted > _REACH:  # far inside a very long line
        data = reading.source.piece(mark.at - shown // 2, mark.at + shown // 2).split(b"\n")
        return "…" + text_of(data[0], None, shown) + "…"
    return text_of(around(reading, mark.line, mark.start)[0].data, wanted, shown)


def message_of(text: str) -> str:
    """A pilot line's message, any other line as it is."""
    match = PILOT_PREFIX.match(text)
    return match["message"] if match else text


def window(reading: Reading, line: int, start: int, end: int, before: int = 4, after: int = 3) -> Window:
    """What stands around lines `line` to `end`."""
    lines = around(reading, line, start, before, end - line + after)
    return Window(start=lines[0].number, text="\n".join(text_of(item.data, None, _WINDOW_SHOWN) for item in lines))


def traceback_span(reading: Reading, mark: Mark) -> tuple[int, int]:
    """(line, byte) where the deepest frame of the traceback begins that ends in the marked exception line.

    The marked line itself where it ends no traceback. Our own frames are preferred by nobody: the deepest one decides.
    """
    lines = around(reading, mark.line, mark.start, before=_DEEPEST)
    deepest: Line | None = None
    for item in reversed(lines[:-1]):
        text = text_of(item.data, None, 500)
        if _TRACEBACK in text:
            return (deepest.number, deepest.start) if deepest else (mark.line, mark.start)
        if deepest is None and _FRAME.match(text):
            deepest = item
        elif deepest is None and (mark.line - item.number > 6 or (text and not text.startswith((" ", "\t")))):
            break  # what stands at the margin behind a traceback's last frame is its exception; the marked line is another
    return mark.line, mark.start
