"""What a follow-up makes of a question about queues: fewer of them, others instead, in another order, with other fields."""

import re
from collections.abc import Sequence
from dataclasses import replace

from askpanda.evidence.queues import Queues
from askpanda.pipeline.routing.queue_joints import Groups, either
from askpanda.pipeline.routing.queue_question import places_in, read
from askpanda.pipeline.routing.queue_selection import QueueQuestion
from askpanda.pipeline.routing.queue_terms import PLACE, words_for, words_of
from askpanda.pipeline.routing.text import fold

#: `only those online`, `which of them are offline?`: of the queues that were shown.
_OF_THOSE = re.compile(
    r"^\W*(?:and |et |und |y |now |ok |please |but |so )*(?:only|just|restrict|limit|narrow|filter|nur|seulement|uniquement"
    r"|solo|solamente|of (?:those|these|them)|davon|parmi|entre)\b"
    r"|\b(?:of|among|from) (?:those|these|them|which)\b|\bdavon\b|\bunter (?:diesen|denen)\b|\bparmi (?:eux|elles|ce\w*)\b"
    r"|\bd'entre (?:eux|elles)\b|\bde (?:esas|estas|ellas|esos|ellos)\b"
    r"|\b(?:are|do|have|use) (?:they|those|these)\b|\bthey (?:are|use|have)\b"
)
#: `also the offline ones`: those as well.
_AS_WELL = re.compile(
    r"^\W*(?:and |et |und |y )*(?:also|plus|or|as well as|in addition|add|include|including|aussi|ou|auch|oder|zusatzlich"
    r"|tambien|o)\b"
    r"|\b(?:too|as well|aussi|auch|ebenfalls|tambien)\W*$"
)
#: `sort by that`, `sorted descending`: by what was shown.
_SORTED = re.compile(r"\b(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?|sortier\w*|trie[rz]?|triees?|ordena\w*)\b")
_BY_SOMETHING = re.compile(r"\b(?:by|nach|par|por) (?!(?:that|it|this|them|dem|das|cela|ca|eso)\b)")


def continued(asked: str, steps: Sequence[str], queues: Queues, place: str = "", cloud: str = "") -> QueueQuestion:
    """What is asked after all follow-ups. `place` is the one that counts now, named or kept."""
    found = _without_place(read(asked, queues), place)
    first = found.unread
    for step in steps:
        named_here = place in places_in(step, queues)
        new = read(step, queues, place) if named_here else _without_place(read(step, queues), place)
        new = _of_what_was_shown(found, new, step, queues, place if named_here else "")
        found = _gone_on(found, new, fold(step), place)
    found = replace(found, unread=tuple(dict.fromkeys((*first, *found.unread))))
    named = any(condition.field == "cloud" for condition in found.conditions)
    if cloud and not named and not place and not found.conditions:
        found = replace(found, groups=read(f"queues in the {cloud} cloud", queues).groups)
    return found


def _without_place(before: QueueQuestion, place: str) -> QueueQuestion:
    """A question whose place is left to what follows, where it was about a place and another one may have taken its place."""
    if not place:
        return before
    groups = tuple(group for group in before.groups if not all(one.field == PLACE and one.wanted for one in group))
    return replace(before, groups=groups, names_places=any(one.field == PLACE for group in groups for one in group))


def _of_what_was_shown(before: QueueQuestion, new: QueueQuestion, step: str, queues: Queues, place: str) -> QueueQuestion:
    """`only those above 11` after `show the corepower`: held against the one field of numbers that was shown."""
    shown = [field for field in before.fields if not words_for(queues, field)]
    if not new.unread or new.fields or new.order or len(shown) != 1:
        return new
    again = read(f"{step.rstrip(' ?!.')} {shown[0]}", queues, place)
    return again if again.conditions and not again.unread else new


def _gone_on(before: QueueQuestion, new: QueueQuestion, folded: str, place: str) -> QueueQuestion:
    if new.which_fields or new.unknown:
        return new
    conditions = new.conditions
    of_conditions = {one.field for one in conditions}
    named = tuple(field for field in new.fields if field not in of_conditions)
    fields = before.fields
    if named:
        others = () if place and not _AS_WELL.search(folded) else before.fields
        fields = (*named, *others) if new.aggregate else (*others, *named)
    groups = _grouped(before.groups, new, folded)
    shown = (*fields, *(one.field for group in groups for one in group if one.field in new.fields))
    found = replace(
        before,
        fields=tuple(dict.fromkeys(shown)),
        groups=groups,
        guessed=(*before.guessed, *new.guessed),
        read_as=(*before.read_as, *new.read_as),
        unread=new.unread,  # what one before was not understood by was said then, and changed nothing
        uncertain=before.uncertain or new.uncertain,
        names_places=new.names_places or (before.names_places and any(one.field == PLACE for group in groups for one in group)),
    )
    if _SORTED.search(folded) and not new.limit:
        order = new.order or next(iter(named), "")
        if not order and not _BY_SOMETHING.search(folded):
            order = before.order or next(iter(before.fields), "")
        down = any(re.search(rf"\b{word}\b", folded) for word in words_of("descending"))
        return replace(
            found,
            fields=tuple(dict.fromkeys([*found.fields, *([order] if order else [])])),
            order=order or before.order,
            descending=down if order else before.descending,
            limit=None,
            aggregate="",
            group=(),
        )
    if new.group or new.aggregate or new.order:
        return replace(
            found, group=new.group, aggregate=new.aggregate, order=new.order, descending=new.descending, limit=new.limit
        )
    return found


def _grouped(before: Groups, new: QueueQuestion, folded: str) -> Groups:
    """The conditions of before with the new ones: of those that were shown, those as well, or others instead."""
    if not new.groups:
        return before
    turned = all(not condition.wanted for condition in new.conditions)
    if turned or _OF_THOSE.search(folded):
        return tuple(dict.fromkeys((*before, *new.groups)))
    if _AS_WELL.search(folded) and before:
        return _as_well(before, new.groups)
    fields = {condition.field for condition in new.conditions}
    kept = tuple(group for group in before if not {condition.field for condition in group} <= fields)
    return (*kept, *new.groups)


def _as_well(before: Groups, new: Groups) -> Groups:
    """`also the offline ones` after `online queues in Germany`: another value of the field that it names, if there is one."""
    fields = {condition.field for group in new for condition in group}
    same = tuple(group for group in before if {condition.field for condition in group} == fields)
    if len(fields) == 1 and same:
        kept = tuple(group for group in before if group not in same)
        return (*kept, *either(same, new))
    return either(before, new)
