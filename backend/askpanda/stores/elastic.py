"""The store on Elasticsearch: the same terms, candidates and ranking as the default one.

Works on any distribution, the minimal one too: analyzers `standard` and `whitespace` only, no scripts, no reindex, no
rank fusion. The alias (setting INDEX) points to one index a build, `INDEX-BUILD`; a build becomes visible by one swap
of the alias. Terms come stemmed from text.py in the field `terms`; `content` is there for whoever looks by other tools.
"""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import elastic_transport
from elasticsearch import ApiError, ConflictError, Elasticsearch, NotFoundError, TransportError
from elasticsearch.helpers import BulkIndexError, bulk, scan
from haystack import default_from_dict, default_to_dict
from haystack.dataclasses import Document
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack.errors import FilterError
from haystack.utils.filters import document_matches_filter

from askpanda.errors import Unavailable
from askpanda.stores import searching
from askpanda.stores.base import PAGE_LIMIT, Hit, StoreStatus
from askpanda.stores.elastic_build import MANIFEST, ElasticBuild, create_index, document_of, record_of, vectors_of
from askpanda.stores.query import Question, Vocabulary
from askpanda.stores.ranking import Candidate, Corpus
from askpanda.stores.text import stem

if TYPE_CHECKING:
    import numpy as np

    from askpanda.models.vectors import Embedder

#: Seconds: a search that takes longer is no use to anybody; writing may.
SEARCH_TIMEOUT = 10
WRITE_TIMEOUT = 120
#: Passages that may hold one of the stems that candidates are found by, as a number and as a share of all.
LOOKED_AT, LOOKED_AT_SHARE = 4000, 0.15
FEWEST_STEMS = 2
#: Words asked for at once, and at most, when the vocabulary is read.
VOCABULARY_PAGE, VOCABULARY_LIMIT = 40_000, 200_000
#: Seconds after which it is looked whether documents were written into the served index.
VOCABULARY_AGE = 60.0


class _Lexicon:
    """Words of one index, read once a build; `count` tells whether it has changed."""

    def __init__(self, index: str, count: int, words: dict[str, int], vectors: str, covered: float) -> None:
        self.index, self.count, self.checked = index, count, time.monotonic()
        self.vectors, self.covered = vectors, covered
        self.vocabulary = Vocabulary(words)
        self.stems = frozenset(stem(word) for word in words)


class ElasticStore:
    """Documents behind an alias. May be shared by threads.

    >>> store = ElasticStore("http://127.0.0.1:9200", "askpanda")
    >>> store.search("what is a scout job?", k=3)
    """

    def __init__(self, url: str, index: str, embedder: "Embedder | None" = None) -> None:
        self.url, self.index = url, index
        self.embedder = embedder
        self._clients: dict[int, Elasticsearch] = {}
        self._lock = threading.Lock()
        self._words: _Lexicon | None = None

    @property
    def place(self) -> str:
        """The address without user and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"

    def client(self) -> Elasticsearch:
        """This process's client: one that was made before a fork shares its sockets with the parent."""
        client = self._clients.get(os.getpid())
        if client is None:
            made = Elasticsearch(self.url, request_timeout=SEARCH_TIMEOUT, max_retries=1, retry_on_timeout=False)
            client = self._clients.setdefault(os.getpid(), made)  # atomic: two threads end up with the same one
        return client

    # Search

    def search(self, query: str, k: int = 5, source: str | None = None) -> list[Hit]:
        """The best passages. Raises Unavailable where Elasticsearch is away or has no index yet."""
        return searching.hits(self.ranked(query, k, source))

    def ranked(self, query: str, k: int = 5, source: str | None = None) -> list[tuple[Document, float]]:
        """The same as Haystack documents with their scores."""
        with self.answering():
            return searching.search(_Served(self, self._lexicon()), query, k, source, self.embedder)

    def page(self, path: str) -> list[Hit]:
        """See `base.Store`."""
        with self.answering():
            found = self.client().search(
                index=self.index, query={"term": {"path": path}}, size=PAGE_LIMIT, sort=["_doc"], source_excludes=["vector"]
            )
        return [Hit.of(document_of(hit["_source"]), 0.0) for hit in found["hits"]["hits"]]

    def _lexicon(self) -> _Lexicon:
        words = self._words
        if words is not None and time.monotonic() - words.checked < VOCABULARY_AGE and self.current() == words.index:
            return words
        with self._lock:
            index, count = self.current(), self._count()
            if not index:
                raise Unavailable(f"There is no index '{self.index}' at {self.place} yet: run `askpanda index build`.")
            words = self._words
            if words is None or (words.index, words.count) != (index, count):
                vectors = vectors_of(self.client(), index)
                covered = min(1.0, self._count({"exists": {"field": "vector"}}) / max(1, count)) if vectors else 0.0
                self._words = words = _Lexicon(index, count, self._read_words(index), vectors, covered)
            words.checked = time.monotonic()
            return words

    def _read_words(self, index: str) -> dict[str, int]:
        # Of a million passages Elasticsearch numbers all words first, which takes longer than a search may.
        client = self.client().options(request_timeout=WRITE_TIMEOUT)
        many = {"distinct": {"cardinality": {"field": "words"}}}
        total = client.search(index=index, size=0, aggs=many)["aggregations"]["distinct"]["value"]
        pages = max(1, -(-int(total * 1.1) // VOCABULARY_PAGE))
        words: dict[str, int] = {}
        for page in range(pages):
            field: dict[str, Any] = {"field": "words", "size": VOCABULARY_PAGE + VOCABULARY_PAGE // 2}
            if pages > 1:
                field["include"] = {"partition": page, "num_partitions": pages}
            found = client.search(index=index, size=0, aggs={"w": {"terms": field}})
            words.update((bucket["key"], bucket["doc_count"]) for bucket in found["aggregations"]["w"]["buckets"])
            if len(words) >= VOCABULARY_LIMIT:
                break
        return words

    # Builds

    def current(self) -> str:
        """Name of the index behind the alias; empty where there is none."""
        try:
            return next(iter(self.client().indices.get_alias(name=self.index)), "")
        except NotFoundError:
            return ""

    @contextmanager
    def build(self) -> Iterator[ElasticBuild]:
        """A new index on top of the current one, served when the block ends; an error leaves all as it was."""
        with self.answering():
            build = ElasticBuild(self.client().options(request_timeout=WRITE_TIMEOUT), self.index, self.current())
            try:
                yield build
                build.finish()
            finally:
                build.close()

    def manifest(self) -> dict[str, Any]:
        """What the build's maker saved with it; empty where there is no build."""
        with self.answering():
            try:
                return dict(self.client().get(index=self.index, id=MANIFEST)["_source"]["manifest"])
            except NotFoundError:
                return {}

    def status(self) -> StoreStatus:
        place = f"{self.place}/{self.index}"
        try:
            with self.answering():
                index = self.current()
                if not index:
                    message = f"There is no index '{self.index}' at {self.place} yet: run `askpanda index build`."
                    return StoreStatus("elasticsearch", place, False, message=message)
                by_source = {"s": {"terms": {"field": "source", "size": 10_000}}}
                found = self.client().search(index=index, size=0, query=_DOCUMENTS, aggs=by_source)
                sources = {b["key"]: b["doc_count"] for b in found["aggregations"]["s"]["buckets"]}
                size = self.client().indices.stats(index=index, metric="store")["_all"]["primaries"]["store"]["size_in_bytes"]
                return StoreStatus(
                    "elasticsearch", place, True, index, self._count(), size, dict(sorted(sources.items())),
                    vectors=vectors_of(self.client(), index).rpartition(" ")[0],
                )  # fmt: skip
        except Unavailable as error:
            return StoreStatus("elasticsearch", place, False, message=error.message)

    def close(self) -> None:
        """Close this process's client."""
        if client := self._clients.pop(os.getpid(), None):
            client.close()

    # Haystack's DocumentStore

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, url=self.url, index=self.index)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ElasticStore":
        return default_from_dict(cls, data)

    def count_documents(self) -> int:
        with self.answering():
            return self._count()

    def _count(self, query: dict[str, Any] | None = None) -> int:
        try:
            return int(self.client().count(index=self.index, query=query or _DOCUMENTS)["count"])
        except NotFoundError:
            return 0

    def filter_documents(self, filters: dict[str, Any] | None = None) -> list[Document]:
        """Documents that match. Raises FilterError for filters that make no sense."""
        if filters and "operator" not in filters and "conditions" not in filters:
            raise FilterError("A filter needs an operator: {'field': ..., 'operator': ..., 'value': ...}.")
        with self.answering():
            if not self.current():
                return []
            rows = scan(self.client(), index=self.index, query={"query": _DOCUMENTS}, size=1000)
            documents = (document_of(row["_source"]) for row in rows)
            return [d for d in documents if not filters or document_matches_filter(filters, d)]

    def write_documents(self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE) -> int:
        """Write into the served index; NONE means FAIL. Raises DuplicateDocumentError, ValueError."""
        if not isinstance(documents, list) or any(not isinstance(document, Document) for document in documents):
            raise ValueError("write_documents wants a list of Documents.")
        operation = "index" if policy is DuplicatePolicy.OVERWRITE else "create"
        with self.answering():
            if not self.current():
                name = create_index(self.client(), self.index)
                self.client().indices.put_alias(index=name, name=self.index)
            actions = [{"_op_type": operation, "_id": document.id, **record_of(document)} for document in documents]
            try:
                written, _ = self._bulk(actions)
            except BulkIndexError as error:
                repeated = [next(iter(item.values())) for item in error.errors]
                if any(item.get("status") != 409 for item in repeated):
                    raise Unavailable(f"Elasticsearch at {self.place} refused documents: {str(repeated[0])[:300]}.") from error
                if policy is not DuplicatePolicy.SKIP:
                    raise DuplicateDocumentError(f"Document '{repeated[0]['_id']}' is already in the index.") from error
                written = len(documents) - len(repeated)
            self._words = None
            return written

    def delete_documents(self, document_ids: list[str]) -> None:
        with self.answering():
            if self.current():
                self._bulk([{"_op_type": "delete", "_id": id_} for id_ in document_ids], raise_on_error=False)
                self._words = None

    def _bulk(self, actions: Iterable[dict[str, Any]], raise_on_error: bool = True) -> tuple[int, Any]:
        client = self.client().options(request_timeout=WRITE_TIMEOUT)
        return bulk(client, actions, index=self.index, refresh=True, max_retries=3, raise_on_error=raise_on_error)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Whatever is wrong with Elasticsearch as one sentence: Unavailable."""
        try:
            yield
        except NotFoundError as error:
            raise Unavailable(f"There is no index '{self.index}' at {self.place} yet: run `askpanda index build`.") from error
        except (ApiError, ConflictError) as error:
            raise Unavailable(f"Elasticsearch at {self.place} refused: {str(error)[:300]}.") from error
        except (TransportError, elastic_transport.TransportError, OSError) as error:
            what = "did not answer in time" if isinstance(error, elastic_transport.ConnectionTimeout) else "cannot be reached"
            raise Unavailable(
                f"Elasticsearch at {self.place} {what}: is it running, and is ASKPANDA_ELASTICSEARCH_URL right?"
            ) from error


#: Every document, and not the manifest that lies among them.
_DOCUMENTS = {"exists": {"field": "length"}}


class _Served:
    """`searching.Index` for one search."""

    def __init__(self, store: ElasticStore, lexicon: _Lexicon) -> None:
        self._client, self._index, self._lexicon = store.client(), lexicon.index, lexicon

    @property
    def vocabulary(self) -> Vocabulary:
        return self._lexicon.vocabulary

    def known(self, stem_: str) -> bool:
        return stem_ in self._lexicon.stems

    @property
    def vectors(self) -> str:
        return self._lexicon.vectors.rpartition(" ")[0]

    @property
    def covered(self) -> float:
        return self._lexicon.covered

    def nearest(self, vector: "np.ndarray", limit: int, source: str | None) -> list[Candidate]:
        wanted: dict[str, Any] = {
            "field": "vector", "query_vector": vector.tolist(), "k": limit, "num_candidates": min(10_000, 4 * limit),
        }  # fmt: skip
        if source:
            wanted["filter"] = [{"prefix": {"source": source}}]
        found = self._client.search(index=self._index, knn=wanted, size=limit, source_excludes=["vector"])
        return [_candidate(hit["_id"], hit["_source"]) for hit in found["hits"]["hits"]]

    def corpus(self, stems: Sequence[str]) -> Corpus:
        # Of an artificial document: the numbers come straight from the term dictionary of the one shard.
        found = self._client.termvectors(
            index=self._index, doc={"terms": " ".join(stems)}, fields=["terms"], term_statistics=True, field_statistics=True,
            positions=False, offsets=False, payloads=False,
        )  # fmt: skip
        field = found["term_vectors"].get("terms", {})
        about = field.get("field_statistics", {})
        passages = int(about.get("doc_count", 0))
        frequency = {term: numbers.get("doc_freq", 0) for term, numbers in field.get("terms", {}).items()}
        return Corpus(passages, about.get("sum_ttf", 0) / max(passages, 1), frequency)

    def candidates(self, question: Question, corpus: Corpus, limit: int, source: str | None) -> list[Candidate]:
        stems = telling(question.stems(), corpus)
        wanted = [{"term": {"terms": {"value": stem_, "boost": weight}}} for stem_, weight in stems.items()]
        query: dict[str, Any] = {"bool": {"should": wanted, "minimum_should_match": 1}}
        if source:
            query["bool"]["filter"] = [{"prefix": {"source": source}}]
        found = self._client.search(
            index=self._index, query=query, size=limit, sort=["_score", {"_doc": "asc"}], source_excludes=["vector"]
        )
        return [_candidate(hit["_id"], hit["_source"]) for hit in found["hits"]["hits"]]


def _candidate(id_: str, row: dict[str, Any]) -> Candidate:
    return Candidate(
        id_, row["path"], row["section"], row["terms"], row["heading"], row["content"], partial(document_of, row)
    )  # fmt: skip


def telling(stems: dict[str, float], corpus: Corpus) -> dict[str, float]:
    """Stems to find candidates by: the most telling ones, until they stand in more passages than can be looked at.

    A search costs by the passages that hold any of its stems: "job" and "task" are in a third of them, and are left to
    the ranking wherever rarer words of the question are there.
    """
    there = [stem_ for stem_ in stems if corpus.frequency.get(stem_)]
    there.sort(key=lambda stem_: -stems[stem_] * corpus.idf(stem_))
    budget = max(LOOKED_AT, corpus.passages * LOOKED_AT_SHARE)
    chosen: dict[str, float] = {}
    total = 0
    for stem_ in there:
        total += corpus.frequency[stem_]
        if len(chosen) >= FEWEST_STEMS and total > budget:
            break
        chosen[stem_] = stems[stem_]
    return chosen
