"""Tasks: the object of /task/N/?json, from a few given fields and the task's jobs."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.bigpanda import clock
from tests.bigpanda.record import stable

if TYPE_CHECKING:
    from tests.bigpanda.world import World

Data = dict[str, Any]

TIMES = ("creationdate", "starttime", "endtime", "modificationtime", "statechangetime", "ttcrequested")


def build(number: int, given: Data, world: "World") -> Data:
    """{"task", "taskparams", "datasets", "states", "jobs"} of one task; what `given` (a tasks/*.yaml) does not say
    follows from its jobs.
    """
    jobs = world.jobs_of_task(number)
    states: dict[str, int] = {}
    for one in jobs:
        states[one.record["jobstatus"]] = states.get(one.record["jobstatus"], 0) + 1
    states |= given.get("states", {})
    first = jobs[-1].record if jobs else {}
    user = first.get("prodsourcelabel", "user") != "managed"
    created = datetime.fromisoformat(first["creationtime"]) - timedelta(hours=2) if first else world.now - timedelta(days=3)
    failed, done, all_jobs = states.get("failed", 0), states.get("finished", 0), max(1, sum(states.values()))
    unfinished = set(states) - {"failed", "finished", "closed", "cancelled"}
    status = "finished" if done and not unfinished else "failed" if failed and not unfinished else "running"
    task: Data = {
        "jeditaskid": number, "taskname": str(first.get("jobname", f"task.{number}")).split(f".{number}")[0] + "/" * user,
        "status": status,
        "oldstatus": "scouting", "superstatus": "running", "username": first.get("produsername", "nobody"),
        "owner": first.get("produsername", "nobody"),
        "workinggroup": first.get("workinggroup"), "tasktype": "anal" if user else "prod",
        "category": "user analysis" if user else "production",
        "processingtype": first.get("processingtype"), "prodsourcelabel": first.get("prodsourcelabel", "user"), "vo": "atlas",
        "reqid": first.get("reqid") or number, "deftreqid": None if user else first.get("reqid"), "parent_tid": number,
        "campaign": "" if user else "MC23:MC23e",
        "campaign_cut": "" if user else "MC23", "gshare": first.get("gshare", "User Analysis"), "taskpriority": 1000,
        "currentpriority": first.get("currentpriority", 980),
        "cloud": "WORLD", "site": None, "nucleus": first.get("nucleus") or "CERN-PROD", "destination": None,
        "architecture": first.get("cmtconfig"),
        "transuses": first.get("atlasrelease"), "transhome": first.get("homepackage"),
        "transpath": first.get("transformation"), "container_name": None,
        "framework": "prun" if user else "prodsys", "attemptnr": 0, "corecount": first.get("corecount", 1),
        "resourcetype": first.get("resourcetype", "SCORE"),
        "ramcount": 2000, "ramunit": "MBPerCoreFixed" if not user else "MBPerCore", "outdiskcount": 320, "outdiskunit": "kB",
        "workdiskcount": 0, "workdiskunit": "MB",
        "cputime": 820, "cputimeunit": "mHS06sPerEvent", "cpuefficiency": 90, "basewalltime": 120, "walltime": 0,
        "iointensity": 210, "diskio": 140, "memoryleakcore": 0,
        "splitrule": "AV=24,CC=0,NG=10,US=2", "termcondition": None, "progress": 0,
        "failurerate": round(100 * failed / max(1, failed + done)), "errordialog": "",
        "creationdate": created, "starttime": created + timedelta(minutes=4), "endtime": None, "frozentime": None,
        "modificationtime": world.now - timedelta(minutes=6),
        "statechangetime": world.now - timedelta(minutes=44), "ttcrequested": created + timedelta(days=7),
        "ttcpredicted": None, "eventservice": "ordinary", "ticketid": None,
        "age": 0, "duration_days": 0, "totev": 0, "totevproc": 0, "totevoutput": 0, "pctfinished": 0, "totevhs06": 0,
        "totevprochs06": 0, "failedevprochs06": 0,
        "currenttotevhs06": 0, "dc_info": {}, "idds_info": {}, "rating": None, "brokerage": None, "slice": None,
        "reference_link": None, "idds_request_id": None,
    } | world.shape.task  # fmt: skip
    task["superstatus"] = task["status"]
    task |= given.get("task", {})
    for name in TIMES:
        task[name] = clock.blank(clock.moment(task[name], world.now))
    datasets = [_dataset(row, n, number) for n, row in enumerate(given.get("datasets") or _datasets(jobs, states))]
    task["dsinfo"] = _counts(datasets)
    task["pctfinished"] = task["dsinfo"]["pctfinished"]
    task["age"] = round((world.now - datetime.fromisoformat(task["creationdate"])).total_seconds() / 86400, 1)
    params = given.get("taskparams") or {
        "taskName": task["taskname"],
        "userName": task["username"],
        "cliParams": "prun --exec 'python run.py %IN'",
        "transPath": task["transpath"],
    }
    return {"task": task, "taskparams": params, "datasets": datasets, "states": states, "total": all_jobs, "given": given}


def public(found: Data) -> Data:
    """What the JSON twin shows."""
    return {key: found[key] for key in ("task", "taskparams", "datasets")}


def _datasets(jobs: list[Any], states: dict[str, int]) -> list[Data]:
    """Datasets by the jobs' files. A job without files of a kind stands for one file of the task's first dataset of it."""
    rows: dict[str, Data] = {}
    first: dict[str, str] = {}
    for one in jobs:
        for file in one.files:
            if file["dataset"]:
                first.setdefault(file["type"], file["dataset"])
                row = {"datasetname": file["dataset"], "scope": file["scope"], "type": file["type"]}
                rows.setdefault(file["dataset"], row | {"nfiles": 0, "nfilesfinished": 0, "nfilesfailed": 0})
    for one in jobs:
        of_job = [(file["type"], file["dataset"]) for file in one.files if file["dataset"]]
        lacking = {kind: name for kind, name in first.items() if kind not in {have for have, _ in of_job}}
        for _, name in [*of_job, *lacking.items()]:
            rows[name]["nfiles"] += 1
            rows[name]["nfilesfinished"] += one.record["jobstatus"] == "finished"
            rows[name]["nfilesfailed"] += one.record["jobstatus"] == "failed"
    return list(rows.values())


def _dataset(given: Data, n: int, number: int) -> Data:
    files, finished, failed = (int(given.get(key, 0)) for key in ("nfiles", "nfilesfinished", "nfilesfailed"))
    name = given["datasetname"]
    return {
        "jeditaskid": number, "datasetid": given.get("datasetid", stable(("ds", number, n), 10**8, 9 * 10**8)),
        "datasetname": name, "scope": given.get("scope", ""),
        "containername": given.get("containername", ""), "type": given["type"], "masterid": given.get("masterid"),
        "streamname": given.get("streamname", "IN" if given["type"] == "input" else "OUTPUT0"),
        "status": given.get("status", "ready"), "storagetoken": given.get("storagetoken", ""), "nfiles": files,
        "nfilesfinished": finished, "nfilesfailed": failed,
        "nfilesmissing": given.get("nfilesmissing", 0), "nfileswaiting": given.get("nfileswaiting", 0),
        "nevents": given.get("nevents", files * 10000),
        "neventsused": given.get("neventsused", finished * 10000), "neventstobeused": given.get("nevents", files * 10000),
        "percentfinished": 100 * finished // files if files else 0, "rse": given.get("rse", ""),
    }  # fmt: skip


def _counts(datasets: list[Data]) -> Data:
    rows = [row for row in datasets if row["type"] in ("input", "pseudo_input") and row["masterid"] in (None, "")]
    files, finished, failed = (sum(row[key] for row in rows) for key in ("nfiles", "nfilesfinished", "nfilesfailed"))
    return {
        "nfiles": files, "nfilesfinished": finished, "nfilesfailed": failed, "nfilesmissing": 0,
        "pctfinished": 100 * finished // files if files else 0,
        "pctfailed": 100 * failed // files if files else 0, "neventsTot": sum(row["nevents"] for row in rows),
        "neventsUsedTot": sum(row["neventsused"] for row in rows),
        "neventsRemaining": sum(row["nevents"] - row["neventsused"] for row in rows), "neventsOutput": 0,
    }  # fmt: skip


def status_log(found: Data) -> list[Data]:
    """State changes of a task, oldest first."""
    task = found["task"]
    created = datetime.fromisoformat(task["creationdate"])
    words = ["registered", "defined", "assigning", "ready", "pending", "scouting", "scouted", "running"]
    last = task["status"]
    words = words[: words.index(last) + 1] if last in words else [*words, last]
    rows = []
    for n, word in enumerate(words):
        when = created + timedelta(minutes=7 * n)
        rows.append(
            {
                "jeditaskid": task["jeditaskid"],
                "status": word,
                "jobstatus": word,
                "modificationtime": clock.iso(when),
                "modificationhost": "aipanda101",
                "attemptnr": task["attemptnr"],
                "duration": clock.span(420),
                "computingsite": "",
            }
        )
    return rows
