"""Search as both stores do it: understand, let the index find candidates, rank them, leave out what repeats."""

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from haystack.dataclasses import Document

from askpanda.errors import ModelError, Unavailable
from askpanda.stores.base import Hit
from askpanda.stores.query import Question, Vocabulary, understand
from askpanda.stores.ranking import Candidate, Corpus, rank

if TYPE_CHECKING:
    import numpy as np

    from askpanda.models.vectors import Embedder

log = logging.getLogger(__name__)

#: Passages that are nearest to the question's vector; how slowly a place among them loses worth; and what the first place is
#: worth beside the best passage by words. Places of both orders alone did worse: the score by words knows when it is sure.
NEAREST, FUSION, MEANING = 50, 10, 0.6
#: Candidates that are ranked. At 10,000 passages 80 lose a sixtieth of the recall; more change nothing and cost time.
CANDIDATES = 120
#: Passages of one section and of one page among the first ones: the rest come after all others.
PER_SECTION, PER_PAGE = 2, 5
#: What the second passage of a section and of a page is worth beside its first one, and so on.
REPEATED_SECTION, REPEATED_PAGE = 0.85, 0.98
#: No question needs more: the rest of a 4,000 character question is not looked for.
LONGEST_QUESTION = 1000
MOST_STEMS = 48


class Index(Protocol):
    """What a store's own index does for a search, within one unchanging build."""

    @property
    def vocabulary(self) -> Vocabulary: ...
    def known(self, stem: str) -> bool: ...
    def corpus(self, stems: Sequence[str]) -> Corpus: ...
    def candidates(self, question: Question, corpus: Corpus, limit: int, source: str | None) -> list[Candidate]:
        """Passages that hold stems which `corpus` knows of, the most promising ones, in any order."""
        ...

    @property
    def vectors(self) -> str:
        """The model that the index's vectors are of; empty where it has none."""
        ...

    @property
    def covered(self) -> float:
        """Share of the passages that have a vector, 0 to 1."""
        ...

    def nearest(self, vector: "np.ndarray", limit: int, source: str | None) -> list[Candidate]: ...


def search(
    index: Index, query: str, k: int, source: str | None = None, embedder: "Embedder | None" = None
) -> list[tuple[Document, float]]:
    """The best `k` chunks with their scores, best first; `source` narrows to sources whose name begins so.

    With an embedder, the scores by words and the order by vectors are fused. Raises Unavailable where the index has vectors
    of another model.
    """
    if k < 1:
        return []
    vector = _vector(index, query, embedder)
    ranked = _by_words(index, query, max(CANDIDATES, 3 * k), source)
    if vector is not None:
        ranked = fused(ranked, index.nearest(vector, max(NEAREST, 3 * k), source), index.covered)
    return [(candidate.document(), score) for candidate, score in spread(ranked, k)]


def _by_words(index: Index, query: str, limit: int, source: str | None) -> list[tuple[Candidate, float]]:
    question = understand(query[:LONGEST_QUESTION], index.vocabulary, index.known)
    stems = list(question.stems())[:MOST_STEMS]
    if not stems:
        return []
    corpus = index.corpus(stems)
    if not any(corpus.frequency.values()):
        return []
    candidates = index.candidates(question, corpus, limit, source)
    scores = rank(question, candidates, corpus)
    order = sorted(range(len(candidates)), key=lambda i: (-scores[i], candidates[i].id))
    return [(candidates[i], scores[i]) for i in order if scores[i] > 0]


def _vector(index: Index, query: str, embedder: "Embedder | None") -> "np.ndarray | None":
    """The question's vector; None where there is no embedder, no vector to compare with, or no answer in time."""
    if embedder is None or not query.strip():
        return None
    if not index.vectors:
        log.warning("the index has no vectors yet: `askpanda index build` makes them")
        return None
    if index.vectors != embedder.name:
        raise Unavailable(
            f"The index holds vectors of {index.vectors}, and ASKPANDA_EMBEDDINGS is {embedder.name}: set it back, "
            "or make them anew with `askpanda index build`."
        )
    try:
        return embedder.query(query[:LONGEST_QUESTION])
    except ModelError as problem:
        log.warning("searched by words alone: %s", problem.message)
        return None


def fused(
    by_words: Sequence[tuple[Candidate, float]], nearest: Sequence[Candidate], covered: float = 1.0
) -> list[tuple[Candidate, float]]:
    """Scores by words and places by vectors as one order; 1 is the best of both.

    `covered` is the share of passages that have a vector: of few, the nearest to a question may be far from it.
    """
    meaning = MEANING * covered
    top = max((score for _, score in by_words), default=1.0)
    scores = {candidate.id: score / top for candidate, score in by_words}
    candidates = {candidate.id: candidate for candidate, _ in by_words}
    for place, candidate in enumerate(nearest, 1):
        candidates.setdefault(candidate.id, candidate)
        scores[candidate.id] = scores.get(candidate.id, 0.0) + meaning * (1 + FUSION) / (place + FUSION)
    ordered = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(candidates[id_], score / (1 + meaning)) for id_, score in ordered]


def spread(ranked: list[tuple[Candidate, float]], k: int) -> list[tuple[Candidate, float]]:
    """The first `k`, without repetitions, and with no page or section crowding out the others."""
    ranked = sorted(_less_for_more(ranked), key=lambda pair: (-pair[1], pair[0].id))
    first: list[tuple[Candidate, float]] = []
    later: list[tuple[Candidate, float]] = []
    seen: set[str] = set()
    sections: dict[tuple[str, str], int] = {}
    pages: dict[str, int] = {}
    for candidate, score in ranked:
        if candidate.body in seen:
            continue
        seen.add(candidate.body)
        page = candidate.path or candidate.id
        section = (page, candidate.section)
        crowded = sections.get(section, 0) >= PER_SECTION or pages.get(page, 0) >= PER_PAGE
        (later if crowded else first).append((candidate, score))
        if not crowded:
            sections[section] = sections.get(section, 0) + 1
            pages[page] = pages.get(page, 0) + 1
            if len(first) == k:
                break
    return (first + later)[:k]


def _less_for_more(ranked: list[tuple[Candidate, float]]) -> Iterator[tuple[Candidate, float]]:
    """Scores lowered for what comes from the same place as a better passage: readers want another view before more of one."""
    sections: dict[tuple[str, str], int] = {}
    pages: dict[str, int] = {}
    for candidate, score in ranked:
        page = candidate.path or candidate.id
        section = (page, candidate.section)
        yield candidate, score * REPEATED_SECTION ** sections.get(section, 0) * REPEATED_PAGE ** pages.get(page, 0)
        sections[section] = sections.get(section, 0) + 1
        pages[page] = pages.get(page, 0) + 1


def hits(found: list[tuple[Document, float]]) -> list[Hit]:
    """Scores are rounded: they order, they do not measure."""
    return [Hit.of(document, round(score, 4)) for document, score in found]
