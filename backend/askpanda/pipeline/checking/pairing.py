"""Which amount of a sentence belongs to which name in it."""

import re
from collections.abc import Sequence

from askpanda.pipeline.checking.likeness import same
from askpanda.pipeline.checking.quantities import Quantity

_SEPARATES = re.compile(r"[,;]|\b(?:and|but|while|whereas|et|und|y|mais|aber|pero|während)\b", re.I)
_ENDS = re.compile(r"[.!?]\s|\n")
_EACH = re.compile(r"\b(?:each|both|jeweils|je|chacune?|chaque|cada(?: un[oa])?)\b", re.I)
#: What a boundary between name and amount counts for, in letters.
SEPARATED, ENDED, BEHIND, BRACKETED = 15, 60, 4, 20
TOUCHING, CLOSE = 1, 5

Label = tuple[int, int, str]


def told_once(numbers: Sequence[Quantity]) -> list[Quantity]:
    """Without what only says the one before it in another way: `3094 MB, roughly 3 GB`."""
    out: list[Quantity] = []
    for one in numbers:
        if (
            out
            and one.start - out[-1].end < 24
            and (one.scale != out[-1].scale or one.hedge)
            and (same(one, out[-1]) or same(out[-1], one))
        ):
            continue
        out.append(one)
    return out


def paired(
    text: str, labels: Sequence[Label], numbers: Sequence[Quantity], jobs: Sequence[Label] = ()
) -> list[list[tuple[str, Quantity]]]:
    """The ways in which a sentence can be meant, the likeliest first; what is said of another of `jobs` is no name's.

    Where names and amounts take turns, in order; with `each`, all with all; else by what stands nearest, or in order where
    there are as many of both.
    """
    labels = _once(labels, numbers)
    if len(jobs) > 1:
        labels = [label for label in labels if not all(_stands_between(label, number, jobs) for number in numbers)]
    if not labels or not numbers:
        return []
    if len(numbers) == 1 and len(labels) > 1:
        if _EACH.search(text):
            return [[(label, numbers[0]) for _, _, label in labels]]
        ways = sorted(labels, key=lambda label: _far(text, label, numbers[0]))
        return [[(label[2], numbers[0])] for label in (ways[:1] if _far(text, ways[0], numbers[0]) <= TOUCHING else ways)]
    if len(labels) == 1:
        near = sorted(numbers, key=lambda number: _far(text, labels[0], number))
        return [[(labels[0][2], number)] for number in (near[:1] if _far(text, labels[0], near[0]) <= CLOSE else near)]
    in_order = [(label, number) for (_, _, label), number in zip(labels, numbers, strict=False)]
    by_number = [(min(labels, key=lambda label, one=number: _far(text, label, one))[2], number) for number in numbers]  # type: ignore[misc]
    if len(labels) > len(numbers):
        rest = paired(text, labels[1:], numbers) if len(labels) > len(numbers) + 1 or len(numbers) > 1 else []
        return [by_number, *rest[:1]]  # the first may be of the whole sentence: `the task is running: ...`
    if len(labels) == len(numbers) and _take_turns(labels, numbers):
        return [in_order]
    by_label = [
        (label[2], min(open_, key=lambda number, one=label: _far(text, one, number)))  # type: ignore[misc]
        for label in labels
        if (open_ := [number for number in numbers if not _stands_between(label, number, labels)])
    ]
    return [by_label, by_number, in_order] if len(labels) == len(numbers) else [by_label]


def _stands_between(label: Label, number: Quantity, others: Sequence[Label]) -> bool:
    first, last = sorted((label[0], number.start))
    return any(first < start < last for start, _, _ in others)


def _take_turns(labels: Sequence[Label], numbers: Sequence[Quantity]) -> bool:
    order = "".join(
        kind for _, kind in sorted([(start, "L") for start, _, _ in labels] + [(one.start, "N") for one in numbers])
    )
    return order in ("LN" * len(labels), "NL" * len(labels))


def _once(labels: Sequence[Label], numbers: Sequence[Quantity]) -> list[Label]:
    """One name that is said twice without an amount between is meant once."""
    out: list[Label] = []
    for label in labels:
        if out and out[-1][2] == label[2] and not any(out[-1][1] <= one.start < label[0] for one in numbers):
            continue
        out.append(label)
    return out


def _far(text: str, label: Label, number: Quantity) -> int:
    start, end, _ = label
    behind = start >= number.end
    gap = text[number.end : start] if behind else text[end : number.start]
    far = len(gap) + SEPARATED * len(_SEPARATES.findall(gap)) + ENDED * len(_ENDS.findall(gap))
    if not behind and gap.strip() == "(":
        far -= BRACKETED
    return far - BEHIND if behind else far
