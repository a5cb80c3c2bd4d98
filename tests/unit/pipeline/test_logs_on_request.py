"""Logs on request: capitals, several files, links, and why there is none."""

import re
from pathlib import Path

import pytest
from live_kit import Ask, Way, fetching, reading
from pipeline_kit import talked

from askpanda.schema.answer import Answer
from tests.bigpanda import case, running_monitor
from tests.bigpanda.serving import Monitor

CLING, PROOT, RUNNING, LOST = 6802258254, 6518760159, 6798544333, 6803360419
REDIRECT, FINISHED = 6519134287, 6803370001


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


@pytest.mark.parametrize(
    "question",
    ["any errors in pilotlog.txt?", "does the pilot log show errors?", "pilotlog.txt errors?",
     "y a-t-il des erreurs dans pilotlog.txt ?", "gibt es Fehler im pilotlog.txt?", "¿hay errores en pilotlog.txt?"],
)  # fmt: skip
def test_the_error_lines_of_a_log_are_counted_with_their_numbers_and_the_verdict_follows(ask: Ask, question: str) -> None:
    answer = ask(question, context={"page": "job", "pandaid": REDIRECT})
    lines = case(REDIRECT).log("pilotlog.txt").decode().split("\n")
    of_level = [number for number, line in enumerate(lines, 1) if re.search(r" \| (?:ERROR|CRITICAL) +\| ", line)]
    shown = [int(number) for number in re.findall(r"^(\d+): ", answer.text, re.M)]
    assert answer.intent == "log_request"
    assert set(of_level) <= set(shown)
    assert not any(re.search(r" \| (?:INFO|DEBUG|WARNING) +\| ", lines[number - 1]) for number in shown)
    assert answer.text.startswith(f"`pilotlog.txt` of job {REDIRECT} has **{len(shown)}** lines that speak of an error")
    assert answer.text.rstrip().splitlines()[-1].startswith(f"Job {REDIRECT} failed: **pilot 1324**")
    assert cited(answer, "`pilotlog.txt` of job") == "pilotlog.txt"


def test_warnings_are_lines_of_their_own(ask: Ask) -> None:
    answer = ask(f"are there warnings in pilotlog.txt of job {REDIRECT}?")
    told = sum(bool(re.search(rb" \| WARNING +\| ", line)) for line in case(REDIRECT).log("pilotlog.txt").split(b"\n"))
    assert f"has **{told}** lines that speak of a warning" in answer.text


def test_what_may_tell_something_is_shown_before_what_proves_nothing(ask: Ask) -> None:
    answer = ask("which errors are in payload.stdout?", context={"page": "job", "pandaid": CLING})
    assert "seen in jobs that finish as well, and prove nothing" in answer.text
    assert re.search(r"^\d+: .*cling JIT session error: Cannot allocate memory", answer.text, re.M)


def test_a_log_without_errors_is_said_to_have_none(ask: Ask) -> None:
    text = ask("any errors in payload.stderr?", context={"page": "job", "pandaid": CLING}).text
    assert text.startswith(f"No line of `payload.stderr` of job {CLING} speaks of an error; it has ")
    assert f"Job {CLING} failed: **pilot 1305**" in text
    finished = ask("any errors in pilotlog.txt?", context={"page": "job", "pandaid": FINISHED}).text
    assert f"Job {FINISHED} is finished, so none of it explains a failure." in finished


def test_errors_of_a_log_that_is_not_there_have_the_records_verdict(ask: Ask) -> None:
    text = ask("errors in payload.stderr?", context={"page": "job", "pandaid": REDIRECT}).text
    assert text.startswith(f"I do not have `payload.stderr` of job {REDIRECT}.")
    assert text.rstrip().splitlines()[-1].startswith(f"Job {REDIRECT} failed: **pilot 1324**")


@pytest.mark.parametrize(
    "question",
    [
        "what does the error in pilotlog.txt mean?",
        "why did it fail, by pilotlog.txt?",
        "which error codes does the pilot have?",
    ],
)
def test_what_errors_mean_is_not_a_list_of_lines(question: str) -> None:
    assert talked(question, page={"page": "job", "pandaid": REDIRECT, "status": "failed"}).intent != "log_request"


@pytest.mark.parametrize("modes", ["json_401", "html_log", "login_log"])
def test_a_log_that_comes_as_a_page_is_not_searched(tmp_path: Path, modes: str) -> None:
    with running_monitor(modes) as away:
        text = fetching(tmp_path, away.url)(f"any errors in pilotlog.txt of job {CLING}?").text
    assert text.startswith(f"I do not have `pilotlog.txt` of job {CLING}.")
    assert "speak" not in text


def test_errors_of_two_logs_are_told_of_each(ask: Ask) -> None:
    text = ask("show me the errors in the pilot log and payload.stdout", context={"page": "job", "pandaid": CLING}).text
    assert "`payload.stdout` of job" in text
    assert f"Job {CLING} failed: **pilot 1305**" in text
