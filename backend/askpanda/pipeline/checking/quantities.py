"""Amounts in a text, each with what it is an amount of: memory, time, a share, files, attempts, a line, a date, a time of day.

The same reading is done of the evidence and of what a model says of it, so that like is held against like.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from askpanda.pipeline.checking import moments, number_words
from askpanda.pipeline.checking.vocabulary import table

_DIGITS = r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?![\d])(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
#: A number of its own: no part of a name, a version, a path or a date.
_NUMBER = re.compile(rf"(?<![\w.,:_@#])(?<!\D/)(?<!\w-)-?(?:{_DIGITS})(?:[eE][-+]?\d+(?!\w))?(?![.:,]\d|_|/\D)")
#: One attempt is counted; one of anything else is often only an article.
_ONE = re.compile(
    r"\b(?:one|a single|une|ein|un|un solo|eine einzige) (?:more |other )?(attempts?|try|tentative|versuch|intento)\b", re.I
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NTH = re.compile(rf"\b({'|'.join(_ORDINALS)}) (?:attempt|try) (?:out )?of (\w+)\b", re.I)
_TWICE = re.compile(r"\btwice(?= as (?:many|often)\b)", re.I)
#: `Two are left`, of what was counted before.
_LEFT = re.compile(r"\b([a-zñé]+)(?= (?:are|sind noch|remain|bleiben|restent|quedan)\b)", re.I)
#: `One of the 3 jobs`: with a total it is a number.
_ONE_OF = re.compile(
    r"\b(?:one|eine[rs]?|une?|un[oa])(?= (?:of|von|der|des|de) (?:the |its |these |den |diesen |los |las |les )?\d+ )", re.I
)
_DIGIT = re.compile(r"\d")
_ID = re.compile(r"\d{7,}")
_OF_WHICH = re.compile(r",? *(?:of which|davon|dont|de (?:los|las) (?:que|cuales)) *")
_TO = re.compile(r"\s*(?:to|–|-|bis|à|a|and|et|und|y|or)\s*")
#: Between two parts of one span of time: `1 h 24 min`, `a day and 16 hours`.
_JOINED = re.compile(r"[ ,\u00a0]*(?:and|et|und|y)?[ \u00a0]*")
#: Letters behind and before a number in which the words for what it counts, or how exactly, are looked for.
COUNTED_AFTER, NEAR = 70, 24
#: French units that only a capital tells from words: `10 To`, and `10 to 12`.
_WORDS_TOO = frozenset({"to", "go"})
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

    text = _NTH.sub(_nth, text)
    text = _LEFT.sub(digits, _TWICE.sub("2 times", text))
    return _ONE_OF.sub("1", table().spelled.sub(digits, _ONE.sub(r"1 \1", text)))


def _nth(match: re.Match[str]) -> str:
    """`the fifth attempt of five` as `attempt 5 of 5`."""
    number = _ORDINALS.index(match[1].casefold()) + 1
    most = match[2] if match[2].isdigit() else number_words.english(match[2])
    return f"attempt {number} of {most}" if most else match[0]


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
        if unit and (unit[1].casefold() not in _WORDS_TOO or unit[1].istitle()):
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
        part = at and table().of.fullmatch(gap)
        counted = one.kind not in MEASURED
        if part and not one.kind and found[at - 1].kind in ("bytes", "time"):
            found[at] = replace(one, kind=found[at - 1].kind, scale=found[at - 1].scale)
        elif counted and (
            part
            or (
                (one.kind in table().families or text[: one.start].endswith(("out of ", "sur ")))
                and table().leading_of.search(text[: one.start])
            )
        ):
            found[at] = one = replace(one, total=True)
            if part and found[at - 1].kind == "attempt_nr":
                found[at] = replace(one, kind="attempt_max")
            elif part and not found[at - 1].kind:
                found[at - 1] = replace(found[at - 1], kind=one.kind)
        elif part and one.kind in ("bytes", "time") and not found[at - 1].kind:
            found[at - 1] = replace(found[at - 1], kind=one.kind, scale=one.scale)
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
