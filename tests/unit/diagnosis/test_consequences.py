"""What only followed from a cause is not shown as one, and what a cause survived is not taken for it."""

from collections.abc import Callable

import pytest

from askpanda.diagnosis import diagnose
from askpanda.diagnosis.types import Verdict
from askpanda.schema.evidence import JobEvidence
from tests.unit.diagnosis.conftest import SmallCatalogue

Make = Callable[..., JobEvidence]
PAYLOAD = {"piloterrorcode": 1305, "transexitcode": "1", "piloterrordiag": "payload execution failed with 1"}


def verdict_of(job: JobEvidence) -> Verdict:
    verdict = diagnose(job, SmallCatalogue())
    assert verdict is not None
    return verdict


def first_lines(verdict: Verdict) -> list[tuple[str, int | None]]:
    return [(line.file, line.line) for line in verdict.diagnosis.evidence[:3] if line.line]


def test_a_command_that_is_not_found_because_cvmfs_is_gone_is_the_sites_problem(make_job: Make) -> None:
    output = (
        "=== start\n/bin/ls: cannot access '/cvmfs/atlas.cern.ch/repo': Transport endpoint is not connected\n"
        "sh: line 3: asetup: command not found\nsh: line 4: athena.py: command not found\n"
    )
    verdict = verdict_of(make_job(PAYLOAD, {"payload.stdout": output}))
    assert (verdict.diagnosis.party, verdict.diagnosis.transient) == ("site", True)
    assert first_lines(verdict) == [("payload.stdout", 2)]


def test_a_command_that_is_not_found_without_such_a_reason_stays_the_users(make_job: Make) -> None:
    verdict = verdict_of(make_job(PAYLOAD, {"payload.stdout": "=== start\nsh: line 3: runit: command not found\n"}))
    assert verdict.diagnosis.party == "user"
    assert first_lines(verdict) == [("payload.stdout", 2)]


def test_what_make_says_after_the_compiler_is_not_among_the_first(make_job: Make) -> None:
    output = "a.cc:66:12: error: expected ';'\nmake: *** [Makefile:9: a.o] Error 1\nERROR: CMT failed with status 2\n"
    assert first_lines(verdict_of(make_job(PAYLOAD, {"payload.stdout": output}))) == [("payload.stdout", 1)]


def test_make_alone_is_still_shown(make_job: Make) -> None:
    output = "=== start\nmake: *** No rule to make target 'all'.  Stop.\n"
    assert first_lines(verdict_of(make_job(PAYLOAD, {"payload.stdout": output}))) == [("payload.stdout", 2)]


@pytest.mark.parametrize(
    ("library", "party"), [("libMyTools.so.3", "user"), ("libssl.so.10", "site")], ids=["of the job", "of the system"]
)
def test_whose_library_is_missing_decides_whose_problem_it_is(make_job: Make, library: str, party: str) -> None:
    line = f"./analyse: error while loading shared libraries: {library}: cannot open shared object file: No such file"
    assert verdict_of(make_job(PAYLOAD, {"payload.stderr": line + "\n"})).diagnosis.party == party


def test_a_program_that_was_killed_did_not_end_by_what_it_caught_before(make_job: Make) -> None:
    trace = 'Traceback (most recent call last):\n  File "r.py", line 5, in read\n    step()\nValueError: not yet\n'
    output = trace + "going on\n" * 200 + "run.sh: line 8: 34408 Killed                  python train.py\n"
    verdict = verdict_of(make_job({**PAYLOAD, "transexitcode": "137"}, {"payload.stdout": output}))
    assert first_lines(verdict) == [("payload.stdout", 205)]


def test_output_that_a_container_script_passes_on_is_read_without_its_prefix(make_job: Make) -> None:
    output = (
        "INFO: Singularity command: singularity exec x\nINFO: reading\nWARNING: Traceback (most recent call last):\n"
        'WARNING:   File "/fit.py", line 2, in <module>\nWARNING:     a["x"]\nWARNING: KeyError: \'x\'\n'
        "ERROR: Container execution failed with errors. Error code: 1\n"
    )
    verdict = verdict_of(make_job(PAYLOAD, {"payload.stdout": output}))
    assert any(line.end == 6 for line in verdict.diagnosis.evidence[:1])
    assert "KeyError" in verdict.diagnosis.cause


def test_a_warning_of_geant_is_no_cause_and_its_fatal_exception_is(make_job: Make) -> None:
    warning = "*** G4Exception : GeomNav1002\nTrack stuck or not moving. *** This is just a warning message. ***\n"
    fatal = "*** G4Exception : GeomNav0003\n*** Fatal Exception *** core dump ***\n"
    quiet = verdict_of(make_job(PAYLOAD, {"payload.stdout": warning + "bye\n"}))
    assert first_lines(quiet) == [("payload.stdout", 3)]  # the end of the output, as nothing is known
    loud = verdict_of(make_job(PAYLOAD, {"payload.stdout": warning + fatal}))
    assert ("payload.stdout", 3) in first_lines(loud)


def test_data_servers_that_are_away_come_back_and_a_lost_file_does_not(make_job: Make) -> None:
    stamp = "2026-03-10 15:10:01,123 | WARNING  | pilot.copytool.xrdcp             | _stagefile                | "
    head = stamp + "Run: [ERROR] Server responded with an error: [3011] "
    record = {"piloterrorcode": 1099, "piloterrordiag": "Failed to stage-in file: copy failed"}
    away = verdict_of(make_job(record, {"pilotlog.txt": head + "No servers are available to read the file. (source)\n"}))
    lost = verdict_of(make_job(record, {"pilotlog.txt": head + "Unable to open file /a; No such file or directory (source)\n"}))
    assert (away.diagnosis.transient, lost.diagnosis.transient) == (True, False)


NOISE = "".join(f"event {number} of 900 done\n" for number in range(400))
NOT_INSTALLED = "ERROR: No matching distribution found for mplhep==0.3.59\n"
NO_MODULE = "Traceback (most recent call last):\nModuleNotFoundError: No module named '{}'\n"


def test_a_module_that_could_not_be_installed_is_missed_long_after_and_the_first_line_leads(make_job: Make) -> None:
    logs = {"payload.stdout": f"=== start\n{NOT_INSTALLED}{NOISE}", "payload.stderr": NO_MODULE.format("mplhep")}
    assert first_lines(verdict_of(make_job(PAYLOAD, logs))) == [("payload.stdout", 2)]


def test_an_installer_without_network_is_the_sites_problem(make_job: Make) -> None:
    unreachable = "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='x'): Max retries exceeded\n"
    logs = {"payload.stdout": f"=== start\n{unreachable}{NOISE}", "payload.stderr": NO_MODULE.format("mplhep")}
    verdict = verdict_of(make_job(PAYLOAD, logs))
    assert (verdict.diagnosis.party, verdict.diagnosis.transient) == ("site", True)
    assert first_lines(verdict) == [("payload.stdout", 2)]


@pytest.mark.parametrize(
    ("missed", "line"), [("tagger_v4.h5", ("payload.stdout", 2)), ("other.h5", ("payload.stderr", 2))], ids=["it", "another"]
)
def test_a_file_that_could_not_be_copied_explains_that_file_and_no_other(
    make_job: Make, missed: str, line: tuple[str, int]
) -> None:
    refused = "Run: [ERROR] Server responded with an error: [3010] Unable to open file /eos/x/tagger_v4.h5; Permission denied\n"
    error = f"Traceback (most recent call last):\nFileNotFoundError: [Errno 2] No such file or directory: '{missed}'\n"
    logs = {"payload.stdout": f"=== start\n{refused}{NOISE}", "payload.stderr": error}
    verdict = verdict_of(make_job(PAYLOAD, logs))
    assert (verdict.diagnosis.evidence[0].file, verdict.diagnosis.evidence[0].end) == line


def test_what_a_transform_quotes_of_its_sub_step_follows_from_it(make_job: Make) -> None:
    quote = 'PyJobTransforms.trfExe.validate ERROR Fatal error in athena logfile: "GeoTool FATAL no such volume"\n'
    log = "GeoTool              FATAL no such volume\nApplicationMgr       FATAL Failed to initialize: code 33\n"
    logs = {"payload.stdout": f"=== start\n{quote}", "log.EVNTtoHITS": log}
    assert first_lines(verdict_of(make_job(PAYLOAD, logs))) == [("log.EVNTtoHITS", 1)]
