"""How the conditions of a question belong together: by `and`, by `or`, and by naming one field twice."""

from dataclasses import dataclass

from askpanda.pipeline.routing.queue_conditions import Placed
from askpanda.pipeline.routing.queue_selection import LISTS, Condition
from askpanda.pipeline.routing.queue_terms import Term

Groups = tuple[tuple[Condition, ...], ...]
#: More groups than these are no question.
_MOST = 64


@dataclass
class _Unit:
    """Conditions that belong together already: of each group one has to hold."""

    groups: Groups
    last: Placed


def joined(placed: list[Placed], terms: list[Term]) -> tuple[Groups, bool]:
    """Groups of which each has to hold with one of its conditions; and whether it could be read in another way too.

    `or` joins what stands beside it; `in Germany with 16 cores or in Italy` comes back to a field, and is an
    alternative to both. Values of a field that has but one are alternatives however they are joined.
    """
    units: list[_Unit] = []
    for at, one in enumerate(placed):
        own: Groups = one.groups
        before = units[-1] if units else None
        same = next((unit for unit in units if _may_be_either(unit, one)), None)
        if before is not None and _or(placed, at, terms) and (before.last.wanted or one.wanted):
            earlier = before.last.field != one.field and same is not None and same is not before
            if earlier:
                whole = tuple(group for unit in units for group in unit.groups)
                units = [_Unit(either(whole, own), one)]
            else:
                units[-1] = _Unit(either(before.groups, own), one)
        elif same is not None:
            same.groups, same.last = either(same.groups, own), one
        else:
            units.append(_Unit(own, one))
    groups = tuple(dict.fromkeys(group for unit in units for group in unit.groups))
    mixed = any(len({condition.field for condition in group}) > 1 or _both(group, groups) for group in groups)
    return groups, mixed and len(groups) > 1


def either(one: Groups, other: Groups) -> Groups:
    """Groups that hold where those of the one or those of the other do."""
    if len(one) * len(other) > _MOST:
        return one
    return tuple(tuple(dict.fromkeys((*a, *b))) for a in one for b in other)


def _may_be_either(unit: _Unit, one: Placed) -> bool:
    """Whether both are values of a field that has but one."""
    conditions = [*one.conditions, *(condition for group in unit.groups for condition in group)]
    exact = all(condition.operator in ("is", "among") and condition.wanted for condition in conditions)
    return exact and len({condition.field for condition in conditions}) == 1 and one.field not in LISTS


def _both(group: tuple[Condition, ...], groups: Groups) -> bool:
    """`rucio or mv and gfalcopy`: alternatives of one field, which stands beside them as well."""
    field = group[0].field
    exact = all(condition.operator == "is" and condition.wanted for condition in group)
    beside = (one for other in groups if other is not group for one in other)
    return len(group) > 1 and exact and any(one.field == field and one.wanted for one in beside)


def _or(placed: list[Placed], at: int, terms: list[Term]) -> bool:
    """Whether an `or` stands before a condition, or at the end of the list that it is in: `rucio, mv or gfalcopy`."""
    kinds = _kinds(placed, at, terms)
    if "or" in kinds:
        return True
    while kinds == {"comma"} and at + 1 < len(placed) and placed[at + 1].field == placed[at].field:
        at += 1
        kinds = _kinds(placed, at, terms)
        if "or" in kinds:
            return True
    return False


def _kinds(placed: list[Placed], at: int, terms: list[Term]) -> set[str]:
    between = terms[placed[at - 1].last + 1 : placed[at].first]
    return {str(term.kind) for term in between} & {"or", "and", "but", "comma", "end"}
