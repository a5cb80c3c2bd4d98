"""A backend whose rooms below the API are small and told what to do by the question, run as `python -m tests.api.house`.

HTTP, database, workers and threads are the real ones. The assistant makes real events and answers; it can be slow, break,
stall and need more, which a real pipeline does only when something is wrong.
"""

import asyncio
import json
import os
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from flask import Flask, Response
from sqlalchemy import Engine, event, exc

from askpanda.catalogue import load
from askpanda.errors import Unavailable
from askpanda.pipeline.turn import Turn
from askpanda.schema.answer import Answer, Citation, ModelCall, ResourceRequest, Sections, Usage
from askpanda.schema.events import Event
from askpanda.settings import Settings
from askpanda.stores.base import Hit, StoreStatus

MODEL = "compatible/house"


class HouseAssistant:
    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir

    async def answer(self, turn: Turn) -> AsyncIterator[Event]:
        question = turn.question
        model = turn.request.model or "none"
        yield Event("start", {"conversation_id": turn.conversation_id, "message_id": turn.message_id, "model": model})
        yield Event("route", {"intent": "documentation", "entities": {}})
        yield Event("sources", [Citation(n=1, kind="document", title="The house").model_dump()])
        words: list[str] = []
        if pace := re.match(r"stream (\d+) ([\d.]+)", question):
            for number in range(int(pace[1])):
                await asyncio.sleep(float(pace[2]))
                words.append(f"word{number} ")
                yield Event("token", {"section": "description", "text": words[-1]})
        elif question.startswith("stall"):
            words.append("before the wall ")
            yield Event("token", {"section": "description", "text": words[-1]})
            try:
                await asyncio.Event().wait()
            finally:
                (self.state_dir / f"ended-{turn.message_id}").touch()
        else:
            words.append(f"You asked: {question}")
            yield Event("token", {"section": "description", "text": words[-1]})
        if question.startswith("break"):
            raise RuntimeError(f"broken by {question}")
        yield Event("done", self._answer(turn, "".join(words), model).wire())

    def _answer(self, turn: Turn, text: str, model: str) -> Answer:
        needs = turn.question.startswith("needs") and (turn.round < 2 or "always" in turn.question)
        request = turn.request.model_dump(mode="json", by_alias=True)
        upload = re.search(r"upload (\w+)", turn.question)
        opened = turn.open_upload(upload[1]) if upload else None
        return Answer(
            status="needs" if needs else "answered",
            requests=[ResourceRequest(path=f"/page/{turn.round}", as_="json")] if needs else [],
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            text=text,
            sections=Sections(description=text, details=json.dumps(request)),
            entities={
                "pid": os.getpid(),
                "round": turn.round,
                "history": [t.content for t in turn.history],
                "previous": turn.previous.text if turn.previous else None,
                "upload": opened.read_text("latin-1") if opened else None,
                "budget_left": turn.budget_left,
            },
            usage=Usage(calls=[ModelCall(model=model, input_tokens=10, output_tokens=5, cost_usd=0.5)])
            if model != "none"
            else Usage(),
        )


def interrupted(events: list[Event]) -> Answer:
    start = next((event.data for event in events if event.name == "start"), {"conversation_id": "", "message_id": ""})
    text = "".join(event.data["text"] for event in events if event.name == "token")
    return Answer(status="interrupted", conversation_id=start["conversation_id"], message_id=start["message_id"], text=text)


class HouseStore:
    def search(self, query: str, k: int = 5, source: str | None = None) -> list[Hit]:
        if query == "the index is away":
            raise Unavailable("The index is away.")
        hit = Hit(
            path="house/a.md", section="A > B", title="A", url="", text=query, score=1.0, source=source or "house", as_of="",
            kind="document",
        )  # fmt: skip
        return [hit] * k

    def status(self) -> StoreStatus:
        return StoreStatus("house", "here", ready=True)


class HouseRegistry:
    default = "none"

    def names(self) -> list[str]:
        return ["none", MODEL]

    def describe(self) -> list[dict[str, Any]]:
        return [{"name": name, "provider": name.split("/")[0], "remote": False} for name in self.names()]


def refuse_on_demand(engine: Engine, state_dir: Path) -> None:
    """Statements that name what the file `refuse` names fail as they do on a full disk."""

    @event.listens_for(engine, "before_cursor_execute")
    def _refuse(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        try:
            refused = (state_dir / "refuse").read_text() in statement
        except FileNotFoundError:
            return
        if refused:
            raise exc.OperationalError(statement, {}, sqlite3.OperationalError("database or disk is full"))


def make_app(settings: Settings) -> Flask:
    from askpanda.api import create_app

    app = create_app(
        settings,
        assistant=HouseAssistant(settings.state_dir),
        interrupted=interrupted,
        store=HouseStore(),
        registry=HouseRegistry(),
        catalogue=load(),
    )

    refuse_on_demand(app.extensions["askpanda"].database.engine, settings.state_dir)

    @app.after_request
    def _who(response: Response) -> Response:
        response.headers["X-Worker"] = str(os.getpid())
        return response

    return app


if __name__ == "__main__":
    from askpanda.api.serving import serve

    serve(Settings(), make_app)
