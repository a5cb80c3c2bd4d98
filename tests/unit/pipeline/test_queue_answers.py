"""Answers about queues begin with what was asked: the value with its unit, yes or no, the average, the groups."""

from collections import Counter
from statistics import mean

import pytest
from live_kit import Ask, Way, fetching, is_sourced, table, with_cric

from askpanda.schema.ask import HistoryTurn
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


def test_a_value_that_no_queue_has_is_said_with_those_that_there_are(ask: Ask) -> None:
    answer = ask("queues with resource type MCORE")
    is_sourced(answer)
    assert answer.text.startswith("None of 14 queues matches: `resource_type` is MCORE. No queue has `resource_type` MCORE;")
    counts = Counter(record["resource_type"] for record in RECORDS.values())
    for value, n in counts.items():
        assert f"{value} ({n})" in answer.text
    assert answer.blocks == []
    assert "The highest `corecount` is 48." in ask("is there a queue with more than 100 cores?").text


def test_what_was_not_understood_is_said_before_the_table_and_as_a_warning(ask: Ask) -> None:
    answer = ask("queues in the DE cloud with flumph above 3")
    assert answer.text.startswith("**Not understood:** `flumph above 3`.")
    assert any("`flumph above 3`" in warning for warning in answer.warnings)
    assert len(table(answer)) == sum(record["cloud"] == "DE" for record in RECORDS.values())
    assert not any("Not understood" in warning for warning in ask("queues in the DE cloud").warnings)


def test_a_misspelt_value_is_said_with_what_it_was_read_as(ask: Ask) -> None:
    answer = ask("queues in Germny with copytol rucio")
    assert "There is no field `copytol`; this is `copytools`." in answer.text
    assert "`Germny` was read as Germany." in answer.text
    assert {row[0] for row in table(answer)} == {
        name for name, q in RECORDS.items() if q["country"] == "Germany" and "rucio" in q["copytools"]
    }


def test_the_best_of_those_that_hold_a_condition_are_told_as_such(ask: Ask) -> None:
    answer = ask("the 2 queues with the most memory in the US cloud")
    of_cloud = sorted(((q["maxrss"], name) for name, q in RECORDS.items() if q["cloud"] == "US"), reverse=True)
    begin = f"The highest `maxrss` of the {len(of_cloud)} of 14 queues where `cloud` is US: BNL (40000 MB)"
    assert answer.text.startswith(begin)
    assert table(answer)[0][0] == of_cloud[0][1]


def test_an_average_by_a_field_is_that_of_each_group(ask: Ask) -> None:
    rows = table(ask("average maxrss of queues with 8 cores by cloud"))
    of_us = [q["maxrss"] for q in RECORDS.values() if q["cloud"] == "US" and q["corecount"] == 8]
    assert next(row for row in rows if row[0] == "US")[2] == f"{mean(of_us):.6g}"


def test_a_conversation_narrows_and_sorts_what_was_asked(ask: Ask) -> None:
    said: list[str] = []
    history: list[dict[str, str]] = []
    answer = None
    for question in (
        "Which queues use rucio?",
        "only the ones online",
        "without the German ones",
        "sort by corepower descending",
        "how many",
        "show also their maxrss",
    ):
        answer = ask(question, previous=answer, history=[HistoryTurn.model_validate(turn) for turn in history])
        history += [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]
        said.append(answer.text)
    assert answer is not None
    wanted = {
        name: q
        for name, q in RECORDS.items()
        if "rucio" in q["copytools"] and q["status"] == "online" and q["country"] != "Germany"
    }
    assert [row[0] for row in table(answer)] == sorted(wanted, key=lambda name: (-wanted[name]["corepower"], name))
    assert f"**{len(wanted)}** of 14 queues match" in said[4]
    columns = answer.blocks[0].data["columns"]
    assert {row[0]: row[columns.index("highest memory (MB)")] for row in table(answer)} == {
        name: q["maxrss"] for name, q in wanted.items()
    }
