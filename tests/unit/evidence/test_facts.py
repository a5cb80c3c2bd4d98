"""Facts of a record carry their units and leave out what is empty or odd."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from askpanda.evidence import job_facts

RUNNING = {
    "jobstatus": "running", "computingsite": "MWT2", "attemptnr": 4, "maxattempt": 4, "corecount": 1,
    "cpuconsumptiontime": 138547, "waittimesec": 162487, "durationsec": "144888", "maxpss": 2621440, "minramcount": 3500,
    "inputfilebytes": 2147483648, "ninputdatafiles": 2, "cpuefficiency": 95.6, "pilottiming": "12|340|5000|60|20|15",
    "gshare": None, "jobinfo": "None",
}  # fmt: skip
ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers(), max_size=2)


def test_a_running_jobs_facts_have_their_units() -> None:
    facts = {fact.label: fact.value for fact in job_facts(RUNNING)}
    assert facts["status"] == "running"
    assert facts["attempt"] == "4 of 4"
    assert facts["CPU time"] == "138547 s"
    assert facts["waited"] == "1 d 21:08:07"
    assert facts["run time"] == "1 d 16:14:48"
    assert facts["highest memory (PSS)"] == "2560 MB"
    assert facts["memory asked for"] == "3500 MB"
    assert facts["input size"] == "2 GB"
    assert facts["CPU efficiency"] == "96 %"
    assert facts["time in stage-in"] == "5 min 40 s"
    assert "share" not in facts
    assert "note" not in facts


def test_every_fact_names_the_field_it_comes_from() -> None:
    assert all(fact.field in RUNNING for fact in job_facts(RUNNING))


@given(st.dictionaries(st.sampled_from([*RUNNING, "wn", "actualcorecount"]), ODD))
def test_odd_values_never_raise(record: dict[str, Any]) -> None:
    job_facts(record)
