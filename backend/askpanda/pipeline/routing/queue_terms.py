"""The words of a question about queues, one after the other: fields, values that the records have, numbers, what joins them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from askpanda.evidence.queues import Queues
from askpanda.pipeline.routing.queue_selection import Operator
from askpanda.pipeline.routing.rules import load
from askpanda.schema.values import as_number

Kind = Literal["field", "value", "number", "compare", "not", "or", "and", "but", "comma", "end", "plain", "word"]
#: Fields of one question that are read.
MENTIONS = 40
#: What a queue is by its own name, or by that of its site; no field of a record.
PLACE = "queue"


@dataclass(frozen=True)
class Term:
    """One word, or several that mean one thing."""

    kind: Kind
    text: str
    start: int
    end: int
    field: str = ""  # that is named
    values: tuple[tuple[str, str], ...] = ()  # (field, value as the records have it)
    number: float = 0.0
    upto: float | None = None  # of a range
    unit: str = ""
    operator: Operator = "is"


@dataclass(frozen=True)
class Spelt:
    """What only the question's own spelling tells: names of places, words in capitals."""

    places: dict[str, str] = field(default_factory=dict)  # folded word → name of the place
    upper: frozenset[str] = field(default_factory=frozenset)
    capital: frozenset[str] = field(default_factory=frozenset)
    written: dict[str, str] = field(default_factory=dict)  # folded word → as it stands in the question

    def as_written(self, text: str) -> str:
        """Words as they stand in the question."""
        return " ".join(self.written.get(word, word) for word in text.split(" "))


@cache
def plain() -> frozenset[str]:
    """Words that change nothing of what is asked."""
    return frozenset(load("queue_words")["plain"])


@cache
def words_of(name: str) -> frozenset[str]:
    """One list of the rules."""
    return frozenset(load("queue_words")[name])


@cache
def _any_of(name: str) -> str:
    listed = sorted(map(str, load("queue_words")[name]), key=len, reverse=True)
    return "|".join(rf"(?<!\w){re.escape(one)}(?!\w)" if one[0].isalpha() else re.escape(one) for one in listed)


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


def countries(queues: Queues) -> dict[str, str]:
    """Countries by all their words: as the records write them, else by the name that they are called where none has them."""
    vocabulary = queues.vocabulary("country")
    others: dict[str, str] = {}
    for words in load("queue_fields")["countries"]:
        written = next((vocabulary[word] for word in words if word in vocabulary), words[0].title())
        others.update(dict.fromkeys(words, written))
    return others | vocabulary


def words_for(queues: Queues, name: str) -> dict[str, str]:
    """The values of a field by the words for them."""
    vocabulary = countries(queues) if name == "country" else queues.vocabulary(name)
    if name == "tier":
        vocabulary = vocabulary | {tier[:2]: tier[:2].upper() for tier in vocabulary}
    return vocabulary


def terms(folded: str, queues: Queues, spelt: Spelt) -> list[Term]:
    """All words of a folded question, by place."""
    found: list[Term] = []
    free = [True] * len(folded)
    for term in _claims(folded, queues, spelt):
        if all(free[term.start : term.end]):
            free[term.start : term.end] = [False] * (term.end - term.start)
            found.append(term)
    return sorted(found, key=lambda term: term.start)


def _claims(folded: str, queues: Queues, spelt: Spelt) -> Iterator[Term]:
    """What words may be; of those that overlap, the first one counts."""
    for name in sorted(spelt.places, key=len, reverse=True):
        for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])(?! clouds?\b)", folded):
            if not re.search(r"\bcloud (?:is |= ?)?$", folded[: match.start()]):
                yield Term("value", match.group(), *match.span(), values=((PLACE, name),))
    yield from _switched_off(folded)
    for start, end, name in mentions(folded, queues):
        yield _mentioned(folded, start, end, name, queues)
    yield from _numbers(folded)
    yield from _values(folded, queues, spelt)
    joints: tuple[Kind, ...] = ("but", "and", "or")
    for joint in joints:
        for match in re.finditer(_any_of(joint), folded):
            yield Term(joint, match.group(), *match.span())
    for match in re.finditer(r"\w(?:[\w.+#:@-]*\w)?|[,/]|[.;!?]+|==?|:", folded):
        text = match.group()
        mark: Kind = "comma" if text in ",/" else "end" if text[0] in ".;!?" else "plain"
        yield Term(mark if text in plain() or not text[0].isalnum() else "word", text, *match.span())


def _switched_off(folded: str) -> Iterator[Term]:
    for match in re.finditer(_any_of("negations"), folded):
        beside = folded[match.end() :]
        said = match.group() in ("no", "non") and re.match(r"\s*(?:[,.!?]|$|i\b|it\b|we\b|je\b)", beside)
        if not said:
            yield Term("not", match.group(), *match.span())


def mentions(folded: str, queues: Queues) -> list[tuple[int, int, str]]:
    """(start, end, field), by place; a field that is not in the rules is found by its own name, if that is no plain word."""
    found: list[tuple[int, int, str]] = []

    def add(start: int, end: int, field: str) -> None:
        if len(found) < 4 * MENTIONS and all(end <= other[0] or start >= other[1] for other in found):
            found.append((start, end, field))

    for pattern, name in _names():
        for match in pattern.finditer(folded):
            add(match.start(), match.end(), name)
    known = load("queue_fields")["fields"]
    for name in queues.fields:
        if name not in known and ("_" in name or len(name) > 7) and not name.startswith("_"):
            for match in re.finditer(rf"(?<![\w-]){re.escape(name.lower()).replace('_', '[ _-]?')}(?![\w-])", folded):
                add(match.start(), match.end(), name)
    return sorted(found)[:MENTIONS]


def _mentioned(folded: str, start: int, end: int, name: str, queues: Queues) -> Term:
    """A field, or what is called like one and is a value: `apptainer`, and `cloud` before `queues`."""
    text = folded[start:end]
    if text in load("queue_fields")["fields"].get(name, {}).get("as_values", ()):
        return Term("value", text, start, end, values=((name, queues.vocabulary(name).get(text, text)),))
    before = re.search(r"(\w+) $", folded[:start])
    of_a_cloud = before is not None and before.group(1) in queues.vocabulary("cloud")
    if re.match(r" (?:queues?|pqs?)\b", folded[end:]) and not of_a_cloud:
        for other in load("queue_fields")["implicit"]:
            if other != name and text in queues.vocabulary(other):
                return Term("value", text, start, end, values=((other, queues.vocabulary(other)[text]),))
    return Term("field", text, start, end, field=name)


def _numbers(folded: str) -> Iterator[Term]:
    unit = rf"(?:\s*({'|'.join(sorted(load('queue_words')['units'], key=len, reverse=True))})(?!\w))?"
    number = rf"(?<![\w.,-])(\d[\d.,]*){unit}"
    ranges = (
        rf"\b(?:between|zwischen|entre|from|von|de)\s+{number}\s*(?:and|und|et|y|to|bis|a|-)\s*{number}(?!\w)",
        rf"{number}\s*(?:-|to|bis)\s*(?<!\w)(\d[\d.,]*){unit}(?!\w)",
    )
    for pattern in ranges:
        for match in re.finditer(pattern, folded):
            low, first, high, second = match.groups()
            least, most = as_number(low.rstrip(".,")), as_number(high.rstrip(".,"))
            if least is not None and most is not None:
                unit_of_both = second or first or ""
                yield Term("number", match.group(), *match.span(), number=least, upto=most, unit=unit_of_both)
                if second:  # `between 2 and 4 GB per core`
                    bare = folded[match.start() : match.end(3)]
                    yield Term("number", bare, match.start(), match.end(3), number=least, upto=most)
    compare = rf"({_any_of('above')}|{_any_of('below')})\s*(?:of |a )?(?=\d)"
    for match in re.finditer(compare, folded):
        text = match.group(1)
        inclusive = text in words_of("inclusive")
        operator: Operator = ("from" if inclusive else "above") if text in words_of("above") else "to" if inclusive else "below"
        yield Term("compare", text, *match.span(1), operator=operator)
    for match in re.finditer(rf"{number}(?!\w)", folded):
        value = as_number(match.group(1).rstrip(".,"))
        if value is not None:
            yield Term("number", match.group(), *match.span(), number=value, unit=match.group(2) or "")
            # `2 GB per core`: the unit is a part of the field's words
            yield Term("number", match.group(1), *match.span(1), number=value)


def _values(folded: str, queues: Queues, spelt: Spelt) -> Iterator[Term]:
    """Words that are values of a field although it is not named."""
    known: dict[str, list[tuple[str, str]]] = {}
    for name in load("queue_fields")["implicit"]:
        for word, written in words_for(queues, name).items():
            if len(word) > 1 and (word not in plain() or word in spelt.upper):
                known.setdefault(word, []).append((name, written))
    for tool in load("queue_fields")["copy_tools"]:
        if tool not in queues.vocabulary("copytools") and (len(tool) > 2 or re.search(rf"\bus(?:e|es|ing) {tool}\b", folded)):
            known.setdefault(tool, []).append(("copytools", tool))
    for word in (word for word in countries(queues) if word in plain() and len(word) > 2 and word in folded):
        # `in usa`, which is a verb in Spanish
        beside = rf"(?<=\b(?:in|of|or) )(?:the )?{word}\b|(?<=\b(?:the|not|and|for) ){word}\b"
        for match in re.finditer(beside, folded):
            start = match.end() - len(word)
            yield Term("value", word, start, match.end(), values=(("country", countries(queues)[word]),))
    known_clouds: dict[str, str] = {name.casefold(): name for name in load("entities")["clouds"] if len(name) == 2}
    for word, written in (known_clouds | queues.vocabulary("cloud")).items():
        if (word in spelt.upper or (len(word) == 2 and word not in plain())) and word not in spelt.places:
            known.setdefault(word, []).insert(0, ("cloud", written))
    for word in sorted(known, key=len, reverse=True):
        if word in folded:
            for match in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", folded):
                yield Term("value", match.group(), *match.span(), values=tuple(known[word]))
