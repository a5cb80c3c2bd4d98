"""The floors below, opened when they are first needed: clients belong to the worker that uses them, never to its parent."""

import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import Answer
from askpanda.schema.events import Event
from askpanda.settings import Settings


class Answers(Protocol):
    """What the API asks of the pipeline: the events of one answer, the last one `done`."""

    def answer(self, turn: Turn) -> AsyncIterator[Event]: ...


class Rooms:
    """Catalogue, store, models and the assistant that stands on them. `database` is handed in where answers are to be
    remembered. Tests hand in rooms of their own."""

    def __init__(self, settings: Settings, **given: Any) -> None:
        self.settings = settings
        self._lock = threading.RLock()  # one for all: they need each other
        self._open = {name: room for name, room in given.items() if room is not None}

    def _room(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._open:
            with self._lock:
                if name not in self._open:
                    self._open[name] = make()
        return self._open[name]

    @property
    def catalogue(self) -> Any:
        from askpanda.catalogue import load

        return self._room("catalogue", load)

    @property
    def store(self) -> Any:
        from askpanda.stores import open_store

        return self._room("store", lambda: open_store(self.settings))

    @property
    def registry(self) -> Any:
        from askpanda.models import Registry

        return self._room("registry", lambda: Registry(self.settings))

    def interrupted(self, events: list[Event]) -> Answer:
        """The Answer that the events so far make, with status `interrupted`."""

        def make() -> Any:
            from askpanda.pipeline.assistant import interrupted

            return interrupted

        answer: Answer = self._room("interrupted", make)(events)
        return answer

    @property
    def assistant(self) -> Answers:
        def make() -> Answers:
            from askpanda.pipeline.assistant import Assistant

            return Assistant(self.settings, self.catalogue, self.store, self.registry, self._open.get("database"))

        room: Answers = self._room("assistant", make)
        return room
