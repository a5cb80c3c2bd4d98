"""In which order queues are asked for, how many of them, and what is asked of all together."""

import re

from askpanda.pipeline.routing.queue_selection import about_field
from askpanda.pipeline.routing.queue_terms import words_of
from askpanda.pipeline.routing.rules import load

_LOWEST = ("lowest", "smallest", "least", "shortest", "weakest", "fewest")
_HIGHEST = ("top", "first", "highest", "largest", "biggest", "greatest", "most", "longest", "strongest")
_BEST = re.compile(rf"(?<!at )(?<!nicht )\b({'|'.join((*_HIGHEST, *_LOWEST))})\b(?:\s+(\d{{1,3}})(?![\w.,]))?")
#: `the 5 queues with the most memory`
_SO_MANY = re.compile(r"\b(\d{1,3}) (?:\w+ )?queues?\b(?= (?:with|by|of|having|that|which)\b)")

#: `sorted by`, `sort them by`, `sortiere sie nach`
_SORT = re.compile(
    r"\b(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?|sortier\w*|trie[rz]?|triees?|classees?|ordena\w*)(?:-les)?"
    r"(?: (?:them|it|these|those|sie|das|les|los|las|the (?:list|table|queues)|all))?(?: (?:all|list))? (?:by|nach|par|por)\s+"
    r"(?:the |their |dem |der |le |la |el )?"
)
Mention = tuple[int, int, str]


def order_of(folded: str, mentions: list[Mention], marks: bytearray) -> tuple[str, bool, int | None]:
    """(field, descending, how many) of `top 5 queues by corepower`, `the highest corepower`, `sorted by maxrss`.

    What was read is marked.
    """
    sort = _SORT.search(folded)
    best = _BEST.search(folded)
    anchor = sort.end() if sort else best.end() if best else None
    field = next((field for start, _, field in mentions if anchor is not None and start >= anchor), "")
    if not field:
        return "", True, None
    if best:
        marks[best.start() : best.end()] = b"\1" * (best.end() - best.start())
    down = any(re.search(rf"\b{word}", folded) for word in words_of("descending"))
    many = best.group(2) if best else None
    if best and not many and (counted := _SO_MANY.search(folded)):
        many = counted.group(1)
        marks[counted.start(1) : counted.end(1)] = b"\1" * len(many)
    return field, best.group(1) not in _LOWEST if best else down, (int(many) if many else 1) if best else None


def aggregate(folded: str, mentions: list[Mention], marks: bytearray) -> str:
    """`average` and its like, where they are no part of a field's own name (mean rss)."""
    for kind, words in load("queue_fields")["aggregates"].items():
        for match in re.finditer(rf"\b(?:{'|'.join(words)})\b", folded):
            if mentions and not any(start <= match.start() < end for start, end, _ in mentions):
                marks[match.start() : match.end()] = b"\1" * (match.end() - match.start())
                return str(kind)
    return ""


def counted_by(folded: str, mentions: list[Mention]) -> tuple[str, ...]:
    """The fields of `by cloud`, `per tier`, `in each country`, `by tier and status`."""
    found: list[str] = []
    ended = -1
    for start, end, field in mentions:
        if found and re.fullmatch(r"\s*(?:,|and|und|et|y)\s+(?:by |per )?", folded[ended:start]):
            found.append(field)
            ended = end
            continue
        before = re.search(r"(\w+ )?\b(?:by|per|for each|in each|of each|each|pro|par|por|je|nach)\s+$", folded[:start])
        if (
            before
            and field != "corecount"
            and not re.match(r"(?:sort|order|rank|trie|ordena)", before.group(1) or "")
            and not _SORT.search(folded[:start])
            and "unit" not in about_field(field)
        ):
            found.append(field)
            ended = end
    return tuple(dict.fromkeys(found))[:2]
