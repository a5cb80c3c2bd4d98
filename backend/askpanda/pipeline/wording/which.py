"""Which of many jobs are of a kind or in a state: how many, which ones, and what the others are."""

from typing import Any

from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Choice, Fields, Words
from askpanda.pipeline.which import LISTED, attributes, fields_of, holds, values_of
from askpanda.pipeline.wording.live import as_of, cite_page, count_table, is_cut, list_limit, state_words, unknown_place
from askpanda.pipeline.wording.many import Many
from askpanda.pipeline.wording.numbers import counted, joined, known, number
from askpanda.schema.answer import Block, FollowUp, Sections

#: Jobs that are named, values and fields that are said.
_SAID, _VALUES, _FIELDS = 10, 6, 5
#: Fields that jobs are told apart by, where a word is a value of none.
_TELLING = ("prodsourcelabel", "processingtype", "resourcetype", "workinggroup", "gshare", "transformation", "category")
_ROWS = f"limit={LISTED}&"


def which(brief: Brief, many: Many) -> Words:
    """Those of them that hold all that was asked for."""
    listed = attributes(brief.gathered.pages)
    choices = brief.route.choices
    fields = [fields_of(choice, listed) for choice in choices]
    if not all(fields):
        return _no_field(brief, many, choices, listed)
    rows = [row for row in rows_of(brief.gathered.pages, _ROWS) if all(holds(row, one) for one in fields)]
    rows = list({number(row.get("pandaid")): row for row in rows}.values())
    n, exact = _count(brief, choices, listed, rows)
    by, cite = joined([_field_words(one) for one in fields]), many.cite
    least = "" if exact else "at least "
    head = (
        f"{least}**{n}** of the {counted(many.total, 'job')} for {many.what} {_predicate(choices, n)} ({by}).{cite}"
        if n
        else f"None of the {counted(many.total, 'job')} for {many.what} {_predicate(choices, 1)} ({by}).{cite}"
    )
    lines = [f"{head[0].upper()}{head[1:]}", _named(brief, rows, n), _others(choices, listed, cite)]
    if is_cut(brief, many.counts):
        lines.append(f"The monitor lists {list_limit(brief)} jobs of a kind at most, so these may be only the latest ones.")
    lines += [unknown_place(brief).strip(), as_of(brief)]
    blocks = [_table(rows, fields, f"Jobs that {_predicate(choices, 2)}")] if rows else []
    tables = [(field, listed.get(field, {})) for one in fields for field, _ in one]
    blocks += [count_table(f"Jobs by {field}", field, values) for field, values in tables if len(values) > 1]
    failed = [number(row.get("pandaid")) for row in rows if known(row.get("jobstatus")) == "failed"]
    offers = [FollowUp(question=f"Why did job {job} fail?", why="One of them that failed") for job in failed[:1]]
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line)), blocks=blocks, follow_ups=offers, verbatim=True
    )


def _predicate(choices: tuple[Choice, ...], n: int) -> str:
    """`are production`, `is running`, `failed`, `are production and failed`"""
    if len(choices) == 1 and choices[0].is_state:
        return state_words(choices[0].said, n)
    return f"{'is' if n == 1 else 'are'} {joined([choice.said for choice in choices])}"


def _field_words(fields: Fields) -> str:
    """ "`prodsourcelabel` managed or prod_test`"""
    return joined([f"`{field}` {' or '.join(_value_words(value) for value in values)}" for field, values in fields])


def _value_words(value: str) -> str:
    return f"above {value[1:]}" if value.startswith(">") else f"`{value}`" if "*" in value else value


def _count(brief: Brief, choices: tuple[Choice, ...], listed: dict[str, dict[str, int]], rows: list[Any]) -> tuple[int, bool]:
    """How many, and whether that is all: by the list's own sums for one kind, by the rows for several at once."""
    if len(choices) == 1:
        return sum(n for values in values_of(choices[0], listed).values() for n in values.values()), True
    lists = [page.get("jobs") for path, page in brief.gathered.pages.items() if path.startswith("/jobs/") and _ROWS in path]
    return len(rows), bool(lists) and all(isinstance(one, list) and len(one) < LISTED for one in lists)


def _named(brief: Brief, rows: list[dict[str, Any]], n: int) -> str:
    """The latest of them by number, and their states."""
    if not n:
        return ""
    if not read_rows(brief.gathered.pages, _ROWS):
        return "Which ones they are needs their list, which was not read."
    states: dict[str, int] = {}
    for row in rows:
        state = known(row.get("jobstatus")) or "unknown"
        states[state] = states.get(state, 0) + 1
    by_state = joined([f"{count} {state}" for state, count in sorted(states.items(), key=lambda pair: -pair[1])])
    names = [str(number(row.get("pandaid"))) for row in rows[:_SAID]]
    latest = f"The latest are {joined(names)}" if len(rows) > _SAID else f"They are {joined(names)}" if len(rows) > 1 else ""
    latest = latest or (f"It is {names[0]}" if names else "")
    shown = f" (of the latest {len(rows)}: {by_state})" if len(rows) < n else f" ({by_state})" if len(states) > 1 else ""
    return f"{latest}{shown}.{cite_page(brief, '/jobs/', _ROWS)}" if latest else ""


def _others(choices: tuple[Choice, ...], listed: dict[str, dict[str, int]], cite: str) -> str:
    """What the rest of them are by the same field."""
    if len(choices) > 1:
        return ""
    wanted = values_of(choices[0], listed)
    for field in wanted:
        rest = sorted(((v, n) for v, n in listed.get(field, {}).items() if v not in wanted[field]), key=lambda pair: -pair[1])
        if rest:
            more = [counted(len(rest) - _VALUES, "more value")] if len(rest) > _VALUES else []
            return f"The others by `{field}`: {joined([*(f'{value} ({n})' for value, n in rest[:_VALUES]), *more])}.{cite}"
    return ""


def _table(rows: list[dict[str, Any]], fields: list[Fields], title: str) -> Block:
    own = [field for one in fields for field, _ in one if field != "jobstatus"]
    columns = ["Job", "Status", "Queue", "User", "Task", *own, "Changed (UTC)"]
    lines = [
        [
            number(row.get("pandaid")), known(row.get("jobstatus")), known(row.get("computingsite")),
            known(row.get("produsername")), number(row.get("jeditaskid")), *(known(row.get(field)) for field in own),
            known(row.get("modificationtime")).replace("T", " ")[:19],
        ]
        for row in rows
    ]  # fmt: skip
    return Block(kind="table", title=title, data={"columns": columns, "rows": lines, "count": len(lines)})


def _no_field(brief: Brief, many: Many, choices: tuple[Choice, ...], listed: dict[str, dict[str, int]]) -> Words:
    """A word that is a value of no field: what the jobs can be chosen by."""
    word = next((choice.said for choice in choices if not fields_of(choice, listed)), "")
    known_fields = [(field, listed[field]) for field in _TELLING if listed.get(field)][:_FIELDS]
    of_all = counted(many.total, "job")
    lines = [f"No field of the list has a value {word}, so I cannot say which of the {of_all} are.{many.cite}"]
    if known_fields:
        told = "; ".join(
            f"`{field}` ({', '.join(f'{value} {n}' for value, n in sorted(values.items(), key=lambda p: -p[1])[:_VALUES])})"
            for field, values in known_fields
        )
        lines.append(f"They can be chosen by {told}.{many.cite}")
    lines.append(as_of(brief))
    return Words(sections=Sections(description=" ".join(lines)), verbatim=True)
