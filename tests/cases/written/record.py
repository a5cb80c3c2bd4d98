"""The record of a job: the fields of the monitor's /job JSON, per kind of job (kinds.yaml), with invented sites and people."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

Data = dict[str, Any]
#: Error fields of the record and the monitor's name of their component, in the monitor's order.
COMPONENTS = {
    "brokerage": "brokerage", "ddm": "dataservice", "exe": "executor", "jobdispatcher": "jobdispatcher", "pilot": "pilot",
    "taskbuffer": "taskbuffer", "sup": "supervisor",
}  # fmt: skip


@cache
def _forms() -> dict[str, Data]:
    """The kinds of jobs of all collections, each with the sites of its own."""
    found: dict[str, Data] = {}
    for path in sorted(Path(__file__).parent.parent.glob("*/kinds.yaml")):
        loaded: Data = yaml.safe_load(path.read_text(encoding="utf-8"))
        found |= {kind: form | {"sites": loaded["sites"]} for kind, form in loaded["kinds"].items()}
    return found


def names(kind: str, seed: int) -> dict[str, str]:
    """The words that a job's logs and record share, all as text."""
    random, form = Random(seed ^ 5), _forms()[kind]
    queue, site, cloud, rse, host = form.get("site") or random.choice(form["sites"])
    task, serial, official = random.randint(44_000_000, 49_999_999), random.randint(1, 9999), form["label"] == "managed"
    scope = form.get("scope") or ("mc23_13p6TeV" if official else "user.tester")
    data = "AOD" if official else "ntup"
    lfn = f"{form.get('input', 'DAOD_PHYSLITE')}.{task - 311}._{serial:06d}.pool.root.1"
    outfile = f"{'DAOD_PHYS' if official else 'user.tester'}.{task}._{serial:06d}.{'pool.root.1' if official else 'out.root'}"
    path = f"{scope.replace('.', '/')}/{random.randint(0, 255):02x}/{random.randint(0, 255):02x}/{lfn}"
    area = f"atlas/{rse.rsplit('_', 1)[-1].lower()}/rucio/{path}"
    return {
        "queue": queue, "site": site, "cloud": cloud, "rse": rse, "outrse": rse, "host": host, "label": form["label"],
        "pandaid": str(7_100_000_000 + seed % 89_999_999), "taskid": str(task), "scope": scope, "lfn": lfn, "outfile": outfile,
        "dataset": f"{scope}.601229.PhPy8EG_A14_ttbar_hdamp258p75.{data}.e8514_s4369_r16083_tid{task - 311:08d}_00",
        "logfile": f"log.{task}._{serial:06d}.job.log.tgz.1", "pfn": f"davs://{host}:2880/{area}", "path": path,
        "turl": f"root://{host}:1094//{area}", "transformation": form["transformation"], "resource": form["resource"],
        "release": form["release"], "command": form["command"].replace("<lfn>", lfn).replace("<out>", outfile),
        "pid": str(random.randint(2000, 60000)), "child": str(random.randint(60001, 4_000_000)), "esc": "\x1b",
        "attempt": str(random.randint(1, 3)), "node": f"wn{random.randint(1, 400):03d}.{host.split('.', 1)[-1]}",
        "guid": f"{random.randint(0, 16**8):08X}-11F0-A2B3-0242AC1{random.randint(1000, 9999)}",
    }  # fmt: skip


def record(kind: str, words: dict[str, str], given: Data, random: Random) -> Data:
    """The job's record: `given` goes over what every job of the kind has."""
    form = _forms()[kind]
    job = _identity(form, words) | _place(words, random) | _use(form["cores"], random)
    for name in COMPONENTS:
        job |= {f"{name}errorcode": 0, f"{name}errordiag": None}
    job |= {"transexitcode": None, "transformerrordiag": None}
    if "vo" in form:
        job |= {"vo": form["vo"], "atlasrelease": None, "homepackage": None, "nucleus": None, "gshare": form["vo"]}
    job |= given
    return job | {"errorinfo": _errorinfo(job)}


def _identity(form: Data, words: dict[str, str]) -> Data:
    official, task = form["label"] == "managed", int(words["taskid"])
    return {
        "pandaid": int(words["pandaid"]), "jeditaskid": task, "reqid": task - 20_000_000, "parentid": None, "vo": "atlas",
        "jobname": f"{words['dataset']}.{words['pandaid'][-4:]}", "jobstatus": "failed", "jobsubstatus": None,
        "attemptnr": int(words["attempt"]), "maxattempt": 3, "failedattempt": int(words["attempt"]) - 1,
        "prodsourcelabel": form["label"], "job_label": "managed" if official else "user", "processingtype": form["processing"],
        "category": "build" if "build" in form["transformation"] else "run", "eventservice": "ordinary",
        "produsername": "Prod Tester" if official else "Tess Tester", "workinggroup": "AP_MCGN" if official else None,
        "transformation": form["transformation"], "atlasrelease": form["release"].replace(",", "-"),
        "homepackage": form["release"].replace(",", "/"), "cmtconfig": "x86_64-el9-gcc14-opt", "container_name": None,
        "specialhandling": None, "commandtopilot": None, "gshare": "MC Derivations" if official else "User Analysis",
        "currentpriority": 850 if official else 1000, "ninputfiles": 1, "ninputdatafiles": 1, "inputfilebytes": 1_981_223_881,
        "noutputdatafiles": 1, "outputfilebytes": 0, "proddblock": words["dataset"], "destinationse": words["outrse"],
        "destinationdblock": f"{words['scope']}.{task}.out", "file_summary_str": "input: 1, size: 1.98GB; output: 1; log: 1",
    }  # fmt: skip


def _place(words: dict[str, str], random: Random) -> Data:
    worker = {"workerid": random.randint(10**8, 9 * 10**8), "harvesterid": "CERN_central_A", "errorcode": None}
    return {
        "computingsite": words["queue"], "computingelement": f"ce02.{words['host'].split('.', 1)[-1]}", "cloud": "WORLD",
        "homecloud": words["cloud"], "nucleus": words["site"], "wn": words["node"], "resourcetype": words["resource"],
        "modificationhost": f"slot1_{random.randint(1, 40)}@{words['node']}", "schedulerid": "harvester-CERN_central_A",
        "pilotid": "https://batchlogs.example.org/26-05-12_04/grid.99012.3.out|CONDOR|PR|3.11.5.1",
        "batchid": f"99012{random.randint(100, 999)}.{random.randint(0, 9)}", "harvesterInfo": worker | {"diagmessage": None},
    }  # fmt: skip


def _use(cores: int, random: Random) -> Data:
    created = datetime(2026, 5, 11, 22, 10) + timedelta(minutes=random.randint(0, 300))
    start, wall = created + timedelta(minutes=random.randint(4, 400)), random.randint(900, 40_000)
    cpu, memory = int(wall * cores * random.uniform(0.5, 0.95)), max(1, cores // 3)
    end = f"{start + timedelta(seconds=wall):%Y-%m-%d %H:%M:%S}"
    return {
        "creationtime": f"{created:%Y-%m-%d %H:%M:%S}", "starttime": f"{start:%Y-%m-%d %H:%M:%S}", "endtime": end,
        "statechangetime": end, "modificationtime": end, "durationsec": wall, "durationmin": wall // 60,
        "waittimesec": int((start - created).total_seconds()), "maxwalltime": 172800, "maxcpucount": 95_000,
        "corecount": cores, "actualcorecount": cores, "meancorecount": cores, "cpuconsumptiontime": cpu,
        "cpuconsumptionunit": "s+AMD EPYC 7543 32-Core Processor 512 KB", "cpuefficiency": round(100 * cpu / wall / cores, 1),
        "pilottiming": f"3|{random.randint(20, 400)}|{wall - 300}|{random.randint(10, 90)}|21|40", "maxvmem": 4_402_113,
        "maxrss": 1_810_222 * memory, "maxpss": 1_512_733 * memory, "minramcount": 2000 * cores, "minramunit": "MB",
        "maxdiskcount": 12_000, "maxdiskunit": "MB", "diskio": 311, "nevents": 0,
        "jobmetrics": f"actualCoreCount={cores} workDirSize=418{random.randint(10000, 99999)}",
    }  # fmt: skip


def _errorinfo(job: Data) -> str:
    """The joined text, as the monitor makes it for failed jobs."""
    if job["jobstatus"] not in ("failed", "holding"):
        return ""
    said = [
        f"{shown}:{job[name + 'errorcode']} {job[name + 'errordiag'] or ''}".strip()
        for name, shown in COMPONENTS.items()
        if job[f"{name}errorcode"] and not (name == "taskbuffer" and job["superrorcode"])
    ]
    if job["transexitcode"] not in (None, "0"):
        said.insert(len(said) - bool(job["superrorcode"]), f"transform:{job['transexitcode']}")
    text = ", ".join(said)
    return text if len(text) <= 300 else text[:300] + "..."
