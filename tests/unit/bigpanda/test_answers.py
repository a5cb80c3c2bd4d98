"""Data answers, redirects, the file browser, and odd answers."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bigpanda import modes, running_monitor
from tests.unit.bigpanda.conftest import Reader

JOB = "/job?pandaid=6519134287&json"
FILES = "/filebrowser/?pandaid=6519134287&json"


def test_job_json_has_three_keys_and_both_addresses_agree(monitor: Reader) -> None:
    data = monitor.json(JOB)
    assert list(data) == ["job", "files", "dsfiles"]
    assert data == monitor.json("/job/6519134287/?json")
    assert {"workerid", "harvesterid", "batchlog", "computingelement", "errorcode", "diagmessage"} == set(
        data["job"]["harvesterInfo"]
    )
    assert data["job"]["error_desc"] == ""
    assert [row["type"] for row in data["files"]] == ["input", "output", "log"]
    assert data["files"][0]["ddmsite"] == "RO-07-NIPNE_DATADISK"
    assert "pfn" not in data["files"][0]


def test_json_by_accept_header_only_in_the_exact_form(monitor: Reader) -> None:
    for accept, kind in (
        ("application/json", "application/json"),
        ("text/json", "application/json"),
        ("text/html,application/json", "text/html"),
    ):
        answer = monitor.client.get("/job?pandaid=6519134287", headers={"Accept": accept})
        assert answer.content_type.startswith(kind), accept


def test_transform_report_comes_with_the_job(monitor: Reader) -> None:
    job = monitor.json("/job?pandaid=6803222870&json")["job"]
    assert job["metastruct"]["exitCode"] == 65
    assert isinstance(job["metadata"], str)


@pytest.mark.parametrize("path", ["/job?pandaid=1&json", "/job/1/?json", "/task/1/?json"])
def test_what_is_not_there_is_html_with_status_200(monitor: Reader, path: str) -> None:
    answer = monitor.get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/job/6519134287", "/job/6519134287/"),
        ("/jobs?jobstatus=failed", "/jobs/?jobstatus=failed"),
        ("/filebrowser?pandaid=1&json", "/filebrowser/?pandaid=1&json"),
        ("/site/BNL", "/site/BNL/"),
        ("/task//46374283", "/task//46374283/"),
    ],
)
def test_missing_last_slash_is_added_with_301(monitor: Reader, path: str, target: str) -> None:
    answer = monitor.get(path)
    assert answer.status_code == 301
    assert answer.headers["Location"].removeprefix("http://localhost") == target


def test_search_box_address_ends_at_the_task(monitor: Reader) -> None:
    answer = monitor.get("/task//46374283/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/task/46374283/")


@pytest.mark.parametrize("path", ["/JOB/6519134287/", "/job/?pandaid=6519134287", "/Jobs/", "/nothing/"])
def test_paths_are_case_sensitive_and_the_404_page_is_bare(monitor: Reader, path: str) -> None:
    answer = monitor.get(path)
    assert answer.status_code == 404
    assert b"main-menu" not in answer.data


def test_task_json_counts_master_input_only(monitor: Reader) -> None:
    data = monitor.json("/task/46374283/?json")
    assert list(data) == ["task", "taskparams", "datasets"]
    info = data["task"]["dsinfo"]
    assert (info["nfiles"], info["nfilesfinished"], info["pctfinished"], info["nfilesfailed"]) == (4875, 1112, 22, 0)
    failed = {row["type"] for row in data["datasets"] if row["nfilesfailed"]}
    assert failed == {"log", "output"}


def test_jobs_json_is_chosen_by_outputs_fields_and_limit(monitor: Reader) -> None:
    data = monitor.json("/jobs/?jeditaskid=46603377&jobstatus=failed&outputs=jobs&fields=pandaid,maxpss&limit=5&json")
    assert {name for name, part in data.items() if part} == {"jobs"}
    assert set(data) == {"selectionsummary", "jobs", "errsByCount"}  # what was not asked for is there, and empty
    assert len(data["jobs"]) == 5
    assert set(data["jobs"][0]) == {"pandaid", "maxpss"}
    assert isinstance(data["jobs"][0]["maxpss"], str)
    full = monitor.json("/jobs/?jeditaskid=46603377&json")
    assert list(full) == ["selectionsummary", "jobs", "errsByCount"]
    assert "T" in full["jobs"][0]["creationtime"]
    assert "harvesterInfo" not in full["jobs"][0]


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("jobstatus=failed", lambda job: job["jobstatus"] == "failed"),
        ("jobstatus=failed|closed&days=2", lambda job: job["jobstatus"] in ("failed", "closed")),
        ("jobstatus=!finished", lambda job: job["jobstatus"] != "finished"),
        ("piloterrorcode=1305", lambda job: job["piloterrorcode"] == 1305),
        ("computingsite=BNL*", lambda job: job["computingsite"].startswith("BNL")),
        ("produsername=Lena%20Berg", lambda job: job["produsername"] == "Lena Berg"),
    ],
)
def test_filters_of_the_jobs_list_select(monitor: Reader, query: str, holds) -> None:
    jobs = monitor.json(f"/jobs/?{query}&json")["jobs"]
    assert jobs
    assert all(holds(job) for job in jobs)


def test_list_without_a_task_shows_the_last_hours_only(monitor: Reader) -> None:
    assert not [job for job in monitor.json("/jobs/?jobstatus=failed&json")["jobs"] if job["pandaid"] == 6519134287]
    assert monitor.json("/jobs/?pandaid=6519134287&json")["jobs"]


def test_clusters_of_the_viewers_task_add_up(monitor: Reader) -> None:
    data = monitor.json("/jobs/?jeditaskid=46603377&jobstatus=failed&json")
    assert {row["error"]: row["count"] for row in data["errsByCount"]} == {"pilot:1305": 39, "pilot:1235": 16, "pilot:1099": 6}
    assert len(data["jobs"]) == 61


def test_errors_json_groups_agree_with_the_codes(monitor: Reader) -> None:
    data = monitor.json("/errors/?hours=24&json")
    assert list(data) == ["jobSummary", "errsByCount", "errsBySite", "errsByUser", "errsByTask"]
    entry = data["errsByCount"][0]
    assert {"error", "codename", "codeval", "diag", "desc", "cat", "example_pandaid", "count"} == set(entry)
    total = sum(row["count"] for row in data["errsByCount"])
    for key in ("errsBySite", "errsByUser", "errsByTask"):
        assert sum(group["toterrors"] for group in data[key]) == total
    assert list(monitor.json("/errors/?fields=errsByCount&json")) == ["errsByCount"]
    nodes = monitor.json("/errors/?computingsite=BNL&hours=24&json")["errsBySite"]
    assert all(".sdcc." in group["name"] for group in nodes)


def test_harvester_statistics_sum_up_for_a_day(monitor: Reader) -> None:
    window = "lastupdate_from=2026-03-09T00:00:00&lastupdate_to=2026-03-09T23:59:59"
    path = f"/harvester/getworkerstats/?{window}&computingsite=BNL&json"
    rows = monitor.json(path)
    assert rows
    assert {row["lastupdate"][:10] for row in rows} == {"2026-03-09"}
    assert set(rows[0]) == {"harvesterid", "computingsite", "resourcetype", "status", "nworkers", "lastupdate", "jobtype"}
    assert sum(row["nworkers"] for row in rows) > 1000
    assert rows == monitor.json(path)


def test_other_lists(monitor: Reader) -> None:
    assert {"name", "site", "copytools", "corepower"} <= set(monitor.json("/sites/?json")[0])
    assert monitor.json("/user/Lena%20Berg/?json")["tasks"]
    assert isinstance(monitor.json("/tasks/?json"), list)
    assert monitor.json("/tasks/?status=running&json")
    assert monitor.json("/users/?json")[0]["njobs"] > 1
    assert monitor.json("/api/joberrordescriptions/?json")["error_descriptions"][0]["component"]
    assert monitor.get("/site/BNL/?json").status_code == 500
    states = [row["jobstatus"] for row in monitor.json("/jobstatuslog/6519134287/?json")]
    assert states[0] == "pending"
    assert states[-1] == "failed"
    worker = monitor.json("/harvester/workers/?pandaid=6803144718&json")["workers"][0]
    assert worker["errorcode"] == 5530
    assert monitor.json(f"/harvester/worker/{worker['workerid']}/?json")["corrJobs"] == [6803144718]


def test_file_list_has_plain_http_links_also_on_https(monitor: Reader) -> None:
    answer = monitor.client.get(FILES, base_url="https://bigpanda.cern.ch")
    link = answer.json["files"][0]["media_link"]
    assert link.startswith("http://bigpanda.cern.ch//media/filebrowser/")
    assert set(answer.json["files"][0]) == {"modification", "size", "name", "dirname", "media_link"}


def test_file_is_reached_by_a_301_to_the_media_address(monitor: Reader) -> None:
    answer = monitor.get(FILES + "&filename=pilotlog.txt")
    assert answer.status_code == 301
    path = answer.headers["Location"].split("//", 2)[2]
    log = monitor.get("/" + path)
    assert log.content_type == "text/plain"
    assert b"Invalid redirect URL" in log.data


def test_file_browser_says_what_is_missing(monitor: Reader) -> None:
    assert monitor.get(FILES + "&filename=nothing.txt").status_code == 404
    assert "error" in monitor.get(FILES + "&filename=nothing.txt").json
    assert monitor.get("/filebrowser/?pandaid=1&json").status_code == 400
    assert monitor.get("/filebrowser/?pandaid=6803360419&json").status_code == 400
    assert monitor.get("/filebrowser/?pandaid=6803150091&json").status_code == 400
    assert "text/html" not in monitor.get("/filebrowser/?pandaid=6519134287").headers["Content-Type"]


def test_media_of_another_job_is_not_given(monitor: Reader) -> None:
    path = monitor.json(FILES)["files"][0]["media_link"].split("//", 2)[2].removeprefix("localhost")
    assert monitor.get("/" + path.split("//")[-1].replace("6519134287", "6518760159")).status_code == 404


def test_signed_out_visitors_get_the_login_page_but_data_stays_open(monitor: Reader) -> None:
    answer = monitor.get("/job?pandaid=6519134287", mode="signed_out")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/job?pandaid=6519134287")
    assert monitor.get(JOB, mode="signed_out").status_code == 200
    assert monitor.get("/", mode="signed_out").status_code == 200
    page = monitor.page("/login/", mode="signed_out")
    assert not page.select("#searchselectid")
    assert [link.get_text() for link in page.select("#main-menu .top-bar-right > ul.menu > li > a")][-1] == "Login"


def test_login_and_logout_set_the_session(monitor: Reader) -> None:
    client = monitor.client.application.test_client()
    client.get("/logout/")
    assert client.get("/jobs/").status_code == 302
    client.post("/login/", data={"next": "/jobs/"})
    assert client.get("/jobs/").status_code == 200
    assert client.post("/login/", data={"next": "//evil.example.org/"}).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("mode", "path", "status", "kind"),
    [
        ("json_401", JOB, 401, "application/json"),
        ("json_500", JOB, 500, "text/html"),
        ("json_login", JOB, 302, "text/html"),
        ("unknown_job", JOB, 200, "text/html"),
        ("rate_limit=1", JOB, 429, "application/json"),
        ("forbidden", "/jobs/", 403, "text/html"),
        ("error_500", "/jobs/", 500, "text/html"),
        ("no_log", FILES + "&filename=pilotlog.txt", 404, "application/json"),
        ("log_400", FILES, 400, "application/json"),
        ("big_tarball", FILES, 200, "application/json"),
    ],
)
def test_odd_answers(monitor: Reader, mode: str, path: str, status: int, kind: str) -> None:
    answer = monitor.get(path, mode=mode)
    assert answer.status_code == status
    assert answer.content_type.startswith(kind)


def test_odd_logs(monitor: Reader) -> None:
    path = monitor.get(FILES + "&filename=pilotlog.txt").headers["Location"].split("//", 2)[2]
    assert monitor.get("/" + path, mode="empty_log").data == b""
    assert b"<html" in monitor.get("/" + path, mode="html_log").data
    assert monitor.get("/" + path, mode="login_log").status_code == 302


def test_modes_come_by_cookie_and_while_running_too(monitor: Reader) -> None:
    client = monitor.client.application.test_client()
    client.set_cookie("monitor_mode", "json_401")
    assert client.get(JOB).status_code == 401
    board = monitor.client.application.extensions["bigpanda"]["board"]
    board.set("forbidden")
    try:
        assert monitor.get("/").status_code == 403
    finally:
        board.set()
    with pytest.raises(ValueError, match="no mode of the local monitor"):
        modes.parse("nonsense")


def test_every_page_refuses_frames_and_csp_is_a_mode(monitor: Reader) -> None:
    plain = monitor.get("/job?pandaid=6519134287")
    assert plain.headers["X-Frame-Options"] == "DENY"
    assert "Content-Security-Policy" not in plain.headers
    assert "Access-Control-Allow-Origin" not in plain.headers
    strict = monitor.get("/job?pandaid=6519134287", mode="strict_csp,hostile_css")
    assert "frame-src 'none'" in strict.headers["Content-Security-Policy"]
    assert b"/static/hostile.css" in strict.data


def test_monitor_serves_tls_under_its_real_name_and_the_double_slash_path() -> None:
    import httpx

    with running_monitor(tls=True) as monitor, httpx.Client(verify=False) as client:
        assert monitor.url.startswith("https://127.0.0.1:")
        assert monitor.named_url == f"https://bigpanda.cern.ch:{monitor.port}"
        answer = client.get(monitor.url + FILES + "&filename=pilotlog.txt")
        assert answer.status_code == 301
        assert "//media/" in answer.headers["Location"]
        assert b"Invalid redirect URL" in client.get(answer.headers["Location"]).content
        assert FILES + "&filename=pilotlog.txt" in monitor.board.log


PATHS = ["/jobs/", "/errors/", "/tasks/", "/filebrowser/", "/job", "/task/", "/harvester/workers/", "/harvester/getworkers/"]
KEYS = [
    "hours",
    "days",
    "jobstatus",
    "pandaid",
    "jeditaskid",
    "limit",
    "errorcategory",
    "filename",
    "fields",
    "dt",
    "display_limit_workers",
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATHS), st.sampled_from(KEYS), st.text(max_size=20), st.booleans())
def test_no_query_breaks_the_monitor(monitor: Reader, path: str, key: str, value: str, data: bool) -> None:
    query = f"{key}={quote(value, safe='', errors='replace')}" + ("&json" if data else "")
    assert monitor.get(f"{path}?{query}").status_code < 500


def test_the_window_holds_jobs_that_have_not_ended_only_where_hours_or_an_end_are_asked_for(monitor: Reader) -> None:
    def active(query: str) -> int:
        rows = monitor.json(f"/jobs/?computingsite=MWT2&outputs=jobs&fields=pandaid,jobstatus&{query}&json")["jobs"]
        return sum(row["jobstatus"] in ("activated", "waiting") for row in rows)

    assert active("days=1") == active("hours=1&jobstatus=activated|waiting") == 2
    assert active("hours=1") == 0  # they changed hours ago


def test_a_users_name_is_looked_for_inside_names(monitor: Reader) -> None:
    def owners(query: str) -> set[str]:
        rows = monitor.json(f"/jobs/?{query}&days=30&outputs=jobs&fields=produsername&json")["jobs"]
        return {row["produsername"] for row in rows}

    assert owners("produsername=berg") == {"Lena Berg"}
    assert owners("produsername=Lena Berg|Tom Keller") == {"Lena Berg", "Tom Keller"}


def test_a_job_whose_payload_has_ended_says_when(monitor: Reader) -> None:
    for pandaid, state in ((6803380018, "holding"), (6803380025, "transferring"), (6803380032, "merging")):
        job = monitor.json(f"/job?pandaid={pandaid}&json")["job"]
        assert job["jobstatus"] == state
        assert job["starttime"] < job["endtime"] <= job["statechangetime"]
        timing = [int(part) for part in job["pilottiming"].split("|")]
        assert abs(sum(timing) - job["durationsec"]) < 60
