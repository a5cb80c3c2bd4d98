"""What a sentence states that can be looked up, and whether the evidence has it.

Numbers, ids, codes, hosts, paths, options, file names, quotations, citations. General words are free: they are how a
model words what was found. A value that was calculated from the evidence is not in the evidence, and fails.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, cached_property

from askpanda.pipeline.checking import number_words
from askpanda.pipeline.checking.causes import Causes
from askpanda.pipeline.checking.contradictions import goes_beyond
from askpanda.pipeline.checking.facts import Facts
from askpanda.pipeline.checking.orders import advice_of
from askpanda.pipeline.checking.quantities import plain, without_parts
from askpanda.pipeline.checking.roles import Roles
from askpanda.pipeline.checking.sources import Places, flat
from askpanda.pipeline.checking.statements import Statements
from askpanda.pipeline.routing.rules import load

_CITATION = re.compile(r"\[(\d+(?:\s*[,–-]\s*\d+)*)\](?!\()")
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"```[^\n]*\n(.*?)(?:```|$)", re.S)
_QUOTED = re.compile(r"[\"“„«‹「『]([^\"“”„«»‹›「」『』\n]{2,})[\"”“»›」』]|(?<![\w])'([^'\n]{3,})'(?!\w)|‘([^’\n]{3,})’(?!\w)")
_LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)|\b((?:https?|ftp|root|davs|gsiftp|srm)://[^\s)>\]\"']+)", re.I)
_CALL = re.compile(r"\b[a-z_]\w*\((?=[^()\n]*[\d='\"])[^()\s][^()\n]*\)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_VALUE_OF_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*[= ]\d[\w.]*")
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*(?:[= ]\d[\w.]*\w)?")
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
        self._evidence = text
        self._citations = frozenset(citations)

    # everything else is made when it is first needed, which is when a model has begun to speak

    @cached_property
    def _once(self) -> str:
        """Each line once: the windows of a log's lines overlap."""
        return "\n".join(dict.fromkeys(self._evidence.splitlines()))

    @cached_property
    def _text(self) -> str:
        return flat(self._evidence)

    @cached_property
    def _words(self) -> frozenset[str]:
        text = self._once.casefold()
        return frozenset(re.findall(r"[\w.:+/@*-]+", text)) | frozenset(re.findall(r"\w+(?:[-_]\w+)*", text))

    @cached_property
    def _advice(self) -> str:
        return flat(advice_of(self._evidence))

    @cached_property
    def roles(self) -> Roles:
        return Roles(self._once)

    @cached_property
    def facts(self) -> Facts:
        return Facts(self._evidence)

    @cached_property
    def statements(self) -> Statements:
        return Statements(self.facts, Causes(self._evidence, self.facts.names))

    @cached_property
    def places(self) -> Places:
        return Places(self._evidence)

    def has_text(self, said: str) -> bool:
        """Blanks and case do not count."""
        return flat(said) in self._text

    def has_advice(self, said: str) -> bool:
        """Whether our own advice or the documents say it, rather than a page, a log or a record."""
        return flat(said) in self._advice

    def has_word(self, said: str) -> bool:
        """As a word of its own, so that `1.2.3` is not found in `11.2.34`."""
        word = flat(said).strip(".:,;")
        return word in self._words or (
            word in self._text and re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", self._text) is not None
        )

    def has_citation(self, number: int) -> bool:
        return number in self._citations


def warm_up() -> None:
    """Compiles all rules now rather than when a model first speaks (a third of a second)."""
    unsupported("It used 5 MB.", Evidence("Job 1 used 5 MB.", []))


def unsupported(sentence: str, evidence: Evidence) -> list[str]:
    """What the sentence says that the evidence does not have; empty when the sentence holds."""
    missing: list[str] = []
    sentence = _plain_digits(_plain_letters(sentence))
    missing += _MIXED_SCRIPTS.findall(sentence)
    if _MARKUP.search(sentence):
        missing.append("markup")
    if _ACTED.search(sentence):
        missing.append("an action that was never taken")
    rest = _LIST_MARK.sub("", sentence)
    missing += evidence.statements.wrong(_amounts_in(rest))
    quoted = [code for _, code in _quotations(rest)]
    missing += evidence.places.wrong(rest, quoted) + evidence.places.miscited(rest, quoted)
    missing += [call for call in _CALL.findall(_CODE_SPAN.sub(" ", rest)) if not evidence.has_text(call)]
    rest = _look_up(_FENCED, _code_known, rest, evidence, missing)  # code as a whole, whatever is written in it
    rest = _look_up(_CODE_SPAN, _quotation_known, rest, evidence, missing)
    rest = _CITATION.sub(lambda match: _citations(match, evidence, missing), rest)
    for pattern, known in (
        (_SAID, _quotation_known), (_QUOTED, _quotation_known), (_LINK, _link_known), (_MAIL, Evidence.has_text),
        (_PATH, Evidence.has_text), (_OPTION, Evidence.has_word), (_DOTTED, _dotted_known), (_MIXED, _mixed_known),
        (_NAME_OF, _name_known), (_only_as_said(), _twice_known), (_CAPITALS, _capitals_known),
    ):  # fmt: skip
        rest = _look_up(pattern, known, rest, evidence, missing)
    missing += _wrong_words(without_parts(plain(rest)), evidence)
    missing += evidence.roles.conflicts(sentence)
    missing += _wrong_people(rest, evidence)
    if goes_beyond(sentence, evidence.facts.attempts):
        missing.append("attempts")
    return missing


def _quotations(sentence: str) -> list[tuple[int, str]]:
    """(where it begins, text) of what is quoted or set as code."""
    found = [(match.start(), match[1]) for match in _CODE_SPAN.finditer(sentence)]
    found += [
        (match.start(), next(group for group in match.groups() if group))
        for match in _QUOTED.finditer(_CODE_SPAN.sub(" ", sentence))
    ]
    return sorted(found)


def _amounts_in(sentence: str) -> str:
    """The sentence without what is looked up as a whole: quotations, code, links, paths, citations."""
    rest = _FENCED.sub(" ", sentence)
    rest = _CODE_SPAN.sub(lambda code: f" {code[1]} " if " " not in code[1].strip() else " … ", rest)
    for pattern in (_CITATION, _QUOTED, _LINK, _MAIL, _PATH, _VALUE_OF_OPTION):
        rest = pattern.sub(" … ", rest)
    return rest


def _wrong_words(text: str, evidence: Evidence) -> list[str]:
    """Numbers in words, before nothing that is counted, that the evidence has neither as digits nor in these words."""
    english, small = _number_words()
    rules = load("checking")["number_words"]
    wrong: list[str] = []
    for match in english.finditer(text):
        said = match["run"]
        single = said.lower() in rules["ones"] or said.lower() in rules["small"]
        if (single and match["counted"] is None) or said.lower() in ("one", "ones"):
            continue
        parts = [said] if number_words.english(said) is not None else re.split(r"[- ]and[- ]", said)
        values = [number_words.english(part) for part in parts]
        plural = said.lower().endswith("s") and not single
        if evidence.has_word(said) or (not plural and all(value is not None and evidence.facts.has(value) for value in values)):
            continue
        wrong.append(said)
    amounts = number_words.foreign_numbers(text)
    amounts += [(match.group(), number_words.foreign(match.group(match.lastindex or 0)) or 0) for match in small.finditer(text)]
    return wrong + [said for said, value in amounts if not evidence.facts.has(value) and not evidence.has_word(said)]


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


#: Letters of other scripts that look like Latin ones.
_ALIKE = str.maketrans("АВЕЅІЈКМНОРСТУХѴаеіјорсухѕԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοα", "ABESIJKMHOPCTYXVaeijopcyxsdqwABEZHIKMNOPTYXoa")
#: A word of Latin letters with some of another script that were no look-alikes.
_MIXED_SCRIPTS = re.compile(r"\b(?=\w*[A-Za-z])\w*[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff]\w*\b")
_WORD_ALIKE = re.compile(r"\w*[\u0370-\u03ff\u0400-\u052f]\w*")


def _plain_letters(text: str) -> str:
    """Wide letters as plain ones, and a word that is written with look-alikes as what it looks like."""
    if text.isascii():
        return text
    text = "".join(
        unicodedata.normalize("NFKC", sign) if "\uff00" <= sign <= "\uffef" or "\U0001d400" <= sign <= "\U0001d7ff" else sign
        for sign in text
    )

    def word(match: re.Match[str]) -> str:
        looks = match[0].translate(_ALIKE)
        return looks if looks.isascii() and (not match[0].isalpha() or len(match[0]) > 1) else match[0]

    return _WORD_ALIKE.sub(word, text)


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


def _link_known(evidence: "Evidence", said: str) -> bool:
    return evidence.has_text(said.rstrip(".,;:!?"))


def _twice_known(evidence: "Evidence", said: str) -> bool:
    """`twice` is also what is written as `1/2` or `two times`; other multiples hold as they are said."""
    return evidence.has_word(said) or (said.casefold() == "twice" and evidence.facts.has_twice())


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
    if re.match(r"\d", said) and (_UNIT.fullmatch(said) or re.fullmatch(r"\d+-[A-Za-z]+", said)):
        return True  # an amount, which was looked at
    return evidence.has_word(said) or said.lower() in _common()


def _capitals_known(evidence: Evidence, said: str) -> bool:
    return len(said) < 3 or said.lower() in _common() or evidence.has_word(said) or evidence.has_word(said.rstrip("S"))
