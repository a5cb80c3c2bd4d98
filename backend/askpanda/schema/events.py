"""The events of a streamed answer, in the order a reader meets them."""

from dataclasses import dataclass, field
from typing import Any, Literal

EventName = Literal["start", "route", "diagnosis", "sources", "token", "done", "error", "aside"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event: `data` is JSON-ready.

    start {conversation_id, message_id, model} · route {intent, entities} · diagnosis {Diagnosis} ·
    sources {"citations": [...]} is sent as the bare list · token {section, text} · done {Answer} ·
    error {code, message, retryable, retry_after} ·
    aside {kept, outcome}, just before done, is for whoever runs the answer and goes no further: what another model could word
    the same from, and how this one did ({model, code, retry_after}, no code where it answered)
    """

    name: EventName
    data: Any = field(default_factory=dict)
