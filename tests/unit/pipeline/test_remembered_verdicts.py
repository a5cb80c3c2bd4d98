"""How often a verdict was seen is said with its source where it is more than this job, and never more than is known."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pipeline_kit import FakeRegistry, FakeStore, run, settings, turn

from askpanda.catalogue import load
from askpanda.database import Database
from askpanda.database.verdicts import Seen
from askpanda.pipeline.assistant import Assistant
from askpanda.pipeline.wording.seen import often, points_to, since
from askpanda.schema.answer import Answer

MONITOR = "https://bigpanda.cern.ch"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Assistant]:
    config = settings(tmp_path)
    database = Database(config)
    database.upgrade()
    registry: Any = FakeRegistry()
    yield Assistant(config, load(), FakeStore(), registry, database)
    database.close()


def ended() -> datetime:
    """An hour ago, which is yesterday in the first hour of a day."""
    return datetime.now(UTC) - timedelta(hours=1)


def when() -> str:
    return since(f"{ended():%Y-%m-%d}")


def record(number: int, site: str = "CERN-PROD", **given: Any) -> dict[str, Any]:
    return {
        "pandaid": number, "jobstatus": "failed", "computingsite": site, "jeditaskid": number % 3 + 1, "piloterrorcode": 1326,
        "piloterrordiag": f"No replica found for lfn=DAOD_PHYS.{number}._000001.pool.root.1",
        "endtime": f"{ended():%Y-%m-%d %H:%M:%S}", "attemptnr": 1, "maxattempt": 3, **given,
    }  # fmt: skip


def asked(made: Assistant, number: int, site: str = "CERN-PROD", **given: Any) -> Answer:
    """As a client that has all logs asks: nothing more is needed."""
    path = f"/filebrowser/?pandaid={number}&json&filename=pilotlog.txt"
    resources = {path: {"status": 404}}
    page = {"page": "job", "monitor": MONITOR, "pandaid": number, "job": record(number, site, **given)}
    return run(made, turn("why did this job fail?", context=page, resources=resources))[1]


def test_the_first_job_says_nothing_of_others(made: Assistant) -> None:
    answer = asked(made, 1)
    assert answer.diagnosis is not None
    assert "Seen" not in answer.text
    assert not [citation for citation in answer.citations if citation.kind == "analysis"]


def test_later_jobs_say_how_often_where_and_by_which_source(made: Assistant) -> None:
    for number in range(1, 7):
        asked(made, number)
    asked(made, 6)  # again
    answer = asked(made, 7, "MWT2")
    assert f"Seen 7 times {when()}, 1 of them at this site" in answer.sections.description
    cited = next(citation for citation in answer.citations if citation.kind == "analysis")
    assert f"at this site [{cited.n}]." in answer.sections.description
    assert cited.path == answer.diagnosis.signature  # type: ignore[union-attr]
    assert cited.as_of.startswith("20")
    assert "7 jobs" in cited.excerpt


def test_many_tasks_that_fail_at_one_site_alone_point_to_it(made: Assistant) -> None:
    for number in range(1, 7):
        answer = asked(made, number)
    assert f"Seen 6 times {when()}, all of them at this site" in answer.text
    assert "the site may have a part in it" in answer.sections.user.problem


def test_a_provisional_answer_counts_nothing(made: Assistant) -> None:
    page = {"page": "job", "monitor": MONITOR, "pandaid": 1, "job": record(1)}
    for _ in range(2):
        answer = run(made, turn("why did this job fail?", context=page))[1]
        assert answer.status == "needs"
    assert "Seen" not in asked(made, 2).text


def test_jobs_of_which_only_the_code_is_known_are_not_thrown_together(made: Assistant) -> None:
    bare = {"piloterrorcode": 1305, "piloterrordiag": "Failed to execute payload"}
    for number in range(1, 4):
        answer = asked(made, number, **bare)
    assert "Seen" not in answer.text


def test_a_look_without_the_log_does_not_undo_the_verdict_of_one_with_it(made: Assistant) -> None:
    bare = {"piloterrorcode": 1305, "piloterrordiag": "Failed to execute payload: exit of the script was not as it should be"}
    log = {
        "name": "payload.stdout",
        "text": "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'cutflow'\n",
    }

    def with_log(number: int) -> Answer:
        page = {"page": "job", "monitor": MONITOR, "pandaid": number, "job": record(number, **bare), "logs": [log]}
        return run(made, turn("why did this job fail?", context=page, round=2))[1]

    with_log(1)
    asked(made, 1, **bare)  # a reader who may not see the log
    page = {"page": "job", "monitor": MONITOR, "pandaid": 1, "job": record(1, **bare)}
    run(made, turn("what is the status of this job?", context=page, round=2))
    assert f"Seen 2 times {when()}" in with_log(2).text


def test_a_memory_that_is_away_costs_a_sentence_and_no_answer(made: Assistant, tmp_path: Path) -> None:
    asked(made, 1)
    (tmp_path / "askpanda.db").unlink()
    for file in tmp_path.glob("askpanda.db-*"):
        file.unlink()
    (tmp_path / "askpanda.db").mkdir()
    answer = asked(made, 2)
    assert answer.diagnosis is not None
    assert answer.diagnosis.code == 1326


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Seen(37, 35, 2, 9, "2026-11-23", 0.0), "the site may have a part in it"),
        (Seen(37, 37, 1, 1, "2026-11-23", 0.0), ""),  # one task that runs at one site: nothing is known of the site
        (Seen(4, 4, 1, 4, "2026-11-23", 0.0), ""),
        (Seen(37, 5, 12, 1, "2026-11-23", 0.0), "the task is a likelier reason"),
        (Seen(37, 5, 12, 20, "2026-11-23", 0.0), "hardly this site alone"),
        (Seen(37, 25, 2, 20, "2026-11-23", 0.0), ""),
    ],
)
def test_places_say_something_only_where_they_can(seen: Seen, words: str) -> None:
    said = points_to(seen)
    assert words in said
    assert bool(said) == bool(words)


def test_counts_are_said_as_people_say_them() -> None:
    assert often(Seen(37, 35, 2, 9, "2026-11-23", 0.0)).startswith("Seen 37 times ")
    assert since("2026-11-23", date(2026, 11, 23)) == "today"
    assert since("2026-11-22", date(2026, 11, 23)) == "since yesterday"
    assert since("2026-11-23", date(2026, 11, 28)) == "since Monday"
