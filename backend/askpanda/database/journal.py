"""Writing the events of many answers at once: threads that come together share one transaction.

Two hundred streams write thousands of small batches a second, and SQLite has one writer. Whoever gets the pen writes for
everybody who waits; each caller returns when its own events are kept.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import exc

from askpanda.database import answers
from askpanda.database.answers import Stored
from askpanda.database.engine import Database
from askpanda.errors import NotFound


@dataclass(slots=True, eq=False)
class _Slip:
    message_id: str
    stored: Sequence[Stored]
    done: bool = False
    error: Exception | None = None


@dataclass(slots=True)
class Journal:
    """One per process. `write` raises `NotFound` where the answer is gone, `Unavailable` where it cannot be saved."""

    database: Database
    _waiting: list[_Slip] = field(default_factory=list)
    _tray: threading.Lock = field(default_factory=threading.Lock)
    _pen: threading.Lock = field(default_factory=threading.Lock)

    def write(self, message_id: str, stored: Sequence[Stored]) -> None:
        slip = _Slip(message_id, stored)
        with self._tray:
            self._waiting.append(slip)
        with self._pen:
            if not slip.done:
                with self._tray:
                    slips, self._waiting = self._waiting, []
                self._keep(slips)
        if slip.error is not None:
            raise slip.error

    def _keep(self, slips: list[_Slip]) -> None:
        try:
            with self.database.write() as connection:
                for slip in slips:
                    answers.add_events(connection, slip.message_id, slip.stored)
        except Exception as error:
            if len(slips) > 1:  # one of them may be the only bad one
                for slip in slips:
                    self._keep([slip])
                return
            slips[0].error = NotFound(answers.UNKNOWN) if isinstance(error, exc.IntegrityError) else error
        for slip in slips:
            slip.done = True
