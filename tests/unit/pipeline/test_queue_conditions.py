"""No condition of a question about queues is dropped silently: it is read exactly, read as what it is near to, or told."""

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.evidence.queues import Queues
from askpanda.pipeline.routing.queue_following import continued
from askpanda.pipeline.routing.queue_question import read
from askpanda.pipeline.routing.queue_selection import QueueQuestion
from askpanda.pipeline.routing.rules import load
from tests.bigpanda import cric

RECORDS = cric.records()
QUEUES = Queues(RECORDS)
Record = dict[str, Any]
Holds = Callable[[Record], bool]


def picked(asked: QueueQuestion) -> set[str]:
    return set(asked.select(QUEUES, sorted(RECORDS)))


def those(holds: Holds) -> set[str]:
    found = {name for name, record in RECORDS.items() if holds(record)}
    assert 0 < len(found) < len(RECORDS), "a condition that tells nothing apart"
    return found


def understood(asked: QueueQuestion) -> bool:
    return not (asked.unread or asked.unknown or asked.uncertain)


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("queues with less than 10 cores and more than 20 GB of memory", lambda q: q["corecount"] < 10 and q["maxrss"] > 20000),
        ("queues with 8 or 16 cores", lambda q: q["corecount"] in (8, 16)),
        ("queues with 1 or 48 cores that are not offline", lambda q: q["corecount"] in (1, 48) and q["status"] != "offline"),
        ("queues with not 8 cores", lambda q: q["corecount"] != 8),
        ("16+ core queues", lambda q: q["corecount"] >= 16),
        ("queues with 16 cores or more", lambda q: q["corecount"] >= 16),
        ("queues with more than 8 cores or less than 2", lambda q: q["corecount"] > 8 or q["corecount"] < 2),
        ("queues with corecount >= 8 and corecount < 48", lambda q: 8 <= q["corecount"] < 48),
        ("multicore queues", lambda q: q["corecount"] > 1),
        ("single core queues in the DE cloud", lambda q: q["corecount"] == 1 and q["cloud"] == "DE"),
        ("queues with corepower 10-12", lambda q: 10 <= (q["corepower"] or 0) <= 12),
        ("queues whose corepower is not between 10 and 12", lambda q: not 10 <= (q["corepower"] or 10) <= 12),
        ("queues with corepower between 10 and 12 or above 15",
         lambda q: 10 <= (q["corepower"] or 0) <= 12 or (q["corepower"] or 0) > 15),
        ("queues with HS06 above 12", lambda q: (q["corepower"] or 0) > 12),
        ("queues with more memory than 30 GB", lambda q: q["maxrss"] > 30000),
        ("queues with more than 30 GB", lambda q: q["maxrss"] > 30000),
        ("queues with maxrss less than or equal to 16000", lambda q: q["maxrss"] <= 16000),
        ("queues with max memory over 20 gigs", lambda q: q["maxrss"] > 20000),
        ("queues with maxtime longer than 2 days", lambda q: q["maxtime"] > 2 * 86400),
        ("queues that don't use rucio", lambda q: "rucio" not in q["copytools"]),
        ("which queues haven't got rucio", lambda q: "rucio" not in q["copytools"]),
        ("queues that use rucio but not gfalcopy", lambda q: "rucio" in q["copytools"] and "gfalcopy" not in q["copytools"]),
        ("queues with rucio and gfalcopy in Germany or the USA", lambda q: {"rucio", "gfalcopy"} <= set(q["copytools"])),
        ("all queues except the German ones", lambda q: q["country"] != "Germany"),
        ("all queues but the ones in Germany", lambda q: q["country"] != "Germany"),
        ("queues outside Germany", lambda q: q["country"] != "Germany"),
        ("queues in neither Germany nor Italy", lambda q: q["country"] not in ("Germany", "Italy")),
        ("queues not in Germany or Italy", lambda q: q["country"] not in ("Germany", "Italy")),
        ("queues that are not T2 and not in Germany", lambda q: not q["tier"].startswith("T2") and q["country"] != "Germany"),
        ("queues neither online nor offline", lambda q: q["status"] not in ("online", "offline")),
        ("queues in the US and UK clouds", lambda q: q["cloud"] in ("US", "UK")),
        ("uk queues", lambda q: q["cloud"] == "UK"),
        ("queues not in US", lambda q: q["cloud"] != "US"),
        ("queues in cloud DE except those with 1 core", lambda q: q["cloud"] == "DE" and q["corecount"] != 1),
        ("queues except CERN", lambda q: q["name"] != "CERN"),
        ("maxrss of BNL and MWT2", lambda q: q["site"] in ("BNL-ATLAS", "MWT2")),
        ("queues in the DE cloud, not MPPMU", lambda q: q["cloud"] == "DE" and q["site"] != "MPPMU"),
        ("queues whose name contains TEST", lambda q: "TEST" in q["name"]),
        ("queues starting with BNL", lambda q: q["name"].startswith("BNL")),
        ("queues where cvmfs is not available", lambda q: not q["is_cvmfs"]),
        ("queues with cvmfs = false", lambda q: not q["is_cvmfs"]),
        ("queues with no value for corepower", lambda q: q["corepower"] is None),
        ("queues where corepower is unknown", lambda q: q["corepower"] is None),
        ("queues that have corepower set", lambda q: q["corepower"] is not None),
        ("queues with a comment", lambda q: q["comment"]),
        ("queues with IPv6", lambda q: "IPv6" in q["wnconnectivity"]),
        ("queues with rucio or mv in Germany or the USA",
         lambda q: {"rucio", "mv"} & set(q["copytools"]) and q["country"] in ("Germany", "USA")),
        ("queues with between 2 and 4 GB per core", lambda q: 2000 <= q["maxrss"] / q["corecount"] <= 4000),
        ("queues with at least sixteen cores", lambda q: q["corecount"] >= 16),
        ("queues with only rucio", lambda q: list(q["copytools"]) == ["rucio"]),
        ("non-German queues", lambda q: q["country"] != "Germany"),
        ("queues in usa", lambda q: q["country"] == "USA"),
        ("queues with a maxtime of less than 2 and a half days", lambda q: q["maxtime"] < 216000),
        ("queues of the CERN cloud", lambda q: q["cloud"] == "CERN"),
        ("which queues are served by CERN_central_B", lambda q: q["harvester"] == "CERN_central_B"),
        ("queues with (status online or test) and cloud DE",
         lambda q: q["status"] in ("online", "test") and q["cloud"] == "DE"),
        ("Quelles files ont au moins 16 coeurs ?", lambda q: q["corecount"] >= 16),
        ("toutes les files sauf celles en Allemagne", lambda q: q["country"] != "Germany"),
        ("toutes les files sans rucio", lambda q: "rucio" not in q["copytools"]),
        ("files avec plus de memoire que 30 GB", lambda q: q["maxrss"] > 30000),
        ("Welche Queues haben mehr als 30 GB Speicher?", lambda q: q["maxrss"] > 30000),
        ("Welche Queues haben höchstens 8 Kerne?", lambda q: q["corecount"] <= 8),
        ("alle Queues außer in Deutschland", lambda q: q["country"] != "Germany"),
        ("¿Qué colas tienen como máximo 8 núcleos?", lambda q: q["corecount"] <= 8),
        ("¿Qué colas tienen más de 30 GB de memoria?", lambda q: q["maxrss"] > 30000),
        ("todas las colas excepto las de Alemania", lambda q: q["country"] != "Germany"),
    ],
)  # fmt: skip
def test_what_is_read_is_exact(question: str, holds: Holds) -> None:
    asked = read(question, QUEUES)
    assert understood(asked), asked
    assert picked(asked) == those(lambda record: bool(holds(record)))


@pytest.mark.parametrize(
    ("question", "read_as", "holds"),
    [
        ("queues with copytool rucoi", ("rucoi", "rucio"), lambda q: "rucio" in q["copytools"]),
        ("which queues use rucoi", ("rucoi", "rucio"), lambda q: "rucio" in q["copytools"]),
        ("queues in the DE cloud with copytol mv or gfalcopy", ("copytol", "copytools"),
         lambda q: q["cloud"] == "DE" and {"mv", "gfalcopy"} & set(q["copytools"])),
        ("queues with corecont 8", ("corecont", "corecount"), lambda q: q["corecount"] == 8),
        ("queues in Germny", ("Germny", "Germany"), lambda q: q["country"] == "Germany"),
        ("Welche Queues in Deutschlnd sind online?", ("Deutschlnd", "Germany"),
         lambda q: q["country"] == "Germany" and q["status"] == "online"),
        ("Which queues are ofline?", ("ofline", "offline"), lambda q: q["status"] == "offline"),
        ("list brokerof queues", ("brokerof", "brokeroff"), lambda q: q["status"] == "brokeroff"),
        ("queues with workflow pul", ("pul", "pull_ups"), lambda q: q["workflow"] == "pull_ups"),
        ("files avec copytool rucoi", ("rucoi", "rucio"), lambda q: "rucio" in q["copytools"]),
    ],
)  # fmt: skip
def test_what_is_near_to_one_thing_is_read_as_it_and_that_is_told(
    question: str, read_as: tuple[str, str], holds: Holds
) -> None:
    asked = read(question, QUEUES)
    assert read_as in (*asked.guessed, *asked.read_as)
    assert understood(asked), asked
    assert picked(asked) == those(lambda record: bool(holds(record)))


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("queues with resource type MCORE", "`resource_type` is MCORE"),
        ("queues in cloud XY", "`cloud` is XY"),
        ("queues in the XY cloud", "`cloud` is XY"),
        ("Quelles files sont dans le cloud XY ?", "`cloud` is XY"),
        ("¿Qué colas están en la nube XY?", "`cloud` is XY"),
        ("Welche Queues haben den Ressourcentyp MCORE?", "`resource_type` is MCORE"),
        ("queues with status foobar", "`status` is foobar"),
        ("queues of tier T5", "`tier` is T5"),
        ("queues with harvester CERN_central_Z", "`harvester` is CERN_central_Z"),
        ("queues whose state is DISABLED", "`state` is DISABLED"),
        ("queues with country = DE", "`country` is DE"),
        ("French queues", "`country` is France"),
        ("queues in Narnia", "`country` is Narnia"),
        ("queues with 99 cores", "`corecount` is 99"),
        ("queues using lsm", "`copytools` include lsm"),
    ],
)
def test_a_value_that_no_queue_has_is_a_condition_that_nothing_holds(question: str, condition: str) -> None:
    asked = read(question, QUEUES, "DISABLED" if "DISABLED" in question else "")
    assert asked.said() == condition
    assert understood(asked), asked
    assert picked(asked) == set()


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("queues with flumph above 3", ("flumph above 3",)),
        ("show all queues with flumph 3", ("flumph 3",)),
        ("queues with fast disks", ("fast disks",)),
        ("expensive queues in Germany", ("expensive",)),
        ("queues in narnia", ("narnia",)),
        ("list the queues in Europe", ("Europe",)),
        ("queues using rucio xor gfalcopy", ("xor",)),
        ("queues with maxrss more than maxtime", ("more",)),
        ("queues with maxrss twice the meanrss", ("twice",)),
        ("blaue Queues", ("blaue",)),
        ("files bleues", ("bleues",)),
        ("colas azules", ("azules",)),
        ("queues that are not draining", ("not draining",)),
        ("queues that are non-virtual", ("not virtual",)),
        ("which queues have the same corecount as CERN", ("same corecount as CERN",)),
        ("queues ordered by status then maxrss", ("then maxrss",)),
        ("queues with about 8 cores", ("about 8",)),
        ("queues with more than 2 copytools", ("more than 2",)),
    ],
)
def test_what_is_not_understood_is_told_as_it_was_written(question: str, parts: tuple[str, ...]) -> None:
    assert read(question, QUEUES).unread == parts


@pytest.mark.parametrize(
    "question",
    [
        "Show me all the queues that are using rucio as copytool", "Display the corepower for all queues",
        "please list every queue with its maxtime", "which queues do you know?",
        "could you give me the status of all queues, please?",
        "how many queues are there?", "quelles queues connais-tu ?", "Zeige mir bitte alle Queues mit ihrem Status",
        "muéstrame todas las colas con su maxrss", "top 3 queues by corepower",
        "the 5 queues with the most memory in the US cloud",
        "average corepower of all queues", "queues sorted by maxrss in descending order", "how many queues per tier?",
    ],
)  # fmt: skip
def test_words_of_asking_are_no_conditions(question: str) -> None:
    asked = read(question, QUEUES)
    assert asked.unread == ()
    assert asked.read_as == asked.guessed == ()


def test_and_with_or_over_several_fields_is_told_to_have_two_readings() -> None:
    asked = read("queues in Germany with more than 16 cores or in Italy", QUEUES)
    assert asked.uncertain
    assert picked(asked) == those(lambda q: (q["country"] == "Germany" and q["corecount"] > 16) or q["country"] == "Italy")
    assert not read("online queues in Germany or Italy", QUEUES).uncertain
    assert not read("queues with 1 core or of type special", QUEUES).uncertain
    assert read("queues with rucio or mv and gfalcopy", QUEUES).uncertain


def test_a_field_may_be_called_like_the_value_of_another() -> None:
    assert read("queues with pilot manager Harvester", QUEUES).said() == "`pilot_manager` is Harvester"
    assert read("queues with pilot_manager != Harvester", QUEUES).said() == "`pilot_manager` is not Harvester"
    assert read("queues with timefloor less than 1 hour", QUEUES).said() == "`timefloor` is below 60"


@settings(deadline=None)
@given(st.text(string.ascii_lowercase, min_size=6, max_size=12), st.sampled_from(
    ["queues with {}", "queues in Germany with {} above 3", "{} queues that are online", "queues that are not {}",
     "queues with status {}", "queues in the {} cloud", "online queues or {} ones", "queues without {}"]))  # fmt: skip
def test_no_word_is_dropped_silently(word: str, question: str) -> None:
    plain, asked = read(question.format(""), QUEUES), read(question.format(word), QUEUES)
    told = asked.unread or asked.guessed or asked.read_as or asked.groups != plain.groups or asked.fields != plain.fields
    assert told or picked(asked) != picked(plain) or word in _OF_ASKING, asked


def _words_of(rules: object) -> set[str]:
    if isinstance(rules, dict):
        return set().union(*(_words_of(one) for pair in rules.items() for one in pair))
    return set().union(*(_words_of(one) for one in rules)) if isinstance(rules, list) else set(str(rules).split())


#: Words that the rules know, some as such that change nothing: they may come up, since data of ours is tried as well.
_OF_ASKING = _words_of(load("queue_words")) | {"status"}


@pytest.mark.parametrize(
    ("talk", "holds"),
    [
        (["Which queues use rucio?", "only the ones online"], lambda q: "rucio" in q["copytools"] and q["status"] == "online"),
        (["Which queues use rucio?", "without the German ones"],
         lambda q: "rucio" in q["copytools"] and q["country"] != "Germany"),
        (["Which queues use rucio?", "sort by corepower descending", "how many"], lambda q: "rucio" in q["copytools"]),
        (["Which queues are online?", "and offline?"], lambda q: q["status"] == "offline"),
        (["queues in the DE cloud", "which of them are online?", "and in the UK?"],
         lambda q: q["cloud"] == "UK" and q["status"] == "online"),
        (["queues in the DE cloud", "also the UK ones"], lambda q: q["cloud"] in ("DE", "UK")),
        (["queues in the DE cloud", "or in Italy"], lambda q: q["cloud"] == "DE" or q["country"] == "Italy"),
        (["queues in the DE cloud", "with more than 4 cores", "and with 1 core?"],
         lambda q: q["cloud"] == "DE" and q["corecount"] == 1),
        (["online queues", "except CERN", "only T1"], lambda q: q["tier"] == "T1" and q["status"] == "online"),
        (["show corepower of all queues", "only those above 11"], lambda q: (q["corepower"] or 0) > 11),
        (["Which queues use rucio?", "only the onlne ones"],
         lambda q: "rucio" in q["copytools"] and q["status"] == "online"),
        (["Quelles files sont en ligne ?", "seulement celles en Allemagne", "sans les T2"], None),
        (["Quelles files sont en ligne ?", "et hors ligne ?"], lambda q: q["status"] == "offline"),
        (["Welche Queues sind online?", "nur die in Deutschland"],
         lambda q: q["status"] == "online" and q["country"] == "Germany"),
        (["¿Qué colas están en línea?", "solo las de Alemania"],
         lambda q: q["status"] == "online" and q["country"] == "Germany"),
    ],
)  # fmt: skip
def test_what_follows_changes_what_was_asked_and_nothing_else(talk: list[str], holds: Holds | None) -> None:
    asked = continued(talk[0], talk[1:], QUEUES)
    assert understood(asked), asked
    assert picked(asked) == (those(lambda record: bool(holds(record))) if holds else set())


def test_a_follow_up_that_is_not_understood_says_so_and_leaves_the_table() -> None:
    asked = continued("queues in the DE cloud", ["only those with flumph above 3"], QUEUES)
    assert asked.unread == ("flumph above 3",)
    assert picked(asked) == picked(read("queues in the DE cloud", QUEUES))
    later = continued("queues with flumph above 3", ["sort by corepower"], QUEUES)
    assert later.unread == ("flumph above 3",), "the first question's table is still the one that is shown"
    assert later.order == "corepower"


def test_what_follows_puts_in_order_and_adds_fields() -> None:
    asked = continued("Which queues use rucio?", ["show also their maxrss", "sort by corepower descending"], QUEUES)
    assert asked.fields == ("copytools", "maxrss", "corepower")
    power = [RECORDS[name]["corepower"] for name in asked.select(QUEUES, sorted(RECORDS))]
    assert [one for one in power if one is not None] == sorted((one for one in power if one is not None), reverse=True)
    ascending = continued("show the corepower of all queues", ["sorted ascending"], QUEUES)
    assert (ascending.order, ascending.descending) == ("corepower", False)
    assert continued("queues in the DE cloud", ["group them by tier"], QUEUES).group == ("tier",)
    summed = continued("show the maxrss of the DE queues", ["what is their average corepower?"], QUEUES)
    assert (summed.aggregate, summed.fields[0]) == ("average", "corepower")


def test_queues_are_put_in_the_order_of_words_as_well() -> None:
    names = read("queues sorted by status", QUEUES).select(QUEUES, sorted(RECORDS))
    assert [RECORDS[name]["status"] for name in names] == sorted(record["status"] for record in RECORDS.values())


def test_a_tool_that_no_queue_has_is_told_too_when_it_was_misspelt() -> None:
    without = Queues({name: record for name, record in RECORDS.items() if "rucio" not in record["copytools"]})
    asked = read("queues with copytool rucoi", without)
    assert asked.read_as == (("rucoi", "rucio"),)
    assert asked.said() == "`copytools` include rucio"
    assert asked.select(without, sorted(without.records)) == []


def test_another_place_takes_the_place_of_the_one_before() -> None:
    asked = continued("What copytool does BNL use?", ["and CERN?", "and MWT2?"], QUEUES, place="MWT2")
    assert asked.fields == ("copytools",)
    assert asked.groups == ()
    assert not asked.names_places
    kept = continued("queues except CERN", ["only T1"], QUEUES, place="CERN")
    assert kept.names_places
    assert picked(kept) == those(lambda q: q["tier"] == "T1")
