"""The pilot's own look at a payload's end: exit code, error report, job report, known messages."""

from dataclasses import dataclass, field
from typing import Any

from tests.bigpanda.logs.pilot import PilotLog, step
from tests.bigpanda.logs.stages import PAYLOAD

DIAGNOSE = "pilot.user.atlas.diagnose"
ANALYSIS = f"{PAYLOAD} perform_initial_payload_error_analysis"


@dataclass
class Findings:
    """What the pilot finds after a payload; all of it is optional."""

    code: int | None = None  #: first pilot error of the job's list, after which the pilot looks no further
    report: dict[str, Any] = field(default_factory=dict)  #: {code, diag} of a script's payload_error_report.json
    job_report: dict[str, Any] = field(default_factory=dict)  #: {code, message} of a transform's jobReport.json
    apptainer: str = ""  #: the container runtime's words in payload.stderr
    critical: str = ""  #: a line of payload.stdout with CRITICAL in it
    out_of_memory: list[str] = field(default_factory=list)  #: lines that say bad_alloc
    no_space: bool = False  #: "No space left on device" in payload.stderr


@step
def diagnosis(log: PilotLog, **found: Any) -> None:
    """Entries of the analysis after the payload, with the fields of Findings."""
    what, exit_code = Findings(**found), int(log.known.get("exit", 0))
    if exit_code:
        log.warning(ANALYSIS, f"main payload execution returned non-zero exit code: {exit_code}")
    if exit_code < 0:
        log.warning(ANALYSIS, "payload was killed (negative exit code)")
    if what.report:
        log.warning(ANALYSIS, f"payload_error_report.json contained error code: {what.report['code']}")
        log.warning(ANALYSIS, f"payload_error_report.json contained error diag: {what.report['diag']}")
    else:
        _streams(log, what, exit_code)
    _reports(log, what)
    if what.out_of_memory:
        log.info(f"{DIAGNOSE} is_out_of_memory", "looking for out-of-memory errors in payload.stdout")
        log.warning(f"{DIAGNOSE} is_out_of_memory", f"identified an out of memory error in {log.job['transformation']}")
        for line in what.out_of_memory:
            log.info(f"{DIAGNOSE} is_out_of_memory", line)
    elif what.no_space:
        log.warning(f"{DIAGNOSE} scan_file", "identified a 'No space left on device' message in payload.stderr")
    elif what.code:
        log.warning(
            f"{DIAGNOSE} interpret", f"aborting payload error diagnosis since an error has already been set: [{what.code}]"
        )
    if what.code:
        log.debug(f"{PAYLOAD} execute_payloads", "main payload error analysis completed - adding job to failed_payloads queue")
        log.debug(f"{PAYLOAD} failed_post", "adding log for log stageout", 1.2)
    else:
        log.info(f"{DIAGNOSE} find_number_of_events", "looking for number of processed events (source #1: jobReport.json)")
        log.info(f"{DIAGNOSE} is_out_of_memory", "looking for out-of-memory errors in payload.stderr")
        log.info(f"{DIAGNOSE} is_out_of_memory", "looking for out-of-memory errors in payload.stdout")
        log.info(f"{PAYLOAD} execute_payloads", "main payload error analysis completed - did not find any errors")
        log.debug(f"{PAYLOAD} validate_post", "adding job to data_out queue", 1.2)


def _streams(log: PilotLog, what: Findings, exit_code: int) -> None:
    log.debug(ANALYSIS, "payload_error_report.json does not exist")
    if what.apptainer:
        log.warning(ANALYSIS, f"found apptainer error in stderr: {what.apptainer}")
        if not exit_code:
            log.warning(ANALYSIS, "will overwrite trf exit code 0 due to previous error")
    if not exit_code:
        if not what.apptainer:
            log.info(ANALYSIS, "main payload execution returned zero exit code")
        return
    for n in (0, 1, 7, 12):
        text = f"scanning dmesg message for subprocess={log.pid + n} for memory errors"
        log.info(f"{PAYLOAD} scan_for_memory_errors", text, 0.3)
    if what.critical:
        log.warning(f"{PAYLOAD} get_critical_error_from_stdout", f"found CRITICAL errors in payload.stdout:\n{what.critical}")


def _reports(log: PilotLog, what: Findings) -> None:
    where = f"{DIAGNOSE} process_job_report"
    if not what.job_report:
        log.warning(where, f"job report does not exist: {log.workdir}/jobReport.json", 0.2)
        return
    log.info(where, f"extracted exit code from job report: {what.job_report['code']}", 0.3)
    log.info(where, f"extracted exit message from job report: {what.job_report['message']}")
    if what.job_report["code"]:
        log.info(f"{DIAGNOSE} get_job_report_errors", "scanning jobReport (v 2.1.2) for error info")
