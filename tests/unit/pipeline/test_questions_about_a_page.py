"""`What is going on here?` and `why did these fail?` are about what the page shows: its filters, its user, its queue."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_kit import Ask, Way, fetching, is_sourced, reading

from askpanda.catalogue import load
from askpanda.pipeline.router import route
from askpanda.pipeline.scope import scope_of
from askpanda.pipeline.turn import Turn
from askpanda.schema.ask import AskRequest, PageContext
from tests.bigpanda.serving import Monitor


@pytest.fixture(params=[fetching, reading])
def way(request: pytest.FixtureRequest) -> Way:
    made: Way = request.param
    return made


OF_MWT2 = {"computingsite": "MWT2", "hours": "6"}
PAGES: list[tuple[dict[str, Any], str, dict[str, str]]] = [
    (
        {"page": "jobs", "site": "MWT2"},
        "/jobs/?computingsite=MWT2&hours=6&jobstatus=failed",
        {"computingsite": "MWT2", "hours": "6"},
    ),
    ({"page": "jobs", "jeditaskid": 46603377}, "/jobs/?jeditaskid=46603377", {"jeditaskid": "46603377"}),
    ({"page": "errors"}, "/errors/?hours=6", {"hours": "6"}),
    ({"page": "user", "viewer": "Lena"}, "/user/Tom%20Keller/", {"produsername": "Tom Keller", "hours": "12"}),
    ({"page": "site", "site": "CERN"}, "/site/CERN/", {"computingsite": "CERN", "hours": "12"}),
    ({"page": "home"}, "/", {"hours": "12"}),
]


@pytest.mark.parametrize(("page", "address", "query"), PAGES)
def test_why_these_failed_is_told_in_groups_that_sum_up(
    ask: Ask, monitor: Monitor, page: dict[str, Any], address: str, query: dict[str, str]
) -> None:
    answer = ask("why did these fail?", context={**page, "url": monitor.url + address})
    is_sourced(answer)
    failed = monitor.world.select({**query, "jobstatus": "failed"})
    groups = next(block for block in answer.blocks if block.kind == "cluster").data["clusters"]
    assert sum(group["count"] for group in groups) == len(failed) > 0
    assert answer.text.startswith(f"The {len(failed)} failed jobs fall into {len(groups)} group")
    for offer in answer.follow_ups[:2]:
        assert ask(offer.question).diagnosis is not None


@pytest.mark.parametrize(("page", "address", "query"), [one for one in PAGES if one[0]["page"] != "site"])
def test_what_is_going_on_counts_what_the_page_shows(
    ask: Ask, monitor: Monitor, page: dict[str, Any], address: str, query: dict[str, str]
) -> None:
    answer = ask("what is going on here?", context={**page, "url": monitor.url + address})
    is_sourced(answer)
    state = {"jobstatus": "failed"} if "jobstatus=failed" in address else {}
    assert f"**{len(monitor.world.select({**query, **state}))} job" in answer.text


def test_a_harvester_page_shows_pilots_and_a_file_browser_its_job(ask: Ask, monitor: Monitor) -> None:
    page = {"page": "harvester", "site": "MWT2", "url": f"{monitor.url}/harvester/workers/?computingsite=MWT2"}
    assert "pilots at MWT2" in ask("what is going on here?", context=page).text
    of_job = ask("explain this", context={"page": "filebrowser", "pandaid": 6715819744, "url": f"{monitor.url}/filebrowser/"})
    assert of_job.diagnosis is not None
    assert of_job.diagnosis.code == 1152


def test_a_page_that_shows_nothing_says_so(ask: Ask, monitor: Monitor) -> None:
    answer = ask("why did these fail?", context={"page": "jobs", "url": f"{monitor.url}/jobs/?computingsite=NOWHERE"})
    assert answer.text.startswith("The monitor has no jobs for queue NOWHERE of the last 12 hours.")


@pytest.mark.parametrize(
    "question", ["What is PanDA?", "why did job 6519134287 fail?", "how is BNL doing?", "what does pilot 1305 mean?"]
)
def test_a_question_that_names_its_subject_is_not_about_the_page(ask: Ask, monitor: Monitor, question: str) -> None:
    answer = ask(question, context={"page": "jobs", "url": f"{monitor.url}/jobs/?computingsite=MWT2"})
    assert "queue MWT2" not in answer.text


@pytest.mark.parametrize(
    "question",
    ["tell me about the task status changes", "Tell me about brokering in PanDA", "describe all job states",
     "what is the status brokeroff", "why do jobs fail?", "explain what JEDI does"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["home", "jobs", "errors", "user"])
def test_a_general_question_is_not_about_the_page(question: str, kind: str) -> None:
    context = {"page": kind, "url": "https://bigpanda.cern.ch/jobs/?computingsite=MWT2"}
    found = route(Turn(AskRequest.model_validate({"question": question, "context": context})), load())
    assert found.focus != "page"


@pytest.mark.parametrize(
    ("question", "intent", "queue"),
    [
        ("What is this queue?", "queue_metadata", "MWT2"),
        ("is this site healthy?", "site_health", "MWT2"),
        ("Ist dieser Standort in Ordnung?", "site_health", "MWT2"),
        ("why did this job fail at this site?", "job_failure", None),
        ("is BNL healthy?", "site_health", None),
        ("what is a queue?", "documentation", None),
        ("What does the job state running mean?", "documentation", None),
        ("what does status failed mean for job 6519134287?", "job_status", None),
    ],
)
def test_this_queue_on_the_page_of_a_job_is_where_it_ran(question: str, intent: str, queue: str | None) -> None:
    page = PageContext(page="job", pandaid=6798544333, site="MWT2", status="failed")
    found = route(Turn(AskRequest(question=question, context=page)), load())
    assert (found.intent, found.entities.queue) == (intent, queue)


@pytest.mark.parametrize(
    ("selection", "component", "code"),
    [
        ("pilot:1305 payload execution failed with 139", "pilot", 1305),
        ("lost heartbeat : 2026-11-28 12:14:52", "jobdispatcher", 100),
        ("Failed to stage-in file: data24:AOD.1 from SLACXRD_DATADISK, TRANSFER ERROR", "pilot", 1099),
        ("LOOPINGJOB", "pilot", 1150),
    ],
)
def test_a_selected_error_is_explained(ask: Ask, selection: str, component: str, code: int) -> None:
    answer = ask("explain this error", context={"page": "other", "selection": selection})
    assert answer.intent == "error_code_lookup"
    assert f"{component} {code}" in answer.text.split("\n")[0]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["jobs", "errors", "user", "site", "home", None]))
def test_no_address_breaks_the_scope_or_gets_into_a_path_unquoted(tail: str, kind: Any) -> None:
    scope = scope_of(PageContext(page=kind, url=f"https://monitor.example/jobs/?{tail}"))
    for part in (*scope.filters, *scope.times):
        assert part.count("=") == 1
        assert not set(part) & set(' &#<>"\n')
