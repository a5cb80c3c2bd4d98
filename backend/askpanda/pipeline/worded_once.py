"""The same question on the same evidence is worded once: a model's words are kept by all that it was asked.

The key is a hash of the model's name and its whole prompt (evidence, documents, error entries, sections, language, what was
said before), with the question's case, spacing and final marks evened out. So whatever changes in the index, the catalogue
or the rules changes the key where it changes the evidence, and only there. Kept words pass the same check as new ones.

Words on a job's failure are kept a second time, without the job's values, for the same owner's next job with the same cause
(`askpanda.pipeline.same_cause`).
"""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from haystack.dataclasses import ChatMessage

from askpanda.database import Database, wordings
from askpanda.errors import AskPandaError, ModelDown, ModelNotAsked
from askpanda.pipeline.parcels import Brief, Speak
from askpanda.pipeline.same_cause import SameCause
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import ModelCall
from askpanda.settings import Settings

log = logging.getLogger(__name__)
T = TypeVar("T")
#: Between two looks for the words that another reader's answer makes (s), and between two signs of who makes them.
LOOK_SECONDS, SIGN_SECONDS = 0.25, 0.5
#: Characters that are handed on at once.
PIECE = 400
#: What all readers may share: words on documents and error codes, asked without anything of one's own.
_SHARED = frozenset({"documentation", "error_code_lookup"})


def evened(question: str) -> str:
    """A question as it is compared: `Why did this fail?` and `why did this  fail` are the same."""
    return " ".join(question.casefold().split()).rstrip(" ?!.")


def key_of(model: str, messages: list[ChatMessage]) -> str:
    """A hash of everything that a model is asked."""
    asked = [(message.role.value, message.text) for message in messages]
    return hashlib.sha256(json.dumps([model, asked]).encode()).hexdigest()


def shared(brief: Brief) -> bool:
    """Whether nothing of one person is in the question: then its words serve every reader, else its owner alone."""
    turn, gathered = brief.turn, brief.gathered
    return (
        brief.route.about in _SHARED
        and not turn.continues_conversation
        and not turn.said
        and not turn.request.context.selection
        and brief.route.entities.user is None
        and not (gathered.job or gathered.task or gathered.pages or gathered.jobs)
    )


Worder = Callable[[str, Speak, SameCause | None], "WordedOnce"]


class WordedOnce:
    """One answer's way to its words: `speak` gives them from the store, or makes them; `settle` keeps what was made."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        turn: Turn,
        everybodys: bool,
        key: str,
        make: Speak,
        cause: SameCause | None = None,
        *,
        not_asked: str = "",
    ) -> None:
        """`not_asked` says why no model is to be asked any more: then there are only words that were made before."""
        self._not_asked = not_asked
        self._cause = cause
        self._of_other = False  # the words were first made for another job
        self.made_at = 0.0  # when the words were made, where they come from the store (s since 1970)
        self._database = database
        self._key = key
        self._owner = "" if everybodys else turn.owner
        self._conversation = turn.conversation_id if turn.saved and not everybodys else None
        self._holder = turn.message_id
        self._days = settings.wording_keep_days
        self._patience = settings.model_timeout
        self._make = make
        self._mine = False
        self._text: list[str] = []

    async def speak(self, on_text: Callable[[str], Awaitable[None]]) -> ModelCall | None:
        """Hands the words on as they come. None where no model was asked; raises what the model raises.

        `ModelDown` where somebody else's answer, which was followed, ended before its words did; `ModelNotAsked` where
        there are no words and none may be made.
        """
        end = time.monotonic() + self._patience
        followed, heard = "", 0
        while time.monotonic() < end:
            claim = await self._try(partial(self._claim, make=not (self._not_asked or heard)))
            if claim is None or (heard and (claim.gone or claim.holder != followed)):
                break
            if claim.mine or claim.gone:
                self._mine = claim.mine
                again = await self._told_again()
                if not again:
                    break
                self._text = [again]
                await _in_pieces(again, on_text)
                return None
            followed = claim.holder
            await _in_pieces(claim.text[heard:], on_text)
            heard = max(heard, len(claim.text))
            if claim.done:
                self.made_at = claim.created
                return None
            await asyncio.sleep(LOOK_SECONDS)
        if heard:
            raise ModelDown("The answer that these words were taken from was not finished.")
        if self._not_asked:
            raise ModelNotAsked(self._not_asked)
        return await (self._made(on_text) if self._mine else self._make(on_text))

    def _claim(self, make: bool) -> wordings.Claim:
        return self._claim_of(self._key, make)

    async def _told_again(self) -> str:
        """The words on another job with the same cause, with this one's values; "" where there are none that fit."""
        if self._cause is None:
            return ""
        found = await self._try(partial(self._claim_of, self._cause.key, make=False))
        text = await self._cause.tell(found.text) if found is not None and found.done else ""
        if text and found is not None:
            self._of_other, self.made_at = True, found.created
        return text

    def _keep_for_others(self, text: str) -> None:
        """For the next job with the same cause, where nothing is kept for it yet."""
        if self._cause is None or self._of_other:
            return
        key, general = self._cause.key, self._cause.keep(text)
        if general and self._claim_of(key, make=True).mine:
            wordings.keep(self._database, key, self._holder, general)

    def _claim_of(self, key: str, make: bool) -> wordings.Claim:
        return wordings.claim(
            self._database, key, self._holder, self._owner, self._conversation, keep_days=self._days, make=make
        )

    async def settle(self, good: bool) -> None:
        """The words held before the check, or did not: only good ones are kept."""
        if not self._mine:
            return
        self._mine = False
        text = "".join(self._text)
        if good and text:
            await asyncio.shield(self._try(partial(wordings.keep, self._database, self._key, self._holder, text)))
            await asyncio.shield(self._try(partial(self._keep_for_others, text)))
        else:
            await asyncio.shield(self._try(partial(wordings.give_up, self._database, self._key, self._holder)))

    @property
    def told(self) -> str:
        """The sentence for a reader whose words come from the store; "" where they do not."""
        if not self.made_at:
            return ""
        made = datetime.fromtimestamp(self.made_at, UTC)
        if self._of_other:
            return (
                f"The words of this answer were first written for another job with the same cause, {made:%Y-%m-%d %H:%M} UTC; "
                "ids and numbers are this job's own."
            )
        return f"The words of this answer are from the store, as of {made:%Y-%m-%d %H:%M} UTC: same question, same evidence."

    async def _made(self, on_text: Callable[[str], Awaitable[None]]) -> ModelCall:
        async def remember(text: str) -> None:
            self._text.append(text)
            await on_text(text)

        alive = asyncio.ensure_future(self._signs())
        try:
            return await self._make(remember)
        finally:
            alive.cancel()
            with suppress(asyncio.CancelledError):
                await alive

    async def _signs(self) -> None:
        """That the words are in the making, and what there is of them, for those who follow."""
        while True:
            await asyncio.sleep(SIGN_SECONDS)
            await self._try(partial(wordings.renew, self._database, self._key, self._holder, "".join(self._text)))

    async def _try(self, work: Callable[[], T]) -> T | None:
        """None where the database is away: then every answer makes its own words."""
        try:
            return await asyncio.to_thread(work)
        except AskPandaError as error:
            log.warning("kept words cannot be reached: %s", error.message)
            return None


async def _in_pieces(text: str, on_text: Callable[[str], Awaitable[None]]) -> None:
    for start in range(0, len(text), PIECE):
        await on_text(text[start : start + PIECE])


def worder(database: Database | None, settings: Settings, turn: Turn, everybodys: bool, not_asked: str = "") -> Worder | None:
    """Looks for the words of this turn in the store; None where nothing is kept. With `not_asked` no model makes new ones."""
    if database is None or not settings.wording_keep_days:
        return None
    return partial(WordedOnce, database, settings, turn, everybodys, not_asked=not_asked)
