"""The catalogue against the list of codes that PanDA's sources define, and against its own rules of style."""

import csv
import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from askpanda.catalogue import Catalogue, Entry, load

CODES = Path(__file__).with_name("codes.csv")
EXPLAINED = ("meaning", "raised", "causes", "user", "expert", "scenarios", "prevention")
#: Phrases that fit every error and so explain none.
FILLER = re.compile(
    r"\b(?:something (?:went|goes) wrong|an? (?:unknown |unexpected )?error (?:has )?occurred|various reasons|"
    r"for some reason|in some cases|try again later|contact (?:your|the) (?:admin\w*|support|experts?)|see the documentation|"
    r"check (?:the )?logs?(?: files?)? for (?:more )?(?:details|information)|as (?:needed|appropriate)|please)\b",
    re.IGNORECASE,
)
#: What can be opened, run or searched for: a command or option, a quoted line, a file, a field of the record, a service.
PLACE = re.compile(
    r"`[^`]+`|\"[^\"]+\"|\b[\w-]+\.(?:txt|json|stdout|stderr|log|err)\b|\b[a-z]+(?:_[a-z]+)+\b|\b[a-z]+error(?:code|diag)\b|"
    r"\b(?:CRIC|Rucio|JEDI|Harvester|AMI|HammerCloud|page|history|accounting|traceback|kernel log|batch log|\w+Log)\b",
    re.IGNORECASE,
)
#: Owner and name of a repository, then a file in it.
SOURCE = re.compile(r"[\w-]+/[\w-]+ [\w./-]+\.(?:py|sh|yaml|json)\b")


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
        assert words >= 95, f"{entry.key} has {words} words"
        for field in ("causes", "user", "expert", "scenarios"):
            assert getattr(entry, field), f"{entry.key} has no {field}"
        assert entry.see_also, f"{entry.key} has no related code"


def test_every_code_of_todays_software_is_fully_explained(catalogue):
    assert [entry.key for entry in catalogue if not entry.full and not entry.legacy] == []


def test_every_code_of_todays_software_says_how_to_prevent_it_and_where_an_expert_looks(catalogue):
    """Legacy codes may be short: nobody can prevent what today's software no longer reports."""
    current = [entry for entry in catalogue if not entry.legacy]
    assert [entry.key for entry in current if not entry.prevention] == []
    assert [entry.key for entry in current if len(entry.expert) < 2] == []
    assert [entry.key for entry in current if not any(PLACE.search(step) for step in entry.expert)] == []


def test_an_explanation_is_its_own_and_not_a_template_with_another_name(catalogue):
    """Ten words in a row may come back in four entries at most, whatever stands before and after them."""
    run = 10
    users = defaultdict(set)
    for entry in catalogue:
        for sentence in texts(entry):
            words = re.findall(r"[\w'-]+", sentence.casefold())
            for start in range(len(words) - run + 1):
                users[" ".join(words[start : start + run])].add(entry.key)
    assert {words: sorted(keys) for words, keys in users.items() if len(keys) > 4} == {}


def test_no_sentence_is_filler(catalogue):
    found = [(entry.key, sentence) for entry in catalogue for sentence in texts(entry) if FILLER.search(sentence)]
    assert found == []


def test_no_two_explanations_share_half_of_their_words(catalogue):
    """Two codes of one family differ in cause and cure; where they do not, the second explanation says nothing."""
    current = [entry for entry in catalogue if not entry.legacy]
    words = {entry.key: set(re.findall(r"[a-z0-9_'-]{3,}", " ".join(texts(entry)).casefold())) for entry in current}
    alike = [
        pair
        for pair in combinations(words, 2)
        if len(words[pair[0]] & words[pair[1]]) >= 0.5 * len(set.union(*map(words.get, pair)))
    ]
    assert alike == []


def test_every_explanation_names_the_code_it_was_read_from(catalogue):
    assert [entry.key for entry in catalogue if not entry.legacy and not SOURCE.match(entry.source)] == []


def test_a_source_that_can_be_opened_has_its_address(catalogue):
    wrong = {}
    for entry in catalogue:
        public = entry.source.startswith(("PanDAWMS/", "HSF/")) and not entry.legacy
        repository, file = (entry.source.split() or [""])[0], SOURCE.match(entry.source)
        expected = f"https://github.com/{repository}/blob/HEAD/{file[0].split()[1]}" if public and file else ""
        if entry.source_url != expected:
            wrong[entry.key] = entry.source_url
    assert wrong == {}
    assert sum(bool(entry.source_url) for entry in catalogue) > 350


def test_what_passes_another_time_is_worth_an_attempt_and_nothing_else_is(catalogue):
    """`transient` and `retry` say the same thing twice, in old codes too: what cannot pass unchanged is not waited for."""
    at_odds = {entry.key: entry.retry for entry in catalogue if (entry.retry != "no") != (entry.transient is not False)}
    assert at_odds == {}


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
