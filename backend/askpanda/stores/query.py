"""What a question asks for: concepts to look for, parts that want passages of their own, exact names and numbers.

A concept is one thing said in several ways: the reader's word with full weight, and below it what the glossary and
`synonyms.yaml` know to mean the same. A passage gets the best of them, never the sum, so that a long list of synonyms
does not outweigh the rest of the question.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from rapidfuzz.distance import OSA

from askpanda.stores.text import STOP_WORDS, stem, terms, words

_QUESTION_WORDS_TEXT = """please tell show explain describe give want need know mean means meaning like get got let say said
thing things difference differences differ between versus vs compare comparison exactly actually
really anyone someone something anything there's what's help hi hello thanks question way ways
purpose happen happens possible able using use used understand find work works working about out up"""
#: Says how a question is asked, not what about. Only left out of questions, never out of passages.
QUESTION_WORDS = frozenset(_QUESTION_WORDS_TEXT.split())
_DEFINITION = re.compile(
    r"^\W*(?:so\s+|and\s+)?(?:what(?:'s|’s|\s+is|\s+are|\s+does)|define|definition\s+of|meaning\s+of|who\s+is|"
    r"(?:can|could)\s+you\s+(?:explain|tell\s+me)\s+what)\s+(?:is\s+|are\s+)?(?:an?\s+|the\s+)?"
    r"(?P<topic>[\w\-]+(?:\s+[\w\-]+){0,2})(?:\s+(?:mean|stand\s+for|in\s+panda))?\W*$",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(r"(?:differences?|differ\w*|distinction|compar\w+|versus|\bvs\b)", re.IGNORECASE)
_BETWEEN = re.compile(
    r"between\s+(?P<a>.+?)\s+(?:and|from|versus|vs\.?)\s+(?P<b>[^,?;.]+)|"
    r"(?:does|do|is|are)\s+(?P<c>.+?)\s+(?:differ|different)\s+from\s+(?P<d>[^,?;.]+)|"
    r"compare\s+(?P<e>.+?)\s+(?:and|with|to)\s+(?P<f>[^,?;.]+)|"
    r"(?P<g>[\w\- ]+?)\s+(?:versus|vs\.?)\s+(?P<h>[^,?;.]+)",
    re.IGNORECASE,
)
# "…, and how do I …": a new question begins after a conjunction or a mark.
_NEXT_PART = re.compile(
    r"(?:[?;.]\s+(?:and\s+|or\s+|also\s+)?|,?\s+(?:and|or|also)(?:\s+also)?\s+)(?=(?:what|how|where|when|why|which|who|can|"
    r"could|does|do|is|are|should)\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.])\d{2,5}(?![\w.]*\w)")
_OPTION = re.compile(r"(?<!\w)--?([A-Za-z][\w\-]+)")
_ENUM = re.compile(r"\b[A-Z]{2,}[A-Z0-9_]{3,}\b|\bEC_\w+")

#: Fewest letters of a word that may be repaired: shorter ones are names too often ("GDP", "CVMFS").
SHORTEST_REPAIR = 4


@dataclass(slots=True)
class Concept:
    """One thing asked for: stems with weights, the reader's own at 1."""

    weights: dict[str, float]
    phrase: tuple[str, ...] = ()  # stems that belong together, in order


@dataclass(slots=True)
class Part:
    """Concepts that one passage should answer together."""

    concepts: list[Concept]
    topic: tuple[str, ...] = ()  # stems of what a definition is asked of


@dataclass(slots=True)
class Question:
    """A question understood. `parts` is never empty; the first is the whole question."""

    text: str
    parts: list[Part]
    numbers: list[int] = field(default_factory=list)
    names: set[str] = field(default_factory=set)  # stems of options and error names, wanted as they are written
    repairs: dict[str, str] = field(default_factory=dict)  # word as typed -> word of the documents

    def stems(self) -> list[str]:
        """Every stem that can score, the reader's own first, each once."""
        own = [s for part in self.parts for c in part.concepts for s, w in c.weights.items() if w >= 1]
        other = [s for part in self.parts for c in part.concepts for s, w in c.weights.items() if w < 1]
        return list(dict.fromkeys([*own, *other]))


class Thesaurus:
    """What means the same: abbreviations and aliases of the glossary, and the words people use for PanDA's words."""

    def __init__(self, entries: list[tuple[str, list[str], float]]) -> None:
        """`entries`: phrase a reader may write, phrases of the documents, weight of these."""
        self._by_phrase: dict[tuple[str, ...], list[tuple[tuple[str, ...], float]]] = {}
        self.longest = 1
        for phrase, others, weight in entries:
            key = tuple(terms(phrase))
            for other in others:
                value = tuple(terms(other))
                if key and value and key != value:
                    self._by_phrase.setdefault(key, []).append((value, weight))
                    self.longest = max(self.longest, len(key))

    def __contains__(self, key: tuple[str, ...]) -> bool:
        return key in self._by_phrase

    def get(self, key: tuple[str, ...]) -> list[tuple[tuple[str, ...], float]]:
        return self._by_phrase.get(key, [])

    @classmethod
    def of(cls, synonyms: Mapping[str, Any], glossary: list[Mapping[str, Any]]) -> "Thesaurus":
        entries: list[tuple[str, list[str], float]] = []
        weight = float(synonyms.get("weight", 0.5))
        for group in synonyms.get("same", []):
            entries += [(phrase, [other for other in group if other != phrase], weight) for phrase in group]
        for phrase, others in (synonyms.get("towards") or {}).items():
            entries.append((str(phrase), [str(other) for other in others], weight))
        for entry in glossary:
            names = [str(entry.get("term", "")), *(str(alias) for alias in entry.get("aliases") or [])]
            entries += [(name, [other for other in names if other != name], weight) for name in names]
        return cls(entries)


@cache
def thesaurus() -> Thesaurus:
    """The thesaurus of `synonyms.yaml` and, where the corpus has one, its glossary."""
    synonyms = yaml.safe_load(files("askpanda.stores").joinpath("synonyms.yaml").read_text("utf-8")) or {}
    glossary = files("askpanda_corpus").joinpath("glossary.yaml")
    entries = yaml.safe_load(glossary.read_text("utf-8")) if glossary.is_file() else []
    return Thesaurus.of(synonyms, [entry for entry in entries or [] if isinstance(entry, Mapping)])


class Vocabulary:
    """Words of the indexed documents with the number of passages that hold them, for spelling repair."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._by_length: dict[int, list[str]] = {}
        for word in counts:
            if len(word) >= SHORTEST_REPAIR and word.isalpha():
                self._by_length.setdefault(len(word), []).append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._counts

    def __len__(self) -> int:
        return len(self._counts)

    def nearest(self, word: str) -> str | None:
        """The most frequent word one edit away (a letter more, less, other, or two swapped), else None."""
        best, best_rank = None, (0, 0)
        for length in (len(word) - 1, len(word), len(word) + 1):
            for candidate in self._by_length.get(length, ()):
                if OSA.distance(word, candidate, score_cutoff=1) <= 1:
                    # A first letter is rarely wrong; then what the documents say most often.
                    rank = (candidate[0] == word[0], self._counts[candidate])
                    if rank > best_rank:
                        best, best_rank = candidate, rank
        return best


def understand(text: str, vocabulary: Vocabulary, known: Callable[[str], bool], synonyms: Thesaurus | None = None) -> Question:
    """Read a question. `known(stem)`: does any passage hold this stem?"""
    synonyms = synonyms or thesaurus()
    repairs: dict[str, str] = {}
    # A question that is nothing but question words ("how does it work?") keeps them: better than nothing to look for.
    parts = [_part(piece, vocabulary, known, synonyms, repairs) for piece in _pieces(text)]
    parts = [part for part in parts if part.concepts] or [Part([Concept({stem(w): 1.0}) for w in words(text)])]
    names = {stem(w) for match in _OPTION.findall(text) for w in words(match)}
    names |= {stem(w) for match in _ENUM.findall(text) for w in words(match) if w not in STOP_WORDS}
    numbers = [int(number) for number in _NUMBER.findall(text)]
    return Question(text=text, parts=parts, numbers=numbers, names=names, repairs=repairs)


def _pieces(text: str) -> list[str]:
    """The whole question, then what it consists of where it is several questions or a comparison."""
    pieces = [text]
    if _DIFFERENCE.search(text) and (match := _BETWEEN.search(text)):
        pieces += [side for side in match.groups() if side]
    elif len(split := [piece for piece in _NEXT_PART.split(text) if piece and piece.strip()]) > 1:
        pieces += split
    return pieces[:5]


def _part(
    text: str, vocabulary: Vocabulary, known: Callable[[str], bool], synonyms: Thesaurus, repairs: dict[str, str]
) -> Part:
    tokens: list[str] = []
    for word in words(text):
        if word in QUESTION_WORDS:
            continue
        unknown = word not in vocabulary and not known(stem(word)) and (stem(word),) not in synonyms
        if unknown and word.isalpha() and len(word) >= SHORTEST_REPAIR and (repaired := vocabulary.nearest(word)):
            repairs[word] = repaired
            word = repaired
        if word not in QUESTION_WORDS:
            tokens.append(stem(word))
    concepts: dict[str, Concept] = {}
    for token in tokens:
        concepts.setdefault(token, Concept({token: 1.0}))
    # What a phrase of the question means is added to the phrase's rarest word's concept, or becomes one of its own.
    for size in range(min(synonyms.longest, len(tokens)), 0, -1):
        for start in range(len(tokens) - size + 1):
            key = tuple(tokens[start : start + size])
            for other, weight in synonyms.get(key):
                _expand(concepts, key, other, weight)
    topic = _DEFINITION.match(text.strip())
    return Part(list(concepts.values()), tuple(terms(topic["topic"])) if topic else ())


def _expand(concepts: dict[str, Concept], key: tuple[str, ...], other: tuple[str, ...], weight: float) -> None:
    if len(key) == 1:
        concept = concepts[key[0]]
        for term in other:
            if term not in concepts:
                concept.weights.setdefault(term, weight / len(other) ** 0.5)
    else:
        name = " ".join(key) + " -> " + " ".join(other)
        fresh = {term: weight / len(other) ** 0.5 for term in other if term not in concepts}
        if fresh:
            concepts[name] = Concept(fresh)
