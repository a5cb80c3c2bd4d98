"""Answers about queues begin with what was asked: the value with its unit, yes or no, the average, the groups."""

from collections import Counter
from statistics import mean

import pytest
from live_kit import Ask, Way, fetching, is_sourced, table, with_cric

from tests.bigpanda import cric
from tests.bigpanda.serving import Monitor

RECORDS = cric.records()


@pytest.fixture(params=[fetching, with_cric])
def way(request: pytest.FixtureRequest) -> Way:
    made: Way = request.param
    return made


def test_one_value_of_one_queue_is_said_with_its_unit_once(ask: Ask) -> None:
    answer = ask("what is the maxrss of MWT2?")
    assert answer.text.startswith("The highest memory of queue **MWT2** (`maxrss`) is **16000 MB**.")
    assert answer.text.count("16000") == 1


@pytest.mark.parametrize(
    ("question", "begin"),
    [
        ("is queue SLACXRD online?", "**No**: SLACXRD has status brokeroff."),
        ("is MWT2 online?", "**Yes**: MWT2 has status online."),
        ("does BNL use xrdcp?", "**No, none** of the 2 queues of BNL"),
        ("does MWT2 use lsm?", "**No**: MWT2 has copytools"),
        ("what is the highest corepower?", "The highest `corepower` of 14 queues: INFN-T1_HPC (17.2 HS06 per core)."),
        (
            "is DESY-HH online?",
            "**Partly, 1** of the 2 queues of DESY-HH: DESY-HH has status online and DESY-HH_TEST has status test.",
        ),
    ],
)
def test_yes_or_no_is_answered_by_yes_or_no(ask: Ask, question: str, begin: str) -> None:
    assert ask(question).text.startswith(begin)


def test_memory_per_core_is_that_of_the_slot_shared_by_its_cores(ask: Ask) -> None:
    rows = table(ask("which queues have more than 2 GB per core?"))
    per_core = {name: record["maxrss"] / record["corecount"] for name, record in RECORDS.items()}
    assert dict(rows) == {name: value for name, value in per_core.items() if value > 2000}


def test_queues_are_counted_by_a_field(ask: Ask) -> None:
    rows = table(ask("how many queues per tier?"))
    assert {value: n for value, n, _ in rows} == dict(Counter(record["tier"] for record in RECORDS.values()))
    assert sum(len(names.split(", ")) for *_, names in rows) == len(RECORDS)


def test_an_average_leaves_out_what_has_no_value_and_says_so(ask: Ask) -> None:
    values = [record["corepower"] for record in RECORDS.values() if record["corepower"] is not None]
    text = ask("average corepower of all queues").text
    assert text.startswith(f"The average of `corepower` is **{mean(values):.6g} HS06 per core**")
    assert f"{len(RECORDS) - len(values)} queue without it left out" in text


def test_no_match_says_which_conditions_nothing_holds(ask: Ask) -> None:
    assert "None of 14 queues matches: `tier` is T2 and `country` is France." in ask("all T2 queues in France").text


def test_whose_failures_are_most_is_counted_over_the_failed_jobs(ask: Ask, monitor: Monitor) -> None:
    answer = ask("which queues have the most failures in the last 24 hours?")
    failed = Counter(one.record["computingsite"] for one in monitor.world.select({"hours": "24", "jobstatus": "failed"}))
    (name, n), *_ = failed.most_common()
    assert answer.text.startswith(f"The queues with the most failed jobs in the last 24 hours: **{name}** ({n} jobs, ")
    assert {row[0]: row[1] for row in table(answer, "Failed jobs by queue")} == dict(failed)


def test_queues_of_a_cloud_are_those_alone_in_every_way_of_asking(ask: Ask) -> None:
    for question in ("queues in the UK with corepower over 10", "UK queues with corepower over 10"):
        answer = ask(question)
        is_sourced(answer)
        assert {row[0] for row in table(answer)} == {
            name for name, q in cric.records().items() if q["cloud"] == "UK" and q["corepower"] > 10
        }


def test_every_field_is_listed_with_how_many_queues_have_it(ask: Ask) -> None:
    answer = ask("Which fields do you know about queues?")
    is_sourced(answer)
    rows = {row[0]: row[2] for row in table(answer, "Fields of a queue")}
    records = cric.records().values()
    assert set(rows) == {field for record in records for field in record}
    assert rows["corepower"] == sum(record["corepower"] is not None for record in records)


def test_a_field_that_is_none_leads_to_the_nearest(ask: Ask) -> None:
    assert "There is no field `maxrrs`; this is `maxrss`." in ask("What is the maxrrs of MPPMU?").text
    answer = ask("what is the field maxdisk of MPPMU?")
    assert answer.intent == "queue_metadata"
    assert "`maxdiskio`" in answer.text
    assert "have no field `flumph`" in ask("what is the field flumph of MPPMU?").text


def test_queues_by_two_fields_sum_to_all(ask: Ask) -> None:
    answer = ask("count queues by tier and status")
    assert sum(row[2] for row in table(answer, "by")) == len(cric.records())
    assert len({tuple(row[:2]) for row in table(answer, "by")}) == len(table(answer, "by"))
