"""What a page of the monitor shows, as filters of its lists: `these` and `here` are the jobs that the page was asked for.

A page's address holds its filters (panda-bigmon-core core/views.py setupView); they are handed on as they are, as far as
they are filters at all.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from askpanda.schema.ask import PageContext

#: Pages that show many jobs; a page of one job or task has its own answers.
OF_MANY = frozenset({"jobs", "errors", "user", "site", "harvester", "home"})
#: Keys of addresses that choose how a page looks, not what it shows.
_LOOKS = frozenset(
    {"json", "timestamp", "limit", "display_limit", "sortby", "outputs", "fields", "extra", "view", "tk", "datasets"}
)
_TIMES = frozenset({"hours", "days", "date_from", "date_to", "earlierthan", "earlierthandays"})
_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
#: What a client may send (extension/src/content/paths.ts).
_VALUE = re.compile(r"[\w.,:;*|!@+ '()/=#~-]{1,200}")
_MOST = 12
_CALLED = {"computingsite": "queue", "produsername": "user", "jeditaskid": "task", "jobstatus": "status", "jobsetid": "jobset"}


@dataclass(frozen=True)
class Scope:
    """`filters` are `key=value` as they stand in a path, without times; `times` those of a window, where the page has one."""

    filters: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    words: str = ""  # `queue MWT2, status failed`

    @property
    def by_state(self) -> bool:
        """Whether the page is of jobs in certain states only."""
        return any(one.startswith("jobstatus=") for one in self.filters)


def scope_of(page: PageContext) -> Scope:
    """The jobs that a page shows; all of them for a page that says nothing."""
    try:
        parts = urlsplit(page.url or "")
        query = parse_qsl(parts.query, max_num_fields=40)
    except ValueError:
        parts, query = urlsplit(""), []
    pairs = {key: value for key, value in query if _KEY.fullmatch(key) and key not in _LOOKS and _VALUE.fullmatch(value)}
    user = re.match(r"/user/([^/]+)/?$", parts.path)
    if page.page == "user":
        pairs = {key: value for key, value in pairs.items() if key in _TIMES}
        if user and _VALUE.fullmatch(unquote(user[1])):
            pairs["produsername"] = unquote(user[1])
    if page.page in ("site", "harvester"):
        pairs = {key: value for key, value in pairs.items() if key in _TIMES or key == "computingsite"}
    if page.site and page.page != "user":
        pairs.setdefault("computingsite", page.site)
    if page.jeditaskid:
        pairs.setdefault("jeditaskid", str(page.jeditaskid))
    chosen = dict(list(pairs.items())[:_MOST])
    filters = {key: value for key, value in chosen.items() if key not in _TIMES}
    return Scope(
        filters=tuple(f"{key}={quote(value, safe='*|!,.:@-_')}" for key, value in filters.items()),
        times=tuple(f"{key}={quote(chosen[key], safe='.:-_')}" for key in chosen if key in _TIMES),
        words=", ".join(f"{_CALLED.get(key, key)} {value}" for key, value in filters.items()),
    )
