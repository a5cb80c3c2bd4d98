"""The first sentence answers what was asked, with every condition of it, or says what cannot be told."""

import re
from collections import Counter

import pytest
from live_kit import Ask, Way, reading, table

from tests.bigpanda.serving import Monitor

REDIRECT, WORK_DIR, OF_A_SET, COHORT, OTHER = 6519134287, 6803201114, 6802258700, 46603377, 46570011


@pytest.fixture
def way() -> Way:
    return reading


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        (f"would a retry help job {REDIRECT}?", "A new attempt can succeed later"),
        (f"is the failure of job {WORK_DIR} counted against me?", "Yes: the cause lies in the job itself"),
        ("does pilot error 1324 count as a site problem?", "No: it is usually a problem of data management"),
        ("is pilot 1235 a user problem?", "Yes: it is usually a problem of the job itself"),
        ("wall time lost to failures by component, last 24h", "In "),
        ("sitios con más fallos en las últimas 24 horas", "The queues with the most failed jobs in the last 24 hours: **"),
        ("Fehlerrate am BNL in den letzten 24 Stunden", "**"),
        ("maxrss of BNL_OSG_SPOT", "The highest memory of queue **BNL_OSG_SPOT** (`maxrss`) is **4000 MB**"),
        ("is DESY-HH_TEST online, brokeroff or test?", "DESY-HH_TEST has status test"),
        ("is DESY-HH_TEST online?", "**No**: DESY-HH_TEST has status test"),
        ("count of 1305s in the last 7 days at BNL", "No job at BNL has pilot 1305"),
    ],
)
def test_the_answer_comes_first(ask: Ask, question: str, begins: str) -> None:
    assert ask(question).text.startswith(begins)


def test_a_rate_is_a_rate_in_german_too(ask: Ask) -> None:
    assert re.match(r"\*\*[\d.]+ %\*\* of the jobs at BNL that ended", ask("Fehlerrate am BNL in den letzten 24 Stunden").text)


def test_lost_wall_time_is_told_before_the_errors(ask: Ask) -> None:
    text = ask("wall time lost by component in the last 24 hours").text
    assert text.index("of wall time were lost") < text.index("The monitor counts")


def test_codes_are_listed_by_what_they_are_about(ask: Ask) -> None:
    answer = ask("which pilot error codes have to do with stage-out?")
    codes = {row[0] for row in table(answer)}
    assert {1137, 1152} <= codes
    assert not {1099, 1150, 1235} & codes
    assert f"**{len(codes)}** of the" in answer.text
    whole = ask("which pilot error codes have to do with bananas?")
    assert "None has “bananas”" in whole.text
    assert len(table(whole)) > 200


def test_two_states_of_workers_are_both_counted(ask: Ask) -> None:
    text = ask("how many harvester workers were cancelled or missed in the last 6 hours?").text
    assert " cancelled or missed workers" in text
    assert re.search(r"By state: \d+ cancelled and \d+ missed\.", text)


def test_what_the_statistics_of_pilots_do_not_tell_is_said(ask: Ask) -> None:
    text = ask("how many pilots did site BNL run yesterday and how many of them were empty?").text
    assert "How many of them were empty, and ran no job, these statistics do not say" in text


def test_where_the_jobs_of_a_task_failed_is_told_first(ask: Ask, monitor: Monitor) -> None:
    failed = [one.record for one in monitor.world.jobs_of_task(COHORT) if one.record["jobstatus"] == "failed"]
    (site, n), *_ = Counter(job["computingsite"] for job in failed).most_common()
    for question in (
        f"at which sites do the jobs of task {COHORT} fail?",
        f"an welchen sites scheitern die jobs von task {COHORT}",
    ):
        assert ask(question).text.startswith(f"The failed jobs of task {COHORT} were at **{site}** ({n} jobs)")


def test_what_several_tasks_fail_of_in_common_is_told_with_their_numbers(ask: Ask, monitor: Monitor) -> None:
    answer = ask(f"do the failures in tasks {COHORT} and {OTHER} have a common cause?")
    codes = [
        Counter(one.record["piloterrorcode"] for one in monitor.world.jobs_of_task(task) if one.record["jobstatus"] == "failed")
        for task in (COHORT, OTHER)
    ]
    assert (
        f"In common they have pilot 1099 ({codes[0][1099]} of task {COHORT} and {codes[1][1099]} of task {OTHER})."
        in answer.text
    )


def test_of_several_tasks_at_a_time_the_one_that_was_read_is_named_and_the_other_is_offered(ask: Ask) -> None:
    answer = ask(f"how many jobs of tasks {COHORT} and {OTHER} failed yesterday?")
    assert f"This is about task {COHORT} alone" in answer.text
    assert answer.follow_ups[0].question == f"Why did jobs of task {OTHER} fail?"


def test_jobs_of_a_set_that_failed_alike_are_told_together(ask: Ask) -> None:
    answer = ask(f"what about the other jobs in the jobset of job {OF_A_SET}?")
    assert len(answer.sections.problems) == 3
    assert answer.sections.problems[0].startswith("**39 jobs** failed with pilot 1305")


def test_what_no_record_of_a_queue_tells_is_said(ask: Ask) -> None:
    nothing = ask("que colas tienen gpu")
    assert nothing.text.startswith("Whether a queue has GPUs is in no field of the records.")
    assert not nothing.blocks
    rest = ask("is there any online queue with GPUs and at least 32 GB of memory?")
    assert rest.text.startswith("Whether a queue has GPUs is in no field of the records. What they do tell: **3** of")


def test_sites_in_a_bad_way_are_found_by_their_rates(ask: Ask) -> None:
    assert ask("which sites are in bad shape right now?").text.startswith("The highest failure rates by queue")


@pytest.mark.parametrize(
    ("question", "judged"),
    [
        ("job 6803380018 has been in holding for 9 hours, is that normal?", "That is longer than the server allows."),
        ("is job 6803380039 stuck?", "That is longer than usual."),
        ("is it normal that job 6803380081 is still waiting?", "That is longer than usual."),
    ],
)
def test_whether_a_state_is_as_usual_is_judged_where_it_is_asked(ask: Ask, question: str, judged: str) -> None:
    assert ask(question).text.startswith(judged)
    number = re.search(r"\d{10}", question)
    assert number is not None
    assert judged not in ask(f"status of job {number[0]}").text


def test_small_talk_fits_what_was_said(ask: Ask) -> None:
    assert ask("are you a bot or a real person?").text.startswith("A program, not a person.")
    assert ask("ok good night").text.startswith("Goodbye!")
    assert ask("hey").text.startswith("Hello!")


def test_whether_the_rest_of_a_task_can_be_retried_is_told_first(ask: Ask) -> None:
    first = ask(f"task {COHORT} failed, is the whole thing lost or can I just retry the bad bits?").text.split("[1]")[0]
    assert f"`pbook retry {COHORT}` runs the rest." in first
