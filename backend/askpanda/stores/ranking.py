"""The order of passages: the same sums for both stores, over the candidates that their own index found.

BM25 with the parameters that were measured best on the tuning half of tests/cases/retrieval, over concepts instead of
words, with the nearness of the words and the place they stand in (heading, body) counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from haystack.dataclasses import Document

from askpanda.stores.query import Part, Question


@dataclass(frozen=True, slots=True)
class Weights:
    """Every number of the ranking."""

    k1: float = 1.2
    b: float = 0.6
    heading: float = 1.0  # a word in the heading path counts as so many more in the body
    near: float = 0.15  # two neighbouring words of the question, near each other in the passage
    name: float = 0.5  # an option or error name, written as in the question
    topic: float = 0.3  # a definition's topic is what the passage is headed with
    part: float = 0.5  # what the best passage of each part of a question gains


WEIGHTS = Weights()
#: How near two words stand to count as together.
WINDOW = 4


@dataclass(slots=True)
class Candidate:
    """A passage that the index found: its terms in order, the first `heading` of them from its heading path."""

    document: Document
    terms: list[str]
    heading: int


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
    prepared = [_Counted(candidate) for candidate in candidates]
    scores = [_part_score(question.parts[0], c, corpus, weights) for c in prepared]
    for part in question.parts[1:]:
        partial = [_part_score(part, c, corpus, weights) for c in prepared]
        best = max(partial, default=0.0)
        top = max(scores, default=0.0)
        if best > 0:
            # The passages that answer this part best rise; what is far below the best gains next to nothing.
            scores = [s + weights.part * top * (p / best) ** 4 for s, p in zip(scores, partial, strict=True)]
    for i, c in enumerate(prepared):
        scores[i] += weights.name * sum(corpus.idf(name) for name in question.names if c.all[name])
    return scores


class _Counted:
    __slots__ = ("all", "body", "head", "length", "places", "terms")

    def __init__(self, candidate: Candidate) -> None:
        self.terms = candidate.terms
        self.head = Counter(candidate.terms[: candidate.heading])
        self.body = Counter(candidate.terms[candidate.heading :])
        self.all = self.head + self.body
        self.length = len(candidate.terms)
        self.places: dict[str, list[int]] = {}

    def where(self, stem: str) -> list[int]:
        if stem not in self.places:
            self.places[stem] = [i for i, term in enumerate(self.terms) if term == stem]
        return self.places[stem]


def _part_score(part: Part, c: _Counted, corpus: Corpus, weights: Weights) -> float:
    norm = weights.k1 * (1 - weights.b + weights.b * c.length / max(corpus.average, 1.0))
    score = 0.0
    found: list[str] = []
    for concept in part.concepts:
        best = 0.0
        for stem, weight in concept.weights.items():
            count = c.body[stem] + c.head[stem] * (1 + weights.heading)
            if count:
                best = max(best, weight * corpus.idf(stem) * count * (weights.k1 + 1) / (count + norm))
        score += best
        own = next(iter(concept.weights))
        if c.all[own]:
            found.append(own)
    for first, second in pairwise(found):
        if _together(c.where(first), c.where(second)):
            score += weights.near * (corpus.idf(first) + corpus.idf(second))
    if part.topic and all(c.head[stem] for stem in part.topic):
        score += weights.topic * sum(corpus.idf(stem) for stem in part.topic)
    return score


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
