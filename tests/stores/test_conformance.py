"""Haystack's own conformance tests, on both stores."""

import pytest
from haystack.dataclasses import ByteStream, Document, SparseEmbedding
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack.testing.document_store import DocumentStoreBaseTests


class TestConformance(DocumentStoreBaseTests):
    @pytest.fixture
    def document_store(self, store):
        return store

    @staticmethod
    def assert_documents_are_equal(received, expected):
        # The protocol promises no order.
        assert sorted(received, key=lambda d: d.id) == sorted(expected, key=lambda d: d.id)

    def test_write_documents(self, document_store):
        document = Document(content="test doc")
        assert document_store.write_documents([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            document_store.write_documents([document])
        assert document_store.filter_documents() == [document]


def test_a_document_with_everything_comes_back_as_it_was(store):
    document = Document(
        content="text", blob=ByteStream(b"\x00\xff", mime_type="image/png"), meta={"a": [1, {"b": None}], "path": "x/y"},
        score=0.5, embedding=[0.25, 1.0], sparse_embedding=SparseEmbedding([1], [0.5]),
    )  # fmt: skip
    store.write_documents([document], DuplicatePolicy.OVERWRITE)
    assert store.filter_documents() == [document]


def test_a_store_outlives_being_saved_in_a_pipeline(store):
    store.write_documents([Document(content="brokerage of tasks", meta={"path": "x/y"})])
    again = type(store).from_dict(store.to_dict())
    assert [hit.text for hit in again.search("brokerage")] == ["brokerage of tasks"]
