"""What a sentence states that can be looked up, and whether the evidence has it.

Numbers, ids, codes, hosts, paths, options, file names, quotations, citations. General words are free: they are how a
model words what was found. A value that was calculated from the evidence is not in the evidence, and fails.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from askpanda.pipeline.checking import number_words
from askpanda.pipeline.checking.orders import advice_of
from askpanda.pipeline.checking.roles import Roles
from askpanda.pipeline.routing.rules import load

_NUMBER = re.compile(r"(?<![\w.])-?(?:\d{1,3}(?:[,'’\u00a0\u202f ]\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_ANY_NUMBER = re.compile(r"(?:\d{1,3}(?:[,'’\u00a0\u202f]\d{3})+|\d+)(?:\.\d+)?")
#: A time of day or a duration: as a whole, and no source of other numbers.
_CLOCK = re.compile(r"(?<![\d:])\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?![\d:]*\d)")
_CITATION = re.compile(r"\[(\d+(?:\s*[,–-]\s*\d+)*)\](?!\()")
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"```[^\n]*\n(.*?)(?:```|$)", re.S)
_QUOTED = re.compile(r"[\"“„«‹「『]([^\"“”„«»‹›「」『』\n]{2,})[\"”“»›」』]|(?<![\w])'([^'\n]{3,})'(?!\w)|‘([^’\n]{3,})’(?!\w)")
_LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)|\b((?:https?|ftp|root|davs|gsiftp|srm)://[^\s)>\]\"']+)", re.I)
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]{2,}")
_PATH = re.compile(r"(?<![\w:/])(?:~|\.{1,2})?/[\w.+-]+(?:/[\w.+*-]+)+/?")
_DOTTED = re.compile(r"(?<![\w/@.-])[A-Za-z_][\w-]*(?:[.:][\w-]+)+")
_CAPITALS = re.compile(r"(?<![\w/.-])[A-Z][A-Z0-9]*(?:[-_][A-Za-z0-9]+)*[A-Z0-9](?![\w/])")
_MIXED = re.compile(
    r"(?<![\w/.-])(?=[\w-]*[A-Za-z])(?=[\w-]*\d)[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*(?![\w/])"
    r"|(?<![\w/.-])[A-Za-z]+(?:_[A-Za-z0-9]+)+(?![\w/])"
)
_ACTED = re.compile(
    r"\b(?:i|we)(?:'ve| have|'m| am| just| now| already)*\s+(?:killed|kill|retried|resubmitted"
    r"|cancelled|canceled|aborted|deleted|"
    r"changed|restarted|contacted|submitted|executed|reassigned|emailed|notified|set|killing|retrying|deleting)\b",
    re.I,
)
_MARKUP = re.compile(
    r"<\s*/?\s*(?:script|iframe|img|svg|math|object|embed|form|style|link|meta|a|input|base|button|video|audio|details|table"
    r"|div|span|p|b|i|u|em|strong|font|br|hr|h[1-6]|ul|ol|li|pre|code)\b[^<>]*/?>"
    r"|<\s*/?\s*(?:script|iframe|img|svg|object|embed)\b|javascript:|!\[|data:text/html|&(?:lt|gt|quot|amp|#\d+|#x[0-9a-f]+);",
    re.I,
)
#: What a log or a person is said to have said, without quotation marks.
_SAID = re.compile(r"\b(?:says?|said|reads?|stated?)\s*:\s+(?![\"“„«‹`])([^\n]{4,})", re.I)
#: A name behind the kind of thing that it names; a word that looks like no name is language.
_NAME_OF = re.compile(
    r"\b(?:host|node|server|endpoint|storage|site|queue|user|owner|account|nœud|serveur|knoten|nodo|servidor)s?\s+"
    r"(?:is\s+|was\s+|called\s+|named\s+)?(?-i:([A-Z][\w.-]*[\w]|[a-z][\w.]*[-_\d][\w.-]*[\w]))",
    re.I,
)
#: Signs within a number that only hide it. `mc23_13p6TeV` and `slot1_4` are names: theirs stay.
_HIDDEN = re.compile(r"(?<=\d)[\u200b-\u200f\u2060\u00ad\ufeff]+(?=\d)")
_SPACED = re.compile(r"(?<![\w.*])\d+(?:[_*]+\d+)+(?![\w*])")
_LIST_MARK = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_UNIT = re.compile(
    r"(\d+)-?(?:st|nd|rd|th|s|ms|h|hr|hrs|d|m|min|k|kb|mb|gb|tb|kib|mib|gib|tib|cores?|hour|day|minute|second|byte|bit|fold|way"
    r"|line|event|x|%)",
    re.I,
)


@cache
def _number_words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """English numbers in words (`two hundred and six`), and small ones of every language before something that is counted."""
    rules = load("checking")["number_words"]
    words = "|".join(sorted({*rules["ones"], *rules["small"], *rules["large"]}, key=len, reverse=True))
    counted = "|".join(rules["counted"])
    run = rf"\b(?P<run>(?:{words})s?(?:(?:[- ]and)?[- ](?:{words})s?)*)\b(?P<counted>(?=[- ](?:{counted})s?\b))?"
    return re.compile(run, re.I), re.compile("|".join(rules["small_foreign"]), re.I)


@cache
def _only_as_said() -> re.Pattern[str]:
    """Amounts that are said in ways without one value: fractions, multiples, Roman numerals, digits as words.

    They hold only where the evidence says them in the same words.
    """
    rules = load("checking")["number_words"]
    counted = "|".join(rules["counted"])
    ones = "|".join((*rules["ones"], "zero", "nought"))
    series = rf"(?:\b(?:{ones})[ ,-]+){{2,}}(?:and )?(?:{ones})\b"
    roman = rf"(?-i:\b[IVXLC]{{2,}}\b)(?=[- ](?:{counted})s?\b)"
    return re.compile("|".join((*rules["as_said"], series, roman)), re.I)


@cache
def _common() -> frozenset[str]:
    """Abbreviations that are language rather than fact: CPU, RAM, UTC, ..."""
    return frozenset(str(word) for word in load("checking")["common"])


class Evidence:
    """Everything that a model's words may be taken from, ready for look-ups."""

    def __init__(self, text: str, citations: Iterable[int]) -> None:
        self._text = _flat(text)
        self._words = frozenset(re.findall(r"[\w.:+/@*-]+", self._text)) | frozenset(re.findall(r"\w+(?:[-_]\w+)*", self._text))
        self._numbers = {_value(number) for number in _ANY_NUMBER.findall(_CLOCK.sub(" ", text))}
        self._citations = frozenset(citations)
        self.roles = Roles(text)
        self._advice = _flat(advice_of(text))

    def has_number(self, said: str) -> bool:
        return _value(said.lstrip("-")) in self._numbers

    def has_text(self, said: str) -> bool:
        """Blanks and case do not count."""
        return _flat(said) in self._text

    def has_advice(self, said: str) -> bool:
        """Whether our own advice or the documents say it, rather than a page, a log or a record."""
        return _flat(said) in self._advice

    def has_word(self, said: str) -> bool:
        """As a word of its own, so that `1.2.3` is not found in `11.2.34`."""
        flat = _flat(said).strip(".:,;")
        return flat in self._words or (re.search(rf"(?<![\w]){re.escape(flat)}(?![\w])", self._text) is not None)

    def has_citation(self, number: int) -> bool:
        return number in self._citations


def unsupported(sentence: str, evidence: Evidence) -> list[str]:
    """What the sentence says that the evidence does not have; empty when the sentence holds."""
    missing: list[str] = []
    sentence = _plain_digits(sentence)
    if _MARKUP.search(sentence):
        missing.append("markup")
    if _ACTED.search(sentence):
        missing.append("an action that was never taken")
    rest = _LIST_MARK.sub("", sentence)
    rest = _look_up(_FENCED, _code_known, rest, evidence, missing)  # code as a whole, whatever is written in it
    rest = _look_up(_CODE_SPAN, _quotation_known, rest, evidence, missing)
    rest = _CITATION.sub(lambda match: _citations(match, evidence, missing), rest)
    for pattern, known in (
        (_SAID, _quotation_known), (_QUOTED, _quotation_known), (_LINK, Evidence.has_text), (_CLOCK, Evidence.has_text),
        (_PATH, Evidence.has_text), (_OPTION, Evidence.has_word), (_DOTTED, _dotted_known), (_MIXED, _mixed_known),
        (_NAME_OF, _name_known), (_only_as_said(), Evidence.has_word), (_CAPITALS, _capitals_known),
    ):  # fmt: skip
        rest = _look_up(pattern, known, rest, evidence, missing)
    missing += [match.group() for match in _NUMBER.finditer(rest) if not evidence.has_number(match.group())]
    missing += _wrong_words(rest, evidence)
    missing += evidence.roles.conflicts(sentence)
    missing += _wrong_people(rest, evidence)
    return missing


def _wrong_words(text: str, evidence: Evidence) -> list[str]:
    """Numbers in words that the evidence has neither as digits nor in these words."""
    english, small = _number_words()
    rules = load("checking")["number_words"]
    wrong: list[str] = []
    for match in english.finditer(text):
        said = match["run"]
        single = said.lower() in rules["ones"] or said.lower() in rules["small"]
        if (single and match["counted"] is None) or said.lower() == "one":
            continue
        parts = [said] if number_words.english(said) is not None else re.split(r"[- ]and[- ]", said)
        values = [number_words.english(part) for part in parts]
        plural = said.lower().endswith("s") and not single
        if evidence.has_word(said) or (
            not plural and all(value is not None and evidence.has_number(str(value)) for value in values)
        ):
            continue
        wrong.append(said)
    amounts = number_words.foreign_numbers(text)
    amounts += [(match.group(), number_words.foreign(match.group(match.lastindex or 0)) or 0) for match in small.finditer(text)]
    return wrong + [said for said, value in amounts if not evidence.has_number(str(value)) and not evidence.has_word(said)]


@cache
def _people() -> tuple[re.Pattern[str], frozenset[str], frozenset[str]]:
    """(a name behind a word that leads to one, or two capital words in the middle of a sentence; what is no name; titles)."""
    rules = load("checking")["people"]
    before = "|".join(re.escape(word) for word in rules["before"])
    name = r"(?-i:[A-ZÀ-Þ][a-zß-ÿ'’-]+(?:[ \u00a0](?:von |van |de |di |da |del |la )?[A-ZÀ-Þ][a-zß-ÿ'’-]+){0,3})"
    pair = r"(?-i:(?<=[a-zß-ÿ,] )([A-ZÀ-Þ][a-zß-ÿ’-]+[ \u00a0][A-ZÀ-Þ][a-zß-ÿ’-]+))(?![\w-])"
    return (
        re.compile(rf"(?<![\w-])(?:{before})[ \u00a0]({name})(?![\w-])|{pair}", re.I),
        frozenset(rules["not"]),
        frozenset(rules["before"]),
    )


_GERMAN = re.compile(r"\b(?:der|die|das|den|dem|und|ist|nicht|ein|eine|einen|wird|wurde|mit|auf|bitte|sie)\b", re.I)


def _wrong_people(text: str, evidence: Evidence) -> list[str]:
    """Who is named and whom the evidence does not know. In German every noun has a capital: there, only behind a title."""
    pattern, no_names, titles = _people()
    german = _GERMAN.search(text) is not None
    wrong: list[str] = []
    for match in pattern.finditer(text):
        said = match[1] or match[2]
        if match[2] and german:
            continue
        words = [word for word in re.split(r"[ \u00a0-]", said) if word[:1].isupper() and word.casefold() not in titles]
        if german and len(words) == 1 and not re.search(r"\b(?:herrn?|frau)\b", match[0], re.I):
            continue
        if any(not evidence.has_word(word) for word in words) and not any(word.casefold() in no_names for word in words):
            wrong.append(said)
    return wrong


def _plain_digits(text: str) -> str:
    """Digits of every script, raised, circled and Roman ones, and fractions as plain numbers; nothing hidden between digits."""
    if not text.isascii():
        text = "".join(_plain_digit(sign) for sign in text)
    return _SPACED.sub(lambda match: re.sub(r"[_*]", "", match.group()), _HIDDEN.sub("", text))


def _plain_digit(sign: str) -> str:
    if sign.isascii() or not sign.isnumeric():
        return sign
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    value = unicodedata.numeric(sign)
    return f" {int(value) if value.is_integer() else round(value, 4)} "


def _name_known(evidence: "Evidence", said: str) -> bool:
    return said.casefold() in _common() or evidence.has_word(said)


def _look_up(pattern: re.Pattern[str], known: object, text: str, evidence: Evidence, missing: list[str]) -> str:
    def one(match: re.Match[str]) -> str:
        said = next((group for group in match.groups() if group), match.group()).strip()
        if not known(evidence, said):  # type: ignore[operator]
            missing.append(said)
        return " "

    return pattern.sub(one, text)


def _citations(match: re.Match[str], evidence: Evidence, missing: list[str]) -> str:
    numbers = [int(digits) for digits in re.findall(r"\d+", match.group(1))]
    missing += [f"[{number}]" for number in numbers if not evidence.has_citation(number)]
    return " "


def _code_known(evidence: Evidence, code: str) -> bool:
    return all(evidence.has_text(line) for line in code.splitlines() if line.strip())


def _quotation_known(evidence: Evidence, said: str) -> bool:
    trimmed = said.strip(" .,;:!?…")
    parts = [part.strip() for part in re.split(r"\.\.\.|…|\[\.\.\.\]", trimmed)]
    return all(evidence.has_text(part) for part in parts if part)


def _dotted_known(evidence: Evidence, said: str) -> bool:
    if (
        said.lower() in {"e.g", "i.e", "a.k.a", "p.m", "a.m", "z.b", "d.h", "u.a", "etc"}
        or said.lower().rstrip(".") in _common()
    ):
        return True
    return evidence.has_word(said)


def _mixed_known(evidence: Evidence, said: str) -> bool:
    """`MWT2`, `SIM_tf`, `x86_64`; `8-core` and `3rd` are numbers with a word behind them, `24h` has a unit."""
    unit = _UNIT.fullmatch(said)
    if unit:
        return evidence.has_number(unit.group(1))
    return evidence.has_word(said) or said.lower() in _common()


def _capitals_known(evidence: Evidence, said: str) -> bool:
    return len(said) < 3 or said.lower() in _common() or evidence.has_word(said) or evidence.has_word(said.rstrip("S"))


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")).strip().casefold()


def _value(number: str) -> str:
    """`4,875` and `4875`, `22.0` and `22` are the same number."""
    plain = re.sub(r"[,'’\u00a0\u202f ]", "", number)
    try:
        value = float(plain)
    except ValueError:
        return plain
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
