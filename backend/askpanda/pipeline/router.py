"""Routing: what the question is about. The first component of the pipeline.

Rules decide; a model, where there is one, is asked for a word only about what they leave open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from haystack import component
from haystack.dataclasses import StreamingCallbackT

from askpanda.models import Registry
from askpanda.pipeline.emitting import Clock, Stage, emit
from askpanda.pipeline.parcels import NUMBERS, OF_ITS_JOB, Focus, Open, Route, Surroundings, Wish
from askpanda.pipeline.routing.asking import ask
from askpanda.pipeline.routing.conversation import (
    OF_A_JOB,
    OF_A_TASK,
    Before,
    carry_ids,
    carry_over,
    continued,
    entities_of,
    examples_in,
    exchanges,
    heard,
    other,
    spoken_of,
    topic_of,
)  # fmt: skip
from askpanda.pipeline.routing.ellipsis import only_names
from askpanda.pipeline.routing.entities import Found, extract, from_list, one_of
from askpanda.pipeline.routing.focus import focus_of
from askpanda.pipeline.routing.intents import decide, wish_of
from askpanda.pipeline.routing.language import language_of, language_wanted
from askpanda.pipeline.routing.page import of_page, of_selection, place_here
from askpanda.pipeline.routing.rules import warm_up
from askpanda.pipeline.routing.text import expanded, fold
from askpanda.pipeline.routing.vocabulary import is_foreign
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import ASIDES, Entities, Intent
from askpanda.schema.ask import AskRequest, PageContext
from askpanda.schema.events import Event

#: What the documents are asked where somebody wants to know whom to tell.
_REPORTING = "How do I go about reporting a problem?"
#: What only a verdict can be asked.
_OF_A_VERDICT = frozenset({"retry", "counts", "which_line", "what_to_do", "whom", "known"})
#: What is asked of the words of an answer about several jobs, rather than of the jobs again.
_OF_ITS_WORDS = frozenset({"which_line", "whom"})
#: Intents that nothing else in a question changes.
_CLOSED = frozenset({"injection_attempt", "off_topic", "action_request", "error_code_lookup", "error_code_list"})


class ErrorNames(Protocol):
    """What routing needs of the catalogue."""

    def by_name(self, word: str) -> list[Any]: ...


@dataclass(frozen=True)
class _Asking:
    """One question, with what stands around it."""

    question: str
    request: AskRequest
    conversation: bool
    before: Before | None


def route(turn: Turn, catalogue: ErrorNames, chosen: Intent | None = None, topics: "re.Pattern[str] | None" = None) -> Route:
    """The route of a turn. `chosen` is a model's choice, and counts where the rules leave the intent open.

    `topics` finds the experiment's own words in folded text.
    """
    before = _before(turn, catalogue, topics)
    return _route(_Asking(turn.question, turn.request, turn.continues_conversation, before), catalogue, chosen, topics)


def _route(asking: _Asking, catalogue: ErrorNames, chosen: Intent | None, topics: "re.Pattern[str] | None") -> Route:
    question, request = asking.question, asking.request
    on_topic = topics is not None and topics.search(fold(question)) is not None
    page = request.context
    found = extract(question, catalogue)
    place_here(question, found, page)
    before = _gone_back(asking.before, question, found)
    previous, earlier = (before.intent, before.entities) if before else (None, Entities())
    told = before.told if before else ()
    subject = next((one for one in told if one.job_ids or one.task_ids), Entities())
    about_page = spoken_of(page, previous, earlier, subject)
    around = Surroundings(
        page=about_page,
        previous=previous,
        of_task=bool(earlier.task_ids),
        code=before is not None and before.code is not None,
        conversation=asking.conversation,
        on_topic=on_topic,
    )
    decision = decide(question, found, around)
    intent, known = decision.intent, decision.known
    if about_page is not page and _means_the_page(intent, known, page, previous):
        around = replace(around, page=page)
        decision = decide(question, found, around)
        intent, known = decision.intent, decision.known
        earlier, about_page = Entities(), page
    if intent == "off_topic" and decision.open and not is_foreign(fold(question), catalogue):
        intent = _unclear(asking, page, known)
    leaves = Open(around, found.entities.model_copy(deep=True)) if decision.open else None
    if decision.open and chosen:
        intent = chosen
    wish: Wish = ""
    topic: Intent | None = None
    focus = focus_of(question) if intent not in _CLOSED - {"off_topic"} else ""
    if intent == "off_topic" and (focus != "service" or "off" in known):
        focus = ""  # `is the service alive?` names nothing of our subject, and yet asks of nothing else
    if focus in OF_ITS_JOB:
        guessed = decision.open and not chosen and not known & {"why", "fail", "page.failed"}
        intent, focus = _of_its_job("job_status" if guessed else intent, focus, found, about_page, earlier, known)
    elif focus == "service":
        intent = "site_health"
    elif focus in ("rates", "ranked"):
        plain = not (found.entities.job_ids or found.entities.task_ids) and not known & {"howto", "define_term"}
        intent, focus = ("statistics", focus) if plain else (intent, "")
        if plain and "those" in known and previous in NUMBERS:
            carry_over(found.entities, earlier, previous, "statistics")  # `which of them has the most failures?`
    elif focus == "tasks":
        intent, focus = _of_a_user(intent, found) if not known & {"howto", "one_task"} else (intent, "")
    selected = of_selection(question, found, page, catalogue) if intent not in _CLOSED - {"off_topic"} else None
    shown = of_page(question, found, page, asking.conversation) if not (focus or selected) else None
    if selected:
        intent = selected
    elif shown and intent not in _CLOSED - {"off_topic", "error_code_list"}:
        intent, focus = shown
    if "one_of_those" in known and before and before.examples and not (found.entities.job_ids or found.entities.task_ids):
        intent, focus = ("log_request" if "n_log" in known else "job_failure"), ""
        found.entities.job_ids = list(before.examples[:1])
    if intent == "followup" and "both" in known and before and len(before.jobs) > 1 and not focus:
        intent, focus, found.entities.job_ids = "job_failure", "several", before.jobs[-2:]
        wish = wish_of(known)
    if intent == "followup":
        if "this_one" in known and about_page is not page and not (found.entities.job_ids or found.entities.task_ids):
            found.entities.job_ids = [page.pandaid] if page.pandaid else []
            found.entities.task_ids = [page.jeditaskid] if page.jeditaskid and not page.pandaid else []
        if "nth" in known and not (found.entities.job_ids or found.entities.task_ids):
            of_tasks = "n_task" in known or (previous in OF_A_TASK and "n_job" not in known)
            found.entities.job_ids = before.one_meant(question) if before and not of_tasks else []
            found.entities.task_ids = one_of(before.tasks, question) if before and of_tasks else []
        wish = wish_of(known)
        if previous == "documentation" and wish in _OF_A_VERDICT and subject.job_ids:
            previous, earlier = "job_failure", subject  # the explanation in between is not what a retry could help
        elif previous in OF_A_TASK and known & {"the_job", "one_job"}:  # `back to the job: ...`
            job = next((one for one in told if one.job_ids), None)
            previous, earlier = ("job_failure", job) if job else (previous, earlier)
        topic = continued(previous, found, about_page, known)
        if topic == "site_health" and known & {"failures_noun", "breakdown"} and "health" not in known:
            topic, found.entities.object = "statistics", "errors"  # `what are the main errors there?`
        wish = other(wish, found.entities, known, topic)
        carry_over(found.entities, earlier, previous, topic)
        if topic == "statistics" and "breakdown" in known and not focus and found.entities.object != "pilots":
            focus = "ranked"
    elif asking.conversation and intent in OF_A_JOB | OF_A_TASK | {"action_request"}:
        if "nth" in known and before and not (found.entities.job_ids or found.entities.task_ids):
            found.entities.job_ids = before.one_meant(question)
        if intent == "action_request" and "n_task" in known and not earlier.task_ids:
            earlier = next((one for one in told if one.task_ids), earlier)  # `then retry the task`, after one of its jobs
            earlier = earlier.model_copy(update={"job_ids": []}) if earlier.task_ids else earlier
        carry_ids(found.entities, earlier, intent)
    elif intent == previous == "log_request" and found.entities.file is None:
        found.entities.file = earlier.file  # `grep error in it`
    elif intent == previous == "error_code_lookup" and found.entities.component is None:
        found.entities.component = earlier.component  # `and 1150?`
    if intent == "error_code_lookup" and "that_code" in known and found.entities.error_code is None and before and before.code:
        found.entities.component, found.entities.error_code = before.code
    about = topic or intent
    if about == "statistics" and "fails_most" in known:
        found.entities.object, found.entities.status = "errors", None
    if about == "task_summary" and "will_finish" in known:
        found.entities.window = None  # `today` is when it should be over, and no window of jobs
    if about == "task_summary" and known & {"lingers", "task_stopped"}:
        found.entities.window = None  # `pending for 3 days` is how long it has been so, and no window of jobs
    _from_page(found, about_page, about, known)
    if asking.conversation and about in OF_A_JOB and not found.entities.job_ids and not page.pandaid:
        found.entities.job_ids = one_of(subject.job_ids, question) or list(subject.job_ids)
    if about in OF_A_TASK and "its_task" in known and not found.entities.task_ids and not found.entities.job_ids:
        found.entities.job_ids = [page.pandaid] if page.pandaid else subject.job_ids[:1]  # its record names the task
    if about in ("job_failure", "job_status") and not focus and len(found.entities.job_ids) > 1 and wish not in _OF_ITS_WORDS:
        focus = "several"
    language = (request.language or language_wanted(question) or language_of(question, before.language if before else "en"))[
        :2
    ].lower()
    return Route(
        intent=intent, entities=found.entities, language=language, wish=wish, topic=topic,
        wants_logs=_logs_named(question, found), error_names=tuple(found.error_names), focus=focus,
        asked=_asked(question, before, wish, topic) if intent == "followup" else question, open=leaves,
    )  # fmt: skip


def _gone_back(before: Before | None, question: str, found: Found) -> Before | None:
    """What a question goes on from: after a word on a term, `and at MWT2?` goes back to the facts before it."""
    if before is None or before.facts is None or before.has_facts or not only_names(expanded(fold(question)), found):
        return before
    named, spoken = found.entities, before.entities
    place = named.site or named.queue or named.cloud
    if (named.window or named.user or (place and not (spoken.site or spoken.queue))) and not (named.job_ids or named.task_ids):
        return before.facts
    return before


def _unclear(asking: _Asking, page: PageContext, known: set[str]) -> Intent:
    """What a question is taken for that names nothing of ours, and nothing else either: no reason to refuse it."""
    if asking.conversation:
        return "documentation" if known & {"define", "howto", "how_word"} and "this" not in known else "followup"
    if page.page is None:
        return "off_topic"
    if page.pandaid:
        return "job_failure" if "page.failed" in known else "job_status"
    return "task_summary" if page.jeditaskid else "documentation"


def _asked(question: str, before: Before | None, wish: Wish, topic: Intent | None) -> str:
    """The question that a follow-up goes on from; the follow-up itself where none is known, or where it asks for a person.

    What documents say on `and with a container?` is asked with the question before it.
    """
    if wish == "whom":
        return _REPORTING
    if before is None or not before.asked:
        return question
    return f"{before.asked.rstrip(' ?!.')} {question}" if topic == "documentation" and wish == "more" else before.asked


def _of_a_user(intent: Intent, found: Found) -> tuple[Intent, Focus]:
    """`my tasks`, `which tasks of Ann Panda are pending?`: a list, unless one task, or the jobs of tasks, are meant."""
    entities = found.entities
    if entities.user is None or entities.job_ids or entities.task_ids or entities.object is not None:
        return intent, ""
    return (
        ("statistics", "tasks") if intent in ("statistics", "task_summary", "task_failures", "documentation") else (intent, "")
    )


def _means_the_page(intent: Intent, known: set[str], page: PageContext, previous: Intent | None) -> bool:
    """Whether a question asked elsewhere than the conversation so far is about where its asker is now.

    `Why did this fail?` is; `show me the log` goes on with the conversation; and what was already answered
    (`why did it fail?`) is not asked again of the same job.
    """
    if intent == "followup" or not (page.pandaid or page.jeditaskid or page.page in ("site", "errors")):
        return False
    if previous in OF_A_JOB and page.jeditaskid and not page.pandaid and "of_many" in known:
        return True  # no job is far on, or fails so many times: the task is meant that its asker has gone to
    return "the_page" in known or intent == previous


def _of_its_job(
    intent: Intent, focus: Focus, found: Found, page: PageContext, earlier: Entities, known: set[str]
) -> tuple[Intent, Focus]:
    """A question for a job's other attempts, or its jobset, is about that job; without one it keeps its own intent."""
    job_known = bool(found.entities.job_ids or page.pandaid or earlier.job_ids)
    if not job_known or (focus in ("jobset", "sibling") and "define" in known and "this" not in known):
        return intent, ""
    if not found.entities.job_ids:
        found.entities.job_ids = [page.pandaid] if page.pandaid else list(earlier.job_ids)
    found.entities.user = None
    if intent in OF_A_JOB:
        return intent, focus
    return ("job_failure" if known & {"why", "fail"} else "job_status"), focus


def _before(turn: Turn, catalogue: ErrorNames, topics: "re.Pattern[str] | None") -> Before | None:
    """What was said before: the last answer's intent and entities, else those of the history's questions, read in turn."""
    told = _replayed(turn, catalogue, topics)
    if turn.previous is None:
        return told
    last = entities_of(turn.previous.entities)
    spoken = tuple(entities_of(spoken) for spoken in reversed(turn.spoken_of)) or (last, *(told.told[1:] if told else ()))
    before = replace(told or Before("documentation"), intent=topic_of(turn.previous, told), entities=last, told=spoken)
    before = replace(before, examples=examples_in(turn.basis or turn.previous))
    found = turn.previous.diagnosis
    return replace(before, code=(found.component, found.code)) if found else before


def _replayed(turn: Turn, catalogue: ErrorNames, topics: "re.Pattern[str] | None") -> Before | None:
    """The questions of the history routed one after the other, so that each `and yesterday?` has what it went on from."""
    before: Before | None = None
    conversation = False
    for question, answer in exchanges(turn.history):
        if question.strip():
            found = _route(_Asking(question, turn.request, conversation, before), catalogue, None, topics)
            if found.intent not in ASIDES:
                whole = before.asked if found.intent == "followup" and before else question
                entities = heard(found.about, found.entities, answer)
                before = (before or Before("documentation")).then(found.about, entities, whole, found.language)
        conversation = conversation or bool(answer)
    return before


def _from_page(found: Found, page: PageContext, about: Intent, known: set[str]) -> None:
    """The page's job, task or queue, where the question is about one and names none."""
    entities = found.entities
    if about in OF_A_JOB and not entities.job_ids and page.pandaid and "n_task_only" not in known:
        entities.job_ids = [page.pandaid]
    if about in OF_A_TASK and not (entities.task_ids or entities.job_ids) and page.jeditaskid:
        entities.task_ids = [page.jeditaskid]
    of_a_queue = entities.action == "set_queue_status" or not entities.action
    place = (entities.site or entities.queue) if of_a_queue else None  # `move it away from AGLT2` is of the page's task
    if about == "action_request" and not (entities.job_ids or entities.task_ids or place):
        if page.pandaid and "n_task" not in known:
            entities.job_ids = [page.pandaid]
        elif page.jeditaskid:
            entities.task_ids = [page.jeditaskid]
    if (
        about == "statistics"
        and not entities.task_ids
        and (
            known & {"one_task", "its_task"}
            or (known & {"this", "the_task"} and not page.pandaid)
            or (page.page == "task" and entities.object == "jobs" and entities.user in (None, "me") and not entities.window)
        )
        and not (entities.site or entities.queue)
    ):
        entities.task_ids = [page.jeditaskid] if page.jeditaskid else []
    if about in ("statistics", "task_failures") and page.page in ("jobs", "errors") and page.url and "has.place" not in known:
        from_list(page.url, entities)
    of_a_place = about in ("site_health", "queue_metadata", "statistics")
    if of_a_place and page.page == "site" and page.site and not (entities.site or entities.queue):
        entities.queue = page.site


def _logs_named(question: str, found: Found) -> tuple[str, ...]:
    """Log files that the question itself calls for: `the payload` means both of its streams."""
    names = [found.entities.file] if found.entities.file else []
    if "payload" in question.lower():
        names += ["payload.stdout", "payload.stderr"]
    return tuple(dict.fromkeys(names))


@component
class Router(Stage):
    """Emits `route` and hands on the Route."""

    def __init__(self, catalogue: ErrorNames, registry: Registry, *, masked: bool = False, topics: Sequence[str] = ()) -> None:
        """`topics` are words beside the rules' own that a question may be about."""
        self.catalogue = catalogue
        spoken = "|".join(re.escape(fold(topic)) for topic in topics)
        self.topics = re.compile(rf"\b(?:{spoken})\b") if spoken else None
        self.registry = registry
        self.masked = masked
        self._warm = False

    def warm_up(self) -> None:
        """Compiles the rules; the first question would pay for it otherwise."""
        if not self._warm:
            warm_up()
            route(Turn(AskRequest(question="Why did the pilot of job 6519134287 fial at BNL yesterday?")), self.catalogue)
            self._warm = True

    @component.output_types(route=Route)
    async def run_async(self, turn: Turn, streaming_callback: StreamingCallbackT | None = None) -> dict[str, Route]:
        clock = Clock()
        found = replace(route(turn, self.catalogue, turn.routed, self.topics), ms=clock.ms)
        if found.open is not None and turn.routed is None:
            found = await self._with_a_model(turn, found, found.open)
        entities = found.entities.model_dump(exclude_defaults=True)
        await emit(streaming_callback, Event("route", {"intent": found.intent, "entities": entities}))
        return {"route": found}

    async def _with_a_model(self, turn: Turn, found: Route, left: Open) -> Route:
        """What the rules leave open, decided by the model that words the answer. Without one, the rules' choice stays."""
        name = turn.request.model or self.registry.default
        if name == "none" or not turn.budget_left or name in turn.resting:
            return found
        model = self.registry.get(name)
        before = len(turn.purse.calls)
        chosen = await ask(model, turn, left.entities, left.around, masked=self.masked or model.remote)
        if chosen is not None:
            found = replace(route(turn, self.catalogue, chosen, self.topics), ms=found.ms)
        return replace(found, calls=tuple(turn.purse.calls[before:]))

    @component.output_types(route=Route)
    def run(self, turn: Turn, streaming_callback: StreamingCallbackT | None = None) -> dict[str, Route]:
        return self.now(self.run_async(turn, streaming_callback))
