"""What the components hand to each other. All frozen: one pipeline serves every turn, and state lives only here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from askpanda.catalogue import Catalogue
from askpanda.database.verdicts import Seen
from askpanda.diagnosis.clusters import Cluster
from askpanda.diagnosis.types import Verdict
from askpanda.evidence.queues import Queues
from askpanda.experiments import Experiment, load
from askpanda.pipeline.kept import Kept
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import (
    Answer,
    Block,
    Citation,
    Diagnosis,
    Entities,
    FollowUp,
    Intent,
    ModelCall,
    ResourceRequest,
    Sections,
)  # fmt: skip
from askpanda.schema.ask import PageContext
from askpanda.schema.evidence import JobEvidence
from askpanda.stores.base import Hit

#: What a follow-up wants of the answer before; `other_one` is another of several where only one is known.
Wish = Literal[
    "", "sure", "whom", "retry", "counts", "which_line", "better", "what_to_do", "why", "example", "known",
    "other_id", "other_window", "other_site", "other_one", "more", "detail", "unhappy",
]  # fmt: skip
#: What a question looks at beside its intent (rules/focus.yaml); `several` is more than one job or task,
#: `arriving` whether pilots get through.
Focus = Literal[
    "", "attempts", "jobset", "service", "losses", "ranked", "rates", "several", "tasks", "page", "sibling", "arriving",
]  # fmt: skip
#: What is asked of the jobs that a page shows, or that were counted before (rules/page.yaml); `advice` is a wish about them.
#: `which` are those of a kind or state (rules/choices.yaml).
Aspect = Literal["", "summary", "groups", "by", "first", "trend", "mine", "advice", "which"]
#: Those that look at other jobs around one job.
OF_ITS_JOB: tuple[Focus, ...] = ("attempts", "jobset", "sibling")

#: Intents whose answers are the monitor's numbers, and have no verdict.
NUMBERS = frozenset({"task_summary", "task_failures", "statistics", "site_health"})
#: What a follow-up can want of numbers, or of documents, that were given already.
OF_THE_SAME = frozenset({"sure", "whom", "retry", "counts", "which_line", "better", "detail", "what_to_do", "why"})


class Parcel:
    """Base: never copied by the pipeline (Haystack deep-copies inputs; these never change once made)."""

    def __deepcopy__(self, memo: object) -> "Parcel":
        return self


@dataclass(frozen=True)
class Surroundings(Parcel):
    """What stands around a question: the page it was asked on, and the conversation before it."""

    page: PageContext
    previous: Intent | None = None
    of_task: bool = False  # what was spoken of belongs to a task: its record, its failures, or its jobs in numbers
    code: bool = False  # an error code was spoken of
    conversation: bool = False
    on_topic: bool = False  # it has a word of the experiment's own


#: (field of a list, the values that are wanted), which may hold `*`; `>1` is a number above it.
Fields = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Choice(Parcel):
    """What some of many are chosen by: the field of jobs or tasks and its values; `said` are the words for them."""

    said: str
    job: Fields = ()
    task: Fields = ()
    any_value: str = ""  # a value that some field of the list may have, where no field is known for it
    is_state: bool = False


@dataclass(frozen=True)
class Open(Parcel):
    """What is known around a question whose intent the rules leave open."""

    around: Surroundings
    entities: Entities


@dataclass(frozen=True)
class Route(Parcel):
    """Where a question goes. `wish` is what a follow-up asks for; `language` is one of en, fr, de, es, or ""."""

    intent: Intent
    entities: Entities
    language: str = "en"
    wish: Wish = ""
    topic: Intent | None = None  # for a follow-up: the intent that it continues
    wants_logs: tuple[str, ...] = ()  # files the question itself speaks of
    error_names: tuple[str, ...] = ()  # names such as LOOPINGJOB found in the question
    focus: Focus = ""
    aspect: Aspect = ""
    here: bool = False  # the filters of the page hold for what is counted
    choices: tuple[Choice, ...] = ()  # of the aspect `which`: all of them hold
    open: Open | None = None  # where little spoke for the intent: what a model may be told of it
    calls: tuple[ModelCall, ...] = ()  # the model's, if one was asked
    asked: str = ""  # the question that is answered: for a follow-up, the last one that was none
    steps: tuple[str, ...] = ()  # the follow-ups since that one, this one the last
    ms: float = 0.0  # own time of the step, as in the parcels below

    @property
    def about(self) -> Intent:
        """What the answer is about: the continued intent for a follow-up."""
        return self.topic or self.intent


@dataclass(frozen=True)
class Fact(Parcel):
    """One fact of a record, `value` ready to show with its unit: `attempt`, `4 of 4`."""

    label: str
    value: str


@dataclass(frozen=True)
class Gathered(Parcel):
    """What is known of what was asked about, and what else would help."""

    job: JobEvidence | None = None
    task: dict[str, Any] | None = None
    pages: dict[str, Any] = field(default_factory=dict)  # path → parsed JSON of other resources
    jobs: tuple[JobEvidence, ...] = ()  # several jobs that were asked about, or a job's other attempts, oldest first
    groups: tuple[Cluster, ...] = ()  # failed jobs of a task or page, largest first; `jobs` has an example of some
    queues: Queues | None = None  # the settings of all queues
    requests: tuple[ResourceRequest, ...] = ()
    reuses: bool = False  # a follow-up goes on from the conversation's verdict, which saw more than this turn brought
    notes: tuple[str, ...] = ()  # what could not be had, each a sentence
    facts: tuple[Fact, ...] = ()  # the job's record, what people ask first
    as_of: str = ""
    monitor: str = ""
    viewer: str = ""  # who asks, as jobs name their owner; "" where the page does not say
    ms: float = 0.0


@dataclass(frozen=True)
class Finding(Parcel):
    """The verdict."""

    verdict: Verdict | None = None
    reused: Diagnosis | None = None  # the conversation's verdict, where a follow-up goes on from it
    each: tuple[Verdict | None, ...] = ()  # one for each of `Gathered.jobs`
    seen: Seen | None = None  # how often the verdict was seen, where that is more than this job
    ms: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether this is one job's failure."""
        diagnosis = self.verdict.diagnosis if self.verdict else self.reused
        return diagnosis is not None and diagnosis.outcome == "failed"


@dataclass(frozen=True)
class Sources(Parcel):
    """Numbered sources. `hits[i]` is the passage behind the citation with the same place, where it has one."""

    citations: tuple[Citation, ...] = ()
    passages: tuple[tuple[int, Hit], ...] = ()  # (citation number, passage)
    warnings: tuple[str, ...] = ()
    ms: float = 0.0
    calls: tuple[ModelCall, ...] = ()  # what searching by vectors cost


Speak = Callable[[Callable[[str], Awaitable[None]]], Awaitable[ModelCall]]


class Once(Protocol):
    """Words that may be there already: None in place of a call where they were."""

    @property
    def told(self) -> str:
        """That they were, and since when; "" where they were not."""

    async def speak(self, on_text: Callable[[str], Awaitable[None]]) -> ModelCall | None: ...
    async def settle(self, good: bool) -> None: ...


@dataclass(frozen=True)
class Draft(Parcel):
    """A whole answer in our own words, and, where a model is to word it, how to make it speak.

    `speak(on_text)` runs the model; `evidence` is all the text that its words may be taken from.
    """

    answer: Answer
    speak: Speak | None = None
    evidence: str = ""
    restore: Callable[[str], str] | None = None
    tame: Callable[[str], str] = str  # takes links to other places out of what the model says
    model: str = "none"
    once: Once | None = None  # where `speak` looks for words that were made before
    unworded: tuple[str, ...] = ()  # warnings where no word of a model comes
    kept: Kept | None = None  # where models are to be asked at all: what any of them could word the same from


@dataclass(frozen=True)
class Words:
    """Our own wording of one answer, before it becomes an `Answer`."""

    sections: Sections
    blocks: list[Block] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    tails: dict[str, str] = field(default_factory=dict)  # ends of sections that no model words: they change by themselves
    status: Literal["answered", "refused"] = "answered"
    verbatim: bool = False  # a model must not reword this: refusals, greetings, complete lists


@dataclass(frozen=True)
class Brief(Parcel):
    """Everything that a wording may use."""

    turn: Turn
    route: Route
    gathered: Gathered
    finding: Finding
    sources: Sources
    catalogue: Catalogue
    experiment: Experiment = field(default_factory=lambda: load("atlas"))

    def cite(self, kind: str, path: str = "") -> str:
        """` [2]` for the first source of a kind (and path), or nothing where there is none."""
        for citation in self.sources.citations:
            if citation.kind == kind and (not path or citation.path == path):
                return f" [{citation.n}]"
        return ""
