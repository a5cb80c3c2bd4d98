"""Settings of queues: exact values of every queue that was asked for, as a table, without a model."""

import re
from collections.abc import Callable
from dataclasses import replace
from statistics import mean, median
from typing import Any

from askpanda.evidence.queues import Queues, filled, shown, site_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing import queue_question, queue_selection
from askpanda.pipeline.routing.queue_following import continued
from askpanda.pipeline.routing.queue_selection import QueueQuestion
from askpanda.pipeline.routing.queue_spelling import nearest_fields
from askpanda.pipeline.wording.live import missing
from askpanda.pipeline.wording.numbers import counted, joined
from askpanda.pipeline.wording.queue_notes import noted, there_is
from askpanda.schema.answer import Block, FollowUp, Sections
from askpanda.schema.values import as_number

#: Rows that are listed in the text as well; the table always has all.
LISTED = 1000
#: Queues, or values, that one sentence names.
_EACH = 12
_OF_CRIC = ", which has CRIC's records"
_LISTED = f"the monitor's list of queues{_OF_CRIC}"


def queue_metadata(brief: Brief) -> Words:
    """One queue's settings, or those of all queues that hold a condition."""
    queues = brief.gathered.queues
    if queues is None:
        where_from = "CRIC or from the monitor's list of queues" if brief.experiment.cric else "the monitor's list of queues"
        return missing(brief, f"the settings of the queues, which come from {where_from}")
    entities = brief.route.entities
    place = entities.queue or entities.site or ""
    names = sorted(queues.records, key=str.casefold)
    asked = _asked(brief, queues, place)
    if asked.names_places:
        place = ""  # `except CERN`, `BNL and MWT2`: its conditions say which queues are meant
    if place:
        names = queues.of_place(
            place, as_queue=entities.queue is not None or ("_" in place and queues.named(place) is not None)
        )
        if not names:
            return _unknown(brief, queues, place)
    if asked.which_fields:
        return _fields(brief, queues)
    if asked.unknown:
        return _no_field(brief, queues, asked.unknown, place, names)
    if (lacks := _not_in_records(brief, queues)) and not (asked.conditions or asked.fields or place):
        cite, read = _source(brief, queues)
        ask = "A queue's name or comment may tell; for certain ask its site, or the experiment's operations."
        text = f"{lacks}{cite} {ask} {read}"
        offers = [FollowUp(question="Which fields do you know about queues?", why="Every field, and what it is")]
        return Words(sections=Sections(description=text), follow_ups=offers, verbatim=True)
    if lacks:
        asked = replace(asked, unread=tuple(part for part in asked.unread if not _GPU.search(part)))
    words = noted(_chosen(brief, queues, asked, names, place), asked, queues)
    if not lacks:
        return words
    description = f"{lacks} What they do tell: {words.sections.description}"
    return replace(words, sections=words.sections.model_copy(update={"description": description}))


_GPU = re.compile(r"\bgpus?\b|\bgraphics? cards?\b|\bcuda\b", re.I)


def _not_in_records(brief: Brief, queues: Queues) -> str:
    """What a question asks of queues that no record has a field or a value for, as a sentence; "" where there is nothing."""
    if not _GPU.search(brief.turn.question) or any("gpu" in field.casefold() for field in queues.fields):
        return ""
    values = (str(value) for record in queues.records.values() for value in record.values())
    return (
        "" if any("gpu" in value.casefold() for value in values) else "Whether a queue has GPUs is in no field of the records."
    )


def _asked(brief: Brief, queues: Queues, place: str) -> QueueQuestion:
    """What is asked of the queues: by the question alone, or by a conversation that goes on about them."""
    route = brief.route
    cloud = "" if place else route.entities.cloud or ""
    if route.intent != "followup" or not route.asked or not route.steps:
        return queue_question.read(brief.turn.question, queues, place, cloud)
    return continued(route.asked, route.steps, queues, place, cloud)


def _chosen(brief: Brief, queues: Queues, asked: QueueQuestion, names: list[str], place: str) -> Words:
    chosen = asked.select(queues, names)
    if place and asked.conditions and _YES_OR_NO.match(brief.turn.question):
        return _yes_or_no(brief, queues, asked, names, chosen, place)
    if (asked.group and not asked.conditions) or (asked.group and chosen):
        return _grouped(brief, queues, asked, chosen, place)
    if len(chosen) == 1 and place and not asked.fields:
        return _whole(brief, queues, chosen[0])
    return _table(brief, queues, asked, names, chosen, place)


def _fields(brief: Brief, queues: Queues) -> Words:
    """Every field of the records, what it is, and how many queues have it."""
    rows: list[list[Any]] = []
    for field, filled_in in sorted(queues.fields.items()):
        said = queue_selection.label(field)
        example = next((_cell(queues, name, field) for name in sorted(queues.records)
                        if filled(queues.records[name].get(field))), "")  # fmt: skip
        rows.append([field, said if said != field else "", filled_in, str(example)[:80]])
    cite, read = _source(brief, queues)
    known = joined([f"`{row[0]}`" for row in rows])
    text = f"The records of {counted(len(queues.records), 'queue')} have {counted(len(rows), 'field')}: {known}.{cite} {read}"
    columns = ["Field", "What it is", "Queues that have it", "Example"]
    block = Block(kind="table", title="Fields of a queue", data={"columns": columns, "rows": rows, "count": len(rows)})
    offer = FollowUp(question="Display the corepower for all queues", why="One field of every queue")
    return Words(sections=Sections(description=text), blocks=[block], follow_ups=[offer], verbatim=True)


def _no_field(brief: Brief, queues: Queues, word: str, place: str, names: list[str]) -> Words:
    """What was asked for is no field: the nearest ones, with their values where one queue is meant."""
    near = nearest_fields(word, queues)
    cite, read = _source(brief, queues)
    text = f"The records of queues have no field `{word}`.{cite}"
    if near:
        text += f" The nearest are {joined([f'`{field}`' for field in near])}."
    blocks = [_block(f"Queues of {place}", queues, names, near)] if near and place else []
    offers = [FollowUp(question="Which fields do you know about queues?", why="Every field, and what it is")]
    offers += [
        FollowUp(question=f"Show the settings of queue {name}", why="All that is known of it") for name in names[:1] if place
    ]
    return Words(sections=Sections(description=f"{text} {read}"), blocks=blocks, follow_ups=offers, verbatim=True)


_AGGREGATES: dict[str, Callable[[list[float]], float]] = {"average": mean, "median": median, "sum": sum}
_YES_OR_NO = re.compile(r"\W*(?:so |ok,? )?(?:is|are|does|do|has|have|can|was|ist|sind|hat|est-ce|est|esta)\b", re.I)


def _yes_or_no(brief: Brief, queues: Queues, asked: QueueQuestion, names: list[str], chosen: list[str], place: str) -> Words:
    """`Is DESY-HH online?`: yes or no, and what each of its queues has."""
    fields = list(dict.fromkeys(condition.field for condition in asked.conditions))
    each = joined([f"{name} has {_line(fields, _cells(queues, name, fields), named=True)}" for name in names[:_EACH]])
    one_of = len({(condition.field, condition.value) for condition in asked.conditions}) > len(fields)
    if one_of:
        head = f"{each}."  # `online or test?` has no yes
    elif len(names) == 1:
        head = f"**{'Yes' if chosen else 'No'}**: {each}."
    else:
        answer = "Yes, all" if len(chosen) == len(names) else "No, none" if not chosen else f"Partly, {len(chosen)}"
        head = f"**{answer}** of the {len(names)} queues of {place}: {each}."
    cite, read = _source(brief, queues)
    block = _block(f"Queues of {place}", queues, names, fields)
    return Words(
        sections=Sections(description=f"{head}{cite} {read}"), blocks=[block], follow_ups=_offers(names), verbatim=True
    )


def _grouped(brief: Brief, queues: Queues, asked: QueueQuestion, chosen: list[str], place: str) -> Words:
    """How many queues there are by a field, or by two, and which."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in chosen:
        key = tuple(str(_cell(queues, name, field)) or "not set" for field in asked.group)
        groups.setdefault(key, []).append(name)
    ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), tuple(value.casefold() for value in pair[0])))
    shares = joined([f"{len(names)} {', '.join(values)}" for values, names in ordered[:_EACH]])
    if len(asked.group) > 1:
        shares = "; ".join(f"{', '.join(values)}: {len(names)}" for values, names in ordered[:_EACH])
    more = f", and {len(ordered) - _EACH} more values" if len(ordered) > _EACH else ""
    said = f", where {asked.said()}" if asked.conditions else ""
    of = f" of {place}" if place else ""
    cite, read = _source(brief, queues)
    by = joined([f"`{field}`" for field in asked.group])
    head = f"{counted(len(chosen), 'queue')}{of}{said}, by {by}: {shares}{more}."
    rows: list[list[Any]] = [[*values, len(names), ", ".join(names)] for values, names in ordered]
    labels = [queue_selection.label(field) for field in asked.group]
    columns = [*labels, "Queues", "Names"]
    summed = next((field for field in asked.fields if asked.aggregate and _number(queues, chosen, field)), "")
    if summed:
        columns.insert(-1, f"{asked.aggregate} of {queue_selection.label(summed)}")
        for row, (_, names) in zip(rows, ordered, strict=True):
            numbers = _number(queues, names, summed)
            row.insert(-1, f"{_AGGREGATES[asked.aggregate](numbers):.6g}" if numbers else "")
        each = "; ".join(f"{', '.join(map(str, row[: len(labels)]))}: {row[-2] or 'not set'}" for row in rows[:_EACH])
        head += f" The {asked.aggregate} of `{summed}`{_of_unit(summed)} of each: {each}."
    data = {"columns": columns, "rows": rows, "count": len(rows)}
    return Words(
        sections=Sections(description=f"{head}{cite} {read}"),
        blocks=[Block(kind="table", title=f"Queues by {joined(labels)}", data=data)],
        follow_ups=_offers(chosen),
        verbatim=True,
    )


def _table(brief: Brief, queues: Queues, asked: QueueQuestion, names: list[str], chosen: list[str], place: str) -> Words:
    fields = list(asked.fields) or queue_selection.usual(queues)
    of_one_site = len({site_of(queues.records[name]) for name in chosen}) <= 1
    if place and not of_one_site and "site" not in fields:
        fields.insert(0, "site")
    rows: list[list[Any]] = [[name, *_cells(queues, name, fields)] for name in chosen]
    head = _head(asked, names, chosen, place, of_one_site, queues)
    cite, read = _source(brief, queues)
    unset = {condition.field for condition in asked.conditions if condition.operator == "there" and not condition.wanted}
    fields_with = [field for field in fields if field not in unset]
    lacking = [field for field in fields_with if not any(filled(row[1 + fields.index(field)]) for row in rows)] if rows else []
    note = f" No queue of these has a value for {joined([f'`{field}`' for field in lacking])}." if lacking else ""
    block = _block(f"Queues{f' of {place}' if place else ''}", queues, chosen, fields)
    alone = len(rows) == 1 and not asked.conditions  # the sentence has it all
    listed = "" if alone else "\n".join(f"- **{row[0]}**: {_line(fields, row[1:])}" for row in rows[:LISTED])
    return Words(
        sections=Sections(description=f"{head}{cite}{note} {read}".strip(), details=listed),
        blocks=[block] if rows else [],
        follow_ups=_offers(chosen),
        verbatim=True,
    )


def _head(asked: QueueQuestion, names: list[str], chosen: list[str], place: str, of_one_site: bool, queues: Queues) -> str:
    where = ""
    if place:
        site = site_of(queues.records[names[0]])
        where = f" of {place}" + (f" (site {site})" if of_one_site and site and site.casefold() != place.casefold() else "")
    total = f"{counted(len(names), 'queue')}{where}"
    fields = joined([f"`{field}`" for field in asked.fields]) if asked.fields else ""
    if asked.conditions:
        joint = asked.said()
        if not chosen:
            return f"None of {total} matches: {joint}.{there_is(asked, queues)}"
        together = _together(asked, queues, chosen)
        if asked.order and asked.limit is not None:
            values = joined([f"{name} ({_cell(queues, name, asked.order)}{_unit(asked.order)})" for name in chosen[:_EACH]])
            matching = len(replace(asked, order="", limit=None).select(queues, names))
            which = "highest" if asked.descending else "lowest"
            return f"The {which} `{asked.order}` of the {matching} of {total} where {joint}: {values}."
        order = _in_order(asked, queues, chosen) if asked.order else ""
        together += f" {order[0].upper()}{order[1:]}." if order else ""
        return f"**{len(chosen)}** of {total} {'matches' if len(chosen) == 1 else 'match'}: {joint}.{together}"
    if asked.aggregate and (together := _together(asked, queues, chosen)):
        return f"{together.strip()} That is of {total}."
    if asked.order:
        which = "highest" if asked.descending else "lowest"
        if asked.limit is None:
            return f"{total}, {_in_order(asked, queues, chosen)}."
        values = joined([f"{name} ({_cell(queues, name, asked.order)}{_unit(asked.order)})" for name in chosen[:_EACH]])
        return f"The {which} `{asked.order}` of {total}: {values}."
    if len(chosen) == 1 and len(asked.fields) == 1:
        field = asked.fields[0]
        value = _cell(queues, chosen[0], field)
        said = f"**{value}{_unit(field)}**" if value != "" else "not set"
        return f"The {queue_selection.label(field, unit=False)} of queue **{chosen[0]}** (`{field}`) is {said}."
    if len(chosen) == 1:
        return f"Queue **{chosen[0]}**: {_line(asked.fields, [_cell(queues, chosen[0], field) for field in asked.fields])}."
    return f"{total[0].upper()}{total[1:]}{f', each with its {fields}' if fields else ''}."


def _in_order(asked: QueueQuestion, queues: Queues, chosen: list[str]) -> str:
    """The order of a list in words: by a number, or by a field that has words."""
    if not _number(queues, chosen, asked.order):
        return f"in the order of `{asked.order}`, {'backwards' if asked.descending else 'forwards'}"
    return f"the {'highest' if asked.descending else 'lowest'} `{asked.order}` first"


def _together(asked: QueueQuestion, queues: Queues, chosen: list[str]) -> str:
    """The average, median or sum of a field over the chosen queues that have it."""
    field = next((field for field in asked.fields if _number(queues, chosen, field)), "")
    if not asked.aggregate or not field:
        return ""
    values = _number(queues, chosen, field)
    value = _AGGREGATES[asked.aggregate](values)
    lacking = len(chosen) - len(values)
    without = f" ({counted(lacking, 'queue')} without it left out)" if lacking else ""
    return f" The {asked.aggregate} of `{field}` is **{value:.6g}{_unit(field)}**{without}."


def _number(queues: Queues, names: list[str], field: str) -> list[float]:
    found = (as_number(queue_selection.value_of(queues.records[name], field)) for name in names)
    return [value for value in found if value is not None]


def _of_unit(field: str) -> str:
    unit = queue_selection.unit(field)
    return f" ({unit})" if unit else ""


def _unit(field: str) -> str:
    unit = queue_selection.unit(field)
    return f" {unit}" if unit else ""


def _block(title: str, queues: Queues, names: list[str], fields: list[str]) -> Block:
    rows = [[name, *_cells(queues, name, fields)] for name in names]
    columns = ["Queue", *(queue_selection.label(field) for field in fields)]
    return Block(kind="table", title=title, data={"columns": columns, "rows": rows, "count": len(rows)})


def _cells(queues: Queues, name: str, fields: Any) -> list[Any]:
    return [_cell(queues, name, field) for field in fields]


def _whole(brief: Brief, queues: Queues, name: str) -> Words:
    """Everything that a queue's record says."""
    record = queues.records[name]
    usual = [field for field in queue_selection.usual(queues) if filled(record.get(field))]
    facts = [_named(field, _cell(queues, name, field)) for field in usual]
    cite, read = _source(brief, queues)
    rows = [[field, shown(value)] for field, value in sorted(record.items()) if filled(value)]
    block = Block(
        kind="table", title=f"Settings of {name}", data={"columns": ["Field", "Value"], "rows": rows, "count": len(rows)}
    )
    return Words(
        sections=Sections(description=f"Queue **{name}**: {', '.join(facts)}.{cite} {read}".strip()),
        blocks=[block],
        follow_ups=[FollowUp(question=f"How is {name} doing?", why="Its jobs and errors of the last hours")],
        verbatim=True,
    )


def _unknown(brief: Brief, queues: Queues, place: str) -> Words:
    near = queues.nearest(place)
    cite, read = _source(brief, queues)
    text = f"None of the {len(queues.records)} queues has the name or the site {place}.{cite}"
    if near:
        text += f" The nearest names are {joined(near)}."
    offers = [FollowUp(question=f"Show the settings of queue {name}", why="The nearest name") for name in near[:1]]
    return Words(sections=Sections(description=f"{text} {read}".strip()), follow_ups=offers, verbatim=True)


def _cell(queues: Queues, name: str, field: str) -> str | int | float:
    return shown(queue_selection.cell(queues.records[name], field))


def _line(fields: Any, cells: list[Any], named: bool = False) -> str:
    """The values of one queue; the field's name stands before each where there are several, or where it is wanted."""
    if len(cells) == 1 and not named:
        return str(cells[0]) if cells[0] != "" else "not set"
    return " · ".join(_named(field, cell) for field, cell in zip(fields, cells, strict=True) if cell != "") or "nothing set"


def _named(field: str, cell: Any) -> str:
    return f"{field} {cell}{_unit(field)}"


def _source(brief: Brief, queues: Queues) -> tuple[str, str]:
    """(citation, where and when the records were read)."""
    where = f"CRIC ({queues.source})" if queues.source else _LISTED
    if not brief.experiment.cric:
        where = where.removesuffix(_OF_CRIC)
    when = queues.as_of.replace("T", " ").rstrip("Z")
    return brief.cite("live", queues.path), f"Read from {where} on {when} UTC."


def _offers(chosen: list[str]) -> list[FollowUp]:
    if not chosen:
        return []
    offers = [FollowUp(question=f"Show the settings of queue {chosen[0]}", why="Everything that its record says")]
    if len(chosen) == 1:
        offers.append(FollowUp(question=f"How is {chosen[0]} doing?", why="Its jobs and errors of the last hours"))
    return offers
