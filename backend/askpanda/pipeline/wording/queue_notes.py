"""What is said of how a question about queues was read: other words for its own, values that no queue has, and what was not
understood, so that nobody takes a table for the answer to more than it answers."""

from dataclasses import replace
from difflib import get_close_matches

from askpanda.evidence.queues import FEW, Queues
from askpanda.pipeline.parcels import Words
from askpanda.pipeline.routing.queue_selection import LISTS, Condition, QueueQuestion, unit, value_of
from askpanda.pipeline.routing.queue_spelling import nearest_fields
from askpanda.pipeline.wording.numbers import joined
from askpanda.schema.values import as_number

#: Values that one sentence names, and parts of a question that were not understood.
_EACH, _PARTS = 15, 5
#: A word that is no longer is like too many fields.
_SHORT = 5


def noted(words: Words, asked: QueueQuestion, queues: Queues) -> Words:
    """An answer that says first what of the question it is the answer to."""
    before = [*_read_as(asked), *_not_understood(asked, queues)]
    absent = _absent(asked, queues)
    behind = [absent] if absent and absent not in words.sections.description else []
    if not before and not behind:
        return words
    warnings = [f"Not understood, and left out of the table: {_quoted(asked.unread)}."] if asked.unread else []
    description = " ".join([*before, words.sections.description, *behind])
    sections = words.sections.model_copy(update={"description": description})
    return replace(words, sections=sections, warnings=[*words.warnings, *warnings])


def _read_as(asked: QueueQuestion) -> list[str]:
    told = [f"There is no field `{word}`; this is `{field}`." for word, field in dict.fromkeys(asked.guessed)]
    return [*told, *(f"`{word}` was read as {value}." for word, value in dict.fromkeys(asked.read_as))]


def _not_understood(asked: QueueQuestion, queues: Queues) -> list[str]:
    told = []
    if asked.unread:
        words = {word for part in asked.unread for word in part.split() if len(word) > _SHORT}
        near = {field for word in words if word not in queues.fields for field in nearest_fields(word, queues)[:1]}
        like = f" The nearest fields are {joined([f'`{field}`' for field in sorted(near)])}." if near else ""
        but = "The rest of the question gives this, so it may be more than was asked for:"
        told.append(f"**Not understood:** {_quoted(asked.unread)}.{like} {but}")
    if asked.uncertain:
        told.append("`and` and `or` can be read in more than one way here; how it was read is said with the number.")
    return told


def _quoted(parts: tuple[str, ...]) -> str:
    more = " and more" if len(parts) > _PARTS else ""
    return joined([f"`{part}`" for part in parts[:_PARTS]]) + more


def there_is(asked: QueueQuestion, queues: Queues) -> str:
    """Why no queue matches, where one condition alone is the reason: which values there are, how high they go."""
    told = [_absent(asked, queues)]
    for condition in asked.conditions:
        numbers = _numbers(condition, queues)
        if condition.operator in ("above", "from", "below", "to") and condition.wanted and numbers:
            lowest, highest = min(numbers), max(numbers)
            end, of = (highest, "highest") if condition.operator in ("above", "from") else (lowest, "lowest")
            named = f"{end:.15g}{f' {unit(condition.field)}' if unit(condition.field) else ''}"
            if not any(condition.holds(record, name) for name, record in queues.records.items()):
                told.append(f"The {of} `{condition.field}` is {named}.")
    return "".join(f" {one}" for one in told if one)


def _absent(asked: QueueQuestion, queues: Queues) -> str:
    """The values that were asked for and that no queue has, with those that there are."""
    told = []
    for condition in asked.conditions:
        if condition.operator != "is" or condition.field in queues.switches:
            continue
        wanted = replace(condition, wanted=True)
        if not any(wanted.holds(record, name) for name, record in queues.records.items()):
            told.append(_values(condition, queues))
    return " ".join(dict.fromkeys(told))


def _values(condition: Condition, queues: Queues) -> str:
    field, value = condition.field, condition.value
    values = queues.values(field)
    said = f"{value:.15g}" if isinstance(value, float) else value
    if not values:
        return f"No queue has a value for `{field}`."
    head = f"No queue has `{field}` {'with ' if field in LISTS else ''}{said}"
    if not condition.wanted:
        return f"{head}."
    if isinstance(value, float) and (numbers := sorted(set(_numbers(condition, queues)))):
        if len(numbers) <= _EACH:
            return f"{head}; the values are {joined([f'{number:.15g}' for number in numbers])}."
        near = sorted(sorted(numbers, key=lambda number: abs(number - value))[:2])
        return f"{head}; the nearest values are {joined([f'{number:.15g}' for number in near])}."
    by_word = {word.casefold(): word for word in values}
    near_words = [by_word[word] for word in get_close_matches(str(said).casefold(), by_word, 3, 0.5)]
    nearest = f" The nearest {'is' if len(near_words) == 1 else 'are'} {joined(near_words)}." if near_words else ""
    if len(values) > FEW and near_words:
        return f"{head}.{nearest}"
    listed = [f"{one} ({n})" for one, n in list(values.items())[:_EACH]]
    more = f", and {len(values) - _EACH} more" if len(values) > _EACH else ""
    return f"{head}; the values are {joined(listed)}{more}.{nearest if len(values) > 3 else ''}"


def _numbers(condition: Condition, queues: Queues) -> list[float]:
    found = (as_number(value_of(record, condition.field)) for record in queues.records.values())
    return [number for number in found if number is not None]
