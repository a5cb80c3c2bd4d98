"""A conversation goes on, belongs to its owner, and a turn that needs more asks twice at most."""

import json
from typing import Any

import httpx

from tests.api.test_contract_shapes import is_error


def ask(api: httpx.Client, question: str, **fields: Any) -> dict[str, Any]:
    reply = api.post("/api/v1/ask", json={"question": question, **fields})
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def request_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The request as the pipeline got it."""
    seen: dict[str, Any] = json.loads(answer["sections"]["details"])
    return seen


def test_a_conversation_goes_on_with_what_was_said(api: httpx.Client) -> None:
    first = ask(api, "one")
    second = ask(api, "two", conversation_id=first["conversation_id"])
    third = ask(api, "three", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == third["conversation_id"] == first["conversation_id"]
    assert third["entities"]["history"] == ["one", "You asked: one", "two", "You asked: two"]
    assert third["entities"]["previous"] == "You asked: two"
    kept = api.get(f"/api/v1/conversations/{first['conversation_id']}").json()
    assert [(m["role"], m["text"]) for m in kept["messages"]] == [
        ("user", "one"), ("assistant", "You asked: one"), ("user", "two"), ("assistant", "You asked: two"),
        ("user", "three"), ("assistant", "You asked: three"),
    ]  # fmt: skip
    assert kept["messages"][-1]["answer"] == third
    assert kept["messages"][-1]["id"] == third["message_id"]
    listed = api.get("/api/v1/conversations").json()["conversations"]
    assert listed[0] == {**listed[0], "id": first["conversation_id"], "title": "one"}


def test_titles_tell_conversations_about_different_jobs_apart(api: httpx.Client) -> None:
    for question, context in (
        ("Why did this job fail?", {"pandaid": 6519134287, "jeditaskid": 43411708}),
        ("Why did job 6519134287 fail?", {"pandaid": 6800730400}),
        ("What is happening with this task?", {"page": "task", "jeditaskid": 46374283}),
        ("word " * 200, {"pandaid": 12}),
    ):
        ask(api, question, context=context)
    last, task, named, job = [one["title"] for one in api.get("/api/v1/conversations").json()["conversations"][:4]]
    assert job == "Why did this job fail? (job 6519134287)"
    assert named == "Why did job 6519134287 fail?"
    assert task == "What is happening with this task? (task 46374283)"
    assert last.endswith("… (job 12)")
    assert len(last) <= 100


def test_a_clients_history_counts_only_where_there_is_no_conversation(api: httpx.Client) -> None:
    history = [{"role": "user", "content": "elsewhere"}, {"role": "assistant", "content": "indeed"}]
    first = ask(api, "one", history=history)
    assert first["entities"]["history"] == ["elsewhere", "indeed"]
    second = ask(api, "two", history=history, conversation_id=first["conversation_id"])
    assert second["entities"]["history"] == ["one", "You asked: one"]


def test_what_belongs_to_somebody_else_is_not_found(api: httpx.Client, other: httpx.Client) -> None:
    mine = ask(api, "needs mine")
    conversation, message = mine["conversation_id"], mine["message_id"]
    is_error(other.get(f"/api/v1/conversations/{conversation}"), 404)
    is_error(other.delete(f"/api/v1/conversations/{conversation}"), 404)
    is_error(other.get(f"/api/v1/answers/{message}/events"), 404)
    is_error(other.post(f"/api/v1/answers/{message}/stop"), 404)
    is_error(other.post("/api/v1/feedback", json={"message_id": message, "helpful": True}), 404)
    is_error(other.post("/api/v1/ask", json={"question": "x", "conversation_id": conversation}), 404)
    is_error(other.post("/api/v1/ask", json={"question": "x", "continues": message}), 404)
    assert conversation not in other.get("/api/v1/conversations").text
    assert message not in other.get("/api/v1/feedback").text
    assert api.get(f"/api/v1/conversations/{conversation}").status_code == 200


def test_a_deleted_conversation_is_gone_with_its_answers_and_feedback(api: httpx.Client) -> None:
    answer = ask(api, "to be deleted")
    api.post("/api/v1/feedback", json={"message_id": answer["message_id"], "helpful": False, "comment": "delete me too"})
    assert api.delete(f"/api/v1/conversations/{answer['conversation_id']}").status_code == 204
    is_error(api.get(f"/api/v1/conversations/{answer['conversation_id']}"), 404)
    is_error(api.get(f"/api/v1/answers/{answer['message_id']}/events"), 404)
    is_error(api.post("/api/v1/ask", json={"question": "x", "conversation_id": answer["conversation_id"]}), 404)
    assert "delete me too" not in api.get("/api/v1/feedback").text


def test_a_turn_that_needs_more_goes_on_with_all_that_earlier_rounds_brought(api: httpx.Client) -> None:
    context = {"pandaid": 7, "page": "job", "job": {"jobstatus": "failed"}, "logs": [{"name": "a", "text": "first"}]}
    first = ask(api, "needs more", context=context, resources={"/zero": {"status": 200}}, audience="expert")
    assert (first["status"], first["requests"]) == ("needs", [{"path": "/page/0", "as": "json"}])
    second = ask(
        api,
        "needs more",
        continues=first["message_id"],
        resources={"/page/0": {"status": 200, "json": {"a": 1}}},
        context={"pandaid": 7, "logs": [{"name": "b", "text": "second"}], "job": None},
    )
    assert (second["status"], second["entities"]["round"]) == ("needs", 1)
    assert second["conversation_id"] == first["conversation_id"]
    third = ask(api, "needs more", continues=second["message_id"], resources={"/page/1": {"status": 401}})
    assert (third["status"], third["entities"]["round"]) == ("answered", 2)
    seen = request_of(third)
    assert set(seen["resources"]) == {"/zero", "/page/0", "/page/1"}
    assert seen["resources"]["/page/0"]["json"] == {"a": 1}
    assert seen["context"]["job"] == {"jobstatus": "failed"}
    assert [log["name"] for log in seen["context"]["logs"]] == ["a", "b"]
    assert seen["audience"] == "expert"
    messages = api.get(f"/api/v1/conversations/{first['conversation_id']}").json()["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant"], "one turn is one question and one answer"
    assert messages[1]["id"] == third["message_id"]


def test_nobody_is_asked_a_third_time(api: httpx.Client) -> None:
    answer = ask(api, "needs always")
    for _ in range(2):
        assert answer["status"] == "needs"
        answer = ask(api, "needs always", continues=answer["message_id"])
    assert (answer["status"], answer["requests"]) == ("answered", [])


def test_a_turn_continues_with_its_own_question_and_history(api: httpx.Client) -> None:
    before = ask(api, "earlier")
    first = ask(api, "needs a thing", conversation_id=before["conversation_id"])
    second = ask(api, "something else entirely", continues=first["message_id"])
    assert request_of(second)["question"] == "needs a thing"
    assert second["entities"]["history"] == ["earlier", "You asked: earlier"]
    assert second["entities"]["previous"] == "You asked: earlier"
    reply = api.post("/api/v1/ask", json={"continues": second["message_id"]})
    assert request_of(reply.json())["question"] == "needs a thing"


def test_only_an_answer_that_needs_something_can_be_continued(api: httpx.Client) -> None:
    done = ask(api, "complete")
    is_error(api.post("/api/v1/ask", json={"question": "x", "continues": done["message_id"]}), 400)
    is_error(api.post("/api/v1/ask", json={"question": "x", "continues": "0" * 32}), 404)
    is_error(api.post("/api/v1/ask", json={"question": "x", "continues": "../../etc"}), 404)


def test_conversations_are_found_by_their_words_and_only_by_their_owner(api: httpx.Client, other: httpx.Client) -> None:
    first = ask(api, "Zerfall eines Quarzkristalls in Ägypten 100%_sicher")
    ask(api, "and the WEATHER there?", conversation_id=first["conversation_id"])
    ask(other, "Quarzkristalls weather of somebody else")

    def found(client: httpx.Client, words: str) -> list[str]:
        reply = client.get("/api/v1/conversations", params={"q": words})
        assert reply.status_code == 200
        return [row["id"] for row in reply.json()["conversations"]]

    mine = [first["conversation_id"]]
    assert found(api, "quarzKRISTALL") == mine
    assert found(api, "weather ägypten") == mine, "every word somewhere in the conversation, whatever its case"
    assert found(api, "100%_sicher") == mine
    assert found(api, "quarz%sicher") == [], "a percent sign is a percent sign"
    assert found(api, "quarzkristall nowhere-to-be-found") == []
    assert mine[0] not in found(other, "quarzkristalls")
    assert len(found(api, "")) > 1
    row = api.get("/api/v1/conversations", params={"q": "quarz"}).json()["conversations"][0]
    assert "Zerfall eines Quarzkristalls in Ägypten" in row["excerpt"], "in the letters that were written"
    assert found(api, "\x00 ' OR 1=1 -- " + "w" * 5000) == []
    api.delete(f"/api/v1/conversations/{mine[0]}")
    assert found(api, "quarzkristall") == []


def test_a_reopened_conversation_shows_what_its_reader_thought_of_an_answer(api: httpx.Client) -> None:
    answer = ask(api, "to be judged")
    path = f"/api/v1/conversations/{answer['conversation_id']}"
    assert api.get(path).json()["messages"][1]["feedback"] is None
    api.post("/api/v1/feedback", json={"message_id": answer["message_id"], "helpful": False, "comment": "too long"})
    api.post("/api/v1/feedback", json={"message_id": answer["message_id"], "helpful": True, "comment": ""})
    assert api.get(path).json()["messages"][1]["feedback"] == {"helpful": True, "comment": ""}


def test_a_conversation_is_exported_as_a_file(api: httpx.Client, other: httpx.Client) -> None:
    answer = ask(api, 'what is "../x"\r\nSet-Cookie: a=1 <script>alert(1)</script>?')
    ask(api, "and more?", conversation_id=answer["conversation_id"])
    api.post("/api/v1/feedback", json={"message_id": answer["message_id"], "helpful": True, "comment": "yes"})
    path = f"/api/v1/conversations/{answer['conversation_id']}/export"
    markdown = api.get(path)
    assert markdown.headers["Content-Type"].startswith("text/markdown")
    disposition = markdown.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="ask-panda-what-is-')
    assert disposition.endswith('.md"')
    assert disposition.isascii()
    assert "/" not in disposition
    for part in ("and more?", "You asked: and more?", "helpful: yes"):
        assert part in markdown.text
    assert "<script" not in markdown.text.replace("\\<script", "")
    exported = api.get(path, params={"format": "json"})
    assert exported.headers["Content-Disposition"].endswith('.json"')
    assert exported.json() == api.get(path.removesuffix("/export")).json()
    is_error(api.get(path, params={"format": "pdf"}), 400)
    is_error(other.get(path), 404)
    is_error(api.get("/api/v1/conversations/" + "0" * 32 + "/export"), 404)
