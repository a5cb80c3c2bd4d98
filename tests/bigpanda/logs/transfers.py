"""Steps of stage-in and stage-out in the pilot log, with rucio's and gfal's own messages in between."""

from typing import Any

from tests.bigpanda.logs.pilot import PilotLog, step
from tests.bigpanda.record import stable

API = "pilot.api.data"
DATA = "pilot.control.data"
RUCIO = "pilot.copytool.rucio"

_TRACEBACK = """Traceback (most recent call last):
  File "{home}/pilot3/pilot/control/data.py", line {line}, in {function}
    client.transfer({what}, activity{rest}, **kwargs)
  File "{home}/pilot3/pilot/api/data.py", line 704, in transfer
    raise PilotException(details, code=code)
pilot.common.exception.PilotException: error code: {code}, message: {message}
details: {details}
"""


@step
def stage_in(log: PilotLog, failure: dict[str, Any] | None = None, direct: bool = False, skipped_replica: str = "") -> None:
    """Inputs come to the node. `failure`: {file: n, code, message, state, tries: [text, ...], reason, checksum?};
    `direct`: remote reading.
    """
    rows = log.of("input", "lib")
    log.info(f"{DATA} _stage_in", "stage-in will not be done in a container", 0.3)
    log.info(f"{DATA} _stage_in", "activity=['pr'], storage_activities=['read_lan', 'read_wan']")
    log.debug(f"{DATA} _stage_in", "use_pcache=False")
    log.info(f"{DATA} get_proper_input_destination", f"will use input file destination: {log.workdir}")
    log.info(
        f"{API} __init__",
        "configured copytools per activity: acopytools={'pr': ['rucio'], 'pw': ['rucio'], 'pl': ['rucio'], 'default':"
        " ['rucio']}",
    )
    log.info(f"{DATA} _stage_in", "prepared sources - will now transfer files")
    log.info(f"{API} transfer", "trying to use copytool=rucio for activity=['pr', 'default']")
    location = {"ip": "192.0.2.7", "ip6": "2001:db8::7", "fqdn": log.job["wn"] or "wn", "site": log.site.get("site", "")}
    log.debug(f"{API} detect_client_location", f"will use client_location={location}", 0.2)
    dids = [{"scope": row["scope"], "name": row["lfn"]} for row in rows]
    log.info(
        f"{API} list_replicas",
        "calling rucio.list_replicas() with query={'schemes': ['srm', 'root', 'davs', 'gsiftp', 'https', 'storm', 'file'],"
        f" 'dids': {dids}, 'sort': 'geoip', 'client_location': {location}, 'signature_lifetime': 86400}}",
    )
    log.info(
        f"{API} resolve_replicas",
        "Number of resolved replicas:\n"
        + "\n".join(f"lfn={row['lfn']}: nr replicas={row.get('replicas', 1)}, is_directaccess={direct}" for row in rows),
        1.4,
    )
    for row in rows:
        log.debug(f"{API} show_replicas", f"lfn={row['lfn']} list of replicas: (max 5)")
        log.info(
            f"{API} transfer_files",
            f"[stage-in] found replica to be used for lfn={row['lfn']}: ddmendpoint={row['ddmsite']}, pfn={row['pfn']}",
        )
    total = sum(int(row["fsize"]) for row in rows)
    log.info(
        f"{API} check_availablespace", f"total input file size={total} B within allowed limit=0 B (zero value means unlimited)"
    )
    log.info(f"{API} transfer_files", f"ready to transfer (stage-in) files: {[row['lfn'] for row in rows]}")
    failed_at = int(failure["file"]) if failure else -1
    for n, row in enumerate(rows):
        if direct and row["type"] == "input":
            log.info(
                f"{API} set_status_for_direct_access",
                f"stage-in: direct access (remote i/o) will be used for lfn={row['lfn']} (direct_lan=True, direct_wan=False),"
                f" turl={row['pfn']}",
            )
            continue
        download(log, row, failure if n == failed_at else None, skipped_replica if n == 0 else "")
        if n == failed_at:
            break
    if failure:
        give_up(log, failure, rows[failed_at], "stage-in")
    log.info(f"{DATA} _stage_in", "summary of transferred files:")
    for n, row in enumerate(rows):
        code, status = (0, "remote_io" if direct and row["type"] == "input" else "transferred")
        if failure and n >= failed_at:
            code, status = (failure["code"], "failed") if n == failed_at else (0, "(not transferred)")
        log.info(f"{DATA} _stage_in", f" -- lfn={row['lfn']}, status_code={code}, status={status}")
    log.info(f"{DATA} _stage_in", "stage-in failed" if failure else "stage-in finished")
    if failure:
        log.warning(f"{DATA} copytool_in", "stage-in failed, adding job object to failed_data_in queue")
        log.debug(
            f"{DATA} queue_monitoring", f"job {log.pandaid} failed during stage-in, adding job object to failed_jobs queue", 0.6
        )


def download(log: PilotLog, row: dict[str, Any], failure: dict[str, Any] | None, skipped_replica: str) -> None:
    """One file by rucio: its dictionary, rucio's messages, the checksum, or what went wrong."""
    did, size = f"{row['scope']}:{row['lfn']}", int(row["fsize"])
    limit = min(400 + size // 10**6, 10800)
    log.info(f"{RUCIO} copy_in", f"rucio copytool, downloading file with scope:{row['scope']} lfn:{row['lfn']}", 0.2)
    log.info(f"{RUCIO} copy_in", f"overall transfer timeout={limit + 10}")
    log.info(
        f"{RUCIO} _stage_in_api",
        f"rucio API stage-in dictionary: {{'did_scope': '{row['scope']}', 'did_name': '{row['lfn']}', 'did': '{did}', 'rse':"
        f" '{row['ddmsite']}', 'base_dir': '{log.workdir}', 'no_subdir': True, 'pfn': '{row['pfn']}', 'transfer_timeout':"
        f" {limit}, 'connection_timeout': 3600}}",
    )
    log.info(f"{RUCIO} _stage_in_api", "*** rucio API downloading file (taking over logging) ***")
    log.info(f"{RUCIO} download_pfns", "Processing 1 item(s) for input", 0.1)
    log.debug(f"{RUCIO} download_pfns", f"Preparing PFN download of {did} ({row['pfn']}) from {row['ddmsite']}")
    log.info(f"{RUCIO} _download_multithreaded", "Using main thread to download 1 file(s)")
    log.info(f"{RUCIO} _download_item", f"Preparing download of {did}", 0.1)
    scheme = row["pfn"].split(":")[0]
    if skipped_replica:
        log.warning(
            f"{RUCIO} _download_item",
            f"Could not get info of RSE {skipped_replica}: RSE '{skipped_replica}' cannot be found in vo 'atl'",
            0.7,
        )
    log.info(
        f"{RUCIO} _download_item", f"Trying to download with {scheme} and timeout of {limit}s from {row['ddmsite']}: {did} "
    )
    log.info(f"{RUCIO} _download_item", f"Using PFN: {row['pfn']}", 0.3)
    tries = (failure or {}).get("tries", [])
    for n, text in enumerate(tries, start=1):
        if n > 1:
            log.debug(f"{RUCIO} _download_item", f"Deleting existing temporary file: {log.workdir}/{row['lfn']}.part")
        log.debug(f"{RUCIO} get", f"downloading file from {row['pfn']} to {log.workdir}/{row['lfn']}.part")
        log.debug(
            f"{RUCIO} _download_item",
            text.format(pfn=row["pfn"], workdir=log.workdir, lfn=row["lfn"]),
            (failure or {}).get("seconds", 61),
        )
        log.warning(f"{RUCIO} _download_item", f"Download attempt failed. Try {n}/{len(tries)}")
    if failure and tries:
        log.debug(f"{RUCIO} close", "closing protocol connection")
        log.error(f"{RUCIO} _download_item", f"Failed to download file {did}")
        log.warning(f"{RUCIO} _stage_in_api", "*** rucio API download client failed ***")
        log.warning(f"{RUCIO} _stage_in_api", "caught exception: None of the requested files have been downloaded.")
        log.debug(
            f"{RUCIO} handle_rucio_error",
            "reading stateReason from trace_report_out: "
            + str(
                [{"clientState": "FAILED", "protocol": scheme, "remoteSite": row["ddmsite"], "stateReason": failure["reason"]}]
            ),
        )
        log.info(f"{RUCIO} handle_rucio_error", f'rucio returned an error: "{failure["reason"]}"')
        return
    duration = max(1, size // stable((row["lfn"], "rate"), 20 * 10**6, 90 * 10**6))
    log.info(
        f"{RUCIO} _download_item",
        f"File {did} successfully downloaded. {size / 1e6:.3f} MB in {duration}.{stable(row['lfn'], 0, 99):02d} seconds ="
        f" {size / 1e6 / duration:.2f} MBps",
        duration,
    )
    log.info(f"{RUCIO} _stage_in_api", "*** rucio API download client finished ***")
    local = failure["checksum"] if failure else row["checksum"].split(":")[-1]
    log.info(
        "pilot.copytool.common verify_catalog_checksum",
        f"checksum (catalog): {row['checksum'].split(':')[-1]} (type: adler32)",
        0.6,
    )
    log.info("pilot.copytool.common verify_catalog_checksum", f"checksum (local): {local}")
    if failure:
        log.warning("pilot.copytool.common verify_catalog_checksum", failure["reason"])
    else:
        log.info("pilot.copytool.common verify_catalog_checksum", "catalog and local checksum values are the same")


def give_up(log: PilotLog, failure: dict[str, Any], row: dict[str, Any], mode: str) -> None:
    """The transfer's failure as the staging client and the control thread report it."""
    what = (
        failure.get("details")
        or f"{row['scope']}:{row['lfn']} {'from' if mode == 'stage-in' else 'to'} {row['ddmsite']}, {failure['brief']}"
    )
    text = f"error code: {failure['code']}, message: {failure['message']}\ndetails: {what}"
    log.warning(
        f"{API} transfer",
        "failed to transfer_files() using copytool=<module 'pilot.copytool.rucio' from"
        f" '{log.home}/pilot3/pilot/copytool/rucio.py'> .. skipped; error={text}",
    )
    details = f"[PilotException(\"{what}\")]:failed to transfer files using copytools=['rucio']"
    log.critical(f"{API} transfer", details)
    inward = mode == "stage-in"
    log.error(
        f"{DATA} {'_stage_in' if inward else '_do_stageout'}",
        _TRACEBACK.format(
            home=log.home, line=342 if inward else 1011, function="_stage_in" if inward else "_do_stageout",
            what="job.indata" if inward else "xdata",
            rest="=activity" if inward else "", code=failure["code"], message=failure["message"], details=details,
        ),
    )  # fmt: skip


@step
def stage_out(log: PilotLog, failure: dict[str, Any] | None = None) -> None:
    """Outputs go to storage. `failure`: {file: n, code, message, tries: [text], reason, brief, seconds}."""
    rows = log.of("output", "lib") if log.job["category"] != "build" else log.of("lib", "output")
    log.info(f"{DATA} _do_stageout", f"prepare to stage-out {len(rows)} output file(s)", 0.7)
    log.info(f"{DATA} _do_stageout", "stage-out will not be done in a container")
    endpoint = rows[0]["ddmsite"] if rows else "NONE"
    log.info(
        f"{API} prepare_destinations",
        f"[prepare_destinations][write_lan]: allowed (local) destinations: ['{endpoint}'], alt_exclude=[]",
    )
    log.info(
        f"{API} prepare_destinations",
        f"[prepare_destinations][write_lan]: resolved default destination: ddm={endpoint}, ddm_alt=None",
    )
    log.info(f"{API} transfer", "trying to use copytool=rucio for activity=['write_lan', 'w', 'default']")
    log.info(f"{API} transfer_files", f"ready to transfer (stage-out) files: {[row['lfn'] for row in rows]}")
    failed_at = int(failure["file"]) if failure else -1
    for n, row in enumerate(rows):
        upload(log, row, failure if n == failed_at else None)
        if n == failed_at:
            give_up(log, failure or {}, row, "stage-out")
            break
    log.info(f"{DATA} _do_stageout", "summary of transferred files:")
    for n, row in enumerate(rows):
        bad = failure and n >= failed_at
        state = ("failed" if n == failed_at else "(not transferred)") if bad else "transferred"
        log.info(
            f"{DATA} _do_stageout",
            f" -- lfn={row['lfn']}, status_code={failure['code'] if failure and n == failed_at else 0}, status={state}",
        )
    if failure:
        log.warning(f"{DATA} _stage_out_new", "transfer of output file(s) failed")


def upload(log: PilotLog, row: dict[str, Any], failure: dict[str, Any] | None) -> None:
    """One file to storage by rucio, or what went wrong."""
    limit = (failure or {}).get("limit") or min(400 + int(row["fsize"]) // 10**6, 10800)
    log.info(f"{RUCIO} copy_out", f"rucio copytool, uploading file with scope: {row['scope']} and lfn: {row['lfn']}", 0.2)
    log.info(f"{RUCIO} copy_out", f"the file will be uploaded to {row['ddmsite']}")
    log.info(f"{RUCIO} copy_out", f"overall transfer timeout={limit + 10} (stageout attempts: 1)")
    log.info(
        f"{RUCIO} _stage_out_api",
        f"rucio API stage-out dictionary: {{'path': '{log.workdir}/{row['lfn']}', 'rse': '{row['ddmsite']}', 'did_scope':"
        f" '{row['scope']}', 'no_register': True, 'transfer_timeout': {limit}, 'connection_timeout': 3600, 'guid':"
        f" '{row['guid']}'}}",
    )
    log.info(f"{RUCIO} _stage_out_api", "*** rucio API uploading file (taking over logging) ***")
    log.info(f"{RUCIO} _stage_out_api", "stage-out attempt 1/1")
    log.debug(f"{RUCIO} upload", "Num. of files that upload client is processing: 1", 0.2)
    log.debug(f"{RUCIO} upload", "Input validation done.")
    log.info(f"{RUCIO} upload", f"Preparing upload for file {row['lfn']}")
    log.debug(f"{RUCIO} upload", "wan domain is used for the upload")
    for text in (failure or {}).get("tries", []):
        scheme = text.split("|", 1)[0]
        log.info(f"{RUCIO} upload", f"Trying upload with {scheme} to {row['ddmsite']}")
        log.debug(f"{RUCIO} _upload_item", f"The PFN created from the LFN: {row['pfn']}")
        log.debug(f"{RUCIO} put", f"uploading file from {row['lfn']} to {row['pfn']}.rucio.upload")
        if failure and failure.get("raised"):
            break
        log.warning(f"{RUCIO} upload", "Upload attempt failed", (failure or {}).get("seconds", 60))
        log.info(
            f"{RUCIO} upload",
            f"Exception: {text.split('|', 1)[1]}\nTraceback (most recent call last):\n  File"
            f' "{log.home}/rucio/client/uploadclient.py", line 529, in upload\n    pfn ='
            " self._upload_item(rse_settings=rse_settings,\nrucio.common.exception.ServiceUnavailable:"
            f" {text.split('|', 1)[1]}",
        )
    if failure and failure.get("raised"):  # rucio never came back: the pilot's own timer ends the wait
        log.warning(f"{RUCIO} copy_out", f"Exception caught during stage-out: {failure['raised']}", failure["seconds"])
        log.debug(f"{RUCIO} handle_rucio_error", "no trace_report_out")
        log.info(f"{RUCIO} handle_rucio_error", f'rucio returned an error: "{failure["reason"]}"')
        return
    if failure:
        log.error(f"{RUCIO} upload", f"Failed to upload file {row['lfn']}")
        log.warning(f"{RUCIO} _stage_out_api", "*** rucio API upload client failed ***")
        log.warning(f"{RUCIO} _stage_out_api", "caught exception: None of the given files have been uploaded.")
        log.warning(
            f"{RUCIO} copy_out",
            "PilotException caught during stage-out: error code: 1300, message: An unknown pilot exception has"
            " occurred\ndetails: Rucio upload failed: None of the given files have been uploaded.",
        )
        log.info(f"{RUCIO} handle_rucio_error", f'rucio returned an error: "{failure["reason"]}"')
        return
    log.info(f"{RUCIO} upload", f"Trying upload with {row['pfn'].split(':')[0]} to {row['ddmsite']}")
    log.info(
        f"{RUCIO} _upload_item", f"Successful upload of temporary file. {row['pfn']}.rucio.upload", 4 + int(row["fsize"]) / 5e7
    )
    log.debug(f"{RUCIO} upload", "Upload done.")
    log.info(f"{RUCIO} upload", f"Successfully uploaded file {row['lfn']}")
    log.warning(f"{RUCIO} _stage_out_api", "*** rucio API upload client finished ***")
    checksum = row["checksum"].split(":")[-1]
    log.info(f"{RUCIO} copy_out", f"local checksum ({checksum}) = remote checksum ({checksum})", 0.3)
