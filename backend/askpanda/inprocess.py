"""Answers without a server, as the command line gives them: the same rooms, in this process."""

import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from askpanda.api.rooms import Rooms
from askpanda.pipeline.gist import told
from askpanda.pipeline.kept import Kept
from askpanda.pipeline.turn import Turn
from askpanda.redaction import cut_secrets_deep
from askpanda.schema.answer import Answer
from askpanda.schema.ask import AskRequest


async def answer_here(rooms: Rooms, request: AskRequest, owner: str, budget_left: bool) -> Answer:
    """The Answer. What it needs is fetched where MONITOR_URL names a monitor; without one it says what it needs."""
    with TemporaryDirectory(prefix="askpanda-") as scratch:
        answer, _ = await _answered(rooms, _turn(request, owner, budget_left, scratch=Path(scratch)))
    return answer


async def compare_here(
    rooms: Rooms, request: AskRequest, owner: str, models: Sequence[str], budget_left: Callable[[], bool]
) -> AsyncIterator[tuple[str, Answer]]:
    """(model, its Answer) for each of `models`, all of the same evidence, which is found once.

    Where models are not asked at all (a list of codes, a refusal) every answer is the same. Raises UnknownModel.
    """
    for name in models:
        rooms.registry.check(name)
    own = request.model_copy(update={"model": "none"})
    with TemporaryDirectory(prefix="askpanda-") as scratch:
        answer, kept = await _answered(rooms, _turn(own, owner, True, scratch=Path(scratch)))
    for name in models:
        if kept is None:
            yield name, answer
            continue
        turn = _turn(request.model_copy(update={"model": name}), owner, budget_left(), kept=kept)
        yield name, (await _answered(rooms, turn))[0]


def _turn(request: AskRequest, owner: str, budget_left: bool, **more: Any) -> Turn:
    return Turn(
        request=request,
        owner=owner,
        conversation_id=uuid.uuid4().hex,
        message_id=uuid.uuid4().hex,
        history=request.history,
        said=told(request.history),
        budget_left=budget_left,
        **more,
    )


async def _answered(rooms: Rooms, turn: Turn) -> tuple[Answer, Kept | None]:
    events = []
    kept: Kept | None = None
    async for event in rooms.assistant.answer(turn):
        if event.name == "done":
            return Answer.model_validate(event.data), kept
        if event.name == "aside":
            kept = event.data.get("kept")
        else:
            events.append(event)
    return rooms.interrupted(events), None


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
