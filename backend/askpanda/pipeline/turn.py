"""What enters the pipeline: one question with everything that is known at the moment it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askpanda.pipeline.kept import Kept
from askpanda.pipeline.purse import Purse
from askpanda.schema.answer import Answer, Intent
from askpanda.schema.ask import AskRequest, HistoryTurn


def _no_upload(_: str) -> Path | None:
    return None


@dataclass(frozen=True, slots=True)
class Said:
    """One earlier turn of the conversation, as later ones remember it (see `askpanda.pipeline.gist`)."""

    question: str
    gist: str


@dataclass(frozen=True)
class Turn:
    """One question of one owner.

    `previous` is the last answer of the conversation that was more than courtesy (None for a first one); `round` counts
    how often resources were already asked for in this turn (0, 1, 2). `open_upload` gives the file of an upload id, or
    None where it has expired or belongs to somebody else. `budget_left` is False once the day's model budget is used up.
    """

    request: AskRequest
    owner: str = ""
    conversation_id: str = ""
    message_id: str = ""
    history: list[HistoryTurn] = field(default_factory=list)
    previous: Answer | None = None
    open_upload: Callable[[str], Path | None] = _no_upload
    round: int = 0
    budget_left: bool = True
    said: list[Said] = field(default_factory=list)  # every earlier turn, oldest first
    kept: Kept | None = None  # words the evidence of an earlier answer again, instead of finding its own
    resting: dict[str, str] = field(default_factory=dict)  # models that are not asked now, each with the reason
    basis: Answer | None = None  # the last answer with facts of its own, which follow-ups rest on
    verdict: Answer | None = None  # the last answer that found a verdict, whatever was asked since
    spoken_of: list[dict[str, Any]] = field(default_factory=list)  # the entities of earlier answers, oldest first
    explained: list[list[int]] = field(default_factory=list)  # the jobs of earlier verdicts, oldest first
    routed: Intent | None = None  # what an earlier round of this turn was taken for
    purse: Purse = field(default_factory=Purse)  # pays and counts this turn's calls of models
    saved: bool = True  # whether its conversation is in the database, as the command line's are not
    scratch: Path | None = None  # a folder that lives as long as the turn, for logs that the backend itself fetched

    def __deepcopy__(self, memo: object) -> "Turn":
        """Haystack copies what it hands on; a turn never changes, and may carry megabytes of a page's context."""
        return self

    @property
    def question(self) -> str:
        return self.request.question

    @property
    def judged(self) -> Answer | None:
        """The answer whose verdict a follow-up goes on from."""
        return self.verdict or self.previous

    @property
    def continues_conversation(self) -> bool:
        return self.previous is not None or any(turn.role == "assistant" for turn in self.history)
