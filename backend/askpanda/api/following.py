"""Reading an answer's events from the database, whichever worker makes it, and ending what a dead worker left."""

import json
import time
from collections.abc import Callable, Iterator

from askpanda.api.run import ENDING
from askpanda.api.running import Runner
from askpanda.api.wire import dumps
from askpanda.database import answers
from askpanda.database.answers import Stored
from askpanda.schema.events import Event

#: Between two looks for new events: short while they flow, longer while nothing comes.
FIRST_WAIT, LONGEST_WAIT = 0.05, 0.3


def follow(runner: Runner, owner: str, message_id: str, after: int, present: Callable[[], bool]) -> Iterator[list[Stored]]:
    """Events with a number above `after`, then the new ones until the answer is over.

    Gives an empty list where nothing is new. Never hangs: without a sign of the answer's worker it is ended here.
    """
    wait = FIRST_WAIT
    with runner.following(message_id):
        while present():
            stored, status, beat = answers.events_after(runner.database, message_id, after)
            if stored:
                after, wait = stored[-1].number, FIRST_WAIT
                yield stored
            if status != answers.RUNNING:  # over, or deleted meanwhile
                return
            if beat < time.time() - answers.STALE_SECONDS:
                end_abandoned(runner, owner, message_id)
                continue
            if not stored:
                yield []
                time.sleep(wait)
                wait = min(wait * 1.5, LONGEST_WAIT)


def end_abandoned(runner: Runner, owner: str, message_id: str) -> bool:
    """Keep what a worker that is no more had made as interrupted. True where it was this caller who did it."""
    database = runner.database
    if not answers.take_over(database, message_id):
        return False
    stored, _, _ = answers.events_after(database, message_id, 0)
    kept = answers.find(database, owner, message_id)
    answer = runner.interrupted([Event(event.name, json.loads(event.data)) for event in stored])  # type: ignore[arg-type]
    answer = answer.model_copy(
        update={
            "conversation_id": kept.conversation_id,
            "message_id": message_id,
            "warnings": [*answer.warnings, ENDING],
        }
    )
    number = stored[-1].number + 1 if stored else 1
    done = Stored(number, "done", dumps(answer.wire()))
    return answers.finish(database, owner, message_id, [done], answer.status, answer.usage.calls)
