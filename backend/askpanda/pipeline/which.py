"""Jobs and tasks of a kind: the values of a list's own fields that a choice means, and the rows that have them."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

from askpanda.pipeline.parcels import Choice, Fields, Route
from askpanda.pipeline.paths import PARTS, job_rows
from askpanda.pipeline.scope import Scope
from askpanda.pipeline.selection import quoted, times_of
from askpanda.schema.values import as_text

#: Jobs of a kind that are listed, the latest; and lists that are asked for, as most filters take one value
#: (panda-bigmon-core core/views.py setupView: `prodsourcelabel` is compared as it stands).
LISTED, _LISTS = 500, 3
#: What is read of them, beside the fields that they are chosen by.
SHOWN = (
    "pandaid", "jobstatus", "computingsite", "produsername", "jeditaskid", "prodsourcelabel", "processingtype", "resourcetype",
    "attemptnr", "transformation", "modificationtime",
)  # fmt: skip
#: Fields whose values nobody means by a word such as `deriv`.
_NO_KIND = frozenset({"pandaid", "jeditaskid", "reqid", "produsername", "computingsite", "jobsetid", "nevents", "durationmin"})
#: What a word is a value of where it is one of no kind: a queue's name alone.
_PLACE = frozenset({"computingsite"})
_ABOVE = re.compile(r">(\d+)")


def has_value(value: Any, wanted: Iterable[str]) -> bool:
    """Whether a value is one of those that are wanted, in capitals or not."""
    return any(_is_one(text.strip(), wanted) for text in (as_text(value).casefold(), *as_text(value).casefold().split(",")))


def _is_one(text: str, wanted: Iterable[str]) -> bool:
    for one in wanted:
        above = _ABOVE.fullmatch(one)
        if above and text.isdigit() and int(text) > int(above[1]):
            return True
        if not above and fnmatchcase(text, one.casefold()):
            return True
    return False


def holds(row: Mapping[str, Any], fields: Fields) -> bool:
    """Whether a row has the values; a field that rows do not have was chosen by in the list's own way."""
    return bool(fields) and all(field not in row or has_value(row[field], wanted) for field, wanted in fields)


def attributes(pages: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """{field: {value: jobs}} of the list of jobs, as the monitor sums it up."""
    page = next((page for path, page in pages.items() if path.startswith("/jobs/") and PARTS in path), None)
    rows = page.get("selectionsummary") if isinstance(page, dict) else None
    found: dict[str, dict[str, int]] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and isinstance(row.get("list"), list):
            pairs = [(as_text(one.get("kname")), one.get("kvalue")) for one in row["list"] if isinstance(one, dict)]
            found[as_text(row.get("field"))] = {name: n for name, n in pairs if name and isinstance(n, int)}
    return found


def fields_of(choice: Choice, listed: Mapping[str, Mapping[str, int]]) -> Fields:
    """The fields of jobs that a choice means. Where it names none, those that have its word among their values."""
    if not choice.any_value:
        return choice.job
    word = choice.any_value.casefold()
    fields = [*(field for field in listed if field not in _NO_KIND), *(field for field in listed if field in _PLACE)]
    for pattern in (word, f"{word}*", f"*{word}*"):
        for field in fields:
            if found := tuple(value for value in listed[field] if fnmatchcase(value.casefold(), pattern)):
                return ((field, found),)
    return ()


def task_fields(choice: Choice, listed: Mapping[str, Mapping[str, int]]) -> Fields:
    """The same of tasks."""
    return fields_of(Choice(choice.said, choice.task, any_value=choice.any_value), listed)


def values_of(choice: Choice, listed: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """{field: {value: jobs}} of the values in the list that a choice means, the most frequent first."""
    return {
        field: dict(sorted(
            ((value, n) for value, n in listed.get(field, {}).items() if has_value(value, wanted)), key=lambda pair: -pair[1]
        ))
        for field, wanted in fields_of(choice, listed)
    }  # fmt: skip


def which_paths(route: Route, chosen: Scope, pages: Mapping[str, Any]) -> list[str]:
    """The jobs of a kind one by one, once the list has told which values its field has."""
    if route.aspect != "which" or route.focus != "page":
        return []
    listed = attributes(pages)
    each = [
        [(field, value) for field, values in values_of(choice, listed).items() for value in values] for choice in route.choices
    ]
    paths = []
    for filters in list(product(*each))[:_LISTS] if all(each) else []:
        kept = chosen.without(*(field for field, _ in filters))
        named = [f"{field}={quoted(value)}" for field, value in filters]
        more = tuple(field for field, _ in filters if field not in SHOWN)
        paths.append(job_rows([*kept.filters, *times_of(kept), *named, f"limit={LISTED}"], (*SHOWN, *more)))
    return paths
