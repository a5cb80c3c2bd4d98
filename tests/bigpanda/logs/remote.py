"""The test, before the payload, whether remote input files can be opened (direct reading)."""

from tests.bigpanda.logs.pilot import PilotLog, step
from tests.bigpanda.logs.stages import ATLAS, GENERIC, PAYLOAD

CONTAINER = "pilot.util.container"

_RAISED = """Traceback (most recent call last):
  File "{home}/pilot3/pilot/control/payloads/generic.py", line 733, in get_payload_command
    cmd = user.get_payload_command(self.__job, args=self.__args)
  File "{home}/pilot3/pilot/user/atlas/common.py", line 561, in get_payload_command
    raise PilotException(diagnostics, code=exitcode)
pilot.common.exception.PilotException: error code: {code}, message: {message}
details: {details}
"""


@step
def remote_test(
    log: PilotLog,
    opened: bool = True,
    timed_out: bool = False,
    seconds: int = 21,
    code: int = 0,
    message: str = "",
    details: str = "",
) -> None:
    """Every remote input is opened once. Not `opened` ends in 1361, `timed_out` in 1368 (code, message and details of
    the error).
    """
    log.known["remote_test"] = True
    urls = [row["pfn"] for row in log.of("input")]
    where = f"{ATLAS} open_remote_files"
    limit = len(urls) * 30 + 900
    log.debug(where, f"reading file: {log.workdir}/open_file.sh", 0.2)
    log.debug(where, "creating file open command from path: ./open_remote_file.py")
    log.info(
        where,
        f"executing file open verification script (path={log.workdir}/open_remote_file_cmd.sh, timeout={limit}):\n\n'source"
        f" ${{ATLAS_LOCAL_ROOT_BASE}}/user/atlasLocalSetup.sh -c $thePlatform -s /srv/open_file.sh --turls={','.join(urls)} -t"
        " 1'\n\n",
    )
    log.info(f"{CONTAINER} execute_remote_file_open", "lsetup has completed (resetting start time)", 11.4)
    if timed_out:
        stamp = log.epoch
        log.warning(
            f"{CONTAINER} execute_remote_file_open",
            f"(1) timeout for 'python3' subscript exceeded - killing script ({stamp + limit}.71 - {stamp}.02 > {limit})",
            limit,
        )
    else:
        log.info(
            f"{CONTAINER} execute_remote_file_open",
            f"python remote open command has completed with exit code {0 if opened else 1}",
            seconds,
        )
    log.info(where, f"remote file open finished with ec={3 if timed_out else (0 if opened else 1)}")
    log.info(where, "lsetup completed after 11 seconds")
    parse = f"{ATLAS} parse_remotefileverification_dictionary"
    for url in urls:
        if not timed_out:
            log.info(parse, f"turl could {'' if opened else 'not '}be opened: {url}")
    if not opened:
        log.warning(where, f"remote file open exit code: {code}")
    log.info(f"{ATLAS} get_payload_command", f"remote file verification finished in {(limit if timed_out else seconds) + 12} s")
    if opened and not timed_out:
        return
    raised = _RAISED.format(home=log.home, code=code, message=message, details=details)
    log.error(f"{GENERIC} get_payload_command", raised, 0.2)
    if timed_out:
        log.info(f"{GENERIC} get_payload_command", "non-fatal error - will not set traces error code")
    log.critical(
        f"{GENERIC} get_payload_command", f"could not define payload command (traces error set to: {0 if timed_out else code})"
    )
    log.warning(f"{GENERIC} run", "aborting run() since payload command could not be defined")
    log.warning(f"{PAYLOAD} execute_payloads", "pilot error code received (code=1220, diagnostics=\nundefined payload command)")
    log.known["exit"] = 1220  # what the executor returns when it has no command
