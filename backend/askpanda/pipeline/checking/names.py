"""What an amount of the evidence can be said of: places, error codes, jobs, attempts, datasets, states, what was measured.

The evidence says which names there are; a text is then looked through for them.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from askpanda.pipeline.routing.rules import load

COMPONENTS = "pilot|executor|transform|taskbuffer|dataservice|jobdispatcher|supervisor|brokerage|athena|pilotexit|wrapper"
_CODE = re.compile(
    rf"\b(?:{COMPONENTS})(?: error| code| error code| exit code)? (\d{{1,6}})"
    r"(?:,? \(?([A-Z][A-Za-z]*(?:_?[A-Z0-9][A-Za-z0-9_]*)+)\)?)?"
)
_VERDICT = re.compile(r'"component": "\w+", "code": (\d+)(?:, "name": "(\w+)")?')
_LISTED_CODE = re.compile(rf'"(?:{COMPONENTS})", (\d+), ')
_LISTED_NAME = re.compile(
    rf"\b(?:{COMPONENTS}) (\d{{1,6}}), \d[^\n:]*(?::\d\d[^\n:]*)*: ([A-Z][A-Za-z0-9]*(?:_?[A-Z0-9][A-Za-z0-9_]*)+): "
)
_BEFORE_CODE = re.compile(
    rf"(?:\b(?:{COMPONENTS}|codes?|errors?|erreur|fehler|error|código|failures?)\b[\w' -]{{0,14}})$", re.I
)
_JOB = re.compile(r"\bjobs? (\d{6,})", re.I)
_ID_CELL = re.compile(r"(?<![\w.])(\d{9,11})(?![\w.])")
_TASK = re.compile(r"\btasks? (\d{6,})", re.I)
_PLACE = re.compile(
    r"\b(?:at|from|to|in|of|sites?|queues?|and) \**([A-Z][A-Z0-9]*(?:[-_][A-Za-z0-9]+)*)\b(?!\()"
    r"|\b([A-Z][A-Z0-9]+(?:[-_][A-Za-z0-9]+)*)\**(?= \(\d)"
)
_DATASET = re.compile(r"`([\w.-]+(?::[\w.+-]+)?)`|\"((?:\w+[.:]){3,}[\w.+-]+)\"")
_ATTEMPT = re.compile(r"\b(?:attempt|tentative|versuch|intento)s?\s+(?:n[o°r.]*\s*)?(\d{1,3})\b", re.I)
_PLACE_FIELDS = ("computingsite", "destinationse", "destinationsite", "grid", "nucleus")
_PLACE_COLUMNS = frozenset({"queue", "site", "storage", "nucleus", "destination", "source", "endpoint"})
_KNOWN_COLUMNS = frozenset({"field", "state", "component", "type", "job", "code", "dataset", *_PLACE_COLUMNS})
_CELL = re.compile(r"[\w-]{3,20}")
_NO_PLACES = frozenset(
    {"UTC", "CPU", "JEDI", "CRIC", "MB", "GB", "HTTP", "JSON", "DDM", "ERROR", "THE", "PSS", "RSS", "EVNT", "AOD"}
)

#: (start, end, label) of each name of a class in a text.
Found = dict[str, list[tuple[int, int, str]]]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Class → one pattern, whose groups are the names: states, ordinals, and what is measured, by kind."""
    rules = load("labels")
    tables = {
        "state": rules["state"],
        "party": rules["party"],
        **{f"{of}/{kind}": words for of in ("attr", "of") for kind, words in rules[of].items()},
    }
    tables["attempt"] = {f"n{number}": words for number, words in rules["ordinals"].items()}
    return {kind: re.compile(rf"(?<![\w-])(?:{_groups(words)})(?![\w-])", re.I) for kind, words in tables.items()}


def _groups(table: dict[str, list[str]]) -> str:
    longest = {name: sorted(words, key=len, reverse=True) for name, words in table.items()}
    return "|".join(f"(?P<{name}>{'|'.join(words)})" for name, words in longest.items())


@dataclass(frozen=True)
class Names:
    """The names of one evidence; `find` looks a text through for them."""

    places: re.Pattern[str] | None
    codes: frozenset[str]
    names: dict[str, frozenset[str]]
    jobs: frozenset[str]
    tasks: frozenset[str]
    datasets: re.Pattern[str] | None
    cells: re.Pattern[str] | None
    fields: re.Pattern[str] | None
    components: re.Pattern[str] | None
    attempts: frozenset[str]

    def find(self, text: str) -> Found:
        """Each name with its class: place, code, job, task, dataset, attempt, ..."""
        found: Found = defaultdict(list)
        for kind, pattern in (
            ("place", self.places), ("dataset", self.datasets), ("cell", self.cells), ("field", self.fields),
            ("component", self.components),
        ):  # fmt: skip
            if pattern is not None:
                found[kind] = [
                    (match.start(), match.end(), match[0].lower() if kind == "component" else match[0])
                    for match in pattern.finditer(text)
                ]
        inside = [(start, end) for start, end, _ in found["dataset"]]
        for match in re.finditer(r"(?<![\w.,:/-])\d{1,11}(?![\w.,/]\w|\w)", text):
            number = match[0]
            if any(start <= match.start() < end for start, end in inside):
                continue
            if number in self.jobs:
                found["job"].append((*match.span(), number))
            elif number in self.tasks:
                found["task"].append((*match.span(), number))
            elif number in self.codes and (
                len(number) > 3 or _BEFORE_CODE.search(text[max(0, match.start() - 40) : match.start()])
            ):
                found["code"].append((*match.span(), number))
        if len(self.attempts) > 1:
            found["attempt"] = [(m.start(), m.end(), m[1]) for m in _ATTEMPT.finditer(text) if m[1] in self.attempts]
            for match in _patterns()["attempt"].finditer(text):
                if str(match.lastgroup)[1:] in self.attempts:
                    found["attempt"].append((*match.span(), str(match.lastgroup)[1:]))
            found["attempt"].sort()
        return found


def said_of(text: str, kinds: set[str]) -> Found:
    """What is said of amounts of these kinds in a text: state, party, and by kind attr/KIND (what was measured), of/KIND."""
    return {
        name: [(match.start(), match.end(), match.lastgroup or "") for match in pattern.finditer(text)]
        for name, pattern in _patterns().items()
        if (name.partition("/")[2] or "count") in kinds and name != "attempt"
    }


def _pattern(names: set[str]) -> re.Pattern[str] | None:
    if not names:
        return None
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?![\w]|[-_.]\w)")


def names_of(own: str, record: dict[str, str], tables: list[dict[str, Any]], evidence: str) -> Names:
    """`own` is what we say ourselves (with the verdict), `tables` have `columns` and `rows`."""
    codes: set[str] = set()
    named: dict[str, set[str]] = defaultdict(set)
    for match in _CODE.finditer(evidence):
        codes.add(match[1])
        if match[2]:
            named[match[2]].add(match[1])
    for match in _LISTED_NAME.finditer(own):
        named[match[2]].add(match[1])
    for match in _VERDICT.finditer(evidence):
        codes.add(match[1])
        if match[2]:
            named[match[2]].add(match[1])
    codes |= set(_LISTED_CODE.findall(evidence))
    codes |= {value for field, value in record.items() if field.endswith("errorcode") and value.isdigit()}
    places = {match[1] or match[2] for match in _PLACE.finditer(own)}
    places |= {record[field].rpartition(":")[2] for field in _PLACE_FIELDS if record.get(field)}
    datasets = {name for pair in _DATASET.findall(own) for name in pair if len(name) > 14 and name.count(".") > 1}
    jobs = set(_JOB.findall(own))
    cells: set[str] = set()
    fields = {name for name, value in record.items() if len(name) > 5 and value.isdigit()}
    components: set[str] = set()
    for table in tables:
        columns = [str(column).casefold() for column in table["columns"]]
        for row in table["rows"]:
            for column, cell in zip(columns, row, strict=False):
                if column in _PLACE_COLUMNS and isinstance(cell, str):
                    places.add(cell)
                elif column == "dataset":
                    datasets.add(str(cell))
                elif column == "field" and len(row) > 1 and isinstance(row[1], int | float):
                    fields.add(str(cell))
                elif column == "component" and "code" not in columns:
                    components.add(str(cell))
                elif column == columns[0] and column not in _KNOWN_COLUMNS and isinstance(cell, str) and _CELL.fullmatch(cell):
                    cells.add(cell)
                elif column in ("job", "example job") and isinstance(cell, int):
                    jobs.add(str(cell))
    places = {
        place for place in places if len(place) > 2 and place not in named and place not in _NO_PLACES and not place.isdigit()
    }
    attempts = set(re.findall(r"\bAttempt (\d+),", own))
    return Names(
        _pattern(places), frozenset(codes), {name: frozenset(of) for name, of in named.items()}, frozenset(jobs),
        frozenset(_TASK.findall(own)), _pattern(datasets), _pattern(cells),
        _pattern(fields),
        re.compile(rf"\b(?:{'|'.join(components)})\b(?! ?(?:errors? |code )*\d)", re.I) if components else None,
        frozenset(attempts),
    )  # fmt: skip


def table_of(text: str) -> dict[str, Any] | None:
    """A table of the evidence, as far as it is there: the text may end within it."""
    columns = re.search(r'"columns": (\[[^\[\]]*\])', text)
    if columns is None:
        return None
    rows: list[list[Any]] = []
    for row in re.finditer(r"\[(?:[^\[\]\"]|\"(?:[^\"\\]|\\.)*\")*\]", text[columns.end() :]):
        try:
            rows.append(json.loads(row[0]))
        except ValueError:
            continue
    return {"columns": json.loads(columns[1]), "rows": rows}
