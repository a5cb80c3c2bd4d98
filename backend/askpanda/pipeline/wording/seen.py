"""How often a verdict was seen before, and what that says about whose problem it is, with care."""

from datetime import UTC, date, datetime

from askpanda.database.verdicts import Seen
from askpanda.pipeline.wording.numbers import counted

#: Jobs from which their places say something, and the share of them that is nearly all, and that is few.
ENOUGH, NEARLY_ALL, FEW = 5, 0.9, 0.5
#: Sites from which a verdict is spread.
SPREAD = 3
TITLE = "Earlier verdicts with the same signature"


def often(seen: Seen, cite: str = "") -> str:
    """`Seen 37 times since Monday, 35 of them at this site.` This job is one of them."""
    where = ""
    if seen.at_site == seen.jobs:
        where = ", all of them at this site"
    elif seen.at_site:
        where = f", {seen.at_site} of them at this site"
    return f"Seen {counted(seen.jobs, 'time')} {since(seen.since)}{where}{cite}."


def since(day: str, today: date | None = None) -> str:
    """`today`, `since yesterday`, `since Monday` for a day of the last week."""
    today = today or datetime.now(UTC).date()
    first = date.fromisoformat(day)
    ago = (today - first).days
    return "today" if ago <= 0 else "since yesterday" if ago == 1 else f"since {first:%A}"


def points_to(seen: Seen) -> str:
    """What the places of the jobs suggest; "" where they are too few, or could as well be chance.

    Jobs of one task fail together wherever they run, so a site is only named where several tasks met it there.
    """
    if seen.jobs < ENOUGH:
        return ""
    if seen.tasks > 1 and seen.at_site / seen.jobs >= NEARLY_ALL:
        every = "All" if seen.at_site == seen.jobs else "Nearly all"
        return (
            f"{every} of the {seen.jobs} jobs that I saw fail in this way were at this site, from {seen.tasks} tasks: "
            "the site may have a part in it."
        )
    if seen.tasks == 1 and seen.sites >= SPREAD:
        return f"They are all of one task and failed at {seen.sites} sites: the task is a likelier reason than this site."
    if seen.sites >= SPREAD and seen.at_site / seen.jobs < FEW:
        return f"It was seen at {seen.sites} sites, so it is hardly this site alone."
    return ""


def excerpt(seen: Seen) -> str:
    """What the citation shows."""
    tasks = f", {counted(seen.tasks, 'task')}" if seen.tasks else ""
    return f"{counted(seen.jobs, 'job')} since {seen.since}, {counted(seen.sites, 'site')}{tasks}; {seen.at_site} at this site."
