"""What searching costs is in the answer's usage, and a question that found nothing good is noted."""

import pytest
from pipeline_kit import WHAT_IS, FakeModel, FakeStore, assistant, run, turn

from askpanda.models.embeddings import ProviderEmbedder
from askpanda.settings import Settings
from askpanda.stores import gaps
from tests.wire.server import running_wire


class EmbeddingStore(FakeStore):
    """Asks for the vector of what it searches for, as a store with vectors does."""

    embedder: ProviderEmbedder

    def search(self, query, k=5, source=None):
        self.embedder.query(query)
        return super().search(query, k, source)


@pytest.mark.parametrize("model", [None, FakeModel(["Nothing of use."])])
def test_the_vector_of_a_question_is_in_the_answers_usage(tmp_path, model):
    with running_wire() as wire:
        store = EmbeddingStore([WHAT_IS])
        store.embedder = ProviderEmbedder(Settings(embeddings="compatible/good", compatible_base_url=f"{wire.url}/v1"))
        _, answer = run(assistant(tmp_path, store, model), turn("What is PanDA?"))
    embedding = [call for call in answer.usage.calls if call.purpose == "embedding"]
    assert [call.model for call in embedding] == ["compatible/good"]
    assert embedding[0].input_tokens > 0
    assert [call.purpose for call in answer.usage.calls if call.purpose != "embedding"] == ["answer"]


def test_a_question_about_the_documents_that_found_nothing_good_is_noted(tmp_path):
    made = assistant(tmp_path, FakeStore([WHAT_IS]))
    run(made, turn("What is PanDA?"))
    assert gaps.gaps(Settings(state_dir=tmp_path)) == []
    run(made, turn("How do I mount zettabyte volumes in a PanDA job with Kerberos delegation?"))
    noted = gaps.gaps(Settings(state_dir=tmp_path))
    assert len(noted) == 1
    assert "zettabyte" in noted[0].question
