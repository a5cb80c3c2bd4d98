"""Search as both stores do it: understand, let the index find candidates, rank them, leave out what repeats."""

from collections.abc import Sequence
from typing import Protocol

from haystack.dataclasses import Document

from askpanda.stores.base import Hit
from askpanda.stores.query import Question, Vocabulary, understand
from askpanda.stores.ranking import Candidate, Corpus, rank
from askpanda.stores.text import words

#: Candidates that are ranked. More change nothing that was measured and cost time.
CANDIDATES = 100
#: Passages of one section and of one page among the first ones: the rest come after all others.
PER_SECTION, PER_PAGE = 2, 5
#: No question needs more: the rest of a 4,000 character question is not looked for.
LONGEST_QUESTION = 1000
MOST_STEMS = 48


class Index(Protocol):
    """What a store's own index does for a search, within one unchanging build."""

    @property
    def vocabulary(self) -> Vocabulary: ...
    def known(self, stem: str) -> bool: ...
    def corpus(self, stems: Sequence[str]) -> Corpus: ...
    def candidates(self, stems: Sequence[str], limit: int, source: str | None) -> list[Candidate]: ...


def search(index: Index, query: str, k: int, source: str | None = None) -> list[tuple[Document, float]]:
    """The best `k` chunks with their scores, best first; `source` narrows to sources whose name begins so."""
    if k < 1:
        return []
    question = understand(query[:LONGEST_QUESTION], index.vocabulary, index.known)
    stems = question.stems()[:MOST_STEMS]
    if not stems:
        return []
    corpus = index.corpus(stems)
    candidates = index.candidates(stems, max(CANDIDATES, 3 * k), source)
    scores = rank(question, candidates, corpus)
    order = sorted(range(len(candidates)), key=lambda i: (-scores[i], candidates[i].document.id))
    return spread([(candidates[i].document, scores[i]) for i in order if scores[i] > 0], k)


def spread(ranked: list[tuple[Document, float]], k: int) -> list[tuple[Document, float]]:
    """The first `k`, without repetitions, and with no page or section crowding out the others."""
    first: list[tuple[Document, float]] = []
    later: list[tuple[Document, float]] = []
    seen: set[int] = set()
    sections: dict[tuple[str, str], int] = {}
    pages: dict[str, int] = {}
    for document, score in ranked:
        body = (document.content or "").partition("\n\n")[2] or document.content or ""
        print_ = hash(tuple(words(body)))
        if print_ in seen:
            continue
        seen.add(print_)
        page = str(document.meta.get("path") or document.id)
        section = (page, str(document.meta.get("section") or ""))
        crowded = sections.get(section, 0) >= PER_SECTION or pages.get(page, 0) >= PER_PAGE
        (later if crowded else first).append((document, score))
        if not crowded:
            sections[section] = sections.get(section, 0) + 1
            pages[page] = pages.get(page, 0) + 1
            if len(first) == k:
                break
    return (first + later)[:k]


def hits(found: list[tuple[Document, float]]) -> list[Hit]:
    """Scores are rounded: they order, they do not measure."""
    return [Hit.of(document, round(score, 4)) for document, score in found]


__all__ = ["CANDIDATES", "Index", "Question", "hits", "search", "spread"]
