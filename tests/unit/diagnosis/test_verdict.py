"""From evidence to verdict: the line that proves it, whose problem, what a retry does; and nothing that was not found."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askpanda.diagnosis import diagnose, logs_wanted, read_record
from askpanda.diagnosis.types import Verdict
from askpanda.schema.evidence import JobEvidence, LogFile
from tests.unit.diagnosis.conftest import SmallCatalogue

Make = Callable[..., JobEvidence]
TRACEBACK = "Traceback (most recent call last):\n"
KEY_ERROR = TRACEBACK + '  File "ana.py", line 4, in <module>\n    x["pt"]\nKeyError: \'pt\'\n'
MODULE_ERROR = TRACEBACK + "  File \"a.py\", line 1, in f\n    import fast\nModuleNotFoundError: No module named 'fast'\n"
INDEX_ERROR = TRACEBACK + '  File "a.py", line 9, in g\n    t[1]\nIndexError: list index out of range\n'
STAGE_OUT_DIAG = (
    "File transfer timed out during stage-out: user.x:user.x.1.out.root to UKI-NORTHGRID-MAN-HEP-CEPH_DATADISK,"
    " copy command timed out: Timeout reached, timeout=310 seconds"
)
STAMP = "2026-03-10 15:10:0{},123 | {:<8} | {:<32} | {:<25} | {}"


def entry(second: int, level: str, logger: str, function: str, message: str) -> str:
    return STAMP.format(second, level, logger, function, message)


def verdict_of(job: JobEvidence) -> Verdict:
    verdict = diagnose(job, SmallCatalogue())
    assert verdict is not None
    return verdict


PROOT = {
    "piloterrorcode": 1305,
    "exeerrorcode": 2002,
    "transexitcode": "223",
    "piloterrordiag": "payload execution failed with 223",
}


def test_without_a_log_the_cause_names_what_the_payloads_exit_code_means(make_job: Make) -> None:
    verdict = verdict_of(make_job(PROOT))
    assert "Input files cannot be opened" in verdict.diagnosis.cause
    assert "223" in verdict.diagnosis.cause
    assert any("payload.stdout" in note and "payload.stderr" in note for note in verdict.notes)


def test_a_payload_failure_is_looked_for_in_the_payloads_output(make_job: Make, catalogue: SmallCatalogue) -> None:
    record = read_record(make_job(PROOT), catalogue)
    assert record is not None
    assert logs_wanted(record)[:2] == ["payload.stdout", "payload.stderr"]


@pytest.mark.parametrize(
    "record", [{"jobdispatchererrorcode": 100}, {"taskbuffererrorcode": 100}, {"superrorcode": 4215}, {"jobstatus": "closed"}]
)
def test_no_log_is_asked_for_where_none_was_made(make_job: Make, catalogue: SmallCatalogue, record: dict[str, Any]) -> None:
    found = read_record(make_job(record), catalogue)
    assert found is not None
    assert logs_wanted(found) == []
    assert any("server's side" in note for note in verdict_of(make_job(record)).notes)


def test_a_missing_input_at_the_storage_is_not_the_users_problem(make_job: Make) -> None:
    output = (
        "=== start\nopening files\nError in <TNetXNGFile::Open>: [ERROR] Server responded with an error: [3011] No such file\n"
    )
    verdict = verdict_of(make_job({"piloterrorcode": 1305, "transexitcode": "1"}, {"payload.stdout": output}))
    assert verdict.diagnosis.party == "ddm"
    assert verdict.diagnosis.evidence[0].line == 3


def test_a_traceback_in_the_users_code_is_the_users_problem(make_job: Make) -> None:
    output = "start\n" + KEY_ERROR + "ERROR: payload execution failed with 1\n"
    verdict = verdict_of(make_job({"piloterrorcode": 1305, "exeerrorcode": 5318}, {"payload.stdout": output}))
    first = verdict.diagnosis.evidence[0]
    assert (verdict.diagnosis.party, first.file, first.line, first.end) == ("user", "payload.stdout", 3, 5)
    assert first.text.endswith("KeyError: 'pt'")
    assert verdict.diagnosis.retry.advice == "no"


def test_an_exception_that_was_survived_is_not_the_cause(make_job: Make) -> None:
    survived = MODULE_ERROR + "using the slow way\n"
    fatal = INDEX_ERROR
    output = survived + "event\n" * 100 + fatal
    verdict = verdict_of(make_job({"piloterrorcode": 1305}, {"payload.stdout": output}))
    assert "IndexError" in verdict.diagnosis.evidence[0].text
    assert not any("fast" in item.text for item in verdict.diagnosis.evidence[:3])


def test_a_library_missing_at_the_site_is_the_sites_problem(make_job: Make) -> None:
    output = (
        "./run: error while loading shared libraries: libGLU.so.1: cannot open shared object file: No such file or directory\n"
    )
    verdict = verdict_of(make_job({"piloterrorcode": 1305, "transexitcode": "127"}, {"payload.stderr": output}))
    assert verdict.diagnosis.party == "site"
    assert "libGLU.so.1" in verdict.diagnosis.cause


def test_the_kill_is_the_cause_and_the_exit_code_after_it_is_not(make_job: Make) -> None:
    log = "\n".join([
        entry(1, "WARNING", "pilot.user.atlas.memory", "memory_usage",
              "job has exceeded the memory limit 4300000 kB > 4096000 kB (subresource=SCORE, corecount=1)"),
        entry(2, "WARNING", "pilot.control.payload", "perform_initial_payload_error_analysis",
              "main payload execution returned non-zero exit code: -9"),
        entry(3, "WARNING", "pilot.control.data", "copytool_out", "stage-out failed"),
    ])  # fmt: skip
    verdict = verdict_of(make_job({"piloterrorcode": 1235, "maxpss": 4300000, "minramcount": 4000}, {"pilotlog.txt": log}))
    assert verdict.diagnosis.evidence[0].line == 1
    assert "4199 MB" in verdict.diagnosis.cause
    assert "4000 MB" in verdict.diagnosis.cause
    shown = [item.text for item in verdict.diagnosis.evidence[:3]]
    assert not any("non-zero exit code" in text or "stage-out failed" in text for text in shown)
    assert any("--memory 4700" in line for line in verdict.advice.recommendations)


def test_a_transfer_that_healed_is_not_evidence(make_job: Make) -> None:
    log = "\n".join([
        entry(1, "INFO", "pilot.control.data", "_stage_in", "prepared sources - will now transfer files"),
        entry(2, "WARNING", "pilot.copytool.rucio", "copy_in", "exception caught during stage-in: timeout=300 seconds"),
        entry(3, "INFO", "pilot.control.data", "_stage_in", "stage-in finished"),
        entry(4, "INFO", "pilot.control.payload", "execute_payloads", "will use payload executor: <generic>"),
        entry(5, "CRITICAL", "pilot.util.loopingjob", "kill", "pilot has decided to kill looping job 6500000001 at x"),
    ])  # fmt: skip
    verdict = verdict_of(make_job({"piloterrorcode": 1150}, {"pilotlog.txt": log}))
    assert not any("stage-in" in item.text for item in verdict.diagnosis.evidence)


def test_trouble_with_one_file_stands_although_another_file_came_through(make_job: Make) -> None:
    log = "\n".join([
        entry(1, "INFO", "pilot.control.data", "_stage_in", "prepared sources - will now transfer files"),
        entry(2, "INFO", "pilot.copytool.rucio", "x", "File mc:EVNT.1.root successfully downloaded. 1 MB in 1 seconds"),
        entry(3, "WARNING", "pilot.copytool.common", "verify_catalog_checksum",
              "checksum verification failed for LFN=EVNT.2.root: checksum (catalog)=aa != checksum (local)=bb"),
        entry(4, "INFO", "pilot.control.data", "_stage_in", " -- lfn=EVNT.1.root, status_code=0, status=transferred"),
        entry(5, "INFO", "pilot.control.data", "_stage_in", "stage-in failed"),
    ])  # fmt: skip
    verdict = verdict_of(make_job({"piloterrorcode": 1171}, {"pilotlog.txt": log}))
    assert verdict.diagnosis.evidence[0].line == 3


def test_the_time_out_of_a_stage_out_names_place_time_and_that_the_payload_had_succeeded(make_job: Make) -> None:
    diag = STAGE_OUT_DIAG
    record = {"piloterrorcode": 1152, "piloterrordiag": diag, "transexitcode": "0", "attemptnr": 1, "maxattempt": 3}
    diagnosis = verdict_of(make_job(record)).diagnosis
    for part in ("UKI-NORTHGRID-MAN-HEP-CEPH_DATADISK", "310 s", "payload itself had succeeded"):
        assert part in diagnosis.cause
    assert (diagnosis.retry.actor, diagnosis.retry.attempt, diagnosis.retry.max_attempts) == ("automatic", 1, 3)
    assert "2 left" in diagnosis.retry.reason
    assert diagnosis.party == "ddm"


def test_used_up_attempts_leave_the_retry_to_the_user(make_job: Make) -> None:
    retry = verdict_of(make_job({"piloterrorcode": 1099, "attemptnr": 3, "maxattempt": 3})).diagnosis.retry
    assert retry.actor == "user"
    assert "3 of 3" in retry.reason


def test_a_signal_yields_to_the_reason_of_the_batch_system(make_job: Make) -> None:
    log = entry(1, "WARNING", "pilot.workflow.generic", "interrupt", "caught signal: SIGTERM in FRAME=")
    record = {
        "piloterrorcode": 1201,
        "superrorcode": 5530,
        "superrordiag": "Diag from worker : Error from slot1: Job has gone over cgroup memory limit of 4096 megabytes.",
    }
    diagnosis = verdict_of(make_job(record, {"pilotlog.txt": log})).diagnosis
    assert "memory" in diagnosis.cause
    assert (diagnosis.component, diagnosis.code) == ("pilot", 1201)
    assert [item.field or item.line for item in diagnosis.evidence[:2]] == ["superrordiag", 1]


@pytest.mark.parametrize(
    ("diag", "party", "actor"),
    [
        ("killed by Ann Panda", "user", "user"),
        ("reassigned by JEDI", "system", "automatic"),
        ("killed since task is (almost) done", "system", "none"),
    ],
)  # fmt: skip
def test_a_server_kill_is_told_by_its_text(make_job: Make, diag: str, party: str, actor: str) -> None:
    status = "closed" if "JEDI" in diag else "cancelled"
    diagnosis = verdict_of(make_job({"jobstatus": status, "taskbuffererrorcode": 100, "taskbuffererrordiag": diag})).diagnosis
    assert (diagnosis.outcome, diagnosis.party, diagnosis.retry.actor) == (status, party, actor)
    assert diagnosis.evidence[0].field == "taskbuffererrordiag"
    assert diagnosis.evidence[0].file == "job.json"


def test_a_log_of_another_job_is_said_and_not_used(make_job: Make) -> None:
    log = entry(1, "INFO", "pilot.control.job", "retrieve", "processing PanDA job 6599999999 from task 1") + "\n"
    log += entry(
        2, "CRITICAL", "pilot.util.loopingjob", "kill_looping_job", "pilot has decided to kill looping job 6599999999 at x"
    )
    verdict = verdict_of(make_job({"piloterrorcode": 1150}, {"pilotlog.txt": log}))
    assert any("6599999999" in note and "not used" in note for note in verdict.notes)
    assert not any(item.file == "pilotlog.txt" for item in verdict.diagnosis.evidence)


def test_without_any_mark_no_cause_is_invented(make_job: Make) -> None:
    verdict = verdict_of(
        make_job(
            {"piloterrorcode": 1305, "piloterrordiag": "Failed to execute payload"},
            {"payload.stdout": "all is well\n" * 40 + "the moon stood wrong\n\n"},
        )
    )
    assert verdict.diagnosis.confidence == "low"
    assert any("No decisive line found" in note for note in verdict.notes)
    assert "moon" not in verdict.diagnosis.cause
    assert verdict.diagnosis.evidence[0].file == "job.json"
    end = verdict.diagnosis.evidence[1]
    assert (end.file, end.line, end.end) == ("payload.stdout", 38, 41)
    assert end.text.endswith("all is well\nthe moon stood wrong")


def test_the_end_of_a_log_that_tells_nothing_stands_before_the_scripts_own_ending(make_job: Make) -> None:
    output = "working\n" * 300 + "quietly giving in\nERROR: payload execution failed with 3\n" + "=== ls in run dir\n" * 3
    diagnosis = verdict_of(make_job({"piloterrorcode": 1305}, {"payload.stdout": output})).diagnosis
    end = next(item for item in diagnosis.evidence if item.file == "payload.stdout")
    assert (end.line, end.end) == (298, 301)
    assert end.text.endswith("quietly giving in")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_log_in_another_encoding_is_read_with_its_own_line_numbers(make_job: Make, codec: str) -> None:
    output = "step Ċ one\n" * 30 + "KeyError: 'pt'\n"
    job = make_job({"piloterrorcode": 1305})
    job.logs.append(LogFile("payload.stdout", data=output.encode(codec)))
    line = verdict_of(job).diagnosis.evidence[0]
    assert (line.file, line.end, line.text) == ("payload.stdout", 31, "KeyError: 'pt'")


def test_an_unknown_programs_last_error_is_shown_with_low_confidence(make_job: Make) -> None:
    output = "step 1\n" * 300 + "quux-engine: ERROR: no solution for region SR7\nbye\n"
    diagnosis = verdict_of(make_job({"piloterrorcode": 1305}, {"payload.stdout": output})).diagnosis
    assert diagnosis.evidence[0].line == 301
    assert "SR7" in diagnosis.cause
    assert diagnosis.confidence == "low"


def test_logs_that_could_not_be_had_are_told(make_job: Make) -> None:
    job = make_job({"piloterrorcode": 1305})
    job.logs.append(LogFile("payload.stdout", "refused", note="The monitor refused payload.stdout (401)."))
    assert "The monitor refused payload.stdout (401)." in verdict_of(job).notes


def test_the_same_cause_has_the_same_signature_and_another_has_not(make_job: Make) -> None:
    def signature(line: str, **record: Any) -> str:
        return verdict_of(make_job({"piloterrorcode": 1305, **record}, {"payload.stdout": line + "\n"})).diagnosis.signature

    first = signature("quux ERROR: cannot read /data/a1/b2/file_000123.root at 0x7f3a for 12345")
    second = signature("quux ERROR: cannot read /other/c3/file_000999.root at 0x8888 for 777", computingsite="ELSEWHERE")
    assert first == second
    assert first != signature("quux ERROR: region is empty")


def test_every_number_of_the_cause_stands_in_the_evidence(make_job: Make) -> None:
    import re

    diag = "job has exceeded the memory limit 5127336 kB > 4096000 kB (subresource=SCORE, corecount=1)"
    cause = verdict_of(make_job({"piloterrorcode": 1235, "piloterrordiag": diag})).diagnosis.cause
    assert sorted(re.findall(r"\d+", cause)) == ["4000", "5007"]  # 4096000 and 5127336 kB in MB


def test_a_finished_job_has_no_verdict(make_job: Make, catalogue: SmallCatalogue) -> None:
    assert diagnose(make_job({"jobstatus": "finished"}), catalogue) is None


ALARMING = [b"ERROR x", b"Traceback (most recent call last):", b"KeyError: 'x'", b"Killed"]
RECORDS: list[dict[str, Any]] = [
    {},
    {"piloterrorcode": 1305},
    {"piloterrorcode": "1099", "attemptnr": -1, "maxattempt": "x"},
    {"transexitcode": 65},
    {"files": 3},
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(st.binary(max_size=80), st.sampled_from(ALARMING)), max_size=40),
    st.sampled_from(["payload.stdout", "pilotlog.txt", "setup.stderr", "jobReport.json", "../../etc/passwd", "", "x" * 300]),
    st.sampled_from(RECORDS),
)  # fmt: skip
def test_any_log_and_any_record_give_a_verdict_with_true_lines(lines: list[bytes], name: str, record: dict[str, Any]) -> None:
    data = b"\n".join(lines)
    job = JobEvidence(pandaid=1, job={"jobstatus": "failed", **record}, logs=[LogFile(name, data=data)])
    verdict = verdict_of(job)
    for item in verdict.diagnosis.evidence:
        if item.line is not None:
            assert 1 <= item.line <= (item.end or 0) <= data.count(b"\n") + 1
            assert item.window is not None
            assert item.window.start <= item.line


def test_truncated_and_repeated_logs_do_not_raise(make_job: Make) -> None:
    text = entry(1, "CRITICAL", "pilot.api.data", "transfer", "failed to transfer files using copytools=['rucio']") + "\n"
    for cut in range(0, len(text), 13):
        verdict_of(make_job({"piloterrorcode": 1099}, {"pilotlog.txt": text[:cut]}))
    verdict_of(make_job({"piloterrorcode": 1099}, {"pilotlog.txt": text * 3000}))


def test_advice_is_filled_from_an_entry_with_only_the_short_fields(make_job: Make) -> None:
    advice = verdict_of(make_job({"piloterrorcode": 1235, "maxpss": 5000000, "jeditaskid": 7})).advice
    assert advice.problem
    assert advice.causes
    assert advice.recommendations
    assert advice.analysis
    assert advice.steps
    assert advice.scenarios
    assert not any("{" in line for line in [*advice.recommendations, *advice.steps, *advice.scenarios])


def test_what_a_program_went_on_for_long_after_is_not_shown_beside_its_end(make_job: Make) -> None:
    output = (
        "/bin/sh: line 1: module: command not found\n" + "event\n" * 700 + "[12:00:00] [error] fit: no minimum in region SR1\n"
    )
    shown = verdict_of(make_job({"piloterrorcode": 1305}, {"payload.stdout": output})).diagnosis.evidence[:3]
    assert shown[0].line == 702
    assert not any("module" in item.text for item in shown)


def test_the_same_line_at_the_end_of_the_output_is_the_cause(make_job: Make) -> None:
    output = "event\n" * 700 + "/bin/sh: line 1: module: command not found\n"
    verdict = verdict_of(make_job({"piloterrorcode": 1305}, {"payload.stdout": output}))
    assert verdict.diagnosis.evidence[0].line == 701
    assert "module" in verdict.diagnosis.cause


def test_a_line_that_carries_anothers_words_is_explained_by_the_rule_that_knows_them(make_job: Make) -> None:
    log = entry(
        1, "INFO", "pilot.copytool.rucio", "handle_rucio_error", 'rucio returned an error: "davix: Network is unreachable"'
    )
    diagnosis = verdict_of(make_job({"piloterrorcode": 1099}, {"pilotlog.txt": log})).diagnosis
    assert diagnosis.party == "site"
    assert diagnosis.signature == "pilot:1099/network-unreachable"


def test_a_line_that_no_rule_knows_is_found_by_the_records_own_words(make_job: Make) -> None:
    words = "the flux capacitor of queue X gave 88 instead of 121"
    log = "\n".join([
        entry(1, "INFO", "pilot.util.x", "f", "all is well"), entry(2, "INFO", "pilot.util.flux", "check", words),
        entry(3, "CRITICAL", "pilot.util.x", "f", "something else"),
    ])  # fmt: skip
    record = {"piloterrorcode": 1099, "piloterrordiag": f"Failed to stage-in file:{words}"}
    assert verdict_of(make_job(record, {"pilotlog.txt": log})).diagnosis.evidence[0].line == 2


def test_the_closing_words_of_a_transform_are_no_cause(make_job: Make) -> None:
    output = (
        "12:00:01 IOVDbSvc                              FATAL dbConnection is not active\n"
        "PyJobTransforms.transform.execute 2026-03-10 12:00:02 CRITICAL Transform executor raised "
        "TransformExecutionException: Non-zero return code from RAWtoALL (65)\n"
    )
    assert verdict_of(make_job({"piloterrorcode": 1305}, {"payload.stdout": output})).diagnosis.evidence[0].line == 1


def test_harmless_notes_in_a_diag_are_no_evidence(make_job: Make) -> None:
    diag = "Remote file open timed out:WARNING: skipping default mount /etc/localtime: file not found in image"
    evidence = verdict_of(make_job({"piloterrorcode": 1368, "piloterrordiag": diag})).diagnosis.evidence
    assert [item.text for item in evidence] == ["Remote file open timed out"]
