"""Whether an answer helped, in its reader's words."""

import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from askpanda.database import answers
from askpanda.database.engine import Database, iso
from askpanda.database.tables import feedback

LIST_LIMIT = 500


def give(database: Database, owner: str, message_id: str, helpful: bool, comment: str) -> dict[str, Any]:
    """A second word on the same answer replaces the first; raises `NotFound` for an unknown answer."""
    answers.find(database, owner, message_id)
    now = time.time()
    values = {"helpful": helpful, "comment": comment, "created": now}
    dialect = sqlite if database.sqlite else postgresql
    with database.write() as connection:
        connection.execute(
            dialect.insert(feedback)
            .values(answer_id=message_id, owner=owner, **values)
            .on_conflict_do_update(index_elements=["answer_id", "owner"], set_=values)
        )
    return {"message_id": message_id, "helpful": helpful, "comment": comment, "created": iso(now)}


def listed(database: Database, owner: str) -> list[dict[str, Any]]:
    """The owner's own, the newest first."""
    with database.read() as connection:
        rows = connection.execute(
            select(feedback).where(feedback.c.owner == owner).order_by(feedback.c.created.desc()).limit(LIST_LIMIT)
        ).all()
    return [{"message_id": r.answer_id, "helpful": r.helpful, "comment": r.comment, "created": iso(r.created)} for r in rows]
