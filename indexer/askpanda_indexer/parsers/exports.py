"""Threads as forums and ticket systems export them: JSON (Discourse, GitHub, Jira and their like) and CSV."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from bs4 import BeautifulSoup

from askpanda_indexer.page import Page, Unreadable
from askpanda_indexer.parsers.conversation import Message, Thread, page_of

#: Where the systems put the same things, the first that is there counts.
_TITLE = ("title", "subject", "summary", "short_description", "topic", "name")
_TEXT = ("cooked", "raw", "text", "body", "content", "message", "comment", "description")
_FIRST = ("description", "body", "text", "content", "question", "details")
_REPLIES = ("messages", "posts", "comments", "replies", "answers", "notes", "diary", "history")
_SOLUTION = ("solution", "resolution", "resolution_description", "answer", "resolution_notes")
_AUTHOR = (
    "author",
    "user",
    "from",
    "creator",
    "reporter",
    "submitter",
    "username",
    "owner",
    "display_name",
    "displayName",
    "name",
)
_DATE = ("date", "created", "created_at", "createdAt", "created_on", "timestamp", "time", "updated_at", "updated", "ts")
_URL = ("html_url", "url", "link", "permalink", "web_url")
_STATUS = ("status", "state")
_LISTS = ("threads", "topics", "issues", "tickets", "items", "results", "data", "discussions", "messages", "posts")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
#: Threads within threads within threads: nobody exports deeper.
DEEPEST = 4


def threads_in(data: Any) -> list[Thread]:
    """Threads of an export; empty where it is none. Messages with a thread's name in them are gathered to threads."""
    return _threads(data, 0)


def parse_threads(data: Any, name: str) -> Page:
    """A page of an export that has been read. Raises Unreadable where it holds no thread."""
    found = threads_in(data)
    if not found:
        raise Unreadable("there are no threads or tickets in it")
    return page_of(PurePosixPath(name).stem, found)


def parse_csv(text: str, name: str) -> Page:
    """Tickets of a table, one a line: title, description, solution, under one of their usual names."""
    try:
        dialect = csv.Sniffer().sniff(text[:4096], ",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [{(key or "").strip().lower().replace(" ", "_"): value for key, value in row.items() if isinstance(value, str)}
                for row in csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)]  # fmt: skip
    except csv.Error as error:
        raise Unreadable(f"it is no table ({error})") from error
    return parse_threads(rows, name)


def _threads(data: Any, depth: int) -> list[Thread]:
    if depth > DEEPEST:
        return []
    if isinstance(data, Mapping):
        if thread := _thread(data):
            return [thread]
        for key in _LISTS:
            if isinstance(data.get(key), list) and (found := _threads(data[key], depth + 1)):
                return found
        return []
    if not isinstance(data, list):
        return []
    found = []
    for row in data:
        if isinstance(row, Mapping | list):
            found += _threads(row, depth + 1)
    return found


def _thread(row: Mapping[str, Any]) -> Thread | None:
    fields = row["fields"] if isinstance(row.get("fields"), Mapping) else row  # Jira
    title = _first(fields, _TITLE)
    replies = _replies(fields)
    opening = _first(fields, _FIRST)
    solution = _first(fields, _SOLUTION)
    if not title or not (replies or (opening and (solution or _first(fields, _STATUS)))):
        return None
    messages = [Message(_author(fields), _date(fields), _plain(opening))] if opening else []
    accepted = fields.get("accepted_answer")
    number = accepted.get("post_number") if isinstance(accepted, Mapping) else None
    for reply in replies:
        text = _plain(_first(reply, _TEXT))
        if text.strip():
            chosen = any(
                reply.get(key) is True for key in ("accepted", "accepted_answer", "is_answer", "is_accepted", "solution")
            )
            chosen = chosen or (number is not None and reply.get("post_number") == number)
            messages.append(Message(_author(reply), _date(reply), text, chosen))
    if solution and len(solution.split()) > 2:
        messages.append(
            Message(
                "", _date(fields, ("resolved", "resolved_at", "closed_at", "updated_at", "updated")), _plain(solution), True
            )
        )
    url = _first(fields, _URL)
    status = _first(fields, _STATUS)
    return Thread(title, messages, url if url.startswith(("https://", "http://")) else "", status[:40]) if messages else None


def _replies(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    stream = fields.get("post_stream")  # Discourse
    if isinstance(stream, Mapping):
        fields = {**fields, **stream}
    comment = fields.get("comment")  # Jira
    if isinstance(comment, Mapping):
        fields = {**fields, **comment}
    for key in _REPLIES:
        if isinstance(found := fields.get(key), list):
            return [reply for reply in found if isinstance(reply, Mapping) and _first(reply, _TEXT)]
    return []


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = fields.get(name)
        if isinstance(value, Mapping):
            value = value.get("name") or value.get("value")
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _author(fields: Mapping[str, Any]) -> str:
    for name in _AUTHOR:
        value = fields.get(name)
        if isinstance(value, Mapping):
            value = " ".join(
                str(value.get(key) or "") for key in ("displayName", "display_name", "name", "login", "emailAddress")
            )
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _date(fields: Mapping[str, Any], names: Iterable[str] = _DATE) -> str:
    for name in names:
        value = fields.get(name)
        try:
            if isinstance(value, int | float) and not isinstance(value, bool):
                when = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
            elif isinstance(value, str) and value.strip():
                when = datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", value.strip()))
            else:
                continue
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OverflowError, OSError):
            continue
    return ""


def _plain(text: str) -> str:
    return BeautifulSoup(text, "html.parser").get_text("\n").strip() if _TAG.search(text) else text
