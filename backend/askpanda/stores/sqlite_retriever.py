"""Haystack's component for the default store."""

from dataclasses import replace
from typing import Any

from haystack import component, default_from_dict, default_to_dict
from haystack.dataclasses import Document

from askpanda.stores.sqlite import SqliteStore


@component
class SqliteRetriever:
    """Finds the passages for a question.

    >>> pipeline.add_component("retriever", SqliteRetriever(SqliteStore("state/index/askpanda"), top_k=5))
    >>> pipeline.run({"retriever": {"query": "what is a scout job?"}})["retriever"]["documents"]
    """

    def __init__(self, document_store: SqliteStore, top_k: int = 5, source: str | None = None) -> None:
        """`top_k` passages of sources whose name begins with `source` (None: of all)."""
        self.document_store = document_store
        self.top_k = top_k
        self.source = source

    @component.output_types(documents=list[Document])
    def run(self, query: str, top_k: int | None = None, source: str | None = None) -> dict[str, list[Document]]:
        """Documents with their scores, best first. Raises Unavailable where the store is away or empty."""
        found = self.document_store.ranked(query, top_k or self.top_k, source or self.source)
        return {"documents": [replace(document, score=score) for document, score in found]}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, document_store=self.document_store.to_dict(), top_k=self.top_k, source=self.source)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "SqliteRetriever":
        parameters = data["init_parameters"]
        parameters["document_store"] = SqliteStore.from_dict(parameters["document_store"])
        return default_from_dict(cls, data)
