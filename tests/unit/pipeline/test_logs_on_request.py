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
