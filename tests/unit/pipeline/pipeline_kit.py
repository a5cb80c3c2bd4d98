"""What the pipeline's tests share: a store and models of our own, and running a turn to its end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askpanda.catalogue import load
from askpanda.errors import UnknownModel
from askpanda.pipeline.assistant import Assistant
from askpanda.pipeline.parcels import Route
from askpanda.pipeline.router import route
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import Answer, ModelCall
from askpanda.schema.ask import AskRequest, HistoryTurn
from askpanda.schema.events import Event
from askpanda.settings import Settings
from askpanda.stores.base import Hit


def hit(path: str, section: str, body: str, *, score: float = 1.0, source: str = "guides", kind: Any = "document") -> Hit:
    title = section.split(" > ")[0]
    return Hit(path, section, title, "", f"{section}\n\n{body}", score, source, "2026-11-01", kind)


WHAT_IS = hit(
    "guides/what-is-panda.md", "What is PanDA?",
    "It serves several experiments.\n\nPanDA, the Production and Distributed Analysis system, is a workload management "
    "system for distributed computing. It began at the ATLAS experiment in 2005.",
)  # fmt: skip
PARTS = hit(
    "guides/what-is-panda.md",
    "What is PanDA? > Its parts",
    "- **JEDI**: makes jobs of tasks.\n- **Pilot**: runs jobs.",
    score=0.9,
)
PRUN = hit(
    "guides/prun.md", "How to run with prun > Hello world",
        'A hello world job:\n\n```bash\nprun --exec "echo hi" --outDS user.me.hi --nJobs 1 --output '
        'hi.txt\n```\n\n- `--exec`: the command.\n'
        "- `--outDS`: the output dataset.",
)  # fmt: skip


@dataclass
class FakeStore:
    """Gives its passages for any question; raises `broken` where that is set."""

    passages: list[Hit] = field(default_factory=list)
    broken: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def search(self, query: str, k: int = 5, source: str | None = None) -> list[Hit]:
        self.asked.append(query)
        if self.broken:
            raise self.broken
        return [passage for passage in self.passages if source in (None, passage.source)][:k]

    def page(self, path: str) -> list[Hit]:
        return [passage for passage in self.passages if passage.path == path]


@dataclass
class FakeModel:
    """Says `pieces` and then raises `problem`, if any; `waits` makes it stand still after the first piece."""

    pieces: list[str] = field(default_factory=list)
    problem: Exception | None = None
    waits: bool = False
    remote: bool = False
    name: str = "fake/model"
    provider: str = "fake"
    host: str = "127.0.0.1"
    messages: list[Any] = field(default_factory=list)
    cancelled: bool = False
    call: ModelCall | None = None  # what it says that it cost

    async def stream(self, messages: list[Any], on_text: Callable[[str], Awaitable[None]]) -> ModelCall:
        self.messages = messages
        try:
            for piece in self.pieces:
                await on_text(piece)
                await asyncio.sleep(0)
                if self.waits:
                    await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.problem:
            raise self.problem
        return self.call or ModelCall(model=self.name, input_tokens=100, output_tokens=20, cost_usd=0.002)

    def prompt(self) -> str:
        return "\n".join(str(message.text) for message in self.messages)


@dataclass
class FakeRegistry:
    model: FakeModel | None = None

    @property
    def default(self) -> str:
        return self.model.name if self.model else "none"

    def names(self) -> list[str]:
        return [self.default, "none"]

    def get(self, name: str) -> FakeModel:
        if self.model is None or name != self.model.name:
            raise UnknownModel(f"{name} is not configured")
        return self.model


def settings(folder: Path, **given: Any) -> Settings:
    given.setdefault("cric_url", "")  # nothing of a test leaves the machine
    return Settings(state_dir=folder, **given)


def assistant(folder: Path, store: FakeStore | None = None, model: FakeModel | None = None, **given: Any) -> Assistant:
    registry: Any = FakeRegistry(model)
    return Assistant(settings(folder, **given), load(), store or FakeStore([WHAT_IS, PARTS]), registry)


#: What a turn has beside its request.
_OUTER = ("previous", "history", "said", "round", "routed", "budget_left", "open_upload")


def turn(question: str, **given: Any) -> Turn:
    outer = {name: given.pop(name) for name in _OUTER if name in given}
    request = AskRequest.model_validate({"question": question, **given})
    return Turn(request, owner="me", conversation_id="c1", message_id="m1", **outer)


async def events_of(made: Assistant, asked: Turn) -> list[Event]:
    return [event async for event in made.answer(asked)]


def run(made: Assistant, asked: Turn) -> tuple[list[Event], Answer]:
    """All events, and the answer of the last one."""
    events = asyncio.run(events_of(made, asked))
    assert events[-1].name == "done"
    return events, Answer.model_validate(events[-1].data)


def talked(*questions: str, page: dict[str, Any] | None = None) -> Route:
    """The route of the last question of a conversation."""
    history: list[HistoryTurn] = []
    previous: Answer | None = None
    found = None
    for question in questions:
        found = route(turn(question, context=page or {}, history=history, previous=previous), load())
        entities = found.entities.model_dump(exclude_defaults=True)
        previous = Answer(status="answered", intent=found.intent, entities=entities, text="...")
        history = [*history, HistoryTurn(role="user", content=question), HistoryTurn(role="assistant", content="...")]
    assert found is not None
    return found
