"""One answer on its way from the pipeline to the database and its reader."""

import logging
import queue
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from askpanda.api import metrics
from askpanda.api.wire import dumps
from askpanda.database import answers, health
from askpanda.database.answers import Stored
from askpanda.errors import AskPandaError, NotFound
from askpanda.pipeline.gist import gist
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import Answer, Usage
from askpanda.schema.events import Event

if TYPE_CHECKING:
    from askpanda.api.running import Runner

log = logging.getLogger("askpanda.run")

#: The longest that the request's thread sleeps: how soon a stop, a closed connection or a deadline is noticed.
TICK_SECONDS = 0.25
#: How long a reader who left may take to come back, on any worker.
GRACE_SECONDS = 2.0
#: A follower's sign is this old at most while it is there.
FOLLOW_LAG_SECONDS = 0.7
#: A pipeline that was told to end and does not within this time is left to itself.
END_SECONDS = 5.0

STOPPED = "The answer was stopped before it was complete."
LEFT = "The answer was interrupted because its reader left."
TOO_LONG = "The answer took too long and was interrupted: ask again, or ask with model none."
ENDING = "The server was stopped while the answer was made: ask again."
DELETED = "The conversation was deleted while the answer was made."
BROKEN = "The answer could not be completed because of an error in Ask PanDA: ask again; askpanda.log has the details."
NOT_SAVED = "This answer could not be saved: it will be missing from the conversation."


class Run:
    """Read by exactly one thread, through `batches`. `stop_wanted`, `gone` and `followed_at` are the keeper's to set."""

    def __init__(self, runner: "Runner", turn: Turn, source: "queue.SimpleQueue[Any]", deadline: float) -> None:
        self.turn = turn
        self.future: Future[None] | None = None
        self.stop_wanted = False
        self.gone = False
        self.followed_at = 0.0
        self.answer = ""  # the Answer as JSON text, once it is over
        self.over = False
        self._runner = runner
        self._source = source
        self._deadline = deadline
        self._events: list[Event] = []
        self._number = 0
        self._unsaved: list[Stored] = []
        self._aside: dict[str, Any] = {}
        self._why = ""  # why it was interrupted
        self._cancelled_at = 0.0
        self._began = time.monotonic()

    def batches(self, present: Callable[[], bool]) -> Iterator[list[Stored]]:
        """Events in order, each kept before it is given; an empty list where nothing is new for a while.

        `present` says whether the reader is still there. After it left (or this iterator is closed) the answer goes on
        for as long as somebody follows it by its events, else it ends within `GRACE_SECONDS`.
        """
        try:
            while not self.over:
                stored = self._advance()
                if not present():
                    self._go_on_alone()
                    return
                yield stored
        except GeneratorExit:
            self._go_on_alone()
            raise
        finally:
            self._runner.forget(self)

    def _go_on_alone(self) -> None:
        left = time.time()
        while not self.over:
            self._advance()
            if not self._why and not self._awaited(left):
                self._interrupt(LEFT)

    def _awaited(self, left: float) -> bool:
        now = time.time()
        if now < max(left + GRACE_SECONDS, self.followed_at + GRACE_SECONDS + FOLLOW_LAG_SECONDS):
            return True
        try:  # the keeper's news may be a moment old: look once more before it ends
            signs = answers.signs(self._runner.database, [self.turn.message_id])
        except AskPandaError:
            return False
        _, self.followed_at = signs.get(self.turn.message_id, (True, 0.0))
        return now < self.followed_at + GRACE_SECONDS + FOLLOW_LAG_SECONDS

    def _interrupt(self, why: str) -> None:
        self._why = why
        self._cancelled_at = time.monotonic()
        if self.future is not None:
            self.future.cancel()

    def _advance(self) -> list[Stored]:
        """Wait a moment for events and keep them."""
        if not self._why:
            self._look_around()
        events, ended, error = self._take()
        self._aside = next((event.data for event in events if event.name == "aside"), self._aside)
        events = [event for event in events if event.name != "aside"]
        done = next((event for event in events if event.name == "done"), None)
        for event in events:
            self._remember(event)
        stored = [self._stored(event.name, event.data) for event in events if event.name != "done"]
        if done is not None:
            try:
                return self._finish(stored, Answer.model_validate(done.data))
            except ValidationError as broken:
                return self._break_off(stored, broken)
        if ended or (self._why and time.monotonic() > self._cancelled_at + END_SECONDS):
            return self._break_off(stored, error)
        self._keep(stored)
        return stored

    def _remember(self, event: Event) -> None:
        """What `interrupted` would need; tokens of one section as one, for two hundred answers run here at once."""
        last = self._events[-1] if self._events else None
        if event.name == "token" and last and last.name == "token" and last.data["section"] == event.data["section"]:
            self._events[-1] = Event("token", {**event.data, "text": last.data["text"] + event.data["text"]})
        elif event.name != "done":
            self._events.append(event)

    def _look_around(self) -> None:
        drained = self._runner.draining_until
        now = time.monotonic()
        if self.stop_wanted:
            self._interrupt(STOPPED)
        elif self.gone:
            self._interrupt(DELETED)
        elif drained is not None and now > drained:
            self._interrupt(ENDING)
        elif now > self._deadline:
            self._interrupt(TOO_LONG)

    def _take(self) -> tuple[list[Event], bool, Exception | None]:
        """(events that are there, has the pipeline ended?, what broke it)."""
        events: list[Event] = []
        try:
            item = self._source.get(timeout=TICK_SECONDS)
            while isinstance(item, Event):
                events.append(item)
                item = self._source.get_nowait()
        except queue.Empty:
            return events, False, None
        return events, True, item

    def _stored(self, name: str, data: Any) -> Stored:
        self._number += 1
        return Stored(self._number, name, dumps(data))

    def _keep(self, stored: list[Stored]) -> None:
        if not stored:
            return
        if self._unsaved:  # one failure is enough: the rest is tried again with the answer's end
            self._unsaved += stored
            return
        try:
            self._runner.journal.write(self.turn.message_id, stored)
        except NotFound:
            self.gone = True
        except AskPandaError as error:
            log.warning("events of an answer could not be saved: %s", error.message)
            self._unsaved += stored

    def _break_off(self, stored: list[Stored], error: Exception | None) -> list[Stored]:
        """The pipeline ended without an Answer: it was interrupted, or it broke."""
        answer = self._runner.interrupted(self._events)
        if error is not None:
            log.error("the pipeline broke", exc_info=error)
        if not self._why:
            answer = answer.model_copy(update={"status": "failed"})
            problem = {"code": "internal_error", "message": BROKEN, "retryable": True, "retry_after": None}
            stored = [*stored, self._stored("error", problem)]
        answer = answer.model_copy(update={"usage": Usage(calls=list(self.turn.purse.calls))})  # what it cost until then
        why = self._why or BROKEN
        return self._finish(stored, answer.model_copy(update={"warnings": [*answer.warnings, why]}))

    def _finish(self, stored: list[Stored], answer: Answer) -> list[Stored]:
        """Keep the end of the answer; where that fails the reader still gets it, and is told."""
        turn = self.turn
        answer = answer.model_copy(update={"conversation_id": turn.conversation_id, "message_id": turn.message_id})
        if turn.round >= 2 and answer.status == "needs":  # nobody is asked a third time
            answer = answer.model_copy(update={"status": "answered", "requests": []})
        last = [*stored, self._stored("done", answer.wire())]
        try:
            kept = self._aside.get("kept")
            answers.finish(
                self._runner.database,
                turn.owner,
                turn.message_id,
                [*self._unsaved, *last],
                answer.status,
                answer.usage.calls,
                kept=kept.model_dump_json() if kept is not None and turn.kept is None else "",
                said=f"{turn.question}\n{answer.text}",
                gist=gist(answer) if turn.kept is None else "",
            )
        except AskPandaError as error:
            log.warning("an answer could not be saved: %s", error.message)
            answer = answer.model_copy(update={"warnings": [*answer.warnings, NOT_SAVED]})
            last[-1] = Stored(last[-1].number, "done", dumps(answer.wire()))
        if self._aside.get("outcome"):
            with suppress(AskPandaError):  # a failure that is not counted costs the next reader some patience, no more
                health.note(self._runner.database, self._aside["outcome"])
        self.answer = last[-1].data
        self.over = True
        metrics.answered(answer, time.monotonic() - self._began)
        return last
