"""Vectors of the index cost money: they are counted, a budget holds for them, and what it leaves undone is said and made up."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from askpanda.database import Database, budgets, usage
from askpanda.database.tables import holds
from askpanda.database.tokens import LOCAL
from askpanda.errors import ModelError
from askpanda.models.embeddings import ProviderEmbedder, counted
from askpanda.models.vectors import BATCH
from askpanda.pipeline.purse import Purse
from askpanda.schema.answer import ModelCall
from askpanda.settings import Settings
from askpanda.stores import open_store, searching
from askpanda_indexer import upkeep
from askpanda_indexer.run import left_without_vectors, remove, run
from askpanda_indexer.sources import source_for
from tests.wire import Wire, running_wire

PARTS = 150
#: More than the first batch costs, at ten cents a token.
SMALL = 1.0


@pytest.fixture
def wire() -> Iterator[Wire]:
    with running_wire() as made:
        made.meanings = {"car": "vehicle", "automobile": "vehicle", "engine": "motor"}
        yield made


@pytest.fixture(params=["sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def settings(request: pytest.FixtureRequest, tmp_path: Path, wire: Wire) -> Settings:
    url = request.getfixturevalue("elasticsearch_url") if request.param == "elasticsearch" else "http://127.0.0.1:9"
    return Settings(
        state_dir=tmp_path / "state", store=request.param, elasticsearch_url=url, index=f"paid-{uuid.uuid4().hex[:10]}",
        embeddings="compatible/good", compatible_base_url=f"{wire.url}/v1", prices=["compatible/good=100000/0"],
        daily_budget_usd=SMALL,
    )  # fmt: skip


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    made = Database(settings)
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "parts.md").write_text("# Parts\n\n" + "\n\n".join(f"## Part {n}\n\nWord{n} alone." for n in range(PARTS)))
    return folder


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# Alpha\n\nThe automobile has a motor.\n")
    (folder / "b.md").write_text("# Beta\n\nA boat floats on water.\n")
    return folder


def add(settings: Settings, database: Database, folder: Path, **more: float) -> list[str]:
    """What a run could not do."""
    said: list[str] = []
    settings = settings.model_copy(update=more)
    with Purse(settings, database, LOCAL).paying_the_index():
        run(settings, [source_for(str(folder), settings.state_dir)], say=said.append)
    return said


def paths(settings: Settings, question: str) -> list[str]:
    return [hit.path for hit in open_store(settings).search(question, 1)]


def embedded(wire: Wire) -> int:
    return sum(len(request["input"]) for request in wire.requests)


def test_vectors_of_the_index_are_in_the_usage_with_their_cost(
    settings: Settings, database: Database, docs: Path, wire: Wire
) -> None:
    assert add(settings, database, docs, daily_budget_usd=0) == []
    (row,) = usage.by_purpose(database, 1, LOCAL)
    tokens = sum(len(text.split()) for request in wire.requests for text in request["input"])
    assert (row["model"], row["purpose"], row["calls"]) == ("compatible/good", "indexing", len(wire.requests))
    assert (row["input_tokens"], row["cost_usd"]) == (tokens, pytest.approx(tokens / 10))
    assert (row["failed"], row["estimated"], row["unpriced"]) == (0, 0, 0)


def test_a_budget_that_ends_leaves_passages_to_the_next_run_which_pays_for_none_twice(
    settings: Settings, database: Database, parts: Path, wire: Wire
) -> None:
    (said,) = add(settings, database, parts)
    left = left_without_vectors(settings)
    assert left == PARTS - BATCH
    assert said.startswith("Today's model budget is used up. ")
    assert f"{left} passages are left without vectors" in said
    assert embedded(wire) == 1 + BATCH
    spent = usage.spent_today(database)
    (said,) = add(settings, database, parts)
    assert (left_without_vectors(settings), usage.spent_today(database)) == (left, spent)
    assert add(settings, database, parts, daily_budget_usd=10 * spent) == []
    assert left_without_vectors(settings) == 0
    assert embedded(wire) == 1 + BATCH + 1 + left, "each passage once, and one text a run to learn the dimensions by"


def test_passages_without_a_vector_are_found_by_their_words(settings: Settings, database: Database, parts: Path) -> None:
    add(settings, database, parts)
    assert paths(settings, f"word{PARTS - 1}") == ["parts/parts.md"]


def test_what_was_paid_before_stays_where_a_budget_has_no_room_for_a_single_call(
    settings: Settings, database: Database, docs: Path, parts: Path
) -> None:
    add(settings, database, docs, daily_budget_usd=0)
    usage.record(database, "somebody", [ModelCall(model="openai/x", cost_usd=2 * SMALL)])
    (said,) = add(settings, database, parts)
    assert f"{PARTS} passages are left" in said
    assert open_store(settings).status().vectors == "compatible/good"
    assert paths(settings, "word7") == ["parts/parts.md"]
    assert paths(settings, "car engine") == ["docs/a.md"]
    remove(settings, "parts")
    assert left_without_vectors(settings) == 0
    assert paths(settings, "car engine") == ["docs/a.md"], "taking out a source takes no vectors of another"


def test_what_a_run_that_was_killed_had_set_aside_is_booked_as_the_indexs(
    settings: Settings, database: Database, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("askpanda.database.usage.record", lambda *_: None)  # it came to no more
    add(settings, database, docs)
    with database.write() as connection:
        connection.execute(update(holds).values(expires=0))
    assert budgets.book_expired(database) > 0
    (row,) = usage.by_purpose(database, 1)
    assert (row["purpose"], row["estimated"], row["calls"]) == ("indexing", row["calls"], row["failed"])


def test_a_server_makes_up_the_vectors_that_it_had_no_budget_for(
    settings: Settings, database: Database, parts: Path, wire: Wire
) -> None:
    add(settings, database, parts)
    rich = settings.model_copy(update={"daily_budget_usd": 0.0})
    with Purse(rich, database, LOCAL).paying_the_index():
        upkeep.make_up_vectors(rich)
        assert left_without_vectors(rich) == 0
        asked = len(wire.requests)
        upkeep.make_up_vectors(rich)
    assert len(wire.requests) == asked


def test_a_start_takes_an_index_with_too_few_vectors_for_unfinished(settings: Settings, database: Database, wire: Wire) -> None:
    with Purse(settings, database, LOCAL).paying_the_index():
        upkeep.ensure_index(settings)
    left = left_without_vectors(settings)
    assert left > 0
    upkeep.ensure_index(settings)
    assert left_without_vectors(settings) == 0
    assert upkeep.ensure_index(settings) == []


def test_vectors_that_are_free_need_no_budget(settings: Settings, database: Database, docs: Path) -> None:
    usage.record(database, "somebody", [ModelCall(model="openai/x", cost_usd=2 * SMALL)])
    assert add(settings.model_copy(update={"prices": []}), database, docs) == []
    assert paths(settings, "car engine") == ["docs/a.md"]


def test_a_call_for_vectors_that_fails_is_counted_and_one_without_an_answer_costs_nothing(wire: Wire) -> None:
    for behaviour, tokens in (("500", 0), ("html", 0), ("short", 2)):
        settings = Settings(
            embeddings=f"compatible/{behaviour}", compatible_base_url=f"{wire.url}/v1",
            prices=[f"compatible/{behaviour}=1/0"], provider_limits=["compatible.retries=0"],
        )  # fmt: skip
        with counted() as account, pytest.raises(ModelError):
            ProviderEmbedder(settings).passages(["one", "two"])
        (call,) = account.calls
        assert (call.failed, call.estimated, call.input_tokens, call.cost_usd) == (True, False, tokens, tokens / 1e6)


@pytest.mark.parametrize("odd", [{}, {"read": None}, {"read": "many"}, {"read": -3}, {"read": 10**12}, {"read": [1]}])
def test_vectors_whose_tokens_nobody_counted_are_estimated(wire: Wire, odd: dict[str, object]) -> None:
    wire.odd = odd
    made = ProviderEmbedder(
        Settings(embeddings="compatible/good", compatible_base_url=f"{wire.url}/v1", prices=["compatible/good=1/0"])
    )
    with counted() as account:
        made.query("how long is this question?")
    (call,) = account.calls
    assert (call.input_tokens, call.estimated, call.failed) == (round(26 / 3.5), True, False)
    assert call.cost_usd > 0


def test_few_vectors_weigh_little_in_a_search() -> None:
    def made(name: str) -> searching.Candidate:
        return searching.Candidate(name, name, name, name, 0, name, lambda: None)  # type: ignore[arg-type, return-value]

    first, second, far = made("first"), made("second"), made("far")
    words = [(first, 10.0), (second, 4.0)]
    assert [candidate.id for candidate, _ in searching.fused(words, [far])] == ["first", "far", "second"]
    assert [candidate.id for candidate, _ in searching.fused(words, [far], 0.1)] == ["first", "second", "far"]
