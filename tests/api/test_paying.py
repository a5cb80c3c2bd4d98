"""What models cost, over the real API and the command line: nothing is asked beyond a budget, nothing paid is lost."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from askpanda.database import Database, usage
from askpanda.schema.answer import ModelCall
from askpanda.settings import Settings
from tests.api.streams import asking, first
from tests.backend import Backend, running_backend, wait_for
from tests.wire import Wire, running_wire

WORDS = "## description\nPanDA is a workload management system. It serves several experiments.\n"
JOB = {"pandaid": 6519134287, "jobstatus": "failed", "computingsite": "MWT2", "piloterrorcode": 1324, "attemptnr": 1}
ON_JOB = {"page": "job", "pandaid": JOB["pandaid"], "job": JOB}
#: One that has a price.
PRICED = "openai/gpt-4o-mini"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with running_wire(WORDS) as wire:
        yield wire


def ask(backend: Backend, question: str, **more: Any) -> dict[str, Any]:
    """Over a connection of its own: either worker may take it."""
    with backend.client() as client:
        answer: dict[str, Any] = client.post("/api/v1/ask", json={"question": question, **more}).json()
    return answer


def spend(backend: Backend, usd: float, model: str = PRICED) -> None:
    usage.record(Database(Settings(state_dir=backend.state_dir)), "somebody", [ModelCall(model=model, cost_usd=usd)])


def test_questions_that_come_together_pass_a_budget_by_no_more_than_the_calls_under_way(wire: Wire) -> None:
    """Each sees a budget that is not spent yet; words are not shared here, so that each is a call."""
    env = {
        **wire.environment, "ASKPANDA_MODEL": f"{PRICED}/slow", "ASKPANDA_DAILY_BUDGET_USD": "0.0000001",
        "ASKPANDA_RATE_LIMIT": "100000", "ASKPANDA_WORDING_KEEP_DAYS": "0", "ASKPANDA_PRICES": f"{PRICED}/slow=1/2",
    }  # fmt: skip
    with running_backend(env) as backend:
        with ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(lambda _: ask(backend, "What is PanDA?"), range(24)))
        assert {answer["status"] for answer in answers} == {"answered"}
        assert len(wire.requests) == 1
        assert sum(any("budget is used up" in warning for warning in answer["warnings"]) for answer in answers) == 23


def test_a_stream_that_its_reader_leaves_is_paid_and_listed_as_estimated(wire: Wire) -> None:
    wire.reply = "## description\n" + "PanDA is a workload management system [1]. " * 2000
    env = {**wire.environment, "ASKPANDA_MODEL": f"{PRICED}/slow", "ASKPANDA_PRICES": f"{PRICED}/slow=1/2"}
    with running_backend(env) as backend:
        with asking(backend, "What is PanDA?") as reply:
            first(reply, "token")

        def rows() -> list[dict[str, Any]]:
            with backend.client() as client:
                found: list[dict[str, Any]] = client.get("/api/v1/usage").json()["purposes"]
            return found

        wait_for(lambda: bool(rows()))
        (row,) = rows()
        assert (row["model"], row["calls"], row["failed"], row["estimated"]) == (f"{PRICED}/slow", 1, 1, 1)
        assert row["input_tokens"] > 100
        assert row["cost_usd"] > 0
        shown = backend.askpanda("usage").stdout
        assert "estimated: 1" in shown
        assert f"about {row['cost_usd']:.4f}" in backend.askpanda("usage", "--answers").stdout


def test_usage_names_answers_and_purposes_and_a_price_that_nobody_knows(wire: Wire) -> None:
    models = f"{PRICED},openai/of-tomorrow"
    env = {**wire.environment, "ASKPANDA_MODEL": models, "ASKPANDA_EGRESS": "remote", "ASKPANDA_DAILY_BUDGET_USD": "5"}
    with running_backend(env) as backend:
        assert "The price of openai/of-tomorrow is not known, so no budget holds for it" in backend.output()
        first = ask(backend, "What is PanDA?", model=PRICED)
        other = ask(backend, "What is PanDA?", model="openai/of-tomorrow")
        with backend.client() as client:
            report = client.get("/api/v1/usage").json()
            client.delete(f"/api/v1/conversations/{first['conversation_id']}")
            later = client.get("/api/v1/usage").json()
        assert [line["message_id"] for line in report["answers"]] == [other["message_id"], first["message_id"]]
        assert report["answers"][1]["calls"] == first["usage"]["calls"]
        assert {row["purpose"] for row in report["purposes"]} == {"answer"}
        unknown = next(row for row in report["purposes"] if row["model"] == "openai/of-tomorrow")
        assert (unknown["unpriced"], unknown["cost_usd"]) == (1, 0)
        assert "unknown" in backend.askpanda("usage").stdout
        assert [line["message_id"] for line in later["answers"]] == [other["message_id"]], "what was deleted is not listed"
        assert later["usage"] == report["usage"], "and still counted"
        assert "What is PanDA?" in backend.askpanda("usage", "--answers").stdout


def test_the_command_line_keeps_to_budgets_and_uses_words_that_were_made(wire: Wire) -> None:
    env = {
        **wire.environment, "ASKPANDA_MODEL": f"{PRICED},mistral/good", "ASKPANDA_PROVIDER_LIMITS": "openai.budget=0.5",
    }  # fmt: skip
    with running_backend(env) as backend:
        asked = [backend.askpanda("ask", "What is PanDA?", "--model", PRICED, "--json") for _ in range(2)]
        first, again = (json.loads(done.stdout) for done in asked)
        assert len(wire.requests) == 1
        assert again["usage"]["calls"] == []
        assert any("from the store" in warning for warning in again["warnings"])
        spend(backend, 1.0)
        later = json.loads(backend.askpanda("ask", "How does Harvester work?", "--model", PRICED, "--json").stdout)
        assert any("budget is used up" in warning for warning in later["warnings"])
        compared = backend.askpanda(
            "compare", "How does Harvester work?", "--model", PRICED, "--model", "mistral/good", "--json"
        )
        words, others = (one["answer"] for one in json.loads(compared.stdout)["answers"])
        assert any("budget is used up" in warning for warning in words["warnings"])
        assert others["usage"]["calls"][0]["model"] == "mistral/good"
        assert [body["model"] for body in wire.requests] == ["gpt-4o-mini", "good"]
        assert first["status"] == later["status"] == "answered"


def test_a_model_of_ones_own_is_asked_when_the_budget_is_spent(wire: Wire) -> None:
    env = {**wire.environment, "ASKPANDA_MODEL": f"{PRICED},ollama/good", "ASKPANDA_DAILY_BUDGET_USD": "0.5"}
    with running_backend(env) as backend:
        spend(backend, 1.0)
        paid = ask(backend, "What is PanDA?", model=PRICED)
        free = ask(backend, "What is PanDA?", model="ollama/good")
        said = json.loads(backend.askpanda("ask", "How does Harvester work?", "--model", "ollama/good", "--json").stdout)
    assert [call["model"] for call in paid["usage"]["calls"]] == ["none"]
    assert [call["model"] for call in free["usage"]["calls"]] == ["ollama/good"]
    assert [call["model"] for call in said["usage"]["calls"]] == ["ollama/good"]
    assert [body["model"] for body in wire.requests] == ["good", "good"]


def test_a_comparison_with_a_model_that_has_worded_the_same_costs_nothing_and_says_so(wire: Wire) -> None:
    with running_backend({**wire.environment, "ASKPANDA_MODEL": f"none,{PRICED}", "ASKPANDA_RATE_LIMIT": "1000"}) as backend:
        worded = ask(backend, "why did this fail?", context=ON_JOB, model=PRICED)
        own = ask(backend, "why did this fail?", context=ON_JOB, model="none")
        assert len(wire.requests) == 1
        with backend.client() as client:
            path = f"/api/v1/answers/{own['message_id']}/compare"
            answer = client.post(path, json={"model": PRICED}).json()
        assert len(wire.requests) == 1
        assert answer["sections"]["description"] == worded["sections"]["description"]
        assert answer["usage"]["calls"] == []
        assert any("from the store, as of 20" in warning for warning in answer["warnings"])


def test_deleted_means_that_no_file_of_the_backend_has_it_any_more(wire: Wire) -> None:
    marked = "quarzkristallzerfall"
    wire.reply = f"## description\nThe job failed, said {marked}.\n"
    env = {**wire.environment, "ASKPANDA_MODEL": PRICED}
    with running_backend(env) as backend, backend.client() as client:
        log = f"nothing of use\n{marked} in a log\n".encode() * 50
        upload = client.post("/api/v1/uploads?name=pilotlog.txt", content=log).json()["upload"]
        context = {**ON_JOB, "selection": f"{marked} {marked}", "logs": [{"name": "pilotlog.txt", "upload": upload}]}
        answer = ask(backend, f"why did this fail with {marked}?", context=context)
        client.post("/api/v1/feedback", json={"message_id": answer["message_id"], "helpful": False, "comment": marked})
        client.post(f"/api/v1/answers/{answer['message_id']}/compare", json={"model": "none"})
        assert marked in json.dumps(client.get(f"/api/v1/conversations/{answer['conversation_id']}").json())

        def holding() -> list[str]:
            files = [path for path in backend.state_dir.rglob("*") if path.is_file()]
            return [path.name for path in files if marked.encode() in path.read_bytes()]

        assert "askpanda.db" in holding() or "askpanda.db-wal" in holding()
        assert client.delete(f"/api/v1/conversations/{answer['conversation_id']}").status_code == 204
        # a reader of the database may be in the way of the last step, which is then done a minute later, or by hand
        for _ in range(20):
            if set(holding()) <= {upload}:  # that has an end of its own
                break
            backend.askpanda("purge")
        assert set(holding()) <= {upload}
        rows = {row["model"]: row["calls"] for row in client.get("/api/v1/usage").json()["usage"]}
        assert rows[PRICED] == 1, "what it cost stays, as a count"


def test_vectors_that_a_server_and_the_command_line_make_are_in_the_usage_and_keep_to_the_budget(
    wire: Wire, tmp_path: Path
) -> None:
    model = "openai/text-embedding-3-small"
    (tmp_path / "one.md").write_text("# One\n\nThe quokka hops.\n")
    (tmp_path / "two.md").write_text("# Two\n\nThe numbat digs.\n")
    env = {**wire.environment, "ASKPANDA_EMBEDDINGS": model, "ASKPANDA_DAILY_BUDGET_USD": "1"}
    with running_backend(env) as backend:

        def calls(purpose: str) -> int:
            with backend.client() as client:
                rows = client.get("/api/v1/usage").json()["purposes"]
            assert {row["model"] for row in rows} == {model}
            return sum(row["calls"] for row in rows if row["purpose"] == purpose)

        first = calls("indexing")
        assert first == len(wire.requests) > 10, "the server's own index"
        assert backend.askpanda("index", "add", str(tmp_path / "one.md")).returncode == 0
        assert calls("indexing") == first + 2
        assert backend.askpanda("search", "quokka").returncode == 0
        with backend.client() as client:
            assert client.get("/api/v1/search?q=numbat").status_code == 200
        assert calls("embedding") == 2
        asked = len(wire.requests)
        spend(backend, 2.0, model)
        added = backend.askpanda("index", "add", str(tmp_path / "two.md"))
        assert "1 passage is left without vectors" in added.stderr
        assert added.returncode == 0
        assert "; 1 without one yet" in backend.askpanda("index", "status").stdout
        assert "numbat" in backend.askpanda("search", "numbat").stdout
        assert len(wire.requests) == asked
        shown = backend.askpanda("usage").stdout
        assert "indexing is for vectors of the index" in shown
        assert "embedding is for vectors of questions" in shown
