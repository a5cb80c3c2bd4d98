"""The order of passages: the same sums for both stores, over the candidates that their own index found.

BM25 over concepts instead of words; the nearness of the question's words; how well the passage's heading is the
question; how much the rest of the page is about it. The numbers are those that did best on the tuning half of
tests/cases/retrieval.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

from haystack.dataclasses import Document

from askpanda.stores.query import Part, Question
from askpanda.stores.text import terms


@dataclass(frozen=True, slots=True)
class Weights:
    """Every number of the ranking."""

    k1: float = 2.0
    b: float = 0.5
    path: float = 1.5  # a word of the heading path counts as so many more of the text
    heading: float = 2.0  # what a heading gains that is the question
    near: float = 0.1  # two neighbouring words of the question, near each other in the passage
    cover: float = 0.1  # power of the share of the question that the passage speaks of
    page: float = 0.03  # what the best other passage of the same page lends
    name: float = 0.5  # an option or error name, written as in the question
    topic: float = 0.6  # a definition's topic is what the passage is headed with
    exact: float = 0.5  # and again where its own heading says nothing else
    opening: float = 0.5  # and again where it opens its page
    defined: float = 0.6  # a sentence of the passage says what the topic is
    code: float = 0.6  # the catalogue's entry for a number of the question, and again where its component is named
    part: float = 0.7  # what the best passage of each part of a question gains


WEIGHTS = Weights()
#: How near two words stand to count as together.
WINDOW = 4
#: What follows a topic in a sentence that defines it; "IAM is started" does not.
_SAYS_WHAT_IT_IS = (
    r"(?:(?:is|are)\s+(?:an?|the|one|any|all|those|what)|refers?\s+to|means?|represents?|defines?|describes?|establish(?:es)?|"
    r"provides?|provisions?|consists?|allows?)\b"
)
#: How a sentence begins, up to its first word of weight, and the most characters of it.
_BEGINS = re.compile(r"(?:^|[.!?:]\s{1,3}|\n[-*\s|]{0,8})(?:an?\s{1,3}|the\s{1,3})?[*`\"']{0,3}\Z")
LONGEST_BEGINNING = 20
#: Weight of a word of a heading that the question does not have, in the place of its idf, which nobody looked up.
OTHER_WORD = 3.0


@dataclass(slots=True)
class Candidate:
    """A passage that the index found. `terms` are apart by blanks, in order, the first `heading` from its heading path.

    `document` makes the Document, which takes longer than ranking it: only what is shown is made.
    """

    id: str
    path: str
    section: str
    terms: str
    heading: int
    content: str
    document: Callable[[], Document]

    @property
    def body(self) -> str:
        """Terms below the heading path: what two passages have in common that repeat each other."""
        return self.terms.split(" ", self.heading)[-1]


@dataclass(slots=True)
class Corpus:
    """Numbers of the whole index that the sums need. `frequency`: passages that hold a stem."""

    passages: int
    average: float
    frequency: Mapping[str, int]

    def idf(self, stem: str) -> float:
        count = self.frequency.get(stem, 0)
        return log(1 + (self.passages - count + 0.5) / (count + 0.5))


def rank(question: Question, candidates: Sequence[Candidate], corpus: Corpus, weights: Weights = WEIGHTS) -> list[float]:
    """A score for each candidate, in their order."""
    topics = {stem for part in question.parts for name in part.topics for stem in name}
    wanted = set(question.stems()) | question.names | topics
    prepared = [_Read(candidate, wanted) for candidate in candidates]
    scores = _scores(question.parts[0], prepared, corpus, weights)
    top = max(scores, default=0.0)
    for part in question.parts[1:]:
        partial = _scores(part, prepared, corpus, weights)
        best = max(partial, default=0.0)
        if best > 0:
            # The passages that answer this part best rise; what is far below the best gains next to nothing.
            scores = [s + weights.part * top * (p / best) ** 4 for s, p in zip(scores, partial, strict=True)]
    if question.numbers or question.amounts or question.names:
        for i, c in enumerate(prepared):
            scores[i] += weights.code * top * _coded(question, c)
    for i, c in enumerate(prepared):
        scores[i] += weights.name * sum(corpus.idf(name) for name in question.names if name in c.places)
    return scores


class _Read:
    """A candidate read once for the stems that are wanted: where each of them stands."""

    __slots__ = ("content", "heading", "last", "length", "opening", "page", "places")

    def __init__(self, candidate: Candidate, wanted: set[str]) -> None:
        found = candidate.terms.split()
        # Both steps run in C: most of a search was spent on looking at every term of every candidate in turn.
        self.places = {stem: _places(found, stem) for stem in wanted.intersection(found)}
        self.length = len(found)
        self.heading = candidate.heading
        self.content = candidate.content.lower()
        self.last = _last_heading(candidate.section)
        self.opening = " > " not in candidate.section
        self.page = candidate.path or candidate.id

    def count(self, stem: str, in_heading: float) -> float:
        """How often a stem is there; in the heading path it counts `in_heading` times more."""
        places = self.places.get(stem)
        if places is None:
            return 0.0
        return len(places) + in_heading * sum(1 for i in places if i < self.heading)

    def headed(self, stem: str) -> bool:
        """Does the heading path hold the stem?"""
        places = self.places.get(stem)
        return places is not None and places[0] < self.heading


def _coded(question: Question, c: _Read) -> int:
    """2 for the catalogue's entry of a component and number that the question names, 1 for the number or the error's
    name alone, -1 for a number that is an amount, else 0. An entry's path is errors/COMPONENT/[GROUP/]CODE."""
    source, _, rest = c.page.partition("/")
    if source != "errors":
        return 0
    code = rest.rpartition("/")[2]
    if code.isdigit() and int(code) in question.numbers:
        return 2 if rest.partition("/")[0] in question.components else 1
    if code.isdigit() and int(code) in question.amounts:
        return -1
    return 1 if question.names & c.last else 0


def _places(found: list[str], stem: str) -> list[int]:
    places = [found.index(stem)]
    for _ in range(found.count(stem) - 1):
        places.append(found.index(stem, places[-1] + 1))
    return places


@lru_cache(maxsize=50_000)
def _last_heading(section: str) -> frozenset[str]:
    return frozenset(terms(section.rpartition(" > ")[2]))


def _scores(part: Part, prepared: Sequence[_Read], corpus: Corpus, weights: Weights) -> list[float]:
    asked = _Asked(part, corpus)
    scores = [_score(asked, c, corpus.average, weights) for c in prepared]
    if weights.page:
        best: dict[str, list[float]] = {}
        for c, score in zip(prepared, scores, strict=True):
            best[c.page] = sorted([*best.get(c.page, []), score], reverse=True)[:2]
        for i, c in enumerate(prepared):
            first, *rest = best[c.page]
            other = first if scores[i] < first else (rest[0] if rest else 0.0)
            scores[i] += weights.page * other
    return scores


class _Asked:
    """A part of a question with the numbers of its stems: per concept its own stem, that one's idf, and the choices."""

    __slots__ = ("concepts", "stems", "topic_idf", "topics", "total")

    def __init__(self, part: Part, corpus: Corpus) -> None:
        self.concepts: list[tuple[str, float, list[tuple[str, float, float]]]] = []
        for concept in part.concepts:
            choices = [(stem, weight, weight * corpus.idf(stem)) for stem, weight in concept.weights.items()]
            own = choices[0][0]
            self.concepts.append((own, corpus.idf(own), choices))
        self.stems = {stem for concept in part.concepts for stem in concept.weights}
        self.total = sum(idf for _, idf, _ in self.concepts) or 1.0
        self.topics = part.topics
        # Of the reader's own word: another name of the same thing is worth as much.
        self.topic_idf = sum(corpus.idf(stem) for stem in part.topics[0]) if part.topics else 0.0


def _score(asked: _Asked, c: _Read, average: float, weights: Weights) -> float:
    norm = weights.k1 * (1 - weights.b + weights.b * c.length / max(average, 1.0))
    score = covered = headed = 0.0
    found: list[tuple[str, float]] = []
    for own, own_idf, choices in asked.concepts:
        best = share = named = 0.0
        for stem, weight, worth in choices:
            if stem not in c.places:
                continue
            count = c.count(stem, weights.path)
            best = max(best, worth * count * (weights.k1 + 1) / (count + norm))
            share = max(share, weight)
            if stem in c.last:
                named = max(named, worth)
        score += best
        covered += share * own_idf
        headed += named
        if own in c.places:
            found.append((own, own_idf))
    score *= (min(1.0, covered / asked.total)) ** weights.cover
    for (first, first_idf), (second, second_idf) in pairwise(found):
        if _together(c.places[first], c.places[second]):
            score += weights.near * (first_idf + second_idf)
    if headed:
        others = len(c.last - asked.stems)
        score += weights.heading * headed * headed / sqrt(asked.total * (headed + OTHER_WORD * others))
    return score + asked.topic_idf * max((_about(c, topic, weights) for topic in asked.topics), default=0.0)


def _about(c: _Read, topic: tuple[str, ...], weights: Weights) -> float:
    """How much a passage's headings say that it is about a topic, and a sentence of it what that is."""
    if not all(stem in c.places for stem in topic):
        return 0.0
    score = weights.defined if weights.defined and _says_what_it_is(topic, c.content) else 0.0
    if not all(c.headed(stem) or stem in c.last for stem in topic):
        return score
    score += weights.topic
    if c.last == set(topic):
        score += weights.exact
    if c.opening:
        score += weights.opening
    return score


def _says_what_it_is(topic: tuple[str, ...], text: str) -> bool:
    """Does a sentence of a text in lower case begin with the topic and say what it is?"""
    for match in _definition(topic).finditer(text):
        if _BEGINS.search(text, max(0, match.start() - LONGEST_BEGINNING), match.start()):
            return True
    return False


@lru_cache(maxsize=1000)
def _definition(topic: tuple[str, ...]) -> re.Pattern[str]:
    """A topic with what follows it in a sentence that says what it is. Of stems: "queri" is found in "query" too. It
    begins with a word as it is written, and case counts: `re` then looks for that word instead of trying every place."""
    words = r"[\s\-]{1,3}".join(f"{re.escape(stem.removesuffix('i'))}\\w*" for stem in topic)
    # Runs of blanks are bounded: a passage of nothing else must not take a second.
    ends = r"[*`\"']{0,3}(?:\s{0,2}\([^)\n]{1,60}\))?\s{1,3}"
    return re.compile(f"{words}{ends}{_SAYS_WHAT_IT_IS}")


def _together(first: list[int], second: list[int]) -> bool:
    i = j = 0
    while i < len(first) and j < len(second):
        if abs(first[i] - second[j]) <= WINDOW:
            return True
        if first[i] < second[j]:
            i += 1
        else:
            j += 1
    return False
