"""Which queues and which fields a question means, held against the records themselves."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.evidence.queues import Queues
from askpanda.pipeline.routing.queue_question import read
from tests.bigpanda import cric

RECORDS = cric.records()
QUEUES = Queues(RECORDS)
Record = dict[str, Any]


def chosen(question: str) -> set[str]:
    return set(read(question, QUEUES).select(QUEUES, sorted(RECORDS)))


def those(holds: Callable[[Record], bool]) -> set[str]:
    found = {name for name, record in RECORDS.items() if holds(record)}
    assert 0 < len(found) < len(RECORDS), "a condition that tells nothing apart"
    return found


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("Show me all the queues that are using rucio as copytool", lambda q: "rucio" in q["copytools"]),
        ("which queues have gfalcopy among their copy tools", lambda q: "gfalcopy" in q["copytools"]),
        ("copytool = mv", lambda q: "mv" in q["copytools"]),
        ("Which queues do not use rucio?", lambda q: "rucio" not in q["copytools"]),
        ("queues without rucio", lambda q: "rucio" not in q["copytools"]),
        ("which queues use both rucio and gfalcopy?", lambda q: {"rucio", "gfalcopy"} <= set(q["copytools"])),
        ("queues using mv or gfalcopy", lambda q: {"mv", "gfalcopy"} & set(q["copytools"])),
        ("Which queues are offline?", lambda q: q["status"] == "offline"),
        ("queues whose status is not online", lambda q: q["status"] != "online"),
        ("how many queues are online?", lambda q: q["status"] == "online"),
        ("Which queues in Germany are online?", lambda q: q["country"] == "Germany" and q["status"] == "online"),
        ("queues in Italy or Switzerland", lambda q: q["country"] in ("Italy", "Switzerland")),
        ("list all queues in the US cloud", lambda q: q["cloud"] == "US"),
        ("What are the core counts of the T1 queues?", lambda q: q["tier"] == "T1"),
        ("all tier T2 queues", lambda q: q["tier"].startswith("T2")),
        ("HPC queues", lambda q: q["resource_type"] == "HPC"),
        ("queues with maxrss above 32000", lambda q: q["maxrss"] > 32000),
        ("queues with maxrss > 32 GB", lambda q: q["maxrss"] > 32000),
        ("queues with more than 32,000 MB of memory", lambda q: q["maxrss"] > 32000),
        ("which queues have more than 2 GB per core", lambda q: q["maxrss"] / q["corecount"] > 2000),
        ("queues with at least 3000 MB of memory per core", lambda q: q["maxrss"] / q["corecount"] >= 3000),
        ("queues with corecount 8 and status online", lambda q: q["corecount"] == 8 and q["status"] == "online"),
        ("queues with corecount between 8 and 16", lambda q: 8 <= q["corecount"] <= 16),
        ("queues with at least 16 cores", lambda q: q["corecount"] >= 16),
        ("queues with 1 core", lambda q: q["corecount"] == 1),
        ("queues with maxtime of at least 3 days", lambda q: q["maxtime"] >= 3 * 86400),
        ("queues with 1 core or of type special", lambda q: q["corecount"] == 1 or q["type"] == "special"),
        ("queues in Germany that are in test or brokeroff", lambda q: q["country"] == "Germany" and q["status"] == "test"),
        ("offline queues or queues with maxrss above 32000", lambda q: q["status"] == "offline" or q["maxrss"] > 32000),
        ("UK queues", lambda q: q["cloud"] == "UK"),
        ("Welche Queues in Deutschland sind online?", lambda q: q["country"] == "Germany" and q["status"] == "online"),
        ("Quelles files d'attente sont en Allemagne ?", lambda q: q["country"] == "Germany"),
        ("Quelles files d'attente sont hors ligne ?", lambda q: q["status"] == "offline"),
        ("colas en Alemania fuera de linea o en pruebas", lambda q: q["country"] == "Germany" and q["status"] == "test"),
        ("queues with corepower less than 10", lambda q: (q["corepower"] or 99) < 10),
        ("which queues have no corepower", lambda q: q["corepower"] is None),
        ("queues with container type apptainer", lambda q: q["container_type"].startswith("apptainer")),
        ("queues without cvmfs", lambda q: not q["is_cvmfs"]),
        ("queues with direct access", lambda q: q["direct_access_lan"]),
        ("Which queues use push workflow?", lambda q: q["workflow"] == "push"),
        ("Quelles files utilisent gfalcopy ?", lambda q: "gfalcopy" in q["copytools"]),
        ("Welche Queues sind offline?", lambda q: q["status"] == "offline"),
        ("¿Qué colas no usan rucio?", lambda q: "rucio" not in q["copytools"]),
    ],
)  # fmt: skip
def test_a_condition_selects_exactly_the_queues_that_hold_it(question: str, holds: Callable[[Record], bool]) -> None:
    assert chosen(question) == those(lambda record: bool(holds(record)))


@pytest.mark.parametrize(
    "question", ["Display the corepower for all queues", "show the status of all queues", "list every queue with its maxtime"]
)
def test_without_a_condition_every_queue_is_meant(question: str) -> None:
    assert chosen(question) == set(RECORDS)


def test_a_value_that_no_queue_has_selects_none() -> None:
    assert chosen("queues with copytool xrootd") == set()
    assert chosen("queues using lsm as copytool") == set()


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("Display the corepower for all queues", ("corepower",)),
        ("What copytool does it use?", ("copytools",)),
        ("show acopytools of all queues", ("acopytools",)),
        ("core power and max rss of all queues", ("corepower", "maxrss")),
        ("the pilot_rss_grace of all queues", ("pilot_rss_grace",)),
        ("what is the wnconnectivity", ("wnconnectivity",)),
        ("memory limits of the German queues", ("maxrss", "country")),
        ("maxrss of the online queues", ("maxrss", "status")),
        (
            "What are the limits of this queue?",
            ("maxrss", "maxtime", "maxwdir", "maxinputsize", "corecount", "transferringlimit"),
        ),
        ("and the memory limit?", ("maxrss",)),
    ],
)
def test_the_fields_that_are_named_are_shown(question: str, fields: tuple[str, ...]) -> None:
    assert read(question, QUEUES).fields == fields


def test_the_best_are_in_order_and_as_many_as_asked_for() -> None:
    asked = read("top 3 queues by corepower", QUEUES)
    best = asked.select(QUEUES, sorted(RECORDS))
    by_power = sorted((r["corepower"], name) for name, r in RECORDS.items() if r["corepower"] is not None)
    assert best == [name for _, name in reversed(by_power[-3:])]
    lowest = read("which queue has the lowest corepower?", QUEUES).select(QUEUES, sorted(RECORDS))
    assert lowest == [by_power[0][1]]
    tied = read("the queue with the most cores", QUEUES).select(QUEUES, sorted(RECORDS))
    assert tied == ["INFN-T1_HPC"]
    assert len(read("top 4 queues by corecount", QUEUES).select(QUEUES, sorted(RECORDS))) > 4, "ties with the last are kept"


def test_a_places_own_name_is_no_value() -> None:
    assert read("What is the status of CERN?", QUEUES, "CERN").conditions == ()
    assert read("What copytool does BNL use?", QUEUES, "BNL").conditions == ()


@settings(deadline=None)  # the machine may be busy
@given(st.text(max_size=300))
def test_any_text_is_read(question: str) -> None:
    asked = read(question, QUEUES)
    assert set(asked.select(QUEUES, sorted(RECORDS))) <= set(RECORDS)
    assert all(condition.said() for condition in asked.conditions)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=9), st.dictionaries(st.sampled_from(["status", "copytools", "maxrss", "tier"]),
       st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda x: st.lists(x, max_size=3)
                    | st.dictionaries(st.text(max_size=5), x, max_size=3), max_leaves=6))))  # fmt: skip
def test_any_records_are_asked(records: dict[str, Record]) -> None:
    queues = Queues(records)
    for question in ("queues with maxrss above 3", "queues using rucio as copytool", "T1 queues that are not online"):
        read(question, queues).select(queues, sorted(records))


def test_a_country_without_a_queue_is_a_condition_that_nothing_holds() -> None:
    asked = read("all T2 queues in France", QUEUES)
    assert asked.select(QUEUES, sorted(RECORDS)) == []
    assert "`country` is France" in [condition.said() for condition in asked.conditions]


def test_groups_and_numbers_of_all_queues_are_told_from_conditions() -> None:
    assert read("how many queues per tier?", QUEUES).group == ("tier",)
    assert read("list queues by cloud", QUEUES).group == ("cloud",)
    assert read("queues with more than 2GB per core", QUEUES).group == ()
    assert read("average corepower of all queues", QUEUES).aggregate == "average"
    assert read("what is the total corecount of the online queues", QUEUES).aggregate == "sum"
    assert read("queues with mean rss above 2000", QUEUES).aggregate == ""


def test_the_cloud_of_a_question_is_a_condition_however_it_is_said() -> None:
    asked = read("all queues in the UK with corepower over 10 that are offline", QUEUES, cloud="UK")
    assert asked.select(QUEUES, sorted(RECORDS)) == []
    assert "`cloud` is UK" in asked.said()
    asked = read("average corepower of UK queues", QUEUES, cloud="UK")
    assert asked.select(QUEUES, sorted(RECORDS)) == [name for name, q in RECORDS.items() if q["cloud"] == "UK"]
    assert read("queues in the DE cloud", QUEUES, cloud="DE").said().count("cloud") == 1


def test_what_is_said_keeps_or_and_and_apart() -> None:
    asked = read("queues in Germany that are offline or in test", QUEUES)
    assert asked.said() == "`country` is Germany and (`status` is offline or `status` is test)"
    assert read("queues with 1 core or of type special", QUEUES).said() == "`corecount` is 1 or `type` is special"


def test_sorting_loses_no_queue_without_a_value() -> None:
    found = read("queues sorted by corepower", QUEUES).select(QUEUES, sorted(RECORDS))
    assert sorted(found) == sorted(RECORDS)
    assert found[-1] == next(name for name, q in RECORDS.items() if q["corepower"] is None)


def test_a_misspelt_field_is_the_nearest_and_an_unknown_one_is_none() -> None:
    asked = read("what is the maxrrs of MPPMU?", QUEUES, "MPPMU")
    assert asked.fields == ("maxrss",)
    assert asked.guessed == (("maxrrs", "maxrss"),)
    assert read("what is the flumph of MPPMU?", QUEUES, "MPPMU").unknown == "flumph"
    assert read("what is the status of MPPMU?", QUEUES, "MPPMU").unknown == ""
    for question in ("Show the settings of MPPMU", "the configuration of MPPMU", "les parametres de MPPMU", "details of MPPMU"):
        assert read(question, QUEUES, "MPPMU").unknown == ""
    assert read("which fields do you know about queues?", QUEUES).which_fields


def test_queues_are_counted_by_two_fields() -> None:
    assert read("count queues by tier and status", QUEUES).group == ("tier", "status")
