"""Telling odd answers apart: what came back for a path, as data, as bytes, or as a reason in a sentence.

The monitor answers an unknown job with an HTML page and status 200, a signed-out reader with its login page, and sends
broken content types (facts: panda-bigmon-core core/views.py). So bodies are looked at, not headers alone.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askpanda.schema.ask import Resource
from askpanda.schema.evidence import FetchState

OpenUpload = Callable[[str], Path | None]

#: JSON deeper than this is refused; the monitor's deepest record (metadata of a transform) stays below 20.
DEPTH = 32
#: Text that is parsed as JSON at most.
JSON_LIMIT = 64 << 20
_SNIFF = 4096
#: A page's own text comes behind its head and its menus.
PAGE_HEAD = 100_000
_HTML = re.compile(rb"^\s*(?:<!doctype html|<html\b|<head\b|<\?xml[^>]{0,80}>\s*<!doctype html)", re.I)
_LOGIN = re.compile(
    rb"/login/\?next|name=[\"']?(?:username|password)|>\s*(?:log ?in|sign ?in)\b|CERN SSO|ATLAS IAM|Single Sign", re.I
)
#: The file browser's words for a tarball above its limit (core/filebrowser/views.py, `too_big_tarball`).
_TOO_LARGE = re.compile(r"too[ _](?:big|large)", re.I)
#: What it ran is no reason, and long.
_COMMAND = re.compile(r"\s*with command \[[^\]]*\]")
_SAID_LIMIT = 240
_NOT_FOUND = re.compile(
    rb"(?:job|task|pandaid)\s{0,3}#?\d{0,18}\s{0,3}(?:was )?not found|does not exist|no such (?:job|file)", re.I
)


@dataclass(slots=True)
class Read:
    """One answer: its state, a sentence where it is not ok, and the data (JSON) or the bytes (text)."""

    state: FetchState
    note: str = ""
    value: Any = None
    path: Path | None = None
    data: bytes | None = None


_SENTENCES: dict[FetchState, str] = {
    "empty": "{what} came back empty.",
    "not_found": "{what} was not found on the monitor.",
    "refused": "The monitor refused {what} ({status}): sign in there and ask again.",
    "login": "Instead of {what} the monitor showed its sign-in page: sign in there and ask again.",
    "html": "Instead of {what} the monitor sent a web page, so it could not be used.",
    "rate_limited": "The monitor is limiting requests (429); {what} could not be read now, try again in some minutes.",
    "too_large": "{what} is too large to be fetched; download it from the monitor and use `askpanda diagnose`.",
    "timeout": "The monitor did not send {what} in time; logs are unpacked at the first request, so a second try often works.",
    "network": "{what} could not be fetched: the monitor could not be reached.",
    "blocked": "{what} could not be fetched: the browser or the list of allowed monitors does not allow it.",
    "server_error": "The monitor failed on {what} ({status}); try again later.",
    "bad_json": "What the monitor sent for {what} is not valid data.",
    "expired": "The upload of {what} is no longer kept; send it again.",
}


def failed(state: FetchState, what: str, status: int | None = None, said: str = "") -> Read:
    """A state with its sentence, and with the monitor's own reason where it gave one."""
    text = _SENTENCES.get(state, "").format(what=what, status=status or "no status")
    if said:
        text = f"{text.removesuffix('.')}, which says “{said}”."
    # a file's name stays as it is written, also at the beginning of a sentence
    named = text.startswith(what) and "." in what.split()[0]
    return Read(state, text if named else text[:1].upper() + text[1:])


def sniff(head: bytes) -> FetchState | None:
    """login, not_found or html for the beginning of a web page, None for anything else."""
    if not _HTML.match(head):
        return None
    if _NOT_FOUND.search(head):
        return "not_found"
    # every page of a signed-out reader has a sign-in link in its menu; a sign-in page begins with its form
    return "login" if _LOGIN.search(head[:_SNIFF]) else "html"


def _by_status(resource: Resource, what: str) -> Read | None:
    if resource.error is not None:
        return failed(resource.error, what)
    status = resource.status
    if status is None or 200 <= status < 300:
        return None
    states: dict[int, FetchState] = {
        401: "refused",
        403: "refused",
        413: "too_large",
        429: "rate_limited",
    }
    if status in states:
        return failed(states[status], what, status)
    if status in {400, 404, 410}:
        return _missing(resource, what)
    if 300 <= status < 400:
        return failed("login", what, status)
    if status in {408, 504}:
        return failed("timeout", what, status)
    if status >= 500:
        return failed("server_error", what, status)
    return failed("server_error", what, status)


def _missing(resource: Resource, what: str) -> Read:
    """Why it is not there, as the file browser's {"error": text} tells it: no log registered, not downloaded, too large."""
    said = _said(resource)
    return failed("too_large", what) if _TOO_LARGE.search(said) else failed("not_found", what, resource.status, said)


def _said(resource: Resource) -> str:
    """The text of an error object, in one line; empty where the answer is something else."""
    value = resource.json_
    if value is None and resource.text and resource.text.lstrip()[:1] == "{" and len(resource.text) < _SNIFF:
        try:
            value = json.loads(resource.text)
        except (ValueError, RecursionError):
            return ""
    text = value.get("error") if isinstance(value, dict) else None
    line = " ".join(_COMMAND.sub("", text).split()).rstrip(".") if isinstance(text, str) else ""
    return line if len(line) <= _SAID_LIMIT else line[:_SAID_LIMIT].rsplit(" ", 1)[0] + " …"


def _body(resource: Resource, what: str, open_upload: OpenUpload) -> Read:
    if resource.text is not None:
        return Read("ok", data=resource.text.encode("utf-8", "replace"))
    if resource.upload is not None:
        return upload(resource.upload, what, open_upload)
    return failed("empty", what)


def upload(identity: str, what: str, open_upload: OpenUpload) -> Read:
    """The file of an upload; expired where it is gone. Never raises."""
    try:
        path = open_upload(identity)
        if path is None or not path.is_file():
            return failed("expired", what)
        if path.stat().st_size == 0:
            return failed("empty", what)
    except (OSError, ValueError):
        return failed("expired", what)
    return Read("ok", path=path)


def _head(read: Read) -> bytes:
    if read.data is not None:
        return read.data[:_SNIFF]
    if read.path is not None:
        with read.path.open("rb") as stream:
            return stream.read(_SNIFF)
    return b""


def as_text(resource: Resource, what: str, open_upload: OpenUpload) -> Read:
    """A log: bytes or a path where it is ok. A page or an error object instead of a log is not ok."""
    odd = _by_status(resource, what)
    if odd is not None:
        return odd
    if resource.text is None and resource.upload is None and resource.json_ is not None:
        return _missing(resource, what) if _said(resource) else failed("bad_json", what)
    read = _body(resource, what, open_upload)
    if read.state != "ok":
        return read
    try:
        head = _head(read)
    except OSError:
        return failed("expired", what)
    if not head.strip(b"\x00 \t\r\n") and len(head) < _SNIFF:
        return failed("empty", what)
    page = sniff(head)
    if page is not None:
        return failed(page, what, resource.status)
    if head.lstrip()[:9] == b'{"error":' and len(head) < 1000:
        return _missing(resource, what)
    return read


def as_json(resource: Resource, what: str, open_upload: OpenUpload) -> Read:
    """Data: `value` where it is ok."""
    odd = _by_status(resource, what)
    if odd is not None:
        return odd
    if resource.json_ is not None:
        return Read("ok", value=resource.json_) if shallow(resource.json_) else failed("bad_json", what)
    read = _body(resource, what, open_upload)
    if read.state != "ok":
        return read
    try:
        data = read.data if read.data is not None else _small(read.path)
    except OSError:
        return failed("expired", what)
    if data is None:
        return failed("too_large", what)
    page = sniff(data[:PAGE_HEAD])
    if page is not None:
        return failed(page, what, resource.status)
    try:
        value = json.loads(data, parse_constant=_no_constants)
    except (ValueError, RecursionError):
        return failed("bad_json", what)
    return Read("ok", value=value) if shallow(value) else failed("bad_json", what)


def _small(path: Path | None) -> bytes | None:
    if path is None or path.stat().st_size > JSON_LIMIT:
        return None
    return path.read_bytes()


def _no_constants(name: str) -> None:
    raise ValueError(f"{name} is not data")


def shallow(value: Any) -> bool:
    """Not deeper than DEPTH, whatever its size."""
    level = [value]
    for _ in range(DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = [item for item in below if isinstance(item, dict | list)]
        if not level:
            return True
    return False
