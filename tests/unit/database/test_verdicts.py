"""What is remembered of verdicts: each job once, by day and site, and nothing of anybody's text."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from askpanda.database import Database, verdicts
from askpanda.database.tables import metadata, verdict_days, verdict_jobs
from askpanda.database.tables import verdicts as verdicts_table
from askpanda.database.verdicts import Job, Seen
from askpanda.schema.answer import Diagnosis, EvidenceLine, Retry

MONITOR = "https://bigpanda.cern.ch"
DAY = 86400.0


def diagnosis(signature: str = "pilot:1099/rucio-no-source") -> Diagnosis:
    return Diagnosis(
        outcome="failed", component="pilot", code=1099, party="ddm", transient=True, retry=Retry(advice="wait", actor="none"),
        cause="The file user.jdoe:secret.root of Jane Doe in /home/jdoe is gone.",
        evidence=[EvidenceLine(file="pilotlog.txt", line=3, text="/home/jdoe/secret.root")], signature=signature,
    )  # fmt: skip


def jobs(*numbers: int, site: str = "SITE_A", task: int = 7, ago: float = 0.0) -> list[Job]:
    return [Job(number, task, site, time.time() - ago) for number in numbers]


def note(database: Database, given: list[Job], signature: str = "pilot:1099/rucio-no-source", *, sure: bool = True) -> None:
    verdicts.note(database, MONITOR, diagnosis(signature), given, keep_days=90, sure=sure)


def seen(database: Database, signature: str = "pilot:1099/rucio-no-source", site: str = "SITE_A") -> Seen | None:
    return verdicts.seen(database, MONITOR, signature, site)


def test_a_job_counts_once_however_often_it_is_asked_about(database: Database) -> None:
    for _ in range(3):
        note(database, jobs(1, 2))
    found = seen(database)
    assert found is not None
    assert (found.jobs, found.at_site, found.sites, found.tasks) == (2, 2, 1, 1)


def test_sites_and_tasks_are_told_apart_and_the_first_day_is_the_one_of_the_first_job(database: Database) -> None:
    note(database, jobs(1, 2, 3, ago=2 * DAY))
    note(database, jobs(4, site="SITE_B", task=8))
    found = seen(database)
    assert found is not None
    assert (found.jobs, found.at_site, found.sites, found.tasks) == (4, 3, 2, 2)
    assert found.since == f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"
    assert found.last > time.time() - 60


def test_jobs_of_last_week_but_one_are_not_seen_and_too_old_ones_not_kept(database: Database) -> None:
    note(database, jobs(1, ago=10 * DAY))
    assert seen(database) is None
    note(database, jobs(2, ago=100 * DAY))
    with database.read() as connection:
        assert len(connection.execute(select(verdict_jobs)).all()) == 1


def test_a_job_whose_log_was_read_moves_to_its_true_signature(database: Database) -> None:
    note(database, jobs(1, 2), "pilot:1305/abc")
    note(database, jobs(1), "pilot:1305/python-name")
    first, second = seen(database, "pilot:1305/abc"), seen(database, "pilot:1305/python-name")
    assert first is not None
    assert second is not None
    assert (first.jobs, second.jobs) == (1, 1)
    note(database, jobs(2), "pilot:1305/python-name")
    assert seen(database, "pilot:1305/abc") is None


def test_a_job_that_only_stands_in_a_group_never_leaves_its_own_verdict(database: Database) -> None:
    note(database, jobs(1), "pilot:1305/its-own")
    note(database, jobs(1, 2), "pilot:1305/of-the-group", sure=False)
    own, group = seen(database, "pilot:1305/its-own"), seen(database, "pilot:1305/of-the-group")
    assert own is not None
    assert group is not None
    assert (own.jobs, group.jobs) == (1, 1)
    note(database, jobs(2), "pilot:1305/its-own")
    assert seen(database, "pilot:1305/of-the-group") is None


def test_another_monitors_jobs_are_others(database: Database) -> None:
    note(database, jobs(1))
    assert verdicts.seen(database, "https://panda-doma.cern.ch", "pilot:1099/rucio-no-source", "SITE_A") is None
    found = verdicts.seen(database, "https://user@BIGPANDA.cern.ch/job/1", "pilot:1099/rucio-no-source", "SITE_A")
    assert found is not None


def test_writers_that_come_together_lose_and_double_nothing(database: Database) -> None:
    def write(number: int) -> None:
        note(database, jobs(*range(number, number + 20)), f"pilot:1/{number % 2}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, [n % 12 for n in range(48)]))
    with database.read() as connection:
        counted = sum(row.jobs for row in connection.execute(select(verdict_days)))
        kept = connection.execute(select(verdict_jobs)).all()
    assert counted == len(kept) == 31


def test_nothing_of_a_text_a_path_or_a_person_is_kept(database: Database) -> None:
    note(database, jobs(1234567890, site="Jane Doe's site /home/jdoe", task=987654321))
    with database.read() as connection:
        rows = [str(row) for table in (verdict_days, verdict_jobs, verdicts_table) for row in connection.execute(select(table))]
    assert rows
    kept = " ".join(rows)
    assert not [
        word
        for word in ("jdoe", "Jane", "secret", "/", "bigpanda", "1234567890", "987654321")
        if word in kept.replace("pilot:1099/rucio-no-source", "")
    ]
    columns = {column.name for name in ("verdicts", "verdict_days", "verdict_jobs") for column in metadata.tables[name].columns}
    assert not columns & {"owner", "cause", "text", "file", "path", "user", "name"}


def test_purging_removes_old_days_with_their_jobs_and_keeps_the_rest(database: Database) -> None:
    note(database, jobs(1, ago=5 * DAY), "pilot:1/old")
    note(database, jobs(2))
    assert verdicts.remove_older(database, 3) == 1
    assert seen(database, "pilot:1/old") is None
    assert seen(database) is not None
    with database.read() as connection:
        assert [row.signature for row in connection.execute(select(verdicts_table))] == ["pilot:1099/rucio-no-source"]
