"""Cuts text into units that can be checked one by one: sentences, list items, headings, table rows, whole code blocks.

Works on a stream: a unit is given out as soon as it is certain that it is complete.
"""

import re

_FENCE = re.compile(r"(`{3,}|~{3,})")
_MARKER = re.compile(r"(?:[-*+•]|\d{1,3}[.)]|#{1,6}|>)[ \t]+|\|")
_BOUNDARY = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:(?:[-*+•]|\d{1,3}[.)]|#{1,6}|>)[ \t]|\||`{3}|~{3}))")
_STOP = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?:[ \t]*\[\d+(?:, ?\d+)*\])*(?=\s|$)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|no|nr|fig|sec|dr|prof|mr|mrs|ms|resp|incl|excl|max|min"
    r"|ca|al|p|pp|vol|ed|st|inc|z\.b|d\.h|bzw|usw|ggf|p\. ?ex|c\.-à-d|ej|pág|(?-i:[A-Z]))\.$",
    re.I,
)
_DAY = re.compile(r"(?<![\w.,:/])\d{1,2}\.$")
_MONTH = re.compile(r"(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)\w*")
_OPEN_CITATION = re.compile(r"[ \t]*\[[\d, ]*$")
#: A unit longer than this is cut at a blank: a model that never ends a sentence must not fill the memory.
UNIT_LIMIT = 4000


class Sentences:
    """Feed text as it comes; `"".join` of all units is the text that went in.

    >>> cut = Sentences()
    >>> cut.feed("It took 3.5 h, e.g. too lo"), cut.feed("ng. Then"), cut.end()
    ([], ['It took 3.5 h, e.g. too long.'], [' Then'])
    """

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> list[str]:
        """The units that are complete now."""
        self._rest += text
        return self._take(final=False)

    def end(self) -> list[str]:
        """What is left when nothing more comes."""
        return self._take(final=True)

    def _take(self, *, final: bool) -> list[str]:
        units: list[str] = []
        while self._rest:
            end = _first_end(self._rest, final=final)
            if end is None:
                break
            units.append(self._rest[:end])
            self._rest = self._rest[end:]
        return units


def split(text: str) -> list[str]:
    """All units of a whole text."""
    cut = Sentences()
    return cut.feed(text) + cut.end()


def _first_end(text: str, *, final: bool) -> int | None:
    lead = len(text) - len(text.lstrip())
    body = text[lead:]
    if not body:
        return len(text) if final else None
    fence = _FENCE.match(body)
    if fence:
        closing = re.compile(rf"\n[ \t]*{re.escape(fence.group(1))}[ \t]*(?=\n|$)").search(body, fence.end())
        if closing and (final or closing.end() < len(body)):
            return lead + closing.end()
        return len(text) if final or len(body) > 4 * UNIT_LIMIT else None
    if not final and set(body) <= {"`"}:
        return None  # may become a fence
    marker = _MARKER.match(body)
    start = marker.end() if marker else 0
    boundary = _BOUNDARY.search(body, start)
    span = boundary.start() if boundary else len(body)
    if marker and marker.group().lstrip().startswith(("#", "|")):
        return _line_end(body, lead, final=final)
    for stop in _STOP.finditer(body, start, span):
        if not _is_end(body, stop, span, complete=final or boundary is not None):
            continue
        if stop.end() >= len(body) and not final:
            return None
        if not final and boundary is None and _undecided(body, stop.end()):
            return None
        return lead + stop.end()
    if boundary:
        return lead + boundary.start() + 1
    if final:
        return len(text)
    if len(body) > UNIT_LIMIT:
        blank = body.rfind(" ", 0, UNIT_LIMIT)
        return lead + (blank if blank > 0 else UNIT_LIMIT)
    return None


def _line_end(body: str, lead: int, *, final: bool) -> int | None:
    newline = body.find("\n")
    if newline >= 0:
        return lead + newline + 1
    return lead + len(body) if final or len(body) > UNIT_LIMIT else None


def _is_end(body: str, stop: re.Match[str], span: int, *, complete: bool) -> bool:
    before = body[max(0, stop.start() - 12) : stop.start() + 1]
    if body[: stop.start()].count("`") % 2:
        return False  # within `code`
    if stop.group()[0] == "." and _ABBREVIATION.search(before):
        return False
    after = body[stop.end() : span].lstrip()
    if stop.group()[0] == "." and _DAY.search(before) and (_MONTH.match(after) or (not complete and after.isalpha())):
        return False  # `am 26. November`
    return not (after and (after[0].islower() or after[0] in ",;"))


def _undecided(body: str, end: int) -> bool:
    """The next word is not there yet, or may be a citation that belongs to this sentence."""
    after = body[end:]
    return not after.strip() or _OPEN_CITATION.fullmatch(after.lstrip("\n")) is not None
