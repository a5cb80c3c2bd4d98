"""What a conversation hands on to the next question: what it was about, and what of that an elliptic question keeps."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from askpanda.pipeline.parcels import Aspect, Choice, Focus, Route, Wish
from askpanda.pipeline.routing.entities import Found, one_of
from askpanda.pipeline.routing.numbers import find_numbers
from askpanda.schema.answer import ASIDES, Answer, Entities, Intent
from askpanda.schema.ask import HistoryTurn, PageContext
from askpanda.schema.values import as_identity

#: Intents that are about a job or task, so that the page's or the conversation's one is meant where none is named.
OF_A_JOB = frozenset({"job_failure", "job_status", "log_request"})
OF_A_TASK = frozenset({"task_summary", "task_failures"})
#: Questions that explain something in between, and leave a conversation at the job or task that it is about.
_IN_BETWEEN = frozenset({"documentation", "error_code_lookup", "error_code_list"})
#: Intents whose answers are facts of the monitor, so that another place or time can be asked for.
OF_FACTS = OF_A_JOB | OF_A_TASK | {"statistics", "site_health", "queue_metadata"}
#: Turns of a history that are read again; what a conversation was about does not stand further back.
TURNS = 12
#: Characters of a question, and of the beginning of an answer, which says what it is about.
QUESTION, BEGINNING = 4000, 300


@dataclass(frozen=True)
class Before:
    """What was spoken of last: its intent (that of what a follow-up went on with), entities, whole question, language."""

    intent: Intent
    entities: Entities = field(default_factory=Entities)
    asked: str = ""  # "" where no whole question is known
    language: str = "en"
    told: tuple[Entities, ...] = ()  # of this and of what was spoken of before it, the newest first
    code: tuple[str | None, int] | None = None  # component and code of an error that was spoken of
    facts: "Before | None" = None  # what was last spoken of that has facts, where this has none
    examples: tuple[int, ...] = ()  # jobs that the last numbers gave as examples, the most frequent error's first
    focus: Focus = ""  # what was looked at, and of it what was asked
    aspect: Aspect = ""
    here: bool = False  # the filters of the page held for what was counted
    steps: tuple[str, ...] = ()  # the follow-ups since `asked`, each of which may have changed what is shown
    choices: tuple[Choice, ...] = ()
    failed: tuple[int, ...] = ()  # jobs whose failure was explained, that of the last at the end

    def then(self, found: Route, entities: Entities, asked: str) -> "Before":
        """What is known after one more question, which was routed as `found`."""
        facts = None if found.about in OF_FACTS else self if self.has_facts else self.facts
        failed = (*self.failed, *entities.job_ids) if found.about == "job_failure" else self.failed
        return Before(
            found.about, entities, asked, found.language, (entities, *self.told), code_of(entities) or self.code, facts,
            focus=found.focus, aspect=found.aspect, here=found.here, choices=found.choices, steps=found.steps, failed=failed,
        )  # fmt: skip

    @property
    def of_a_code(self) -> bool:
        """Whether an error was just looked up, or the jobs that have it were counted."""
        return self.intent == "error_code_lookup" or self.entities.error_code is not None

    @property
    def has_facts(self) -> bool:
        return self.intent in OF_FACTS

    @property
    def jobs(self) -> list[int]:
        """Every job of the conversation, the one that was spoken of last at the end."""
        newest_first = dict.fromkeys(job for spoken in self.told for job in reversed(spoken.job_ids))
        return list(newest_first)[::-1]

    @property
    def tasks(self) -> list[int]:
        """Every task of the conversation, the one that was spoken of last at the end."""
        newest_first = dict.fromkeys(task for spoken in self.told for task in reversed(spoken.task_ids))
        return list(newest_first)[::-1]

    @property
    def together(self) -> list[int]:
        """The jobs that were last spoken of together, or all, one after the other."""
        return next((spoken.job_ids for spoken in self.told if len(spoken.job_ids) > 1), self.jobs)

    def one_meant(self, question: str) -> list[int]:
        """`the second one`, `the other one` of the jobs that were last spoken of together, or one after the other."""
        now, together = self.entities.job_ids, self.together
        if len(together) == 2 and len(now) == 1 and _OTHER.search(question.casefold()):
            return [job for job in together if job not in now]
        return one_of(together, question)


_OTHER = re.compile(r"\b(?:other|autre|andere[nrs]?|otr[oa]|altr[oa])\b")


def code_of(entities: Entities) -> tuple[str | None, int] | None:
    """Component and code that a question names."""
    return None if entities.error_code is None else (entities.component, entities.error_code)


def entities_of(spoken: Mapping[str, Any]) -> Entities:
    """What an answer was about, as it was kept; fields of other versions are left out."""
    return Entities(**{name: value for name, value in spoken.items() if name in Entities.model_fields})


def examples_in(answer: Answer) -> tuple[int, ...]:
    """The jobs that an answer's tables and groups of errors give as examples."""
    found: list[Any] = []
    for block in answer.blocks:
        columns = block.data.get("columns") or []
        if "Example job" in columns:
            found += [row[columns.index("Example job")] for row in block.data.get("rows") or []]
        found += [job for group in block.data.get("clusters") or [] for job in group.get("examples") or []]
    return tuple(dict.fromkeys(number for job in found if (number := as_identity(job))))


def exchanges(history: Sequence[HistoryTurn]) -> list[tuple[str, str]]:
    """(question, answer) of the last turns, oldest first; "" for an answer that is not there."""
    found: list[tuple[str, str]] = []
    for said in history[-2 * TURNS :]:
        if said.role == "user":
            found.append((said.content[:QUESTION], ""))
        elif found:
            found[-1] = (found[-1][0], said.content)
    return found


def heard(intent: Intent, entities: Entities, answer: str) -> Entities:
    """The entities of a question, with the job or task that its answer begins with, where the question named none."""
    if intent not in OF_A_JOB | OF_A_TASK or not answer:
        return entities
    said = find_numbers(answer[:BEGINNING])
    if intent in OF_A_JOB and len(said.job_ids) == 1:
        return entities.model_copy(update={"job_ids": said.job_ids})
    if intent in OF_A_TASK and len(said.task_ids) == 1 and not said.job_ids:
        return entities.model_copy(update={"task_ids": said.task_ids})
    return entities


def topic_of(previous: Answer, replayed: Before | None) -> Intent:
    """What the answer before was about; one that was a follow-up itself says so by its verdict, or what it went on from."""
    if previous.intent != "followup":
        return previous.intent
    if previous.diagnosis is not None:
        return "job_failure"
    if previous.entities.get("job_ids"):
        return replayed.intent if replayed is not None and replayed.intent in OF_A_JOB else "job_failure"
    if replayed is not None:
        return replayed.intent
    return "task_summary" if previous.entities.get("task_ids") else "documentation"


def spoken_of(page: PageContext, previous: Intent | None, earlier: Entities, subject: Entities) -> PageContext:
    """Where `it` points to: the page, or, once a conversation is about another job or task than the page, that one.

    An explanation in between changes no `subject`, the job or task of before: after `what is a stage-out?`, `it` is the job.
    """
    if previous in _IN_BETWEEN and not (page.pandaid or page.jeditaskid or page.site) and page.page not in ("jobs", "errors"):
        previous, earlier = ("job_failure" if subject.job_ids else "task_summary" if subject.task_ids else previous), subject
    if previous in OF_A_JOB and earlier.job_ids and page.pandaid not in earlier.job_ids:
        status = "failed" if previous == "job_failure" else None
        return PageContext(page="job", pandaid=earlier.job_ids[0], status=status, monitor=page.monitor, viewer=page.viewer)
    if previous in OF_A_TASK and earlier.task_ids and (page.pandaid or page.jeditaskid not in earlier.task_ids):
        return PageContext(page="task", jeditaskid=earlier.task_ids[0], monitor=page.monitor, viewer=page.viewer)
    return page


def continued(previous: Intent | None, found: Found, page: PageContext, known: set[str]) -> Intent:
    """The intent that a follow-up goes on with."""
    if previous and previous != "followup" and previous not in ASIDES:
        if found.entities.job_ids and previous not in OF_A_JOB:
            return "job_failure"
        if found.entities.task_ids and previous not in OF_A_TASK:
            return "task_summary"
        if known & {"only_names", "asks_nothing"} and (elsewhere := _elsewhere(previous, found.entities)) is not None:
            return elsewhere
        if previous == "task_summary" and known & {"why", "fail"} and not known & {"better", "sure"}:
            return "task_failures"  # its jobs' errors, which a summary does not have
        if previous == "action_request" and known & {"how_myself", "may_act"}:
            return previous
        if previous == "action_request":
            return "job_failure" if found.entities.job_ids or page.pandaid else "task_summary"
        return previous
    if found.entities.job_ids or page.pandaid:
        return "job_failure"
    if found.entities.task_ids or page.jeditaskid:
        return "task_failures" if known & {"what_to_do", "which_line"} else "task_summary"
    return "documentation"


def _elsewhere(previous: Intent, named: Entities) -> Intent | None:
    """`And BNL?` after a job asks how BNL does; `and yesterday?` after a task asks for its jobs of yesterday, in numbers."""
    place = named.site or named.queue or named.cloud
    if previous in OF_A_TASK and (named.window or place):
        return "statistics"
    if previous in OF_A_JOB and place:
        return "site_health"
    return None


def other(wish: Wish, entities: Entities, known: set[str], topic: Intent) -> Wish:
    """What a follow-up asks for, now that it is known what it names and what it goes on with."""
    if topic == "documentation" and (wish in ("what_to_do", "retry", "detail") or (wish == "more" and "why" in known)):
        return "better"  # documents know no verdict: more of what they say is what can be given
    if wish != "more":
        return wish
    if entities.job_ids or entities.task_ids:
        return "other_id"
    if entities.window:
        return "other_window"
    if entities.site or entities.queue or entities.cloud:
        return "other_site"
    if known & {"nth", "another"}:
        return "other_one"
    return "why" if "why" in known else "more"


def carry_over(entities: Entities, earlier: Entities, previous: Intent | None, topic: Intent) -> None:
    """An elliptic question keeps what it does not replace: `and last week?` has the site of before."""
    replaced_id = bool(entities.job_ids or entities.task_ids)
    replaced_place = bool(entities.site or entities.queue or entities.cloud)
    moved = topic == "site_health" and previous in OF_A_JOB
    if topic == "statistics" and previous in OF_A_TASK and entities.object is None:
        entities.object = "errors" if previous == "task_failures" else "jobs"
    for name in Entities.model_fields:
        if getattr(entities, name) in (None, []) and getattr(earlier, name) not in (None, []):
            if replaced_id and name in ("job_ids", "task_ids", "site", "queue", "error_code", "component", "file"):
                continue
            if replaced_place and name in ("site", "queue", "cloud"):
                continue
            if (moved and name not in ("window", "user")) or (name == "action" and topic != "action_request"):
                continue
            setattr(entities, name, getattr(earlier, name))


class Errors(Protocol):
    """What this needs of the catalogue."""

    def by_name(self, word: str) -> list[Any]: ...
    def find(self, code: int) -> list[Any]: ...


def error_meant(found: Found, known: set[str], before: Before | None, catalogue: Errors) -> None:
    """The error that jobs are counted by: one that is named, or the one that was spoken of (`which jobs had it today?`)."""
    entities = found.entities
    named = [entry for name in found.error_names for entry in catalogue.by_name(name)]
    if entities.error_code is None and len(named) == 1:
        entities.component, entities.error_code = named[0].component, named[0].code
    elif entities.error_code is None and before and before.code and before.of_a_code and "has_it" in known:
        entities.component, entities.error_code = before.code
    if entities.error_code is None:
        return
    users = {entry.component for entry in catalogue.find(entities.error_code)}
    if entities.component is None and len(users) == 1:
        entities.component = users.pop()
    if entities.object == "pilots" and entities.component == "pilot":
        entities.object = "jobs"  # it is the error's component that was named


def carry_ids(entities: Entities, earlier: Entities, intent: Intent) -> None:
    """`Why did they fail?` after a question about a task is about that task; `kill it` is about what was spoken of."""
    if entities.job_ids or entities.task_ids or (intent == "action_request" and (entities.site or entities.queue)):
        return
    if intent in OF_A_JOB or (intent == "action_request" and earlier.job_ids):
        entities.job_ids = list(earlier.job_ids)
        entities.task_ids = list(earlier.task_ids) if not earlier.job_ids else []
    else:
        entities.task_ids = list(earlier.task_ids)
        entities.user = entities.user or earlier.user  # `they` are those that were counted before
