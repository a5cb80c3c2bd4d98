"""Amounts in a text, each with what it is an amount of: memory, time, a share, files, attempts, a line, a date, a time of day.

The same reading is done of the evidence and of what a model says of it, so that like is held against like.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import isfinite
from typing import Any

from askpanda.pipeline.checking import moments, number_words
from askpanda.pipeline.routing.rules import load

_DIGITS = r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
#: A number of its own: no part of a name, a version, a path or a date.
_NUMBER = re.compile(rf"(?<![\w.,:_@#])(?<!\D/)(?<!\w-)-?(?:{_DIGITS})(?:[eE][-+]?\d+(?!\w))?(?![.:,]\d|_|/\D)")
_DETERMINERS = [
    "the",
    "its",
    "his",
    "her",
    "their",
    "these",
    "those",
    "all",
    "his",
    "your",
    "der",
    "den",
    "dem",
    "die",
    "seinen",
    "seiner",
    "ihren",
    "ihrer",
    "diesen",
    "les",
    "ses",
    "ces",
    "leurs",
    "des",
    "los",
    "las",
    "sus",
    "estos",
    "estas",
]
_OF = re.compile(rf"\s*(?:(?:out )?\b(?:of|von|aus|sur|de|des|del)\b|/)\s*(?:(?:{'|'.join(_DETERMINERS)})\s+)*$", re.I)
_LEADING_OF = re.compile(
    rf"(?:^|[\s(,;:|])(?:out of|of|von|aus|sur|de|des)\s+(?:(?:{'|'.join(_DETERMINERS)})\s+)*(?:\w+\s+)?$", re.I
)
#: Between two parts of one span of time: `1 h 24 min`, `a day and 16 hours`.
#: One attempt is counted; one of anything else is often only an article.
_ONE = re.compile(
    r"\b(?:one|a single|une|ein|un|un solo|eine einzige) (?:more |other )?(attempts?|try|tentative|versuch|intento)\b", re.I
)
_DIGIT = re.compile(r"\d")
_ID = re.compile(r"\d{7,}")
_OF_WHICH = re.compile(r",? *(?:of which|davon|dont|de (?:los|las) (?:que|cuales)) *")
_TO = re.compile(r"\s*(?:to|–|-|bis|à|a|and|et|und|y|or)\s*")
_JOINED = re.compile(r"[ ,\u00a0]*(?:and|et|und|y)?[ \u00a0]*")
#: How far a rounded value may be off: without a word that says so, with `about`, and with a bound.
ROUND, ABOUT, BOUND = 0.08, 0.07, 0.25
COUNTED_AFTER, NEAR = 70, 24
MEASURED = frozenset({"bytes", "time", "percent"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """`number` in units of `scale`: a power of 1000 (or 1024) bytes, seconds, or 1; of a date or a time it is its parts.

    `kind` is "" for a number that says nothing of itself; `weak` where it was taken from what stands before it. `ulp` is the
    worth of the last digit, `total` a number that others are parts of (`3 of 10`), `also` what it may be read as.
    """

    start: int
    end: int
    said: str
    kind: str
    number: float = 0.0
    scale: float = 1.0
    ulp: float = 1.0
    hedge: str = ""
    total: bool = False
    weak: bool = False
    also: float | None = None
    moment: tuple[int | None, ...] = ()

    def size(self) -> float:
        """Its worth in bytes (of 1000) or seconds, to put amounts in order."""
        return self.number * (1000**self.scale if self.kind == "bytes" else self.scale)


def _either(words: list[str]) -> str:
    return "|".join(sorted((str(word) for word in words), key=len, reverse=True))


@dataclass(frozen=True)
class _Table:
    unit: re.Pattern[str]
    far_unit: re.Pattern[str]
    units: dict[str, tuple[str, float]]
    after: re.Pattern[str]
    any_noun: re.Pattern[str]
    before: re.Pattern[str]
    hedge: re.Pattern[str]
    in_words: re.Pattern[str]
    words: dict[str, tuple[str, float]]
    families: dict[str, frozenset[str]]
    fields: list[tuple[re.Pattern[str], str, str, str, str]]
    settings: list[tuple[re.Pattern[str], str, str, str, str]]
    spelled: re.Pattern[str]


def _fields(rules: dict[str, str]) -> list[tuple[re.Pattern[str], str, str, str, str]]:
    """(field, kind, scale, measure, thing) of `kind/scale/measure/thing`."""
    return [(re.compile(pattern), *f"{role}////".split("/")[:4]) for role, pattern in rules.items()]  # type: ignore[misc]


def _groups(patterns: dict[str, list[str]]) -> str:
    """One pattern for all, with a group for each."""
    return "|".join(f"(?P<{name}>{_either(words)})" for name, words in patterns.items())


@cache
def table() -> _Table:
    """`rules/quantities.yaml`, compiled."""
    rules: dict[str, Any] = load("quantities")
    units = {
        str(word).casefold(): (kind, float(scale))
        for kind, scales in rules["units"].items()
        for scale, words in scales.items()
        for word in words
    }
    nouns = {kind: rule["words"] for kind, rule in rules["nouns"].items()}
    between = rf"(?:(?:{_either(rules['between'])})[ \u00a0]+){{0,3}}"
    numbers = load("checking")["number_words"]
    english = _either([*numbers["large"], *numbers["small"], *(word for word in numbers["ones"] if word != "one")])
    ones = _either(list(numbers["ones"]))
    all_nouns = _either([word for words in nouns.values() for word in words])
    counted = rf"(?=[- \u00a0]{between}(?:{all_nouns}|{_either([unit for unit in units if len(unit) > 2])})(?!\w))"
    said_first = r"\b(?<!one in )(?<!out of )(?<!four in )"
    run = rf"{said_first}((?:{english})s?(?:(?:[- ]and)?[- ](?:{english}|{ones})s?)*|{number_words.foreign_run()}){counted}"
    said = {f"t{span}": ("time", float(span)) for span in rules["spans"]}
    said |= {f"p{part}".replace(".", "_"): ("percent", float(part)) for part in rules["parts"]}
    in_words = {
        name: rules["parts" if name[0] == "p" else "spans"][value if value % 1 else int(value)]
        for name, (_, value) in said.items()
    }
    largest = {kind: words for kind, words in nouns.items() if kind not in ("kind", "group", "case")}
    return _Table(
        re.compile(rf"[ \u00a0\u202f-]?({_either([re.escape(unit) for unit in units])})(?![\w%])", re.I),
        re.compile(
            rf"[ \u00a0](?:{_either(rules['spans_of'])}) ({_either([unit for unit in units if len(unit) > 2])})(?!\w)", re.I
        ),
        units,
        re.compile(rf"[*_`]*[ \u00a0\u202f-]{between}(?:{_groups(nouns)})(?!\w)", re.I),
        re.compile(rf"\b(?:{_groups(largest)})\b", re.I),
        re.compile(
            rf"(?<!\w)(?:{_groups(rules['before'])})(?: is| was| of| ist| est| es| war| de)?[*`]*[ :#=(\[\u00a0]*$", re.I
        ),
        re.compile(rf"(?<!\w)(?:{_groups(rules['hedges'])})\W*(?:(?:the|a|der|la) )?$", re.I),
        re.compile(rf"\b(?:{_groups(in_words)})\b", re.I),
        said,
        {kind: frozenset({kind, *rule["also"]}) for kind, rule in rules["nouns"].items()},
        _fields(rules["fields"]),
        _fields(rules["settings"]),
        re.compile(run, re.I),
    )


def plain(text: str) -> str:
    """Without marks of emphasis, and with digits for the numbers that are said in words before what is counted."""
    text = text.replace("**", "").replace("__", "")

    def digits(match: re.Match[str]) -> str:
        words = match[1].split(" ")
        for at in range(len(words)):
            said = " ".join(words[at:])
            value = number_words.english(said)
            value = number_words.foreign(said) if value is None else value
            if value is not None and value > 1 and said.casefold() not in number_words.NO_NUMBERS:
                return " ".join([*words[:at], str(value)])
        return match[0]

    return table().spelled.sub(digits, _ONE.sub(r"1 \1", text))


def without_parts(text: str) -> str:
    """Without parts and spans in words (`one in five`, `half an hour`)."""
    return table().in_words.sub(" ", text)


def quantities(text: str, names: Iterable[tuple[int, int]] = (), *, log: bool = False) -> list[Quantity]:
    """All amounts of a `plain` text, in order; what stands within `names` (start, end) is none.

    Of a `log` only what is certain is read, and quickly: it is long, and is written by programs.
    """
    found: list[Quantity] = []
    text = _blanked(text, names)
    if not log:
        for match in table().in_words.finditer(text):
            kind, value = table().words[match.lastgroup or ""]
            hedge = _hedge(text, match.start(), match.end()) or "about"
            number, scale = (1.0, value) if kind == "time" else (value, 1.0)
            found.append(Quantity(match.start(), match.end(), match[0], kind, number, scale, 1.0, hedge))
    if not _DIGIT.search(text):
        return found
    dates = list(moments.dates(text, log=log))
    rest = _blanked(text, [(start, end) for start, end, _ in dates])
    found += [Quantity(start, end, text[start:end], "date", moment=moment) for start, end, moment in dates]
    spans = [(m.start(), m.end(), m) for m in moments.LONG.finditer(rest)]
    for start, end, match in spans:
        found.append(Quantity(start, end, match[0], "time", moments.seconds(match), 1.0, 1.0, _hedge(text, start, end)))
    rest = _blanked(rest, [(start, end) for start, end, _ in spans])
    clocks = list(moments.clocks(rest))
    found += [Quantity(start, end, text[start:end], "clock", moment=moment) for start, end, moment in clocks]
    rest = _blanked(rest, [(start, end) for start, end, _ in clocks])
    found += _numbers(rest, log=log)
    found.sort(key=lambda one: one.start)
    return found if log else _joined(text, found)


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\x00" * (end - start) + text[end:]
    return text


def _numbers(text: str, *, log: bool) -> list[Quantity]:
    rules = table()
    found: list[Quantity] = []
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        number, also, ulp = value_of(match[0])
        kind, scale = "", 1.0
        unit = rules.unit.match(text, end) or rules.far_unit.match(text, end)
        if unit and not (
            unit[1].casefold() in ("to", "go", "a", "s", "d", "h", "b") and not _is_unit(unit[1], text, unit.end())
        ):
            kind, scale = rules.units[unit[1].casefold()]
            end = unit.end()
        elif text[end : end + 1].isalpha():
            continue  # the head of a name
        else:
            kind = _before(text, start) or _after(text[end : end + COUNTED_AFTER])
            kind = "id" if kind not in ("event", "file") and _ID.fullmatch(match[0]) else kind
        found.append(
            Quantity(start, end, match[0], kind, number, scale, ulp, "" if log else _hedge(text, start, end), also=also)
        )
    if log:
        return found
    found = _of_totals(text, found)
    if all(one.kind for one in found):
        return found
    noun_at = [(match.start(), match.lastgroup or "") for match in rules.any_noun.finditer(text)]
    for at, one in enumerate(found):
        if not one.kind:
            before = [kind for start, kind in noun_at if start < one.start]
            if before:
                found[at] = replace(one, kind=before[-1], weak=True)
    return found


def _is_unit(said: str, text: str, end: int) -> bool:
    """Whether a short unit is one, and no word: `3 to 5`, `10 Go`, `5 s`."""
    if said in ("to", "go"):
        return False
    return said in ("To", "Go") or said.casefold() in ("s", "d", "h", "b")


def value_of(said: str) -> tuple[float, float | None, float]:
    """(value, what else it may be where a sign is a point in one language and a comma in another, worth of the last digit)."""
    digits = re.sub(r"['’\u00a0\u202f ]", "", said)
    groups = re.fullmatch(r"-?\d{1,3}((?:,\d{3})+|(?:\.\d{3})+)([.,]\d+)?", digits)
    if groups and not (groups[2] and groups[2][0] == groups[1][0]):
        whole = re.sub(r"[.,]", "", digits[: groups.start(2)] if groups[2] else digits)
        tail = groups[2][1:] if groups[2] else ""
        value = float(f"{whole}.{tail or 0}")
        also = float(digits) if groups[1].startswith(".") and groups[1].count(".") == 1 and not tail else None
        return value, also, 10.0 ** -len(tail)
    text = digits.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return float("nan"), None, 1.0
    decimals = len(text.partition(".")[2]) if "e" not in text.lower() else 0
    return value, None, 10.0**-decimals


def _before(text: str, start: int) -> str:
    match = table().before.search(text[max(0, start - NEAR) : start])
    return (match.lastgroup or "") if match else ""


def _after(text: str) -> str:
    match = table().after.match(text)
    return (match.lastgroup or "") if match else ""


def _hedge(text: str, start: int, end: int) -> str:
    match = table().hedge.search(text[max(0, start - NEAR) : start])
    if match:
        return match.lastgroup or ""
    return "about" if text[end : end + 6] == " or so" else ""


def _of_totals(text: str, found: list[Quantity]) -> list[Quantity]:
    """`3 of 10 files`: the 3 are files too, and the 10 a total."""
    for at, one in enumerate(found):
        gap = text[found[at - 1].end : one.start] if at else ""
        part = at and _OF.fullmatch(gap)
        counted = one.kind not in MEASURED
        if counted and (
            part
            or (
                (one.kind in table().families or text[: one.start].endswith("out of "))
                and _LEADING_OF.search(text[: one.start])
            )
        ):
            found[at] = one = replace(one, total=True)
            if part and found[at - 1].kind == "attempt_nr":
                found[at] = replace(one, kind="attempt_max")
            elif part and not found[at - 1].kind:
                found[at - 1] = replace(found[at - 1], kind=one.kind)
        elif at and not one.kind and found[at - 1].kind in MEASURED and _OF_WHICH.fullmatch(gap):
            found[at] = replace(one, kind=found[at - 1].kind, scale=found[at - 1].scale)
        elif at and one.kind in MEASURED and not found[at - 1].kind and _TO.fullmatch(gap):
            found[at - 1] = replace(found[at - 1], kind=one.kind, scale=one.scale)
    return found


def _joined(text: str, found: list[Quantity]) -> list[Quantity]:
    """`1 h 24 min` is one span."""
    out: list[Quantity] = []
    for one in found:
        last = out[-1] if out else None
        if (
            last is not None
            and one.kind == last.kind == "time"
            and one.scale < last.scale
            and _JOINED.fullmatch(text[last.end : one.start])
        ):
            number = (last.number * last.scale + one.number * one.scale) / one.scale
            out[-1] = replace(last, end=one.end, said=text[last.start : one.end], number=number, scale=one.scale, ulp=one.ulp)
        else:
            out.append(one)
    return out


def same(claim: Quantity, fact: Quantity) -> bool:
    """Whether the claim is a way of saying the fact: converted, rounded, or bounded by it."""
    if claim.kind in ("date", "clock"):
        return fact.kind == claim.kind and moments.same(claim.moment, fact.moment)
    readings = [claim.number] if claim.also is None else [claim.number, claim.also]
    return any(_near(claim, reading, value, exact) for reading in readings for value, exact in _in_unit_of(claim, fact))


def _in_unit_of(claim: Quantity, fact: Quantity) -> Iterator[tuple[float, bool]]:
    """(the fact's value in the claim's unit, whether both have the same unit)."""
    if claim.kind == "bytes" == fact.kind and claim.scale != fact.scale:
        power = claim.scale - fact.scale
        yield fact.number / 1000**power, False
        yield fact.number / 1024**power, False
    elif claim.kind == "time" == fact.kind:
        yield fact.number * fact.scale / claim.scale, claim.scale == fact.scale
    else:
        yield fact.number, True


def _near(claim: Quantity, said: float, value: float, exact: bool) -> bool:
    off = abs(value - said)
    if not isfinite(off):
        return False  # `nan` and numbers beyond all bounds are amounts of nothing
    if off <= 1e-9 * max(1.0, abs(value)):
        return True
    if exact and value == int(value) and (not claim.hedge or not claim.kind or claim.weak):
        return False
    if off <= 0.5001 * claim.ulp and off <= ROUND * abs(value) and said:
        return True
    if claim.hedge == "about":
        if claim.kind == "percent":
            return off <= (min(3.0, max(1.5, said / 10)) if said % 5 == 0 or said % 1 else 0.5)
        return off <= ABOUT * abs(value)
    if claim.hedge == "over":
        return 0 <= value - said <= BOUND * abs(said)
    if claim.hedge == "under":
        return 0 <= said - value <= BOUND * abs(said)
    return False


def kinds_agree(claim: str, fact: str) -> bool:
    """Whether things of the second kind may be counted as ones of the first: jobs as failures, and not the other way."""
    return claim == fact or fact in table().families.get(claim, ())


def field_of(name: str, number: str, *, setting: bool = False) -> tuple[Quantity, dict[str, str]]:
    """The amount in a field of a record or a queue's settings, and the labels that are known of it."""
    value, _, ulp = value_of(number)
    for pattern, kind, scale, attr, of in table().settings if setting else table().fields:
        if pattern.search(name):
            labels = {"attr": attr, "of": of}
            return Quantity(0, 0, number, kind, value, float(scale or 1), ulp), {
                key: label for key, label in labels.items() if label
            }
    return Quantity(0, 0, number, f"field {name}", value, 1.0, ulp), {}
