"""Values of records in words: numbers as they are, times and durations readable."""

import html
import re
from typing import Any

_TAG = re.compile(r"<[^>]{0,400}>")


def number(value: Any) -> int | None:
    """An int out of what records hold (`4875`, `"4875"`, `4875.0`), None for what is no number."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        result = float(str(value).replace(",", ""))
    except ValueError:
        return None
    return int(result) if result == result and abs(result) < 1e18 else None


def plain(value: Any, limit: int = 400) -> str:
    """Text of a record without markup, on one line."""
    text = html.unescape(_TAG.sub(" ", str(value or "")))
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"


def known(value: Any) -> str:
    """A record's word, or "" for null, None, 0-like fillers and `NULL`."""
    text = plain(value, 200)
    return "" if text.lower() in ("", "none", "null", "-", "---", "not specified") else text


def counted(n: int, noun: str) -> str:
    """`1 file`, `3 files`"""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def percent(part: int, whole: int) -> str:
    """`22 %`, cut rather than rounded up: 99.9 % is not all."""
    return f"{100 * part // whole} %" if whole else "0 %"


def joined(words: list[str]) -> str:
    """`a, b and c`"""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" and {words[-1]}" if words else ""
