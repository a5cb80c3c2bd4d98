"""Whom to tell, what to send, and whether the attempt counts against the user."""

from collections.abc import Callable
from typing import Any

import pytest

from askpanda.diagnosis import diagnose
from askpanda.diagnosis.types import Advice
from askpanda.schema.evidence import JobEvidence
from tests.unit.diagnosis.conftest import SmallCatalogue

Make = Callable[..., JobEvidence]
USER = {"piloterrorcode": 1305, "transexitcode": "1"}
TRACE = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    t["x"]\nKeyError: \'x\'\n'


def advice_of(job: JobEvidence) -> Advice:
    verdict = diagnose(job, SmallCatalogue())
    assert verdict is not None
    return verdict.advice


@pytest.mark.parametrize(
    ("record", "logs", "to"),
    [
        (USER, {"payload.stdout": TRACE}, "user"),
        ({**USER, "transformation": "Reco_tf.py"}, {"payload.stdout": "12:00:00 MyAlg      FATAL no way out\n"}, "software"),
        (USER, {"payload.stdout": "OSError: [Errno 28] No space left on device\n"}, "site"),
        ({"piloterrorcode": 1324, "piloterrordiag": "Service not available at the moment: Invalid redirect URL"}, {}, "DDM"),
        ({"piloterrorcode": 1163, "piloterrordiag": "proxy has expired"}, {}, "PanDA operations"),
        ({"jobstatus": "closed", "taskbuffererrorcode": 100, "taskbuffererrordiag": "reassigned by JEDI"}, {}, ""),
        ({"jobstatus": "cancelled", "taskbuffererrorcode": 100, "taskbuffererrordiag": "killed by Ann"}, {}, ""),
    ],
)  # fmt: skip
def test_the_one_who_can_mend_it_is_told(make_job: Make, record: dict[str, Any], logs: dict[str, str], to: str) -> None:
    advice = advice_of(make_job(record, logs))
    assert advice.report_to == to
    assert bool(advice.report) is bool(to)


def test_the_text_carries_the_facts_and_the_line(make_job: Make) -> None:
    record = {
        **USER,
        "jeditaskid": 777,
        "wn": "node17.site.org",
        "attemptnr": 1,
        "maxattempt": 3,
        "starttime": "2026-03-10 12:00:00",
    }
    job = make_job(
        record, {"payload.stdout": "going\nOSError: [Errno 28] No space left on device\n"}, source="https://monitor.example.org"
    )
    text = advice_of(job).report
    for part in (
        "To: site", "6500000001", "SOME_SITE", "777", "node17.site.org", "1 of 3", "2026-03-10 12:00:00",
        "pilot 1305", "payload.stdout, line 2: OSError: [Errno 28] No space left on device",
        "https://monitor.example.org/job?pandaid=6500000001",
    ):  # fmt: skip
        assert part in text


def test_a_text_about_storage_names_file_and_storage(make_job: Make) -> None:
    diag = "Failed to stage-in file: mc15:EVNT.1._000029.pool.root.1 from RO-07-NIPNE_DATADISK, Invalid redirect URL"
    text = advice_of(make_job({"piloterrorcode": 1324, "piloterrordiag": diag})).report
    assert "Storage: RO-07-NIPNE_DATADISK" in text
    assert "File: mc15:EVNT.1._000029.pool.root.1" in text


def test_the_systems_own_error_does_not_count_and_the_users_does(make_job: Make) -> None:
    system = advice_of(
        make_job({"piloterrorcode": 1163, "piloterrordiag": "proxy has expired", "attemptnr": 1, "maxattempt": 3})
    )
    own = advice_of(make_job(USER, {"payload.stdout": TRACE}))
    site = advice_of(make_job(USER, {"payload.stdout": "OSError: [Errno 28] No space left on device\n"}))
    assert system.counts.startswith("No")
    assert "1 of 3" in system.counts
    assert own.counts.startswith("Yes")
    assert "not your fault" in site.counts


def test_a_job_that_was_ended_on_request_has_failed_nobody(make_job: Make) -> None:
    record = {"jobstatus": "cancelled", "taskbuffererrorcode": 100, "taskbuffererrordiag": "killed by Ann"}
    assert advice_of(make_job(record)).counts.startswith("No")


def test_a_hostile_record_makes_no_long_letter(make_job: Make) -> None:
    record = {**USER, "wn": "n" * 100_000, "piloterrordiag": "e" * 100_000, "batchid": ["x"], "starttime": {"a": 1}}
    assert len(advice_of(make_job(record)).report) < 6000


def test_what_the_batch_system_says_explains_a_silence_and_stands_in_the_message(make_job: Make) -> None:
    job = make_job({
        "piloterrorcode": None, "jobdispatchererrorcode": 100, "jobdispatchererrordiag": "lost heartbeat : 2026-03-10 13:00:00",
        "taskbuffererrorcode": 300, "maxpss": 4_400_000, "minramcount": 4000, "minramunit": "MB",
        "taskbuffererrordiag": "The worker was failed while the job was running : Job has gone over memory limit of 4000 MB",
    })  # fmt: skip
    verdict = diagnose(job, SmallCatalogue())
    assert verdict is not None
    assert (verdict.diagnosis.component, verdict.diagnosis.code) == ("jobdispatcher", 100)
    assert (verdict.diagnosis.party, verdict.diagnosis.retry.advice) == ("user", "no")
    assert "memory" in verdict.diagnosis.cause
    assert any("--memory 4800" in line for line in verdict.advice.recommendations)
    assert not any("retry" in line.lower() for line in verdict.advice.recommendations)
    assert "gone over memory limit of 4000 MB" in verdict.advice.report
