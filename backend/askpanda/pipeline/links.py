"""Where an answer may lead. Text of records, logs and documents stays text: in an answer it makes no link, image or tag.

Every change is a backslash before a mark, so that whoever renders the Markdown reads the text as it was.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from urllib.parse import urlsplit

from askpanda.pipeline.wording.render import NAMES, get, with_section
from askpanda.schema.answer import Sections
from askpanda.settings import Settings

_MARK = re.compile(
    r"(?P<url>(?:https?://(?:\[[0-9A-F:.]*\])?|www\.)[^\s<>`\[\]]*)|(?P<cite>\[\s*\d{1,9}(?:\s*,\s*\d{1,9})*\s*\])|(?P<image>!\[)|(?P<target>\]\()"
    r"|(?P<tag><(?=[A-Za-z/!?]))",
    re.I,
)
_ADDRESS = re.compile(r"https?(?=:)|www(?=\.)", re.I)
_AUTHORITY = re.compile(r"(?:https?://)?([^/?#\s]*)", re.I)
_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?\Z")
_TARGET = re.compile(r"\s{0,8}<?([^\s<>)]*)")
_FENCE = re.compile(r"\s*(?:[-*+]\s+|\d{1,3}[.)]\s+)?(?:`{3,}|~{3,})")
#: `[name]: address` gives `[name]` elsewhere a target.
_DEFINITION = re.compile(r"^([\s>*+-]*(?:\d{1,3}[.)]\s+)?\[[^\]\n]*\]):", re.M)


class Links:
    """Hosts that an answer may link to: LINK_HOSTS and the monitors that the backend knows."""

    def __init__(self, settings: Settings) -> None:
        known = [_netloc(address) for address in (*settings.allowed_monitors, settings.monitor_url)]
        self._hosts = frozenset(host.lower() for host in (*settings.link_hosts, *known) if host)

    def allowed(self, address: str, monitor: str = "") -> bool:
        """Whether `address` is http or https, names no user, and leads to a known host or to `monitor`, the reader's own."""
        if not re.match(r"(?:https?://|www\.)", address, re.I):
            return False
        match = _AUTHORITY.match(address)
        found = _HOST.match(match[1].rstrip(").,;:!'\"*_]")) if match else None
        if found is None:
            return False
        host = found[1].lower().rstrip(".")
        return host in self._hosts or found[0].lower() in self._hosts or found[0].lower() == _netloc(monitor)

    def tamed(self, text: str, numbers: Collection[int], monitor: str = "") -> str:
        """`text` without images, tags, links to other places, and numbers of sources that there are not.

        >>> Links(Settings()).tamed("See [1], [9] and [this](http://evil.example/).", {1})
        'See [1], \\\\[9\\\\] and [this]\\\\(http\\\\://evil.example/).'
        """

        def mark(match: "re.Match[str]") -> str:
            found = match[0]
            if not match["url"] and _escaped(match.string, match.start()):
                return found
            if match["url"]:
                if self.allowed(found, monitor):
                    return found
                return _ADDRESS.sub(lambda word: word[0] + "\\", found)
            if match["cite"]:
                known = all(int(number) in numbers for number in re.findall(r"\d+", found))
                return found if known else f"\\{found[:-1]}\\]"
            if match["image"]:
                return "!\\["
            ahead = _TARGET.match(match.string, match.end())
            if ahead and self.allowed(ahead[1], monitor):
                return found
            return "]\\(" if match["target"] else "\\<"

        return "".join(piece if code else _MARK.sub(mark, _undefined(piece)) for code, piece in _pieces(text))

    def sections(self, sections: Sections, numbers: Collection[int], monitor: str = "") -> Sections:
        """The same for every section of an answer."""
        for name in NAMES:
            value = get(sections, name)
            if isinstance(value, list):
                sections = with_section(sections, name, [self.tamed(item, numbers, monitor) for item in value])
            elif value:
                sections = with_section(sections, name, self.tamed(value, numbers, monitor))
        return sections


Tame = Callable[[str], str]


def _netloc(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.netloc.lower() if parts.scheme in ("http", "https") and "@" not in parts.netloc else ""


def _undefined(text: str) -> str:
    return _DEFINITION.sub(r"\1\\:", text)


def _escaped(text: str, at: int) -> bool:
    """Whether an odd number of backslashes stands before a place."""
    start = at
    while start and text[start - 1] == "\\":
        start -= 1
    return (at - start) % 2 == 1


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """(is it code, piece), which together are the text. A code span ends with its line, as far as is believed here."""
    fenced = False
    for line in text.splitlines(keepends=True):
        if _FENCE.match(line):
            fenced = not fenced
            yield True, line
        elif fenced:
            yield True, line
        else:
            yield from _spans(line)


def _spans(line: str) -> Iterator[tuple[bool, str]]:
    """Code spans: between a run of backticks and the next one of the same length."""
    runs = [(match.start(), match.end()) for match in re.finditer("`+", line)]
    by_length: dict[int, list[int]] = {}
    for start, end in runs:
        by_length.setdefault(end - start, []).append(start)
    done = 0
    for start, end in runs:
        if start < done:
            continue
        opens = start + 1 if _escaped(line, start) else start
        closers = by_length.get(end - opens, [])
        place = bisect_right(closers, start)
        if opens == end or place == len(closers):
            continue
        close = closers[place] + end - opens
        yield False, line[done:opens]
        yield True, line[opens:close]
        done = close
    yield False, line[done:]
