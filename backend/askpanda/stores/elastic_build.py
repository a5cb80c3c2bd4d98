"""Writing a build of the Elasticsearch store: a new index, filled, checked, and swapped in by the alias."""

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError
from elasticsearch.helpers import BulkIndexError, bulk, scan
from haystack.dataclasses import Document
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy

from askpanda.errors import Unavailable
from askpanda.stores.analysis import LAYOUT, analysed
from askpanda.stores.ranking import WEIGHTS
from askpanda.stores.text import stem

if TYPE_CHECKING:
    import numpy as np

BATCH = 500
#: Id of the document that holds the manifest.
MANIFEST = "_manifest"

SETTINGS = {
    # One shard: its term numbers are the index's own. Nothing is searched before the build is finished.
    "number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1",
    "similarity": {"passages": {"type": "BM25", "k1": WEIGHTS.k1, "b": WEIGHTS.b}},
}  # fmt: skip
MAPPING = {
    "dynamic": False,
    "_meta": {"layout": LAYOUT},
    "properties": {
        "terms": {"type": "text", "analyzer": "whitespace", "similarity": "passages"},
        "content": {"type": "text", "analyzer": "standard"},
        "words": {"type": "keyword", "ignore_above": 64},
        "source": {"type": "keyword"},
        "path": {"type": "keyword"},
        "kind": {"type": "keyword"},
        "length": {"type": "integer"},
        "heading": {"type": "integer", "index": False},
        "document": {"type": "object", "enabled": False},
        "manifest": {"type": "object", "enabled": False},
    },
}
_LACKING = {"bool": {"filter": [{"exists": {"field": "length"}}], "must_not": [{"exists": {"field": "vector"}}]}}


def create_index(client: Elasticsearch, alias: str) -> str:
    """A new empty index of this alias's name; not served yet."""
    name = f"{alias}-{time.strftime('%Y%m%dt%H%M%S', time.gmtime())}-{time.time_ns() % 10**9:09d}{secrets.token_hex(1)}"
    client.indices.create(index=name, settings=SETTINGS, mappings=MAPPING)
    return name


def vectors_of(client: Elasticsearch, index: str) -> str:
    """Model and dimensions of an index's vectors; empty where it has none."""
    mapping = client.indices.get_mapping(index=index)
    return str(mapping[index]["mappings"].get("_meta", {}).get("vectors", ""))


def record_of(document: Document) -> dict[str, Any]:
    """What is indexed for a document: see MAPPING."""
    found, heading = analysed(document)
    meta = {name: str(document.meta.get(name) or "") for name in ("source", "path", "section", "kind")}
    return {
        **meta, "content": document.content or "", "document": document.to_dict(flatten=False),
        "terms": " ".join([stem(word) for word in found]), "words": sorted(set(found)), "length": len(found),
        "heading": heading,
    }  # fmt: skip


def document_of(record: dict[str, Any]) -> Document:
    """A record as the Document that was written."""
    return Document.from_dict(record["document"])


class ElasticBuild:
    """See `base.Build`. What is deleted is remembered, and left out when the old index is copied at the end."""

    def __init__(self, client: Elasticsearch, alias: str, current: str) -> None:
        self.client, self.alias = client, alias
        self.before = current
        self.same_layout = bool(current) and self._layout(current) == LAYOUT
        self.name = create_index(client, alias)
        self.manifest: dict[str, Any] = self._read_manifest()
        self.finished = False
        self._copied, self._copied_all = 0, False
        self._vectors = ""
        self._vectors_before = vectors_of(client, current) if current else ""
        self._written: dict[str, str] = {}  # id -> path
        self._gone_ids: set[str] = set()
        self._gone_paths: set[str] = set()
        self._gone_sources: set[str] = set()

    def _layout(self, index: str) -> int:
        mapping = self.client.indices.get_mapping(index=index)
        return int(mapping[index]["mappings"].get("_meta", {}).get("layout", 0))

    def _read_manifest(self) -> dict[str, Any]:
        try:
            return dict(self.client.get(index=self.before, id=MANIFEST)["_source"]["manifest"]) if self.before else {}
        except NotFoundError:
            return {}

    def write(self, documents: Iterable[Document], policy: DuplicatePolicy = DuplicatePolicy.OVERWRITE) -> int:
        """Write documents in batches; the number written. FAIL raises DuplicateDocumentError."""
        documents = iter(documents)
        written = 0
        while batch := list(islice(documents, BATCH)):
            if policy is not DuplicatePolicy.OVERWRITE:
                there = {document.id for document in batch if document.id in self._written} | self._there(batch)
                if there and policy is not DuplicatePolicy.SKIP:
                    raise DuplicateDocumentError(f"Document '{min(there)}' is already in the index.")
                batch = [document for document in batch if document.id not in there]
            self._bulk({"_op_type": "index", "_id": document.id, **record_of(document)} for document in batch)
            self._written.update((document.id, str(document.meta.get("path") or "")) for document in batch)
            written += len(batch)
        return written

    def _there(self, batch: list[Document]) -> set[str]:
        """Ids that the old index holds and that were not deleted."""
        if not self.before:
            return set()
        found = self.client.mget(index=self.before, ids=[document.id for document in batch], source=["source", "path"])
        return {row["_id"] for row in found["docs"] if row.get("found") and not self._gone(row["_id"], row["_source"])}

    def _gone(self, id_: str, record: dict[str, Any]) -> bool:
        return id_ in self._gone_ids or record["path"] in self._gone_paths or record["source"] in self._gone_sources

    def delete_ids(self, ids: Iterable[str]) -> int:
        """Documents of these ids; unknown ones are passed over. The number removed."""
        wanted = set(ids)
        removed = self._forget({id_ for id_ in wanted if id_ in self._written})
        removed += self._count({"ids": {"values": sorted(wanted)}})
        self._gone_ids |= wanted
        return removed

    def delete_path(self, path: str) -> int:
        """Every chunk of one file; `path` begins with the source's name."""
        removed = self._forget({id_ for id_, of in self._written.items() if of == path}) if self._written else 0
        removed += self._count({"term": {"path": path}})
        self._gone_paths.add(path)
        return removed

    def delete_source(self, source: str) -> int:
        """Every chunk of one source."""
        removed = self._forget({id_ for id_, of in self._written.items() if of.partition("/")[0] == source})
        removed += self._count({"term": {"source": source}})
        self._gone_sources.add(source)
        return removed

    def use_vectors(self, model: str, dims: int) -> None:
        self._vectors = f"{model} {dims}"
        field = {"type": "dense_vector", "dims": dims, "index": True, "similarity": "dot_product"}
        self.client.indices.put_mapping(
            index=self.name, properties={"vector": field}, meta={"layout": LAYOUT, "vectors": self._vectors}
        )

    def without_vectors(self) -> Iterator[list[tuple[str, str]]]:
        self._copy()
        self.client.indices.refresh(index=self.name)
        rows = scan(self.client, index=self.name, query={"query": _LACKING, "_source": ["content"]}, size=BATCH)
        while batch := [(row["_id"], row["_source"]["content"]) for row in islice(rows, BATCH)]:
            yield batch

    def lacking_vectors(self) -> int:
        self._copy()
        self.client.indices.refresh(index=self.name)
        return int(self.client.count(index=self.name, query=_LACKING)["count"])

    def write_vectors(self, vectors: Mapping[str, "np.ndarray"]) -> None:
        self._bulk({"_op_type": "update", "_id": id_, "doc": {"vector": vector.tolist()}} for id_, vector in vectors.items())

    def _forget(self, ids: set[str]) -> int:
        """Take back what this very build has written."""
        if ids:
            self._bulk({"_op_type": "delete", "_id": id_} for id_ in ids)
            for id_ in ids:
                del self._written[id_]
        return len(ids)

    def _count(self, query: dict[str, Any]) -> int:
        if not self.before:
            return 0
        already = [{"terms": {"path": sorted(self._gone_paths)}}, {"terms": {"source": sorted(self._gone_sources)}}]
        wanted = {"bool": {"filter": [query, {"exists": {"field": "length"}}], "must_not": already}}
        return int(self.client.count(index=self.before, query=wanted)["count"])

    def _bulk(self, actions: Iterable[dict[str, Any]]) -> None:
        try:
            bulk(self.client, actions, index=self.name, chunk_size=BATCH, max_retries=4, initial_backoff=1, max_backoff=30)
        except BulkIndexError as error:
            raise Unavailable(
                f"Elasticsearch refused documents, the old index is still served: {str(error.errors[0])[:300]}."
            ) from error

    def _kept(self) -> Iterator[dict[str, Any]]:
        """Records of the old index that nothing was done to."""
        rows = scan(self.client, index=self.before, query={"query": {"exists": {"field": "length"}}}, size=BATCH)
        for row in rows:
            if row["_id"] not in self._written and not self._gone(row["_id"], row["_source"]):
                self._copied += 1
                # Of another layout it is analysed anew: what people have added outlives an upgrade.
                record = row["_source"] if self.same_layout else record_of(document_of(row["_source"]))
                if self._vectors != self._vectors_before:
                    record.pop("vector", None)
                yield {"_op_type": "index", "_id": row["_id"], **record}

    def _copy(self) -> None:
        if self.before and not self._copied_all:
            if self._vectors_before and not self._vectors:  # whoever takes out a source has not asked for other vectors
                model, _, dims = self._vectors_before.rpartition(" ")
                self.use_vectors(model, int(dims))
            self._bulk(self._kept())
        self._copied_all = True

    def finish(self) -> None:
        """Copy what stays, check, and serve this build by one swap of the alias."""
        self._copy()
        self.client.index(index=self.name, id=MANIFEST, document={"manifest": self.manifest})
        self.client.indices.put_settings(index=self.name, settings={"refresh_interval": "1s"})
        self.client.indices.refresh(index=self.name)
        count = int(self.client.count(index=self.name, query={"exists": {"field": "length"}})["count"])
        if count != self._copied + len(self._written):
            raise Unavailable("The new index does not add up; the old one is still served.")
        # The last step, and one: readers see the old index or the new one.
        swap: list[dict[str, Any]] = [{"add": {"index": self.name, "alias": self.alias}}]
        if self.before:
            swap.append({"remove": {"index": self.before, "alias": self.alias}})
        self.client.indices.update_aliases(actions=swap)
        self.finished = True
        # Searches that began on the old one may still be in it; what is older is nobody's.
        with suppress(ApiError, TransportError):
            for index in self.client.indices.get(index=f"{self.alias}-*", expand_wildcards="open", features="aliases"):
                if index not in (self.name, self.before) and index < self.name:
                    self.client.indices.delete(index=index, ignore_unavailable=True)

    def close(self) -> None:
        """What is not finished is thrown away."""
        if not self.finished:
            with suppress(ApiError, TransportError):
                self.client.indices.delete(index=self.name, ignore_unavailable=True)
