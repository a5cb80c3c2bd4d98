"""Pages: what a content script looks for is where it is on the real monitor."""

import pytest
from bs4 import BeautifulSoup

from tests.bigpanda import create_monitor
from tests.unit.bigpanda.conftest import Reader


def table(page: BeautifulSoup, head: str):
    """The table whose first head cell starts so."""
    for one in page.select("table"):
        cell = one.select_one("thead th")
        if cell and cell.get_text().strip().startswith(head):
            return one
    raise AssertionError(f"no table {head}")


def test_skeleton_has_nav_strip_search_box_and_help(monitor: Reader) -> None:
    page = monitor.page("/job?pandaid=6519134287")
    assert page.select_one("html.no-js[lang=en] body[ng-app='bp-app'] #main-menu.top-bar")
    assert page.select_one("#main-menu .top-bar-title strong > a").get_text() == "ATLAS PanDA"
    left = [link.get_text() for link in page.select("#main-menu .top-bar-left > ul.menu > li > a")]
    assert left == ["Dash", "Tasks", "Jobs", "Errors", "Users", "Sites", "Harvester", "My BigPanDA"]
    entry = page.select_one("#searchselectid").find_parent("li")
    assert entry.find_next_sibling("li").get_text().strip() == "ProdSys"
    assert page.select_one(".searchbox.show-for-large input#searchinputid")
    assert page.select_one("a#button-bpsearch")
    assert page.select_one("a.user-name-icon").get_text().strip() == "Lena"
    assert page.select_one("#main-menu-small.title-bar button")
    assert page.select_one(".top-subbar a#button-refresh-page")
    assert page.select("#content.body-content > *")[-1]["class"] == ["card", "help"]


def test_job_header_has_heads_in_the_first_row_and_values_in_the_second(monitor: Reader) -> None:
    page = monitor.page("/job/6519134287/")
    assert page.title.get_text() == "PanDA job 6519134287"
    rows = table(page, "Job name:").select("tbody > tr")
    heads = [cell.get_text("|").split("|")[0].strip() for cell in rows[0].select("th")]
    values = rows[1].select("td")
    assert len(heads) == len(values)
    cell = dict(zip(heads, values, strict=True))
    assert cell["PanDA ID"].get_text() == "6519134287"
    assert cell["Status"]["class"] == ["failed_fill"]
    assert cell["Site"].a["href"] == "/site/RO-16-UAIC/"
    assert "2025-02-18 01:12:092025-02-18" in cell["Created"].get_text()
    assert [link["href"] for link in cell["Request"].select("a")][-1] == "/task/43411708/"
    assert [row.th.get_text() for row in rows[2:4]] == ["Datasets:", "Files summary:"]


def test_first_generation_of_the_error_table_has_a_description_row_and_old_words(monitor: Reader) -> None:
    rows = table(monitor.page("/job?pandaid=6518760159"), "Job error summary:").select("tbody > tr")
    assert rows[0].th.get_text() == "Error description:"
    assert [bold.get_text() for bold in rows[0].select("b")] == ["exe, 2002:", "pilot, 1305:", "trans, 223:"]
    assert [[cell.get_text() for cell in row.select("td")][:2] for row in rows[2:]] == [
        ["Execution", "2002"],
        ["Pilot", "1305"],
    ]


@pytest.mark.parametrize(("generation", "head"), [("2025", "Job error summary:"), ("2026", "Job errors (")])
def test_later_generations_have_four_columns_and_a_tooltip(monitor: Reader, generation: str, head: str) -> None:
    found = table(monitor.page("/job?pandaid=6519134287", mode=f"table={generation}"), head)
    assert {"fresh-table", "alert"} <= set(found["class"])
    heads, row = found.select("tbody > tr")
    assert [cell.get_text().split()[0] for cell in heads.select("th")] == ["Component", "Code", "Message", "Description"]
    assert heads.select_one(".tooltip-text").get_text() in heads.get_text()
    cells = [cell.get_text() for cell in row.select("td")]
    assert cells[:2] == ["pilot", "1324"]
    assert cells[2].startswith("Service not available at the moment: Service not available at the moment:")


def test_payload_failure_shows_one_row_of_three(monitor: Reader) -> None:
    rows = table(monitor.page("/job?pandaid=6518760159", mode="table=2026"), "Job errors").select("tbody > tr")
    assert [row.td.get_text() for row in rows[1:]] == ["pilot"]


def test_failed_worker_has_a_row_of_its_own(monitor: Reader) -> None:
    rows = table(monitor.page("/job?pandaid=6803144718"), "Job errors").select("tbody > tr")
    assert [row.td.get_text() for row in rows[1:]] == ["pilot", "supervisor", "Harvester worker"]


@pytest.mark.parametrize("pandaid", [6803320077, 6803330128, 6798544333])
def test_closed_cancelled_and_running_jobs_have_no_error_table(monitor: Reader, pandaid: int) -> None:
    assert not monitor.page(f"/job?pandaid={pandaid}").select("table.alert")


def test_closed_job_tells_its_reason_as_job_info(monitor: Reader) -> None:
    assert "reassigned by JEDI" in table(monitor.page("/job?pandaid=6803320077"), "Job name:").get_text()


def test_all_job_parameters_are_full_and_raw(monitor: Reader) -> None:
    rows = table(monitor.page("/job?pandaid=6519134287"), "All job parameters").select("tbody > tr")
    values = {row.th.get_text(): row.td.get_text().strip() for row in rows}
    assert 70 <= len(values) <= 125
    assert values["pandaid"] == "6519134287"
    assert values["piloterrorcode"] == "1324"
    assert "workerid" in values["harvesterInfo"]
    assert "maxattempt" not in values


def test_logs_button_leads_to_the_file_browser_only_where_a_log_is(monitor: Reader) -> None:
    link = "a[href*='/filebrowser/?pandaid=']"
    assert monitor.page("/job?pandaid=6519134287").select_one(".bp-dropdown-button > .dropdown-items > " + link)
    lost = monitor.page("/job?pandaid=6803150091")
    assert not lost.select(link)
    assert "No logs available" in [item.get_text() for item in lost.select(".dropdown-items a.disabled")]
    running = monitor.page("/job?pandaid=6798544333")
    assert "No logs available yet" in running.get_text()


def test_files_table_is_a_pair_whose_first_half_has_no_id(monitor: Reader) -> None:
    page = monitor.page("/job?pandaid=6519134287")
    head, body = page.select("#container_files table")
    assert not head.get("id")
    assert body["id"] == "filestable"
    assert [cell.get_text() for cell in head.select("th")] == [cell.get_text() for cell in body.select("th")]
    assert not body.select("tbody tr")


def test_transform_report_is_shown(monitor: Reader) -> None:
    card = monitor.page("/job?pandaid=6803222870").select_one(".card.alert")
    assert card.select_one(".card-divider").get_text().strip().startswith("Error information from the Sim_tf")
    assert "GeomSolids1001" in card.pre.get_text()


def test_job_that_is_not_there_answers_200_without_a_table(monitor: Reader) -> None:
    page = monitor.page("/job?pandaid=1")
    assert "Job 1 not found." in page.get_text()
    assert not page.select("table.fresh-table")


def test_job_without_a_task_shows_none(monitor: Reader) -> None:
    assert monitor.page("/jobs/?produsername=gangarbt&hours=48").select_one("a[href='/jobs/?taskid=0']")


def test_other_experiments_pages_differ(monitor: Reader) -> None:
    page = monitor.page("/job?pandaid=6519134287", mode="eic")
    heads = [cell.get_text("|").split("|")[0].strip() for cell in table(page, "Job name:").select("tbody > tr")[0].select("th")]
    assert "Owner / VO" in heads
    assert "Cloud Site" in heads
    assert "ProdSys" not in page.select_one("#main-menu").get_text()
    assert "Open all logs" not in page.get_text()
    assert monitor.page("/jobs/", mode="eic").title.get_text() == " EIC PanDA jobs"


def test_task_page_has_counts_states_and_datasets(monitor: Reader) -> None:
    page = monitor.page("/task/46374283/")
    assert page.title.get_text() == " 46374283 task "
    heads, values = page.select_one("#taskInfoTable table").select("tbody > tr")
    cell = {
        head.get_text("|").split("|")[0].strip(): value
        for head, value in zip(heads.select("th"), values.select("td"), strict=True)
    }
    assert cell["N input files"].get_text("|") == "4,875|1,112 (22%)|0 (0%)"
    assert cell["Status"]["class"] == ["running_fill", "mid"]
    assert cell["Type"].get_text() == "analysis"
    assert table(page, "States of jobs in this task").select(".running_fill")
    assert page.select_one("#datasetstable")
    assert table(page, "PanDA/JEDI task parameters").select_one("td.bold").get_text() == "jeditaskid"


def test_failing_tasks_have_a_digest(monitor: Reader) -> None:
    card = monitor.page("/task/46603377/").select_one(".card.alert")
    assert card.select_one(".card-divider").get_text().strip().startswith("Failure rate: ")
    assert "pilot:1305" in card.get_text()


def test_jobs_list_has_three_rows_a_job(monitor: Reader) -> None:
    page = monitor.page("/jobs/?jeditaskid=46603377&jobstatus=failed")
    assert page.title.get_text() == " ATLAS PanDA jobs"
    assert page.select_one("table thead th").get_text().startswith("Job attribute summary, sort by")
    listing = page.select_one("a[name=joblist]").find_next("table")
    assert not listing.thead
    assert listing.select_one("tbody > tr.tablesection")
    first = listing.select_one("tr.failedjob")
    assert first.select_one("td[rowspan='3'] a")["href"].startswith("/job?pandaid=")
    second, third = first.find_next_siblings("tr")[:2]
    assert second.get_text().startswith("Job name:")
    assert third.get_text().startswith("Datasets:")
    assert first.select_one("span.alert").get_text()
    assert page.select_one("#errorsummary_groupbycode")
    assert page.select_one("#errorsummary_groupbymessage tfoot select")
    assert page.select(".tooltip-text")


def test_retried_jobs_are_dropped_unless_asked_for(monitor: Reader) -> None:
    assert "were dropped from this list because they were retried" in monitor.page("/jobs/?jeditaskid=46411032").get_text()
    short, full = (monitor.json(f"/jobs/?jeditaskid=46411032{mode}&json")["jobs"] for mode in ("", "&mode=nodrop"))
    assert len(full) - len(short) == 3


def test_errors_page_has_charts_summaries_and_groups(monitor: Reader) -> None:
    page = monitor.page("/errors/?hours=24")
    assert page.select("canvas")
    assert page.title.get_text() == " ATLAS PanDA job errors"
    for head in ("Error occurrences by job attribute", "Site error summary", "User error summary", "Task error summary"):
        assert table(page, head)
    rows = table(page, "Site error summary").select("tbody > tr")
    assert rows[0].select("th")
    assert rows[1].select_one("td b").get_text().count(":") == 1


def test_queue_user_file_browser_and_harvester_pages(monitor: Reader) -> None:
    queue = monitor.page("/site/BNL/")
    assert queue.title.get_text() == "ATLAS PanDA queue BNL"
    assert table(queue, "BNL information")
    assert table(queue, "BNL parameters")
    assert monitor.page("/user/Lena%20Berg/").select_one("#taskstable")
    browser = monitor.page("/filebrowser/?pandaid=6519134287")
    assert browser.select_one("#loading")
    assert not browser.select("#filelist tbody tr")
    assert browser.select_one(".top-subbar a[href='/job?pandaid=6519134287']")
    assert monitor.page("/harvester/workers/").select_one("#datatableHWL")
    number = monitor.json("/harvester/workers/?json")["workers"][0]["workerid"]
    assert table(monitor.page(f"/harvester/worker/?workerid={number}"), "Harvester worker parameters")


def test_fragments_have_no_nav(monitor: Reader) -> None:
    for path in ("/jobstatuslog/6798544333/", "/jobrelationships/6798544333/?direction=upstream", "/taskstatuslog/46374283/"):
        assert not monitor.page(path).select("#main-menu")
    assert "6796011204" in monitor.page("/jobrelationships/6798544333/?direction=upstream").get_text()


def test_text_from_users_never_becomes_markup(monitor: Reader) -> None:
    app = monitor.client.application
    one = app.extensions["bigpanda"]["world"].cases[6803390001]
    one.record["jobname"] = "<script>alert(1)</script>"
    try:
        assert b"<script>alert(1)" not in monitor.get("/job?pandaid=6803390001").data
    finally:
        one.record["jobname"] = "gangarobot-test-single"


@pytest.mark.parametrize(
    ("whose", "vo", "job"), [("rubin", "Rubin", 20817711), ("epic", "EIC", 888201), ("panda", "DOMA", 812)]
)
def test_other_deployments_have_pages_of_their_own(whose: str, vo: str, job: int) -> None:
    monitor = Reader(create_monitor(whose=whose).test_client())
    page = monitor.page(f"/job?pandaid={job}")
    heads, values = table(page, "Job name:").select("tbody > tr")[:2]
    names = [cell.get_text("|").split("|")[0].strip() for cell in heads.select("th")]
    cells = dict(zip(names, values.select("td"), strict=True))
    assert cells["Owner / VO"].get_text().split(" / ")[1].strip() == vo.lower()
    assert cells["Transformation"].select_one("a")["href"].startswith("http")
    assert cells["PanDA ID"].get_text() == str(job)
    assert monitor.page("/tasks/").title.get_text() == f" {vo} PanDA tasks"
    assert "Workflow ID" in monitor.page("/tasks/").get_text()
    assert "ATLAS" not in page.get_text()
    assert monitor.client.get("/cric/api/atlas/pandaqueue/query/?json").status_code == 404
    record = monitor.client.get(f"/job?pandaid={job}&json").get_json()["job"]
    assert record["transformation"].startswith("<a href="), "in the JSON as well"
