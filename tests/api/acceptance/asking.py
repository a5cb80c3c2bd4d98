"""Three ways to an answer: a backend with a monitor of its own, a client that fetches what is asked for, and a stream.

Every request goes over a connection of its own, so that any worker may get it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.api.streams import STREAM, events
from tests.backend import Backend

Answer = dict[str, Any]
#: What is larger than this goes by upload.
INLINE = 256_000
ROUNDS = 2


def ask(backend: Backend, question: str, **fields: Any) -> Answer:
    """One question, one Answer; `model` is none unless it is given."""
    with backend.client() as client:
        reply = client.post("/api/v1/ask", json={"question": question, "model": "none", **fields})
    assert reply.status_code == 200, reply.text
    answer: Answer = reply.json()
    return answer


def streamed(backend: Backend, question: str, **fields: Any) -> Answer:
    """The same over events: the answer of `done`, held against what the other events said."""
    with backend.client() as client:
        body = {"question": question, "model": "none", **fields}
        with client.stream("POST", "/api/v1/ask", json=body, headers=STREAM) as reply:
            assert reply.status_code == 200
            got = list(events(reply))
    names = [event.name for event in got]
    assert names[0] == "start"
    assert names.count("done") == 1
    assert names[-1] == "done"
    done: Answer = got[-1].data
    told = {event.name: event.data for event in got}
    assert told["route"]["intent"] == done["intent"]
    assert told.get("diagnosis") == done["diagnosis"]
    assert told.get("sources", []) == done["citations"]
    spoken: dict[str, str] = {}
    for event in got:
        if event.name == "token":
            spoken[event.data["section"]] = spoken.get(event.data["section"], "") + event.data["text"]
    for section, text in spoken.items():
        assert as_streamed(done, section) == text.strip(), section
    return done


def as_streamed(answer: Answer, section: str) -> str:
    """One section of an answer as its tokens give it."""
    value: Any = answer["sections"]
    for part in section.split("."):
        value = value[part]
    return "\n".join(f"- {item}" for item in value) if isinstance(value, list) else str(value).strip()


@dataclass
class Extension:
    """Asks as the browser's extension does: fetches what an answer asks for, with the monitor's session, and asks again."""

    backend: Backend
    monitor: str
    asker: Callable[..., Answer] = ask
    rounds: list[Answer] = field(default_factory=list)

    def __call__(self, question: str, **fields: Any) -> Answer:
        context = {"monitor": self.monitor, "page": "home", **fields.pop("context", {})}
        answer = self.asker(self.backend, question, context=context, **fields)
        self.rounds = [answer]
        fields.pop("conversation_id", None)
        while answer["status"] == "needs":
            assert len(self.rounds) <= ROUNDS, "asked for more after two rounds"
            resources = {request["path"]: self.fetched(request) for request in answer["requests"]}
            answer = self.asker(self.backend, question, continues=answer["message_id"], resources=resources, **fields)
            self.rounds.append(answer)
        return answer

    def fetched(self, request: dict[str, str]) -> dict[str, Any]:
        """One resource, as the page may read it: same origin, and logs by the list's media address."""
        path = self._media(request["path"]) if request["as"] == "text" else request["path"]
        page = httpx.get(self.monitor + path, follow_redirects=True, timeout=60, trust_env=False)
        resource: dict[str, Any] = {"status": page.status_code, "content_type": page.headers.get("content-type", "")}
        if request["as"] == "json":
            try:
                data = page.json()
            except json.JSONDecodeError:
                return {**resource, "text": page.text}
            if len(page.content) <= INLINE:
                return {**resource, "json": data}
        elif len(page.content) <= INLINE:
            return {**resource, "text": page.content.decode("utf-8", "replace")}
        with self.backend.client() as client:
            upload = client.post("/api/v1/uploads?name=resource", content=page.content)
        return {**resource, "upload": upload.json()["upload"]}

    def _media(self, path: str) -> str:
        """The path of a log's own address, from the file browser's list; the asked one where the list has none."""
        name = parse_qs(urlsplit(path).query, keep_blank_values=True).get("filename", [""])[0]
        listed = httpx.get(re.sub(r"&filename=[^&]*", "", self.monitor + path), timeout=60, trust_env=False).json()
        links = [row["media_link"] for row in listed.get("files", []) if row["name"] == name]
        return re.sub(r"^/+", "/", urlsplit(links[0]).path) if links else path


def said(answer: Answer) -> str:
    """All that an answer says, in whichever part."""
    parts = [answer["text"], *(json.dumps(answer[name], ensure_ascii=False) for name in ("sections", "diagnosis", "blocks"))]
    return "\n".join(parts)
