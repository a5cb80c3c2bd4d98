"""Routing: what the question is about. The first component of the pipeline.

Rules decide; a model, where there is one, is asked for a word only about what they leave open.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from haystack import component
from haystack.dataclasses import StreamingCallbackT

from askpanda.models import Registry
from askpanda.pipeline.emitting import Clock, Stage, emit
from askpanda.pipeline.parcels import OF_ITS_JOB, Focus, Open, Route, Surroundings, Wish
from askpanda.pipeline.routing.asking import ask
from askpanda.pipeline.routing.entities import Found, extract, from_list, one_of
from askpanda.pipeline.routing.focus import focus_of
from askpanda.pipeline.routing.intents import decide, wish_of
from askpanda.pipeline.routing.language import language_of, language_wanted
from askpanda.pipeline.routing.page import of_page, of_selection
from askpanda.pipeline.routing.rules import warm_up
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import ASIDES, Answer, Entities, Intent
from askpanda.schema.ask import AskRequest, PageContext
from askpanda.schema.events import Event

#: Intents that are about a job or task, so that the page's or the conversation's one is meant where none is named.
OF_A_JOB = frozenset({"job_failure", "job_status", "log_request"})
OF_A_TASK = frozenset({"task_summary", "task_failures"})
#: What the documents are asked where somebody wants to know whom to tell.
_REPORTING = "How do I go about reporting a problem?"
#: Intents that nothing else in a question changes.
_CLOSED = frozenset({"injection_attempt", "off_topic", "action_request", "error_code_lookup", "error_code_list"})


class ErrorNames(Protocol):
    """What routing needs of the catalogue."""

    def by_name(self, word: str) -> list[Any]: ...


def route(turn: Turn, catalogue: ErrorNames, chosen: Intent | None = None, topics: "re.Pattern[str] | None" = None) -> Route:
    """The route of a turn. `chosen` is a model's choice, and counts where the rules leave the intent open.

    `topics` finds the experiment's own words in folded text.
    """
    on_topic = topics is not None and topics.search(fold(turn.question)) is not None
    request = turn.request
    page = request.context
    found = extract(turn.question, catalogue)
    before = _before(turn, catalogue)
    previous, earlier = before if before else (None, Entities())
    spoken_of = _spoken_of(page, previous, earlier)
    around = Surroundings(page=spoken_of, previous=previous, conversation=turn.continues_conversation, on_topic=on_topic)
    decision = decide(turn.question, found, around)
    intent, known = decision.intent, decision.known
    if spoken_of is not page and _means_the_page(intent, known, page, previous):
        around = Surroundings(page=page, previous=previous, conversation=turn.continues_conversation, on_topic=on_topic)
        decision = decide(turn.question, found, around)
        intent, known = decision.intent, decision.known
        earlier, spoken_of = Entities(), page
    leaves = Open(around, found.entities.model_copy(deep=True)) if decision.open else None
    if decision.open and chosen:
        intent = chosen
    wish: Wish = ""
    topic: Intent | None = None
    focus = focus_of(turn.question) if intent not in _CLOSED - {"off_topic"} else ""
    if intent == "off_topic" and (focus != "service" or "off" in known):
        focus = ""  # `is the service alive?` names nothing of our subject, and yet asks of nothing else
    if focus in OF_ITS_JOB:
        intent, focus = _of_its_job(intent, focus, found, spoken_of, earlier, known)
    elif focus == "service":
        intent = "site_health"
    elif focus == "tasks":
        intent, focus = _of_a_user(intent, found) if not known & {"howto", "one_task"} else (intent, "")
    selected = of_selection(turn.question, found, page, catalogue) if intent not in _CLOSED - {"off_topic"} else None
    shown = of_page(turn.question, found, page, turn.continues_conversation) if not (focus or selected) else None
    if selected:
        intent = selected
    elif shown and intent not in _CLOSED - {"off_topic", "error_code_list"}:
        intent, focus = shown
    if intent == "followup":
        if "nth" in known and not (found.entities.job_ids or found.entities.task_ids):
            found.entities.job_ids = one_of(earlier.job_ids, turn.question)
            found.entities.task_ids = one_of(earlier.task_ids, turn.question)
        wish = wish_of(known)
        topic = _continued(previous, found, spoken_of, known)
        wish = _other(wish, found.entities, known, topic)
        _carry_over(found.entities, earlier)
    elif turn.continues_conversation and intent in OF_A_JOB | OF_A_TASK | {"action_request"}:
        _carry_ids(found.entities, earlier, intent)
    elif intent == previous == "error_code_lookup" and found.entities.component is None:
        found.entities.component = earlier.component  # `and 1150?`
    about = topic or intent
    _from_page(found, spoken_of, about, known)
    if about in ("job_failure", "job_status") and not focus and len(found.entities.job_ids) > 1 and intent != "followup":
        focus = "several"
    language = (request.language or language_wanted(turn.question) or language_of(turn.question))[:2].lower()
    return Route(
        intent=intent, entities=found.entities, language=language, wish=wish, topic=topic,
        wants_logs=_logs_named(turn.question, found), error_names=tuple(found.error_names), focus=focus,
        asked=_asked(turn, catalogue, wish) if intent == "followup" else turn.question, open=leaves,
    )  # fmt: skip


def _of_a_user(intent: Intent, found: Found) -> tuple[Intent, Focus]:
    """`my tasks`, `which tasks of Ann Panda are pending?`: a list, unless one task, or the jobs of tasks, are meant."""
    entities = found.entities
    if entities.user is None or entities.job_ids or entities.task_ids or entities.object is not None:
        return intent, ""
    return (
        ("statistics", "tasks") if intent in ("statistics", "task_summary", "task_failures", "documentation") else (intent, "")
    )


def _spoken_of(page: PageContext, previous: Intent | None, earlier: Entities) -> PageContext:
    """Where `it` points to: the page, or, once a conversation is about another job or task than the page, that one."""
    if previous in OF_A_JOB and earlier.job_ids and page.pandaid not in earlier.job_ids:
        status = "failed" if previous == "job_failure" else None
        return PageContext(page="job", pandaid=earlier.job_ids[0], status=status, monitor=page.monitor, viewer=page.viewer)
    if previous in OF_A_TASK and earlier.task_ids and (page.pandaid or page.jeditaskid not in earlier.task_ids):
        return PageContext(page="task", jeditaskid=earlier.task_ids[0], monitor=page.monitor, viewer=page.viewer)
    return page


def _means_the_page(intent: Intent, known: set[str], page: PageContext, previous: Intent | None) -> bool:
    """Whether a question asked elsewhere than the conversation so far is about where its asker is now.

    `Why did this fail?` is; `show me the log` goes on with the conversation; and what was already answered
    (`why did it fail?`) is not asked again of the same job.
    """
    if intent == "followup" or not (page.pandaid or page.jeditaskid or page.page in ("site", "errors")):
        return False
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


def _before(turn: Turn, catalogue: ErrorNames) -> tuple[Intent, Entities] | None:
    """Intent and entities of what was said before: the last answer's, else those of the last question in the history."""
    if turn.previous is not None:
        known = {name: value for name, value in turn.previous.entities.items() if name in Entities.model_fields}
        return _topic_of(turn.previous, _last_question(turn, catalogue)), Entities(**known)
    asked = _last_question(turn, catalogue)
    return asked[1:] if asked else None


def _asked(turn: Turn, catalogue: ErrorNames, wish: Wish) -> str:
    """The question that a follow-up goes on from; the follow-up itself where none is known, or where it asks for a person."""
    if wish == "whom":
        return _REPORTING
    asked = _last_question(turn, catalogue)
    return asked[0] if asked else turn.question


def _topic_of(previous: Answer, asked: tuple[str, Intent, Entities] | None) -> Intent:
    """What the answer before was about; one that was itself a follow-up says so by its verdict and its ids."""
    if previous.intent != "followup":
        return previous.intent
    if previous.diagnosis is not None or previous.entities.get("job_ids"):
        return "job_failure"
    if asked is not None:
        return asked[1]
    return "task_summary" if previous.entities.get("task_ids") else "documentation"


def _last_question(turn: Turn, catalogue: ErrorNames) -> tuple[str, Intent, Entities] | None:
    """The last question of the history that was no follow-up itself, with its intent and entities."""
    questions = [said.content for said in turn.history if said.role == "user"]
    for question in reversed(questions):
        found = extract(question[:4000], catalogue)
        intent = decide(question[:4000], found, Surroundings(page=turn.request.context)).intent
        if intent != "followup" and intent not in ASIDES:
            return question, intent, found.entities
    return None


def _continued(previous: Intent | None, found: Found, page: PageContext, known: set[str]) -> Intent:
    """The intent that a follow-up goes on with."""
    if previous and previous != "followup" and previous not in ASIDES:
        if found.entities.job_ids and previous not in OF_A_JOB:
            return "job_failure"
        if found.entities.task_ids and previous not in OF_A_TASK:
            return "task_summary"
        if previous == "task_summary" and known & {"why", "fail"} and not known & {"better", "sure"}:
            return "task_failures"  # its jobs' errors, which a summary does not have
        if previous == "action_request":
            return "job_failure" if found.entities.job_ids or page.pandaid else "task_summary"
        return previous
    if found.entities.job_ids or page.pandaid:
        return "job_failure"
    if found.entities.task_ids or page.jeditaskid:
        return "task_failures" if known & {"what_to_do", "which_line"} else "task_summary"
    return "documentation"


def _other(wish: Wish, entities: Entities, known: set[str], topic: Intent) -> Wish:
    """What a follow-up asks for, now that it is known what it names and what it goes on with."""
    if topic == "documentation" and (wish in ("what_to_do", "retry") or (wish == "more" and "why" in known)):
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


def _carry_over(entities: Entities, earlier: Entities) -> None:
    """An elliptic question keeps what it does not replace: `and last week?` has the site of before."""
    replaced_id = bool(entities.job_ids or entities.task_ids)
    for name in Entities.model_fields:
        if getattr(entities, name) in (None, []) and getattr(earlier, name) not in (None, []):
            if replaced_id and name in ("job_ids", "task_ids", "site", "queue", "error_code", "component", "file"):
                continue
            if name in ("site", "queue") and (entities.site or entities.queue):
                continue
            setattr(entities, name, getattr(earlier, name))


def _carry_ids(entities: Entities, earlier: Entities, intent: Intent) -> None:
    """`Why did they fail?` after a question about a task is about that task; `kill it` is about what was spoken of."""
    if entities.job_ids or entities.task_ids or (intent == "action_request" and (entities.site or entities.queue)):
        return
    if intent in OF_A_JOB or (intent == "action_request" and earlier.job_ids):
        entities.job_ids = list(earlier.job_ids)
        entities.task_ids = list(earlier.task_ids) if not earlier.job_ids else []
    else:
        entities.task_ids = list(earlier.task_ids)
        entities.user = entities.user or earlier.user  # `they` are those that were counted before


def _from_page(found: Found, page: PageContext, about: Intent, known: set[str]) -> None:
    """The page's job, task or queue, where the question is about one and names none."""
    entities = found.entities
    if about in OF_A_JOB and not entities.job_ids and page.pandaid and "n_task_only" not in known:
        entities.job_ids = [page.pandaid]
    if about in OF_A_TASK and not (entities.task_ids or entities.job_ids) and page.jeditaskid:
        entities.task_ids = [page.jeditaskid]
    if about == "action_request" and not (entities.job_ids or entities.task_ids) and not (entities.site or entities.queue):
        if page.pandaid and "n_task" not in known:
            entities.job_ids = [page.pandaid]
        elif page.jeditaskid:
            entities.task_ids = [page.jeditaskid]
    if (
        about == "statistics"
        and not entities.task_ids
        and (known & {"one_task", "its_task"} or (known & {"this", "the_task"} and not page.pandaid))
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
        chosen, call = await ask(model, turn, left.entities, left.around, masked=self.masked or model.remote)
        if chosen is not None:
            found = replace(route(turn, self.catalogue, chosen, self.topics), ms=found.ms)
        return replace(found, calls=(call,) if call else ())

    @component.output_types(route=Route)
    def run(self, turn: Turn, streaming_callback: StreamingCallbackT | None = None) -> dict[str, Route]:
        return self.now(self.run_async(turn, streaming_callback))
