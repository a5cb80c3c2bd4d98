"""Which jobs have an error: how many, where and whose they are, and the latest of them one by one."""

from collections import Counter
from typing import Any

from askpanda.catalogue import Entry
from askpanda.diagnosis.record import FIELDS
from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import ONE_BY_ONE
from askpanda.pipeline.wording.error_codes import label
from askpanda.pipeline.wording.live import as_of, cite_page, count_table, missing, told, unknown_place, when_of, where_of
from askpanda.pipeline.wording.numbers import counted, joined, known, plain
from askpanda.schema.answer import Block, FollowUp, Sections
from askpanda.schema.values import as_code, as_identity

_ROWS = f"limit={ONE_BY_ONE}&fields="
#: Jobs that are listed, the latest.
_LISTED = 50
_BY = (("computingsite", "Queue"), ("produsername", "User"), ("jeditaskid", "Task"))


def with_code(brief: Brief) -> Words:
    """The jobs of a time or place that have the error that is spoken of."""
    entities = brief.route.entities
    if not read_rows(brief.gathered.pages, _ROWS):
        return missing(brief, "the jobs with this error")
    code, components = entities.error_code, [entities.component] if entities.component else list(FIELDS)
    rows = [row for row in rows_of(brief.gathered.pages, _ROWS) if _has(row, components, code)]
    entry = _entry(brief, rows, components)
    name = label(entry) if entry else f"{entities.component or 'error'} {code}"
    cite, where, when = cite_page(brief, "/jobs/", _ROWS), where_of(brief), when_of(brief)
    if not rows:
        text = f"No job{where} has {name},{when}.{cite}{unknown_place(brief)} {as_of(brief)}"
        return Words(sections=Sections(description=text), follow_ups=_offers(entry, rows), verbatim=True)
    states = Counter(known(row.get("jobstatus")) or "unknown" for row in rows)
    shares = joined([f"{n} {state}" for state, n in states.most_common()])
    least = "At least " if len(rows_of(brief.gathered.pages, _ROWS)) >= ONE_BY_ONE else ""
    have = "has" if len(rows) == 1 else "have"
    lines = [f"{least}**{len(rows)}** {'job' if len(rows) == 1 else 'jobs'}{where} {have} {name},{when}: {shares}.{cite}"]
    lines.append(f"It means: {told(entry)}." if entry else "")
    blocks: list[Block] = []
    for field, column in _BY:
        counts = dict(Counter(value for row in rows if (value := known(row.get(field)))).most_common())
        if not counts:
            continue
        most = joined([f"{value} ({n})" for value, n in list(counts.items())[:3]])
        lines.append(f"By {column.lower()}: {most}{'' if len(counts) <= 3 else f', {len(counts)} in all'}.")
        if len(counts) > 1:
            blocks.append(count_table(f"Jobs with {name} by {column.lower()}", column, counts))
    lines += [unknown_place(brief).strip(), as_of(brief)]
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line)),
        blocks=[_list(rows, components, code, name), *blocks],
        follow_ups=_offers(entry, rows),
        verbatim=True,
    )


def _has(row: dict[str, Any], components: list[str], code: int | None) -> bool:
    return any(as_code(row.get(FIELDS[component][0])) == code for component in components if component in FIELDS)


def _entry(brief: Brief, rows: list[dict[str, Any]], components: list[str]) -> Entry | None:
    """What the catalogue has on it: of a bare number, the component that most of the jobs have it of."""
    code = brief.route.entities.error_code
    if code is None:
        return None
    met = Counter(component for row in rows for component in components if _has(row, [component], code))
    component = met.most_common(1)[0][0] if met else components[0] if len(components) == 1 else ""
    return brief.catalogue.get(component, code) if component else None


def _list(rows: list[dict[str, Any]], components: list[str], code: int | None, name: str) -> Block:
    """The latest of them."""
    made = []
    latest = sorted(rows, key=_ended, reverse=True)[:_LISTED]
    for row in latest:
        component = next(component for component in components if _has(row, [component], code))
        text = plain(row.get(FIELDS[component][1]), 160)
        made.append([
            as_identity(row.get("pandaid")), known(row.get("jobstatus")), known(row.get("computingsite")),
            known(row.get("produsername")), as_identity(row.get("jeditaskid")), _ended(row), text,
        ])  # fmt: skip
    columns = ["Job", "Status", "Queue", "User", "Task", "Ended (UTC)", "Message"]
    title = (
        f"Jobs with {name}" if len(made) == len(rows) else f"The latest {len(made)} of {counted(len(rows), 'job')} with {name}"
    )
    return Block(kind="table", title=title, data={"columns": columns, "rows": made, "count": len(made)})


def _ended(row: dict[str, Any]) -> str:
    return (known(row.get("endtime")) or known(row.get("modificationtime"))).replace("T", " ")[:19]


def _offers(entry: Entry | None, rows: list[dict[str, Any]]) -> list[FollowUp]:
    offers = (
        [FollowUp(question=f"What does {entry.component} {entry.code} mean?", why="Its causes, and what helps")]
        if entry
        else []
    )
    example = next((number for row in rows if (number := as_identity(row.get("pandaid")))), None)
    return [*offers, *([FollowUp(question=f"Why did job {example} fail?", why="One of them, with its log")] if example else [])]
