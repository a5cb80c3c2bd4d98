"""Answers without a server, as the command line gives them: the same rooms, in this process."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from askpanda.api.rooms import Rooms
from askpanda.database import Database, usage
from askpanda.pipeline.gist import told
from askpanda.pipeline.kept import Kept
from askpanda.pipeline.purse import Purse, budget_left, resting
from askpanda.pipeline.turn import Turn
from askpanda.redaction import cut_secrets_deep
from askpanda.schema.answer import Answer
from askpanda.schema.ask import AskRequest


async def answer_here(rooms: Rooms, request: AskRequest, owner: str, database: Database) -> Answer:
    """The Answer. What it needs is fetched where MONITOR_URL names a monitor; without one it says what it needs.

    Budgets, rests and kept words are those of the server on the same database.
    """
    with TemporaryDirectory(prefix="askpanda-") as scratch:
        answer, _ = await _answered(rooms, database, _turn(rooms, database, request, owner, scratch=Path(scratch)))
    return answer


async def compare_here(
    rooms: Rooms, request: AskRequest, owner: str, models: Sequence[str], database: Database
) -> AsyncIterator[tuple[str, Answer]]:
    """(model, its Answer) for each of `models`, all of the same evidence, which is found once.

    Where models are not asked at all (a list of codes, a refusal) every answer is the same. Raises UnknownModel.
    """
    for name in models:
        rooms.registry.check(name)
    own = request.model_copy(update={"model": "none"})
    with TemporaryDirectory(prefix="askpanda-") as scratch:
        answer, kept = await _answered(rooms, database, _turn(rooms, database, own, owner, scratch=Path(scratch)))
    for name in models:
        if kept is None:
            yield name, answer
            continue
        turn = _turn(rooms, database, request.model_copy(update={"model": name}), owner, kept=kept)
        yield name, (await _answered(rooms, database, turn))[0]


def _turn(rooms: Rooms, database: Database, request: AskRequest, owner: str, **more: Any) -> Turn:
    model = request.model or rooms.registry.default
    message_id = uuid.uuid4().hex
    return Turn(
        request=request,
        owner=owner,
        conversation_id=uuid.uuid4().hex,
        message_id=message_id,
        history=request.history,
        said=told(request.history),
        budget_left=budget_left(database, rooms.settings, model),
        resting=resting(database, model),
        purse=Purse(rooms.settings, database, owner, message_id),
        saved=False,
        **more,
    )


async def _answered(rooms: Rooms, database: Database, turn: Turn) -> tuple[Answer, Kept | None]:
    events = []
    aside: dict[str, Any] = {}
    answer: Answer | None = None
    try:
        async for event in rooms.assistant.answer(turn):
            if event.name == "done":
                answer = Answer.model_validate(event.data)
                break
            if event.name == "aside":
                aside = event.data
            else:
                events.append(event)
    finally:  # also where somebody ends the command: what was asked of a model is paid
        usage.record(database, turn.owner, answer.usage.calls if answer else turn.purse.calls, turn.message_id)
    if aside.get("outcome"):
        turn.purse.note(aside["outcome"])
    return answer or rooms.interrupted(events), aside.get("kept")


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
