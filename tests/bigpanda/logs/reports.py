"""The small files beside a job's logs: memory summary and series, job report, error report, housekeeping JSON."""

import json
from calendar import timegm
from datetime import datetime, timedelta
from typing import Any

from tests.bigpanda.record import stable

Job = dict[str, Any]


def memory_summary(job: Job, peak: int | None = None) -> str:
    """memory_monitor_summary.json as prmon writes it: averages and maxima, memory in kB."""
    top = int(peak or job["maxpss"] or 1_000_000)
    return json.dumps(
        {
            "Avg": {"nprocs": 6, "nthreads": 9, "pss": int(top * 0.74), "rss": int(top * 0.82), "swap": 0, "vmem": int(top * 1.6), "rchar": 812211, "wchar": 90122, "read_bytes": 51200, "write_bytes": 40100},
            "Max": {"maxPSS": top, "maxRSS": int(top * 1.07), "maxSwap": 0, "maxVMEM": int(top * 1.9), "nprocs": 8, "nthreads": 14, "stime": 61, "utime": int(job["cpuconsumptiontime"] or 0), "wtime": int(job["durationsec"] or 0), "rchar": int(job["totrchar"] or 0), "wchar": int(job["totwchar"] or 0), "totRBYTES": int(job["totrbytes"] or 0), "totWBYTES": int(job["totwbytes"] or 0)},
            "prmon": {"Version": "3.1.1"},
        },
        indent=2,
    )  # fmt: skip


def memory_output(job: Job, start: datetime, peak: int | None = None) -> str:
    """memory_monitor_output.txt: one tab-separated row a minute."""
    top, minutes = int(peak or job["maxpss"] or 1_000_000), max(1, int(job["durationmin"] or 1))
    rows = ["Time\twtime\tstime\tutime\tpss\trss\tswap\tvmem\trchar\twchar\tread_bytes\twrite_bytes\tnprocs\tnthreads"]
    for n in range(1, min(minutes, 3000) + 1):
        pss = int(top * (0.35 + 0.65 * n / minutes))
        rows.append(
            f"{timegm((start + timedelta(minutes=n)).timetuple())}\t{n * 60}\t{n}\t{n * 57}\t{pss}\t{int(pss * 1.07)}\t0\t{int(pss * 1.9)}\t{n * 81221}\t{n * 9012}\t{n * 5120}\t{n * 4010}\t6\t9"
        )
    return "\n".join(rows) + "\n"


def job_report(job: Job, plan: Job) -> str:
    """jobReport.json of a transform: `plan` has code, acronym, message, step, executor_message, fatal/error/warning lists of {line, message}."""
    details = {
        level.upper(): [
            {"count": row.get("count", 1), "firstLine": row["line"], "message": row["message"]} for row in plan.get(level, [])
        ]
        for level in ("fatal", "error", "warning")
        if plan.get(level)
    }
    step = plan.get("step", "EVNTtoHITS")
    return json.dumps(
        {
            "reportVersion": "2.1.2",
            "name": str(job["transformation"]).removesuffix(".py"),
            "exitCode": plan["code"],
            "exitAcronym": plan["acronym"],
            "exitMsg": plan["message"],
            "exitMsgExtra": "",
            "executor": [
                {
                    "name": step,
                    "rc": plan.get("rc", plan["code"]),
                    "errMsg": plan.get("executor_message", ""),
                    "validation": plan["code"] == 0,
                    "logfileReport": {"countSummary": {"FATAL": len(plan.get("fatal", [])), "ERROR": len(plan.get("error", [])), "WARNING": 31}, "details": details},
                    "exeConfig": {"substep": "sim", "script": plan.get("script", "athena.py"), "inputs": ["EVNT"], "outputs": ["HITS"]},
                }
            ],
            "files": {"input": [], "output": []},
            "resource": {"executor": {step: {"cpuTime": int(job["cpuconsumptiontime"] or 0), "wallTime": int(job["durationsec"] or 0)}}, "transform": {"externalCpuTime": int(job["cpuconsumptiontime"] or 0)}, "machine": {"model_name": "AMD EPYC 7302 16-Core Processor"}},
        },
        indent=2,
    )  # fmt: skip


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
