"""Reading values of records, which may have any type, and writing numbers with their units."""

import math
import re
from typing import Any

#: Printed forms of "nothing" met in records and pages (a page prints Python's None).
NOTHING = frozenset({"", "none", "null", "nan", "-", "--", "---", "n/a", "not specified", "unknown", "undefined"})
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{0,15})?(?:[eE][+-]?\d{1,2})?")


def as_number(value: Any) -> float | None:
    """A finite number, or None for anything else: strings are read, booleans and containers are not numbers."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return float(value) if abs(value) < 2**53 else None  # exact as a float
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        word = value.strip().replace(",", "")
        if len(word) < 40 and _NUMBER.fullmatch(word):
            return float(word)
    return None


def as_code(value: Any) -> int | None:
    """An error code whatever its type; None where no error is set (0, null, "None", "", garbage).

    A negative pilot code means "recoverable, to be retried" and otherwise the same as its absolute value
    (pilot3 util/errorhandling; panda-server stores the positive value).
    """
    number = as_number(value)
    if number is None or number != int(number):
        return None
    code = abs(int(number))
    return code if 0 < code < 10**9 else None


def as_count(value: Any) -> int | None:
    """A whole number that is not negative, or None."""
    number = as_number(value)
    return int(number) if number is not None and number >= 0 else None


def as_text(value: Any) -> str:
    """A record's text, one line, without control characters; "" for what is printed as nothing."""
    if not isinstance(value, str):
        return "" if value is None or isinstance(value, bool | dict | list) else str(value)
    words = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return "" if words.lower() in NOTHING else words


def megabytes(kilobytes: float) -> int:
    """kB, as the record's memory fields have it, to MB (1024)."""
    return round(kilobytes / 1024)


def duration(seconds: float) -> str:
    """`1 d 21:08:07`, `16 h 18 min`, `58 min`, `19 s`: what a person would say."""
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    if days:
        return f"{days} d {hours:02}:{minutes:02}:{secs:02}"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if not secs else f"{minutes} min {secs} s"


def size(number_of_bytes: float) -> str:
    """Bytes as `512 B`, `1.5 GB` (1024)."""
    value = float(number_of_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1024:
            return f"{value:.0f} {unit}" if unit == "B" or value == int(value) else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"


def as_identity(value: Any) -> int | None:
    """A PandaID or task number from whatever it came as; None for what cannot be one."""
    number = as_number(value)
    return int(number) if number is not None and number > 0 and number == int(number) else None
