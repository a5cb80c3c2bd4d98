"""Questions about an answer that had no verdict: about a task, about the monitor's numbers, about what documents say."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from askpanda.catalogue import Entry
from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.wording.actions import filled, how_here
from askpanda.pipeline.wording.error_codes import PARTIES, label, sentence
from askpanda.pipeline.wording.numbers import counted, joined, plain
from askpanda.pipeline.wording.plain import when_raised
from askpanda.pipeline.wording.verdicts import whom
from askpanda.schema.answer import Answer, Citation, FollowUp, Party, Sections, UserSections

NOTHING_TO_DO = "Nothing has to be done for it."
#: Errors that are spoken of one by one.
_SAID = 3
_STATE = re.compile(r"\b(?:is|are) \*{0,2}(" + "|".join(sorted(load("states")["task"])) + r")\b")
_CITED = re.compile(r"\s*\[\d+\]")
#: What a task's record says on its state, as the answer about it quotes that.
_MESSAGE = re.compile(r"Its message says: “[^”]*”\.")


@dataclass(frozen=True)
class Counted:
    """One error of an answer's table, with what the catalogue has on it."""

    name: str
    jobs: int
    entry: Entry | None
    example: Any = None

    @property
    def party(self) -> Party:
        return self.entry.party if self.entry else "unknown"


def about_numbers(brief: Brief) -> Words | None:
    """The words for a wish about a task or the monitor's numbers; None where the topic's own wording serves."""
    before = brief.turn.basis or brief.turn.previous
    if before is None or not brief.gathered.reuses:
        return None
    errors = _errors(brief, before)
    wish = brief.route.wish
    if wish in ("which_line", "sure"):
        return _rests_on(brief, sure=wish == "sure")
    if wish == "counts":
        return _counts(brief, before, errors)
    if wish == "whom":
        return _whom(brief, errors)
    if wish in ("what_to_do", "retry"):
        return _next(brief, before, errors)
    if wish == "why" and errors:
        return _why(brief, errors)
    if wish == "detail" and errors:
        return _in_detail(brief, errors)
    if wish in ("better", "detail"):
        return _simply(brief, before, errors)
    return None


def about_documents(brief: Brief) -> Words | None:
    """The words for a wish about what documents say; None where other passages answer it."""
    wish = brief.route.wish
    before = brief.turn.basis or brief.turn.previous
    if wish == "counts":
        text = "Nothing that failed was spoken of so far. Ask on a job's page, or name a job, a task or an error code."
        return Words(sections=Sections(description=text), verbatim=True)
    if wish in ("which_line", "sure") and before is not None:
        cited = [one for one in brief.sources.citations if one.kind == "document" and one.excerpt]
        if not cited:
            return None
        lead = (
            "It is what the documents say, in their own words; whether a page is still up to date, its date tells. "
            if (wish == "sure")
            else ""
        )
        pages = "\n".join(f"- {_page(one)}: {one.excerpt} [{one.n}]" for one in cited)
        description = f"{lead}The answer before rests on {counted(len(cited), 'passage')}."
        return Words(sections=Sections(description=description, details=pages), verbatim=True)
    return None


def _page(one: Citation) -> str:
    place = " > ".join(part for part in (one.title, one.section) if part)
    return f"{place} ({one.as_of[:10]})" if one.as_of else place


def _errors(brief: Brief, before: Answer) -> list[Counted]:
    """The errors that the answer before had in a table, most frequent first."""
    for block in before.blocks:
        columns = block.data.get("columns") or []
        if block.kind != "table" or columns[:2] != ["Component", "Code"] or "Jobs" not in columns:
            continue
        jobs = columns.index("Jobs")
        example = columns.index("Example job") if "Example job" in columns else None
        found = []
        for row in block.data.get("rows") or []:
            entry = brief.catalogue.get(str(row[0]), int(row[1])) if str(row[1]).isdigit() else None
            name = label(entry) if entry else f"{row[0]} {row[1]}"
            found.append(Counted(name, int(row[jobs] or 0), entry, row[example] if example is not None else None))
        return sorted(found, key=lambda one: -one.jobs)
    return []


def _state(before: Answer) -> str:
    match = _STATE.search(before.sections.description)
    return match.group(1) if match else ""


def _rests_on(brief: Brief, *, sure: bool) -> Words:
    """Where the numbers are from, and how far they can be trusted."""
    read = [one for one in brief.sources.citations if one.kind in ("live", "record")]
    names = [
        f"{one.title}{f', read on {one.as_of[:10]} at {one.as_of[11:19]} UTC' if one.as_of else ''} [{one.n}]" for one in read
    ]
    where = joined(names) if names else "the page"
    if sure:
        text = (
            f"The numbers are the monitor's own, counted and not estimated: {where}. They change while jobs run, and the "
            "monitor itself can be some minutes behind. What an error means, and whose problem it is, is general knowledge of "
            "the error catalogue; for a single job its log decides."
        )
    else:
        text = f"No line of a log says it: this is from {where}. A log belongs to one job; ask about one to see the line."
    paths = "\n".join(f"- `{one.path}` [{one.n}]" for one in read if one.path)
    return Words(sections=Sections(description=text, details=paths), follow_ups=_examples(brief), verbatim=True)


def _why(brief: Brief, errors: list[Counted]) -> Words:
    lines = []
    for error in errors[:_SAID]:
        meaning = sentence(error.entry.meaning) if error.entry else "The catalogue does not list it."
        lines.append(f"**{counted(error.jobs, 'job')}**, {error.name}: {meaning}")
    rest = sum(error.jobs for error in errors[_SAID:])
    more = f" {counted(rest, 'job')} more failed of other errors." if rest else ""
    text = f"{_most(errors)}{more} {_whose(errors[0].party)}{brief.cite('live')}"
    return Words(sections=Sections(description=text, problems=lines), follow_ups=_examples(brief))


def _most(errors: list[Counted]) -> str:
    """What most of the jobs failed of."""
    most = 2 * errors[0].jobs > sum(error.jobs for error in errors)
    return f"{'Most of them failed of' if most else 'The most frequent error is'} {errors[0].name}."


def _whose(party: Party) -> str:
    return (
        "Whose problem that is cannot be said from the code."
        if party == "unknown"
        else f"That is a problem of {PARTIES[party]}."
    )


def _counts(brief: Brief, before: Answer, errors: list[Counted]) -> Words:
    if not errors:
        state = _state(before)
        failed = "No error was counted, so there is nothing to be anybody's fault."
        text = f"{load('states')['task'][state]} {failed}" if state else failed
        return Words(sections=Sections(description=text), follow_ups=_examples(brief), verbatim=True)
    parties: Counter[Party] = Counter()
    for error in errors:
        parties[error.party] += error.jobs
    own, total = parties.get("user", 0), sum(parties.values())
    verdict = (
        "No: none of these errors is one of the jobs' own code or options."
        if not own
        else f"In part: {own} of {total} are errors of the jobs themselves, their code, options or input."
        if own < total
        else "Yes, as far as the codes tell: all of these are errors of the jobs themselves, their code, options or input."
    )
    lines = [f"{counted(n, 'error')}: {PARTIES[party]}." for party, n in parties.most_common()]
    text = f"{verdict} Attempts that PanDA classes as errors of the system are given back.{brief.cite('live')}"
    return Words(sections=Sections(description=text, problems=lines), follow_ups=_examples(brief), verbatim=True)


def _whom(brief: Brief, errors: list[Counted]) -> Words:
    parties = list(dict.fromkeys(error.party for error in errors[:_SAID])) or ["unknown"]
    said = {party: whom(brief.experiment, party) for party in parties}
    lines = [f"{', '.join(e.name for e in errors[:_SAID] if e.party == party)}: {said[party]}" for party in parties if errors]
    text = said[parties[0]] if len(parties) == 1 else "That depends on the error; the most frequent ones first."
    text += f" Say the task or site, the code, one or two example jobs, and since when.{brief.cite('document')}"
    return Words(
        sections=Sections(description=text, problems=lines if len(parties) > 1 else []),
        follow_ups=_examples(brief),
        verbatim=True,
    )


def _next(brief: Brief, before: Answer, errors: list[Counted]) -> Words:
    """What to do about a task in its state, and about the most frequent errors."""
    task = next(iter(brief.route.entities.task_ids), None)
    state = _state(before)
    how = how_here(brief.experiment, "retry")
    lines = []
    if task and state:
        lines += [step.format(task=task) for step in load("states")["next"].get(state, [NOTHING_TO_DO])]
    if brief.route.wish == "retry":
        lines.append(filled(how["task"], [task] if task else []))
        lines.append(f"Who may do it: {how['who']} {how['note']}")
    advice = [f"{e.name}: {sentence(e.entry.user[0])}" for e in errors[:_SAID] if e.entry and e.entry.user]
    steps = [f"{e.name}: {sentence(e.entry.expert[0])}" for e in errors[:_SAID] if e.entry and e.entry.expert]
    if not lines:
        lines.append(
            "Begin with the most frequent error; a retry helps where it is none of the jobs' own."
            if errors
            else "No error was counted, so nothing has to be done."
        )
    sections = Sections(description=" ".join(lines) + brief.cite("live"), user=UserSections(recommendations=advice))
    sections.expert.steps = steps
    return Words(sections=sections, follow_ups=_examples(brief), verbatim=True)


def _simply(brief: Brief, before: Answer, errors: list[Counted]) -> Words:
    """The first numbers again, without the rest, and what the words in them mean."""
    text = _CITED.sub("", before.sections.description).replace("**", "")
    told = _MESSAGE.search(text)
    sentences = re.split(r"(?<=[.!?])\s+", _MESSAGE.sub("", text))
    cite = brief.cite("record") or brief.cite("live")
    state = _state(before)
    kept = [one for one in sentences if "input file" in one] if state else []
    kept = ([told.group()] if told else []) + kept
    lead = [f"The task is {state}: {load('states')['task'][state]}", *kept] if state else sentences[:1]
    if errors:
        top = errors[0]
        meaning = f" That means: {sentence(top.entry.meaning)}" if top.entry else ""
        lead.append(f"The most frequent error, in {counted(top.jobs, 'job')}, is {top.name}.{meaning} {_whose(top.party)}")
    elif state:
        task = next(iter(brief.route.entities.task_ids), "TASK_ID")
        lead += [step.format(task=task) for step in load("states")["next"].get(state, [NOTHING_TO_DO])[:1]]
    return Words(sections=Sections(description=f"In short: {' '.join(lead)}{cite}"), follow_ups=_examples(brief))


def _in_detail(brief: Brief, errors: list[Counted]) -> Words:
    """Each of the most frequent errors: what it means, what commonly leads to it, what helps, what experts check."""
    lines = []
    for error in errors[:_SAID]:
        entry = error.entry
        if entry is None:
            lines.append(f"**{counted(error.jobs, 'job')}**, {error.name}: The catalogue does not list it.")
            continue
        behind = f" Usual causes: {' '.join(sentence(cause) for cause in entry.causes[:3])}" if entry.causes else ""
        meaning = f"{sentence(entry.meaning)} {sentence(when_raised(entry.raised))}".strip()
        lines.append(f"**{counted(error.jobs, 'job')}**, {error.name}: {meaning} {_whose(error.party)}{behind}")
    known = [error for error in errors[:_SAID] if error.entry]
    sections = Sections(
        description=f"{_most(errors)} {_whose(errors[0].party)}{brief.cite('live')} More on each of the most frequent errors:",
        problems=lines,
        user=UserSections(
            recommendations=[f"{e.name}: {sentence(one)}" for e in known for one in (e.entry.user if e.entry else [])[:2]]
        ),
    )
    sections.expert.steps = [f"{e.name}: {sentence(one)}" for e in known for one in (e.entry.expert if e.entry else [])[:2]]
    return Words(sections=sections, follow_ups=_examples(brief))


def not_what_was_asked(brief: Brief) -> Words:
    """To somebody who has not got what was wanted: how the question was read, and how to ask so that it is read otherwise."""
    before, asked = brief.turn.previous, brief.route.asked
    taken = f"I took “{plain(asked, 200)}” for a question about {_ABOUT.get(brief.route.about, 'PanDA')}." if asked else ""
    told = "What I said is all that I read on that, so I do not say it again."
    more = "Say in other words what you want to know, and name the job, task, queue or site, and the time, that you mean."
    offers = list(before.follow_ups[:3]) if before else []
    return Words(
        sections=Sections(description=" ".join(part for part in (taken, told, more) if part)), follow_ups=offers, verbatim=True
    )


#: What an answer of an intent is about, as it is said to its asker.
_ABOUT = {
    "job_failure": "why a job failed",
    "job_status": "the state of a job",
    "task_summary": "the state of a task",
    "task_failures": "why jobs of a task failed",
    "queue_metadata": "the settings of queues",
    "site_health": "how a site does",
    "statistics": "numbers of the monitor",
    "error_code_lookup": "what an error code means",
    "error_code_list": "the error codes that there are",
    "log_request": "the log of a job",
    "documentation": "how PanDA works, which I answered from documents",
    "action_request": "how something is done, which I never do myself",
}


def _examples(brief: Brief) -> list[FollowUp]:
    before = brief.turn.basis or brief.turn.previous
    examples = [error.example for error in _errors(brief, before) if error.example] if before else []
    return [
        FollowUp(question=f"Why did job {job} fail?", why="One of them, with the line that decides") for job in examples[:1]
    ]
