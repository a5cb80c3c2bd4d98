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
