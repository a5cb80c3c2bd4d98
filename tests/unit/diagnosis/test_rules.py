"""Every rule does what it says: its example is found, its counterexample is not, its words can be filled."""

import re
from functools import cache
from pathlib import Path

import pytest
import re2

from askpanda.diagnosis import engine
from askpanda.diagnosis.fill import sentence, values_of
from askpanda.diagnosis.rules import Rule, RuleError, _rule, load, one_line

RULES = load()
IDS = [rule.id for rule in RULES]
KINDS = {"pilot", "payload", "setup", "staging", "remote", "report", "wrapper", "record"}


@cache
def patterns(rule: Rule) -> list[object]:
    return [re2.compile(f"(?m){pattern}") for pattern in rule.find]


def found(rule: Rule, line: str) -> bool:
    hit = any(pattern.search(line) for pattern in patterns(rule))  # type: ignore[attr-defined]
    return hit and (rule.must is None or rule.must.search(line) is not None)


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_finds_its_example_and_leaves_its_counterexample_alone(rule: Rule) -> None:
    assert rule.example, "a rule without an example line proves nothing"
    assert rule.counter, "a rule without a counterexample may match everything"
    for line in rule.example:
        assert found(rule, line), line
    for line in rule.counter:
        assert not found(rule, line), line


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.role == "cause" and not rule.generic], ids=lambda rule: rule.id
)
def test_a_cause_has_words_for_its_example(rule: Rule) -> None:
    assert rule.kind
    if rule.says:
        values = {**values_of(rule, rule.example[0]), "site": "SOME_SITE"}
        assert sentence(rule.says, values), f"no sentence of {rule.id} can be filled from {values}"


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_names_where_its_line_is_written_and_fields_that_exist(rule: Rule) -> None:
    assert rule.source
    assert rule.files <= KINDS
    assert 0 <= rule.weight <= 100
    for code in rule.codes:
        assert re.fullmatch(
            r"(?:pilot|executor|transform|dataservice|jobdispatcher|taskbuffer|brokerage|supervisor|pilotexit):(?:\d+|\*)", code
        ), code


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.role != "harmless"], ids=lambda rule: rule.id)
def test_no_pattern_ends_in_an_open_repeat_that_would_report_every_character(rule: Rule) -> None:
    for pattern in rule.find:
        assert not re.search(r"(?<!\\)[*+]\??$|\{\d+,\d*\}$", pattern), pattern


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.retry and rule.transient is not None], ids=lambda rule: rule.id
)
def test_what_passes_another_time_is_worth_an_attempt_and_nothing_else_is(rule: Rule) -> None:
    assert (rule.retry != "no") == rule.transient


def test_patterns_cannot_run_over_the_end_of_a_line() -> None:
    narrowed = re2.compile(one_line(r"a[^x]*\s*b"))
    assert narrowed.search("a cc b")
    assert not narrowed.search("a cc\nb")


def test_a_misspelt_field_is_told_with_the_rules_name() -> None:
    with pytest.raises(RuleError, match=r"demo: broken.*wieght"):
        _rule(0, "demo", {"id": "broken", "find": "x", "wieght": 3})


def test_hyperscan_and_re2_find_the_same_lines() -> None:
    pytest.importorskip("hyperscan")
    block = ("\n".join(line for rule in RULES for line in [*rule.example, *rule.counter]) + "\n").encode()
    starts = [0, *(match.end() for match in re.finditer(b"\n", block))]

    def lines(kind: str) -> set[tuple[int, int]]:
        hits = engine.make(RULES, kind).scan(block, once=False)
        return {(number, sum(1 for start in starts if start < end)) for number, end in hits}

    fast, slow = lines("hyperscan"), lines("re2")
    assert fast == slow
    assert len({number for number, _ in fast}) > 150


def test_a_kept_database_gives_the_same_hits_as_a_fresh_one(tmp_path: Path) -> None:
    pytest.importorskip("hyperscan")
    fresh = engine.make(RULES, "hyperscan", tmp_path)
    assert list(tmp_path.glob("*.hs"))
    kept = engine.make(RULES, "hyperscan", tmp_path)
    block = b"Segmentation fault\nMemory cgroup out of memory: Killed process 1 (x)\n"
    assert sorted(kept.scan(block, False)) == sorted(fresh.scan(block, False)) != []


def test_a_broken_kept_database_is_made_anew(tmp_path: Path) -> None:
    pytest.importorskip("hyperscan")
    engine.make(RULES[:40], "hyperscan", tmp_path)
    for path in tmp_path.glob("*.hs"):
        path.write_bytes(b"not a database")
    again = engine.make(RULES[:40], "hyperscan", tmp_path)
    assert again.scan(b"processing PanDA job 1\n", False) is not None
