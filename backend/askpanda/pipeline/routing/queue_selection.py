"""Which queues are chosen, in which order, and what is shown of them: conditions on the fields of a queue's record."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from askpanda.evidence.queues import Queues, Record, atoms, filled, shown, tools_of
from askpanda.pipeline.routing.rules import load
from askpanda.schema.values import as_number

Operator = Literal["is", "above", "below", "from", "to", "there", "only", "among", "contains", "starts", "ends"]
#: Fields with several values at once.
LISTS = frozenset({"copytools", "acopytools", "astorages"})


def _per_core(record: Mapping[str, Any]) -> float | None:
    memory, cores = as_number(record.get("maxrss")), as_number(record.get("corecount"))
    if memory is None or not cores:
        return None
    each = memory / cores
    return int(each) if each == int(each) else round(each, 1)


def _endpoints(record: Mapping[str, Any]) -> list[str]:
    """Computing elements of a queue, each once (CRIC lists one entry for each of their own queues)."""
    rows = record.get("queues")
    found = (row.get("ce_endpoint") for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict))
    return list(dict.fromkeys(str(one) for one in found if one))


#: Fields that no record has, out of those that it has.
_DERIVED: dict[str, Callable[[Mapping[str, Any]], Any]] = {"maxrss_per_core": _per_core, "ce_endpoint": _endpoints}


def value_of(record: Mapping[str, Any], field: str) -> Any:
    """What a record has in a field, or what follows from others."""
    derived = _DERIVED.get(field)
    return derived(record) if derived else record.get(field)


@dataclass(frozen=True)
class Condition:
    """`from` and `to` include their number, `above` and `below` do not; `there`: the field is filled at all.

    `named`: the queue's own name holds the value, begins or ends with it. `among`: it is one of `names`, those of a place.
    """

    field: str
    operator: Operator
    value: str | float = ""
    wanted: bool = True  # False turns it round
    names: frozenset[str] = frozenset()

    def holds(self, record: Record, name: str) -> bool:
        if self.operator == "among":
            return (name in self.names) == self.wanted
        if self.operator in ("contains", "starts", "ends"):
            whole, part = name.casefold(), str(self.value).casefold()
            return {"contains": part in whole, "starts": whole.startswith(part), "ends": whole.endswith(part)}[
                self.operator
            ] == self.wanted
        values = tools_of(record) if self.field == "copytools" else list(atoms(value_of(record, self.field)))
        if self.operator == "there":
            return bool(values) == self.wanted
        if self.operator == "is":
            return any(_same(value, self.value, self.field) for value in values) == self.wanted
        if self.operator == "only":
            return (bool(values) and all(_same(value, self.value, self.field) for value in values)) == self.wanted
        assert isinstance(self.value, float)
        numbers = [number for value in values if (number := as_number(value)) is not None]
        compare = {
            "above": self.value.__lt__, "below": self.value.__gt__, "from": self.value.__le__, "to": self.value.__ge__,
        }[self.operator]  # fmt: skip
        return any(compare(number) for number in numbers) == self.wanted and bool(numbers)

    def said(self) -> str:
        """The condition in words: copytools include rucio, corepower is above 10."""
        value = f"{self.value:.15g}" if isinstance(self.value, float) else self.value
        if self.operator == "there":
            return f"`{self.field}` is {'set' if self.wanted else 'not set'}"
        if self.operator == "among":
            return f"it is {'' if self.wanted else 'not '}a queue of {value}"
        if self.operator in _OF_NAMES:
            plain, turned = _OF_NAMES[self.operator]
            return f"the name {plain if self.wanted else turned} {value}"
        if self.operator == "only":
            return f"`{self.field}` {'are' if self.wanted else 'are not'} {value} alone"
        if self.field in LISTS:
            return f"`{self.field}` {'include' if self.wanted else 'do not include'} {value}"
        word = {"is": "", "above": "above ", "below": "below ", "from": "at least ", "to": "at most "}[self.operator]
        return f"`{self.field}` {'is' if self.wanted else 'is not'} {word}{value}"


_OF_NAMES = {
    "contains": ("contains", "does not contain"),
    "starts": ("starts with", "does not start with"),
    "ends": ("ends with", "does not end with"),
}  # fmt: skip


@dataclass(frozen=True)
class QueueQuestion:
    """What is asked of the queues. One condition of each of `groups` has to hold."""

    fields: tuple[str, ...] = ()  # asked to be shown, those of the conditions behind them
    groups: tuple[tuple[Condition, ...], ...] = ()
    order: str = ""  # field that the best or worst are asked of
    descending: bool = True
    limit: int | None = None
    aggregate: str = ""  # `average`, `median` or `sum` of the first field
    group: tuple[str, ...] = ()  # `by cloud`, `by tier and status`: the fields that queues are counted by
    which_fields: bool = False  # asks which fields there are
    guessed: tuple[tuple[str, str], ...] = ()  # `maxrrs` that was taken for the field maxrss: (word, field)
    read_as: tuple[tuple[str, str], ...] = ()  # `rucoi` that was taken for the value rucio: (word, value)
    unknown: str = ""  # what was asked for as if it were a field
    unread: tuple[str, ...] = ()  # parts of the question that say something and were not understood
    uncertain: bool = False  # `and` and `or` between different fields, which go together in more than one way
    names_places: bool = False  # places are among the conditions: they are not what the question is about as a whole

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition once, in the order of the question."""
        return tuple(dict.fromkeys(condition for group in self.groups for condition in group))

    def _holds(self, record: Record, name: str) -> bool:
        return all(any(condition.holds(record, name) for condition in group) for group in self.groups)

    def said(self) -> str:
        """The conditions in words, in the order of the question."""
        told = [" or ".join(condition.said() for condition in group) for group in self.groups]
        mixed = len(told) > 1
        return " and ".join(f"({one})" if mixed and " or " in one else one for one in told)

    def select(self, queues: Queues, names: list[str]) -> list[str]:
        """The names that hold all conditions, in the order asked for; a tie with the last one is kept."""
        chosen = [name for name in names if self._holds(queues.records[name], name)]
        if not self.order:
            return chosen
        value = {name: as_number(value_of(queues.records[name], self.order)) for name in chosen}
        if not any(number is not None for number in value.values()):
            return self._by_text(queues, chosen)
        ranked = sorted((name for name in chosen if value[name] is not None), key=lambda name: value[name] or 0.0)
        if self.descending:
            ranked.reverse()
        if self.limit is None:
            return ranked + [name for name in chosen if value[name] is None]
        if len(ranked) <= self.limit:
            return ranked
        last = value[ranked[self.limit - 1]]
        return [name for place, name in enumerate(ranked) if place < self.limit or value[name] == last]

    def _by_text(self, queues: Queues, chosen: list[str]) -> list[str]:
        """In the order of a field that has words; those without any are last, however it goes."""
        text = {name: str(shown(cell(queues.records[name], self.order))).casefold() for name in chosen}
        ranked = sorted(
            (name for name in chosen if text[name]), key=text.__getitem__, reverse=self.descending and self.limit is None
        )
        return ranked + [name for name in chosen if not text[name]]


def _same(value: Any, wanted: str | float, field: str) -> bool:
    if isinstance(wanted, float):
        return as_number(value) == wanted
    if isinstance(value, bool):
        return value == (wanted in ("yes", "true"))
    text, word = str(value).casefold(), wanted.casefold()
    if text == word or (field == "tier" and text.startswith(word)):
        return True
    return word in re.split(r"[:;,#|+\s]+", text)


def about_field(field: str) -> dict[str, Any]:
    """What the rules say of a field: words, label, unit; empty where they do not know it."""
    about: dict[str, Any] = load("queue_fields")["fields"].get(field, {})
    return about


def label(field: str, *, unit: bool = True) -> str:
    """`core power (HS06 per core)`; the field's own name where the rules have none."""
    about = about_field(field)
    return f"{about.get('label', field)}" + (f" ({about['unit']})" if unit and about.get("unit") else "")


def unit(field: str) -> str:
    """`MB`, or "" where the rules have none."""
    return str(about_field(field).get("unit", ""))


def usual(queues: Queues) -> list[str]:
    """The fields that are shown where none is named, as far as any queue has them."""
    return [field for field in load("queue_fields")["usual"] if queues.fields.get(field)]


def cell(record: Record, field: str) -> Any:
    """A field's value as it is; copy tools from wherever the record has them."""
    value = value_of(record, field)
    return tools_of(record) if field == "copytools" and not filled(value) else value
