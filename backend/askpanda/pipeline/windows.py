"""Times that are asked about: `6h`, `7d`, `today`, `yesterday`, `2026-11-26`, `2026-11-20/2026-11-24`; days are UTC's."""

import re
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Literal

#: What is looked at where no window is named.
DEFAULT_HOURS = 12
#: `2026-11-26`, `2026-11-20/2026-11-24`
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:/(\d{4}-\d\d-\d\d))?")


def is_of_days(window: str | None) -> bool:
    """Whether a window is of whole days in UTC, rather than counted back from now."""
    return window in ("today", "yesterday") or bool(window and _DAYS.fullmatch(window))


def window_of(window: str | None, now: datetime) -> list[str]:
    """`today`, `yesterday` and dates are whole days in UTC; others are counted back from now."""
    if is_of_days(window):
        start, end = bounds(window, now) or (now, now)
        return [f"date_from={start:%Y-%m-%dT%H:%M:%S}", f"date_to={end:%Y-%m-%dT%H:%M:%S}"]
    if not window:
        return [f"hours={DEFAULT_HOURS}"]
    amount = window[:-1]
    return [f"hours={amount}"] if window.endswith("h") else [f"days={amount}"]


def hours_of(window: str | None) -> float:
    """The length of a window; of a day that is named, 24."""
    start_end = bounds(window)
    return (start_end[1] - start_end[0]).total_seconds() / 3600 if start_end else float(DEFAULT_HOURS)


def days_back(window: str | None, now: datetime | None = None) -> int:
    """How many days back from now a window begins, so that a list of so many days holds all of it."""
    now = now or datetime.now(UTC)
    start_end = bounds(window, now)
    return max(1, ceil((now - start_end[0]).total_seconds() / 86400)) if start_end else 1


def bounds(window: str | None, now: datetime | None = None) -> tuple[datetime, datetime] | None:
    """Begin and end (UTC) of a window such as `6h`, `7d`, `today`, `2026-11-26`, `2026-11-20/2026-11-24`; None for none."""
    now = now or datetime.now(UTC)
    if not window:
        return None
    if window in ("today", "yesterday"):
        day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=window == "yesterday")
        return day, day + timedelta(days=1, seconds=-1)
    dates = _DAYS.fullmatch(window)
    if dates:
        first, last = (datetime.fromisoformat(date).replace(tzinfo=UTC) for date in (dates[1], dates[2] or dates[1]))
        return first, last + timedelta(days=1, seconds=-1)
    span = timedelta(hours=int(window[:-1])) if window.endswith("h") else timedelta(days=int(window[:-1]))
    return now - span, now


def shifted(window: str | None, unit: Literal["day", "week"], step: int, now: datetime | None = None) -> str:
    """The day, or the week, before (-1) or after (1) the time that was spoken of; today where none was.

    Hours that are counted back from now are of today.

        >>> shifted("2026-11-26", "day", -1)
        '2026-11-25'
    """
    now = now or datetime.now(UTC)
    whole = is_of_days(window) or hours_of(window) > 24
    start, end = (whole and bounds(window, now)) or (now, now)
    first, last = start.date(), min(end, now).date()
    if unit == "day":
        return _called(min(first - timedelta(days=1) if step < 0 else last + timedelta(days=1), now.date()), now.date())
    since = first - timedelta(days=7) if step < 0 else last + timedelta(days=1)
    until = min(since + timedelta(days=6), now.date())
    return f"{min(since, until).isoformat()}/{until.isoformat()}"


def _called(day: date, today: date) -> str:
    return {today: "today", today - timedelta(days=1): "yesterday"}.get(day, day.isoformat())
