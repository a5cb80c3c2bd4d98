"""Events as a stream, and whether anybody still reads it."""

import select
import socket
import time
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response, request

from askpanda.api.reading import be_patient
from askpanda.database.answers import Stored

#: A comment this often where nothing else is sent; the contract says ten seconds at most.
PING_SECONDS = 5.0

PING = ": ping\n\n"


def wanted() -> bool:
    """Does the client ask for a stream? `*/*` does not."""
    return any(mime.lower() == "text/event-stream" and quality > 0 for mime, quality in request.accept_mimetypes)


def frame(event: Stored) -> str:
    return f"id: {event.number}\nevent: {event.name}\ndata: {event.data}\n\n"


def response(batches: Iterable[list[Stored]]) -> Response:
    be_patient()
    return Response(_frames(batches), mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _frames(batches: Iterable[list[Stored]]) -> Iterator[str]:
    sent = time.monotonic()
    try:
        for batch in batches:
            if batch:
                sent = time.monotonic()
                yield "".join(frame(event) for event in batch)
            elif time.monotonic() - sent > PING_SECONDS:
                sent = time.monotonic()
                yield PING
    finally:
        if hasattr(batches, "close"):
            batches.close()  # now, and not when it is collected: it ends the model's call


class Reader:
    """The client at the other end of this request's connection."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._socket: socket.socket | None = environ.get("gunicorn.socket")
        self._poll = select.poll()
        if self._socket is not None:
            self._poll.register(self._socket, select.POLLIN | select.POLLRDHUP)

    def present(self) -> bool:
        """False once the client has closed its side. Takes microseconds and no bytes."""
        if self._socket is None:  # not under gunicorn
            return True
        try:
            events = self._poll.poll(0)
            if not events:
                return True
            if events[0][1] & (select.POLLRDHUP | select.POLLHUP | select.POLLERR | select.POLLNVAL):
                return False
            return bool(self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except (OSError, ValueError):
            return False
