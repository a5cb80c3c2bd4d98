"""What a search finds, on both stores."""

from dataclasses import replace

import pytest
from haystack import Pipeline
from haystack.dataclasses import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askpanda.errors import Unavailable


def chunk(path: str, section: str, text: str, **meta) -> Document:
    source = path.partition("/")[0]
    return Document(
        id=f"{path}#{section}",
        content=f"{section}\n\n{text}",
        meta={"path": path, "section": section, "title": section.partition(" > ")[0], "source": source, "kind": "document"}
        | meta,
    )


CHUNKS = [
    chunk("docs/terms.rst", "Concepts > Scout job", "Each task runs a few of them first to gather job metrics.", url="https://x/#scout",
          as_of="2026-01-02T03:04:05Z"),
    chunk("docs/terms.rst", "Concepts > Heartbeat", "The pilot reports periodically that it is alive."),
    chunk("docs/terms.rst", "Concepts > Brokerage", "Jobs are assigned to sites by data locality and load."),
    chunk("docs/client/prun.rst", "Running > Hello world", "Use the command with --exec, --outDS and --nJobs for many jobs."),
    chunk("docs/client/prun.rst", "Running > Merging", "The option --mergeOutput merges output files of a task."),
    chunk("docs-old/terms.rst", "Old concepts > Clouds", "Sites used to be grouped into clouds for brokerage of tasks."),
    chunk("errors/pilot/1150", "Error codes > pilot > 1150 LOOPINGJOB", "A looping payload is killed.",
          kind="error", component="pilot", code=1150),
    chunk("errors/taskbuffer/1150", "Error codes > taskbuffer > 9150 OTHER", "Something else about tasks.", kind="error"),
]  # fmt: skip


@pytest.fixture
def filled(store):
    with store.build() as build:
        build.write(CHUNKS)
    return store


def sections(hits) -> list[str]:
    return [hit.section.rpartition(" > ")[2] for hit in hits]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What is a scout job?", "Scout job"),
        ("what is the heartbeet of the pilot", "Heartbeat"),  # one edit
        ("brokerge", "Brokerage"),
        ("how do I merge outputs", "Merging"),  # stems, in an identifier
        ("--nJobs", "Hello world"),
        ("outds", "Hello world"),
        ("prun hello", "Hello world"),  # the tool is named only by the file
        ("pilot 1150", "1150 LOOPINGJOB"),
        ("LOOPINGJOB", "1150 LOOPINGJOB"),
        ("my program is frozen", "1150 LOOPINGJOB"),  # no word in common but what the thesaurus knows
    ],
)
def test_the_passage_that_answers_comes_first(filled, question, first):
    assert sections(filled.search(question, 3))[0] == first


def test_a_question_of_two_parts_brings_a_passage_for_each(filled):
    found = sections(filled.search("What is a heartbeat, and how do I merge output files?", 2))
    assert set(found) == {"Heartbeat", "Merging"}


def test_a_hit_is_the_whole_passage_with_link_date_and_kind(filled):
    hit = filled.search("scout job", 1)[0]
    assert hit.text == CHUNKS[0].content
    assert (hit.path, hit.section, hit.url) == ("docs/terms.rst", "Concepts > Scout job", "https://x/#scout")
    assert (hit.title, hit.source, hit.as_of, hit.kind) == ("Concepts", "docs", "2026-01-02T03:04:05Z", "document")
    assert filled.search("LOOPINGJOB", 1)[0].kind == "error"


def test_source_narrows_by_the_beginning_of_its_name(filled):
    assert {hit.source for hit in filled.search("jobs tasks brokerage", 8)} > {"docs", "docs-old"}
    assert {hit.source for hit in filled.search("jobs tasks brokerage", 8, source="errors")} == {"errors"}
    assert {hit.source for hit in filled.search("jobs tasks brokerage", 8, source="docs")} == {"docs", "docs-old"}
    assert filled.search("jobs tasks brokerage", 8, source="nowhere") == []


def test_scores_fall_and_k_is_kept(filled):
    hits = filled.search("jobs of a task", 4)
    assert len(hits) == 4
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert filled.search("jobs", 0) == []


def test_the_same_text_twice_is_shown_once(store):
    copies = [chunk(f"docs/{n}.rst", f"Page {n} > Heartbeat", "The pilot says that it is alive.") for n in range(3)]
    with store.build() as build:
        build.write([*copies, chunk("docs/x.rst", "Other", "Heartbeat messages are sent by the pilot.")])
    assert len(store.search("pilot heartbeat alive", 5)) == 2


def test_one_page_does_not_crowd_out_the_others(store):
    many = [chunk("docs/a.rst", f"A > {word}", f"heartbeat pilot {word}") for word in ("b", "c", "d", "e", "f", "g", "h")]
    with store.build() as build:
        build.write([*many, chunk("docs/z.rst", "Z", "a heartbeat is mentioned here by the way, among many other things")])
    assert "docs/z.rst" in {hit.path for hit in store.search("pilot heartbeat", 6)}


def test_an_amount_is_no_error_code(store):
    entry = chunk("errors/taskbuffer/99", "Error codes > taskbuffer > 99 OTHER", "Something broke.", kind="error", code=99)
    others = [chunk(f"docs/{n}.rst", f"Page {n}", "Something else of which nobody asks.") for n in range(8)]
    page = chunk("docs/a.rst", "Tasks at the end", "A task of which most jobs are done waits for the last jobs.")
    with store.build() as build:
        build.write([entry, page, *others])
    for question in ("99% of the jobs of my task are done", "99 jobs of my task are done", "99 percent of the jobs are done"):
        assert store.search(question, 1)[0].path == "docs/a.rst", question
    assert store.search("what is taskbuffer 99", 1)[0].kind == "error"


def test_the_state_finished_is_not_the_command_finish(store):
    command = chunk("docs/book.rst", "Bookkeeping > Finish tasks", "The command to finish a task: finish(1).")
    states = chunk("docs/terms.rst", "Concepts > Task", "done: all input was processed. finished: a part of the input failed.")
    with store.build() as build:
        build.write([command, states])
    assert store.search("difference between finished and done", 1)[0].path == "docs/terms.rst"
    assert store.search("finish a task", 1)[0].path == "docs/book.rst"


def test_a_bare_name_brings_the_page_that_is_about_it_before_its_details(store):
    page = "Identity and access management of users and services, described in many words that say what it is."
    with store.build() as build:
        build.write([
            chunk("docs/iam.rst", "Identity and Access Management > Start IAM", "Start IAM: IAM start. IAM is started."),
            chunk("docs/iam.rst", "Identity and Access Management", page),
        ])  # fmt: skip
    for question in ("IAM", "what is IAM?", "identity and access management"):
        assert sections(store.search(question, 1)) == ["Identity and Access Management"], question


def test_the_passage_that_says_what_a_thing_is_comes_before_those_that_speak_of_it(store):
    said = "Computing resources come from sites. A worker node is the smallest unit of them, and holds processors and memory."
    others = [chunk(f"docs/{n}.rst", f"Setup {n}", f"The worker node {n} asks; a worker node waits.") for n in range(6)]
    with store.build() as build:
        build.write([*others, chunk("docs/terms.rst", "Resources", said)])
    for question in ("what is a worker node?", "What is a worker node in PanDA's terms?", "explain what worker nodes are"):
        assert store.search(question, 1)[0].path == "docs/terms.rst", question


def test_a_passage_of_blanks_and_stars_takes_no_time_to_be_looked_through(store):
    odd = "heartbeat" + " \n" * 4000 + "- *" * 4000 + "\nheartbeat " * 2000
    with store.build() as build:
        build.write([chunk("docs/odd.rst", "Odd", odd), chunk("docs/b.rst", "Heartbeat", "A heartbeat is a sign of life.")])
    assert store.search("what is a heartbeat?", 1)[0].path == "docs/b.rst"


def test_a_page_is_given_whole_in_reading_order_and_no_other_one(store):
    pieces = [replace(chunk("docs/a.rst", f"A > Part {n}", f"Text {n}."), id=f"docs/a.rst#{n}") for n in (3, 1, 2)]
    with store.build() as build:
        build.write([*pieces, chunk("docs/a.rst.more", "B", "Text."), chunk("other/a.rst", "A", "Text.")])
    assert sections(store.page("docs/a.rst")) == ["Part 3", "Part 1", "Part 2"]
    assert store.page("docs/nowhere.rst") == []


def test_done_is_a_state_and_is_looked_for(store):
    done = chunk("docs/done.rst", "Task > States", "done: all input was processed.")
    others = [chunk(f"docs/{n}.rst", f"Task > Part {n}", "states of a task that is running") for n in range(5)]
    with store.build() as build:
        build.write([*others, done])
    assert store.search("the done state of a task", 1)[0].path == "docs/done.rst"


def test_a_second_passage_of_a_section_waits_for_another_page(store):
    section = "A > Heartbeat"
    pieces = [
        replace(chunk("docs/a.rst", section, f"The pilot sends a heartbeat while it is alive, {n}."), id=f"docs/a.rst#{n}")
        for n in ("one", "two")
    ]
    other = chunk("docs/b.rst", "B > Heartbeat", "The pilot sends a heartbeat while it is alive, and some more on it.")
    with store.build() as build:
        build.write([*pieces, other])
    assert {hit.path for hit in store.search("pilot heartbeat", 2)} == {"docs/a.rst", "docs/b.rst"}


@pytest.mark.parametrize("question", ["", "   ", "?!", "the of and", "\x00", '"', "a" * 4000, "NEAR(", "* OR *", "😀", "col:x"])
def test_odd_questions_give_a_list(filled, question):
    assert isinstance(filled.search(question, 5), list)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=200))
def test_any_text_is_a_question(filled, question):
    filled.search(question, 5)


def test_before_the_first_build_a_search_says_what_to_do(store):
    with pytest.raises(Unavailable, match="askpanda index build"):
        store.search("what is a task?")
    status = store.status()
    assert not status.ready
    assert "askpanda index build" in status.message
    assert store.manifest() == {}


def test_status_counts_passages_by_source(filled):
    status = filled.status()
    assert status.ready
    assert status.documents == len(CHUNKS)
    assert status.sources == {"docs": 5, "docs-old": 1, "errors": 2}
    assert status.size > 0


def test_a_retriever_hands_the_passages_to_a_pipeline(filled):
    if filled.status().kind == "sqlite":
        from askpanda.stores.sqlite_retriever import SqliteRetriever as Retriever
    else:
        from askpanda.stores.elastic_retriever import ElasticRetriever as Retriever
    pipeline = Pipeline()
    pipeline.add_component("retriever", Retriever(filled, top_k=2, source="docs"))
    again = Pipeline.loads(pipeline.dumps(), allowed_modules=[Retriever.__module__])
    found = again.run({"retriever": {"query": "what is a scout job?"}})["retriever"]["documents"]
    assert len(found) == 2
    assert found[0].id == CHUNKS[0].id
    assert found[0].score > found[1].score
