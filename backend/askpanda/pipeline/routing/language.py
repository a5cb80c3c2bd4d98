"""Which of six languages a question is in, by the words that only one of them uses often."""

import re
from functools import cache

from askpanda.pipeline.routing.rules import load
from askpanda.pipeline.routing.text import fold, words


@cache
def _marks() -> dict[str, frozenset[str]]:
    return {language: frozenset(str(word) for word in marks) for language, marks in load("entities")["languages"].items()}


_NAMES = re.compile(r"\S*[\d_]\S*|\b[A-Z]{2,}(?:-[A-Z]+)+\b")  # `IN2P3-CC` is no English `in`
_LETTERS = {
    "fr": re.compile(r"(?<!\w)(?:[a-zé]*[àèêçùœ][a-zé]*)"),
    "de": re.compile(r"(?<!\w)(?:[a-z]*[äöüß][a-zäöüß]*)"),
    "es": re.compile(r"(?<!\w)(?:[a-z]*[áíóú][a-z]*)"),
    "it": re.compile(r"(?<!\w)(?:[a-z]*[ìòù]|[a-z]+ché|è)(?!\w)"),
    "pt": re.compile(r"(?<!\w)(?:[a-z]*[ãõ][a-z]*|[a-z]+ç[aou][a-z]*|já|você)"),
}


def language_of(question: str, before: str = "en") -> str:
    """`en`, `fr`, `de`, `es`, `it` or `pt`; `before`, that of the conversation, where nothing speaks for any."""
    said = [part for word in words(fold(_NAMES.sub(" ", question))) for part in re.split(r"[-']", word)]
    scores = {language: sum(word in marks for word in said) for language, marks in _marks().items()}
    if "ñ" in question or "¿" in question or "¡" in question:
        scores["es"] += 2
    for language, letters in _LETTERS.items():  # in words, not in names: `Bergström` is no German
        scores[language] += min(2, len(letters.findall(question)))
    best = max(scores, key=lambda language: (scores[language], language == "en"))
    if not scores[best]:
        return before
    return best if scores[best] > scores["en"] else "en"


@cache
def _wanted() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((language, re.compile("|".join(said))) for language, said in load("entities")["answer_in"].items())


def language_wanted(question: str) -> str:
    """The language that an answer is asked for in, `in French please`; "" where none is."""
    folded = fold(question)
    return next((language for language, pattern in _wanted() if pattern.search(folded)), "")
