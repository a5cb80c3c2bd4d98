"""Counting jobs: the attribute summary, errors by code and message, and errors by site, user and task, as lists and
error pages show them.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tests.bigpanda import verdicts
from tests.bigpanda.casebook import Case

Data = dict[str, Any]

ATTRIBUTES = (
    "actualcorecount", "atlasrelease", "attemptnr", "category", "cloud", "computingsite", "corecount", "eventservice",
    "gshare", "jeditaskid", "job_label",
    "jobstatus", "jobsubstatus", "minramcount", "nucleus", "outputfiletype", "processingtype", "prodsourcelabel",
    "produsername", "reqid", "resourcetype",
    "specialhandling", "transformation", "workinggroup",
)  # fmt: skip

FIELDS = {name: (code, diag) for name, code, diag in verdicts.COMPONENTS}


def attributes(found: Iterable[Case], states: dict[str, int] | None = None) -> list[Data]:
    """`selectionsummary`: for each attribute, how many jobs have which value; `states` stand for jobs that are not here.

    Values are in the order of their names, those of tasks in that of their counts, as the real monitor has them.
    """
    counts: dict[str, dict[Any, int]] = {name: {} for name in ATTRIBUTES}
    for one in found:
        for name in ATTRIBUTES:
            value = one.record.get(name)
            if value not in (None, ""):
                counts[name][value] = counts[name].get(value, 0) + 1
    counts["jobstatus"] = dict(states) if states else counts["jobstatus"]
    rows = []
    for name, values in counts.items():
        if values:
            by_count = name == "jeditaskid"
            numeric = all(isinstance(value, int) for value in values)
            order = sorted(
                values.items(),
                key=lambda pair: -pair[1] if by_count else pair[0] if numeric else str(pair[0]).lower(),
            )
            rows.append({"field": name, "list": [{"kname": key, "kvalue": count} for key, count in order]})
    return rows


def _codes(found: Case) -> list[tuple[str, str]]:
    """(`component:code`, sample text) of the codes that the monitor counts."""
    job = found.record
    pairs = []
    for word in verdicts.code_list(job):
        name, code = word.split(":")
        text = verdicts.transform_text(code) if name == "transform" else str(job.get(FIELDS[name][1]) or "")
        pairs.append((word, text))
    return pairs


def _entry(word: str, text: str, pandaid: int) -> Data:
    name, code = word.split(":")
    known = verdicts.descriptions().get(word, {})
    number = int(known.get("category", 0))
    return {
        "error": word, "codename": FIELDS[name][0], "codeval": int(code), "diag": text,
        "desc": str(known.get("description", "")),
        "cat": {"id": number, "name": verdicts.CATEGORIES[number]}, "example_pandaid": pandaid, "count": 0,
    }  # fmt: skip


def by_count(found: Iterable[Case]) -> list[Data]:
    """`errsByCount`: one entry a code, most frequent first."""
    entries: dict[str, Data] = {}
    for one in found:
        if one.record["jobstatus"] not in ("failed", "holding"):
            continue
        for word, text in _codes(one):
            entry = entries.setdefault(word, _entry(word, text, one.pandaid))
            entry["count"] += 1
    return sorted(entries.values(), key=lambda entry: (-entry["count"], entry["error"]))


def by_message(found: Iterable[Case]) -> list[Data]:
    """Errors by code and text, for the hidden tab of the list page."""
    entries: dict[tuple[str, str], Data] = {}
    for one in found:
        if one.record["jobstatus"] not in ("failed", "holding"):
            continue
        for word, text in _codes(one):
            short = text[:120]
            entry = entries.setdefault((word, short), _entry(word, short, one.pandaid))
            entry["count"] += 1
    return sorted(entries.values(), key=lambda entry: -entry["count"])


def grouped(found: Iterable[Case], key: Callable[[Data], Any]) -> list[Data]:
    """`errsBySite`, `errsByUser`, `errsByTask`: {name, errors, errorlist, toterrors, toterrjobs} for each value of `key`."""
    groups: dict[Any, Data] = {}
    for one in found:
        if one.record["jobstatus"] not in ("failed", "holding"):
            continue
        name = key(one.record)
        group = groups.setdefault(name, {"name": name, "errors": {}, "errorlist": [], "toterrors": 0, "toterrjobs": 0})
        group["toterrjobs"] += 1
        for word, text in _codes(one):
            entry = group["errors"].setdefault(word, _entry(word, text, one.pandaid))
            entry["count"] += 1
            group["toterrors"] += 1
    for group in groups.values():
        group["errorlist"] = sorted(group["errors"].values(), key=lambda entry: -entry["count"])
    return sorted(groups.values(), key=lambda group: (-group["toterrjobs"], str(group["name"])))


def digest(found: Iterable[Case], top: int = 3) -> list[Data]:
    """The card `Failure rate` of task and user pages: categories with their sites and codes, each with an example job."""
    groups: dict[str, Data] = {}
    for one in found:
        if one.record["jobstatus"] != "failed":
            continue
        name = verdicts.CATEGORIES[verdicts.category(one.record) or 0]
        group = groups.setdefault(name, {"name": name, "count": 0, "sites": {}, "codes": {}})
        group["count"] += 1
        site = one.record["computingsite"]
        group["sites"][site] = group["sites"].get(site, 0) + 1
        words = ",".join(verdicts.code_list(one.record))
        count, example = group["codes"].get(words, (0, one.pandaid))
        group["codes"][words] = (count + 1, example)
    for group in groups.values():
        group["sites"] = sorted(group["sites"].items(), key=lambda pair: -pair[1])[:top]
        group["codes"] = sorted(
            ((word, count, example) for word, (count, example) in group["codes"].items()), key=lambda row: -row[1]
        )[:top]
    return sorted(groups.values(), key=lambda group: -group["count"])
