"""Numbers in words, in English, French, German and Spanish: what `two hundred and six` or `vingt-deux` is worth."""

import re
from functools import cache

from askpanda.pipeline.routing.rules import load

_GERMAN_ONES = ("", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_GERMAN_TEENS = (
    "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
)  # fmt: skip
_GERMAN_TENS = ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig")
_FRENCH = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
_FRENCH_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
_SPANISH = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece",
    "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno", "veintidós",
    "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve",
)  # fmt: skip
_SPANISH_TENS = ("treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
_SPANISH_HUNDREDS = (
    "cien", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos", "ochocientos",
    "novecientos",
)  # fmt: skip


def english(words: str) -> int | None:
    """`two hundred and six`, `forty-two`, `three thousand`; None for words that are no one number.

    >>> english("two hundred and six"), english("nineteen hundred"), english("one two three")
    (206, 1900, None)
    """
    rules = load("checking")["number_words"]
    low = {**rules["ones"], **rules["small"], **{word: value for word, value in rules["large"].items() if value < 20}}
    total = group = 0
    free = 100  # what the next word must be smaller than
    for word in re.split(r"[-\s]+", words.casefold().strip()):
        if word == "and":
            continue
        single = word if word in low or word in rules["tens"] or word in rules["powers"] else word.removesuffix("s")
        if single in rules["tens"]:
            if free < 100:
                return None
            group, free = group + rules["tens"][single], 10
        elif single in low:
            if low[single] >= free:
                return None
            group, free = group + low[single], 0
        elif single == "hundred":
            if group >= 100:
                return None
            group, free = (group or 1) * 100, 100
        elif single in ("thousand", "million", "billion"):
            total, group, free = total + (group or 1) * rules["large"][single], 0, 100
        elif single == "dozen":
            total, group, free = total + (group or 1) * 12, 0, 0
        else:
            return None
    return total + group


def foreign(words: str) -> int | None:
    """The value of a number up to 999, or of full thousands, in French, German or Spanish; None for another word."""
    return _worth(_plain(words))


def _worth(said: str) -> int | None:
    """`foreign` of words in their one spelling."""
    if said in _foreign():
        return _foreign()[said]
    for thousand in ("tausend", "mille", "mil"):
        before = said.removesuffix(thousand)
        if before != said:
            return 1000 * (_foreign().get(before.strip(" -"), 0) if before.strip(" -") else 1) or None
    return None


_ACCENTS = str.maketrans({"ü": "u", "ö": "o", "é": "e", "ó": "o", "í": "i", "ú": "u", "-": " "})


def _plain(words: str) -> str:
    """One spelling of each: no accents, ß as ss, ü as u, blanks for hyphens."""
    return " ".join(words.casefold().translate(_ACCENTS).split())


@cache
def _foreign() -> dict[str, int]:
    under_100 = {**_french(), **_spanish(), **_german()}
    found = {_plain(word): value for word, value in under_100.items()}
    hundreds: dict[str, int] = {"cent": 100, "ciento": 100}
    for number in range(1, 10):
        hundreds[_SPANISH_HUNDREDS[number - 1]] = number * 100
        hundreds[f"{_GERMAN_ONES[number]}hundert"] = number * 100
        if number > 1:
            hundreds[f"{_FRENCH[number]} cent"] = hundreds[f"{_FRENCH[number]} cents"] = number * 100
    hundreds["hundert"] = 100
    for word, value in hundreds.items():
        joined = "" if word.endswith("hundert") else " "
        found[_plain(word)] = value
        for rest, more in under_100.items():
            found[_plain(f"{word}{joined}{rest}")] = value + more
    return found


def _german() -> dict[str, int]:
    found = {word: value for value, word in enumerate(_GERMAN_ONES) if word}
    found |= {word: value + 10 for value, word in enumerate(_GERMAN_TEENS)} | {"eins": 1, "eine": 1}
    for ten, word in enumerate(_GERMAN_TENS, 2):
        found[word] = ten * 10
        found |= {f"{one}und{word}": ten * 10 + value for value, one in enumerate(_GERMAN_ONES) if one}
    return found


def _french() -> dict[str, int]:
    found = {word: value for value, word in enumerate(_FRENCH)} | {"une": 1}
    for ten, word in _FRENCH_TENS.items():
        found[word] = ten
        found[f"{word}s"] = ten
        for one in range(1, 20 if ten in (60, 80) else 10):
            found[f"{word}-{_FRENCH[one]}"] = found[f"{word} et {_FRENCH[one]}"] = ten + one
            found[f"{word}-et-{_FRENCH[one]}"] = ten + one
    return found


def _spanish() -> dict[str, int]:
    found = {word: value for value, word in enumerate(_SPANISH)} | {"un": 1, "una": 1}
    for ten, word in enumerate(_SPANISH_TENS, 3):
        found[word] = ten * 10
        found |= {f"{word} y {_SPANISH[one]}": ten * 10 + one for one in range(1, 10)}
    return found


#: Words of other languages that are numbers in one of these: English and French ones of the same letters.
NO_NUMBERS = frozenset({"once", "seize", "cent"})
_LONGEST = 4


def foreign_numbers(text: str) -> list[tuple[str, int]]:
    """Each number above ten that a text says in French, German or Spanish words: (as it is said, value)."""
    words = re.findall(r"[^\W\d_]+", text)
    plain = [_plain(word) for word in words]
    found: list[tuple[str, int]] = []
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST, len(words) - at), 0, -1):
            said = " ".join(words[at : at + size])
            value = _worth(" ".join(plain[at : at + size]))
            if value is not None and value > 10 and said.casefold() not in NO_NUMBERS:
                found.append((said, value))
                at += size
                break
        else:
            at += 1
    return found


@cache
def foreign_run() -> str:
    """A pattern of what may be a number in French, German or Spanish words, for `foreign` to judge."""
    single = {
        _loose(word) for word in (*_FRENCH[2:], *_FRENCH_TENS.values(), *_SPANISH[2:], *_SPANISH_TENS, *_SPANISH_HUNDREDS)
    }
    single |= {"cents?", "mille", "mil", "ciento", "quatre-vingts?"}
    german = "|".join(_loose(word) for word in (*_GERMAN_TENS, *_GERMAN_TEENS, *_GERMAN_ONES[1:], "hundert", "tausend", "und"))
    words = "|".join(sorted(single, key=len, reverse=True))
    return rf"(?:{words})(?:(?:[- ](?:et|y))?[- ](?:{words}|une?))*|(?:{german})+"


def _loose(word: str) -> str:
    """With and without its accents and its ß."""
    plain = _plain(word)
    return re.escape(word) if plain == word else f"(?:{re.escape(word)}|{re.escape(plain)})"
