"""The sentences that answer what is asked of many jobs, out of the numbers that were read of them."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import sqrt

from askpanda.diagnosis import common_to_all, moment
from askpanda.pipeline.parcels import Aspect, Brief, Words
from askpanda.pipeline.paths import ENDED
from askpanda.pipeline.routing.many import counted_by
from askpanda.pipeline.selection import later_half, times_of
from askpanda.pipeline.wording.error_codes import PARTIES
from askpanda.pipeline.wording.failing import Failing, failing, failing_table
from askpanda.pipeline.wording.live import count_table
from askpanda.pipeline.wording.many import Many, latest_only
from askpanda.pipeline.wording.numbers import counted, joined, known
from askpanda.pipeline.wording.previous import about_numbers
from askpanda.pipeline.wording.summaries import attribute_counts, state_counts
from askpanda.schema.answer import Answer, Block

_SAID = 4
#: Ended jobs of half a window below which two rates are not compared.
_FEW = 10
#: Standard errors that two rates are apart from which on they differ: one in twenty pairs of equal rates do by chance.
_APART = 1.96


@dataclass(frozen=True)
class Lead:
    """What is said first, the tables for it, and what takes the place of the whole answer, made out of it."""

    lines: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    instead: Callable[[Words], Words] | None = None


def lead(brief: Brief, many: Many) -> Lead:
    """The answer to what is asked; nothing where the numbers alone are asked for."""
    made = _LEADS.get(brief.route.aspect)
    return made(brief, many) if made else Lead()


def _same(brief: Brief, many: Many) -> Lead:
    """Which of the failed jobs failed of the same, and what all of them share."""
    if not many.clusters:
        return Lead(["None of them failed, so there is no reason to share."])
    n, groups = many.failed, many.clusters
    alike = [group for group in groups if group.count > 1]
    if n == 1:
        text = f"Only one job failed, with {groups[0].label}.{many.cite_rows}"
    elif len(groups) == 1:
        text = f"All {n} failed jobs{latest_only(many)} failed for the same reason: {groups[0].label}.{many.cite_rows}"
    elif not alike:
        text = f"No two of the {n} failed jobs failed for the same reason, as far as their errors tell.{many.cite_rows}"
    else:
        said = [f"{group.label} ({group.count})" for group in alike[:_SAID]]
        more = [counted(len(alike) - _SAID, "more group")] if len(alike) > _SAID else []
        alone = n - sum(group.count for group in alike)
        rest = f"; {counted(alone, 'job')} failed for a reason of {'its' if alone == 1 else 'their'} own" if alone else ""
        of_them = f"**{n - alone}** failed" if alone else "each failed"
        text = (
            f"Of the {n} failed jobs{latest_only(many)}, {of_them} for a reason that others failed for too, in "
            f"{counted(len(alike), 'group')}: {joined([*said, *more])}{rest}.{many.cite_rows}"
        )
    together = _shared_by_all(many)
    lines = [f"{together}{many.cite_rows}" if together else "", text]
    return Lead(lines if _COMMON.search(brief.turn.question) else lines[::-1])


_COMMON = re.compile(r"\bcommon\b|\bcom[uú]n\b|\bgemeinsam|\bcommun", re.I)
#: What the filters of a list say already, and what nearly every job has.
_FILTERED = {"computingsite": "site", "jeditaskid": "task", "produsername": "owner"}
_TELLS_NOTHING = frozenset({"platform", "CPU", "container"})


def _shared_by_all(many: Many) -> str:
    said = {_FILTERED.get(one.split("=")[0], "") for one in many.scope.filters} | _TELLS_NOTHING
    found = [common for common in common_to_all(many.rows) if common.what not in said]
    every = [f"the {common.what} {common.value}" for common in found if common.share == 1]
    most = [f"the {common.what} {common.value} ({common.share:.0%})" for common in found if common.share < 1]
    if many.failed < 2:
        return ""
    if not found:
        other = "else " if many.scope.without("jobstatus").filters else ""
        return f"All {many.failed} failed jobs together have nothing {other}in common." if many.failed > 2 else ""
    parts = [f"all {many.failed} failed jobs have {joined(every)}"] if every else []
    parts += [f"most {'' if every else f'of the {many.failed} failed jobs '}have {joined(most)}"] if most else []
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _first(brief: Brief, many: Many) -> Lead:
    """Where to begin: the error that most of the failed jobs have."""
    if not many.clusters:
        return Lead(["Nothing of it failed, so nothing needs a look first."])
    top, *others = many.clusters
    entry = brief.catalogue.get(top.component, top.code) if top.code else None
    whose = f" It is usually a problem of {PARTIES[entry.party]}." if entry and entry.party != "unknown" else ""
    share = f"{top.count} of the {many.failed} failed jobs have it" if many.failed > 1 else "the only failed job has it"
    more = ", more than any other error" if others and others[0].count < top.count else ""
    then = [f"{group.label} ({counted(group.count, 'job')})" for group in others[:2]]
    return Lead([
        f"Look first at **{top.label}**: {share}{more}; for example job {top.jobs[0]}.{many.cite_rows}{whose}",
        f"Then at {joined(then)}.{many.cite_rows}" if then else "",
    ])  # fmt: skip


_COLUMNS = {"computingsite": "queue", "produsername": "user", "jeditaskid": "task", "modificationhost": "worker node"}
#: Words by which the failed ones of them are meant.
_OF_FAILURES = re.compile(
    r"\b(?:worst|fail\w*|errors?|wrong|trouble|bad|affected|pires?|echou\w*|échou\w*|erreurs?|fehl\w*|schlimmste\w*|schlecht\w*"
    r"|peor\w*|fall\w*|errores)\b",
    re.I,
)


def _by(brief: Brief, many: Many) -> Lead:
    """Whose or where they are."""
    column = counted_by(brief.turn.question)
    noun = _COLUMNS[column]
    failed = Counter(_host(known(row.get(column))) for row in many.rows if known(row.get(column)))
    listed = attribute_counts(many.lists, column)
    of_failed = many.scope.by_state or _OF_FAILURES.search(brief.turn.question) is not None or not listed
    counts = dict(failed.most_common()) if of_failed and failed else listed
    cite = many.cite_rows if of_failed and failed else many.cite
    what = "failed job" if of_failed and failed else "job"
    if not counts:
        return Lead([f"The monitor does not say by {noun} what these are."])
    total = sum(counts.values())
    if len(counts) == 1:
        name = next(iter(counts))
        every = f"All {total} {what}s are" if total > 1 else f"The only {what} is"
        return Lead([f"{every} {_OF[column]} **{name}**.{cite}"])
    ended = _ended_by(brief, column) if what == "failed job" else {}
    shares = {one.name: one for one in failing(counts, ended)}
    said = joined([f"**{name}** ({n}{_share_of(shares[name]) if ended else ''})" for name, n in list(counts.items())[:3]])
    lines = [f"By {noun}, most of the {total} {what}s are {_OF[column]} {said}; {len(counts)} {noun}s in all.{cite}"]
    title = f"{what.capitalize()}s by {noun}"
    if ended:
        with_failed = [one for one in shares.values() if one.failed]
        return Lead(lines, [failing_table(with_failed, "number", noun.capitalize(), title)])
    return Lead(lines, [count_table(title, noun.capitalize(), counts, f"{what.capitalize()}s")])


def _ended_by(brief: Brief, column: str) -> dict[str, int]:
    """Jobs that finished or failed of each; nothing where the list does not count by it, as for nodes."""
    ended = {path: page for path, page in brief.gathered.pages.items() if f"jobstatus={ENDED}" in path}
    return attribute_counts(ended, column)


def _share_of(one: Failing) -> str:
    return f", {one.rate} % of the {one.ended} that ended"


_OF = {"computingsite": "at", "produsername": "of", "jeditaskid": "of task", "modificationhost": "on"}


def _host(name: str) -> str:
    return name.rsplit("@", 1)[-1]


def _mine(brief: Brief, many: Many) -> Lead:
    """How many of them are the viewer's."""
    names = set(brief.gathered.viewer.split("|"))
    n = sum(count for name, count in attribute_counts(many.lists, "produsername").items() if name in names)
    failed = sum(known(row.get("produsername")) in names for row in many.rows)
    whose = "is" if n == 1 else "are"
    text = f"**{n}** of the {counted(many.total, 'job')} for {many.what} {whose} yours.{many.cite}"
    if n and not many.scope.by_state:
        text += f" {failed} of them failed.{many.cite_rows}"
    return Lead([text if n else f"None of the {counted(many.total, 'job')} for {many.what} is yours.{many.cite}"])


def _trend(brief: Brief, many: Many) -> Lead:
    """The later half of the window beside the earlier one; and when the failed jobs failed."""
    half = later_half(times_of(many.scope))
    lines = [_halves(brief, many, half[0])] if half else []
    times = sorted(time for row in many.rows if (time := moment(row.get("endtime")) or moment(row.get("modificationtime"))))
    if times:
        lines.append(
            f"The first of the {counted(len(times), 'failed job')} failed at {times[0]:%Y-%m-%d %H:%M} UTC, the last at "
            f"{times[-1]:%Y-%m-%d %H:%M} UTC.{many.cite_rows}"
            if len(times) > 1
            else f"The only failed job failed at {times[0]:%Y-%m-%d %H:%M} UTC.{many.cite_rows}"
        )
    if half:
        since = _read_at(brief) - timedelta(hours=int(half[0].removeprefix("hours=")))
        new = [group for group in many.clusters if group.first and group.first >= since]
        if new and len(new) < len(many.clusters):
            said = joined([f"{group.label} ({group.count})" for group in new[:_SAID]])
            more = f", and {counted(len(new) - _SAID, 'more error')}" if len(new) > _SAID else ""
            lines.append(f"Only in the later half of that time: {said}{more}.{many.cite_rows}")
    return Lead(lines or ["Nothing of it failed, so there is no trend of failures."])


def _halves(brief: Brief, many: Many, half: str) -> str:
    ended = {path: page for path, page in brief.gathered.pages.items() if f"jobstatus={ENDED}" in path}
    hours = int(half.removeprefix("hours="))
    later_path = next((path for path in ended if f"{half}&" in path), "")
    whole_path = next((path for path in ended if path != later_path), "")
    if not later_path or not whole_path:
        return ""
    later, whole = (state_counts({path: ended[path]}) for path in (later_path, whole_path))
    earlier = {state: max(whole.get(state, 0) - later.get(state, 0), 0) for state in ("failed", "finished")}
    a, b = earlier["failed"], later.get("failed", 0)
    n, m = a + earlier["finished"], b + later.get("finished", 0)
    cite = f"{brief.cite('live', later_path)}{brief.cite('live', whole_path)}"
    window = counted(hours, "hour")
    if not n or not m:
        return f"That cannot be told: {counted(m, 'job')} ended in the last {window}, and {n} before them.{cite}"
    rates = (
        f"in the last {window} {round(100 * b / m, 1)} % of the jobs that ended failed ({b} of {m}), in the time before "
        f"{round(100 * a / n, 1)} % ({a} of {n})"
    )
    if min(n, m) < _FEW:
        return f"There are too few jobs to tell: {rates}.{cite}"
    both = (a + b) / (n + m)
    error = sqrt(both * (1 - both) * (1 / n + 1 / m))
    apart = (b / m - a / n) / error if error else 0.0
    changed = "It is getting **better**" if apart < 0 else "It is getting **worse**"
    judged = changed if abs(apart) > _APART else "It is about **the same**"
    return f"{judged}: {rates}.{cite}"


def _read_at(brief: Brief) -> datetime:
    return datetime.fromisoformat(brief.gathered.as_of.replace("Z", "+00:00")) if brief.gathered.as_of else datetime.now(UTC)


def _advice(brief: Brief, many: Many) -> Lead:
    """Whose fault they are, what to do about them, whom to tell: of the errors that were counted."""

    def instead(words: Words) -> Words:
        basis = Answer(
            status="answered", intent="statistics", sections=words.sections, blocks=words.blocks[1:],
            citations=list(brief.sources.citations),
        )  # fmt: skip
        turn, gathered = replace(brief.turn, basis=basis), replace(brief.gathered, reuses=True)
        advice = about_numbers(replace(brief, turn=turn, gathered=gathered))
        return replace(advice, blocks=words.blocks) if advice else words

    return Lead(instead=instead)


_LEADS: dict[Aspect, Callable[[Brief, Many], Lead]] = {
    "groups": _same, "first": _first, "by": _by, "mine": _mine, "trend": _trend, "advice": _advice,
}  # fmt: skip
