"""Dates, times of day and spans of time, in the ways that pages, logs and four languages write them."""

import re
from collections.abc import Iterator

_MONTHS = (
    ("january", "jan", "janvier", "januar", "jänner", "enero"), ("february", "feb", "février", "fevrier", "februar", "febrero"),
    ("march", "mar", "mars", "märz", "marzo"), ("april", "apr", "avril", "abril"), ("may", "mai", "mayo"),
    ("june", "jun", "juin", "juni", "junio"), ("july", "jul", "juillet", "juli", "julio"),
    ("august", "aug", "août", "aout", "agosto"), ("september", "sep", "sept", "septembre", "septiembre"),
    ("october", "oct", "octobre", "oktober", "okt", "octubre"), ("november", "nov", "novembre", "noviembre"),
    ("december", "dec", "décembre", "dezember", "dez", "diciembre"),
)  # fmt: skip
_NUMBER_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAMES = "|".join(sorted(_NUMBER_OF, key=len, reverse=True))
_ISO = re.compile(r"(?<![\d-])(\d{4})[-/](\d\d)[-/](\d\d)(?!\d)")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})[./](\d{1,2})[./](\d{4})(?![\d])|(?<![\d.])(\d{1,2})\.(\d{1,2})\.(?!\d)")
_DAY_MONTH = re.compile(
    rf"(?<![\w.])(\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?(?: of| de)? ({_NAMES})\.?(?!\w)(?:,? (?:de |del )?(\d{{4}}))?", re.I
)
_MONTH_DAY = re.compile(rf"(?<!\w)({_NAMES})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?![\w:])(?:,? (\d{{4}}))?", re.I)
_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2})(?::|h)(\d\d)(?::(\d\d))?(?:[.,]\d+)?(?![\d:])(?: ?([ap])\.?m\b\.?)?", re.I)
_HOUR = re.compile(r"(?<![\d:.])(\d{1,2}) ?([ap])\.?m\b\.?", re.I)
#: `1 d 16:14:48`, `0:01:24:00` (days first): spans, and no times of day.
LONG = re.compile(
    r"(?<![\d:.])(?:(\d+) ?(?:d|days?|jours?|tage?|días?) ?,? ?(\d{1,2}):(\d\d):(\d\d)|(\d+):(\d\d):(\d\d):(\d\d))(?![\d:])"
)
#: Zones that are not the one of the monitor and the logs.
ZONE = re.compile(
    r"\d\)? ?\(?(?:(?:CES?T|ES?DT|EST|PS?DT|PST|BST|MEZ|MESZ|JST|IST|UTC ?[+-] ?\d|GMT ?[+-] ?\d)"
    r"|(?i:(?:Geneva|local|Swiss|Pacific|Eastern) time|heure locale|ortszeit|hora local))\b"
)


def dates(text: str, *, log: bool = False) -> Iterator[tuple[int, int, tuple[int | None, ...]]]:
    """(start, end, (year or None, month, day)); what lies within another date is not given again.

    In a `log` only those of the form 2026-11-28 are looked for.
    """
    taken: list[tuple[int, int]] = []

    def free(match: re.Match[str]) -> bool:
        if any(match.start() < end and start < match.end() for start, end in taken):
            return False
        taken.append(match.span())
        return True

    for match in _ISO.finditer(text):
        if free(match):
            yield *match.span(), (int(match[1]), int(match[2]), int(match[3]))
    if log:
        return
    for match in _DAY_MONTH.finditer(text):
        if free(match):
            yield *match.span(), (int(match[3]) if match[3] else None, _NUMBER_OF[match[2].casefold()], int(match[1]))
    for match in _MONTH_DAY.finditer(text):
        if free(match):
            yield *match.span(), (int(match[3]) if match[3] else None, _NUMBER_OF[match[1].casefold()], int(match[2]))
    for match in _DOTTED.finditer(text):
        year, month, day = (int(match[3]), int(match[2]), int(match[1])) if match[1] else (None, int(match[5]), int(match[4]))
        if 1 <= month <= 12 and 1 <= day <= 31 and free(match):
            yield *match.span(), (year, month, day)


def clocks(text: str) -> Iterator[tuple[int, int, tuple[int | None, ...]]]:
    """(start, end, (hour, minute or None, second or None))."""
    for match in _CLOCK.finditer(text):
        hour, minute = _of_day(int(match[1]), match[4]), int(match[2])
        yield *match.span(), (hour, minute, int(match[3]) if match[3] else None)
    for match in _HOUR.finditer(text):
        yield *match.span(), (_of_day(int(match[1]), match[2]), None, None)


def _of_day(hour: int, half: str | None) -> int:
    return hour if not half else hour % 12 + (12 if half.lower() == "p" else 0)


def seconds(match: re.Match[str]) -> float:
    """The length of a `LONG` span."""
    days, hours, minutes, rest = (int(part) for part in match.groups() if part is not None)
    return ((days * 24 + hours) * 60 + minutes) * 60.0 + rest


def same(claim: tuple[int | None, ...], fact: tuple[int | None, ...]) -> bool:
    """Whether what is said of a date or a time is true of the fact; less may be said than is known, and not more."""
    return len(claim) == len(fact) and all(said is None or said == known for said, known in zip(claim, fact, strict=True))
