"""The amounts that an evidence has, each with what it is an amount of and what it is said of.

From our own words, the verdict, the record's fields, the tables, and, of nothing that has a name, from logs and documents.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

from askpanda.pipeline.checking.columns import head
from askpanda.pipeline.checking.likeness import kinds_agree
from askpanda.pipeline.checking.names import Found, Names, names_of, said_of, table_of
from askpanda.pipeline.checking.own_words import focus, prose
from askpanda.pipeline.checking.pairing import paired
from askpanda.pipeline.checking.quantities import MEASURED, Quantity, field_of, plain, quantities
from askpanda.pipeline.checking.relations import Relations, settings_of
from askpanda.pipeline.checking.vocabulary import table
from askpanda.pipeline.kept import OWN, PROOF, RECORD, TABLE, is_knowledge, pieces_of

#: The state of what is counted whatever its state.
EVERY = "every"
#: Classes of names that an amount can be of.
OWNERS = ("place", "code", "job", "attempt", "dataset", "component", "cell", "field")
_NAMED = ("place", "code", "job", "task", "dataset")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z*`\d“\"-])")
_CITATION = re.compile(r" ?\[\d+(?:, ?\d+)*\]")
_QUOTED = re.compile(r"`[^`\n]+`|“[^”\n]*”")
_COMMAND = re.compile(r"--\w|^`?\w+\(")
_ALL_AT = re.compile(r"\bAll at (\S+?)\.")
_FIELD = re.compile(r"^(\w+): (.*)$", re.M)
_NUMERIC = re.compile(r"-?\d+(?:\.\d+)?")
_AT = re.compile(r"[\s,T]*(?:at|um|à|a las|gegen|on|,)?\s*", re.I)
_TIMES = {
    "creationtime": "created",
    "starttime": "started",
    "endtime": "ended",
    "statechangetime": "changed",
    "last_modified": "modified",
    "state_update": "since",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """`labels`: class of names → the names it is said of."""

    amount: Quantity
    labels: dict[str, str]


#: Kinds that are compared with nothing else.
_APART = MEASURED | {"date", "clock", "id", "line", "exit", "signal", "priority", "attempt_nr", "attempt_max"}


def group_of(kind: str) -> str:
    """What an amount can be compared with: measured ones with their kind, everything that is counted with each other."""
    return kind if kind in _APART else "count"


class Facts:
    """Made once from an evidence.

    `by_group` has the facts by `group_of` their kind, `exact` the kinds of every number, `totals` the numbers that others are
    parts of, `wholes` those of them that are of everything, `moments` the dates with a time beside them, `attempts` (number, of
    how many), `rows` the sizes of the tables, `all_states` what the states of jobs add up to.
    """

    def __init__(self, evidence: str) -> None:
        pieces = pieces_of(evidence) or [(OWN, evidence), (RECORD, evidence)]
        self.text = evidence
        once = "\n".join(dict.fromkeys(evidence.splitlines()))
        self.words = frozenset(re.findall(r"[\w-]+", once.casefold()))
        own = "\n".join(prose(label, text) for label, text in pieces if label in (OWN, "verdict"))
        record: dict[str, str] = dict(_FIELD.findall("\n".join(text for label, text in pieces if label == RECORD)))
        tables = [(label, made) for label, text in pieces if label.startswith(TABLE) and (made := table_of(text))]
        self.names: Names = names_of(own, record, [made for _, made in tables], once)
        self.by_group: dict[str, list[Fact]] = defaultdict(list)
        self._known: set[tuple[Any, ...]] = set()
        self.exact: dict[float, set[str]] = defaultdict(set)
        self.totals: set[float] = set()
        self.wholes: set[float] = set()
        self.moments: set[tuple[Any, Any]] = set()
        self.attempts: set[tuple[float, float]] = set()
        self.rows: set[float] = set()
        self.all_states: set[float] = set()
        self._told: list[dict[str, set[str]]] = []
        self.lines: set[str] = set()
        for label, text in pieces:
            if label in (OWN, "verdict"):
                for line in prose(label, text).splitlines():
                    if not line.startswith("{"):
                        self._prose(line)
            elif label == RECORD:
                for name, value in record.items():
                    self._field(name, value)
            elif label.startswith(TABLE):
                continue
            else:
                self._log(label, text)
        for label, made in sorted(tables, key=lambda one: one[1]["columns"][0] != "State"):
            self._table(label, made)
        self._differences()
        if record.get("jobstatus") == "running":
            self._left()
        told = "\n".join(focus(label, text) for label, text in pieces).casefold()
        verdict = next((text for label, text in pieces if label == "verdict"), "")
        codes = {value for name, value in record.items() if name.endswith("errorcode")} | set(
            re.findall(r'"code": (\d+)', verdict)
        )
        settings = settings_of(made for _, made in tables)
        self.relations = Relations(self.names, own, told, record, settings, self._told, frozenset(codes if verdict else ()))

    def _differences(self) -> None:
        """By how much what was used is more, or less, than what was asked for or allowed."""
        told = [fact for fact in self.by_group["bytes"] if fact.labels.get("attr") and "field" not in fact.labels]
        used = [fact for fact in told if fact.labels["attr"] == "used"]
        bounds = [fact for fact in told if fact.labels["attr"] in ("limit", "asked")]
        for fact, other in product(used, bounds):
            one, bound = fact.amount, other.amount
            if one.scale == bound.scale and bound.number and fact.labels.get("job") == other.labels.get("job"):
                off = abs(one.number - bound.number)
                of = {"attr": "difference", **({"job": fact.labels["job"]} if "job" in fact.labels else {})}
                self._add(replace(one, number=off, said=""), of)
                self._add(Quantity(0, 0, "", "percent", 100 * off / bound.number, 1.0, 0.01), of)

    def _left(self) -> None:
        """How much of its time a running job has left."""
        told = [fact for fact in self.by_group["time"] if "field" not in fact.labels]
        times = {
            name: max((fact.amount.size() for fact in told if fact.labels.get("attr") == name), default=0.0)
            for name in ("wall", "limit")
        }
        if 0 < times["wall"] < times["limit"]:
            self._add(Quantity(0, 0, "", "time", times["limit"] - times["wall"]), {"attr": "left"})

    def _add(self, amount: Quantity, labels: dict[str, str]) -> None:
        key = (amount.kind, amount.number, amount.scale, amount.moment, *sorted(labels.items()))
        if key not in self._known:
            self._known.add(key)
            self.by_group[group_of(amount.kind)].append(Fact(amount, labels))
            self.exact[amount.number].add("" if amount.weak else amount.kind)

    def _prose(self, line: str) -> None:
        """A line of our own words: an item keeps the names that it begins with."""
        head: dict[str, str] = {}
        item: dict[str, set[str]] = defaultdict(set)
        everywhere = _ALL_AT.search(line)
        if everywhere:
            head["place"] = everywhere[1]
        for sentence in _SENTENCE.split(_QUOTED.sub(self._quoted, _CITATION.sub("", line))):
            text = plain(sentence)
            found, amounts = self.read(text)
            for one in (*_NAMED, "attempt"):
                alone = {name for _, _, name in found.get(one, [])}
                item[one] |= alone
                if len(alone) == 1 and one not in head and line.startswith("- "):
                    head[one] = next(iter(alone))
            self._said(text, found, amounts, head)
        if line.startswith("- "):
            item["alone"] = item["job"] if line.startswith("- Job ") else set()
            item["text"] = {line.casefold()}
            self._told.append(item)

    def _quoted(self, quotation: re.Match[str]) -> str:
        """From a log or a command: what stands beside a number there says nothing of ours; a name is left."""
        if " " not in quotation[0]:
            return quotation[0]
        for amount in quantities(quotation[0], log=True):
            self._add(amount if amount.kind or _COMMAND.search(quotation[0]) else replace(amount, kind="quoted"), {})
        return "…"

    def read(self, text: str) -> tuple[Found, list[Quantity]]:
        found = self.names.find(text)
        spans = [(start, end) for kind in _NAMED for start, end, _ in found.get(kind, [])]
        amounts = quantities(text, spans)
        kinds = {group_of(one.kind) for one in amounts}
        if amounts:
            found |= said_of(text, kinds | {"count"} if "percent" in kinds else kinds)
        return found, amounts

    def _said(self, text: str, found: Found, amounts: list[Quantity], head: dict[str, str]) -> None:
        labels: dict[int, dict[str, str]] = defaultdict(dict)
        for kind, names in found.items():
            alone = {name for _, _, name in names}
            everyone = kind in OWNERS and len(alone) == 1
            for group, numbers in grouped(amounts, kind):
                if everyone and group != "date":
                    for one in numbers:
                        labels[one.start][kind] = names[0][2]
                for name, one in next(iter(paired(text, names, [one for one in numbers if not one.total])), []):
                    labels[one.start][kind.partition("/")[0]] = name
        made = [(one, {**head, **labels[one.start]}) for one in amounts]
        for one, of in made:
            self._add(one, of)
            if one.kind == "percent":
                self._add(
                    replace(one, number=100 - one.number), {kind: f"not_{name}" for kind, name in of.items() if kind == "state"}
                )
            if one.total:
                self.totals.add(one.number)
                self.wholes.add(one.number)
        self.moments |= set(together(text, amounts))
        self._attempt_pairs(amounts)
        counts = [(one, of) for one, of in made if group_of(one.kind) == "count"]
        for whole, _ in counts:
            if not whole.total or not whole.number:
                continue
            for one, of in counts:
                if one is not whole and one.number <= whole.number and (kinds_agree(one.kind, whole.kind) or "party" in of):
                    self._share(one.number / whole.number, {**of, "counted": whole.kind})

    def _share(self, part: float, labels: dict[str, str]) -> None:
        self._add(Quantity(0, 0, "", "percent", 100 * part, 1.0, 0.01), labels)
        if not any(kind in OWNERS for kind in labels):
            self._add(
                Quantity(0, 0, "", "percent", 100 - 100 * part, 1.0, 0.01),
                {kind: f"not_{name}" for kind, name in labels.items() if kind != "counted"},
            )

    def _attempt_pairs(self, amounts: Sequence[Quantity]) -> None:
        for one, most in pairwise(amounts):
            if one.kind == "attempt_nr" and most.kind == "attempt_max":
                self.attempts.add((one.number, most.number))
                self._tries(one.number, most.number)

    def _tries(self, number: float, most: float) -> None:
        for kind, value, of in (
            ("attempt_nr", number, {}), ("attempt_max", most, {}), ("attempt", most - number, {"state": "left"}),
            ("attempt", most, {}),
            ("attempt", number, {}), ("attempt", number - 1, {}),
        ):  # fmt: skip
            self._add(Quantity(0, 0, "", kind, value), of)

    def _field(self, name: str, value: str) -> None:
        if _NUMERIC.fullmatch(value):
            amount, of = field_of(name, value)
            self._add(amount, {**of, "field": name})
        else:
            amounts = quantities(value, log=True)
            for one in amounts:
                if one.kind in ("date", "clock", *MEASURED):
                    label = _TIMES.get(name, "") if one.kind in ("date", "clock") else ""
                    self._add(one, {"attr": label} if label else {})
            self.moments |= set(together(value, amounts))
        if name == "maxattempt" and value.isdigit():
            number = next((fact.amount.number for fact in self.by_group["attempt_nr"]), None)
            if number is not None:
                self._tries(number, float(value))

    def _log(self, label: str, text: str) -> None:
        """A line of a log, a document, the catalogue: amounts that are of nothing that has a name."""
        if label.startswith(PROOF):
            for number in re.findall(r" line (\d+)$", label):
                self._add(Quantity(0, 0, number, "line", float(number)), {})
        fresh = [line for line in dict.fromkeys([_CITATION.sub("", label), *text.splitlines()]) if line not in self.lines]
        self.lines.update(fresh)
        known = is_knowledge(label)
        said = "\n".join(fresh)
        said = plain(said) if known else said
        amounts = quantities(said, log=not known)
        for one in amounts:
            self._add(one if known or (one.kind and not one.weak) else replace(one, kind="log"), {})
        self.moments |= set(together(said, amounts))

    def _table(self, label: str, made: dict[str, Any]) -> None:
        title = self.names.find(label) | said_of(label, {"count"})
        columns = [str(column) for column in made["columns"]]
        noun = table().any_noun.search(label)
        usual = (noun.lastgroup or "") if noun else ""
        heads = [head(column) for column in columns]
        self.rows.add(float(len(made["rows"])))
        about = {kind: names[0][2] for kind, names in title.items() if kind in ("place", "state", "job") and names}
        if columns[0] != "State" and self._of_every_state(about, made):
            about["state"] = EVERY
        sums: dict[int, list[tuple[Quantity, dict[str, str]]]] = defaultdict(list)
        for row in made["rows"]:
            of = {**about, **self._row_labels(columns, row)}
            told: dict[str, set[str]] = {kind: {name} for kind, name in of.items()}
            told["alone"] = told.get("job", set())
            if "Example job" in columns[: len(row)]:
                told["job"] = {str(row[columns.index("Example job")])}
            self._told.append(told)
            setting = columns[:2] == ["Field", "Value"]
            counts: list[tuple[Quantity, dict[str, str], str]] = []
            last = usual
            for at, (cell, (kind, scale, state, attr)) in enumerate(zip(row, heads, strict=False)):
                if setting and at == 1:
                    self._setting(str(row[0]), cell)
                elif isinstance(cell, str):
                    text = plain(cell)
                    amounts = quantities(text)
                    for one in amounts:
                        self._add(one, {**of, **({"attr": attr} if attr and one.kind in ("date", "clock") else {})})
                    self.moments |= set(together(text, amounts))
                elif (
                    isinstance(cell, int | float)
                    and not isinstance(cell, bool)
                    and columns[at] not in ("Code", "Example job", "Job")
                ):
                    last = kind if kind in table().families else last
                    ulp = 1.0 if isinstance(cell, int) else 0.1
                    one = Quantity(0, 0, str(cell), kind or last, float(cell), scale, ulp)
                    mine = {**of, **({"state": state} if state else {}), **({"attr": attr} if attr else {})}
                    self._add(one, mine)
                    sums[at].append((one, mine))
                    counts.append((one, mine, columns[at]))
            whole = next((one for one, _, column in counts if column in ("All", "Files", "Total")), None)
            for one, mine, _ in counts:
                if whole is None or not whole.number:
                    break
                if one is not whole and one.kind == whole.kind and one.number <= whole.number:
                    self._share(one.number / whole.number, {**mine, "counted": whole.kind})
        lone = len([of for of in sums.values() if of[0][0].kind in table().families]) == 1
        for column_of in sums.values():
            total = sum(one.number for one, _ in column_of)
            if lone and len(column_of) > 1 and total and column_of[0][0].kind in {*table().families, "time"}:
                self.totals.add(total)
                if about.get("state", EVERY) == EVERY:
                    self.wholes.add(total)
                if columns[0] == "State":
                    self.all_states.add(total)
                self._add(replace(column_of[0][0], number=total, said="", kind=usual or column_of[0][0].kind), about)
                for one, mine in column_of:
                    self._share(one.number / total, {**mine, "counted": one.kind})

    def _of_every_state(self, about: dict[str, str], made: dict[str, Any]) -> bool:
        """Whether a table of places counts the jobs of all states, of which there are several."""
        counts = [row[1] for row in made["rows"] if len(row) == 2 and isinstance(row[1], int)]
        return "state" not in about and len(counts) == len(made["rows"]) > 0 and float(sum(counts)) in self.all_states

    def _row_labels(self, columns: Sequence[str], row: Sequence[Any]) -> dict[str, str]:
        labels: dict[str, str] = {}
        for column, cell in zip(columns, row, strict=False):
            if column in ("Code", "Job"):
                labels["code" if column == "Code" else "job"] = str(cell)
            elif column == "Attempt" and str(cell) in self.names.attempts:
                labels["attempt"] = str(cell)
            elif isinstance(cell, str) and len(cell) < 120:
                found = self.names.find(cell) | said_of(cell, {"count"} if column == "State" else set())
                if column == "Component" and "Code" not in columns:
                    labels["component"] = cell
                for kind in ("place", "dataset", "code", "attempt", "cell", *(("state",) if column == "State" else ())):
                    if len({name for _, _, name in found.get(kind, [])}) == 1:
                        labels.setdefault(kind, found[kind][0][2])
        return labels

    def _setting(self, name: str, value: Any) -> None:
        if isinstance(value, int | float) or _NUMERIC.fullmatch(str(value)):
            amount, of = field_of(name, str(value), setting=True)
            self._add(amount, {**of, "field": name})
        else:
            for one in quantities(str(value)):
                label = _TIMES.get(name, "")
                self._add(one, {"attr": label} if label and one.kind in ("date", "clock") else {})

    def has_twice(self) -> bool:
        """Whether something was done two times, or is the double of something of our own words."""
        if re.search(r"\b[12]/2\b|\btwo times\b", self.text):
            return True
        sizes = {fact.amount.size() for fact in self.by_group["bytes"] + self.by_group["time"] if fact.labels}
        return any(2 * size in sizes for size in sizes)

    def has(self, number: float) -> bool:
        """Whether the number is there at all, of whatever."""
        return number in self.exact


def grouped(amounts: Iterable[Quantity], kind: str) -> list[tuple[str, list[Quantity]]]:
    """The amounts that a class of names can have, by what they can be compared with."""
    groups: dict[str, list[Quantity]] = defaultdict(list)
    for one in amounts:
        groups[group_of(one.kind)].append(one)
    if kind in ("job", "code", "attempt"):
        return [(group, numbers) for group, numbers in groups.items() if group != "id"]
    if "/" in kind:
        return [(group, numbers) for group, numbers in groups.items() if group == kind.partition("/")[2]]
    return [(group, numbers) for group, numbers in groups.items() if group in ("count", *MEASURED)]


def together(text: str, amounts: Sequence[Quantity]) -> list[tuple[Any, Any]]:
    """Dates with the time of day beside them."""
    out = []
    for one, other in pairwise(amounts):
        if {one.kind, other.kind} == {"date", "clock"} and _AT.fullmatch(text[one.end : other.start]):
            date, clock = (one, other) if one.kind == "date" else (other, one)
            out.append((date.moment, clock.moment))
    return out
