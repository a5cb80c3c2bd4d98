"""What the records promise to the API, on SQLite and on PostgreSQL."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import update

from askpanda.database import Database, answers, conversations, feedback, limits, tokens, uploads, usage
from askpanda.database.answers import Stored
from askpanda.database.journal import Journal
from askpanda.database.tables import answers as answers_table
from askpanda.database.tables import conversations as conversations_table
from askpanda.database.tables import pairing_codes
from askpanda.errors import Forbidden, NotFound
from askpanda.schema.answer import Answer, ModelCall

DONE = json.dumps(Answer(status="answered", text="because").wire())


def begin(database: Database, owner: str = "alice", question: str = "why?") -> answers.Begun:
    return answers.begin(database, owner, question, "{}")


def test_a_token_names_its_owner_and_only_its_hash_is_kept(database: Database) -> None:
    token = tokens.create(database, "alice")
    assert tokens.owner_of(database, token) == "alice"
    assert tokens.owner_of(database, token + "x") is None
    assert tokens.owner_of(database, "\udcff\0") is None


def test_the_local_token_survives_a_lost_database_and_a_lost_file(database: Database) -> None:
    file = tokens.ensure_local(database)
    first = file.read_text()
    assert tokens.ensure_local(database).read_text() == first
    file.unlink()
    second = tokens.ensure_local(database).read_text()
    assert second != first
    assert tokens.owner_of(database, second.strip()) == tokens.LOCAL
    file.write_text("broken")
    assert len(tokens.ensure_local(database).read_text().strip()) >= 43


def test_a_code_is_good_for_two_minutes(database: Database) -> None:
    code = tokens.offer_code(database, "alice")
    with database.write() as connection:
        connection.execute(update(pairing_codes).values(expires=pairing_codes.c.expires - tokens.CODE_SECONDS - 1))
    with pytest.raises(Forbidden):
        tokens.redeem(database, code, "")


def test_a_new_code_ends_the_owners_older_one(database: Database) -> None:
    old = tokens.offer_code(database, "alice")
    other = tokens.offer_code(database, "bob")
    new = tokens.offer_code(database, "alice")
    with pytest.raises(Forbidden):
        tokens.redeem(database, old, "")
    assert tokens.redeem(database, new, "")[1] == "alice"
    assert tokens.redeem(database, f" {other[:4].lower()}-{other[4:]} ", "")[1] == "bob"


def test_a_code_is_redeemed_once_however_many_try_at_once(database: Database) -> None:
    code = tokens.offer_code(database, "alice")

    def attempt(_: int) -> bool:
        try:
            return bool(tokens.redeem(database, code, ""))
        except Forbidden:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_many_writers_lose_no_event(database: Database) -> None:
    journal = Journal(database)
    begun = [begin(database) for _ in range(20)]

    def write(message_id: str) -> None:
        for number in range(1, 31):
            journal.write(message_id, [Stored(number, "token", str(number))])

    threads = [threading.Thread(target=write, args=(one.message_id,)) for one in begun]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in begun:
        stored, status, _ = answers.events_after(database, one.message_id, 0)
        assert [event.number for event in stored] == list(range(1, 31))
        assert status == answers.RUNNING


def test_events_of_a_deleted_answer_do_not_take_others_with_them(database: Database) -> None:
    journal = Journal(database)
    gone, kept = begin(database), begin(database)
    conversations.remove(database, "alice", gone.conversation_id)
    barrier = threading.Barrier(2)
    problems: list[Exception] = []

    def write(message_id: str) -> None:
        barrier.wait()
        for number in range(1, 20):
            try:
                journal.write(message_id, [Stored(number, "token", "")])
            except NotFound as error:
                problems.append(error)

    threads = [threading.Thread(target=write, args=(one.message_id,)) for one in (gone, kept)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(problems) == 19
    assert len(answers.events_after(database, kept.message_id, 0)[0]) == 19


def test_an_answer_is_ended_once(database: Database) -> None:
    one = begin(database)
    done = [Stored(1, "done", DONE)]
    assert answers.finish(database, "alice", one.message_id, done, "answered")
    assert not answers.finish(database, "alice", one.message_id, [Stored(2, "done", DONE)], "interrupted")
    stored, status, _ = answers.events_after(database, one.message_id, 0)
    assert (stored, status) == (done, "answered")


def test_only_a_silent_worker_is_relieved_and_by_one_caller(database: Database) -> None:
    one = begin(database)
    assert not answers.take_over(database, one.message_id)
    with database.write() as connection:
        connection.execute(update(answers_table).values(beat=time.time() - answers.STALE_SECONDS - 1))
    assert answers.abandoned(database) == [("alice", one.message_id)]
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: answers.take_over(database, one.message_id), range(6))) == 1
    answers.beat(database, [one.message_id])
    assert answers.abandoned(database) == []


def test_a_stop_and_a_follower_are_seen_by_the_worker_that_runs_it(database: Database) -> None:
    one, two = begin(database), begin(database)
    before = answers.signs(database, [one.message_id, two.message_id, "unknown"])
    assert set(before) == {one.message_id, two.message_id}
    answers.ask_to_stop(database, one.message_id)
    answers.seen(database, [two.message_id])
    after = answers.signs(database, [one.message_id, two.message_id])
    assert (after[one.message_id][0], after[two.message_id][0]) == (True, False)
    assert after[two.message_id][1] >= before[two.message_id][1]


def test_pages_and_logs_of_a_question_are_forgotten_once_they_are_not_needed(database: Database) -> None:
    done, waiting = begin(database), begin(database)
    answers.finish(database, "alice", done.message_id, [Stored(1, "done", DONE)], "answered")
    answers.finish(database, "alice", waiting.message_id, [Stored(1, "done", DONE)], "needs")
    assert answers.find(database, "alice", done.message_id).request is None
    assert answers.find(database, "alice", waiting.message_id).request == "{}"
    answers.forget_requests(database, 60)
    assert answers.find(database, "alice", waiting.message_id).request == "{}"
    answers.forget_requests(database, -1)
    assert answers.find(database, "alice", waiting.message_id).request is None


def test_a_kept_answer_that_is_no_longer_understood_does_not_break_the_conversation(database: Database) -> None:
    one = begin(database)
    answers.finish(database, "alice", one.message_id, [Stored(1, "done", '{"text": "old", "status": "dreamt"}')], "answered")
    past = conversations.past(database, "alice", one.conversation_id)
    assert [turn.content for turn in past.history] == ["why?", "old"]
    assert (past.previous, past.basis, past.verdict, past.spoken_of) == (None, None, None, [])


def test_a_deleted_conversation_cannot_be_continued(database: Database) -> None:
    one = begin(database)
    conversations.remove(database, "alice", one.conversation_id)
    with pytest.raises(NotFound):
        answers.begin(database, "alice", "and now?", "{}", conversation_id=one.conversation_id)


def test_old_conversations_go_and_used_ones_stay(database: Database) -> None:
    old, new = begin(database), begin(database)
    with database.write() as connection:
        connection.execute(
            update(conversations_table)
            .where(conversations_table.c.id == old.conversation_id)
            .values(updated=time.time() - 10 * 86400)
        )
    assert conversations.remove_older(database, 9) == 1
    assert [row["id"] for row in conversations.listed(database, "alice")] == [new.conversation_id]


def test_usage_adds_up_by_day_and_model(database: Database) -> None:
    call = ModelCall(model="openai/x", input_tokens=10, output_tokens=5, cost_usd=0.25)
    usage.record(database, "alice", [call, call, ModelCall(model="none")])
    usage.record(database, "bob", [call.model_copy(update={"purpose": "routing"})])
    mine = {row["model"]: row for row in usage.by_day(database, 1, "alice")}
    assert (mine["openai/x"]["calls"], mine["openai/x"]["input_tokens"], mine["openai/x"]["cost_usd"]) == (2, 20, 0.5)
    assert sum(row["calls"] for row in usage.by_day(database, 1)) == 4
    assert usage.spent_today(database) == 0.75


def test_feedback_belongs_to_who_asked(database: Database) -> None:
    one = begin(database)
    feedback.give(database, "alice", one.message_id, True, "good")
    with pytest.raises(NotFound):
        feedback.give(database, "bob", one.message_id, False, "")
    assert [row["comment"] for row in feedback.listed(database, "alice")] == ["good"]
    assert feedback.listed(database, "bob") == []


def test_a_counter_counts_everybody_and_begins_anew(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = sorted(pool.map(lambda _: limits.increase(database, "k", 60), range(24)))
    assert counts == list(range(1, 25))
    assert limits.increase(database, "short", 0.05) == 1
    time.sleep(0.1)
    assert limits.read(database, "short")[0] == 0
    assert limits.increase(database, "short", 60) == 1
    limits.clear(database, "short")
    assert limits.read(database, "short")[0] == 0


def test_an_upload_is_opened_by_its_owner_until_it_expires(database: Database, tmp_path: Path) -> None:
    part = tmp_path / "x.part"
    part.write_bytes(b"log\n")
    kept = uploads.keep(database, "alice", "log", part, 4, 1, 60)
    path = uploads.open_upload(database, "alice", kept.id)
    assert path is not None
    assert path.read_bytes() == b"log\n"
    assert uploads.open_upload(database, "bob", kept.id) is None
    assert uploads.open_upload(database, "alice", "../askpanda.db") is None
    assert uploads.held(database, "alice") == 4
    part.write_bytes(b"late\n")
    late = uploads.keep(database, "alice", "log", part, 5, 1, -1)
    assert uploads.open_upload(database, "alice", late.id) is None
    assert uploads.remove_expired(database) == 1
    assert [file.name for file in uploads.folder(database).iterdir()] == [kept.id]
