"""Answers without a server, as the command line gives them: the same rooms, in this process."""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from askpanda.api.rooms import Rooms
from askpanda.errors import BadRequest
from askpanda.pipeline.turn import Turn
from askpanda.redaction import cut_secrets_deep
from askpanda.schema.answer import Answer, ModelCall, ResourceRequest
from askpanda.schema.ask import AskRequest, LogText, PageContext, Resource

#: As the contract has it: resources are asked for twice at most.
ROUNDS = 2


async def answer_here(rooms: Rooms, request: AskRequest, owner: str, budget_left: bool) -> tuple[Answer, list[ModelCall]]:
    """The Answer, and every model call that was made for it.

    What an answer needs is fetched where MONITOR_URL names a monitor; without one the first answer stands.
    """
    calls: list[ModelCall] = []
    for round_ in range(ROUNDS + 1):
        turn = Turn(
            request=request,
            owner=owner,
            conversation_id=uuid.uuid4().hex,
            message_id=uuid.uuid4().hex,
            history=request.history,
            round=round_,
            budget_left=budget_left,
        )
        answer = await _one(rooms, turn)
        calls += answer.usage.calls
        if answer.status != "needs" or round_ == ROUNDS or not rooms.settings.monitor_url:
            break
        fetched = await _fetch(rooms, answer.requests)
        request = request.model_copy(update={"resources": {**request.resources, **fetched}})
    return answer, calls


async def _one(rooms: Rooms, turn: Turn) -> Answer:
    events = []
    async for event in rooms.assistant.answer(turn):
        if event.name == "done":
            return Answer.model_validate(event.data)
        events.append(event)
    return rooms.interrupted(events)


async def _fetch(rooms: Rooms, requests: Sequence[ResourceRequest]) -> dict[str, Resource]:
    from askpanda.evidence.monitor import Monitor

    async with Monitor(rooms.settings) as monitor:
        return {request.path: await monitor.get(request.path, request.as_) for request in requests}


def record_of(data: Any) -> dict[str, Any]:
    """The job's record in what a monitor's JSON page (`/job?...&json`, `/jobs/?...&json`) or a program wrote.

    Raises `BadRequest` where there is none.
    """
    if isinstance(data, Mapping):
        if isinstance(data.get("job"), Mapping):
            beside = {name: data[name] for name in ("files", "dsfiles") if isinstance(data.get(name), list)}
            return {**data["job"], **beside}
        jobs = data.get("jobs")
        if isinstance(jobs, list) and jobs and isinstance(jobs[0], Mapping):
            return dict(jobs[0])
        if data:
            return dict(data)
    raise BadRequest("There is no job record in this file: give what /job?pandaid=N&json answers.")


def diagnose_here(rooms: Rooms, data: Any, logs: Sequence[Path]) -> dict[str, Any] | None:
    """`{diagnosis, advice, notes}` of a job record and its log files; None for a job that did not end badly."""
    from dataclasses import asdict

    from askpanda.diagnosis import diagnose
    from askpanda.evidence import gather_job

    context = PageContext(
        job=cut_secrets_deep(record_of(data)),
        logs=[LogText(name=path.name, upload=str(number)) for number, path in enumerate(logs)],
    )
    evidence = gather_job(context, {}, lambda upload: logs[int(upload)])
    verdict = diagnose(evidence, rooms.catalogue)
    if verdict is None:
        return None
    wire = Answer(status="answered", diagnosis=verdict.diagnosis).wire()["diagnosis"]
    found: dict[str, Any] = cut_secrets_deep({"diagnosis": wire, "advice": asdict(verdict.advice), "notes": verdict.notes})
    return found
