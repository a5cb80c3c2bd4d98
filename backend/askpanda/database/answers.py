"""Running answers and their events. Any worker can read them, stop them, and end what a dead worker left behind.

An answer's events are numbered from 1 by the one thread that runs it. Its worker gives a sign (`beat`) every few seconds;
without one for `STALE_SECONDS` another worker may end it.
"""

import json
import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import Connection, delete, exc, insert, select, update

from askpanda.database import budgets, usage
from askpanda.database.conversations import title_of
from askpanda.database.engine import Database
from askpanda.database.tables import answers, conversations, events, evidence, turns
from askpanda.errors import BadRequest, NotFound
from askpanda.schema.answer import Intent, ModelCall

RUNNING = "running"
BEAT_SECONDS = 2.0
STALE_SECONDS = 8.0

UNKNOWN = "There is no such answer: it may belong to a conversation that was deleted."
NO_EVIDENCE = (
    "There is no evidence of this answer that another model could word: it was not of a kind that models word, it was "
    "interrupted, or it is still being made. Ask the question again with the model that you want."
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One event as it is kept and sent; `data` is JSON text."""

    number: int
    name: str
    data: str


@dataclass(frozen=True, slots=True)
class Begun:
    conversation_id: str
    turn_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer's row. `request` is JSON text, kept while it may still be needed."""

    id: str
    turn_id: str
    conversation_id: str
    round: int
    status: str
    request: str | None
    beat: float
    compares: str | None

    @property
    def base(self) -> str:
        """The answer that a comparison belongs to; any other is its own."""
        return self.compares or self.id


def new_id() -> str:
    return uuid.uuid4().hex


def begin(
    database: Database,
    owner: str,
    question: str,
    request: str,
    *,
    conversation_id: str | None = None,
    turn_id: str | None = None,
    round_: int = 0,
    about: str = "",
) -> Begun:
    """Save that a question was asked, before its answer starts. Without ids a conversation and a turn are made.

    `about` names the job or task on whose page a conversation begins, for its title.

    Raises `NotFound` where the conversation was deleted meanwhile, `Unavailable` or `StorageFull` where it cannot be saved.
    """
    now = time.time()
    message_id = new_id()
    try:
        with database.write() as connection:
            if conversation_id is None:
                conversation_id = new_id()
                connection.execute(
                    insert(conversations).values(
                        id=conversation_id, owner=owner, title=title_of(question, about), created=now, updated=now
                    )
                )
            else:
                _touch(connection, conversation_id, now)
            if turn_id is None:
                turn_id = new_id()
                connection.execute(
                    insert(turns).values(
                        id=turn_id, conversation_id=conversation_id, owner=owner, question=question, created=now
                    )
                )
            connection.execute(
                insert(answers).values(
                    id=message_id, turn_id=turn_id, conversation_id=conversation_id, owner=owner, round=round_,
                    status=RUNNING, created=now, request=request, beat=now, seen=now, stop=False,
                )
            )  # fmt: skip
    except exc.IntegrityError as error:
        raise NotFound("The conversation was deleted meanwhile: ask again without conversation_id.") from error
    return Begun(conversation_id, turn_id, message_id)


def begin_comparison(database: Database, owner: str, message_id: str, model: str) -> Begun:
    """Save that another model shall word the evidence of an answer; what that model worded of it before is replaced.

    Raises `NotFound` for an unknown answer, `BadRequest` where its evidence is not kept.
    """
    now = time.time()
    compared = find(database, owner, message_id)
    if not has_evidence(database, compared.base):
        raise BadRequest(NO_EVIDENCE)
    begun = Begun(compared.conversation_id, compared.turn_id, new_id())
    try:
        with database.write() as connection:
            _touch(connection, compared.conversation_id, now)
            connection.execute(
                delete(answers).where(
                    answers.c.compares == compared.base, answers.c.model == model, answers.c.status != RUNNING
                )
            )
            connection.execute(
                insert(answers).values(
                    id=begun.message_id, turn_id=begun.turn_id, conversation_id=begun.conversation_id, owner=owner,
                    round=compared.round, status=RUNNING, created=now, beat=now, seen=now, stop=False,
                    compares=compared.base, model=model,
                )
            )  # fmt: skip
    except exc.IntegrityError as error:
        raise NotFound(UNKNOWN) from error
    return begun


def has_evidence(database: Database, message_id: str) -> bool:
    return bool(evidence_of(database, message_id))


def evidence_of(database: Database, message_id: str) -> str:
    """What the answer was worded from, as JSON text; empty where none is kept."""
    with database.read() as connection:
        return connection.execute(select(evidence.c.data).where(evidence.c.answer_id == message_id)).scalar() or ""


def _touch(connection: Connection, conversation_id: str, now: float) -> None:
    connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(updated=now))


def find(database: Database, owner: str, message_id: str) -> Kept:
    """Raises `NotFound`, also for somebody else's."""
    columns = (
        answers.c.id, answers.c.turn_id, answers.c.conversation_id, answers.c.round, answers.c.status, answers.c.request,
        answers.c.beat, answers.c.compares,
    )  # fmt: skip
    with database.read() as connection:
        row = connection.execute(select(*columns).where(answers.c.id == message_id, answers.c.owner == owner)).first()
    if row is None:
        raise NotFound(UNKNOWN)
    return Kept(*row)


def question_of(database: Database, turn_id: str) -> str:
    with database.read() as connection:
        return connection.execute(select(turns.c.question).where(turns.c.id == turn_id)).scalar() or ""


def routed_as(database: Database, message_id: str) -> Intent | None:
    """The intent that a kept answer was given for; None where it broke off before it was known."""
    with database.read() as connection:
        data = connection.execute(
            select(events.c.data).where(events.c.answer_id == message_id, events.c.name == "route").limit(1)
        ).scalar()
    intent = json.loads(data).get("intent") if data else None
    return next((one for one in get_args(Intent) if one == intent), None)


def events_after(database: Database, message_id: str, number: int) -> tuple[list[Stored], str | None, float]:
    """(events with a higher number, the answer's status, its worker's last sign); no status: the answer is gone."""
    with database.read() as connection:
        # the status first: an answer that is done by then has all its events in what is read next
        row = connection.execute(select(answers.c.status, answers.c.beat).where(answers.c.id == message_id)).first()
        found = connection.execute(
            select(events.c.number, events.c.name, events.c.data)
            .where(events.c.answer_id == message_id, events.c.number > number)
            .order_by(events.c.number)
        ).all()
    return [Stored(*event) for event in found], row.status if row else None, row.beat if row else 0.0


def add_events(connection: Connection, message_id: str, stored: Sequence[Stored]) -> None:
    if stored:
        connection.execute(
            insert(events), [{"answer_id": message_id, "number": s.number, "name": s.name, "data": s.data} for s in stored]
        )


def finish(
    database: Database,
    owner: str,
    message_id: str,
    last: Sequence[Stored],
    status: str,
    calls: Sequence[ModelCall] = (),
    *,
    kept: str = "",
    said: str = "",
    gist: str = "",
) -> bool:
    """Keep the last events, the status and what the models cost, in one transaction.

    `kept` is what it was worded from (`evidence_of`), `said` the text that a search finds, `gist` what later turns remember.

    False where the answer is gone or was ended by somebody else; then nothing is kept but the cost.
    """
    now = time.time()
    keep_request = {} if status == "needs" else {"request": None}
    try:
        with database.write() as connection:
            ended = connection.execute(
                update(answers)
                .where(answers.c.id == message_id, answers.c.status == RUNNING)
                .values(status=status, beat=now, words=said.casefold(), gist=gist, **keep_request)
            ).rowcount
            if ended:
                add_events(connection, message_id, last)
            if ended and kept:
                connection.execute(insert(evidence).values(answer_id=message_id, data=kept))
            usage.add(connection, owner, calls)
            budgets.release(connection, message_id)
    except exc.IntegrityError:  # the conversation was deleted between the two statements (PostgreSQL)
        return False
    return bool(ended)


def ask_to_stop(database: Database, message_id: str) -> None:
    with database.write() as connection:
        connection.execute(update(answers).where(answers.c.id == message_id, answers.c.status == RUNNING).values(stop=True))


def beat(database: Database, message_ids: Collection[str]) -> None:
    """Their worker is alive."""
    _mark(database, message_ids, "beat")


def seen(database: Database, message_ids: Collection[str]) -> None:
    """Somebody follows them by their events."""
    _mark(database, message_ids, "seen")


def _mark(database: Database, message_ids: Collection[str], column: str) -> None:
    if message_ids:
        with database.write() as connection:
            connection.execute(
                update(answers)
                .where(answers.c.id.in_(list(message_ids)), answers.c.status == RUNNING)
                .values({column: time.time()})
            )


def signs(database: Database, message_ids: Collection[str]) -> dict[str, tuple[bool, float]]:
    """For each answer: should it stop, and when was somebody last seen following it? Deleted ones are missing."""
    if not message_ids:
        return {}
    with database.read() as connection:
        rows = connection.execute(
            select(answers.c.id, answers.c.stop, answers.c.seen).where(answers.c.id.in_(list(message_ids)))
        ).all()
    return {row.id: (row.stop, row.seen) for row in rows}


def take_over(database: Database, message_id: str) -> bool:
    """Claim an answer whose worker gave no sign for too long. True for exactly one caller, who then ends it."""
    now = time.time()
    with database.write() as connection:
        return bool(
            connection.execute(
                update(answers)
                .where(answers.c.id == message_id, answers.c.status == RUNNING, answers.c.beat < now - STALE_SECONDS)
                .values(beat=now)
            ).rowcount
        )


def abandoned(database: Database) -> list[tuple[str, str]]:
    """(owner, message_id) of the answers whose worker gave no sign for too long."""
    with database.read() as connection:
        rows = connection.execute(
            select(answers.c.owner, answers.c.id).where(
                answers.c.status == RUNNING, answers.c.beat < time.time() - STALE_SECONDS
            )
        ).all()
    return [(row.owner, row.id) for row in rows]


def forget_requests(database: Database, minutes: float) -> None:
    """Pages and logs that came with a question are kept no longer than uploads, whether they were asked for again or not."""
    with database.write() as connection:
        connection.execute(
            update(answers)
            .where(answers.c.request.is_not(None), answers.c.status != RUNNING, answers.c.created < time.time() - minutes * 60)
            .values(request=None)
        )
