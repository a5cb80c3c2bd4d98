"""Stores for tests: the default one in a fresh folder, Elasticsearch (one server for the session) with a fresh index."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from askpanda.stores.sqlite import SqliteStore
from tests.elasticsearch_server import NoElasticsearch, elasticsearch


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """A real server; ASKPANDA_TEST_ELASTICSEARCH names one that runs already."""
    if running := os.environ.get("ASKPANDA_TEST_ELASTICSEARCH"):
        yield running
        return
    try:
        server = elasticsearch()
        url = server.__enter__()
    except NoElasticsearch as error:
        # `make test` sets it: there a missing server is a failure, not something to pass over.
        if os.environ.get("ASKPANDA_NEED_ELASTICSEARCH"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    yield url
    server.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def store(request: pytest.FixtureRequest, tmp_path: Path):
    """Each of the two stores, empty."""
    if request.param == "sqlite":
        made = SqliteStore(tmp_path / "index")
    else:
        from askpanda.stores.elastic import ElasticStore

        made = ElasticStore(request.getfixturevalue("elasticsearch_url"), f"test-{uuid.uuid4().hex[:12]}")
    yield made
    if request.param == "elasticsearch":
        made.client().indices.delete(index=f"{made.index}-*", ignore_unavailable=True)
    made.close()


@pytest.fixture
def document_store(store):
    """The name that Haystack's conformance tests ask for."""
    return store
