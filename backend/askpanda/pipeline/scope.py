"""What a page of the monitor shows, as filters of its lists: `these` and `here` are the jobs that the page was asked for.

A page's address holds its filters (panda-bigmon-core core/views.py setupView); they are handed on as they are, as far as
they are filters at all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from askpanda.pipeline.routing.entities import from_list
from askpanda.schema.answer import Entities
from askpanda.schema.ask import PageContext

#: Pages that show many jobs; a page of one job or task has its own answers.
_OF_MANY = frozenset({"jobs", "errors", "user", "site", "harvester", "home"})
#: Dashboards, which are of no kind of page of their own, and the filters that they share with the list of jobs.
_DASHBOARD = re.compile(r"/dash/")
_OF_DASHBOARDS = frozenset({"cloud", "computingsite", "produsername", "prodsourcelabel"})
#: Keys of addresses that choose how a page looks, not what it shows.
_LOOKS = frozenset(
    {"json", "timestamp", "limit", "display_limit", "sortby", "outputs", "fields", "extra", "view", "tk", "datasets"}
)
_TIMES = frozenset({"hours", "days", "date_from", "date_to", "earlierthan", "earlierthandays"})
_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
#: What a client may send (extension/src/content/paths.ts).
_VALUE = re.compile(r"[\w.,:;*|!@+ '()/=#~-]{1,200}")
_MOST = 12
_CALLED = {
    "computingsite": "queue", "produsername": "user", "username": "user", "jeditaskid": "task", "jobstatus": "status",
    "jobsetid": "jobset",
    "piloterrorcode": "pilot error", "exeerrorcode": "executor error", "ddmerrorcode": "dataservice error",
    "jobdispatchererrorcode": "jobdispatcher error", "taskbuffererrorcode": "taskbuffer error",
    "superrorcode": "supervisor error", "brokerageerrorcode": "brokerage error", "transexitcode": "transform exit code",
}  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """`filters` are `key=value` as they stand in a path, without times; `times` those of a window, where the page has one."""

    filters: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    words: str = ""  # `queue MWT2, status failed`
    own: bool = False  # the page is the viewer's own
    of_tasks: bool = False  # it lists tasks
    said: Entities = field(default_factory=Entities)  # what the address says, as a question would name it

    @property
    def by_state(self) -> bool:
        """Whether the page is of jobs in certain states only."""
        return any(one.startswith("jobstatus=") for one in self.filters)

    @property
    def timeless(self) -> bool:
        """Whether its jobs are listed whatever their age (panda-bigmon-core core/views.py setupView)."""
        return any(one.startswith(("jeditaskid=", "pandaid=", "jobsetid=", "jobname=")) for one in self.filters)

    def without(self, *keys: str) -> "Scope":
        """The same without the filters of these keys."""
        kept = tuple(one for one in self.filters if one.split("=")[0] not in keys)
        return replace(self, filters=kept, words=_in_words(kept))

    def narrowed(self, filters: Iterable[str], times: Iterable[str] = (), place: str = "") -> "Scope":
        """With further filters: one of the same key takes the place of the page's, and times that of its times.

        `place` are the words for a place among them, which may stand for many queues.
        """
        more = tuple(filters)
        kept = self.without(*(one.split("=")[0] for one in more))
        others = [one for one in more if not (place and one.startswith(("computingsite=", "cloud=")))]
        words = ", ".join(part for part in (kept.words, place, _in_words(others)) if part)
        return replace(kept, filters=(*kept.filters, *more), times=tuple(times) or self.times, words=words)


def _in_words(filters: Iterable[str]) -> str:
    pairs = [one.split("=", 1) for one in filters]
    return ", ".join(f"{_CALLED.get(key, key)} {unquote(value)}" for key, value in pairs)


def shows_many(page: PageContext) -> bool:
    """Whether a page is one of many jobs."""
    if page.pandaid:
        return False
    return page.page in _OF_MANY or (page.page == "other" and _DASHBOARD.match(_path(page)) is not None)


def shows_tasks(page: PageContext) -> bool:
    """Whether a page is a list of tasks."""
    return page.page == "tasks" and not page.jeditaskid


def _path(page: PageContext) -> str:
    try:
        return urlsplit(page.url or "").path
    except ValueError:
        return ""


def scope_of(page: PageContext) -> Scope:
    """The jobs that a page shows; all of them for a page that says nothing."""
    try:
        parts = urlsplit(page.url or "")
        query = parse_qsl(parts.query, max_num_fields=40)
    except ValueError:
        parts, query = urlsplit(""), []
    pairs = {key: value for key, value in query if _KEY.fullmatch(key) and key not in _LOOKS and _VALUE.fullmatch(value)}
    user = unquote(named[1]) if (named := re.match(r"/user/([^/]+)/?$", parts.path)) else pairs.get("user")
    if page.page == "user":
        pairs = {key: value for key, value in pairs.items() if key in _TIMES}
        if user and _VALUE.fullmatch(user):
            pairs["produsername"] = user
    own = page.page == "user" and user is None
    if page.page == "other":
        pairs = {key: value for key, value in pairs.items() if key in _TIMES or key in _OF_DASHBOARDS}
    if page.page in ("site", "harvester"):
        pairs = {key: value for key, value in pairs.items() if key in _TIMES or key == "computingsite"}
    if page.site and page.page != "user":
        pairs.setdefault("computingsite", page.site)
    if page.jeditaskid:
        pairs.setdefault("jeditaskid", str(page.jeditaskid))
    chosen = dict(list(pairs.items())[:_MOST])
    filters = {key: value for key, value in chosen.items() if key not in _TIMES}
    shown = tuple(f"{key}={quote(value, safe='*|!,.:@-_')}" for key, value in filters.items())
    return Scope(
        filters=shown,
        times=tuple(f"{key}={quote(chosen[key], safe='.:-_')}" for key in chosen if key in _TIMES),
        words=_in_words(shown),
        own=own,
        of_tasks=shows_tasks(page),
        said=_said(page),
    )


def _said(page: PageContext) -> Entities:
    said = Entities(task_ids=[page.jeditaskid] if page.jeditaskid else [])
    if page.page in ("site", "harvester"):
        said.queue = page.site
    elif page.page in ("jobs", "errors"):
        from_list(page.url or "", said)
    return said
