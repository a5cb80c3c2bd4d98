"""Everything that the local monitor shows, and questions to it: jobs by number and by filter, tasks, queues, workers."""

import re
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import yaml

from tests.bigpanda import casebook, clock
from tests.bigpanda.casebook import Case
from tests.bigpanda.shape import shape

Data = dict[str, Any]

#: Query keys of /jobs/ and /errors/ that are no job fields.
NOT_FIELDS = {
    "json", "timestamp", "limit", "display_limit", "sortby", "mode", "hours", "days", "date_from", "date_to", "outputs",
    "fields", "extra",
    "datasets", "earlierthan", "jobtype", "errorcategory", "view", "tk", "monitor_mode",
}  # fmt: skip


#: States that a job never leaves.
ENDED = ("finished", "failed", "cancelled", "closed")
#: Days after which a job that has ended is in the archive's table.
ARCHIVED = 3


class World:
    """Jobs, tasks, queues and workers as they stand at `now`."""

    def __init__(self, now: datetime | None = None, whose: str = "atlas") -> None:
        self.now = now or clock.utc_now()
        self.shape = shape(whose)
        self.cases: dict[int, Case] = {one.pandaid: one for one in casebook.read(self.now, self.shape)}

    def job(self, pandaid: object) -> Case | None:
        """The case of a PandaID, a batch id or a job name; None where there is none."""
        text = str(pandaid)
        if text.isdecimal():
            return self.cases.get(int(text))
        return next((one for one in self.cases.values() if one.record["jobname"] == text), None)

    @cached_property
    def tasks(self) -> dict[int, Data]:
        """Tasks by number: those of tasks/*.yaml, and a plain one for every other task that jobs name."""
        from tests.bigpanda import tasks

        given = {}
        for path in sorted((self.shape.home / "tasks").glob("*.yaml")):
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            given[int(data["task"]["jeditaskid"])] = data
        numbers = {int(one.record["jeditaskid"]) for one in self.cases.values() if one.record["jeditaskid"]}
        return {number: tasks.build(number, given.get(number, {}), self) for number in sorted(numbers | set(given))}

    def jobs_of_task(self, number: int) -> list[Case]:
        """Jobs of a task, newest number first."""
        return [one for pandaid, one in sorted(self.cases.items(), reverse=True) if one.record["jeditaskid"] == number]

    def select(self, query: dict[str, str], hours: float | None = None) -> list[Case]:
        """Jobs that a list's query asks for, newest first. `hours` is the window where the query names none and no task or job.

        Values may hold `|` and `,` (or), `*` (wildcard), a leading `!` (not). Unknown fields select nothing, as the
        monitor's do. Jobs that have not ended are held to the window only where `hours` or `date_to` asks for one, and
        never where a state other than one of the ends is asked for. For a task and a window that begins or ends more than
        two days back, jobs that ended three days ago or longer are all there, whatever the window.
        """
        window = self._window(query, hours)
        archived = self._reads_the_archive(query, window)
        timed = ("hours" in query or "date_to" in query) and query.get("jobstatus", "failed") in ENDED
        found = []
        for _, one in sorted(self.cases.items(), reverse=True):
            job = one.record
            ended = job["jobstatus"] in ENDED
            of_the_archive = archived and ended and self._days(job["modificationtime"]) >= ARCHIVED
            if (timed or ended) and not of_the_archive and not self._within(job, window, query):
                continue
            if all(_matches(job, key, value) for key, value in query.items() if key not in NOT_FIELDS):
                found.append(one)
        if query.get("errorcategory", "").isdecimal():
            from tests.bigpanda.verdicts import category

            found = [one for one in found if category(one.record) == int(query["errorcategory"])]
        return found

    def _window(self, query: dict[str, str], hours: float | None) -> float | None:
        for key, factor in (("hours", 1), ("days", 24)):
            if query.get(key, "").isdecimal():
                return float(query[key]) * factor
        if any(key in query for key in ("jeditaskid", "taskid", "pandaid", "jobname", "jobsetid", "reqid", "date_from")):
            return None
        return hours

    def _days(self, time: str) -> float:
        return (self.now - datetime.fromisoformat(time)).total_seconds() / 86400

    def _reads_the_archive(self, query: dict[str, str], hours: float | None) -> bool:
        """Whether a task's archived jobs are listed without regard to the window (the real monitor's jobList does)."""
        if "jeditaskid" not in query:
            return False
        ages = [hours / 24] if hours is not None else []
        ages += [self._days(query[key]) for key in ("date_from", "date_to") if query.get(key)]
        return any(age >= ARCHIVED for age in ages)

    def _within(self, job: Data, hours: float | None, query: dict[str, str]) -> bool:
        changed = datetime.fromisoformat(job["modificationtime"])
        if query.get("date_from") and changed < datetime.fromisoformat(query["date_from"]):
            return False
        if query.get("date_to") and changed > datetime.fromisoformat(query["date_to"]):
            return False
        return hours is None or (self.now - changed).total_seconds() <= hours * 3600


def _matches(job: Data, key: str, wanted: str) -> bool:
    if key == "site":
        key = "computingsite"
    if key not in job:
        return False
    value = "" if job[key] is None else re.sub(r"<[^>]+>", "", str(job[key]))
    if key == "produsername" and not re.search(r"[|,*!]", wanted):
        return wanted.lower() in value.lower()  # the monitor asks whether the name contains it
    if wanted.startswith("!"):
        return not _any(value, wanted[1:])
    return _any(value, wanted)


def _any(value: str, wanted: str) -> bool:
    return any(fnmatchcase(value, part) for part in re.split(r"[|,]", wanted) if part)
