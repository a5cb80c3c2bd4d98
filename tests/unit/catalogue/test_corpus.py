"""The catalogue against the list of codes that PanDA's sources define, and against its own rules of style."""

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

from askpanda.catalogue import Catalogue, Entry, load

CODES = Path(__file__).with_name("codes.csv")
EXPLAINED = ("meaning", "raised", "causes", "user", "expert", "scenarios", "prevention")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


def listed() -> list[dict[str, str]]:
    with CODES.open(newline="") as file:
        return list(csv.DictReader(file))


def texts(entry: Entry) -> list[str]:
    """All sentences of our own in one entry."""
    pieces = []
    for field in EXPLAINED:
        value = getattr(entry, field)
        pieces.extend([value] if isinstance(value, str) else value)
    return [sentence.strip() for piece in pieces for sentence in re.split(r"(?<=[.!?])\s+", piece) if sentence.strip()]


def test_no_code_of_the_sources_is_missing_and_none_is_invented(catalogue):
    expected = {(row["component"], row["group"], int(row["code"]), row["legacy"] == "legacy") for row in listed()}
    assert {(entry.component, entry.group, entry.code, entry.legacy) for entry in catalogue} == expected
    assert sum(1 for entry in catalogue if not entry.legacy) == 466


def test_names_are_those_of_the_sources(catalogue):
    names = {(row["component"], row["group"], int(row["code"])): row["name"] for row in listed() if row["name"]}
    wrong = [
        entry.key for entry in catalogue if names.get((entry.component, entry.group, entry.code), entry.name) != entry.name
    ]
    assert wrong == []


def test_see_also_leads_somewhere_else(catalogue):
    for entry in catalogue:
        for other in entry.see_also:
            component, code = other.split(":")
            target = catalogue.get(component, int(code))
            assert target is not None, f"{entry.key} names {other}, which is not listed"
            assert target is not entry, f"{entry.key} names itself"


def test_no_sentence_serves_more_than_three_entries(catalogue):
    users = defaultdict(set)
    for entry in catalogue:
        for sentence in texts(entry):
            users[sentence.casefold()].add(entry.key)
    shared = {sentence: sorted(keys) for sentence, keys in users.items() if len(keys) > 3}
    assert shared == {}


def test_every_meaning_is_a_sentence_and_no_two_are_alike(catalogue):
    meanings = defaultdict(list)
    for entry in catalogue:
        assert entry.meaning.endswith("."), entry.key
        assert len(entry.meaning.split()) >= 5, entry.key
        meanings[entry.meaning.casefold()].append(entry.key)
    assert [keys for keys in meanings.values() if len(keys) > 1] == []


def test_a_full_explanation_has_substance(catalogue):
    for entry in catalogue:
        if not entry.full:
            rest = entry.causes + entry.user + entry.expert + entry.scenarios + entry.prevention
            assert rest == [], f"{entry.key} is half explained"
            continue
        words = sum(len(sentence.split()) for sentence in texts(entry))
        assert words >= 90, f"{entry.key} has {words} words"
        for field in ("causes", "user", "expert", "scenarios"):
            assert getattr(entry, field), f"{entry.key} has no {field}"
        assert entry.see_also, f"{entry.key} has no related code"


def test_the_codes_that_are_met_most_are_fully_explained(catalogue):
    most_met = {
        "pilot": "1098 1099 1103 1104 1106 1110 1115 1124 1137 1144 1150 1151 1152 1163 1165 1171 1172 1201 1212 1213 1220 "
        "1235 1246 1305 1306 1315 1324 1334 1335 1349 1361 1362 1368 1369 1374 1376 1377 1379",
        "executor": "2000 2001 2002 5303 5307 5316 5318 5406",
        "transform": "1 65 66 67 68 134 137 139 143 220 221 222 223",
        "taskbuffer": "100 102 103 106 107 130 300",
        "jobdispatcher": "100 102 103 104",
        "dataservice": "100 101 200",
        "supervisor": "1000 2001 2002 4215 5530 8970 9000",
    }
    short = [
        f"{component}:{code}"
        for component, codes in most_met.items()
        for code in codes.split()
        if not catalogue.get(component, int(code)).full
    ]
    assert short == []


def test_a_job_that_cannot_pass_is_not_sent_round_again(catalogue):
    for entry in catalogue:
        if entry.transient:
            continue
        assert entry.retry != "yes" or entry.party != "user", f"{entry.key}: the user's own permanent fault, yet retry yes"


def test_supervisor_codes_carry_the_expression_that_selects_them(catalogue):
    for entry in catalogue.listing("supervisor"):
        if 2000 < entry.code < 9000:
            assert entry.log_keys, entry.key
            re.compile(entry.log_keys[0])


def test_log_keys_are_fragments_that_a_search_can_use(catalogue):
    for entry in catalogue:
        for key in entry.log_keys:
            assert key == key.strip(), entry.key
            assert 6 <= len(key) <= 110, f"{entry.key}: {key!r}"
