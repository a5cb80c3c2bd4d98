"""Answers being made in this worker.

One asyncio loop per worker, on a thread of its own, runs the pipeline; the thread of the request takes the events from
it, keeps them in the database and only then hands them on. Nothing else of an answer lives here: another worker reads the
same rows, and a keeper thread gives the rows a sign of life and brings back who wants an answer stopped.
"""

import asyncio
import logging
import queue
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from askpanda.api.run import Run
from askpanda.database import Database, answers, budgets, conversations, limits, uploads, verdicts, wordings
from askpanda.database.journal import Journal
from askpanda.errors import AskPandaError
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import Answer
from askpanda.schema.ask import AskRequest
from askpanda.schema.events import Event
from askpanda.settings import Settings
from askpanda.stores import gaps

log = logging.getLogger("askpanda.running")

#: How often the keeper looks for stop requests, and tells that somebody follows an answer.
LOOK_SECONDS = 0.2
FOLLOW_SECONDS = 0.5
SWEEP_SECONDS = 60.0
DAY_SECONDS = 86400.0

#: What an answer may take beyond the time that its model has: a 200 MB log to read, a slow monitor.
WORK_SECONDS = 60.0


class Runner:
    """The answers of one worker. Threads start with the first use, which is after the fork."""

    def __init__(self, database: Database, settings: Settings, interrupted: Callable[[list[Event]], Answer]) -> None:
        self.database = database
        self.settings = settings
        self.interrupted = interrupted  # makes an Answer of the events that there are
        self.journal = Journal(database)
        self.draining_until: float | None = None  # monotonic; set when the worker is told to end
        self._scratches = settings.state_dir / "scratch"
        self._runs: dict[str, Run] = {}
        self._followed: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = threading.Event()

    @property
    def running(self) -> int:
        return len(self._runs)

    def start(self, assistant: Any, turn: Turn) -> Run:
        """Begin the answer of a turn that is already saved; the caller reads it by `Run.batches`."""
        turn = replace(turn, scratch=self._scratch(turn))
        events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        run = Run(self, turn, events, time.monotonic() + self.settings.model_timeout + WORK_SECONDS)
        with self._lock:
            self._runs[turn.message_id] = run
        run.future = self._submit(_drive(assistant, turn, events.put))
        return run

    def forget(self, run: Run) -> None:
        with self._lock:
            self._runs.pop(run.turn.message_id, None)
        if run.turn.scratch is not None:
            shutil.rmtree(run.turn.scratch, ignore_errors=True)

    def _scratch(self, turn: Turn) -> Path | None:
        """A folder for the logs that a backend with a monitor of its own fetches for one answer."""
        if not self.settings.monitor_url:
            return None
        folder = self._scratches / turn.message_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @contextmanager
    def following(self, message_id: str) -> Iterator[None]:
        """While a reader follows an answer by its events, whoever runs it knows that it is not alone."""
        with suppress(AskPandaError):
            answers.seen(self.database, [message_id])
        with self._lock:
            self._followed[message_id] += 1
        self._started()
        try:
            yield
        finally:
            with self._lock:
                self._followed[message_id] -= 1
                if self._followed[message_id] <= 0:
                    del self._followed[message_id]

    def drain(self, seconds: float) -> None:
        """The worker ends soon: answers that are not done by then are kept as interrupted."""
        self.draining_until = time.monotonic() + seconds

    def close(self) -> None:
        self._ending.set()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _submit(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(work, self._started())

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="answers", daemon=True).start()
                threading.Thread(target=self._keep, name="keeper", daemon=True).start()
            return self._loop

    def rehearse(self, assistant: Any) -> None:
        """Run one question that nobody asked: rules and patterns that are read at their first use are read now."""
        turn = Turn(AskRequest(question="What is PanDA?", model="none"))
        self._submit(_drive(assistant, turn, lambda _: None)).result(WORK_SECONDS)
        if hasattr(assistant, "warm_up"):
            assistant.warm_up()

    def start_keeping(self) -> None:
        """Start the threads before the first question: a fresh worker ends what a killed one left behind."""
        self._started()

    def _keep(self) -> None:
        due = {self._look: 0.0, self._beat: 0.0, self._follow: 0.0, self._sweep: 0.0}
        every = {
            self._look: LOOK_SECONDS,
            self._beat: answers.BEAT_SECONDS,
            self._follow: FOLLOW_SECONDS,
            self._sweep: SWEEP_SECONDS,
        }
        while not self._ending.wait(LOOK_SECONDS):
            for duty, at in due.items():
                if time.monotonic() >= at:
                    due[duty] = time.monotonic() + every[duty]
                    try:
                        duty()
                    except AskPandaError as error:  # the database is away; the next round may find it again
                        log.warning("keeper: %s", error.message)
                    except Exception:
                        log.exception("keeper")

    def _look(self) -> None:
        runs = dict(self._runs)
        signs = answers.signs(self.database, runs.keys())
        for message_id, run in runs.items():
            if message_id in signs:
                run.stop_wanted, run.followed_at = signs[message_id]
            else:
                run.gone = True

    def _beat(self) -> None:
        answers.beat(self.database, list(self._runs))

    def _follow(self) -> None:
        with self._lock:
            followed = list(self._followed)
        answers.seen(self.database, followed)

    def _sweep(self) -> None:
        from askpanda.api.following import end_abandoned

        uploads.remove_expired(self.database)
        conversations.remove_older(self.database, self.settings.conversation_keep_days)
        verdicts.remove_older(self.database, self.settings.verdict_keep_days)
        wordings.remove_older(self.database, self.settings.wording_keep_days)
        gaps.remove_older(self.settings, self.settings.conversation_keep_days)
        limits.remove_expired(self.database)
        budgets.book_expired(self.database)
        for folder in self._scratches.glob("*"):  # those of workers that were killed
            if folder.stat().st_mtime < time.time() - DAY_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        answers.forget_requests(self.database, self.settings.upload_keep_minutes)
        for owner, message_id in answers.abandoned(self.database):
            end_abandoned(self, owner, message_id)


async def _drive(assistant: Any, turn: Turn, put: Callable[[Any], None]) -> None:
    """Run the pipeline and put its events, then the end: None, or the exception that broke it."""
    end: Exception | None = None
    events: Any = None
    try:
        events = assistant.answer(turn)
        async for event in events:
            put(event)
            if isinstance(event, Event) and event.name == "done":
                break
    except Exception as error:
        end = error
    finally:
        try:
            if hasattr(events, "aclose"):
                await events.aclose()  # ends the model's call now rather than at the next garbage collection
        finally:
            put(end)
