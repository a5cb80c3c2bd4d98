"""Names get stand-ins before a text goes to a model, and are put back in what it answers.

Distinguished names, people, mail addresses, accounts in paths and scopes, network addresses and host names. The same
name has the same stand-in throughout one `Mask`; stand-ins are words that a model repeats unchanged (`HOST_1`).
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import re2

from askpanda.schema.answer import UserSections

#: Names of the services and documents that everybody knows; standing in for them would only harm the answer.
PUBLIC_HOSTS = (
    "bigpanda.cern.ch", "panda-wms.readthedocs.io", "github.com", "rucio.cern.ch", "rucio.github.io", "python.org",
    "root.cern.ch", "root.cern", "cern.ch", "atlas.cern", "home.cern", "atlas-cric.cern.ch",
)  # fmt: skip

# Top-level domains that grid sites and their users are in. Not `.py`, `.sh`, `.so`, `.in`: those are files.
_TLDS = (
    "ac|am|ar|at|au|be|bg|br|ca|cern|ch|cl|cluster|cn|co|com|cz|de|dk|edu|ee|es|eu|fi|fr|ge|gov|gr|hk|hr|hu|ie|il|int|internal"
    "|ir|is|it|jp|kr|lan|local|localdomain|lt|lv|mil|mx|net|nl|no|nz|org|pk|pl|pt|ro|rs|ru|se|sg|si|sk|th|tr|tw|ua|uk|us|za"
)

_KINDS = ("WORD", "DN", "MAIL", "ACCOUNT", "ADDRESS", "HOST", "PERSON")


def _groups() -> str:
    """One alternation; the number of the group that matched says what was found. First match wins, so order counts."""
    account = r"([A-Za-z][\w-]{1,31})"
    return "|".join(
        (
            # a text that already holds a word of our own shape gets a stand-in for it, so that none is put back wrongly
            rf"\b((?:{'|'.join(_KINDS)})_\d+)\b",
            r"((?:/(?:DC|C|O|OU|CN|L|ST|UID|E|emailAddress)=[^/\n\"'|<>,;]+){2,})",
            r"((?:(?:DC|C|O|OU|CN|L|ST|UID)=[^,\n\"'|<>;]+,[ ]?)+(?:DC|C|O|OU|CN|L|ST|UID)=[^,\n\"'|<>; ]+)",
            r"\b([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b",
            rf"(?:/home/|/Users/|/afs/cern\.ch/user/[a-z]/|/afs/cern\.ch/work/[a-z]/|/eos/(?:home-[a-z]|user/[a-z])/){account}",
            rf"\b(?:user|group\.user)\.{account}(?:[.:]|\b)",
            # from 10 up: 3.11.5.1 is a pilot
            r"\b((?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d)\.(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){2}(?:25[0-5]|2[0-4]\d|1?\d?\d))\b",
            r"(?:^|[^\w:.])((?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){2,6}:(?:[0-9A-Fa-f]{1,4}:?){0,5}[0-9A-Fa-f]{1,4})\b",
            rf"(?:^|[^\w.%-])((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.){{1,8}}(?:{_TLDS}))(?:$|[^\w.-]|\.(?:$|\s)|-(?:$|\s))",
        )
    )


_KIND_OF_GROUP = ("WORD", "DN", "DN", "MAIL", "ACCOUNT", "ACCOUNT", "ADDRESS", "ADDRESS", "HOST")
_PATTERN = re2.compile(_groups().encode())
_STAND_IN = re2.compile(rf"\b({'|'.join(_KINDS)})\\?_(\d+)\b")
#: Parts of our own answers, `user.problem`, which look like the scope of somebody's files.
_SECTIONS = frozenset(UserSections.model_fields)
_LOOPBACK = ("127.0.0.1", "0.0.0.0", "255.255.255.255")  # noqa: S104 (compared, not bound)


class Mask:
    """Stand-ins for one model call.

    >>> mask = Mask(people=["Jane Doe"])
    >>> mask.hide("Jane Doe ran on wn12.site.example.org")
    'PERSON_1 ran on HOST_1'
    >>> mask.restore("Ask PERSON_1 about HOST_1.")
    'Ask Jane Doe about wn12.site.example.org.'

    `people` are names known from the record or the page (owner, viewer), `hosts` worker nodes without a domain. `public`
    are more hosts that everybody knows, such as an experiment's own monitor.
    """

    def __init__(
        self,
        people: Iterable[str] = (),
        hosts: Iterable[str] = (),
        accounts: Iterable[str] = (),
        public: Iterable[str] = (),
    ) -> None:
        self._public = {*PUBLIC_HOSTS, *(host.lower() for host in public)}
        self._stand_ins: dict[tuple[str, str], str] = {}
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._known: list[tuple[Any, str]] = []
        for kind, names in (("PERSON", people), ("HOST", hosts), ("ACCOUNT", accounts)):
            for name in sorted({n.strip() for n in names if n and len(n.strip()) > 2}, key=len, reverse=True):
                escaped = re2.escape(name).replace("\\ ", r"[ _.]+")
                self._known.append((re2.compile(rf"(?i)(?:^|[^\w])({escaped})(?:$|[^\w])".encode()), kind))

    def hide(self, text: str) -> str:
        """`text` with stand-ins. Lines stay lines."""
        text = _replace(_PATTERN, text, self._found)
        for pattern, kind in self._known:
            text = _replace(pattern, text, partial(self._known_name, kind))
        return text

    def restore(self, text: str) -> str:
        """`text` with the names put back; a stand-in that was never given stays as it is."""
        return _STAND_IN.sub(lambda m: self._names.get(f"{m.group(1)}_{m.group(2)}", m.group(0)), text)

    def _found(self, group: int, name: str) -> str:
        kind = _KIND_OF_GROUP[group - 1]
        if kind == "HOST" and name.lower() in self._public:
            return name
        if kind == "ADDRESS" and name in _LOOPBACK:
            return name
        if kind == "ACCOUNT" and name in _SECTIONS:
            return name
        return self._stand_in(kind, name)

    def _known_name(self, kind: str, group: int, name: str) -> str:
        return self._stand_in(kind, name)

    def _stand_in(self, kind: str, name: str) -> str:
        known = self._stand_ins.get((kind, name))
        if known is None:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            known = self._stand_ins[(kind, name)] = f"{kind}_{number}"
            self._names[known] = name
        return known


def _replace(pattern: Any, text: str, stand_in: Callable[[int, str], str]) -> str:
    """Each match's only set group replaced; what the pattern needs around it stays, and may open the next match."""
    raw = text.encode("utf-8", "replace")
    pieces: list[bytes] = []
    done = 0
    while (match := pattern.search(raw, done)) is not None:
        start, end = match.span(match.lastindex)
        pieces += (raw[done:start], stand_in(match.lastindex, raw[start:end].decode("utf-8", "replace")).encode())
        done = end
    return text if not pieces else b"".join((*pieces, raw[done:])).decode("utf-8", "replace")
