"""`the second one` after an answer that listed things: that thing of the list, and what the catalogue has on it."""

import re

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.entities import ordinal
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.wording.error_codes import label, sentence
from askpanda.schema.answer import Answer, Block, FollowUp, Sections

_ITEM = re.compile(r"^(?:[-*]|\d{1,3}[.)])[ \t]+(\S.*)$", re.M)
_CITED = re.compile(r"\s*\[\d+(?:,\s*\d+)*\]")
#: Another one than what was spoken of, or one of a kind that has numbers and names.
_OTHER = re.compile(r"\b(?:an?other|different|autre|ander\w*|otr[oa]|jobs?|tasks?|sites?|queues?|tache|trabajo|tarea)\b")
#: A question about documents whose answer is a list.
_WANTS_LIST = re.compile(r"\b(?:what are|which|list|show|all|steps|states|options|quels|quelles|welche|cuales|que son)\b")
#: Cells of a row that are said: a table may be as wide as a record.
_CELLS = 8


def one_of_list(brief: Brief) -> Words | None:
    """The words for one thing of the list in the answer before; None where there is no list, or none that long."""
    before = brief.turn.previous or brief.turn.basis
    number = ordinal(brief.turn.question)
    about, asked = brief.route.about, fold(brief.route.asked)
    if about == "error_code_lookup" or (about == "documentation" and not _WANTS_LIST.search(asked)):
        return None  # what happens to be listed there is not what was asked for
    if before is None or number is None or _OTHER.search(fold(brief.turn.question)):
        return None
    table = next((block for block in before.blocks if block.kind == "table" and len(_rows(block)) > 1), None)
    items = _listed(before)
    if items and number < len(items):
        said = _CITED.sub("", items[number]).strip()
    elif not items and table is not None and number < len(_rows(table)):
        said = _row(table, number)
    else:
        return None
    which = "last" if number < 0 else f"number {number + 1}"
    text = f"That is {which} of the list in the answer before: {said}"
    named = re.search(r"\b([a-z]{3,20}) (\d{1,5})\b", said.replace("*", ""))
    entry = brief.catalogue.get(named[1], int(named[2])) if named else None
    if entry is None:
        return Words(sections=Sections(description=text), verbatim=True)
    offers = [FollowUp(question=f"What does {entry.component} {entry.code} mean?", why="All that the catalogue has on it")]
    return Words(sections=Sections(description=text, details=f"{label(entry)}: {sentence(entry.meaning)}"), follow_ups=offers)


def _listed(answer: Answer) -> list[str]:
    """The first list of an answer that has more than one thing."""
    parts = answer.sections
    texts = (_ITEM.findall(parts.details), _ITEM.findall(parts.description))
    lists = (parts.problems, *texts, parts.user.causes, parts.user.recommendations)
    return next((list(one) for one in lists if len(one) > 1), [])


def _rows(block: Block) -> list[object]:
    rows = block.data.get("rows")
    return rows if isinstance(rows, list) else []


def _row(block: Block, number: int) -> str:
    columns, row = block.data.get("columns"), _rows(block)[number]
    if not isinstance(row, list) or not isinstance(columns, list):
        return str(row)
    pairs = zip(columns, row, strict=False)
    return ", ".join(f"{name}: {value}" for name, value in list(pairs)[:_CELLS] if value not in (None, ""))
