"""The small files beside a job's logs: memory summary and series, job report, error report, housekeeping JSON."""

import json
from calendar import timegm
from datetime import datetime, timedelta
from typing import Any

from tests.bigpanda.record import stable

Job = dict[str, Any]


def memory_summary(job: Job, peak: int | None = None) -> str:
    """memory_monitor_summary.json as prmon writes it: averages and maxima, memory in kB."""
    top, cpu, wall = int(peak or job["maxpss"] or 1_000_000), int(job["cpuconsumptiontime"] or 0), int(job["durationsec"] or 0)
    average = {
        "nprocs": 6, "nthreads": 9, "pss": int(top * 0.74), "rss": int(top * 0.82), "swap": 0, "vmem": int(top * 1.6),
        "rchar": 812211, "wchar": 90122, "read_bytes": 51200, "write_bytes": 40100,
    }  # fmt: skip
    maximum = {
        "maxPSS": top, "maxRSS": int(top * 1.07), "maxSwap": 0, "maxVMEM": int(top * 1.9), "nprocs": 8, "nthreads": 14,
        "stime": 61, "utime": cpu, "wtime": wall, "rchar": int(job["totrchar"] or 0), "wchar": int(job["totwchar"] or 0),
        "totRBYTES": int(job["totrbytes"] or 0), "totWBYTES": int(job["totwbytes"] or 0),
    }  # fmt: skip
    return json.dumps({"Avg": average, "Max": maximum, "prmon": {"Version": "3.1.1"}}, indent=2)


def memory_output(job: Job, start: datetime, peak: int | None = None) -> str:
    """memory_monitor_output.txt: one tab-separated row a minute."""
    top, minutes = int(peak or job["maxpss"] or 1_000_000), max(1, int(job["durationmin"] or 1))
    rows = ["Time\twtime\tstime\tutime\tpss\trss\tswap\tvmem\trchar\twchar\tread_bytes\twrite_bytes\tnprocs\tnthreads"]
    for n in range(1, min(minutes, 3000) + 1):
        pss = int(top * (0.35 + 0.65 * n / minutes))
        stamp = timegm((start + timedelta(minutes=n)).timetuple())
        memory = (pss, int(pss * 1.07), 0, int(pss * 1.9))
        io = (n * 81221, n * 9012, n * 5120, n * 4010)
        rows.append("\t".join(str(value) for value in (stamp, n * 60, n, n * 57, *memory, *io, 6, 9)))
    return "\n".join(rows) + "\n"


def job_report(job: Job, plan: Job) -> str:
    """jobReport.json of a transform.

    `plan`: code, acronym, message, step, executor_message, rc, script, and lists fatal, error, warning of {line, message}.
    """
    levels = {level: plan.get(level, []) for level in ("fatal", "error", "warning")}
    details = {
        level.upper(): [{"count": row.get("count", 1), "firstLine": row["line"], "message": row["message"]} for row in rows]
        for level, rows in levels.items()
        if rows
    }
    step, cpu, wall = plan.get("step", "EVNTtoHITS"), int(job["cpuconsumptiontime"] or 0), int(job["durationsec"] or 0)
    executor = {
        "name": step,
        "rc": plan.get("rc", plan["code"]),
        "errMsg": plan.get("executor_message", ""),
        "validation": plan["code"] == 0,
        "logfileReport": {
            "countSummary": {"FATAL": len(levels["fatal"]), "ERROR": len(levels["error"]), "WARNING": 31},
            "details": details,
        },
        "exeConfig": {"script": plan.get("script", "athena.py"), "inputs": ["EVNT"], "outputs": ["HITS"]},
    }
    report = {
        "reportVersion": "2.1.2",
        "name": str(job["transformation"]).removesuffix(".py"),
        "exitCode": plan["code"],
        "exitAcronym": plan["acronym"],
        "exitMsg": plan["message"],
        "exitMsgExtra": "",
        "executor": [executor],
        "files": {"input": [], "output": []},
        "resource": {
            "executor": {step: {"cpuTime": cpu, "wallTime": wall}},
            "transform": {"externalCpuTime": cpu},
            "machine": {"model_name": "AMD EPYC 7302 16-Core Processor"},
        },
    }
    return json.dumps(report, indent=2)


def housekeeping(job: Job, site: Job) -> dict[str, str]:
    """Files that lie in nearly every tarball and say nothing about a failure."""
    pandaid = job["pandaid"]
    return {
        "pilot_heartbeat.json": json.dumps(
            {"pid": stable(("pid", pandaid), 20_000, 900_000) - 900, "last": 1_700_000_000 + pandaid % 10_000}
        ),
        "pilot_timing.json": json.dumps(
            {str(pandaid): {"PILOT_PRE_STAGEIN": 1, "PILOT_POST_STAGEIN": 35, "PILOT_PRE_PAYLOAD": 44}}
        ),
        "queuedata.json": json.dumps(
            {
                "name": job["computingsite"],
                "status": "online",
                "maxrss": site.get("maxrss", 0),
                "corecount": site.get("corecount", 1),
                "maxtime": site.get("maxtime", 172800),
            }
        ),
        "workernode_map.json": json.dumps(
            {"site": site.get("site", ""), "host_name": job["wn"], "cpu_model": "AMD EPYC 7302", "n_logical_cpus": 64}
        ),
        "pandaIDs.out": f"{pandaid}\n",
        "my_release_setup.sh": f"source $ATLAS_LOCAL_ROOT_BASE/user/atlasLocalSetup.sh --quiet\nasetup {job['atlasrelease']}\n",
        "container_script.sh": f'export PandaID={pandaid};./{job["transformation"]} "$@"\nexit $?\n',
    }
