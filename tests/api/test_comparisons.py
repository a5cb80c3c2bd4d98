"""Two models side by side on the same evidence, over the real API: nothing is fetched twice, everything is kept beside it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.streams import STREAM, events
from tests.api.test_contract_shapes import is_error
from tests.backend import Backend, running_backend
from tests.wire.server import Wire, running_wire

JOB = {
    "pandaid": 6519134287, "jobstatus": "failed", "piloterrorcode": 1324, "piloterrordiag": "Service not available",
    "attemptnr": 1, "maxattempt": 3, "computingsite": "RO-16-UAIC", "produsername": "Maria Muster",
}  # fmt: skip


def words(body: dict[str, Any]) -> str:
    """What a model says; its name tells who it is, and it states a number that nobody has."""
    first, second = ("quick", "short") if body["model"] == "good" else ("slow", "long")
    return f"## user.problem\nThis is the {first} and {second} wording. It took 987654 seconds. See [9].\n"


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with running_wire(words) as wire:
        yield wire


@pytest.fixture(scope="module")
def backend(wire: Wire) -> Iterator[Backend]:
    env = {
        **wire.environment, "ASKPANDA_MODEL": "none,compatible/good,openai/other/good,openai/500",
        "ASKPANDA_RATE_LIMIT": "100000", "ASKPANDA_EGRESS": "remote",
    }  # fmt: skip
    with running_backend(env) as backend:
        yield backend


@pytest.fixture
def api(backend: Backend) -> Iterator[httpx.Client]:
    with backend.client() as client:
        yield client


def ask(api: httpx.Client, **more: Any) -> dict[str, Any]:
    body = {"question": "why did this fail?", "context": {"page": "job", "pandaid": JOB["pandaid"], "job": JOB}, **more}
    answer: dict[str, Any] = api.post("/api/v1/ask", json=body).json()
    return answer


def compare(api: httpx.Client, message_id: str, model: str) -> dict[str, Any]:
    reply = api.post(f"/api/v1/answers/{message_id}/compare", json={"model": model})
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def test_two_models_word_the_same_evidence_and_both_are_kept(api: httpx.Client, wire: Wire) -> None:
    base = ask(api)
    assert "wording" not in base["text"]
    wire.requests.clear()
    first, second = (compare(api, base["message_id"], name) for name in ("compatible/good", "openai/other/good"))
    assert "quick and short wording" in first["text"]
    assert "slow and long wording" in second["text"]
    asked = [request["messages"] for request in wire.requests]
    assert len(asked) == 2
    assert asked[0] == asked[1], "both were given the same"
    for answer in (first, second):
        assert "987654" not in answer["text"]
        assert "[9]" not in answer["text"]
        for field in ("diagnosis", "citations", "entities", "intent", "conversation_id", "blocks"):
            assert answer[field] == base[field], field
        assert answer["message_id"] != base["message_id"]
        assert answer["usage"]["calls"][-1]["input_tokens"] == 1200
    kept = api.get(f"/api/v1/conversations/{base['conversation_id']}").json()["messages"]
    assert [message["role"] for message in kept] == ["user", "assistant"], "a comparison is no turn of its own"
    assert kept[1]["answer"] == base
    assert [(one["model"], one["answer"]) for one in kept[1]["comparisons"]] == [
        ("compatible/good", first), ("openai/other/good", second),
    ]  # fmt: skip


def test_a_comparison_streams_the_events_of_an_answer_and_can_be_read_again(api: httpx.Client) -> None:
    base = ask(api)
    path = f"/api/v1/answers/{base['message_id']}/compare"
    with api.stream("POST", path, json={"model": "compatible/good"}, headers=STREAM) as reply:
        got = list(events(reply))
    names = [event.name for event in got]
    assert names[:4] == ["start", "route", "diagnosis", "sources"]
    assert set(names[4:-1]) == {"token"}
    assert names[-1] == "done"
    assert got[0].data["model"] == "compatible/good"
    assert [event.id for event in got] == list(range(1, len(got) + 1))
    with api.stream("GET", f"/api/v1/answers/{got[0].data['message_id']}/events", headers=STREAM) as again:
        assert list(events(again)) == got


def test_the_same_model_again_replaces_its_words_and_a_comparison_leads_to_its_base(api: httpx.Client) -> None:
    base = ask(api)
    first = compare(api, base["message_id"], "compatible/good")
    second = compare(api, first["message_id"], "compatible/good")
    kept = api.get(f"/api/v1/conversations/{base['conversation_id']}").json()["messages"]
    assert [one["id"] for one in kept[1]["comparisons"]] == [second["message_id"]]
    is_error(api.get(f"/api/v1/answers/{first['message_id']}/events"), 404)


def test_a_model_that_fails_leaves_our_own_words_and_its_reason(api: httpx.Client) -> None:
    base = ask(api)
    answer = compare(api, base["message_id"], "openai/500")
    assert answer["status"] == "answered"
    assert answer["text"] == base["text"]
    assert any("HTTP 500" in warning for warning in answer["warnings"])


def test_none_gives_our_own_words_beside_a_models(api: httpx.Client) -> None:
    worded = ask(api, model="compatible/good")
    own = compare(api, worded["message_id"], "none")
    assert "wording" in worded["text"]
    assert "wording" not in own["text"]
    assert own["usage"]["calls"][-1] == {**own["usage"]["calls"][-1], "model": "none", "cost_usd": 0.0}


def test_a_conversation_goes_on_from_the_answer_and_not_from_a_comparison(api: httpx.Client) -> None:
    base = ask(api)
    compare(api, base["message_id"], "compatible/good")
    later = ask(api, question="which line says so?", conversation_id=base["conversation_id"])
    assert later["status"] == "answered"
    messages = api.get(f"/api/v1/conversations/{base['conversation_id']}").json()["messages"]
    assert len(messages) == 4


def test_names_get_stand_ins_for_a_model_outside_also_when_the_evidence_is_old(api: httpx.Client, wire: Wire) -> None:
    base = ask(api)
    wire.requests.clear()
    compare(api, base["message_id"], "openai/other/good")
    assert "Muster" not in wire.prompts()
    assert "6519134287" in wire.prompts()


def test_what_cannot_be_compared_is_said(api: httpx.Client, backend: Backend) -> None:
    base = ask(api)
    path = f"/api/v1/answers/{base['message_id']}/compare"
    is_error(api.post(path, json={"model": "openai/unheard-of"}), 400)
    is_error(api.post(path, json={}), 400)
    is_error(api.post(path, json={"model": 7}), 400)
    is_error(api.post("/api/v1/answers/" + "0" * 32 + "/compare", json={"model": "none"}), 404)
    is_error(api.post("/api/v1/answers/..%2F..%2Fetc/compare", json={"model": "none"}), 404)
    greeting = ask(api, question="hi there", context={})
    is_error(api.post(f"/api/v1/answers/{greeting['message_id']}/compare", json={"model": "compatible/good"}), 400)
    with backend.client(backend.token_of("somebody else")) as other:
        is_error(other.post(path, json={"model": "none"}), 404)


def test_a_budget_that_is_spent_ends_comparisons_politely(wire: Wire) -> None:
    env = {**wire.environment, "ASKPANDA_MODEL": "openai/gpt-4o-mini/good,none", "ASKPANDA_DAILY_BUDGET_USD": "0.0000001"}
    with running_backend(env) as backend, backend.client() as api:
        base = ask(api, model="none")
        from askpanda.database import Database, usage
        from askpanda.schema.answer import ModelCall
        from askpanda.settings import Settings

        usage.record(Database(Settings(state_dir=backend.state_dir)), "local", [ModelCall(model="m", cost_usd=1.0)])
        answer = compare(api, base["message_id"], "openai/gpt-4o-mini/good")
        assert answer["text"] == base["text"]
        assert any("budget" in warning for warning in answer["warnings"])


def test_comparisons_count_as_questions_for_the_rate_limit(wire: Wire) -> None:
    env = {**wire.environment, "ASKPANDA_MODEL": "compatible/good,none", "ASKPANDA_RATE_LIMIT": "3"}
    with running_backend(env) as backend, backend.client() as api:
        base = ask(api, model="none")
        replies = [api.post(f"/api/v1/answers/{base['message_id']}/compare", json={"model": "none"}) for _ in range(4)]
        codes = [reply.status_code for reply in replies]
        assert codes[:2] == [200, 200]
        assert codes[-1] == 429
        assert int(replies[-1].headers["Retry-After"]) > 0


def test_the_command_line_compares(backend: Backend, tmp_path: Any) -> None:
    context = tmp_path / "context.json"
    context.write_text(json.dumps({"page": "job", "pandaid": JOB["pandaid"], "job": JOB}))
    words = ("compare", "why did this fail?", "--context", str(context), "--model", "none", "--model", "compatible/good")
    done = backend.askpanda(*words, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["model"] for one in found["answers"]] == ["none", "compatible/good"]
    assert found["answers"][0]["answer"]["diagnosis"] == found["answers"][1]["answer"]["diagnosis"]
    assert "quick and short" in found["answers"][1]["answer"]["text"]
    shown = backend.askpanda(*words)
    assert "quick and short" in shown.stdout
    assert shown.stdout.count("compatible/good") >= 1
    wrong = backend.askpanda("compare", "why?", "--model", "none")
    assert wrong.returncode == 2
    assert "two models" in wrong.stderr


def test_a_model_that_keeps_failing_is_left_alone_by_both_workers_and_the_reader_is_told(wire: Wire) -> None:
    env = {**wire.environment, "ASKPANDA_MODEL": "openai/403,compatible/good,none", "ASKPANDA_RATE_LIMIT": "1000"}
    with running_backend(env) as backend:
        seen = []
        for _ in range(12):
            with backend.client() as api:  # a connection of its own meets either worker
                seen.append(ask(api, model="openai/403"))
        assert {answer["status"] for answer in seen} <= {"answered", "needs"}
        assert any("HTTP 403" in warning for warning in seen[0]["warnings"])
        assert any("asked again in" in warning for warning in seen[-1]["warnings"])
        with backend.client() as api:
            assert "wording" in ask(api, model="compatible/good")["text"]


def test_a_providers_own_budget_ends_its_calls_alone(wire: Wire) -> None:
    from askpanda.database import Database, usage
    from askpanda.schema.answer import ModelCall
    from askpanda.settings import Settings

    env = {**wire.environment, "ASKPANDA_MODEL": "openai/good,compatible/good,none"}
    with running_backend({**env, "ASKPANDA_PROVIDER_LIMITS": "openai.budget=0.5"}) as backend, backend.client() as api:
        spent = [ModelCall(model="openai/good", purpose="embedding", cost_usd=1.0)]
        usage.record(Database(Settings(state_dir=backend.state_dir)), "local", spent)
        assert any("budget" in warning for warning in ask(api, model="openai/good")["warnings"])
        assert "wording" in ask(api, model="compatible/good")["text"]
