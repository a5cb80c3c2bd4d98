"""A model's word on what the rules leave open: one of the intents, or nothing."""

import asyncio
import re
from typing import get_args

from haystack.dataclasses import ChatMessage

from askpanda.errors import ModelError, ModelGarbage
from askpanda.models.registry import Model
from askpanda.pipeline.parcels import Surroundings
from askpanda.pipeline.prompting import data, prompt
from askpanda.pipeline.turn import Turn
from askpanda.redaction import Mask, cut_secrets
from askpanda.schema.answer import ASIDES, Entities, Intent

#: A reader waits no longer than this for it; the rules' own choice serves as well as before.
SECONDS = 3.0
#: Characters after which what comes cannot be one word any more.
_ROOM = 40
_INTENTS = frozenset(get_args(Intent))
_WORD = re.compile(r"\W*(?:intent\W{1,4}|kind\W{1,4})?([a-z_]{4,20})\W*", re.I)


async def ask(model: Model, turn: Turn, entities: Entities, around: Surroundings, *, masked: bool) -> Intent | None:
    """The model's choice where it can be meant; nothing where it fails or takes too long. The turn's purse has the call."""
    said: list[str] = []

    async def hear(text: str) -> None:
        said.append(text)
        if sum(map(len, said)) > _ROOM:
            raise ModelGarbage(f"{model.name} says more than a word.")

    try:
        async with asyncio.timeout(SECONDS):
            await turn.purse.ask(model, messages_for(turn, around, entities, masked=masked), hear, "routing")
    except (ModelError, TimeoutError):
        return None
    return choice("".join(said), entities, around)


def messages_for(turn: Turn, around: Surroundings, entities: Entities, *, masked: bool) -> list[ChatMessage]:
    """The kinds, and the question as data. Page and conversation are told by their kind alone."""
    page = around.page
    people = [name for name in (page.viewer, turn.request.context.viewer, entities.user) if name and name != "me"]
    mask = Mask(people=people, hosts=[]) if masked else None
    question = data(cut_secrets(turn.question))
    where = f"It is asked on a {page.page} page." if page.page else ""
    before = f"The answer before was of the kind {around.previous}." if around.previous else ""
    asked = f"{where} {before}".strip() + f"\n<<< question\n{mask.hide(question) if mask else question}\n>>>\nThe word:"
    return [ChatMessage.from_system(prompt("route")), ChatMessage.from_user(asked.strip())]


def _names_ours(entities: Entities) -> bool:
    named = entities.job_ids or entities.task_ids or entities.site or entities.queue or entities.component
    return bool(named) or entities.error_code is not None


def choice(said: str, entities: Entities, around: Surroundings) -> Intent | None:
    """The intent of `said`, if it is one and has what it is about: no job is explained where none is known.

    Nothing that a question says makes a model ask for an action: that needs words of an action, which the rules know.
    """
    match = _WORD.fullmatch(said.strip())
    word = match.group(1).lower() if match else ""
    page = around.page
    possible = {
        "job_failure": bool(entities.job_ids or page.pandaid or page.job),
        "job_status": bool(entities.job_ids or page.pandaid or page.job),
        "log_request": bool(entities.job_ids or page.pandaid or page.job),
        "task_summary": bool(entities.task_ids or page.jeditaskid or page.task),
        "task_failures": bool(entities.task_ids or page.jeditaskid or page.task),
        "error_code_lookup": entities.error_code is not None or entities.component is not None,
        "followup": around.conversation,
        "action_request": entities.action is not None,
        **dict.fromkeys(ASIDES, not _names_ours(entities)),  # what names a job, a place or an error is not turned away
    }
    intent: Intent | None = next((one for one in _INTENTS if one == word), None)
    return intent if intent is not None and possible.get(intent, True) else None
