"""Every path that the backend can name is one that the extension's content script reads: both are held to one list."""

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from askpanda.evidence.paths import file_path, job_path, listing_path, parse, states_path, task_path
from askpanda.evidence.queues import Queues
from askpanda.pipeline.parcels import Route
from askpanda.pipeline.paths import live_paths, retried_path
from askpanda.pipeline.scope import scope_of
from askpanda.schema.answer import Entities
from askpanda.schema.ask import PageContext

#: The extension's own tests read it too.
LIST = Path(__file__).resolve().parents[3] / "extension" / "test" / "content" / "monitor_paths.json"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RECORD = {"jeditaskid": 46374283, "jobname": "user.rene.x~1#a=b/.6518760159_r2", "jobsetid": 10501}
PAGE = scope_of(
    PageContext(page="jobs", url="https://x/jobs/?computingsite=BNL*&produsername=Ren%C3%A9&piloterrorcode=1305|1099&days=3")
)
OF_TASKS = scope_of(PageContext(page="tasks", url="https://x/tasks/?username=Ren%C3%A9&status=failed|broken&days=30"))
OWN = scope_of(PageContext(page="user", url="https://x/user/"))
WAITING = {"computingsite": "BNL_OSG_SPOT", "jobstatus": "activated", "creationtime": "2026-11-23 08:00:00"}
QUEUES = Queues(records={name: {"site": "BNL"} for name in ("BNL", "BNL_OSG_SPOT", "BNL-GPU")})


def _named() -> set[str]:
    """What it names over every intent, focus and kind of entity that its choice depends on."""
    found = {job_path(1), task_path(1), listing_path(1), file_path(1, "payload.stdout"), states_path(1)}
    found.add(file_path(1, "log.EVNTtoHITS,1~a@b=c+d"))
    places: list[dict[str, Any]] = [
        {},
        {"queue": "BNL_OSG_SPOT"},
        {"site": "BNL"},
        {"cloud": "US"},
        {"user": "René O'Neill"},
        {"user": "me"},
        {"task_ids": [1]},
        {"task_ids": [1], "site": "BNL", "user": "me"},
    ]
    for intent, focus, place, thing, window, queues in itertools.product(
        ("statistics", "site_health", "task_failures", "task_summary", "queue_metadata", "job_failure"),
        ("", "attempts", "jobset", "sibling", "service", "losses", "ranked", "rates", "several", "tasks", "page"),
        places,
        (None, "jobs", "pilots", "errors"),
        (None, "6h", "7d", "yesterday"),
        (None, QUEUES),
    ):
        entities = Entities(object=thing, window=window, job_ids=[1, 2], **place)
        route = Route(intent=intent, entities=entities, focus=focus)
        found.update(live_paths(route, "Ann Panda", NOW, queues, RECORD))
        found.update(live_paths(route, "Ann", NOW, queues, {**RECORD, **WAITING}))
        found.update(live_paths(route, "Ann", NOW, queues, RECORD, PAGE))
        found.update(retried_path(route, {"/jobs/?jobstatus=failed": {"jobs": []}}))
    for page, aspect, code in itertools.product((PAGE, OF_TASKS, OWN), ("", "trend", "mine"), (None, 1305)):
        entities = Entities(error_code=code, component="pilot" if code else None)
        for focus in ("", "page", "tasks"):
            route = Route(intent="statistics", entities=entities, focus=focus, aspect=aspect, here=True)
            found.update(live_paths(route, "Ann", NOW, QUEUES, page=page))
            found.update(live_paths(route, "Ann Panda", NOW, QUEUES, page=page))
    return found


def _shape(path: str) -> tuple[str, tuple[str, ...]]:
    parts = urlsplit(path)
    return parts.path, tuple(sorted(key for key, _ in parse_qsl(parts.query, keep_blank_values=True)))


def test_the_list_that_the_extension_is_held_to_has_every_path_that_can_be_named() -> None:
    listed: list[str] = json.loads(LIST.read_text("utf-8"))
    longest: dict[tuple[str, tuple[str, ...]], str] = {}
    for path in sorted(_named(), key=lambda path: (-len(path), path)):
        longest.setdefault(_shape(path), path)
    assert listed == sorted(longest.values()), f"{LIST} should hold:\n{json.dumps(sorted(longest.values()), indent=2)}"


def test_the_backend_itself_knows_what_each_listed_path_asks_for() -> None:
    listed: list[str] = json.loads(LIST.read_text("utf-8"))
    assert [path for path in listed if parse(path) is None] == []
