"""Jobs in every state: why one waits, how far it is, why it was ended, how well it used its slot."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.diagnosis import describe_state
from askpanda.schema.evidence import JobEvidence

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def said(**record: Any) -> str:
    return " ".join(describe_state(JobEvidence(pandaid=1, job=record), NOW).sentences())


def test_a_job_that_waits_says_for_what_how_long_and_what_comes_then() -> None:
    text = said(
        jobstatus="activated", computingsite="BNL", statechangetime="2026-03-10 09:00:00", creationtime="2026-03-10T02:00:00Z",
        corecount=8, minramcount=16000, gshare="Express", currentpriority=900,
    )  # fmt: skip
    for part in ("BNL", "free slot", "3 h", "10 h", "8 cores and 16000 MB", "Express", "900", "7 days"):
        assert part in text


@pytest.mark.parametrize(
    "state", ["pending", "defined", "waiting", "assigned", "throttled", "sent", "holding", "merging", "transferring"]
)
def test_every_state_on_the_way_says_what_it_waits_for(state: str) -> None:
    notes = describe_state(JobEvidence(pandaid=1, job={"jobstatus": state, "statechangetime": "2026-03-10 11:00:00"}), NOW)
    assert notes.waiting
    assert "1 h" in notes.head[0]


def test_a_users_held_job_is_given_up_sooner_than_a_production_job() -> None:
    held = {"jobstatus": "holding", "statechangetime": "2026-03-10 08:00:00"}
    assert "passed" in said(**held, prodsourcelabel="user")
    assert "2 days" in said(**held, prodsourcelabel="managed")


def test_a_running_job_tells_its_progress_and_the_age_of_its_last_report() -> None:
    text = said(
        jobstatus="running", durationsec=3600, maxwalltime=7200, jobmetrics="coreCount=8 nEvents=40", nevents=100,
        modificationtime="2026-03-10 11:48:00", attemptnr=4, maxattempt=4,
    )  # fmt: skip
    for part in ("50 %", "40 of 100 events", "Last report 12 min ago", "4 of 4"):
        assert part in text


@pytest.mark.parametrize(("since", "words"), [("2026-03-10 10:30:00", "stuck"), ("2026-03-10 09:00:00", "lost heartbeat")])
def test_a_silent_job_is_noticed(since: str, words: str) -> None:
    assert words in said(jobstatus="running", modificationtime=since)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            {"jobstatus": "closed", "jobsubstatus": "toreassign", "jobinfo": "reassigned by JEDI"},
            ["takes its place", "reassigned by JEDI"],
        ),
        ({"jobstatus": "closed", "jobinfo": "killed since task is (almost) done"}, ["jobinfo", "almost", "not started"]),
        (
            {
                "jobstatus": "cancelled",
                "taskbuffererrordiag": "killed by Ann",
                "starttime": "2026-03-10 09:00:00",
                "durationsec": 60,
            },
            ["killed by Ann", "60 s"],
        ),
        ({"jobstatus": "running", "commandtopilot": "tobekilled"}, ["told the pilot to end it"]),
    ],
)
def test_the_reason_of_an_ending_is_given(record: dict[str, Any], words: list[str]) -> None:
    assert all(word in said(**record) for word in words)


def test_a_finished_job_is_told_what_it_wasted() -> None:
    text = said(jobstatus="finished", cpuefficiency=12, durationsec=90, waittimesec=7200, maxpss=1024 * 1024, minramcount=8000)
    for part in ("12 %", "90 s", "2 h", "1024 MB of the 8000 MB"):
        assert part in text


def test_a_finished_job_that_did_well_is_left_in_peace() -> None:
    did_well = {"cpuefficiency": 95, "durationsec": 20000, "maxpss": 1800 * 1024, "minramcount": 2500, "attemptnr": 1}
    notes = describe_state(JobEvidence(pandaid=1, job={"jobstatus": "finished", **did_well}), NOW)
    assert notes.head == ["It ran for 5 h 33 min with a CPU efficiency of 95 %."]
    assert notes.rest() == []


def test_a_time_that_is_still_to_come_or_no_time_gives_no_age() -> None:
    assert "for" not in said(jobstatus="merging", statechangetime="2027-01-01 00:00:00").split("fails with it.")[-1]
    assert describe_state(JobEvidence(), NOW).sentences() == []


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.lists(st.integers(), max_size=2)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["activated", "running", "finished", "closed", "cancelled", "holding", "sent", "odd", ""]),
    st.dictionaries(
        st.sampled_from(
            [
                "statechangetime",
                "modificationtime",
                "creationtime",
                "durationsec",
                "maxwalltime",
                "jobmetrics",
                "nevents",
                "cpuefficiency",
                "maxpss",
                "minramcount",
                "corecount",
                "attemptnr",
                "maxattempt",
                "jobsubstatus",
                "jobinfo",
                "commandtopilot",
                "gshare",
                "currentpriority",
                "waittimesec",
                "starttime",
            ]
        ),
        VALUES,
    ),
)
def test_no_record_breaks_the_notes(state: str, record: dict[str, Any]) -> None:
    assert all(
        isinstance(one, str) and one for one in describe_state(JobEvidence(job={**record, "jobstatus": state})).sentences()
    )
