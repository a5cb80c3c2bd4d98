"""Questions about many jobs or tasks: those that the page shows, or that were counted before (rules/page.yaml).

`What is going on here?`, `which of these failed for the same reason?`, `which site is worst?`, `is it getting better?`
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from askpanda.pipeline.parcels import Aspect, Choice, Focus, Wish
from askpanda.pipeline.routing.choosing import choices_in
from askpanda.pipeline.routing.entities import Found
from askpanda.pipeline.routing.focus import focus_of
from askpanda.pipeline.routing.page import asks_why
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import expanded, fold
from askpanda.pipeline.scope import shows_many, shows_tasks
from askpanda.schema.answer import Entities, Intent
from askpanda.schema.ask import PageContext

#: What shows that a question without a pointing word is one of its own: how to do something, what a thing is, settings.
_OF_ITS_OWN = frozenset({"specific", "howto_term", "general_question", "mechanism", "queue_fields", "act", "means_state"})
#: Words of a question that speaks of its page without pointing at it.
_BRIEF = 7
#: What no page changes.
_NEVER: frozenset[Intent] = frozenset({"injection_attempt", "action_request", "smalltalk"})
#: Wishes about failed jobs that are answered out of their errors.
_OF_ERRORS: frozenset[Wish] = frozenset({"counts", "whom", "what_to_do", "retry"})


class Shown(NamedTuple):
    """How a question about many is answered. `carries`: it goes on from those that were counted before."""

    intent: Intent
    focus: Focus = ""
    aspect: Aspect = ""
    carries: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Talk:
    """What is known around a question: its concepts, its wish, and what the answer before was about."""

    known: set[str]
    intent: Intent  # what it would be without the page
    wish: Wish = ""
    conversation: bool = False
    counted: bool = False  # the answer before has numbers of jobs or tasks
    of_tasks: bool = False  # it listed tasks


@cache
def _pattern(name: str) -> re.Pattern[str]:
    listed = load("page")[name]
    return re.compile("|".join([listed] if isinstance(listed, str) else listed))


@cache
def _aspects() -> tuple[tuple[Aspect, re.Pattern[str]], ...]:
    return tuple((name, re.compile("|".join(patterns))) for name, patterns in load("page")["aspects"].items())


@cache
def _fields() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((field, re.compile(words)) for field, words in load("page")["fields"].items())


def aspect_of(question: str) -> Aspect:
    """What is asked of many, "" for nothing that is known."""
    folded = expanded(fold(question))
    return next((name for name, pattern in _aspects() if pattern.search(folded)), "")


def counted_by(question: str) -> str:
    """The field of jobs that a question counts them by: their queue, where it names none."""
    folded = fold(question)
    named = [(match.start(), field) for field, words in _fields() if (match := words.search(folded))]
    return min(named)[1] if named else "computingsite"


def of_page(question: str, found: Found, page: PageContext, talk: Talk) -> Shown | None:
    """What a question asks of the jobs or tasks that its page shows, or that were counted before; None for any other."""
    entities = found.entities
    folded = expanded(fold(question))
    if page.page == "filebrowser" and page.pandaid:
        return _of_its_files(folded, found, page, talk)
    if which := _which(question, folded, found, page, talk):
        return which
    if entities.job_ids or entities.task_ids or entities.file or (entities.window and not _pointing(folded)):
        return None  # it names what it is about
    if (
        talk.intent in _NEVER
        or "off" in talk.known
        or (talk.intent == "error_code_lookup" and not _chooses(folded, found, talk))
    ):
        return None
    tasks = shows_tasks(page)
    carries = talk.counted and _pointing(folded) and not _pattern("on_page").search(folded)
    if not (carries or tasks or shows_many(page) or _of_a_person(entities, page, talk.known)):
        return None
    if talk.conversation and not carries and not _pattern("here").search(folded):
        return None  # it goes on with the conversation
    of_its_own = _named(entities) or talk.known & _OF_ITS_OWN or talk.intent in ("site_health", "queue_metadata")
    if of_its_own and not _pointing(folded):
        return None
    aspect = aspect_of(question)
    if not aspect and page.page == "user" and not carries and "third_person" in talk.known and talk.intent == "documentation":
        aspect = "summary"  # `is she running a lot?`
    if carries and talk.of_tasks:
        return Shown("statistics", "tasks", aspect, carries) if aspect else None
    if tasks and not carries:
        return Shown("statistics", "tasks", aspect) if aspect or _pointing(folded) else None
    if page.page == "user" and not carries and _of_its_tasks(aspect, talk.known):
        return Shown("statistics", "tasks", aspect)
    return _of_jobs(folded, found, page, talk, aspect, carries=carries)


#: What a question asks for that names a kind of job, and is not which of many are of it.
_NOT_WHICH = frozenset({"howto", "act", "mechanism", "means_state", "on_concept", "define_only", "off"})


def _which(question: str, folded: str, found: Found, page: PageContext, talk: Talk) -> Shown | None:
    """`Which of these are production jobs?`: those of a kind or state, of a page, of those counted before, or of a place."""
    entities = found.entities
    named = entities.job_ids or entities.task_ids or entities.file or entities.error_code is not None or found.error_names
    if named or talk.known & _NOT_WHICH or talk.intent in _NEVER or _pattern("reasons").search(folded):
        return None
    choices = choices_in(folded, entities, question)
    kinds = [choice for choice in choices if not choice.is_state]
    if not choices or aspect_of(folded) not in ("", "summary") or not _pattern("selects").search(folded):
        return None
    if (not kinds and "howmany" in talk.known) or (kinds and "failures_noun" in talk.known):
        return None  # plain numbers by state, and errors, have their own answers
    carries = talk.counted and _pointing(folded) and not _pattern("on_page").search(folded)
    if entities.site and any(choice.any_value == fold(entities.site) for choice in choices):
        entities.site = None  # a value of whatever field, which may be the queue
    its_tasks = page.page == "user" and "n_task" in talk.known
    if "n_job" not in talk.known and (talk.of_tasks if carries else shows_tasks(page) or its_tasks):
        return Shown("statistics", "tasks", "which", carries, choices)
    brief = len(folded.split()) <= _BRIEF or _pointing(folded)
    if (carries and not talk.of_tasks) or (shows_many(page) and brief and "n_task" not in talk.known):
        return Shown("statistics", "page", "which", carries, choices)
    vocabulary = [choice for choice in kinds if not choice.any_value]
    if talk.intent == "statistics" and vocabulary and entities.object == "jobs" and not focus_of(folded):
        return Shown("statistics", "page", "which", choices=choices)
    return None


def _of_jobs(folded: str, found: Found, page: PageContext, talk: Talk, aspect: Aspect, *, carries: bool) -> Shown | None:
    entities = found.entities
    if _chooses(folded, found, talk):
        return Shown("statistics", carries=carries)
    if entities.error_code is not None or found.error_names:
        return None
    if entities.user == "me" and aspect == "summary" and "howmany" in talk.known:
        aspect = "mine"
    if (aspect == "mine" and not _pointing(folded)) or (aspect == "summary" and carries):
        return None  # plain numbers, or what the answer before is asked for
    if not aspect and _named(entities) and _pattern("here").search(folded) and _pattern("selects").search(folded):
        return Shown("statistics", "page", "summary", carries)  # `show only those at CERN`
    if not aspect and talk.intent == "statistics" and not carries and _pattern("of_its_owner").search(folded):
        return Shown("statistics")
    if not aspect:
        wished = (
            talk.wish in _OF_ERRORS and not talk.conversation and _pattern("here").search(folded) and "define" not in talk.known
        )
        return Shown(_of_failures(page), "page", "advice") if wished else None
    if aspect == "summary":
        failing = asks_why(folded)
        rate = entities.object == "jobs" and "n_job" not in talk.known  # `what is the failure rate here?`
        if "howmany" in talk.known and (rate or entities.status or entities.object == "pilots"):
            return Shown("statistics")
        if page.page == "site" and (not failing or "health" in talk.known):
            return Shown("site_health")
        if page.page == "harvester" and not failing:
            entities.object, entities.queue = "pilots", page.site or entities.queue
            return Shown("statistics")
    plain = carries or aspect == "summary"
    return Shown("statistics" if plain else _of_failures(page), "page", aspect, carries)


def _of_failures(page: PageContext) -> Intent:
    """On a list of the jobs of one task the failures of that task are meant."""
    return "task_failures" if page.jeditaskid else "statistics"


def _of_its_files(folded: str, found: Found, page: PageContext, talk: Talk) -> Shown | None:
    """On a list of one job's files the job is meant."""
    entities = found.entities
    if _named(entities) or entities.job_ids or entities.task_ids or entities.window or aspect_of(folded) != "summary":
        return None
    if talk.conversation and not _pattern("here").search(folded):
        return None
    found.entities.job_ids = [page.pandaid] if page.pandaid else []
    return Shown("job_failure")


def _chooses(folded: str, found: Found, talk: Talk) -> bool:
    """`Show me the ones with 1305`: those that have an error."""
    code = found.entities.error_code is not None or bool(found.error_names)
    return code and "define" not in talk.known and _pattern("selects").search(folded) is not None


def _pointing(folded: str) -> bool:
    return _pattern("pointing").search(folded) is not None


def _named(entities: Entities) -> bool:
    return bool(entities.site or entities.queue or entities.cloud or entities.user not in (None, "me"))


def _of_a_person(entities: Entities, page: PageContext, known: set[str]) -> bool:
    """`Why do my jobs fail?`, wherever no one job or task is looked at."""
    many = "many_noun" in known and not known & {"howto", "one_job", "one_task"}
    return entities.user == "me" and many and not (page.pandaid or page.jeditaskid)


def _of_its_tasks(aspect: Aspect, known: set[str]) -> bool:
    """Whether the tasks of a user's page are asked about, rather than the jobs: they are what it lists."""
    return "n_job" not in known and ("n_task" in known or aspect == "first")
