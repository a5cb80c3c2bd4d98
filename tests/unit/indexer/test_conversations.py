"""Mail archives and exported threads: what was asked and answered stays together, who it was does not."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda_indexer.chunk import chunks
from askpanda_indexer.page import Unreadable
from askpanda_indexer.parsers import parser_for
from askpanda_indexer.parsers.conversation import Message, Thread, clean, page_of
from askpanda_indexer.parsers.exports import threads_in

ARCHIVE = """From jane.roe@site.example.org Mon Nov  2 10:00:00 2026
From: Jane Roe <jane.roe@site.example.org>
To: help@lists.example.org
Cc: "Poe, Edgar" <epoe42@lab.example.org>
Subject: [help] Jobs stay in activated
Date: Mon, 02 Nov 2026 11:00:00 +0100
Message-ID: <1@x>

Dear all,

my jobs in task 12345 stay in activated since yesterday.
I ran them from /home/jroe/analysis, Edgar has the same.

Best regards,
Jane

From max.mustermann@cern.ch Mon Nov  2 12:00:00 2026
From: =?utf-8?q?Max_M=C3=BCstermann?= <max.mustermann@cern.ch>
Subject: Re: [help] Jobs stay in activated
Date: Mon, 02 Nov 2026 12:00:00 +0000
Message-ID: <2@x>
In-Reply-To: <1@x>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

SGkgSmFuZSwKClRoZSBxdWV1ZSB3YXMgb2ZmbGluZTogc2VuZCB0aGVtIGVsc2V3aGVyZSB3aXRoIC0t
ZXhjbHVkZWRTaXRlLgoKT24gTW9uLCBOb3YgMiwgMjAyNiwgSmFuZSBSb2Ugd3JvdGU6Cj4gbXkgam9i
cyBzdGF5CgotLSAKTWF4IE3DvHN0ZXJtYW5uCkRFU1kgSGFtYnVyZwo=

From jane.roe@site.example.org Mon Nov  2 14:00:00 2026
From: Jane Roe <jane.roe@site.example.org>
Subject: Re: [help] Jobs stay in activated
Date: Mon, 02 Nov 2026 15:00:00 +0100
Message-ID: <3@x>
References: <1@x> <2@x>

Thanks Max, that helped.

From other@site.example.org Tue Nov  3 10:00:00 2026
From: other@site.example.org
Subject: Another matter
Date: Tue, 03 Nov 2026 10:00:00 +0000
Message-ID: <4@x>

How do I ask for more memory?
"""


def test_a_thread_is_one_section_with_question_and_answer_in_one_passage():
    page = parser_for("list.mbox")(ARCHIVE, "archive/help.mbox")
    assert [section.headings for section in page.sections] == [["help", "Jobs stay in activated"], ["help", "Another matter"]]
    first = next(iter(chunks(page)))
    assert "stay in activated since yesterday" in first.text
    assert "The queue was offline: send them elsewhere with --excludedSite." in first.text
    assert page.sections[0].as_of == "2026-11-02T14:00:00Z"
    assert page.as_of == "2026-11-03T10:00:00Z"


def test_nothing_of_people_quotations_and_signatures_is_left():
    text = "\n".join(chunk.content for chunk in chunks(parser_for("list.mbox")(ARCHIVE, "help.mbox")))
    for gone in (
        "Jane",
        "Roe",
        "Max",
        "Müstermann",
        "Edgar",
        "Poe",
        "jroe",
        "example.org",
        "@",
        "DESY",
        "wrote:",
        "> my",
        "Dear",
    ):
        assert gone not in text, gone
    # The same person has the same stand-in throughout the thread.
    assert text.count("PERSON_") >= 2


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("text\n\n> old\n>> older\nmore", "text\n\nmore"),
        ("text\n-- \nA signature", "text"),
        ("On Mon, Nov 2, 2026 at 10:00 AM\nSomebody Else <a@b.ch> wrote:\n> old\n\nnew", "new"),
        ("new\n\n-----Original Message-----\nFrom: X\nold", "new"),
        ("new\n\nFrom: X\nSent: today\nold", "new"),
        ("Hello,\nnew\n\nCheers,\nBob\n\n> old", "new"),
        ("new\n\nCheers, Bob\n\nOn Mon, Nov 2, 2026 at 10:00 AM Somebody Else\n<a@b.ch> wrote:\n> old", "new"),
        ("Liebe Jane,\nneu\n\nViele Grüße\nBob Beispiel", "neu"),
        ("Sehr geehrte Damen und Herren,\nneu\n\nMit freundlichen Grüßen\nB. Beispiel", "neu"),
        ("Bonjour,\nnouveau\n\nBien cordialement,\nJeanne", "nouveau"),
        ("Hola,\nnuevo\n\nUn saludo\nJuan", "nuevo"),
        ("Merci de relancer la tâche.\nElle attend.", "Merci de relancer la tâche.\nElle attend."),
        ("Thanks for the report.\nThe cause is known.", "Thanks for the report.\nThe cause is known."),
        ("a > b is a comparison", "a > b is a comparison"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ],
)  # fmt: skip
def test_what_was_written_is_kept_and_what_was_quoted_is_cut(written, kept):
    assert clean(written) == kept


@pytest.mark.parametrize("number", ["+41 22 767 1234", "+49-40-8998-1234", "+33 (0)4 50 12 34 56", "+442071234567"])
def test_a_telephone_number_is_masked_and_the_numbers_of_jobs_are_not(number):
    thread = Thread("x", [Message("A", "", f"Call {number}, about job 6519134287 of task 12345678, +500 events, UTC+1.")])
    text = page_of("t", [thread]).sections[0].blocks[0].text
    assert "Call PHONE, about job 6519134287 of task 12345678, +500 events, UTC+1." in text


def test_a_line_that_an_archive_has_escaped_is_no_quotation():
    page = parser_for("x.mbox")(ARCHIVE.replace("How do I ask", ">From the start: how do I ask"), "x.mbox")
    assert "From the start: how do I ask for more memory?" in page.sections[-1].blocks[0].text


def test_a_name_that_is_a_common_word_does_not_eat_the_text():
    thread = Thread("x", [Message("Will Page <w@x.ch>", "", "It will be on the next page. Will said so.")])
    assert "will be on the next page" in page_of("t", [thread]).sections[0].blocks[0].text


def test_a_long_question_and_answer_still_share_a_passage_and_lose_no_word():
    question = " ".join(f"q{n}" for n in range(500))
    answer = " ".join(f"a{n}" for n in range(700))
    page = page_of("t", [Thread("x", [Message("A", "", question), Message("B", "", answer)])])
    parts = [chunk.text for chunk in chunks(page)]
    assert "q0 " in parts[0]
    assert "a0 " in parts[0]
    assert all(f"q{n}" in " ".join(parts).split() for n in range(500))
    assert all(f"a{n}" in " ".join(parts).split() for n in range(700))


DISCOURSE = {
    "title": "Output too large",
    "accepted_answer": {"post_number": 2},
    "post_stream": {"posts": [
        {"post_number": 1, "name": "Jane Roe", "created_at": "2026-01-02T03:04:05.000Z",
         "cooked": "<p>My output is <b>too large</b>.</p>"},
        {"post_number": 2, "name": "Max Moe", "created_at": "2026-01-02T04:00:00.000Z", "cooked": "<p>Use more jobs.</p>"},
        {"post_number": 3, "name": "Ann Other", "created_at": "2026-01-03T04:00:00.000Z",
         "cooked": "<p>I have seen the same thing elsewhere.</p>"},
    ]},
}  # fmt: skip
JIRA = {"issues": [{"key": "A-1", "fields": {
    "summary": "Pilot does not start", "description": "It says nothing.", "status": {"name": "Closed"},
    "reporter": {"displayName": "Jane Roe"}, "created": "2026-01-02T03:04:05.000+0100",
    "comment": {"comments": [{"author": {"displayName": "Max Moe"}, "body": "The proxy was old. It was renewed.",
                               "created": "2026-01-03T03:04:05.000+0100"}]},
}}]}  # fmt: skip
GITHUB = [{"title": "A bug", "body": "It breaks.", "state": "closed", "html_url": "https://github.com/x/y/issues/1",
           "user": {"login": "janeroe"}, "comments": [{"user": {"login": "maxmoe"},
            "body": "Fixed in the next version by @janeroe, thanks."}]}]  # fmt: skip


@pytest.mark.parametrize(
    ("exported", "heading", "answer"),
    [
        (DISCOURSE, "Output too large", "Accepted answer (2026-01-02): Use more jobs."),
        (JIRA, "Pilot does not start", "Answer (2026-01-03): The proxy was old. It was renewed."),
        (GITHUB, "A bug", "Answer: Fixed in the next version"),
    ],
)
def test_exports_of_the_usual_systems_are_threads(exported, heading, answer):
    page = parser_for("x.json")(json.dumps(exported), "export.json")
    assert page.sections[0].headings == ["export", heading]
    text = page.sections[0].blocks[0].text
    assert answer in text
    assert text.startswith("Question")
    for name in ("Jane", "Max", "janeroe", "maxmoe"):
        assert name not in "\n".join(block.text for block in page.sections[0].blocks)


def test_an_exported_thread_links_to_itself():
    assert parser_for("x.json")(json.dumps(GITHUB), "e.json").sections[0].url == "https://github.com/x/y/issues/1"


def test_a_table_of_tickets_has_a_section_each():
    table = "Subject;Description;Solution\nStage-out fails;The transfer times out.;The door was restarted by the site.\n;;\n"
    page = parser_for("x.csv")(table, "tickets.csv")
    assert [section.headings[-1] for section in page.sections] == ["Stage-out fails"]
    assert "Accepted answer: The door was restarted by the site." in page.sections[0].blocks[0].text


@pytest.mark.parametrize("text", ["{}", "[]", "[1, 2]", '{"a": {"b": 1}}', "no json", "[" * 100_000, '"x"', "null"])
def test_json_of_another_shape_is_said_to_be_none(text):
    with pytest.raises(Unreadable):
        parser_for("x.json")(text, "x.json")


@given(text=st.text(max_size=300))
def test_any_text_is_cleaned_or_refused_without_a_fault(text):
    clean(text)
    for name in ("x.mbox", "x.csv", "x.json"):
        try:
            parser_for(name)(text, name)
        except Unreadable:
            continue


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["title", "body", "comments", "posts", "fields", "created", "user", "x"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(data=json_values)
def test_any_json_is_threads_or_none(data):
    threads_in(data)


def test_dates_of_every_kind_are_read_as_utc():
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for written in (
        when.timestamp(),
        1000 * when.timestamp(),
        when.isoformat(),
        (when + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S+0100"),
    ):
        row = {"title": "t", "comments": [{"text": "some words", "created": written}]}
        assert threads_in(row)[0].messages[0].date == "2026-01-02T03:04:05Z"
