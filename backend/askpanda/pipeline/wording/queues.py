"""Settings of queues: exact values of every queue that was asked for, as a table, without a model."""

from typing import Any

from askpanda.evidence.queues import Queues, filled, shown, site_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing import queue_question
from askpanda.pipeline.routing.queue_question import QueueQuestion
from askpanda.pipeline.wording.live import missing
from askpanda.pipeline.wording.numbers import counted, joined
from askpanda.schema.answer import Block, FollowUp, Sections

#: Rows that are listed in the text as well; the table always has all.
LISTED = 1000


def queue_metadata(brief: Brief) -> Words:
    """One queue's settings, or those of all queues that hold a condition."""
    queues = brief.gathered.queues
    if queues is None:
        return missing(brief, "the settings of the queues, which come from CRIC or from the monitor's list of queues")
    entities = brief.route.entities
    place = entities.queue or entities.site or ""
    names = sorted(queues.records, key=str.casefold)
    if place:
        names = queues.of_place(place, as_queue=entities.queue is not None)
        if not names:
            return _unknown(brief, queues, place)
    asked = queue_question.read(brief.turn.question, queues, place)
    chosen = asked.select(queues, names)
    if len(chosen) == 1 and place and not asked.fields:
        return _whole(brief, queues, chosen[0])
    return _table(brief, queues, asked, names, chosen, place)


def _table(brief: Brief, queues: Queues, asked: QueueQuestion, names: list[str], chosen: list[str], place: str) -> Words:
    fields = list(asked.fields) or queue_question.usual(queues)
    of_one_site = len({site_of(queues.records[name]) for name in chosen}) <= 1
    if place and not of_one_site and "site" not in fields:
        fields.insert(0, "site")
    rows: list[list[Any]] = [[name, *(_cell(queues, name, field) for field in fields)] for name in chosen]
    head = _head(asked, names, chosen, place, of_one_site, queues)
    cite, read = _source(brief, queues)
    lacking = [field for field in fields if not any(filled(row[1 + fields.index(field)]) for row in rows)] if rows else []
    note = f" No queue of these has a value for {joined([f'`{field}`' for field in lacking])}." if lacking else ""
    block = Block(
        kind="table",
        title=f"Queues{f' of {place}' if place else ''}",
        data={"columns": ["Queue", *(queue_question.label(field) for field in fields)], "rows": rows, "count": len(rows)},
    )
    listed = "\n".join(f"- **{row[0]}**: {_line(fields, row[1:])}" for row in rows[:LISTED])
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
        said = joined([f"{condition.said()}" for condition in asked.conditions])
        joint = said if not asked.either else said.replace(" and ", " or ")
        if not chosen:
            return f"None of {total} matches: {joint}."
        return f"**{len(chosen)}** of {total} {'matches' if len(chosen) == 1 else 'match'}: {joint}."
    if asked.order:
        which = "highest" if asked.descending else "lowest"
        return f"The {counted(len(chosen), 'queue')} with the {which} `{asked.order}` of {total}."
    if len(chosen) == 1:
        return f"Queue **{chosen[0]}**: {_line(asked.fields, [_cell(queues, chosen[0], field) for field in asked.fields])}."
    return f"{total[0].upper()}{total[1:]}{f', each with its {fields}' if fields else ''}."


def _whole(brief: Brief, queues: Queues, name: str) -> Words:
    """Everything that a queue's record says."""
    record = queues.records[name]
    facts = [f"{field} {_cell(queues, name, field)}" for field in queue_question.usual(queues) if filled(record.get(field))]
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
    return shown(queue_question.cell(queues.records[name], field))


def _line(fields: Any, cells: list[Any]) -> str:
    """The values of one queue; the field's name stands before each where there are several."""
    if len(cells) == 1:
        return str(cells[0]) if cells[0] != "" else "not set"
    return " · ".join(f"{field} {cell}" for field, cell in zip(fields, cells, strict=True) if cell != "") or "nothing set"


def _source(brief: Brief, queues: Queues) -> tuple[str, str]:
    """(citation, where and when the records were read)."""
    where = f"CRIC ({queues.source})" if queues.source else "the monitor's list of queues, which has CRIC's records"
    when = queues.as_of.replace("T", " ").rstrip("Z")
    return brief.cite("live", queues.path), f"Read from {where} on {when} UTC."


def _offers(chosen: list[str]) -> list[FollowUp]:
    if not chosen:
        return []
    offers = [FollowUp(question=f"Show the settings of queue {chosen[0]}", why="Everything that its record says")]
    if len(chosen) == 1:
        offers.append(FollowUp(question=f"How is {chosen[0]} doing?", why="Its jobs and errors of the last hours"))
    return offers
