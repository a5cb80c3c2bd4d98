"""The pipeline put together: a question in, events out."""

import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from haystack import Pipeline

from askpanda.catalogue import Catalogue
from askpanda.database import Database
from askpanda.diagnosis import diagnose, read_rules, warm_up
from askpanda.models import Registry
from askpanda.pipeline import options
from askpanda.pipeline.checker import Checker
from askpanda.pipeline.checking import claims
from askpanda.pipeline.composer import Composer
from askpanda.pipeline.diagnoser import Diagnoser
from askpanda.pipeline.gatherer import Gatherer
from askpanda.pipeline.links import Links
from askpanda.pipeline.memory import Memory
from askpanda.pipeline.retriever import Retriever, Search
from askpanda.pipeline.reworder import Reworder
from askpanda.pipeline.router import Router
from askpanda.pipeline.routing import rules as routing_rules
from askpanda.pipeline.turn import Turn
from askpanda.pipeline.wording.render import LISTS, NAMES, markdown, with_section
from askpanda.schema.answer import Answer, Citation, Diagnosis, Sections
from askpanda.schema.events import Event
from askpanda.schema.evidence import JobEvidence, LogFile
from askpanda.settings import Settings
from askpanda.stores import gaps
from askpanda.stores.query import thesaurus

#: The components that need the turn itself.
_STEPS = ("router", "gatherer", "diagnoser", "retriever", "composer")


def prepare() -> None:
    """Reads every rule once, for all processes that are forked from this one. Starts no thread, opens nothing."""
    routing_rules.warm_up()
    claims.warm_up()
    options.warm_up()
    read_rules()
    thesaurus()


class Assistant:
    """Answers turns. One pipeline serves all of them, at the same time: what belongs to a turn is only in what is passed on.

    >>> async def show(assistant: Assistant, turn: Turn) -> None:
    ...     async for event in assistant.answer(turn):
    ...         print(event.name, event.data)
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        store: Search,
        registry: Registry,
        database: Database | None = None,
    ) -> None:
        """`database` holds what is remembered across jobs and readers; without one nothing is."""
        self._settings = settings
        self._registry = registry
        self._store = store
        self._catalogue = catalogue
        pipeline = Pipeline()
        topics = settings.of_experiment.topics
        pipeline.add_component("router", Router(catalogue, registry, masked=settings.egress == "remote", topics=topics))
        pipeline.add_component("gatherer", Gatherer(settings, catalogue))
        pipeline.add_component("diagnoser", Diagnoser(catalogue, Memory(database, settings) if database is not None else None))
        pipeline.add_component("retriever", Retriever(store, catalogue, partial(gaps.note, settings), Links(settings)))
        pipeline.add_component("composer", Composer(settings, catalogue, registry, database))
        pipeline.add_component("checker", Checker())
        pipeline.connect("router.route", "gatherer.route")
        for receiver in ("diagnoser", "retriever", "composer"):
            pipeline.connect("gatherer.route", f"{receiver}.route")
            pipeline.connect("gatherer.gathered", f"{receiver}.gathered")
        for receiver in ("retriever", "composer"):
            pipeline.connect("diagnoser.finding", f"{receiver}.finding")
        pipeline.connect("retriever.sources", "composer.sources")
        pipeline.connect("composer.draft", "checker.draft")
        self.pipeline = pipeline
        again = Pipeline()
        again.add_component("reworder", Reworder(settings, registry, database))
        again.add_component("checker", Checker())
        again.connect("reworder.draft", "checker.draft")
        self.again = again

    def warm_up(self) -> None:
        """Makes the first question as fast as the next ones: rules and log patterns compiled, index opened."""
        self.pipeline.warm_up()
        self.again.warm_up()
        with suppress(Exception):  # a store that is away now may be there when it is asked
            self._store.search("panda", 1)
        self._registry.warm_up()
        warm_up()  # last: it takes longest, and questions go on meanwhile
        diagnose(JobEvidence(job={"jobstatus": "failed"}, logs=[LogFile("payload.stdout", data=b"\n")]), self._catalogue)

    def answer(self, turn: Turn) -> AsyncIterator[Event]:
        """The events of one answer: start, route, diagnosis, sources, tokens, done.

        Raises UnknownModel at once, before any event. Closing the iterator (or cancelling who reads it) ends the model's
        call.
        """
        model = turn.request.model or self._registry.default
        if model != "none":
            self._registry.get(model)
        return self._events(turn, model)

    async def _events(self, turn: Turn, model: str) -> AsyncIterator[Event]:
        yield Event("start", {"conversation_id": turn.conversation_id, "message_id": turn.message_id, "model": model})
        with ExitStack() as held:
            if self._settings.monitor_url:
                turn = replace(turn, scratch=Path(held.enter_context(tempfile.TemporaryDirectory(prefix="askpanda-"))))
            steps = _STEPS if turn.kept is None else ("reworder",)
            pipeline = self.pipeline if turn.kept is None else self.again
            stream = pipeline.stream({name: {"turn": turn} for name in steps})
            try:
                async for chunk in stream:
                    yield chunk.meta["event"]
            finally:
                await stream.aclose()
            answer: Answer = stream.result["checker"]["answer"]
            aside = stream.result["checker"]["aside"]
        if any(aside.values()):
            yield Event("aside", aside)
        yield Event("done", answer.wire())


def interrupted(events: Iterable[Event]) -> Answer:
    """The answer that the events so far make, with status `interrupted`: what had reached the reader, and nothing else."""
    fields: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for event in events:
        if event.name == "done":
            return Answer.model_validate(event.data)
        if event.name == "start":
            fields.update(conversation_id=event.data.get("conversation_id", ""), message_id=event.data.get("message_id", ""))
        elif event.name == "route":
            fields.update(intent=event.data["intent"], entities=event.data.get("entities", {}))
        elif event.name == "diagnosis" and event.data:
            fields["diagnosis"] = Diagnosis.model_validate(event.data)
        elif event.name == "sources":
            fields["citations"] = [Citation.model_validate(citation) for citation in event.data]
        elif event.name == "token":
            texts[event.data["section"]] = texts.get(event.data["section"], "") + event.data["text"]
    sections = Sections()
    for name in NAMES:
        if texts.get(name):
            value: str | list[str] = texts[name].strip()
            if name in LISTS:
                value = [item for item in texts[name].removeprefix("- ").rstrip("\n").split("\n- ") if item]
            sections = with_section(sections, name, value)
    return Answer(status="interrupted", sections=sections, text=markdown(sections), **fields)
