"""Steps of an ordinary job in the pilot log: start, job download, set-up, payload, its diagnosis, log archive."""

from datetime import timedelta
from typing import Any

from tests.bigpanda.logs.pilot import PilotLog, step
from tests.bigpanda.record import stable

JOB = "pilot.control.job"
DATA = "pilot.control.data"
PAYLOAD = "pilot.control.payload"
GENERIC = "pilot.control.payloads.generic"
ATLAS = "pilot.user.atlas.common"
MONITORING = "pilot.util.monitoring"
HTTPS = "pilot.util.https"

_OS_RELEASE = """cat /etc/os-release:
NAME="AlmaLinux"
VERSION="9.6 (Sage Margay)"
ID="almalinux"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.6"
PLATFORM_ID="platform:el9"
PRETTY_NAME="AlmaLinux 9.6 (Sage Margay)"
HOME_URL="https://almalinux.org/\""""


@step
def start(log: PilotLog, version: str = "3.11.5.1") -> None:
    """From the banner to the first request for a job, with the harmless warnings of a normal start."""
    main, aux = "__main__ main", "pilot.util.auxiliary"
    banner = f"***  PanDA Pilot version {version}  ***"
    for text in ("*" * len(banner), banner, "*" * len(banner), ""):
        log.info(f"{aux} pilot_version_banner", text, 0.001)
    log.info(f"{aux} display_architecture_info", "architecture information:")
    log.info("pilot.util.filehandling dump", _OS_RELEASE, 0.03)
    log.info(f"{aux} pilot_version_banner", "*" * len(banner))
    site = log.job["computingsite"]
    log.debug(main, f"PILOT_RUCIO_SITENAME={log.site.get('site', site)}")
    log.info(
        main,
        "pilot arguments: Namespace(abort_job=<threading.Event at 0x7f2c4c1d: unset>, allow_other_country=False,"
        " allow_same_user=False, cacert=None, capath=None, cleanup=True, cvmfs_path='/cvmfs', debug=True,"
        " harvester_workflow='', heartbeat=1800, hpc_resource='', input_dir='', internet_protocol_version='IPv6',"
        f" jobtype='unified', lifetime=324000, mainworkdir='{log.home}', noproxyverification=True, output_dir='',"
        f" pilot_user='ATLAS', port=25443, queue='{site}', queuedata_url='', resource_type='{log.job['resourcetype']}',"
        f" site='{site}', source_sitedir='', timeout=300, update_server=True, url='https://pandaserver.cern.ch',"
        f" verify_proxy=True, workflow='generic', workdir='{log.home}')",
        0.1,
    )
    log.info("__main__ check_cvmfs", "CVMFS has been validated", 1.2)
    log.debug("pilot.util.filehandling read_json", "trying to read file queuedata.json")
    log.info("pilot.info.extinfo load_data", f"pilot will use data from source: CVMFS, queue={site}", 0.4)
    log.warning(f"{aux} get_globaljobid", "failed to read HTCondor job classAd: [Errno 2] No such file or directory: ''")
    log.warning("pilot.util.workernode get_cpu_arch", "CONDOR_MACHINE_AD not set - cannot determine hepspec value")
    log.info("pilot.util.https get_local_token_info", "did not find any local token file (panda_token) in paths=['.', '..']")
    cores = stable(("node cores", log.pandaid), 32, 128)
    log.info(
        "pilot.util.workernode get_cpu_cores",
        f"found {cores} cores ({cores // 2} per socket, 2 sockets) with hyper-threading, CPU MHz: 2994.37",
    )
    log.info(
        "pilot.util.workernode get_local_disk_space",
        f"available WN disk space: {stable(('disk', log.pandaid), 90_000, 900_000)} MB",
    )
    log.info(
        f"{MONITORING} check_local_space",
        f"sufficient remaining disk space ({stable(('left', log.pandaid), 10**11, 9 * 10**11)} B)",
    )
    log.warning("pilot.user.atlas.proxy verify_arcproxy", "arcproxy is not available, will use voms-proxy-info instead", 1.1)
    log.info("pilot.user.atlas.proxy check_time_left", f"cert validity ends in {stable(('cert', log.pandaid), 50, 95)}.2 h")
    log.info(f"{JOB} proceed_with_getjob", "proceeding with job request")


@step
def get_job(log: PilotLog, refused: int = 0) -> None:
    """The request for a job, `refused` times without one, then the job definition."""
    for n in range(refused):
        log.info(f"{HTTPS} request2", "will use IPv6 in server communication", 0.4)
        log.warning(f"{JOB} retrieve", f"did not get a job -- sleep 60s and repeat -- status: {20 if n else 60}", 60)
    log.info(f"{JOB} get_job_definition_from_server", "will download job definition from server")
    log.debug(f"{HTTPS} request2", "sending data to server", 0.3)
    log.info(f"{HTTPS} request2", "response.status=200, response.reason=OK", 0.6)
    log.info(f"{JOB} create_job", f"job definition = {job_definition(log)}", 0.2)
    log.info(f"{JOB} create_job", f"received job: {log.pandaid} (sleep until the job has finished)")
    log.info(f"{JOB} retrieve", f"job {log.pandaid} has start time={log.epoch}")
    log.info(
        f"{JOB} validate", f"processing PanDA job {log.pandaid} from task {log.job['jeditaskid'] or log.job['taskid']}", 0.5
    )
    log.debug(f"{JOB} validate", f"creating job working directory: {log.workdir}")
    log.debug(f"{JOB} verify_ctypes", "ctypes python module imported")
    log.debug(f"{JOB} verify_ctypes", "all child subprocesses will be parented")
    log.debug(f"{JOB} store_user_secrets", "no user secrets for this job")
    heartbeat(log, "starting")


def job_definition(log: PilotLog) -> dict[str, Any]:
    """The dictionary that the server hands out (the pilot prints it on one long line)."""
    job, inputs, outputs = log.job, log.of("input"), log.of("output", "log")

    def words(rows: list[dict[str, Any]], name: str) -> str:
        return ",".join(str(row[name]) for row in rows)

    return {
        "jobsetID": str(job["jobsetid"] or "NULL"), "PandaID": log.pandaid, "taskID": job["taskid"], "jobName": job["jobname"],
        "attemptNr": job["attemptnr"], "transformation": job["transformation"], "swRelease": job["atlasrelease"],
        "homepackage": job["homepackage"], "cmtConfig": job["cmtconfig"], "prodSourceLabel": job["prodsourcelabel"],
        "processingType": job["processingtype"], "currentPriority": job["currentpriority"], "coreCount": job["corecount"],
        "minRamCount": job["minramcount"], "maxWalltime": job["maxwalltime"], "maxDiskCount": job["maxdiskcount"],
        "inFiles": words(inputs, "lfn"), "scopeIn": words(inputs, "scope"), "fsize": words(inputs, "fsize"),
        "checksum": words(inputs, "checksum"), "GUID": words(inputs, "guid"), "realDatasetsIn": words(inputs, "dataset"),
        "ddmEndPointIn": words(inputs, "ddmsite"), "outFiles": words(outputs, "lfn"), "realDatasets": words(outputs, "dataset"),
        "ddmEndPointOut": words(outputs, "ddmsite"), "scopeOut": words(outputs, "scope"),
        "logFile": words(log.of("log"), "lfn"),
        "logGUID": words(log.of("log"), "guid"), "jobPars": job.get("jobparameters", ""), "timeout": 300, "debug": "False",
        "transferType": job["transfertype"] or "NULL", "nSent": 0, "StatusCode": 0,
    }  # fmt: skip


def heartbeat(log: PilotLog, state: str) -> None:
    """A job update to the server that was answered well."""
    log.info(f"{JOB} is_final_update", f"job {log.pandaid} has state '{state}' - sending heartbeat", 0.1)
    log.info(f"{HTTPS} send_update", "server update attempt 1/2")
    log.debug(
        f"{HTTPS} send_update", "update_function = updateJob, path = https://pandaserver.cern.ch:25443/api/v1/pilot/update_job"
    )
    log.info(f"{HTTPS} request2", "response.status=200, response.reason=OK", 0.5)
    log.info(f"{HTTPS} send_update", "server updateJob request completed in 0.6s for job " + str(log.pandaid))
    log.info(f"{HTTPS} send_update", "server responded with: res = {'StatusCode': 0, 'pilotSecrets': {}, 'command': 'NULL'}")


@step
def set_up(log: PilotLog, verify: bool = False, command: str = "", verify_exit: int = 0) -> None:
    """From stage-in to the payload's command; with `verify` the set-up is tried first, which may fail with `verify_exit`."""
    user = log.job["prodsourcelabel"] in ("user", "panda")
    log.info(f"{ATLAS} get_payload_command", f"pilot is running a {'user analysis' if user else 'production'} job", 0.4)
    if not log.known.get("remote_test"):
        log.info(f"{ATLAS} open_remote_files", "nothing to verify (for remote files)")
    log.info(f"{ATLAS} get_payload_command", "preparing normal production/analysis job setup command")
    log.debug(f"{ATLAS} prepend_env_vars", "prepended exports to payload command: export TZ='UTC'; ")
    text = command or f"export PandaID={log.pandaid};{log.job['transformation']} {log.job.get('jobparameters') or ''}".strip()
    log.known["command"] = text
    log.info(f"{ATLAS} get_payload_command", f"payload run command: {text}")
    if verify:
        log.info(
            f"{GENERIC} run",
            "extracted setup to be verified:\n\nsource ${ATLAS_LOCAL_ROOT_BASE}/user/atlasLocalSetup.sh;asetup"
            f" {log.job['atlasrelease']}",
        )
        log.warning(
            f"{GENERIC} run", "setup verification will lead to some repeated messages next, before the payload is executed"
        )
        if verify_exit:
            log.warning(f"{GENERIC} run", f"setup returned exit code={verify_exit}", 41)
            log.known["exit"] = 1305
            return
        log.debug(f"{GENERIC} run", f"closed {log.workdir}/setup.stdout", 23)
        log.debug(f"{GENERIC} run", f"closed {log.workdir}/setup.stderr")


@step
def run(
    log: PilotLog, minutes: int = 30, exit_code: int = 0, check: bool = True, watched: int | None = None, pss: int = 0
) -> None:
    """The payload at work for `minutes`: a monitoring round per minute for the first `watched` ones, then only every tenth."""
    log.info(
        f"{PAYLOAD} execute_payloads", "will use payload executor: <pilot.control.payloads.generic.Executor object at 0x7f1b88>"
    )
    log.info(f"{GENERIC} run", "payload iteration loop #1")
    log.info(f"{GENERIC} run_payload", f"\n\npayload execution command:\n\n{log.known.get('command', '')}\n", 0.2)
    log.info(f"{GENERIC} run_payload", f"started -- pid={log.pid} executable={log.known.get('command', '')}", 0.3)
    heartbeat(log, "running")
    log.info(f"{GENERIC} run", "will wait for graceful exit")
    peak = pss or int(log.job["maxpss"] or 1_200_000)
    limit = 200 if watched is None else watched
    for minute in range(1, minutes + 1):
        if minute <= limit or minute % 10 == 0 or minute == minutes:
            round_of_checks(log, minute, minutes, peak)
        else:
            log.time += timedelta(seconds=60)
        if minute % 10 == 0:
            log.info(f"{GENERIC} wait_graceful", f"running: iteration={minute} pid={log.pid} exit_code=None")
        if minute % 30 == 0:
            heartbeat(log, "running")
    log.known["exit"] = exit_code
    if check:
        ended(log, exit_code)


def round_of_checks(log: PilotLog, minute: int, minutes: int, peak: int) -> None:
    """One round of the job monitor, as it runs each minute while a payload is alive."""
    loop = log.known["loop"] = log.known.get("loop", 0) + 1
    seed = (log.pandaid, minute)
    cores = int(log.job["actualcorecount"] or log.job["corecount"] or 1)
    log.info(f"{JOB} job_monitor", f"monitor loop #{loop}: job 0:{log.pandaid} is in state 'running'", 58.3)
    log.debug(
        "pilot.util.psutils get_subprocesses",
        f"child processes for pid={log.pid}: [{log.pid + 1}, {log.pid + 7}, {log.pid + 12}]",
    )
    log.info(
        f"{MONITORING} set_cpu_consumption_time",
        "CPU consumption time changed by a factor of 1.0" + str(stable(seed, 10, 99)) + " (below the limit of 5)",
    )
    log.info(
        f"{MONITORING} set_cpu_consumption_time", f"(instant) CPU consumption time for pid={log.pid}: {minute * 57 * cores})"
    )
    log.debug(
        "pilot.user.atlas.utilities get_memory_values",
        f"summary_dictionary={{'Max': {{'maxPSS': {_pss(peak, minute, minutes)}}}}} (trf name=prmon)",
    )
    log.debug("pilot.user.atlas.memory get_memory_limit", f"maxrampercore for resource type {log.job['resourcetype']}: 2000")
    allowed = memory_limit(log)
    log.info(
        "pilot.user.atlas.memory memory_usage",
        f"max memory (maxPSS) used by the payload is within the allowed limit: {min(_pss(peak, minute, minutes), allowed)} kB"
        f" <= {allowed} kB (subresource={log.job['resourcetype']}, corecount={cores})",
    )
    if minute % 5 == 0:
        log.info(
            f"{MONITORING} check_payload_stdout",
            f"payload log (payload.stdout) within allowed size limit (2147483648 B): {minute * stable(seed, 7000, 9000)} B",
        )
        log.info(f"{MONITORING} check_local_space", f"sufficient remaining disk space ({stable(seed, 10**11, 2 * 10**11)} B)")
        log.info(
            f"{MONITORING} check_work_dir",
            f"size of work directory {log.workdir}: {minute * stable(seed, 10**6, 2 * 10**6)} B (within 15838740480 B limit)",
        )
    if minute % 15 == 0:
        log.info("pilot.util.loopingjob looping_job", "checking for looping job (in state=running)")
        log.info("pilot.util.loopingjob get_looping_job_limit", "using looping job limit: 7200 s")
        log.info(
            "pilot.util.loopingjob get_time_for_last_touch", f"found {stable(seed, 3, 40)} files that were recently updated"
        )
        log.info(
            "pilot.util.loopingjob looping_job",
            f"files were last touched 0h 0m {stable(seed, 1, 55)}s ago (current time: {log.epoch})",
        )
    if minute % 20 == 0:
        log.warning(
            "pilot.util.psutils find_lingering_processes",
            f"[harmless] failed to get status for child process {log.pid + 7}: process no longer exists",
        )
    log.debug(f"{MONITORING} job_monitor_tasks", "job monitor tasks loop took 1 s to complete")
    log.debug(f"{JOB} job_monitor", "job_monitor_tasks returned 0, ")


def _pss(peak: int, minute: int, minutes: int) -> int:
    return int(peak * (0.35 + 0.65 * min(1.0, minute / max(minutes * 0.6, 1))))


def memory_limit(log: PilotLog) -> int:
    """The pilot's kill threshold in kB: grace 2.0 on MB per core and cores, as calculate_memory_limit_kb does for
    standard types.
    """
    per_core = int(log.job["minramcount"] or 2000) // max(1, int(log.job["corecount"] or 1))
    return int(log.known.get("grace", 2.0) * max(per_core, 2000) * int(log.job["corecount"] or 1) * 1024)


@step
def ended(log: PilotLog, exit_code: int = 0) -> None:
    """The payload's process is gone; clean-up around it."""
    state = "finished" if exit_code == 0 else "failed"
    log.known["exit"] = exit_code
    log.info(f"{GENERIC} run", f"\n\nfinished pid={log.pid} exit_code={exit_code} state={state}\n", 3.1)
    log.info(f"{GENERIC} kill_and_wait_for_process", "stopping utility process 'MemoryMonitor' with signal 10")
    log.warning(f"{GENERIC} kill_and_wait_for_process", "abnormal termination", 0.2)
    log.info(f"{GENERIC} run", "found no lingering processes")
    log.debug(f"{PAYLOAD} execute_payloads", f"run() returned exit_code={exit_code}")
    cpu = float(log.job["cpuconsumptiontime"] or 0)
    log.info(f"{PAYLOAD} set_cpu_consumption_time", f"CPU consumption time: {cpu:.2f} s (rounded to {round(cpu)} s)")


@step
def archive(log: PilotLog) -> None:
    """The log directory is about to be tarred: the last that a pilotlog.txt inside the tarball can hold."""
    log.debug(f"{DATA} create_log", "preparing to create log file (debug mode=False)", 0.6)
    log.debug(f"{ATLAS} remove_redundant_files", "removing redundant files prior to log creation")
    log.debug(f"{ATLAS} remove_redundant_files", f"removing 'workDir' from workdir={log.workdir}")
    name = next((row["lfn"] for row in log.of("log")), "log.tgz")
    log.info(
        f"{DATA} create_log",
        f"will create archive {log.home}/{name} using timeout=600 s for directory"
        f" size={stable(('tar', log.pandaid), 1, 60)}.{stable(log.pandaid, 0, 9)} MB",
        0.4,
    )
