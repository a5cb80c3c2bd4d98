"""JSON reports are read for what they say; nothing in them can break a verdict."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askpanda.diagnosis import diagnose, logs_wanted, read_record
from askpanda.diagnosis.reports import LIMIT, read_report
from askpanda.diagnosis.scan import Reading, Source
from askpanda.schema.evidence import JobEvidence, LogFile
from tests.unit.diagnosis.conftest import SmallCatalogue

Make = Callable[..., JobEvidence]
FAILED = {"piloterrorcode": 1305, "transexitcode": "65", "transformation": "Derivation_tf.py"}


def job_report(fatal: list[str], error: list[str] = [], message: str = "Non-zero return code") -> dict[str, Any]:  # noqa: B006
    details = {
        "FATAL": [{"count": 2, "firstLine": 7, "message": text} for text in fatal],
        "ERROR": [{"count": 1, "firstLine": 9, "message": text} for text in error],
    }
    step = {"name": "Derivation", "rc": 65, "logfileReport": {"countSummary": {"FATAL": 0}, "details": details}}
    return {"exitCode": 65, "exitAcronym": "TRF_EXEC_FAIL", "exitMsg": message, "executor": [step, {"name": "Merge", "rc": 0}]}


def reading(value: Any, indent: int | None = 2) -> Reading:
    data = (value if isinstance(value, bytes) else json.dumps(value, indent=indent).encode()) + b"\n"
    return Reading("jobReport.json", "report", Source(data=data), size=len(data))


def test_a_fatal_message_of_the_job_report_is_shown_with_its_line_in_the_file(make_job: Make) -> None:
    report = job_report(["AlgA FATAL the menu has no such chain"])
    text = json.dumps(report, indent=2)
    verdict = diagnose(make_job(FAILED, {"jobReport.json": text}), SmallCatalogue())
    assert verdict is not None
    first = verdict.diagnosis.evidence[0]
    assert first.file == "jobReport.json"
    assert first.line is not None
    assert "no such chain" in text.split("\n")[first.line - 1]
    assert "Derivation (65)" in verdict.advice.analysis
    assert "Merge" not in verdict.advice.analysis


def test_a_rule_that_knows_the_words_decides_whose_problem_it_is(make_job: Make) -> None:
    text = json.dumps(
        job_report(["Error in <TFile::ReadBuffer>: error reading all requested bytes from file AOD.1.root, got 0"])
    )
    verdict = diagnose(make_job(FAILED, {"jobReport.json": text}), SmallCatalogue())
    assert verdict is not None
    assert verdict.diagnosis.party == "ddm"


def test_the_log_comes_before_the_report_that_repeats_it(make_job: Make) -> None:
    words = "MyAlg                 FATAL the menu has no such chain"
    logs = {"log.Derivation": f"12:00:00 {words}\n", "jobReport.json": json.dumps(job_report([words]), indent=2)}
    verdict = diagnose(make_job(FAILED, logs), SmallCatalogue())
    assert verdict is not None
    assert verdict.diagnosis.evidence[0].file == "log.Derivation"
    assert all(line.file != "jobReport.json" for line in verdict.diagnosis.evidence[:1])


def test_counts_of_nothing_are_not_errors(make_job: Make) -> None:
    report = {
        "exitCode": 0,
        "exitMsg": "OK",
        "executor": [{"name": "x", "rc": 0, "logfileReport": {"countSummary": {"FATAL": 0}}}],
    }
    verdict = diagnose(make_job(FAILED, {"jobReport.json": json.dumps(report, indent=2)}), SmallCatalogue())
    assert verdict is not None
    assert all(line.file == "job.json" for line in verdict.diagnosis.evidence)


def test_a_script_report_that_only_repeats_the_exit_code_is_no_evidence(make_job: Make) -> None:
    text = json.dumps({"error_code": 5318, "error_diag": "payload execution failed with 1"})
    verdict = diagnose(make_job({"piloterrorcode": 1305}, {"payload_error_report.json": text}), SmallCatalogue())
    assert verdict is not None
    assert all(line.file == "job.json" for line in verdict.diagnosis.evidence)


def test_the_measured_peak_fills_a_record_that_never_got_one(make_job: Make) -> None:
    logs = {
        "pilotlog.txt": "2026-03-10 15:10:01,123 | WARNING  | pilot.util.monitoring            | x                         |"
        " Memory cgroup out of memory: Killed process 12 (python) total-vm:9kB\n",
        "memory_monitor_summary.json": json.dumps({"Max": {"pss": 5242880, "rss": 6000000}}, indent=1),
    }
    verdict = diagnose(make_job({"piloterrorcode": 1235, "minramcount": 4000}, logs), SmallCatalogue())
    assert verdict is not None
    assert "5120 MB" in verdict.advice.analysis
    shown = [line for line in verdict.diagnosis.evidence if line.file == "memory_monitor_summary.json"]
    assert [line.line for line in shown] == [3]


def test_a_transform_that_failed_names_its_report_and_the_logs_of_its_steps(make_job: Make, catalogue: SmallCatalogue) -> None:
    named = read_record(make_job({**FAILED, "piloterrordiag": "Logfile error in log.Derivation: x"}), catalogue)
    unnamed = read_record(make_job(FAILED), catalogue)
    of_user = read_record(make_job({**FAILED, "transformation": "https://x/runGen-00-00-02"}), catalogue)
    assert named is not None
    assert unnamed is not None
    assert of_user is not None
    assert logs_wanted(named)[:4] == ["payload.stdout", "payload.stderr", "log.Derivation", "jobReport.json"]
    assert "log.*" in logs_wanted(unnamed)
    assert not any("jobReport" in name or "*" in name for name in logs_wanted(of_user))


@pytest.mark.parametrize(
    "data",
    [b"", b"[1, 2]", b"{", b'{"executor": 3, "Max": [], "exitCode": "x", "exitMsg": 7}', b"[" * 100_000, b'{"a": ' * 50_000],
    ids=["empty", "list", "cut", "wrong types", "deep", "deeper"],
)
def test_odd_reports_say_nothing_and_break_nothing(data: bytes, make_job: Make) -> None:
    found = read_report(reading(data))
    assert found is None or not found.messages
    assert diagnose(make_job(FAILED, {"jobReport.json": data or b" "}), SmallCatalogue()) is not None


def test_a_report_that_is_too_large_is_not_parsed() -> None:
    whole = reading({"exitCode": 65, "exitMsg": "something went wrong"})
    assert read_report(whole) is not None
    assert read_report(Reading(whole.name, "report", whole.source, size=LIMIT + 1)) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["executor", "exitMsg", "exitCode", "Max", "pss", "logfileReport", "details", "FATAL",
                                       "message", "count", "rc", "name", "error_diag", "maxPSS"]), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["executor", "exitMsg", "exitCode", "Max", "error_diag"]), JSON), st.booleans())
def test_no_report_makes_a_verdict_fail_or_a_line_number_wrong(value: dict[str, Any], pretty: bool) -> None:
    given_report = reading(value, 2 if pretty else None)
    found = read_report(given_report)
    lines = (given_report.source.data or b"").count(b"\n")
    assert found is None or all(1 <= message.line <= lines for message in found.messages)
    job = JobEvidence(pandaid=1, job={"jobstatus": "failed", **FAILED})
    job.logs.append(LogFile("jobReport.json", data=given_report.source.data))
    assert diagnose(job, SmallCatalogue()) is not None
