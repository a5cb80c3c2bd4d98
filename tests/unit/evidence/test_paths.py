"""The list of paths: what is built is read back, what is not on the list is not read, nothing is asked for twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.evidence.paths import (
    Asked,
    base_name,
    file_path,
    job_path,
    listing_path,
    media_path,
    parse,
    request,
    states_path,
    task_path,
    wanted,
)
from askpanda.schema.evidence import JobEvidence, LogFile

RECORD, PILOT = "/job?pandaid=5&json", "/filebrowser/?pandaid=5&json&filename=pilotlog.txt"


def test_what_is_built_is_read_back() -> None:
    assert parse(job_path(5)) == Asked("job", 5)
    assert parse(task_path(6)) == Asked("task", 6)
    assert parse(listing_path(5)) == Asked("listing", 5)
    assert parse(states_path(5)) == Asked("states", 5)
    assert parse(file_path(5, "payload.stdout")) == Asked("file", 5, "payload.stdout")
    assert (job_path(5), file_path(5, "pilotlog.txt")) == (RECORD, PILOT)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("https://bigpanda.cern.ch/job/5/?json", Asked("job", 5)),
        ("/job/5?json&timestamp=12:00:00", Asked("job", 5)),
        ("/job/?pandaid=5", Asked("job", 5)),
        ("/task//7/", Asked("task", 7)),
        ("/task?jeditaskid=7&json", Asked("task", 7)),
        ("/filebrowser/?json&filename=payload.stdout&pandaid=5", Asked("file", 5, "payload.stdout")),
        ("//media/filebrowser/tarball_PandaJob_5_X/pilotlog.txt", Asked("media", None, "pilotlog.txt")),
        ("/errors/?jeditaskid=7&json", Asked("errors", 7)),
    ],
)
def test_the_monitors_own_forms_are_known(path: str, asked: Asked) -> None:
    assert parse(path) == asked


@pytest.mark.parametrize(
    "path",
    ["", "/", "/job", "/job?pandaid=abc", "/job?pandaid=5x", "/admin/", "/login/", "/media/../etc/passwd", "/job/5/../../admin",
     "/media/filebrowser/%2e%2e/%2e%2e/x", "/jobs/evil/path", "file:///etc/passwd", "/job?pandaid=-5", "http://[", "/x" * 2000],
)  # fmt: skip
def test_other_paths_are_not_on_the_list(path: str) -> None:
    assert parse(path) is None


@pytest.mark.parametrize(
    ("name", "base"),
    [("a/b/pilotlog.txt", "pilotlog.txt"), ("..", "log"), ("", "log"), ("x y?&#.log", "x_y___.log"), ("a\\b\\c.txt", "c.txt")],
)
def test_a_log_name_is_a_plain_base_name(name: str, base: str) -> None:
    assert base_name(name) == base


@given(st.text(max_size=200))
def test_any_name_makes_a_path_that_is_on_the_list(name: str) -> None:
    asked = parse(file_path(5, name))
    assert asked is not None
    assert asked == Asked("file", 5, base_name(name))


@given(st.text(max_size=200))
def test_any_text_is_parsed_without_raising(path: str) -> None:
    parse(path)


def test_the_record_is_asked_for_first_and_logs_as_text() -> None:
    requests = wanted(JobEvidence(pandaid=5), ["pilotlog.txt"])
    assert [(item.path, item.as_) for item in requests] == [(RECORD, "json"), (PILOT, "text")]
    assert request(RECORD).model_dump(by_alias=True) == {"path": RECORD, "as": "json"}


def test_nothing_is_asked_for_twice_whatever_came_back() -> None:
    held = JobEvidence(pandaid=5, job={"jobstatus": "failed"}, logs=[LogFile("pilotlog.txt", "refused")])
    assert wanted(held, ["pilotlog.txt"]) == []
    assert wanted(JobEvidence(pandaid=5), ["pilotlog.txt"], answered=["/job/5/?json", PILOT]) == []
    assert wanted(JobEvidence(pandaid=5), [], answered=["/job/6/?json"]) != []


def test_a_log_that_is_not_listed_is_not_asked_for() -> None:
    job = JobEvidence(pandaid=5, job={"jobstatus": "failed"}, listing=[{"name": "pilotlog.txt"}])
    assert [item.path for item in wanted(job, ["payload.stdout", "pilotlog.txt"])] == [PILOT]


def test_without_a_job_nothing_is_asked_for() -> None:
    assert wanted(JobEvidence(), ["pilotlog.txt"]) == []


def test_a_pattern_asks_for_the_list_first_and_then_for_what_it_names() -> None:
    evidence = JobEvidence(pandaid=5, job={"pandaid": 5})
    assert [one.path for one in wanted(evidence, ["log.*"])] == [listing_path(5)]
    evidence.listing = [{"name": "log.RAWtoALL"}, {"name": "log.tgz"}, {"name": "pilotlog.txt"}]
    assert [one.path for one in wanted(evidence, ["log.*"])] == [file_path(5, "log.RAWtoALL")]


def test_a_list_that_could_not_be_had_is_not_asked_for_again() -> None:
    assert wanted(JobEvidence(pandaid=5, job={"pandaid": 5}), ["log.*"], [listing_path(5)]) == []


@pytest.mark.parametrize(
    ("linked", "read"),
    [
        (
            "/media/filebrowser/Q/PandaJob_1//opt/media/filebrowser/Q/PandaJob_1/a.txt",
            "/media/filebrowser/Q/PandaJob_1/a.txt",
        ),
        ("/media/filebrowser/u-1/panda/tarball_1/a.txt", "/media/filebrowser/u-1/panda/tarball_1/a.txt"),
        ("/job/1/media/filebrowser/a.txt", "/job/1/media/filebrowser/a.txt"),
    ],
)
def test_the_monitors_own_disk_is_cut_out_of_a_logs_path(linked: str, read: str) -> None:
    assert media_path(linked) == read
