"""Times of the local monitor: absolute (`2025-02-17 23:25:21`) or counted back from its `now` (`-3h`, `-1d2h30m`). UTC,
no zone.
"""

import re
from datetime import UTC, datetime, timedelta

_BACK = re.compile(r"^-(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$")


def utc_now() -> datetime:
    """The present in UTC without a zone and without microseconds, as the monitor's database holds times."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def moment(value: object, now: datetime) -> datetime | None:
    """A time from job data: None stays None, `-5h` and {ago: d:hh:mm:ss} count back from `now`, everything else is ISO.

    {ago, before} adds up both spans. ValueError for what is no time.
    """
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, dict):
        return now - parse_span(value["ago"]) - parse_span(value.get("before", "0:00:00:00"))
    text = str(value)
    if back := _BACK.match(text):
        days, hours, minutes, seconds = (int(part or 0) for part in back.groups())
        return now - timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return datetime.fromisoformat(text)


def blank(value: datetime | None) -> str | None:
    """`YYYY-MM-DD HH:MM:SS`, as the job page and the job's JSON print the five times that the view formats."""
    return value.strftime("%Y-%m-%d %H:%M:%S") if value else None


def iso(value: datetime | None) -> str | None:
    """`YYYY-MM-DDTHH:MM:SS`, as lists and logs print times."""
    return value.strftime("%Y-%m-%dT%H:%M:%S") if value else None


def span(seconds: float) -> str:
    """`d:hh:mm:ss`, the monitor's way to write durations."""
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{days}:{hours:02d}:{minutes:02d}:{rest:02d}"


def parse_span(text: str) -> timedelta:
    """`d:hh:mm:ss` or `hh:mm:ss` as a timedelta."""
    parts = [int(part) for part in str(text).split(":")]
    days, hours, minutes, seconds = [0] * (4 - len(parts)) + parts
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
