"""Every route's fields, and one shape for every error."""

import json
from typing import Any

import httpx
import pytest

from tests.api.house import MODEL
from tests.api.streams import STREAM, on_worker
from tests.backend import Backend


def is_error(reply: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    error: dict[str, Any] = reply.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["request_id"] == reply.headers["X-Request-Id"]
    assert error["message"].endswith((".", ")"))
    if code is not None:
        assert error["code"] == code
    return error


def test_an_answer_has_every_field(api: httpx.Client) -> None:
    reply = api.post("/api/v1/ask", json={"question": "fields?", "unknown": 1})
    assert reply.status_code == 200
    assert set(reply.json()) == {
        "status", "requests", "conversation_id", "message_id", "intent", "entities", "text", "sections", "blocks",
        "diagnosis", "citations", "follow_ups", "warnings", "usage", "timings",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("text/event-stream", True),
        ("application/json, text/event-stream;q=0.5", True),
        ("*/*", False),
        ("application/json", False),
        ("text/event-stream;q=0", False),
        ("", False),
    ],
)
def test_only_who_names_event_streams_gets_one(api: httpx.Client, accept: str, streams: bool) -> None:
    reply = api.post("/api/v1/ask", json={"question": "how?"}, headers={"Accept": accept})
    expected = "text/event-stream" if streams else "application/json"
    assert reply.headers["Content-Type"].partition(";")[0] == expected


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("GET", "/api/v1/ask", 405),
        ("DELETE", "/api/v1/search", 405),
        ("GET", "/api/v1/conversations/unknown", 404),
        ("DELETE", "/api/v1/conversations/unknown", 404),
        ("GET", "/api/v1/answers/unknown/events", 404),
        ("POST", "/api/v1/answers/unknown/stop", 404),
        ("GET", "/api/v1/search", 400),
        ("GET", "/api/v1/search?q=%20", 400),
        ("GET", "/api/v1/search?q=x&k=0", 400),
        ("GET", "/api/v1/search?q=x&k=51", 400),
        ("GET", "/api/v1/search?q=x&k=1e3", 400),
        ("GET", "/api/v1/search?q=x&k=", 400),
        ("GET", "/api/v1/usage?days=0", 400),
        ("GET", "/api/v1/usage?days=lots", 400),
        ("GET", "/api/v1/errors/nothing", 404),
        ("GET", "/api/v1/errors/pilot/x", 404),
        ("GET", "/api/v1/errors/pilot/" + "9" * 400, 404),
    ],
)
def test_what_is_not_there_or_wrong_has_the_error_shape(api: httpx.Client, method: str, path: str, status: int) -> None:
    is_error(api.request(method, path), status)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"question": None}, {"question": ""}, {"question": "   "}, {"question": "x" * 4001}, {"question": 7},
        {"question": ["x"]}, {"question": "x", "context": "page"}, {"question": "x", "context": {"pandaid": "7"}},
        {"question": "x", "context": {"pandaid": True}}, {"question": "x", "audience": "nobody"},
        {"question": "x", "resources": []}, {"question": "x", "resources": {"/a": 3}}, {"question": "x", "history": [{}]},
        {"question": "x", "conversation_id": 7}, {"question": "x", "continues": 7}, {"question": "x", "language": 1},
        {"question": "x", "context": {"logs": [{"text": "nameless"}]}}, {"question": "x", "context": {"page": "moon"}},
    ],
)  # fmt: skip
def test_wrong_types_and_lengths_are_400_and_name_the_field(api: httpx.Client, body: dict[str, Any]) -> None:
    error = is_error(api.post("/api/v1/ask", json=body), 400, "bad_request")
    assert error["message"].split(":")[0].split(".")[0] in {"question", *body}


def test_an_unknown_model_is_400(api: httpx.Client) -> None:
    is_error(api.post("/api/v1/ask", json={"question": "x", "model": "no/such"}), 400, "unknown_model")


def test_nulls_mean_what_a_missing_field_means(api: httpx.Client) -> None:
    fields = ("conversation_id", "continues", "history", "audience", "language", "model", "context", "resources")
    assert api.post("/api/v1/ask", json={"question": "x", **dict.fromkeys(fields)}).status_code == 200


def test_four_thousand_characters_are_a_question(api: httpx.Client) -> None:
    assert api.post("/api/v1/ask", json={"question": "ä" * 4000}).status_code == 200


def test_search_results_have_their_fields(api: httpx.Client) -> None:
    results = api.get("/api/v1/search", params={"q": "lost heartbeat", "k": 3}).json()["results"]
    assert len(results) == 3
    for result in results:
        assert {"path", "section", "title", "url", "text", "score"} <= set(result)
    assert api.get("/api/v1/search", params={"q": "x", "source": "mine"}).json()["results"][0]["source"] == "mine"


def test_the_catalogue_is_given_whole_by_component_and_by_code(api: httpx.Client) -> None:
    everything = api.get("/api/v1/errors").json()
    pilot = api.get("/api/v1/errors/pilot").json()["errors"]
    assert {entry["component"] for entry in pilot} == {"pilot"}
    assert [entry["code"] for entry in pilot] == sorted(entry["code"] for entry in pilot)
    assert [entry for entry in everything["errors"] if entry["component"] == "pilot"] == pilot
    one = api.get("/api/v1/errors/pilot/1305").json()
    assert one in pilot
    assert {
        "component", "group", "code", "name", "aliases", "message", "category", "party", "transient", "retry", "meaning",
        "raised", "causes", "user", "expert", "scenarios", "log_keys", "see_also", "legacy", "source",
    } <= set(one)  # fmt: skip
    assert api.get("/api/v1/errors/exe").json() == api.get("/api/v1/errors/executor").json()
    assert api.get("/api/v1/errors/brokerage").json() == {"components": ["brokerage"], "errors": []}, "no codes are public"


def test_an_unknown_code_is_404_with_the_nearest_ones(api: httpx.Client) -> None:
    error = is_error(api.get("/api/v1/errors/pilot/1306424242"), 404, "not_found")
    assert [entry["component"] for entry in error["details"]["nearest"]] == ["pilot"] * 3


def test_models_usage_and_feedback_have_their_fields(house: Backend, api: httpx.Client) -> None:
    models = api.get("/api/v1/models").json()
    assert models["default"] == "none"
    assert all(set(model) == {"name", "provider", "remote"} for model in models["models"])
    answer = api.post("/api/v1/ask", json={"question": "what does it cost", "model": MODEL}).json()
    usage = next(row for row in api.get("/api/v1/usage?days=1").json()["usage"] if row["model"] == MODEL)
    assert set(usage) == {"day", "model", "calls", "input_tokens", "output_tokens", "cost_usd"}
    assert usage["cost_usd"] == usage["calls"] * 0.5

    word = {"message_id": answer["message_id"], "helpful": True, "comment": "it did"}
    assert api.post("/api/v1/feedback", json=word).status_code == 201
    assert api.post("/api/v1/feedback", json={**word, "helpful": False, "comment": "on second thoughts"}).status_code == 201
    own = [row for row in api.get("/api/v1/feedback").json()["feedback"] if row["message_id"] == answer["message_id"]]
    assert [(row["helpful"], row["comment"]) for row in own] == [(False, "on second thoughts")]
    is_error(api.post("/api/v1/feedback", json={**word, "helpful": "yes"}), 400)
    is_error(api.post("/api/v1/feedback", json={**word, "message_id": "0" * 32}), 404)


def test_health_needs_no_token_and_everything_else_does(house: Backend) -> None:
    with httpx.Client(base_url=house.url) as stranger:
        assert stranger.get("/healthz").status_code == 200
        assert stranger.get("/readyz").status_code == 200
        paths = json.loads(httpx.get(house.url + "/openapi.json", headers=house.headers()).text)["paths"]
        assert len(paths) >= 18
        for path, methods in paths.items():
            for method in methods:
                if path in ("/healthz", "/readyz", "/api/v1/pair"):
                    assert methods[method]["security"] == [{}] or not methods[method]["security"]
                    continue
                is_error(stranger.request(method, path.replace("{", "").replace("}", "")), 401, "unauthorized")


def test_every_route_is_described_with_the_answer_as_it_is_sent(api: httpx.Client) -> None:
    description = api.get("/openapi.json").json()
    answer = description["components"]["schemas"]["Answer"]
    assert set(answer["properties"]) == set(api.post("/api/v1/ask", json={"question": "x"}).json())
    assert "as" in description["components"]["schemas"]["ResourceRequest"]["properties"]
    for methods in description["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert not operation["summary"].endswith(">")


def test_metrics_are_summed_over_the_workers(house: Backend, api: httpx.Client) -> None:
    worker = api.post("/api/v1/ask", json={"question": "count me", "model": MODEL}).headers["X-Worker"]
    for not_on in ("", worker):
        text = on_worker(house, "GET", "/metrics", not_on=not_on).text
        assert 'askpanda_answers_total{intent="documentation",status="answered"}' in text
        assert f'askpanda_model_cost_usd_total{{model="{MODEL}"}}' in text


def test_every_answer_carries_the_headers_of_the_house(house: Backend, api: httpx.Client) -> None:
    for reply in (
        api.get("/healthz"),
        api.get("/nothing"),
        api.post("/api/v1/ask", json={"question": "x"}),
        api.post("/api/v1/ask", json={"question": "x"}, headers=STREAM),
        api.post("/api/v1/ask", content=b"{"),
        httpx.get(house.url + "/metrics"),
    ):
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert "server" not in reply.headers or "/" not in reply.headers["server"]
