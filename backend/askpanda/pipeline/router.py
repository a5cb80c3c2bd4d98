"""Routing: what the question is about. The first component of the pipeline.

Rules decide; a model, where there is one, is asked for a word only about what they leave open.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from haystack import component
from haystack.dataclasses import StreamingCallbackT

from askpanda.models import Registry
from askpanda.pipeline.emitting import Clock, Stage, emit
from askpanda.pipeline.parcels import Open, Route
from askpanda.pipeline.routing.asking import ask
from askpanda.pipeline.routing.conversation import Before, entities_of, examples_in, exchanges, heard, topic_of
from askpanda.pipeline.routing.reading import Asking, ErrorNames, Reading
from askpanda.pipeline.routing.rules import warm_up
from askpanda.pipeline.routing.text import fold
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import ASIDES, Intent
from askpanda.schema.ask import AskRequest
from askpanda.schema.events import Event


def route(turn: Turn, catalogue: ErrorNames, chosen: Intent | None = None, topics: "re.Pattern[str] | None" = None) -> Route:
    """The route of a turn. `chosen` is a model's choice, and counts where the rules leave the intent open.

    `topics` finds the experiment's own words in folded text.
    """
    before = _before(turn, catalogue, topics)
    asking = Asking(turn.question, turn.request, turn.continues_conversation, before)
    return Reading(asking, catalogue, topics).route(chosen)


def _before(turn: Turn, catalogue: ErrorNames, topics: "re.Pattern[str] | None") -> Before | None:
    """What was said before: the last answer's intent and entities, else those of the history's questions, read in turn."""
    told = _replayed(turn, catalogue, topics)
    if turn.previous is None:
        return told
    last = entities_of(turn.previous.entities)
    spoken = tuple(entities_of(spoken) for spoken in reversed(turn.spoken_of)) or (last, *(told.told[1:] if told else ()))
    before = replace(told or Before("documentation"), intent=topic_of(turn.previous, told), entities=last, told=spoken)
    failed = tuple(job for about in turn.explained for job in about) or before.failed
    before = replace(before, examples=examples_in(turn.basis or turn.previous), failed=failed)
    found = turn.previous.diagnosis
    return replace(before, code=(found.component, found.code)) if found else before


def _replayed(turn: Turn, catalogue: ErrorNames, topics: "re.Pattern[str] | None") -> Before | None:
    """The questions of the history routed one after the other, so that each `and yesterday?` has what it went on from."""
    before: Before | None = None
    conversation = False
    for question, answer in exchanges(turn.history):
        if question.strip():
            found = Reading(Asking(question, turn.request, conversation, before), catalogue, topics).route(None)
            if found.intent not in ASIDES:
                whole = before.asked if found.intent == "followup" and before else question
                entities = heard(found.about, found.entities, answer)
                before = (before or Before("documentation")).then(found, entities, whole)
        conversation = conversation or bool(answer)
    return before


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
