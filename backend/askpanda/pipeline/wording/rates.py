"""Whose jobs fail most: of each site, user or task the failed jobs out of those that ended well or failed."""

from collections import Counter

from askpanda.pipeline.live import read_rows, rows_of
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.paths import ENDED, FAILED
from askpanda.pipeline.wording.error_window import grouped_by
from askpanda.pipeline.wording.failing import by_number, by_rate, failing, failing_table, lead_of, order_of
from askpanda.pipeline.wording.live import as_of, cite_page, is_cut, list_limit, missing, unknown_place, when_of, where_of
from askpanda.pipeline.wording.numbers import known
from askpanda.pipeline.wording.summaries import attribute_counts, was_read
from askpanda.schema.answer import FollowUp, Sections


def rates(brief: Brief) -> Words:
    """Each one's share of failed jobs, ranked by what is asked: the rate, the number, or both."""
    pages = {path: page for path, page in brief.gathered.pages.items() if f"jobstatus={ENDED}" in path}
    if not was_read(pages, "selectionsummary") or not read_rows(brief.gathered.pages, f"{FAILED}&"):
        return missing(brief, "the jobs that ended")
    field, column = next(iter(grouped_by(brief)), ("computingsite", "Queue"))
    rows = rows_of(brief.gathered.pages, f"{FAILED}&")
    failed = Counter(value for row in rows if (value := known(row.get(field))))
    every = failing(failed, attribute_counts(pages, field))
    states = attribute_counts(pages, "jobstatus")
    where, when = where_of(brief), when_of(brief)
    cite, cite_rows = cite_page(brief, "/jobs/", f"jobstatus={ENDED}"), cite_page(brief, "/jobs/", f"{FAILED}&")
    total = sum(states.values())
    if not total or not every:
        text = f"No job{where} finished or failed{when}.{cite}{unknown_place(brief)} {as_of(brief)}"
        return Words(sections=Sections(description=text), verbatim=True)
    question = brief.turn.question
    order = order_of(f"{brief.route.asked} {question}" if brief.route.wish == "other_window" else question, "rate")
    noun = column.lower()
    bad = len(rows)  # of a page of one error, those that have it
    lines = [
        f"{lead_of(every, order, noun, f'{where}{when}')}{cite}{cite_rows}",
        f"A rate is the failed jobs out of those that finished or failed; of all together it is "
        f"{round(100 * bad / total, 1)} % ({bad} of {total}).{cite}",
        unknown_place(brief).strip(),
    ]
    if is_cut(brief, states):
        lines.append(f"The monitor lists {list_limit(brief)} jobs of a kind at most, so these may be only the latest ones.")
    lines.append(as_of(brief))
    worst = list(dict.fromkeys(one.name for one in ((by_rate if order == "rate" else by_number)(every)[0], by_rate(every)[0])))
    offers = [
        FollowUp(question=f"How is {name} doing?", why="What its jobs fail of") for name in worst if field == "computingsite"
    ]
    if field == "jeditaskid":
        offers = [FollowUp(question=f"Why did jobs of task {name} fail?", why="Its failures by error") for name in worst]
    return Words(
        sections=Sections(description=" ".join(line for line in lines if line)),
        blocks=[failing_table(every, order, column, f"Failure rates by {noun}{where}{when}")],
        follow_ups=offers,
        verbatim=True,
    )
