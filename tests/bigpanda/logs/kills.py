"""Steps in which the pilot, the batch system or the server ends a payload."""

from tests.bigpanda.logs.pilot import PilotLog, step
from tests.bigpanda.logs.stages import JOB, MONITORING, ended, memory_limit
from tests.bigpanda.record import stable

LOOPING = "pilot.util.loopingjob"
PROCESSES = "pilot.util.processes"


@step
def over_memory(log: PilotLog, peak: int, limit: int | None = None) -> None:
    """maxPSS is above the limit: the payload is killed (pilot 1235). kB both."""
    allowed = limit or memory_limit(log)
    cores = log.job["corecount"]
    kind = log.job["resourcetype"]
    log.debug(
        "pilot.user.atlas.utilities get_memory_values",
        f"summary_dictionary={{'Max': {{'maxPSS': {peak}, 'maxRSS': {int(peak * 1.07)}}}}} (trf name=prmon)",
        58,
    )
    log.debug("pilot.user.atlas.memory memory_usage", f"memory_limit for {kind}: 2000 MB")
    log.debug(
        "pilot.user.atlas.memory calculate_memory_limit_kb", f"logic: scaled_maxrss = 2000 * {cores} = {2000 * int(cores)}"
    )
    log.debug(
        "pilot.user.atlas.memory calculate_memory_limit_kb",
        "memory limit using maxrss-based calculation: pilot_rss_grace * scaled_maxrss * 1024 ="
        f" {allowed / 1024 / 2000 / int(cores):.1f} * {2000 * int(cores)} * 1024 = {float(allowed)} kB",
    )
    log.warning(
        "pilot.user.atlas.memory memory_usage",
        f"job has exceeded the memory limit {peak} kB > {allowed} kB (subresource={kind}, corecount={cores})",
    )
    kill_processes(log)
    log.info(
        f"{JOB} job_monitor", f"monitor loop #{log.known.get('loop', 0) + 1}: job 0:{log.pandaid} is in state 'failed'", 52
    )
    log.info(f"{JOB} job_monitor", "will abort job monitoring soon since job state=failed (job is still in queue)")


def kill_processes(log: PilotLog) -> None:
    """SIGTERM, a pause, SIGKILL for the payload's processes."""
    children = [log.pid, log.pid + 1, log.pid + 7, log.pid + 12]
    log.info(f"{PROCESSES} kill_processes", f"process IDs to be killed: {children} (in reverse order)", 0.4)
    log.info(f"{PROCESSES} kill_processes", "found commands still running:")
    for pid in children:
        log.info(
            f"{PROCESSES} kill_processes",
            f"  {pid} {'/bin/bash container_script.sh' if pid == log.pid else 'python /srv/' + str(log.job['transformation'])}",
        )
    for pid in reversed(children):
        log.info(f"{PROCESSES} kill_process", f"killed process {pid} with signal=15", 0.1)
        log.info(f"{PROCESSES} kill_process", "sleeping 10 s to allow process to exit", 10)
        log.info(f"{PROCESSES} kill_process", f"killed process {pid} with signal=9", 0.1)
    log.info(f"{PROCESSES} kill_orphans", "searching for orphan processes")
    log.info(f"{PROCESSES} kill_orphans", "did not find any orphan processes")


@step
def looping(log: PilotLog, hours: int = 2, file: str = "payload.stdout") -> None:
    """Nothing was written for the looping limit: dumps, then the kill (pilot 1150)."""
    now = log.epoch
    log.info(f"{LOOPING} looping_job", "checking for looping job (in state=running)", 20)
    log.info(f"{LOOPING} get_looping_job_limit", "using looping job limit: 7200 s")
    log.warning(f"{LOOPING} get_time_for_last_touch", "found no recently updated files!")
    log.info(f"{LOOPING} looping_job", f"files were last touched {hours}h 8m 41s ago (current time: {now})")
    log.info(f"{LOOPING} list_mod_files", f"dumping info for latest modified file prior to looping job: {log.workdir}/{file}")
    log.info(
        f"{LOOPING} create_core_dump",
        f"the payload process ({log.pid}) has the following children: [{log.pid + 1}, {log.pid + 7}]",
    )
    log.warning(
        f"{LOOPING} create_core_dump",
        f"failed to execute command: gdb --pid {log.pid + 7} -ex 'generate-core-file' -ex quit, exit code=127, stdout=/bin/sh:"
        " gdb: command not found",
        10,
    )
    log.info(f"{LOOPING} create_core_dump", "found no zombies")
    log.critical(
        f"{LOOPING} kill_looping_job", f"pilot has decided to kill looping job {log.pandaid} at {log.time:%Y-%m-%d %H:%M:%S}"
    )
    log.info(f"{LOOPING} kill_looping_job", "pass #1/2: collecting zombie processes")
    log.debug(f"{LOOPING} kill_looping_job", "pass #2/2: reaping zombies")
    for command, rows in _dumps(log):
        log.info(f"{LOOPING} kill_looping_job", f"{command} + '\n': " + "\n".join(rows), 0.3)
    log.info(f"{LOOPING} kill_looping_job", f"child processes of pilot (PID {log.pid - 900}) to be killed:")
    kill_processes(log)
    log.warning(
        f"{MONITORING} job_monitor_tasks", "the payload was found to be looping - job will be failed in the next update"
    )


def _dumps(log: PilotLog) -> list[tuple[str, list[str]]]:
    pids = [log.pid - 900, log.pid, log.pid + 1, log.pid + 7]
    commands = [
        "python3 pilot3/pilot.py -q " + str(log.job["computingsite"]),
        "/bin/bash container_script.sh",
        "/bin/sh ./" + str(log.job["transformation"]),
        "python runAnalysis.py",
    ]
    ps = ["UID          PID    PPID  C STIME TTY          TIME CMD"] + [
        f"atlprd    {pid:>7} {pids[max(0, n - 1)]:>7}  0 03:11 ?        00:00:{n:02d} {commands[n]}"
        for n, pid in enumerate(pids)
    ]
    names = [
        "payload.stdout",
        "payload.stderr",
        "pilotlog.txt",
        "memory_monitor_output.txt",
        "memory_monitor_summary.json",
        "queuedata.json",
        "open_remote_file_cmd.sh",
        "container_script.sh",
        "PoolFileCatalog.xml",
        "my_release_setup.sh",
    ]
    ls = ["total 6612"] + [
        f"-rw-r--r-- 1 atlprd atlas {stable((log.pandaid, name), 200, 900_000):>9} Nov 22 0{n % 9}:1{n % 6} {name}"
        for n, name in enumerate(names)
    ]
    tree = [
        f"python3,{pids[0]} pilot3/pilot.py",
        f"  `-bash,{pids[1]} container_script.sh",
        f"      `-sh,{pids[2]}",
        f"          `-python,{pids[3]} runAnalysis.py",
    ]
    return [
        ("ps -fwu atlprd", ps),
        (f"ls -ltr {log.workdir}", ls),
        (
            "ps -o pid,ppid,sid,pgid,tpgid,stat,comm -u atlprd",
            ps[:1] + [f"{pid} {pids[0]} {pids[0]} {pids[0]} -1 Sl python" for pid in pids],
        ),
        ("pstree -g -a", tree),
    ]


@step
def signal(log: PilotLog, name: str = "SIGTERM") -> None:
    """A signal from outside reached the pilot: its own stack, an abort, the payload's end with a negative code."""
    log.warning(
        "pilot.workflow.generic interrupt",
        f'caught signal: {name} in FRAME=\n  File "{log.home}/pilot3/pilot.py", line 228, in main\n    exitcode ='
        f' workflow.run(args)\n\n  File "{log.home}/pilot3/pilot/workflow/generic.py", line 246, in run\n   '
        ' thread.join(0.1)\n\n  File "/usr/lib64/python3.9/threading.py", line 1064, in join\n   '
        " self._wait_for_tstate_lock(timeout=max(timeout, 0))\n",
        31,
    )
    log.warning("pilot.workflow.generic interrupt", "will instruct threads to abort and update the server")
    log.warning("pilot.workflow.generic interrupt", "setting graceful stop (in case it was not set already)")
    log.warning("pilot.workflow.generic interrupt", "waiting for threads to finish")
    log.warning(f"{JOB} should_abort", f"job:job_monitor detected an abort_job request (signal={name})", 0.8)
    log.info("pilot.control.payloads.generic wait_graceful", f"breaking -- sending SIGTERM to pid={log.pid}", 0.5)
    log.info("pilot.control.payloads.generic wait_graceful", f"breaking -- sleep 10 s before sending SIGKILL pid={log.pid}")
    log.warning(
        "pilot.control.monitor control",
        "aborting monitor loop since graceful_stop has been set (timing out remaining threads)",
        4,
    )
    ended(log, -15)


@step
def abort_jobs(log: PilotLog) -> None:
    """What still sits in the pilot's queues is declared failed by the signal."""
    log.info("pilot.util.queuehandling abort_jobs_in_queues", "found 1 job(s) in 27 queues")
    log.info("pilot.util.queuehandling abort_jobs_in_queues", f"aborting job {log.pandaid}")


@step
def too_large(log: PilotLog, size: int, limit: int) -> None:
    """The work directory passed its limit (pilot 1104): the line, a long listing, the kill."""
    log.critical(
        f"{MONITORING} check_work_dir", f"work directory ({log.workdir}) is too large: {size} B (must be < {limit} B)", 44
    )
    rows = [f"{log.workdir}/:", "total 24118220"]
    share = size // 64
    for n in range(64):
        rows.append(
            f"-rw-r--r-- 1 atlprd atlas {share + stable((log.pandaid, n), -(10**6), 10**6):>12} Nov 22"
            f" {n % 24:02d}:{stable(n, 0, 59):02d} tmp_hist_{n:03d}.dat"
        )
    rows += [
        "-rw-r--r-- 1 atlprd atlas      4211 Nov 22 04:11 payload.stderr",
        "-rw-r--r-- 1 atlprd atlas    918220 Nov 22 04:12 payload.stdout",
    ]
    log.info(f"{MONITORING} check_work_dir", f"ls -altrR {log.workdir}:\n" + "\n".join(rows), 0.9)
    kill_processes(log)


@step
def no_space(log: PilotLog, left: int, need: int = 2147483648) -> None:
    """Too little local disk (pilot 1098), bytes both."""
    log.debug(f"{MONITORING} check_local_space", f"checking local space on {log.home}", 1)
    log.warning(
        f"{MONITORING} check_local_space", f"too little space left on local disk to run job: {left} B (need > {need} B)"
    )


@step
def max_time(log: PilotLog, seconds: int, limit: int, grace: float = 1.3) -> None:
    """The queue's wall time is used up (pilot 1213)."""
    where = "pilot.control.monitor"
    log.critical(
        f"{where} control",
        f"time since job start ({seconds}s) has exceeded the limit ({limit * grace}s) - time to abort pilot",
        1,
    )
    log.critical(f"{where} control", f"limit = max running time ({limit}s) * pilot walltime grace ({grace})")
    log.info(f"{where} reached_maxtime_abort", "setting REACHED_MAXTIME and graceful stop")
    log.debug(f"{where} reached_maxtime_abort", "No ActiveMQ connections to close")
    log.info(f"{JOB} job_monitor", "REACHED_MAXTIME seen by job monitor - sleeping up to 30 s before aborting job", 5)
    log.warning(f"{JOB} send_state", "the max batch system time limit has been reached", 30)
    kill_processes(log)
    ended(log, -15)
    log.warning(
        "pilot.control.payload execute_payloads",
        "it seems the payload was killed but no error code was assigned yet - setting SIGTERM error",
    )


@step
def server_kill(log: PilotLog) -> None:
    """The server's answer to a heartbeat held the order to stop (pilot 1144)."""
    log.info(
        f"{JOB} handle_backchannel_command",
        f"pilot received a panda server signal to kill job {log.pandaid} at {log.time:%Y-%m-%d %H:%M:%S}",
        0.4,
    )
    log.debug(f"{JOB} handle_backchannel_command", "killing payload process")
    kill_processes(log)
    ended(log, -15)
