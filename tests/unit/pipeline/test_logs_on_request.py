"""Logs on request: capitals, several files, links, and why there is none."""

import re

import pytest
from live_kit import Ask, Way, fetching, reading

from askpanda.schema.answer import Answer
from tests.bigpanda import case
from tests.bigpanda.serving import Monitor

CLING, PROOT, RUNNING, LOST = 6802258254, 6518760159, 6798544333, 6803360419


@pytest.fixture(params=[fetching, reading])
def way(request: pytest.FixtureRequest) -> Way:
    made: Way = request.param
    return made


def cited(answer: Answer, sentence: str) -> str:
    """The title of the source behind the first citation of a sentence."""
    number = re.search(rf"{re.escape(sentence)}.*?\[(\d+)\]", answer.text)
    assert number is not None, answer.text[:300]
    return next(one.title for one in answer.citations if one.n == int(number[1]))


def lines_with(word: str) -> int:
    return sum(word in line for line in case(CLING).log("payload.stdout").decode("utf-8", "replace").split("\n"))


def test_a_word_in_capitals_is_found_in_capitals(ask: Ask) -> None:
    assert 0 < lines_with("ERROR") < lines_with("Error")
    exact = ask(f"grep ERROR in payload.stdout of job {CLING}")
    assert exact.text.startswith(f"`payload.stdout` of job {CLING} has **{lines_with('ERROR')}** line")
    any_case = ask(f"grep error in payload.stdout of job {CLING}")
    assert "Error in <TH1D::Fill>" in any_case.text


def test_a_word_that_is_not_there_in_capitals_is_found_otherwise_and_says_so(ask: Ask) -> None:
    assert "line with `CANNOT`, in capitals or not" in ask(f"grep CANNOT in payload.stdout of job {CLING}").text


def test_two_files_are_both_shown_and_each_has_its_own_source(ask: Ask) -> None:
    answer = ask(f"show the last 5 lines of payload.stdout and payload.stderr of job {PROOT}")
    assert cited(answer, "`payload.stdout` of job") == "payload.stdout"
    assert cited(answer, "`payload.stderr` of job") == "payload.stderr"
    assert answer.text.count("```text") == 2


def test_a_link_is_given_where_a_link_is_asked_for(ask: Ask, monitor: Monitor) -> None:
    answer = ask(f"give me the link to payload.stderr of job {CLING}")
    assert f"{monitor.url}/filebrowser/?pandaid={CLING}&json&filename=payload.stderr" in answer.text
    assert cited(answer, "`payload.stderr` of job") == "payload.stderr"


def test_a_job_that_runs_has_no_logs_yet(ask: Ask) -> None:
    assert "The job is running: its logs are stored when it ends." in ask(f"show me the log of job {RUNNING}").text


def test_the_monitors_own_reason_is_passed_on(ask: Ask) -> None:
    assert "which says “Failed to find log tarball of this job”" in ask(f"show me the log of job {LOST}").text


def test_a_quoted_text_is_sought_in_the_logs_and_counted(ask: Ask) -> None:
    there = ask(f"how often does 'monitor loop' appear in pilotlog.txt of job {CLING}?")
    told = sum(b"monitor loop" in line for line in case(CLING).log("pilotlog.txt").split(b"\n"))
    assert there.text.startswith(f"`pilotlog.txt` of job {CLING} has **{told}** lines with `monitor loop`")


def test_a_text_is_sought_in_every_log_that_was_read_and_its_absence_is_said_of_all(ask: Ask) -> None:
    found = ask(f"any 'Cannot allocate memory' in the log of job {CLING}?")
    assert found.text.startswith(f"`payload.stdout` of job {CLING} has **")
    nowhere = ask(f"any 'Connection reset by peer' in the log of job {CLING}?")
    assert "No: none of the logs of job 6802258254 that were read has a line with `Connection reset by peer`." in nowhere.text
    assert "`pilotlog.txt`" in nowhere.text
    assert "```text" not in nowhere.text


def test_the_first_line_of_a_level_is_shown_with_the_lines_around_it(ask: Ask) -> None:
    answer = ask(f"print the first WARNING line of pilotlog.txt of job {CLING} with 2 lines of context")
    lines = case(CLING).log("pilotlog.txt").decode().split("\n")
    first = next(number for number, line in enumerate(lines, 1) if "WARNING" in line)
    shown = [int(number) for number in re.findall(r"^(\d+): ", answer.text, re.M)]
    assert shown == list(range(first - 2, first + 3))
    assert "; the first is shown, with 2 lines before and after" in answer.text


def test_logs_that_cannot_be_found_are_not_searched_for_the_word_logs(ask: Ask) -> None:
    answer = ask(f"cant find the logs for {CLING}, where r they")
    assert f"/filebrowser/?pandaid={CLING}" in answer.text
    assert "no line with" not in answer.text


def test_the_line_itself_is_the_one_that_decides(ask: Ask) -> None:
    answer = ask(f"show me the log line for job {CLING}")
    assert "says so: `cling JIT session error: Cannot allocate memory`" in answer.text
