"""One spelling for matching: lower case, no accents, plain apostrophes and blanks. Entities are read from the original."""

import re
import unicodedata

_FOLD = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "ß": "ss"})
_BLANKS = re.compile(r"\s+")
WORD = re.compile(r"[a-z][a-z'_-]*[a-z]|[a-z]")


def fold(text: str) -> str:
    """`Où en  est la tâche ?` → `ou en est la tache ?`"""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLD))
    return _BLANKS.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip().lower()


_CONTRACTED = re.compile(r"\b(what|how|where|who|why|when|that|there|here)s\b")
_CHAT = {re.compile(r"\br u\b"): "are you", re.compile(r"(?<=[a-z] )u(?= [a-z])"): "you"}
_OPENING = re.compile(r"^[\W_]+")


def expanded(folded: str) -> str:
    """`whats` as `what's`, `r u sure` as it is spoken, and no `¿` or dash before the first word."""
    said = _CONTRACTED.sub(r"\1's", _OPENING.sub("", folded))
    for short, spoken in _CHAT.items():
        said = short.sub(spoken, said)
    return said or folded


_QUOTED = re.compile(r"\"[^\"]{3,400}\"|(?<!\w)'[^']{3,400}'(?!\w)|«[^»]{3,400}»")


def unquoted(folded: str) -> str:
    """Without what it quotes: a line of a log may say anything."""
    return _QUOTED.sub(" ", folded)


def words(folded: str) -> list[str]:
    """The words of a folded text, without numbers and punctuation."""
    return WORD.findall(folded)
