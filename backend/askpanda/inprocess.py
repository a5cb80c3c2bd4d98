"""Answers without a server, as the command line gives them: the same rooms, in this process."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from askpanda.api.rooms import Rooms
from askpanda.pipeline.turn import Turn
from askpanda.redaction import cut_secrets_deep
from askpanda.schema.answer import Answer, ModelCall
from askpanda.schema.ask import AskRequest

#: As the contract has it: resources are asked for twice at most.
ROUNDS = 2


async def answer_here(rooms: Rooms, request: AskRequest, owner: str, budget_left: bool) -> tuple[Answer, list[ModelCall]]:
    """The Answer, and every model call that was made for it.

    What an answer needs is fetched where MONITOR_URL names a monitor; without one the first answer stands.
    Raises `BadRequest` for a MONITOR_URL that is no address.
    """
    calls: list[ModelCall] = []
    conversation_id = uuid.uuid4().hex
    with ExitStack() as stack:
        reader = _monitor(rooms, stack)
        for round_ in range(ROUNDS + 1):
            turn = Turn(
                request=request,
                owner=owner,
                conversation_id=conversation_id,
                message_id=uuid.uuid4().hex,
                history=request.history,
                open_upload=reader.open_upload if reader else lambda _: None,
                round=round_,
                budget_left=budget_left,
            )
            answer = await _one(rooms, turn)
            calls += answer.usage.calls
            if answer.status != "needs" or reader is None:
                break
            fetched = await asyncio.to_thread(reader.read, answer.requests)
            request = request.model_copy(update={"resources": {**request.resources, **fetched}})
    return answer, calls


def _monitor(rooms: Rooms, stack: ExitStack) -> Any:
    if not rooms.settings.monitor_url:
        return None
    from askpanda.evidence.monitor import MonitorReader

    return stack.enter_context(MonitorReader(rooms.settings))


async def _one(rooms: Rooms, turn: Turn) -> Answer:
    events = []
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
