"""What a question about queues asks for: which fields, which queues by which conditions, in which order, how many.

Words are held against what the records really contain, so that a condition means a value that exists, or, where the
question says plainly `copytool X` or `X as copytool`, one that no queue has.
"""

import re
from difflib import get_close_matches
from functools import cache
from itertools import pairwise

from askpanda.evidence.queues import Queues
from askpanda.pipeline.routing.queue_selection import LISTS, Condition, Operator, QueueQuestion, about_field
from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import fold
from askpanda.schema.values import as_number

#: Fields of one question that are read.
MENTIONS = 40


@cache
def _names() -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the fields' words, the longest first."""
    pairs = [
        (word.replace(" ?", "\0").replace(" ", "[ _-]?").replace("\0", " ?"), field)
        for field, about in load("queue_fields")["fields"].items()
        for word in [*about["words"], field.replace("_", " ")]
    ]
    pairs.sort(key=lambda pair: -len(pair[0]))
    return [(re.compile(rf"(?<![\w-]){pattern}(?![\w-])"), field) for pattern, field in pairs]


def read(question: str, queues: Queues, place: str = "", cloud: str = "") -> QueueQuestion:
    """What is asked. `place` (a site or queue that was recognised) is not taken for a value; `cloud` is a condition."""
    folded = _in_english(re.sub(r"(?<=\d)(?=(?:gib|gb|mb)\b)", " ", fold(question)))
    if place:
        folded = folded.replace(fold(place), " " * len(fold(place)))
    mentions = _mentions(folded, queues)
    which_fields = not place and _WHICH_FIELDS.search(folded) is not None and not mentions
    several = [] if mentions else _several(folded, queues)
    guessed, unknown = ((), "") if mentions or which_fields or several else _guesses(folded, queues, bool(place))
    mentions = mentions or [mention for mention, _ in guessed]
    if any(field == "maxrss_per_core" for _, _, field in mentions):
        # `memory of more than 2 GB per core` names one thing, not the memory, the cores and their quotient
        mentions = [mention for mention in mentions if mention[2] not in ("maxrss", "corecount")]
    taken = [False] * len(folded)
    conditions: dict[Condition, int] = {}  # and where each stands
    used: set[str] = set()
    for start, end, field in mentions:
        between = _between(folded, end, field, taken)
        condition = None if between else _numeric(folded, start, end, field, taken)
        condition = condition or (None if between else _worded(folded, start, end, field, queues, taken))
        for one in between or ((condition,) if condition else ()):
            used.add(field)
            conditions.setdefault(one, start)
    for field in load("queue_fields")["implicit"]:
        for one, at in _implicit(folded, field, queues, taken, [(start, end) for start, end, _ in mentions], [*conditions]):
            conditions.setdefault(one, at)
    for name in dict.fromkeys([cloud] if cloud else _clouds(question, queues, place)):
        if queues.fields.get("cloud") and not any(one.field == "cloud" for one in conditions):
            written = queues.vocabulary("cloud").get(name.casefold(), name)
            at = folded.find(fold(name))
            conditions[Condition("cloud", "is", written, not _negated(folded, max(at, 0)))] = at
    for one in _nowhere(question, place, queues, [*conditions]):
        conditions.setdefault(one, len(folded))
    tool = None if conditions else _uses_tool().search(folded)
    if tool:
        conditions[Condition("copytools", "is", tool.group(1), not _negated(folded, tool.start(1)))] = tool.start(1)
    order, descending, limit = _order(folded, mentions)
    asked = list(dict.fromkeys(field for _, _, field in mentions)) or several
    shown = [field for field in asked if field not in used or field == "copytools"]
    shown += [condition.field for condition in conditions]
    return QueueQuestion(
        fields=tuple(dict.fromkeys(shown)),
        conditions=tuple(conditions),
        order=order,
        descending=descending,
        limit=limit,
        either=_OR.search(folded) is not None,
        aggregate="" if order else _aggregate(folded, [(start, end) for start, end, _ in mentions]),
        group=_group(folded, mentions),
        any_of=_alternatives(folded, conditions),
        which_fields=which_fields,
        guessed=tuple((folded[start:end], field) for (start, end, field), _ in guessed),
        unknown=unknown,
    )


_OR = re.compile(r"\b(?:or|ou|oder|o|either)\b")
_WHICH_FIELDS = re.compile(
    r"\b(?:which|what|all|list|show|welche|quels?|que|cuales)\b.{0,40}"
    r"\b(?:fields?|attributes?|parameters?|properties|champs?|felder|campos)\b"
)
#: `the flumph of MPPMU`, `field flumph`
_AS_A_FIELD = re.compile(
    r"\b(?:fields?|parameters?|attributes?|settings?|champ|feld|campo)\s+[`'\"]?([a-z][\w-]{2,40})"
    r"|\b(?:the|its|le|la|l'|der|die|das|den|el)\s*([a-z][\w-]{2,40})\s+(?:of|for|at|de|du|von|vom|bei|del)\b"
)
#: How alike a word and a field are so that the one is taken for the other.
_SAME, _LIKE = 0.82, 0.55


def _in_english(folded: str) -> str:
    """Values of fields in the words of other languages, as the records have them."""
    for word, others in load("queue_fields")["values"].items():
        folded = re.sub(rf"(?<![\w-])(?:{'|'.join(others)})(?![\w-])", word, folded)
    return folded


def _several(folded: str, queues: Queues) -> list[str]:
    """Fields that one word means together (`the limits`), as far as the records have them."""
    words = load("queue_fields")["several"]
    named = [fields for word, fields in words.items() if re.search(rf"(?<![\w-])(?:{word})(?![\w-])", folded)]
    return [field for fields in named for field in fields if field in queues.fields]


def _guesses(folded: str, queues: Queues, place: bool) -> tuple[tuple[tuple[tuple[int, int, str], str], ...], str]:
    """Fields that words are most like, where none is named (`maxrrs`); and a word that stands where a field would."""
    known = [field for field in queues.fields if len(field) > 4]
    found = []
    for match in re.finditer(r"(?<![\w-])[a-z][\w]{4,30}(?![\w-])", folded):
        near = get_close_matches(match.group(), known, 1, _SAME)
        if near and match.group() not in _stop() and not _is_value(match.group(), queues):
            found.append(((match.start(), match.end(), near[0]), match.group()))
    said = None if found else _AS_A_FIELD.search(folded)
    word = (said.group(1) or said.group(2)) if said else ""
    asked = said is not None and (place or said.group(1) is not None)
    plain = word in _stop() or word in load("queue_fields")["no_fields"] or _is_value(word, queues)
    return tuple(found), word if asked and not plain else ""


def nearest_fields(word: str, queues: Queues) -> list[str]:
    """Three fields that a word is most like."""
    return get_close_matches(word, list(queues.fields), 3, _LIKE)


def _is_value(word: str, queues: Queues) -> bool:
    return any(word in queues.vocabulary(field) for field in load("queue_fields")["implicit"])


def _clouds(question: str, queues: Queues, place: str) -> list[str]:
    """Clouds in capitals beside the queues: `offline UK queues`. One that is a site as well is meant where it is called one."""
    if place:
        return []
    names = [written for written in queues.vocabulary("cloud").values() if written.isupper() and len(written) == 2]
    found = (
        re.search(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(?=\W+(?:[Qq]ueues?|PQs?)\b)", question) if names else None
    )
    return [found.group(1)] if found else []


def _alternatives(folded: str, conditions: dict[Condition, int]) -> tuple[frozenset[Condition], ...]:
    """Conditions on different fields with an `or` between them; those of one field are alternatives by themselves."""
    placed = sorted(conditions.items(), key=lambda pair: pair[1])
    groups: list[list[Condition]] = []
    for (one, at), (other, then) in pairwise(placed):
        if at < 0 or not _OR.search(folded[at:then]):
            continue
        if groups and one in groups[-1]:
            groups[-1].append(other)
        else:
            groups.append([one, other])
    return tuple(frozenset(group) for group in groups if len({one.field for one in group}) > 1)


@cache
def _uses_tool() -> re.Pattern[str]:
    """`does it use lsm?`: asks of a copy tool, be there a queue that has it or not."""
    tools = "|".join(load("queue_fields")["copy_tools"])
    return re.compile(rf"\b(?:us(?:e|es|ing)|supports?|with)\s+({tools})\b")


def _aggregate(folded: str, mentioned: list[tuple[int, int]]) -> str:
    """`average` and its like, where they are no part of a field's own name (mean rss)."""
    for kind, words in load("queue_fields")["aggregates"].items():
        for match in re.finditer(rf"\b(?:{'|'.join(words)})\b", folded):
            if mentioned and not any(start <= match.start() < end for start, end in mentioned):
                return str(kind)
    return ""


def _group(folded: str, mentions: list[tuple[int, int, str]]) -> tuple[str, ...]:
    """The fields of `by cloud`, `per tier`, `in each country`, `by tier and status`."""
    found: list[str] = []
    ended = -1
    for start, end, field in mentions:
        if found and re.fullmatch(r"\s*(?:,|and|und|et|y)\s+(?:by |per )?", folded[ended:start]):
            found.append(field)
            ended = end
            continue
        before = re.search(r"(\w+ )?\b(?:by|per|for each|in each|of each|each|pro|par|por|je)\s+$", folded[:start])
        if (
            before
            and field != "corecount"
            and not re.match(r"(?:sort|order|rank)", before.group(1) or "")
            and "unit" not in about_field(field)
        ):
            found.append(field)
            ended = end
    return tuple(dict.fromkeys(found))[:2]


#: Words with a capital that stand behind `in` and are no country.
_NO_COUNTRY = re.compile(r"(?:CRIC|PanDA|Harvester|UTC|GB|MB|Rucio|Tier|T[0-3]|European|Europe)\b", re.I)


def _nowhere(question: str, place: str, queues: Queues, known: list[Condition]) -> list[Condition]:
    """`in France` where no queue is in France: a condition that nothing holds, rather than none at all."""
    found = []
    for match in re.finditer(r"\b(?:in|from|en|aus)\s+(?:the\s+)?([A-Z][a-z]{2,}(?:\s[A-Z][a-z]+)?)\b", question):
        word = match.group(1)
        values = [folded for field in ("country", "cloud", "site", "region") for folded in _vocabulary(queues, field)]
        said = any(str(condition.value).casefold() == word.casefold() for condition in known)
        if word.casefold() not in (*values, place.casefold()) and not said and not _NO_COUNTRY.match(word):
            found.append(Condition("country", "is", word))
    return found


def _mentions(folded: str, queues: Queues) -> list[tuple[int, int, str]]:
    """(start, end, field), by place; a field that is not in the rules is found by its own name, if that is no plain word."""
    found: list[tuple[int, int, str]] = []

    def add(start: int, end: int, field: str) -> None:
        if len(found) < 4 * MENTIONS and all(end <= other[0] or start >= other[1] for other in found):
            found.append((start, end, field))

    for pattern, field in _names():
        for match in pattern.finditer(folded):
            add(match.start(), match.end(), field)
    known = load("queue_fields")["fields"]
    for field in queues.fields:
        if field not in known and ("_" in field or len(field) > 7) and not field.startswith("_"):
            for match in re.finditer(rf"(?<![\w-]){re.escape(field.lower()).replace('_', '[ _-]?')}(?![\w-])", folded):
                add(match.start(), match.end(), field)
    return sorted(found)[:MENTIONS]


@cache
def _words(name: str) -> str:
    return "|".join(re.escape(word) for word in sorted(load("queue_fields")[name], key=len, reverse=True))


def _between(folded: str, end: int, field: str, taken: list[bool]) -> tuple[Condition, ...]:
    """`corecount between 8 and 16`, both included."""
    match = re.compile(r"\s*(?:is |are )?(?:between|from) (\d[\d.,]*) ?[a-z]* ?(?:and|to|-) ?(\d[\d.,]*)(?: ?([a-z]+))?").match(
        folded, end
    )
    if match is None:
        return ()
    found = [
        _compared(field, compare, digits, match.group(3) or "", False, match, taken)
        for compare, digits in ((">=", match.group(1)), ("<=", match.group(2)))
    ]
    return tuple(condition for condition in found if condition)


def _numeric(folded: str, start: int, end: int, field: str, taken: list[bool]) -> Condition | None:
    number = rf"(\d[\d.,]*)\s*({_words('units')})?(?![\w.])"
    in_name = re.match(r"(gb|mb|gib)\b", folded[start:end])  # `2 GB per core`
    compare = rf"({_words('above')}|{_words('below')}|=+|exactly|equal(?:s| to)?|of)?"
    after = re.compile(rf"\s*(?:(?:is|are|of|value|set to|that is|which is|von|de)\s+)*(not\s+)?{compare}\s*{number}").match(
        folded, end
    )
    if after:
        unit = after.group(4) or (in_name.group(1) if in_name else "")
        return _compared(field, after.group(2) or "", after.group(3), unit, bool(after.group(1)), after, taken)
    before = re.search(rf"(?:(?<=\s)|^)({_words('above')}|{_words('below')}|exactly)?\s*{number}\s*(?:of\s+)?$", folded[:start])
    if before and any(taken[before.start(2) : before.end(2)]):
        return None  # the number is another field's already
    if before and not re.search(r"\b(?:top|first|last)\s*$", folded[: before.start(2)]):
        unit = before.group(3) or (in_name.group(1) if in_name else "")
        return _compared(field, before.group(1) or "", before.group(2), unit, False, before, taken)
    return None


def _compared(
    field: str, compare: str, digits: str, unit: str, negated: bool, match: re.Match[str], taken: list[bool]
) -> Condition | None:
    value = as_number(digits.rstrip(".,"))
    if value is None:
        return None
    taken[match.start() : match.end()] = [True] * (match.end() - match.start())
    if load("queue_fields")["fields"].get(field, {}).get("unit") in ("MB", "s"):
        value *= load("queue_fields")["units"].get(unit, 1)
    inclusive = compare in load("queue_fields")["inclusive"]
    operator: Operator = "is"
    if compare in load("queue_fields")["above"]:
        operator = "from" if inclusive else "above"
    elif compare in load("queue_fields")["below"]:
        operator = "to" if inclusive else "below"
    return Condition(field, operator, value, not negated)


@cache
def _stop() -> frozenset[str]:
    return frozenset(str(word) for word in load("queue_fields")["no_values"])


def _worded(folded: str, start: int, end: int, field: str, queues: Queues, taken: list[bool]) -> Condition | None:
    """`copytool rucio`, `rucio as copytool`, `status is not online`, `no copytool`, `with cvmfs`."""
    vocabulary = queues.vocabulary(field)
    before = re.search(r"([\w.+-]+)\s+(?:as|for|comme|als|como)\s+(?:a |an |the |its |their |main )*$", folded[:start])
    after = re.compile(
        r"\s*(?:(?:is|are|being|=+|:|set to|equal to|equals|named|called|contains?|includes?|including|of)\s*)*"
        r"(not\s+|!=\s*)?[\"']?([\w.+#-]+)[\"']?"
    ).match(folded, end)
    if before and before.group(1) not in _stop():
        return _taken(Condition(field, "is", vocabulary.get(before.group(1), before.group(1)),
                                not _negated(folded, before.start(1))), before.span(1), taken)  # fmt: skip
    if after and after.group(2) not in _stop():
        word = after.group(2)
        plainly = re.search(r"=|:|\b(?:set to|equal|named|called|contain|includ)", folded[end : after.start(2)]) is not None
        if field in LISTS and re.search(
            r"\b(?:with|using|use|uses|have|has|avec|mit|con)\s+(?:the |a |an |no |not )?$", folded[:start]
        ):
            plainly = True  # `with copytool xrdcp` names a value, be there a queue that has it or not
        if word in vocabulary or plainly:
            negated = bool(after.group(1)) or _negated(folded, start)
            return _taken(Condition(field, "is", vocabulary.get(word, word), not negated), after.span(2), taken)
    beside = re.search(r"([\w.+-]+)\s+$", folded[:start])
    if beside and beside.group(1) in vocabulary and beside.group(1) not in _stop():
        wanted = not _negated(folded, beside.start(1))
        return _taken(Condition(field, "is", vocabulary[beside.group(1)], wanted), beside.span(1), taken)
    if field in queues.switches:
        if re.search(r"\b(?:with|without|no|using|use|have|allow|support\w*)\s+$", folded[:start]):
            return Condition(field, "is", "yes", not _negated(folded, start))
        said = re.match(r"\s*(?:is|are|=)?\s*(true|false|yes|no|enabled|disabled|on|off)\b", folded[end:])
        if said:
            return Condition(field, "is", "yes", said.group(1) in ("true", "yes", "enabled", "on"))
    if re.search(r"\b(?:without|no|sans|ohne|sin)\s+(?:a |an |any )?$", folded[:start]):
        return Condition(field, "there", wanted=False)
    return None


def _taken(condition: Condition, span: tuple[int, int], taken: list[bool]) -> Condition:
    taken[span[0] : span[1]] = [True] * (span[1] - span[0])
    return condition


def _negated(folded: str, start: int) -> bool:
    """Whether one of the four words before says no."""
    near = " ".join(folded[:start].split()[-4:])
    near = re.split(r"[,;.]|\b(?:and|but|or|which|that)\b", near)[-1]
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)" if word[0].isalpha() else re.escape(word), near)
               for word in load("queue_fields")["negations"])  # fmt: skip


def _implicit(
    folded: str, field: str, queues: Queues, taken: list[bool], mentioned: list[tuple[int, int]], known: list[Condition]
) -> list[tuple[Condition, int]]:
    """Words that are values of a field although it is not named, and where they stand."""
    vocabulary = _vocabulary(queues, field)
    if field == "tier":
        vocabulary = vocabulary | {tier[:2]: tier[:2].upper() for tier in vocabulary}
    found: list[tuple[Condition, int]] = []
    for word, written in sorted(vocabulary.items(), key=lambda pair: -len(pair[0])):
        if word in _stop() or len(word) < 2:
            continue
        for match in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", folded):
            inside = any(start < match.end() and match.start() < end for start, end in mentioned)
            if inside or any(taken[match.start() : match.end()]):
                continue
            condition = _taken(Condition(field, "is", written, not _negated(folded, match.start())), match.span(), taken)
            if condition not in known and all(condition != other for other, _ in found):
                found.append((condition, match.start()))
    return found


def _vocabulary(queues: Queues, field: str) -> dict[str, str]:
    """The values of a field by their words; of countries, in other languages as well."""
    vocabulary = queues.vocabulary(field)
    if field != "country":
        return vocabulary
    others = {}
    for words in load("queue_fields")["countries"]:
        written = next((vocabulary[word] for word in words if word in vocabulary), None)
        others.update(dict.fromkeys(words, written) if written else {})
    return others | vocabulary


_LOWEST = ("lowest", "smallest", "least", "shortest", "weakest", "fewest")
_HIGHEST = ("top", "first", "highest", "largest", "biggest", "greatest", "most", "longest", "strongest")
_BEST = re.compile(rf"(?<!at )\b({'|'.join((*_HIGHEST, *_LOWEST))})\b(?:\s+(\d{{1,3}}))?")


#: `sorted by`, `sort them by`, `sortiere sie nach`
SORT = re.compile(
    r"\b(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?|sortier\w*|trie[rz]?|ordena\w*)(?:-les)?"
    r"(?: (?:them|it|these|those|sie|das|les|los|las|the (?:list|table|queues)|all))?(?: (?:all|list))? (?:by|nach|par|por)\s+"
    r"(?:the |their |dem |der |le |la |el )?"
)


def _order(folded: str, mentions: list[tuple[int, int, str]]) -> tuple[str, bool, int | None]:
    """(field, descending, how many) of `top 5 queues by corepower`, `the highest corepower`, `sorted by maxrss`."""
    sort = SORT.search(folded)
    best = _BEST.search(folded)
    anchor = sort.end() if sort else best.end() if best else None
    if anchor is None:
        return "", True, None
    field = next((field for start, _, field in mentions if start >= anchor), "")
    if not field:
        return "", True, None
    descending = best.group(1) not in _LOWEST if best else "desc" in folded
    limit = (int(best.group(2)) if best.group(2) else 1) if best else None
    return field, descending, limit
