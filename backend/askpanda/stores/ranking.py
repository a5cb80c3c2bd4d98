"""The order of passages: the same sums for both stores, over the candidates that their own index found.

BM25 over concepts instead of words; the nearness of the question's words; how well the passage's heading is the
question; how much the rest of the page is about it. The numbers are those that did best on the tuning half of
tests/cases/retrieval.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
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

    k1: float = 1.6
    b: float = 0.6
    path: float = 1.0  # a word of the heading path counts as so many more of the text
    heading: float = 0.6  # what a heading gains that is the question
    near: float = 0.1  # two neighbouring words of the question, near each other in the passage
    cover: float = 0.25  # power of the share of the question that the passage speaks of
    page: float = 0.05  # what the best other passage of the same page lends
    name: float = 0.5  # an option or error name, written as in the question
    topic: float = 0.6  # a definition's topic is what the passage is headed with
    part: float = 0.75  # what the best passage of each part of a question gains


WEIGHTS = Weights()
#: How near two words stand to count as together.
WINDOW = 4
#: Weight of a word of a heading that the question does not have, in the place of its idf, which nobody looked up.
OTHER_WORD = 3.0


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
    scores = _scores(question.parts[0], prepared, corpus, weights)
    top = max(scores, default=0.0)
    for part in question.parts[1:]:
        partial = _scores(part, prepared, corpus, weights)
        best = max(partial, default=0.0)
        if best > 0:
            # The passages that answer this part best rise; what is far below the best gains next to nothing.
            scores = [s + weights.part * top * (p / best) ** 4 for s, p in zip(scores, partial, strict=True)]
    for i, c in enumerate(prepared):
        scores[i] += weights.name * sum(corpus.idf(name) for name in question.names if c.all[name])
    return scores


class _Counted:
    __slots__ = ("all", "body", "head", "last", "length", "page", "places", "terms")

    def __init__(self, candidate: Candidate) -> None:
        self.terms = candidate.terms
        self.head = Counter(candidate.terms[: candidate.heading])
        self.body = Counter(candidate.terms[candidate.heading :])
        self.all = self.head + self.body
        self.length = len(candidate.terms)
        self.last = _last_heading(str(candidate.document.meta.get("section") or ""))
        self.page = str(candidate.document.meta.get("path") or candidate.document.id)
        self.places: dict[str, list[int]] = {}

    def where(self, stem: str) -> list[int]:
        if stem not in self.places:
            self.places[stem] = [i for i, term in enumerate(self.terms) if term == stem]
        return self.places[stem]


@lru_cache(maxsize=50_000)
def _last_heading(section: str) -> frozenset[str]:
    return frozenset(terms(section.rpartition(" > ")[2]))


def _scores(part: Part, prepared: Sequence[_Counted], corpus: Corpus, weights: Weights) -> list[float]:
    own = [next(iter(concept.weights)) for concept in part.concepts]
    total = sum(corpus.idf(stem) for stem in own) or 1.0
    scores = [_score(part, own, total, c, corpus, weights) for c in prepared]
    if weights.page:
        best: dict[str, list[float]] = {}
        for c, score in zip(prepared, scores, strict=True):
            best[c.page] = sorted([*best.get(c.page, []), score], reverse=True)[:2]
        for i, c in enumerate(prepared):
            first, *rest = best[c.page]
            other = first if scores[i] < first else (rest[0] if rest else 0.0)
            scores[i] += weights.page * other
    return scores


def _score(part: Part, own: list[str], total: float, c: _Counted, corpus: Corpus, weights: Weights) -> float:
    norm = weights.k1 * (1 - weights.b + weights.b * c.length / max(corpus.average, 1.0))
    score = covered = headed = 0.0
    found: list[str] = []
    for concept, name in zip(part.concepts, own, strict=True):
        best = share = named = 0.0
        for stem, weight in concept.weights.items():
            count = c.body[stem] + c.head[stem] * (1 + weights.path)
            if count:
                best = max(best, weight * corpus.idf(stem) * count * (weights.k1 + 1) / (count + norm))
                share = max(share, weight)
                if stem in c.last:
                    named = max(named, weight * corpus.idf(stem))
        score += best
        covered += share * corpus.idf(name)
        headed += named
        if c.all[name]:
            found.append(name)
    score *= (min(1.0, covered / total)) ** weights.cover
    for first, second in pairwise(found):
        if _together(c.where(first), c.where(second)):
            score += weights.near * (corpus.idf(first) + corpus.idf(second))
    if headed:
        others = sum(1 for stem in c.last if not any(stem in concept.weights for concept in part.concepts))
        score += weights.heading * headed * headed / sqrt(total * (headed + OTHER_WORD * others))
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
