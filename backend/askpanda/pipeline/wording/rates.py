"""Failure rates of each site, user or task: failed jobs out of those that ended well or failed, the worst first."""

import re
from collections import Counter

from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import ENDED, FAILED
from askpanda.pipeline.wording.error_window import grouped_by
from askpanda.pipeline.wording.live import as_of, cite_page, is_cut, list_limit, missing, unknown_place, when_of, where_of
from askpanda.pipeline.wording.numbers import counted, joined, known
from askpanda.pipeline.wording.summaries import attribute_counts, was_read
from askpanda.schema.answer import Block, FollowUp, Sections

#: Ended jobs below which a rate says little.
_FEW = 5
_SAID = 3
#: `sort them by failures`, after rates.
_BY_NUMBER = re.compile(
    r"\b(?:sort|order|rank|sortier|trie|ordena)\w*\b.{0,20}\b(?:failures|failed|errors|number|count|echecs|fehler\w*|fallos)\b"
    r"(?! ?rate)", re.I,
)  # fmt: skip


def rates(brief: Brief) -> Words:
    """Each one's share of failed jobs."""
    pages = {path: page for path, page in brief.gathered.pages.items() if f"jobstatus={ENDED}" in path}
    if not was_read(pages, "selectionsummary") or not read_rows(brief.gathered.pages, f"{FAILED}&"):
        return missing(brief, "the jobs that ended")
    field, column = next(iter(grouped_by(brief)), ("computingsite", "Queue"))
    rows = rows_of(brief.gathered.pages, f"{FAILED}&")
    failed = Counter(value for row in rows if (value := known(row.get(field))))
    ended = attribute_counts(pages, field)
    states = attribute_counts(pages, "jobstatus")
    where, when = where_of(brief), when_of(brief)
    cite, cite_rows = cite_page(brief, "/jobs/", f"jobstatus={ENDED}"), cite_page(brief, "/jobs/", f"{FAILED}&")
    total = sum(states.values())
    if not total:
        text = f"No job{where} finished or failed{when}.{cite}{unknown_place(brief)} {as_of(brief)}"
        return Words(sections=Sections(description=text), verbatim=True)
    by_number = _BY_NUMBER.search(brief.turn.question) is not None
    table: list[tuple[str, int, int, float]] = sorted(
        ((name, failed[name], n, round(100 * failed[name] / n, 1)) for name, n in ended.items() if n),
        key=lambda row: (-row[1] if by_number else -row[3], -row[2], row[0].casefold()),
    )
    many = [row for row in table if row[2] >= _FEW] or table
    said = joined([f"**{row[0]}** ({row[3]} %, {row[1]} of {row[2]})" for row in many[:_SAID]])
    noun = column.lower()
    few = len(table) - len(many)
    skipped = (
        f" {counted(few, noun)} with fewer than {_FEW} ended jobs {'is' if few == 1 else 'are'} in the table only."
        if few
        else ""
    )
    all_ = states.get("failed", 0)
    what = "most failed jobs" if by_number else "highest failure rates"
    lines = [
        f"The {what} by {noun}{where}{when}: {said}.{cite}{cite_rows}{skipped}",
        f"A rate is the failed jobs out of those that finished or failed; of all together it is "
        f"{round(100 * all_ / total, 1)} % ({all_} of {total}).{cite}",
        unknown_place(brief).strip(),
    ]
    if is_cut(brief, states):
        lines.append(f"The monitor lists {list_limit(brief)} jobs of a kind at most, so these may be only the latest ones.")
    lines.append(as_of(brief))
    data = {
        "columns": [column, "Failed", "Failed or finished", "Failed (%)"],
        "rows": [list(row) for row in table],
        "count": len(table),
    }
    worst = str(many[0][0])
    offers = [FollowUp(question=f"How is {worst} doing?", why="What its jobs fail of")] if field == "computingsite" else []
    if field == "jeditaskid":
        offers = [FollowUp(question=f"Why did jobs of task {worst} fail?", why="Its failures by error")]
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line)),
        blocks=[Block(kind="table", title=f"Failure rates by {noun}{where}{when}", data=data)],
        follow_ups=offers,
        verbatim=True,
    )
