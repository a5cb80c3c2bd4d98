"""Answers without a server, as the command line gives them: the same rooms, in this process."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from askpanda.api.rooms import Rooms
from askpanda.pipeline.turn import Turn
from askpanda.redaction import cut_secrets_deep
from askpanda.schema.answer import Answer
from askpanda.schema.ask import AskRequest


async def answer_here(rooms: Rooms, request: AskRequest, owner: str, budget_left: bool) -> Answer:
    """The Answer. What it needs is fetched where MONITOR_URL names a monitor; without one it says what it needs."""
    events = []
    with TemporaryDirectory(prefix="askpanda-") as scratch:
        turn = Turn(
            request=request,
            owner=owner,
            conversation_id=uuid.uuid4().hex,
            message_id=uuid.uuid4().hex,
            history=request.history,
            budget_left=budget_left,
            scratch=Path(scratch),
        )
        async for event in rooms.assistant.answer(turn):
            if event.name == "done":
                return Answer.model_validate(event.data)
            events.append(event)
    return rooms.interrupted(events)


def diagnose_here(rooms: Rooms, record: Path, logs: Sequence[Path]) -> dict[str, Any] | None:
    """`{diagnosis, advice, notes}` of a job record and its log files; None for a job that did not end badly.

    Raises `BadRequest` for a file that is not what it should be.
    """
    from askpanda.diagnosis import diagnose
    from askpanda.evidence.local import from_files

    verdict = diagnose(from_files(record, logs), rooms.catalogue)
    if verdict is None:
        return None
    wire = Answer(status="answered", diagnosis=verdict.diagnosis).wire()["diagnosis"]
    # the server cuts what comes in; files of one's own are read where they lie, and cut in what is shown of them
    found: dict[str, Any] = cut_secrets_deep({"diagnosis": wire, "advice": asdict(verdict.advice), "notes": verdict.notes})
    return found
