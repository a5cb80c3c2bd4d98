"""Conversations: what was asked and what was answered, seen by their owner alone."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Connection, and_, case, cast, delete, func, select
from sqlalchemy.orm import aliased

from askpanda.database import uploads
from askpanda.database.engine import Database, iso
from askpanda.database.tables import answers, conversations, events, feedback, turns, wordings
from askpanda.database.wordings import DONE
from askpanda.errors import NotFound
from askpanda.schema.answer import ASIDES, Answer
from askpanda.schema.ask import HistoryTurn

LIST_LIMIT = 200
TITLE_LIMIT = 100
#: Turns of a conversation that the pipeline is given.
HISTORY_TURNS = 12
#: Answers (rounds included) of a conversation whose gist is read.
GIST_ROWS = 600
#: Words of a search that count, and how much is shown around the first one.
SEARCH_WORDS, EXCERPT_BEFORE, EXCERPT_LENGTH = 8, 40, 160

#: The number of a job or task in a question.
_ID = re.compile(r"(?<!\d)\d{7,}(?!\d)")

_UNKNOWN = "There is no such conversation: it may have been deleted. Start a new one by leaving conversation_id out."


def title_of(question: str, about: str = "") -> str:
    """The question in one line, with where it was asked: `Why did this job fail? (job 6519134287)`.

    A question that names a job or task by its number is about that one, wherever it was asked.
    """
    line = " ".join(question.split())
    end = f" ({about})" if about and not _ID.search(line) else ""
    room = TITLE_LIMIT - len(end)
    return (line if len(line) <= room else line[: room - 1].rstrip() + "…") + end


def listed(database: Database, owner: str, words: str = "") -> list[dict[str, Any]]:
    """The owner's conversations, the last used first; with `words` those in which all of them occur, each with an `excerpt`.

    Words are looked for in questions and answers, in any order and any case, as parts of words too.
    """
    wanted = words.casefold().split()[:SEARCH_WORDS]
    query = (
        select(conversations)
        .where(conversations.c.owner == owner)
        .order_by(conversations.c.updated.desc(), conversations.c.id)
        .limit(LIST_LIMIT)
    )
    for word in wanted:
        query = query.where(
            select(answers.c.id)
            .where(answers.c.conversation_id == conversations.c.id, answers.c.words.contains(word, autoescape=True))
            .exists()
        )
    with database.read() as connection:
        rows = connection.execute(query).all()
        excerpts = _excerpts(connection, [row.id for row in rows], wanted[0]) if wanted else {}
    found = [{"id": r.id, "title": r.title, "created": iso(r.created), "updated": iso(r.updated)} for r in rows]
    return [{**row, "excerpt": excerpts.get(row["id"], "")} for row in found] if wanted else found


def _excerpts(connection: Connection, ids: list[str], word: str) -> dict[str, str]:
    """What stands around the first place of `word` in each conversation. The database cuts it out: answers may be long.

    The place is that in the small letters that are searched. It is the place in what was said as well, unless a letter has
    another length when small; then the small letters are shown.
    """
    sqlite = connection.dialect.name == "sqlite"
    text = func.json_extract(events.c.data, "$.text") if sqlite else cast(events.c.data, JSON)["text"].as_string()
    said = turns.c.question + "\n" + text
    at = (func.instr if sqlite else func.strpos)(answers.c.words, word)
    start = case((at > EXCERPT_BEFORE, at - EXCERPT_BEFORE), else_=1)
    shown = case((func.length(said) == func.length(answers.c.words), said), else_=answers.c.words)
    rows = connection.execute(
        select(answers.c.conversation_id, func.substr(shown, start, EXCERPT_LENGTH))
        .join(turns, turns.c.id == answers.c.turn_id)
        .join(events, and_(events.c.answer_id == answers.c.id, events.c.name == "done"), isouter=True)
        .where(answers.c.conversation_id.in_(ids), answers.c.words.contains(word, autoescape=True))
        .order_by(answers.c.created.desc())
    ).all()
    return {row[0]: " ".join(row[1].split()) for row in rows}


def require(database: Database, owner: str, conversation_id: str) -> None:
    """Raises `NotFound` unless the conversation is there and the owner's."""
    with database.read() as connection:
        found = connection.execute(
            select(conversations.c.id).where(conversations.c.id == conversation_id, conversations.c.owner == owner)
        ).scalar()
    if found is None:
        raise NotFound(_UNKNOWN)


def _exchanges(database: Database, owner: str, conversation_id: str, last: int | None = None) -> list[Any]:
    """One row per turn, oldest first: its question and the answer of its last round, with the `done` event's data."""
    other = aliased(answers)
    last_round = select(func.max(other.c.round)).where(other.c.turn_id == turns.c.id).correlate(turns).scalar_subquery()
    query = (
        select(
            turns.c.id.label("turn_id"), turns.c.question, turns.c.created.label("asked"),
            answers.c.id, answers.c.status, answers.c.created, events.c.data,
        )
        .select_from(turns)
        .join(answers, and_(answers.c.turn_id == turns.c.id, answers.c.round == last_round))
        .join(events, and_(events.c.answer_id == answers.c.id, events.c.name == "done"), isouter=True)
        .where(answers.c.compares.is_(None))
        .where(turns.c.conversation_id == conversation_id, turns.c.owner == owner)
        .order_by(turns.c.created.desc(), answers.c.created.desc())
    )  # fmt: skip
    if last is not None:
        query = query.limit(last)
    with database.read() as connection:
        rows = connection.execute(query).all()
    return list({row.turn_id: row for row in reversed(rows)}.values())


def read(database: Database, owner: str, conversation_id: str) -> dict[str, Any]:
    """`{id, title, created, updated, messages}`; raises `NotFound`. An answer that still runs has no `answer` yet.

    An answer comes with what its reader said of it, and with what other models made of the same evidence.
    """
    with database.read() as connection:
        head = connection.execute(
            select(conversations).where(conversations.c.id == conversation_id, conversations.c.owner == owner)
        ).first()
    if head is None:
        raise NotFound(_UNKNOWN)
    judged, compared = _feedback(database, conversation_id), _comparisons(database, conversation_id)
    messages: list[dict[str, Any]] = []
    for row in _exchanges(database, owner, conversation_id):
        answer = json.loads(row.data) if row.data else None
        messages.append({"id": row.turn_id, "role": "user", "text": row.question, "answer": None, "created": iso(row.asked)})
        messages.append(
            {
                "id": row.id,
                "role": "assistant",
                "text": answer["text"] if answer else "",
                "answer": answer,
                "created": iso(row.created),
                "feedback": judged.get(row.id),
                "comparisons": compared.get(row.id, []),
            }
        )
    times = {"created": iso(head.created), "updated": iso(head.updated)}
    return {"id": conversation_id, "title": head.title, **times, "messages": messages}


def _feedback(database: Database, conversation_id: str) -> dict[str, dict[str, Any]]:
    with database.read() as connection:
        rows = connection.execute(
            select(feedback.c.answer_id, feedback.c.helpful, feedback.c.comment)
            .join(answers, answers.c.id == feedback.c.answer_id)
            .where(answers.c.conversation_id == conversation_id)
        ).all()
    return {row.answer_id: {"helpful": row.helpful, "comment": row.comment} for row in rows}


def _comparisons(database: Database, conversation_id: str) -> dict[str, list[dict[str, Any]]]:
    """For each answer the wordings of other models, in the order in which they were asked for."""
    found: dict[str, list[dict[str, Any]]] = {}
    with database.read() as connection:
        rows = connection.execute(
            select(answers.c.id, answers.c.compares, answers.c.model, answers.c.status, answers.c.created, events.c.data)
            .join(events, and_(events.c.answer_id == answers.c.id, events.c.name == "done"), isouter=True)
            .where(answers.c.conversation_id == conversation_id, answers.c.compares.is_not(None))
            .order_by(answers.c.created, answers.c.id)
        ).all()
    for row in rows:
        answer = json.loads(row.data) if row.data else None
        found.setdefault(row.compares, []).append(
            {"id": row.id, "model": row.model, "status": row.status, "answer": answer, "created": iso(row.created)}
        )
    return found


def gists(database: Database, owner: str, conversation_id: str, without_turn: str | None = None) -> list[tuple[str, str]]:
    """(question, gist of its answer) of every earlier turn, oldest first; see `askpanda.pipeline.gist`."""
    query = (
        select(turns.c.id, turns.c.question, answers.c.gist)
        .join(answers, answers.c.turn_id == turns.c.id)
        .where(turns.c.conversation_id == conversation_id, turns.c.owner == owner, answers.c.compares.is_(None))
        .order_by(turns.c.created.desc(), answers.c.round.desc(), answers.c.created.desc())
        .limit(GIST_ROWS)
    )
    found: dict[str, tuple[str, str]] = {}
    with database.read() as connection:
        for row in connection.execute(query):
            if row.id != without_turn:
                found.setdefault(row.id, (row.question, row.gist))  # that of the last round
    return list(found.values())[::-1]


@dataclass
class Past:
    """What was said so far, oldest first, and the answers that a next question may go on from."""

    history: list[HistoryTurn] = field(default_factory=list)
    previous: Answer | None = None  # the last that is no aside
    basis: Answer | None = None  # the last with facts of its own
    verdict: Answer | None = None  # the last that found a verdict, whatever was asked since
    spoken_of: list[dict[str, Any]] = field(default_factory=list)  # the entities of every answer that is no aside
    explained: list[list[int]] = field(default_factory=list)  # the jobs of every answer that found a verdict


def past(database: Database, owner: str, conversation_id: str, without_turn: str | None = None) -> Past:
    """The last turns of a conversation. `without_turn` is the turn that is being asked now."""
    so_far = Past()
    for row in _exchanges(database, owner, conversation_id, last=HISTORY_TURNS + 1):
        if row.turn_id == without_turn:
            continue
        so_far.history.append(HistoryTurn(role="user", content=row.question))
        if row.data:
            answer = _answer(row.data)
            if answer is not None and (so_far.previous is None or answer.intent not in ASIDES):
                _go_on(so_far, answer)
            so_far.history.append(HistoryTurn(role="assistant", content=json.loads(row.data)["text"]))
    return so_far


def _go_on(so_far: Past, answer: Answer) -> None:
    so_far.previous = answer
    if answer.intent != "followup" or answer.blocks or so_far.basis is None:
        so_far.basis = answer
    known = so_far.verdict
    if answer.diagnosis is not None:
        so_far.explained.append(answer.entities.get("job_ids", []))
        goes_on = (
            answer.intent == "followup"
            and known is not None
            and known.entities.get("job_ids") == answer.entities.get("job_ids")
        )
        so_far.verdict = known if goes_on else answer
    if answer.intent not in ASIDES:
        so_far.spoken_of.append(answer.entities)


def _answer(data: str) -> Answer | None:
    """A kept answer; None where an older version kept it in a shape that is no longer understood."""
    try:
        return Answer.model_validate_json(data)
    except ValueError:
        return None


def remove(database: Database, owner: str, conversation_id: str) -> None:
    """With everything in it, and logs that wait for its next round; what models cost stays, as counts. Raises `NotFound`."""
    with database.write() as connection:
        asked = select(answers.c.request).where(answers.c.conversation_id == conversation_id, answers.c.owner == owner)
        requests = connection.execute(asked.where(answers.c.request.is_not(None))).scalars().all()
        gone = connection.execute(
            delete(conversations).where(conversations.c.id == conversation_id, conversations.c.owner == owner)
        ).rowcount
        if gone:
            connection.execute(delete(wordings).where(wordings.c.conversation_id == conversation_id, wordings.c.owner == owner))
    if not gone:
        raise NotFound(_UNKNOWN)
    uploads.remove(database, owner, {upload for request in requests for upload in _uploads_of(json.loads(request))})
    database.scrub()


def _uploads_of(data: Any) -> Iterator[str]:
    """Ids of the uploads that a request names, in its context's logs and its resources."""
    if isinstance(data, dict):
        if isinstance(data.get("upload"), str):
            yield data["upload"]
        for value in data.values():
            yield from _uploads_of(value)
    elif isinstance(data, list):
        for value in data:
            yield from _uploads_of(value)


def remove_older(database: Database, days: float) -> int:
    """How many conversations were removed that nobody used for `days`."""
    with database.write() as connection:
        gone = connection.execute(delete(conversations).where(conversations.c.updated < time.time() - days * 86400)).rowcount
        there = select(conversations.c.id).where(conversations.c.id == wordings.c.conversation_id)
        # words of an answer without a conversation, as the command line's are, stay until they are old
        of_one = wordings.c.conversation_id.is_not(None), wordings.c.lease == DONE
        forgotten = connection.execute(delete(wordings).where(*of_one, ~there.exists())).rowcount
    if gone or forgotten:
        database.scrub()
    return gone
