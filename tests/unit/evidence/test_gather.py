"""Page, resources and logs become one evidence; other jobs' data and odd answers stay out, visibly."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askpanda.evidence import file_path, gather_job, job_path, listing_path
from askpanda.evidence.gather import split_record
from askpanda.schema.ask import LogText, PageContext, PageError, Resource

RECORD = {
    "job": {"pandaid": 5, "jobStatus": "failed", "PilotErrorCode": 1305, "harvesterInfo": {"workerid": 1}},
    "files": [{"LFN": "a"}],
}


def nothing(_: str) -> Path | None:
    return None


@pytest.mark.parametrize("record", [RECORD, RECORD["job"], {"job": RECORD["job"], "files": None}])
def test_a_whole_answer_and_a_bare_record_are_both_read(record: dict[str, Any]) -> None:
    evidence = gather_job(PageContext(job=record), {}, nothing)
    assert evidence.pandaid == 5
    assert evidence.job["jobstatus"] == "failed"
    assert evidence.job["piloterrorcode"] == 1305
    assert evidence.job["harvesterInfo"] == {"workerid": 1}


def test_a_fetched_record_stands_above_the_pages() -> None:
    page = PageContext(pandaid=5, job={"pandaid": 5, "jobstatus": "running"}, errors=[PageError(component="pilot", code=1)])
    evidence = gather_job(page, {job_path(5): Resource(status=200, json=RECORD)}, nothing)
    assert evidence.job["jobstatus"] == "failed"
    assert evidence.files == [{"lfn": "a"}]
    assert len(evidence.page_errors) == 1


def test_the_record_of_another_job_is_not_used_and_told() -> None:
    evidence = gather_job(PageContext(pandaid=6), {job_path(6): Resource(status=200, json=RECORD)}, nothing)
    assert evidence.job == {}
    assert "job 5" in evidence.notes[0]


def test_resources_of_other_jobs_are_left_alone() -> None:
    evidence = gather_job(PageContext(pandaid=6), {file_path(5, "pilotlog.txt"): Resource(status=200, text="x")}, nothing)
    assert evidence.logs == []


def test_a_page_instead_of_the_record_is_told() -> None:
    page = Resource(status=200, text="<!DOCTYPE html><html><body>Job 5 not found.</body></html>")
    evidence = gather_job(PageContext(pandaid=5), {job_path(5): page}, nothing)
    assert evidence.job == {}
    assert "not found" in evidence.notes[0]


def test_logs_come_from_resources_from_the_page_and_from_uploads(tmp_path: Path) -> None:
    path = tmp_path / "up"
    path.write_text("from upload\n")
    page = PageContext(
        pandaid=5, logs=[LogText(name="x/payload.stderr", text="page"), LogText(name="payload.stdout", upload="up")]
    )
    resources = {file_path(5, "pilotlog.txt"): Resource(status=200, text="resource")}
    logs = {log.name: log for log in gather_job(page, resources, lambda _: path).logs}
    assert (logs["pilotlog.txt"].data, logs["payload.stderr"].data, logs["payload.stdout"].path) == (b"resource", b"page", path)


def test_a_log_that_could_not_be_had_stays_with_its_reason_until_a_good_one_comes() -> None:
    resources = {file_path(5, "pilotlog.txt"): Resource(status=401)}
    refused = gather_job(PageContext(pandaid=5), resources, nothing)
    assert (refused.logs[0].state, refused.logs[0].data) == ("refused", None)
    assert "401" in refused.logs[0].note
    given_too = gather_job(PageContext(pandaid=5, logs=[LogText(name="pilotlog.txt", text="here")]), resources, nothing)
    assert [(log.name, log.state) for log in given_too.logs] == [("pilotlog.txt", "ok")]


def test_an_expired_upload_is_told() -> None:
    evidence = gather_job(PageContext(pandaid=5, logs=[LogText(name="pilotlog.txt", upload="gone")]), {}, nothing)
    assert evidence.logs[0].state == "expired"


def test_the_listing_is_kept_and_a_missing_log_is_told() -> None:
    listed = Resource(status=200, json={"error": "", "files": [{"name": "pilotlog.txt"}, 3]})
    assert gather_job(PageContext(pandaid=5), {listing_path(5): listed}, nothing).listing == [{"name": "pilotlog.txt"}]
    missing = gather_job(PageContext(pandaid=5), {listing_path(5): Resource(status=200, json={"error": "no log"})}, nothing)
    assert missing.listing is None
    assert "not registered" in missing.notes[0]


def test_the_pages_own_state_counts_where_no_record_could_be_had() -> None:
    evidence = gather_job(PageContext(pandaid=5, status="Failed", site="X"), {}, nothing)
    assert evidence.job == {"jobstatus": "failed", "computingsite": "X"}


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
RESOURCE = st.builds(
    Resource,
    status=st.none() | st.integers(-5, 700),
    json=VALUE,
    text=st.none() | st.text(max_size=60),
    upload=st.none() | st.text(max_size=10),
    error=st.none() | st.sampled_from(["timeout", "network", "blocked", "too_large"]),
)
PATH = st.sampled_from(
    [job_path(5), file_path(5, "a"), listing_path(5), "/jobstatuslog/5/?json", "/job?pandaid=x", "\x00"]
) | st.text(max_size=30)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        PageContext,
        pandaid=st.none() | st.just(5),
        job=st.none() | st.dictionaries(st.text(max_size=8) | st.sampled_from(["job", "files", "pandaid"]), VALUE, max_size=4),
        logs=st.lists(st.builds(LogText, name=st.text(max_size=12), text=st.none() | st.text(max_size=30)), max_size=2),
    ),
    st.dictionaries(PATH, RESOURCE, max_size=4),
)
def test_nothing_that_a_client_can_send_raises(context: PageContext, resources: dict[str, Resource]) -> None:
    evidence = gather_job(context, resources, nothing)
    for log in evidence.logs:
        assert (log.state == "ok") == ((log.data is None) != (log.path is None))


def test_a_transformation_that_the_monitor_made_a_link_of_is_its_name_again() -> None:
    link = "<a href='https://storage.example.org/containers/bash-c-enc'>bash-c-enc</a>"
    job, _ = split_record({"job": {"pandaid": 5, "transformation": link}, "files": []})
    assert job["transformation"] == "bash-c-enc"
    for odd in ("<a href='x'>", "Sim_tf.py", None, 7, "<a href='x'>a</a> and <b>"):
        assert split_record({"pandaid": 5, "transformation": odd})[0]["transformation"] == odd
