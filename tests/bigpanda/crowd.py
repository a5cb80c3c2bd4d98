"""Many plain jobs from a few lines of data, so that lists, task pages and error summaries have something to count."""

from collections.abc import Iterator
from typing import Any

from tests.bigpanda.record import stable

Data = dict[str, Any]

QUEUED = ("pending", "defined", "waiting", "assigned", "throttled", "activated", "sent", "starting")


def members(data: Data) -> Iterator[Data]:
    """Job data of each member. A group has first (PandaID), count, job (fields), within (hours they ended in) and, if
    wanted, sites.

    `{n}` in a field is the member's number in its group, `{id}` in a file's name the last six digits of its PandaID. `fixed`
    gives
    the members' times instead of random ones.
    """
    for group in data["crowd"]:
        for n in range(int(group["count"])):
            pandaid = int(group["first"]) + n * int(group.get("step", 3))
            job = {
                key: value.replace("{n}", str(n)) if isinstance(value, str) else value for key, value in group["job"].items()
            }
            job |= group.get("fixed") or _times(pandaid, job, group)
            names = group.get("sites")
            if names:
                job["computingsite"] = names[stable(("site", pandaid), 0, len(names) - 1)]
            job.setdefault("jobname", f"{data.get('name', 'job')}.{pandaid % 10**6:06d}")
            one = {
                key: value
                for key, value in group.items()
                if key not in ("first", "count", "step", "job", "within", "sites", "fixed", "minutes")
            }
            if "files" in group:
                one["files"] = [row | {"lfn": row["lfn"].replace("{id}", f"{pandaid % 10**6:06d}")} for row in group["files"]]
            yield one | {"pandaid": pandaid, "job": job, "crowd_member": True}


def _times(pandaid: int, job: Data, group: Data) -> Data:
    ended = stable(("ended", pandaid), 4, int(float(group.get("within", 20)) * 60))
    wall = stable(("wall", pandaid), *group.get("minutes", [12, 190]))
    waited = stable(("waited", pandaid), 6, 240)
    status = job.get("jobstatus", "failed")
    times = {"created": f"-{ended + wall + waited}m"}
    if status not in (*QUEUED, "closed"):
        times["started"] = f"-{ended + wall}m"
    if status in ("failed", "finished", "closed", "cancelled", "holding", "transferring", "merging"):
        times["ended"] = f"-{ended}m"  # the payload has ended; for some the record waits for output
    if status == "running":
        times |= {"modified": f"-{stable(('report', pandaid), 1, 29)}m", "changed": times["started"]}
    job.setdefault("cpuconsumptiontime", wall * stable(("cpu", pandaid), 30, 55) if "started" in times else 0)
    return times
