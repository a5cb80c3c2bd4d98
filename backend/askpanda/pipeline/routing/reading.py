"""One question on its way to its route: taken for something, turned to what it looks at, gone on with, and filled in.

Each step may change what the question is taken for; their order is what decides between them.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Protocol

from askpanda.pipeline.parcels import NUMBERS, OF_ITS_JOB, OF_THE_SAME, Aspect, Choice, Focus, Open, Route, Surroundings, Wish
from askpanda.pipeline.routing.choosing import of_state
from askpanda.pipeline.routing.conversation import (
    OF_A_JOB,
    OF_A_TASK,
    Before,
    carry_ids,
    carry_over,
    continued,
    error_meant,
    other,
    spoken_of,
)  # fmt: skip
from askpanda.pipeline.routing.entities import Found, extract, one_of
from askpanda.pipeline.routing.focus import fails_worst, focus_of
from askpanda.pipeline.routing.intents import decide, wish_of
from askpanda.pipeline.routing.language import language_of, language_wanted
from askpanda.pipeline.routing.many import Talk, of_page
from askpanda.pipeline.routing.page import from_page, of_selection, place_here
from askpanda.pipeline.routing.reference import gone_back, point_back
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.routing.together import are_tasks, beside_the_pages, tasks_meant
from askpanda.pipeline.routing.vocabulary import is_foreign
from askpanda.pipeline.scope import shows_many, shows_tasks
from askpanda.schema.answer import Entities, Intent
from askpanda.schema.ask import AskRequest, PageContext

#: What the documents are asked where somebody wants to know whom to tell.
_REPORTING = "How do I go about reporting a problem?"
#: What only a verdict can be asked.
_OF_A_VERDICT = frozenset({"retry", "counts", "which_line", "what_to_do", "whom", "known"})
#: What is asked of the words of an answer about several jobs, rather than of the jobs again.
_OF_ITS_WORDS = frozenset({"which_line", "whom"})
#: What a question about pilots asks that is not whether they get through.
_NO_PILOTS_ASKED = {"howto", "how_word", "howmany", "define_term", "on_concept", "general_question", "act"}
#: Intents that nothing else in a question changes.
_CLOSED = frozenset({"injection_attempt", "action_request", "error_code_lookup", "error_code_list"})


class ErrorNames(Protocol):
    """What routing needs of the catalogue."""

    def by_name(self, word: str) -> list[Any]: ...
    def find(self, code: int) -> list[Any]: ...


@dataclass(frozen=True)
class Asking:
    """One question, with what stands around it."""

    question: str
    request: AskRequest
    conversation: bool
    before: Before | None


class Reading:
    """What a question is taken for so far. `page` is where its asker is, `about` what the question is about."""

    def __init__(self, asking: Asking, catalogue: ErrorNames, topics: "re.Pattern[str] | None") -> None:
        self.question = asking.question
        self.request = asking.request
        self.conversation = asking.conversation
        self.catalogue = catalogue
        self.page = asking.request.context
        self.found = extract(self.question, catalogue)
        place_here(self.question, self.found, self.page)
        before = self.before = gone_back(asking.before, self.question, self.found)
        point_back(self.question, self.found, self.page, before)
        if self.found.relative and before:
            self.found.entities.window = self.found.relative.to(before.entities.window)
        self.previous: Intent | None = before.intent if before else None
        self.earlier = before.entities if before else Entities()
        self.told = before.told if before else ()
        self.subject = next((one for one in self.told if one.job_ids or one.task_ids), Entities())
        self.about = spoken_of(self.page, self.previous, self.earlier, self.subject)
        self.around = Surroundings(
            page=self.about,
            previous=self.previous,
            of_task=bool(self.earlier.task_ids),
            code=before is not None and before.code is not None,
            conversation=asking.conversation,
            on_topic=topics is not None and topics.search(fold(self.question)) is not None,
        )
        self.intent: Intent = "off_topic"
        self.known: set[str] = set()
        self.open = False
        self.leaves: Open | None = None
        self.focus: Focus = ""
        self.aspect: Aspect = ""
        self.here = False  # the filters of the page hold
        self.choices: tuple[Choice, ...] = ()
        self.wish: Wish = ""
        self.topic: Intent | None = None

    @property
    def entities(self) -> Entities:
        return self.found.entities

    @property
    def has_ids(self) -> bool:
        return bool(self.entities.job_ids or self.entities.task_ids)

    def route(self, chosen: Intent | None) -> Route:
        """All steps. `chosen` is a model's choice, and counts where the rules leave the intent open."""
        self._take()
        if self.open and chosen:
            self.intent = chosen
        self._focus(guessed=self.open and not chosen)
        self._look_at_the_page()
        self._pick_out()
        if self.intent == "followup":
            self._go_on()
        else:
            self._keep_the_subject()
        self._fill_in()
        return self._made()

    def _take(self) -> None:
        """What the rules take the question for, here, or where its asker has gone to."""
        decision = decide(self.question, self.found, self.around)
        if self.about is not self.page and _means_the_page(decision.intent, decision.known, self.page, self.previous):
            self.around = replace(self.around, page=self.page)
            decision = decide(self.question, self.found, self.around)
            self.earlier, self.about = Entities(), self.page
        self.intent, self.known, self.open = decision
        if self.intent == "off_topic" and self.open and not is_foreign(fold(self.question), self.catalogue):
            self.intent = self._unclear()
        self.leaves = Open(self.around, self.entities.model_copy(deep=True)) if self.open else None

    def _unclear(self) -> Intent:
        """What a question is taken for that names nothing of ours, and nothing else either: no reason to refuse it."""
        page, known = self.page, self.known
        if self.conversation:
            return "documentation" if known & {"define", "howto", "how_word"} and "this" not in known else "followup"
        if page.page is None:
            return "off_topic"
        if page.pandaid:
            return "job_failure" if "page.failed" in known else "job_status"
        return "task_summary" if page.jeditaskid else "documentation"

    def _focus(self, *, guessed: bool) -> None:
        """A job's other attempts, rates, ranks, lists of tasks, the service itself: they say where the answer comes from."""
        known = self.known
        focus = focus_of(self.question) if self.intent not in _CLOSED else ""
        if self.intent == "off_topic" and (focus not in ("service", "rates", "ranked", "arriving") or "off" in known):
            focus = ""  # `is the service alive?`, `which site is worst?` ask of nothing else, whatever they name
        if focus in OF_ITS_JOB:
            self._focus_on_its_job(focus, guessed=guessed and not known & {"why", "fail", "page.failed"})
        elif focus == "service":
            self.intent, self.focus = "site_health", focus
        elif focus in ("rates", "ranked"):
            asks_for_one = "define_term" not in known or fails_worst(self.question)  # `what is the worst site?`
            if not self.has_ids and "howto" not in known and asks_for_one:
                self.intent, self.focus = "statistics", focus
                if "those" in known and self.previous in NUMBERS:  # `which of them has the most failures?`
                    carry_over(self.entities, self.earlier, self.previous, "statistics")
        elif focus == "arriving":
            if not self.has_ids and not known & _NO_PILOTS_ASKED:
                self.intent, self.focus, self.entities.object, self.entities.status = "statistics", focus, "pilots", None
        elif focus == "tasks":
            self._focus_on_tasks()
        else:
            self.focus = focus

    def _focus_on_its_job(self, focus: Focus, *, guessed: bool) -> None:
        """A question for a job's other attempts, or its jobset, is about that job; without one it keeps its own intent."""
        known, entities, page = self.known, self.entities, self.about
        job_known = bool(entities.job_ids or page.pandaid or self.earlier.job_ids)
        if not job_known or (focus in ("jobset", "sibling") and "define" in known and "this" not in known):
            return
        if not entities.job_ids:
            entities.job_ids = [page.pandaid] if page.pandaid else list(self.earlier.job_ids)
        entities.user = None
        self.focus = focus
        if guessed:
            self.intent = "job_status"
        elif self.intent not in OF_A_JOB:
            self.intent = "job_failure" if known & {"why", "fail"} else "job_status"

    def _focus_on_tasks(self) -> None:
        """`my tasks`, `which tasks of Ann Panda are pending?`: a list, unless one task, or the jobs of tasks, are meant."""
        entities = self.entities
        if self.known & {"howto", "one_task"} or entities.user is None or self.has_ids or entities.object is not None:
            return
        if self.intent in ("statistics", "task_summary", "task_failures", "documentation"):
            self.intent, self.focus = "statistics", "tasks"

    def _look_at_the_page(self) -> None:
        """What is selected there, or what it lists."""
        selected = of_selection(self.question, self.found, self.page, self.catalogue) if self.intent not in _CLOSED else None
        if selected:
            self.intent = selected
        if selected or (self.focus and not shows_tasks(self.page)):
            return
        shown, before = of_page(self.question, self.found, self.page, self._talk()), self.before
        if shown is None:
            return
        self.intent, self.focus, self.aspect, self.choices = shown.intent, shown.focus, shown.aspect, shown.choices
        self.wish = wish_of(self.known) if shown.aspect == "advice" else ""
        self.here = bool(before and before.here) if shown.carries else shows_many(self.page) or shows_tasks(self.page)
        if shown.carries:
            self.intent = "task_failures" if self.previous in OF_A_TASK else self.intent
            carry_over(self.entities, self.earlier, self.previous, "statistics")
            if self.choices and self.entities.status and not any(choice.is_state for choice in self.choices):
                self.choices = (*self.choices, of_state(self.entities.status))  # of those that failed

    def _talk(self) -> Talk:
        return Talk(
            known=self.known,
            intent=self.intent,
            wish=wish_of(self.known),
            conversation=self.conversation,
            counted=self.previous in NUMBERS,
            of_tasks=self.before is not None and self.before.focus == "tasks",
        )

    def _pick_out(self) -> None:
        """`one of those jobs`, `the two`: jobs that the answers before have named."""
        before = self.before
        if "one_of_those" in self.known and before and before.examples and not self.has_ids:
            self.intent, self.focus = ("log_request" if "n_log" in self.known else "job_failure"), ""
            self.entities.job_ids = list(before.examples[:1])
        if self.intent == "followup" and "both" in self.known and before and len(before.jobs) > 1 and not self.focus:
            self.intent, self.focus, self.entities.job_ids = "job_failure", "several", before.jobs[-2:]
            self.wish = wish_of(self.known)
        if before and self.conversation and not (self.focus or self.has_ids or shows_tasks(self.page)):
            meant = tasks_meant(self.question, before, self.known, self.intent)
            if meant:
                why = self.known & {"why", "fail", "failures_noun"} and "status_question" not in self.known
                self.intent, self.focus = "task_failures" if why else "task_summary", "several"
                self.entities.task_ids = meant

    def _go_on(self) -> None:
        """A follow-up: what it asks for, of which answer, and what it keeps of that."""
        page, known, entities = self.page, self.known, self.entities
        if "this_one" in known and self.about is not page and not self.has_ids:
            entities.job_ids = [page.pandaid] if page.pandaid else []
            entities.task_ids = [page.jeditaskid] if page.jeditaskid and not page.pandaid else []
        if "nth" in known and self.before and not self.has_ids:
            if "n_task" in known or (self.previous in OF_A_TASK and "n_job" not in known):
                entities.task_ids = one_of(self.before.tasks, self.question)
            else:
                entities.job_ids = self.before.one_meant(self.question)
        self.wish = wish_of(known)
        if self.previous == "documentation" and self.wish in _OF_A_VERDICT and self.subject.job_ids:
            # the explanation in between is not what a retry could help
            self.previous, self.earlier = "job_failure", self.subject
        elif self.previous in OF_A_TASK and known & {"the_job", "one_job"}:  # `back to the job: ...`
            job = next((one for one in self.told if one.job_ids), None)
            self.previous, self.earlier = ("job_failure", job) if job else (self.previous, self.earlier)
        topic = continued(self.previous, self.found, self.about, known)
        if topic == "statistics":
            self._narrow()
        if topic == "site_health" and known & {"failures_noun", "breakdown"} and "health" not in known:
            topic, entities.object = "statistics", "errors"  # `what are the main errors there?`
        self.topic, self.wish = topic, other(self.wish, entities, known, topic)
        carry_over(entities, self.earlier, self.previous, topic)
        if topic == "statistics" and "breakdown" in known and not self.focus and entities.object != "pilots":
            self.focus = "ranked"
        if topic == "queue_metadata" and "sorts" in known and known & {"fail", "failures_noun"}:
            self.topic, self.focus, entities.object = "statistics", "ranked", "errors"  # queues have no such setting
        if topic == "statistics" and self.before and not self.focus:
            self._keep_what_is_looked_at(self.before)
        self.here = self.before is not None and self.before.here

    def _narrow(self) -> None:
        """`Only those of the pilot` are errors still; `leave out BNL` is answered by place, as nothing can be left out."""
        known, entities = self.known, self.entities
        if "leaves_out" in known:
            if entities.site or entities.queue or entities.cloud:
                self.focus = "ranked"
            entities.site = entities.queue = entities.cloud = entities.component = entities.object = None
        elif "narrows" in known and self.earlier.object == "errors" and entities.component:
            entities.object = "errors"

    def _keep_what_is_looked_at(self, before: Before) -> None:
        """`And yesterday?`, `sort them by failures` ask of rates, ranks and pages what was asked of them before."""
        another = self.wish in ("other_window", "other_site") or "sorts" in self.known
        wishes = OF_THE_SAME  # of the numbers that were given, not of new ones
        if (before.focus == "page" and self.wish not in wishes) or (
            another and before.focus in ("rates", "ranked", "arriving")
        ):
            self.focus, self.aspect, self.choices = before.focus, before.aspect, before.choices

    def _keep_the_subject(self) -> None:
        """What a question of its own still leaves to the conversation: which job, which file, which component."""
        entities, earlier = self.entities, self.earlier
        if self.conversation and self.intent in OF_A_JOB | OF_A_TASK | {"action_request"}:
            if "nth" in self.known and self.before and not self.has_ids:
                entities.job_ids = self.before.one_meant(self.question)
            if self.intent == "action_request" and "n_task" in self.known and not earlier.task_ids:
                # `then retry the task`, after one of its jobs
                task = next((one for one in self.told if one.task_ids), None)
                earlier = task.model_copy(update={"job_ids": []}) if task else earlier
            if entities.action == "set_queue_status" and not (entities.site or entities.queue):
                place = next((one for one in self.told if one.site or one.queue), earlier)
                entities.site, entities.queue = place.site, place.queue  # `take it offline`
            carry_ids(entities, earlier, self.intent)
        elif self.intent == self.previous == "log_request" and entities.file is None:
            # `not that one, the one of the pilot`; `grep error in it`
            entities.file = "pilotlog.txt" if entities.component == "pilot" else earlier.file
        elif self.intent == self.previous == "error_code_lookup" and entities.component is None:
            entities.component = earlier.component  # `and 1150?`
        spoken = self.before.code if self.before else None
        again = self.intent == self.previous == "error_code_lookup"
        if again and entities.error_code is None and spoken and entities.component:
            entities.error_code = spoken[1]  # `no, the one of the transform`
        if self.intent == "error_code_lookup" and "that_code" in self.known and entities.error_code is None and spoken:
            entities.component, entities.error_code = spoken

    def _fill_in(self) -> None:
        """The page's or the conversation's job, task or queue, where the question is about one and names none."""
        page, known, entities = self.page, self.known, self.entities
        about = self.topic or self.intent
        if about in ("statistics", "error_code_lookup"):
            error_meant(self.found, known, self.before, self.catalogue)
        beside_the_pages(entities, page, about, known)
        if self.intent != "followup":
            self.here = self.here or _of_the_page(about, self.found, page)
        if about == "statistics" and "fails_most" in known:
            entities.object, entities.status = "errors", None
        if about == "task_summary" and "will_finish" in known:
            entities.window = None  # `today` is when it should be over, and no window of jobs
        if about == "task_summary" and known & {"lingers", "task_waits"}:
            entities.window = None  # `pending for 3 days` is how long it has been so, and no window of jobs
        from_page(self.found, self.about, about, known)
        if self.conversation and about in OF_A_JOB and not entities.job_ids and not page.pandaid:
            entities.job_ids = one_of(self.subject.job_ids, self.question) or list(self.subject.job_ids)
        if about in OF_A_TASK and "its_task" in known and not self.has_ids:
            entities.job_ids = [page.pandaid] if page.pandaid else self.subject.job_ids[:1]  # its record names the task
        of_jobs = about in ("job_failure", "job_status") and len(entities.job_ids) > 1
        if (of_jobs or are_tasks(about, entities)) and not self.focus and self.wish not in _OF_ITS_WORDS:
            self.focus = "several"

    def _made(self) -> Route:
        before = self.before
        language = (
            self.request.language
            or language_wanted(self.question)
            or language_of(self.question, before.language if before else "en")
        )
        follows = self.intent == "followup"
        asked = _asked(self.question, before, self.wish, self.topic) if follows else self.question
        steps = (*(before.steps if before else ()), self.question) if follows else ()
        return Route(
            intent=self.intent, entities=self.entities, language=language[:2].lower(), wish=self.wish, topic=self.topic,
            wants_logs=_logs_named(self.question, self.found), error_names=tuple(self.found.error_names), focus=self.focus,
            aspect=self.aspect, choices=self.choices, here=self.here and (shows_many(self.page) or shows_tasks(self.page)),
            asked=asked, steps=steps, open=self.leaves,
        )  # fmt: skip


def _of_the_page(about: Intent, found: Found, page: PageContext) -> bool:
    """Whether numbers are asked for without a word of whose or where: those of the jobs that the page shows."""
    named = found.entities
    elsewhere = named.site or named.queue or named.cloud or named.user or named.task_ids or named.job_ids
    return about == "statistics" and shows_many(page) and not elsewhere


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


def _logs_named(question: str, found: Found) -> tuple[str, ...]:
    """Log files that the question itself calls for: `the payload` means both of its streams."""
    names = [found.entities.file] if found.entities.file else []
    if "payload" in question.lower():
        names += ["payload.stdout", "payload.stderr"]
    return tuple(dict.fromkeys(names))


def _asked(question: str, before: Before | None, wish: Wish, topic: Intent | None) -> str:
    """The question that a follow-up goes on from; the follow-up itself where none is known, or where it asks for a person.

    What documents say on `and with a container?` is asked with the question before it.
    """
    if wish == "whom":
        return _REPORTING
    if before is None or not before.asked:
        return question
    return f"{before.asked.rstrip(' ?!.')} {question}" if topic == "documentation" and wish == "more" else before.asked
