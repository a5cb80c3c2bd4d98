"""A job's full record, as `/job?pandaid=N&json` gives it, from the few fields that job data names.

Field names, types and derived values follow what panda-bigmon-core's job view does; defaults are invented but of the right
form.
"""

import hashlib
from datetime import datetime
from typing import Any

from tests.bigpanda import verdicts
from tests.bigpanda.clock import blank, iso, span

Job = dict[str, Any]

FINAL = ("finished", "failed", "cancelled", "closed")
#: The five times that the job view prints with a blank; all others are ISO.
BLANK_TIMES = ("creationtime", "modificationtime", "starttime", "statechangetime", "endtime")

#: Every column that the monitor's job table has, with what an unremarkable ATLAS job holds.
COLUMNS: Job = {
    "pandaid": None, "jobdefinitionid": None, "schedulerid": None, "pilotid": None, "creationtime": None, "creationhost": None,
    "modificationtime": None, "modificationhost": None, "atlasrelease": None, "transformation": None, "homepackage": None,
    "prodserieslabel": None, "prodsourcelabel": "user", "produserid": None, "gshare": None, "assignedpriority": 1000,
    "currentpriority": 980, "attemptnr": 1, "maxattempt": 3, "jobstatus": "failed", "jobname": None, "maxcpucount": 864000,
    "maxcpuunit": "NULL", "maxdiskcount": 4096, "maxdiskunit": "MB", "ipconnectivity": "yes", "minramcount": 2000,
    "minramunit": "MB", "starttime": None, "endtime": None, "cpuconsumptiontime": 0, "cpuconsumptionunit": None,
    "commandtopilot": None, "transexitcode": None, "piloterrorcode": 0, "piloterrordiag": None, "exeerrorcode": 0,
    "exeerrordiag": None, "superrorcode": 0, "superrordiag": None, "ddmerrorcode": 0, "ddmerrordiag": None,
    "brokerageerrorcode": 0, "brokerageerrordiag": None, "jobdispatchererrorcode": 0, "jobdispatchererrordiag": None,
    "taskbuffererrorcode": 0, "taskbuffererrordiag": None, "computingsite": None, "computingelement": None, "proddblock": None,
    "dispatchdblock": None, "destinationdblock": None, "destinationse": None, "nevents": 0, "grid": None, "cloud": "WORLD",
    "cpuconversion": None, "sourcesite": None, "destinationsite": None, "transfertype": None, "taskid": None, "cmtconfig": None,
    "statechangetime": None, "proddbupdatetime": None, "lockedby": "jedi", "relocationflag": 1, "jobexecutionid": 0,
    "vo": "atlas",
    "pilottiming": None, "workinggroup": None, "processingtype": None, "produsername": None, "ninputfiles": 0,
    "countrygroup": None, "batchid": None, "parentid": None, "specialhandling": None, "jobsetid": None, "corecount": 1,
    "ninputdatafiles": 0, "inputfiletype": None, "inputfileproject": None, "inputfilebytes": 0, "noutputdatafiles": 0,
    "outputfilebytes": 0, "jobmetrics": None, "workqueue_id": 14, "jeditaskid": None, "actualcorecount": None, "reqid": None,
    "nucleus": None, "jobsubstatus": None, "hs06": 11, "maxrss": None, "maxvmem": None, "maxswap": None, "maxpss": None,
    "avgrss": None, "avgvmem": None, "avgswap": None, "avgpss": None, "maxwalltime": 172800, "resourcetype": None,
    "failedattempt": 0, "totrchar": None, "totwchar": None, "totrbytes": None, "totwbytes": None, "raterchar": None,
    "ratewchar": None, "raterbytes": None, "ratewbytes": None, "diskio": None, "memoryleak": None, "memoryleakx2": None,
    "container_name": None, "hs06sec": None, "eventservice": "ordinary", "job_label": None, "meancorecount": None,
    "gco2_regional": None, "gco2_global": None, "cpu_architecture_level": "x86_64-v3",
}  # fmt: skip


def stable(seed: object, low: int, high: int) -> int:
    """A number in [low, high] that depends on the seed only."""
    digest = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8], "big")
    return low + digest % (high - low + 1)


def guid(seed: object) -> str:
    """A GUID-shaped word that depends on the seed only."""
    word = hashlib.sha256(f"guid {seed}".encode()).hexdigest().upper()
    return f"{word[:8]}-{word[8:12]}-{word[12:16]}-{word[16:20]}-{word[20:32]}"


def adler(seed: object) -> str:
    """An adler32-shaped word (eight hexadecimal digits) that depends on the seed only."""
    return hashlib.sha256(f"adler {seed}".encode()).hexdigest()[:8]


def build(given: Job, files: list[Job], now: datetime, *, worker: Job | None = None, site: Job | None = None) -> Job:
    """The record of one job: `given` fields over defaults, times formatted, derived fields added.

    `given` holds datetimes for times. Raises KeyError where pandaid, computingsite or creationtime is missing.
    """
    job = COLUMNS | _usual(given, files, site or {}) | given
    created, started, ended = job["creationtime"], job["starttime"], job["endtime"]
    job["modificationtime"] = job["modificationtime"] or ended or started or created
    job["statechangetime"] = job["statechangetime"] or job["modificationtime"]
    if started and ended and job["pilottiming"] is None:
        # told with the last report: getting the job, stage-in, payload, stage-out, set-up of the pilot and of the payload
        around = (2, 34, 41, 9, 52)
        payload = max(0, int((ended - started).total_seconds()) - sum(around))
        job["pilottiming"] = f"2|34|{payload}|41|9|52"
    _derive(job, files, now, created, started, ended)
    job["harvesterInfo"] = worker or {}
    job["proddbupdatetime"] = iso(job["proddbupdatetime"] or job["modificationtime"])
    for name in BLANK_TIMES:
        job[name] = blank(job[name])
    _add_errors(job)
    return job


def _usual(given: Job, files: list[Job], site: Job) -> Job:
    """What follows from the given fields for an ordinary job of its kind."""
    pandaid = given["pandaid"]
    cores = int(given.get("corecount") or 1)
    status = given.get("jobstatus", "failed")
    managed = given.get("prodsourcelabel", "user") == "managed"
    ran = given.get("starttime") is not None
    inputs = [row for row in files if row["type"] == "input"]
    outputs = [row for row in files if row["type"] == "output"]
    slot = f"slot1_{stable(('slot', pandaid), 1, 64)}@wn{stable(('wn', pandaid), 100, 899)}.{site.get('domain', 'example.org')}"
    usual: Job = {
        "jobdefinitionid": stable(("def", pandaid), 10_000_000, 99_000_000),
        "creationhost": "aipanda0" + str(stable(("host", pandaid), 30, 49)) + ".cern.ch",
        "modificationhost": slot if ran else "aipanda101.cern.ch",
        "schedulerid": "harvester-" + site.get("harvester", "CERN_central_A") if ran or status == "starting" else None,
        "computingelement": site.get("ce"),
        "produserid": "/DC=ch/DC=example/OU=Users/CN=" + str(given.get("produsername", "nobody")).replace(" ", "").lower(),
        "gshare": "MC Default" if managed else "User Analysis",
        "job_label": "managed" if managed else "user",
        "processingtype": "simul" if managed else "panda-client-1.5.83-jedi-run",
        "resourcetype": "MCORE" if cores > 1 else "SCORE",
        "taskid": given.get("jeditaskid"),
        "jobsetid": None if managed else stable(("set", given.get("jeditaskid") or pandaid), 100_000, 900_000),
        "workinggroup": "AP_MCGN" if managed else None,
        "cmtconfig": "x86_64-el9-gcc13-opt",
        "ninputfiles": len(inputs),
        "ninputdatafiles": len(inputs),
        "inputfilebytes": sum(int(row["fsize"]) for row in inputs),
        "noutputdatafiles": len(outputs),
        "inputfiletype": _kind(inputs),
        "inputfileproject": inputs[0]["lfn"].split(".")[0] if inputs and "." in inputs[0]["lfn"] else None,
        "proddblock": inputs[0]["dataset"] if inputs else None,
        "destinationdblock": outputs[0]["dataset"] if outputs else None,
        "destinationse": "nucleus:" + str(site.get("nucleus")) if managed and site.get("nucleus") else site.get("storage"),
        "nucleus": site.get("nucleus") if managed else None,
        "grid": site.get("nucleus"),
        "currentpriority": 900 if managed else 980,
        "hs06": cores * 11,
        "ipconnectivity": "full#IPv4+IPv6",
        "sourcesite": "NULL",
        "destinationsite": site.get("storage"),
    }
    if ran:
        usual |= {
            "batchid": f"{stable(('batch', pandaid), 1_000_000, 9_900_000)}.{stable(('proc', pandaid), 0, 9)}",
            "pilotid": f"https://batch.example.org/logs/{pandaid}/{pandaid}.out|Condor|PR|3.11.5.1",
            "cpuconsumptionunit": "s+AMD EPYC 7302 16-Core Processor 512 KB+x86_64-v3",
            "actualcorecount": cores,
            "meancorecount": cores,
            "jobmetrics": (
                f"actualCoreCount={cores} nEvents=0 dbTime=7.41 dbData=4210871 workDirSize={stable(pandaid, 10**7, 10**9)}"
            ),
        }
        usual |= _memory(pandaid, cores)
    return usual


def _kind(rows: list[Job]) -> str | None:
    words = rows[0]["dataset"].split(".") if rows else []
    return words[4] if len(words) > 4 else (words[3] if len(words) > 3 else None)


def _memory(seed: object, cores: int) -> Job:
    """Use as prmon reports it: memory in kB, bytes, bytes per second."""
    pss = stable(("pss", seed), 900_000, 1_500_000) + 320_000 * (cores - 1)
    read, written = stable(("read", seed), 10**8, 4 * 10**9), stable(("write", seed), 10**7, 10**9)
    return {
        "maxpss": pss, "maxrss": int(pss * 1.18), "maxvmem": int(pss * 2.1), "maxswap": 0, "avgpss": int(pss * 0.81),
        "avgrss": int(pss * 0.96), "avgvmem": int(pss * 1.7), "avgswap": 0, "totrchar": read * 3, "totwchar": written * 2,
        "totrbytes": read, "totwbytes": written, "raterchar": read // 900, "ratewchar": written // 1800,
        "raterbytes": read // 2700, "ratewbytes": written // 3600, "diskio": 120, "memoryleak": 14, "memoryleakx2": 3,
        "hs06sec": 0, "gco2_regional": 118.4, "gco2_global": 201.7,
    }  # fmt: skip


def _derive(
    job: Job, files: list[Job], now: datetime, created: datetime, started: datetime | None, ended: datetime | None
) -> None:
    wait = ((started or (ended if job["jobstatus"] in FINAL else None) or now) - created).total_seconds()
    wall = ((ended or now) - started).total_seconds() if started else 0.0
    cores = int(job["actualcorecount"] or job["corecount"] or 1)
    cpu = job["cpuconsumptiontime"] or 0
    priority = int(job["currentpriority"] or 0) // 100 * 100
    jobset = int(job["jobsetid"] or 0) // 100 * 100
    name = str(job["transformation"] or "").lower()
    job |= {
        "durationsec": wall,
        "durationmin": int(wall // 60),
        "duration": span(wall) if started else None,
        "waittimesec": wait,
        "waittime": span(max(wait, 0)),
        "days_since_creation": (now - created).days + 1,
        "cpuefficiency": round(100 * cpu / (wall * cores), 2) if wall > 0 else 0,
        "processor_type": "GPU" if "nGPU" in str(job["jobmetrics"]) else "CPU",
        "category": "build" if "build" in name else "merge" if job["processingtype"] == "pmerge" else "run",
        "priorityrange": f"{priority}:{priority + 99}",
        "jobsetrange": f"{jobset}:{jobset + 99}",
        "wn": str(job["modificationhost"]).split("@")[-1] if started else None,
        "homecloud": job["homecloud"] if job.get("homecloud") else job["cloud"],
        "maxpssgbpercore": round(job["maxpss"] / 1024**2 / cores, 2) if job["maxpss"] else None,
        "hs06sec": int(cpu * 11) if started else None,
        "file_summary_str": _file_summary(job, files),
    }


def _file_summary(job: Job, files: list[Job]) -> str:
    pieces = []
    for kind in ("input", "pseudo_input", "output", "log", "lib"):
        rows = [row for row in files if row["type"] == kind]
        if rows:
            size = sum(int(row["fsize"] or 0) for row in rows)
            text = f"{kind}: {len(rows)}, size: {_size(size)}" if size else f"{kind}: {len(rows)}"
            pieces.append(text + (f", #events: {job['nevents']}" if kind == "input" and job["nevents"] else ""))
    return "; ".join(pieces)


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.1f}{unit}" if unit != "B" else f"{size:.0f}B"
        size /= 1000
    return ""


def _add_errors(job: Job) -> None:
    notes = [str(job[diag]) for _, code, diag in verdicts.COMPONENTS if job.get(diag) and not verdicts.number(job[code])]
    if job["jobstatus"] not in ("failed", "holding"):
        notes += [str(job[diag]) for _, code, diag in verdicts.COMPONENTS if job.get(diag) and verdicts.number(job[code])]
    job["jobinfo"] = " ".join(notes)
    job["errorinfo"], job["error_desc"], job["error_category"], job["transformerrordiag"] = "", "", None, None
    if job["jobstatus"] in ("failed", "holding"):
        job["errorinfo"] = verdicts.error_info(job)
        number = verdicts.category(job)
        job["error_category"] = verdicts.CATEGORIES[number] if number is not None else None
        if verdicts.number(job["transexitcode"]):
            job["transformerrordiag"] = verdicts.transform_text(job["transexitcode"])
