"""Builds: invisible until finished, whole when swapped, and kept where one fails."""

import threading
from pathlib import Path

import pytest
from haystack.dataclasses import Document
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy

from askpanda.errors import Unavailable
from askpanda.stores import analysis


def page(name: str, text: str, source: str = "docs") -> Document:
    path = f"{source}/{name}"
    return Document(
        id=f"{path}#0", content=f"Title\n\n{text} {name}", meta={"path": path, "section": "Title", "source": source}
    )


def found(store, question: str) -> set[str]:
    return {hit.path for hit in store.search(question, 10)}


def test_readers_see_a_build_only_when_it_is_finished_and_then_at_once(store):
    with store.build() as build:
        build.write([page("a", "harvester")])
    with store.build() as build:
        build.write([page("b", "harvester again")])
        assert found(store, "harvester") == {"docs/a"}
    assert found(store, "harvester") == {"docs/a", "docs/b"}


def test_another_reader_that_has_the_old_build_open_goes_over_to_the_new_one(store):
    with store.build() as build:
        build.write([page("a", "harvester")])
    reader = type(store).from_dict(store.to_dict())
    assert found(reader, "harvester") == {"docs/a"}
    for n in range(3):  # more builds than are kept
        with store.build() as build:
            build.write([page(f"b{n}", "harvester")])
        assert found(reader, "harvester") == {"docs/a", *(f"docs/b{i}" for i in range(n + 1))}
    reader.close()


def test_a_build_that_fails_leaves_everything_as_it_was(store):
    with store.build() as build:
        build.write([page("a", "harvester")])
        build.manifest["sources"] = {"docs": 1}

    def break_off() -> None:
        with store.build() as build:
            build.delete_source("docs")
            build.write([page("b", "pilot")])
            build.manifest.clear()
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        break_off()
    assert found(store, "harvester pilot") == {"docs/a"}
    assert store.manifest() == {"sources": {"docs": 1}}
    with store.build() as build:
        build.write([page("c", "pilot")])
    assert found(store, "harvester pilot") == {"docs/a", "docs/c"}


def test_what_is_deleted_is_gone_and_can_come_back(store):
    with store.build() as build:
        build.write([page("a", "harvester"), page("b", "harvester"), page("a", "harvester", "other")])
    with store.build() as build:
        assert build.delete_path("docs/a") == 1
        assert build.delete_path("docs/nowhere") == 0
        build.write([page("a", "pilot")])
    assert found(store, "harvester") == {"docs/b", "other/a"}
    assert found(store, "pilot") == {"docs/a"}
    with store.build() as build:
        assert build.delete_source("docs") == 2
        build.write([page("z", "pilot")])
        build.delete_path("docs/z")
    assert store.count_documents() == 1
    assert found(store, "harvester pilot") == {"other/a"}


def test_spelling_is_repaired_by_the_words_that_are_left(store):
    with store.build() as build:
        build.write([page("a", "harvester"), page("b", "something else")])
    assert found(store, "harvestre") == {"docs/a"}
    with store.build() as build:
        build.delete_path("docs/a")
    assert found(store, "harvestre") == set()


def test_the_rules_for_a_document_that_is_there_already(store):
    with store.build() as build:
        build.write([page("a", "harvester")])
    with pytest.raises(DuplicateDocumentError), store.build() as build:
        build.write([page("a", "pilot")], DuplicatePolicy.FAIL)
    with store.build() as build:
        assert build.write([page("a", "pilot"), page("b", "pilot")], DuplicatePolicy.SKIP) == 1
    assert found(store, "harvester") == {"docs/a"}
    with store.build() as build:
        assert build.write([page("a", "pilot")]) == 1
    assert found(store, "pilot") == {"docs/a", "docs/b"}


def test_an_index_of_another_layout_is_carried_over_whole(store, monkeypatch):
    with store.build() as build:
        build.write([page(str(n), f"harvester {n}") for n in range(700)])
        build.manifest["sources"] = {"docs": 2}
    modules = ("askpanda.stores.sqlite_build", "askpanda.stores.elastic_build")
    for module in modules:
        monkeypatch.setattr(f"{module}.LAYOUT", analysis.LAYOUT + 1)
    with store.build() as build:
        assert build.manifest == {"sources": {"docs": 2}}
        build.delete_path("docs/1")
        build.write([page("new", "pilot")])
    assert store.count_documents() == 700
    assert found(store, "pilot") == {"docs/new"}


def test_searches_go_on_while_builds_are_swapped(store):
    with store.build() as build:
        build.write([page("a", "harvester")])
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                if "docs/a" not in found(store, "harvester"):
                    wrong.append("nothing")
            except Exception as error:
                wrong.append(repr(error))
        store_close = getattr(store, "close", None)
        if store_close and store.status().kind == "sqlite":
            store_close()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(4):
        with store.build() as build:
            build.write([page(f"b{n}", "harvester")])
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_second_writer_is_told_to_wait(tmp_path):
    from askpanda.stores.sqlite import SqliteStore

    store = SqliteStore(tmp_path)
    with store.build(), pytest.raises(Unavailable, match="wait"), SqliteStore(tmp_path).build():
        pass


def test_a_damaged_index_is_said_and_can_be_built_anew(tmp_path):
    from askpanda.stores.sqlite import SqliteStore

    store = SqliteStore(tmp_path)
    with store.build() as build:
        build.write([page("a", "harvester")])
    store.close()
    next(tmp_path.glob("index-*.sqlite")).write_bytes(b"not a database" * 100)
    with pytest.raises(Unavailable, match="askpanda index build"):
        store.search("harvester")
    with store.build() as build:
        build.write([page("b", "harvester")])
    assert found(store, "harvester") == {"docs/b"}


def test_old_builds_do_not_pile_up(tmp_path):
    from askpanda.stores.sqlite import SqliteStore

    store = SqliteStore(tmp_path)
    for n in range(5):
        with store.build() as build:
            build.write([page(str(n), "harvester")])
    assert len(list(tmp_path.glob("*.sqlite"))) == 2


def test_what_was_removed_leaves_the_disk(tmp_path):
    from askpanda.stores.sqlite import SqliteStore

    store = SqliteStore(tmp_path)
    stays = [page(str(n), "heartbeat of the pilot") for n in range(50)]
    goes = [page(str(n), f"confidential{n} " * 200, source="tickets") for n in range(50)]
    with store.build() as build:
        build.write([*stays, *goes])

    def served() -> Path:
        return tmp_path / f"index-{store.current()}.sqlite"

    before = store.status().size
    with store.build() as build:
        build.delete_path("tickets/1")
    assert b"confidential1 " not in served().read_bytes()
    with store.build() as build:
        build.delete_source("tickets")
    assert store.status().size < before / 2
    assert b"confidential" not in served().read_bytes()
    assert len(found(store, "heartbeat of the pilot")) == 10


@pytest.mark.elasticsearch
def test_without_elasticsearch_a_sentence_names_the_setting():
    from askpanda.stores.elastic import ElasticStore

    store = ElasticStore("http://user:secret@127.0.0.1:9", "askpanda")
    for call in (lambda: store.search("x y"), store.count_documents, lambda: store.build().__enter__()):
        with pytest.raises(Unavailable, match="ASKPANDA_ELASTICSEARCH_URL") as caught:
            call()
        assert "secret" not in caught.value.message
    assert not store.status().ready
