"""The words by which amounts are known: units, what is counted, what stands around a number (`rules/quantities.yaml`)."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from askpanda.pipeline.checking import number_words
from askpanda.pipeline.routing.rules import load


@dataclass(frozen=True)
class Table:
    """Patterns whose named groups are kinds, and what their words are worth.

    `units` has (kind, scale) by the unit's word, `words` (kind, number) by the group of `in_words`, `families` the kinds that
    may be counted as one, `fields` and `settings` (name of the field, kind, scale, measure, thing).
    """

    of: re.Pattern[str]
    leading_of: re.Pattern[str]
    unit: re.Pattern[str]
    far_unit: re.Pattern[str]
    units: dict[str, tuple[str, float]]
    after: re.Pattern[str]
    any_noun: re.Pattern[str]
    before: re.Pattern[str]
    hedge: re.Pattern[str]
    in_words: re.Pattern[str]
    words: dict[str, tuple[str, float]]
    families: dict[str, frozenset[str]]
    fields: list[tuple[re.Pattern[str], str, str, str, str]]
    settings: list[tuple[re.Pattern[str], str, str, str, str]]
    spelled: re.Pattern[str]


def _either(words: list[str]) -> str:
    return "|".join(sorted((str(word) for word in words), key=len, reverse=True))


def _fields(rules: dict[str, str]) -> list[tuple[re.Pattern[str], str, str, str, str]]:
    """(field, kind, scale, measure, thing) of `kind/scale/measure/thing`."""
    return [(re.compile(pattern), *f"{role}////".split("/")[:4]) for role, pattern in rules.items()]  # type: ignore[misc]


def _groups(patterns: dict[str, list[str]]) -> str:
    """One pattern for all, with a group for each."""
    return "|".join(f"(?P<{name}>{_either(words)})" for name, words in patterns.items())


@cache
def table() -> Table:
    """`rules/quantities.yaml`, compiled."""
    rules: dict[str, Any] = load("quantities")
    units = {
        str(word).casefold(): (kind, float(scale))
        for kind, scales in rules["units"].items()
        for scale, words in scales.items()
        for word in words
    }
    nouns = {kind: rule["words"] for kind, rule in rules["nouns"].items()}
    between = rf"(?:(?:{_either(rules['between'])})[ \u00a0]+){{0,3}}"
    numbers = load("checking")["number_words"]
    english = _either([*numbers["large"], *numbers["small"], *(word for word in numbers["ones"] if word != "one")])
    ones = _either(list(numbers["ones"]))
    all_nouns = _either([word for words in nouns.values() for word in words])
    counted = rf"(?=[- \u00a0]{between}(?:{all_nouns}|{_either([unit for unit in units if len(unit) > 2])})(?!\w))"
    said_first = r"\b(?<!one in )(?<!out of )(?<!four in )"
    run = rf"{said_first}((?:{english})s?(?:(?:[- ]and)?[- ](?:{english}|{ones})s?)*|{number_words.foreign_run()}){counted}"
    said = {f"t{span}": ("time", float(span)) for span in rules["spans"]}
    said |= {f"p{part}".replace(".", "_"): ("percent", float(part)) for part in rules["parts"]}
    in_words = {
        name: rules["parts" if name[0] == "p" else "spans"][value if value % 1 else int(value)]
        for name, (_, value) in said.items()
    }
    largest = {kind: words for kind, words in nouns.items() if kind not in ("kind", "group", "case")}
    determiners = rf"(?:(?:{_either(rules['determiners'])})\s+)*"
    of = r"of|von|aus|sur|de|des"
    return Table(
        of=re.compile(rf"\s*(?:(?:out )?\b(?:{of}|del)\b|/)\s*{determiners}$", re.I),
        leading_of=re.compile(rf"(?:^|[\s(,;:|])(?:out of|{of})\s+{determiners}(?:\w+\s+)?$", re.I),
        unit=re.compile(rf"[ \u00a0\u202f-]?({_either([re.escape(unit) for unit in units])})(?![\w%])", re.I),
        far_unit=re.compile(
            rf"[ \u00a0](?:{_either(rules['spans_of'])}) ({_either([unit for unit in units if len(unit) > 2])})(?!\w)", re.I
        ),
        units=units,
        after=re.compile(rf"[*_`]*[ \u00a0\u202f-]{between}(?:{_groups(nouns)})(?!\w)", re.I),
        any_noun=re.compile(rf"\b(?:{_groups(largest)})\b", re.I),
        before=re.compile(
            rf"(?<!\w)(?:{_groups(rules['before'])})(?: is| was| of| ist| est| es| war| de)?[*`]*[ :#=(\[\u00a0]*$", re.I
        ),
        hedge=re.compile(rf"(?<!\w)(?:{_groups(rules['hedges'])})\W*(?:(?:the|a|der|la) )?$", re.I),
        in_words=re.compile(rf"\b(?:{_groups(in_words)})\b", re.I),
        words=said,
        families={kind: frozenset({kind, *rule["also"]}) for kind, rule in rules["nouns"].items()},
        fields=_fields(rules["fields"]),
        settings=_fields(rules["settings"]),
        spelled=re.compile(run, re.I),
    )
