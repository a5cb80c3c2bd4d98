"""A model's words, kept by what it was asked, so that the same question on the same evidence is paid once.

One reader's answer makes them, under a lease that ends soon after its worker does; whoever asks the same meanwhile waits for
the row, on any worker. Words on anything personal have an owner, who is a part of their key, and go with the conversation
that they were made in.
"""

import time
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from askpanda.database.engine import Database
from askpanda.database.tables import wordings

#: Without a sign of who makes the words for this long, somebody else makes them.
LEASE_SECONDS = 8.0
#: The lease of words that are all there.
DONE = 0.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of asking for words.

    `text` is what there is of them so far, made by the answer `holder` at `created`, and `done` says that it is all.
    `mine` gives the right to make them; `gone` says that nobody makes them, to one who did not ask for that right.
    """

    text: str = ""
    holder: str = ""
    created: float = 0.0
    done: bool = False
    mine: bool = False
    gone: bool = False


def claim(
    database: Database,
    key: str,
    holder: str,
    owner: str = "",
    conversation_id: str | None = None,
    *,
    keep_days: float,
    make: bool = True,
) -> Claim:
    """The words, or the right to make them for whoever comes first, also after one whose lease has ended.

    Raises `Unavailable` where the database is away.
    """
    now = time.time()
    with database.read() as connection:
        row = connection.execute(select(wordings).where(wordings.c.key == key, wordings.c.owner == owner)).first()
    if row is not None and row.lease == DONE and row.created > now - keep_days * 86400:
        return Claim(row.text, row.holder, row.created, done=True)
    if row is not None and row.lease > now:
        return Claim(row.text, row.holder, row.created)
    if not make:
        return Claim(gone=True)
    mine = {"holder": holder, "lease": now + LEASE_SECONDS, "text": "", "created": now, "conversation_id": conversation_id}
    try:
        with database.write() as connection:
            if row is None:
                connection.execute(insert(wordings).values(key=key, owner=owner, **mine))
                return Claim(mine=True)
            same = (wordings.c.key == key, wordings.c.owner == owner, wordings.c.holder == row.holder)
            taken = connection.execute(update(wordings).where(*same, wordings.c.lease == row.lease).values(**mine)).rowcount
            return Claim(mine=bool(taken))
    except IntegrityError:  # somebody was faster: the next look finds what they make
        return Claim()


def renew(database: Database, key: str, holder: str, text: str) -> None:
    """Whoever makes the words is alive, and this is what there is of them."""
    with database.write() as connection:
        connection.execute(
            update(wordings)
            .where(wordings.c.key == key, wordings.c.holder == holder, wordings.c.lease != DONE)
            .values(text=text, lease=time.time() + LEASE_SECONDS)
        )


def keep(database: Database, key: str, holder: str, text: str) -> None:
    """The words are made; nothing happens where somebody else makes them by now."""
    with database.write() as connection:
        connection.execute(
            update(wordings)
            .where(wordings.c.key == key, wordings.c.holder == holder, wordings.c.lease != DONE)
            .values(text=text, created=time.time(), lease=DONE)
        )


def give_up(database: Database, key: str, holder: str) -> None:
    """No words came of it: whoever waits makes them."""
    with database.write() as connection:
        connection.execute(delete(wordings).where(wordings.c.key == key, wordings.c.holder == holder, wordings.c.lease != DONE))


def remove_older(database: Database, days: float) -> int:
    """How many were removed that were made longer ago."""
    with database.write() as connection:
        return connection.execute(delete(wordings).where(wordings.c.created < time.time() - days * 86400)).rowcount
