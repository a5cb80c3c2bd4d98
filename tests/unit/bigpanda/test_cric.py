"""CRIC beside the local monitor: the shape of its records, and that the monitor's own list has the same ones."""

from tests.bigpanda import cric
from tests.unit.bigpanda.conftest import Reader


def test_queues_are_a_dictionary_by_name_and_the_monitors_list_holds_the_same(monitor: Reader) -> None:
    found = monitor.json("/cric/api/atlas/pandaqueue/query/?json")
    assert found == cric.records()
    assert all(record["name"] == name == record["panda_resource"] for name, record in found.items())
    assert all(isinstance(record["copytools"], dict) and isinstance(record["acopytools"], dict) for record in found.values())
    assert monitor.json("/sites/?json") == list(found.values())
    assert [row["name"] for row in monitor.json("/sites/?copytool=mv&json")] == ["INFN-T1_HPC"]
    assert monitor.get("/cric/api/atlas/pandaqueue/query/").status_code == 400


def test_every_queue_that_has_jobs_is_among_them(monitor: Reader) -> None:
    queues = monitor.json("/cric/api/atlas/pandaqueue/query/?json")
    jobs = monitor.json("/jobs/?days=30&fields=pandaid,computingsite&outputs=jobs&json")["jobs"]
    assert {job["computingsite"] for job in jobs} <= set(queues)


def test_a_list_keeps_to_the_dates_that_are_asked_for(monitor: Reader) -> None:
    times = [
        job["modificationtime"]
        for job in monitor.json("/jobs/?date_from=2026-03-09T00:00:00&date_to=2026-03-09T23:59:59&json")["jobs"]
        if job["jobstatus"] in ("finished", "failed")
    ]
    assert times
    assert all(time.startswith("2026-03-09T") for time in times)
