"""What a question asks for: concepts to look for, parts that want passages of their own, exact names and numbers.

A concept is one thing said in several ways: the reader's word with full weight, and below it what the glossary and
`synonyms.yaml` know to mean the same. A passage gets the best of them, never the sum, so that a long list of synonyms
does not outweigh the rest of the question.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from rapidfuzz.distance import OSA

from askpanda.stores.parts import pieces
from askpanda.stores.text import STOP_WORDS, stem, terms, words

_QUESTION_WORDS_TEXT = """please tell show explain describe give want need know mean means meaning like get got let say said
thing things difference differences differ between versus vs compare comparison exactly actually
really anyone someone something anything there's what's help hi thanks question way ways
purpose happen happens possible able using use used understand find work works working about out up"""
#: Says how a question is asked, not what about. Only left out of questions, never out of passages.
QUESTION_WORDS = frozenset(_QUESTION_WORDS_TEXT.split())
_DEFINITION = re.compile(
    r"^\W*(?:so\s+|and\s+)?(?:what(?:'s|’s|\s+is|\s+are|\s+does)|define|explain|describe|definition\s+of|meaning\s+of|who\s+is|"
    r"what\s+is\s+meant\s+by|tell\s+me\s+(?:about|what)|(?:can|could)\s+you\s+(?:explain|tell\s+me)\s+what)\s+"
    r"(?:is\s+|are\s+)?(?:an?\s+|the\s+)?(?P<topic>[\w\-]+(?:\s+[\w\-]+){0,2}?)"
    r"(?:\s+(?:means?|do|stands?\s+for|is|are|good\s+for|in\s+(?:the\s+)?panda(?:['’]s)?(?:\s+terms)?))*\W*$",
    re.IGNORECASE,
)
# Nothing but a name asks what that is.
_BARE = re.compile(r"^\W*(?P<topic>[\w\-]+(?:\s+[\w\-]+)?)\W*$")
# A number that is no amount: "99%", "24 hours", "5 jobs" and "8 cores" ask for no error code.
_UNITS = """percent per minutes? mins? hours? hrs? days? weeks? months? years? seconds? secs? times? jobs? tasks? files? sites?
queues? cores? cpus? gpus? events? users? attempts? nodes? slots? datasets? pilots? errors? gb mb tb kb pb gib mib h min s"""
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<number>\d{{1,5}})(?![\w.,]*\w)(?P<unit>\s*%|\s+(?:{'|'.join(_UNITS.split())})\b)?", re.IGNORECASE
)
_OPTION = re.compile(r"(?<!\w)--?([A-Za-z][\w\-]+)")
_ENUM = re.compile(r"\b[A-Z]{2,}[A-Z0-9_]{3,}\b|\bEC_\w+")

#: Fewest letters of a word that may be repaired: shorter ones are names too often ("GDP", "CVMFS").
SHORTEST_REPAIR = 4
#: What the words of the other questions count where several are asked in one: "JEDI" is said in the first, meant in all.
SHARED = 0.3
#: How much more synonyms count for a word that the documents do not know.
UNKNOWN_WORD = 2.0


@dataclass(slots=True)
class Concept:
    """One thing asked for: stems with weights, the reader's own at 1."""

    weights: dict[str, float]


@dataclass(slots=True)
class Part:
    """Concepts that one passage should answer together."""

    concepts: list[Concept]
    topics: tuple[tuple[str, ...], ...] = ()  # stems of what a definition is asked of, then of its other names


@dataclass(slots=True)
class Question:
    """A question understood. `parts` is never empty; the first is the whole question."""

    text: str
    parts: list[Part]
    numbers: frozenset[int] = frozenset()  # that stand alone: error codes, perhaps
    amounts: frozenset[int] = frozenset()  # of percents, hours, jobs: no error codes
    components: frozenset[str] = frozenset()  # of the error catalogue, that the question names
    names: set[str] = field(default_factory=set)  # stems of options and error names, wanted as they are written
    repairs: dict[str, str] = field(default_factory=dict)  # word as typed -> word of the documents

    def stems(self) -> dict[str, float]:
        """Every stem that can score with its best weight, the reader's own (weight 1) first."""
        best: dict[str, float] = {}
        for part in self.parts:
            for concept in part.concepts:
                for stem_, weight in concept.weights.items():
                    best[stem_] = max(best.get(stem_, 0.0), weight)
        return dict(sorted(best.items(), key=lambda item: -item[1]))


class Thesaurus:
    """What means the same: abbreviations and aliases of the glossary, and the words people use for PanDA's words."""

    def __init__(self) -> None:
        self._words: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        self._phrases: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        self._idioms: set[str] = set()
        self._names: dict[str, list[tuple[str, ...]]] = {}
        self._components: dict[str, str] = {}

    def components(self, text: str) -> frozenset[str]:
        """Components of the error catalogue that a text names."""
        said = spoken(text)
        return frozenset(component for phrase, component in self._components.items() if phrase in said)

    def __contains__(self, stem_: str) -> bool:
        return stem_ in self._words

    def word(self, stem_: str) -> list[tuple[tuple[str, ...], float]]:
        """What a word may be called besides, as stems with their weight."""
        return self._words.get(stem_, [])

    def names(self, phrase: str) -> list[tuple[str, ...]]:
        """What a thing is called besides, as stems: only what means the very same."""
        return self._names.get(spoken(phrase), [])

    def phrases(self, spoken: str) -> list[tuple[str, list[tuple[tuple[str, ...], float]], bool]]:
        """Phrases of a question (lower case, one blank around each word), what they mean, and whether as an idiom."""
        return [(phrase, others, phrase in self._idioms) for phrase, others in self._phrases.items() if phrase in spoken]

    def add(self, phrase: str, others: list[str], weight: float, idiom: bool = False) -> None:
        key = spoken(phrase)
        stems = terms(phrase)
        single = len(key.split()) == 1 and bool(stems) and not idiom
        into = self._words.setdefault(stems[-1], []) if single else self._phrases.setdefault(key, [])
        known = {value for value, _ in into}
        for other in others:
            value = tuple(terms(other))
            # "PanDA pilot" says nothing about "pilot" that is not said, nor the other way round.
            if value and value not in known and not set(stems) <= set(value) and not set(value) <= set(stems):
                into.append((value, weight))
        if idiom:
            self._idioms.add(key)

    @classmethod
    def of(cls, synonyms: Mapping[str, Any], glossary: list[Mapping[str, Any]], families: Mapping[str, Any]) -> "Thesaurus":
        made = cls()
        same, leads = float(synonyms["weight"]), float(synonyms["leads"])
        acronym, idiom = float(synonyms["acronym"]), float(synonyms["idiom"])
        groups = [[str(phrase) for phrase in group] for group in synonyms["same"]]
        for entry in glossary:
            groups.append([str(entry.get("term", "")), *(str(alias) for alias in entry.get("aliases") or [])])
        for group in groups:
            for phrase in group:
                others = [other for other in group if other != phrase]
                made._names.setdefault(spoken(phrase), []).extend(tuple(terms(other)) for other in others)
                made.add(phrase, others, acronym if _ACRONYM.fullmatch(phrase) else same)
        for phrase, others in synonyms["towards"].items():
            made.add(str(phrase), [str(other) for other in others], leads)
        for phrase, others in synonyms["everyday"].items():
            made.add(str(phrase), [str(other) for other in others], float(synonyms["hint"]))
        for phrase, others in synonyms["instead"].items():
            made.add(str(phrase), [str(other) for other in others], idiom, idiom=True)
        for family in families["families"]:
            for form in family:
                made.add(str(form), [str(other) for other in family if other != form], float(families["weight"]))
        for component, called in synonyms["components"].items():
            made._components.update((spoken(str(phrase)), str(component)) for phrase in called)
        return made


_SPOKEN = re.compile(r"[\w\-]+")
#: "VO", "CVMFS", "iDDS", "k8s": written for a longer name that the documents may prefer.
_ACRONYM = re.compile(r"[a-z]?[A-Z]{2,5}[0-9]?|[a-z][0-9]+[a-z]")


def spoken(text: str) -> str:
    """Lower-case words with one blank around each, so that phrases can be found in it."""
    return f" {' '.join(_SPOKEN.findall(text.lower()))} "


_reading = threading.Lock()


def thesaurus() -> Thesaurus:
    """The thesaurus of `synonyms.yaml`, `word_families.yaml` and, where the corpus has one, its glossary. Read once, whoever
    comes first."""
    with _reading:
        return _thesaurus()


@cache
def _thesaurus() -> Thesaurus:
    own = files("askpanda.stores")
    synonyms = yaml.safe_load(own.joinpath("synonyms.yaml").read_text("utf-8"))
    families = yaml.safe_load(own.joinpath("word_families.yaml").read_text("utf-8"))
    glossary = files("askpanda_corpus").joinpath("glossary.yaml")
    entries = yaml.safe_load(glossary.read_text("utf-8")) if glossary.is_file() else []
    return Thesaurus.of(synonyms, [entry for entry in entries or [] if isinstance(entry, Mapping)], families)


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
    parts = [_part(text, vocabulary, known, synonyms, repairs)]
    for piece in pieces(text, QUESTION_WORDS):
        part = _part(piece.text, vocabulary, known, synonyms, repairs)
        # Whoever asks for a difference asks what each of the two is.
        if piece.topic:
            part.topics = _called(piece.topic, synonyms)
        if piece.alone:
            named = {stem_ for concept in part.concepts for stem_ in concept.weights}
            part.concepts += [
                Concept({stem_: SHARED * weight for stem_, weight in concept.weights.items()})
                for concept in parts[0].concepts
                if not named & set(concept.weights)
            ]
        parts.append(part)
    parts = [part for part in parts if part.concepts] or [Part([Concept({stem(w): 1.0}) for w in words(text)])]
    names = {stem(w) for match in _OPTION.findall(text) for w in words(match)}
    names |= {stem(w) for match in _ENUM.findall(text) for w in words(match) if w not in STOP_WORDS}
    counted = {(int(match["number"]), bool(match["unit"])) for match in _NUMBER.finditer(text)}
    numbers = frozenset(number for number, unit in counted if not unit)
    amounts = frozenset(number for number, unit in counted if unit) - numbers
    return Question(text, parts, numbers, amounts, synonyms.components(text), names, repairs)


def _part(
    text: str, vocabulary: Vocabulary, known: Callable[[str], bool], synonyms: Thesaurus, repairs: dict[str, str]
) -> Part:
    said = spoken(text)
    meant = synonyms.phrases(said)
    # An idiom's words are taken out of the text as it was written: its case tells identifiers from words.
    rest = text
    for phrase, _, idiom in meant:
        if idiom:
            rest = re.sub(r"\W+".join(map(re.escape, phrase.split())), " ", rest, flags=re.IGNORECASE)
    concepts: dict[str, Concept] = {}
    for word in words(rest):
        if word in QUESTION_WORDS:
            continue
        unknown = word not in vocabulary and stem(word) not in synonyms and not known(stem(word))
        if unknown and word.isalpha() and len(word) >= SHORTEST_REPAIR and (repaired := vocabulary.nearest(word)):
            repairs[word] = repaired
            word = repaired
        if word not in QUESTION_WORDS:
            concepts.setdefault(stem(word), Concept({stem(word): 1.0}))
    own = set(concepts)
    for token in own:
        # A word that no document has leaves it all to what it is called there.
        more = 1.0 if known(token) else UNKNOWN_WORD
        for other, weight in synonyms.word(token):
            for term in other:
                if term not in own:
                    concepts[token].weights.setdefault(term, min(0.9, more * weight / len(other) ** 0.5))
    for phrase, others, _ in meant:
        fresh = {term: weight / len(other) ** 0.5 for other, weight in others for term in other if term not in own}
        if fresh:
            concepts[phrase] = Concept(fresh)
    topic = _DEFINITION.match(text.strip()) or _BARE.match(text.strip())
    return Part(list(concepts.values()), _called(topic["topic"], synonyms) if topic else ())


def _called(topic: str, synonyms: Thesaurus) -> tuple[tuple[str, ...], ...]:
    """The names of a topic as stems, the reader's own first."""
    own = tuple(terms(topic))
    if not own:
        return ()
    others = synonyms.names(topic)
    return (own, *(name for name in others if name != own))
