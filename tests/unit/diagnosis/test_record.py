"""The record: any type of code, the order of errors, what is hidden, what is no failure."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.diagnosis.record import FIELDS, component_word, read_record
from askpanda.schema.ask import PageError
from askpanda.schema.evidence import JobEvidence
from askpanda.schema.values import as_code
from tests.unit.diagnosis.conftest import SmallCatalogue

Make = Callable[..., JobEvidence]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1305, 1305), ("1305", 1305), (" 1305 ", 1305), (1305.0, 1305), ("1305.0", 1305), (-1152, 1152), ("-1152", 1152),
        (0, None), ("0", None), (None, None), ("None", None), ("", None), ("x", None), (float("nan"), None), (True, None),
        ([1305], None), ({"a": 1}, None), (13.5, None), (10**30, None), ("9" * 400, None),
    ],
)  # fmt: skip
def test_a_code_is_read_whatever_its_type(value: Any, code: int | None) -> None:
    assert as_code(value) == code


def triples(make_job: Make, catalogue: SmallCatalogue, **record: Any) -> tuple[str, int, list[tuple[str, int]]]:
    verdict = read_record(make_job(record), catalogue)
    assert verdict is not None
    return verdict.component, verdict.code, [(item.component, item.code) for item in verdict.secondary]


def test_a_payload_failure_stays_the_pilots_with_the_payloads_codes_beside_it(
    make_job: Make, catalogue: SmallCatalogue
) -> None:
    found = triples(make_job, catalogue, piloterrorcode=1305, exeerrorcode=2002, transexitcode="223", ddmerrorcode=200)
    assert found == ("pilot", 1305, [("executor", 2002), ("transform", 223)])


def test_the_scripts_exit_status_is_not_read_as_a_transform_code(make_job: Make, catalogue: SmallCatalogue) -> None:
    assert triples(make_job, catalogue, piloterrorcode=1305, exeerrorcode=5318, transexitcode="18")[2] == [("executor", 5318)]
    assert ("transform", 65) in triples(make_job, catalogue, piloterrorcode=1305, exeerrorcode=5318, transexitcode="65")[2]


@pytest.mark.parametrize(("yielding", "field"), [(300, "taskbuffererrorcode"), (200, "ddmerrorcode"), (8970, "superrorcode")])
def test_codes_that_the_monitor_hides_yield_to_any_other(
    make_job: Make, catalogue: SmallCatalogue, yielding: int, field: str
) -> None:
    component, code, others = triples(make_job, catalogue, **{field: yielding, "jobdispatchererrorcode": 100})
    assert (component, code, others) == ("jobdispatcher", 100, [])
    alone = triples(make_job, catalogue, **{field: yielding})
    assert alone[1] == yielding


def test_the_batch_systems_reason_stands_before_those_who_noticed_it(make_job: Make, catalogue: SmallCatalogue) -> None:
    found = triples(make_job, catalogue, superrorcode=4215, taskbuffererrorcode=300, jobdispatchererrorcode=100)
    assert found == ("supervisor", 4215, [("jobdispatcher", 100)])


def test_on_a_cancelled_job_the_servers_reason_is_the_verdict(make_job: Make, catalogue: SmallCatalogue) -> None:
    found = triples(make_job, catalogue, jobstatus="cancelled", piloterrorcode=1144, taskbuffererrorcode=100)
    assert found == ("taskbuffer", 100, [("pilot", 1144)])


@pytest.mark.parametrize("status", ["finished", "running", "activated", "holding", "merging", "subfinished"])
def test_a_job_that_did_not_end_badly_has_no_verdict(make_job: Make, catalogue: SmallCatalogue, status: str) -> None:
    assert read_record(make_job({"jobstatus": status, "piloterrorcode": 0}), catalogue) is None


def test_a_closed_job_without_codes_still_has_its_reason(make_job: Make, catalogue: SmallCatalogue) -> None:
    verdict = read_record(make_job({"jobstatus": "closed", "jobsubstatus": "toreassign"}), catalogue)
    assert verdict is not None
    assert (verdict.outcome, verdict.component, verdict.code, verdict.message) == ("closed", "", 0, "toreassign")


def test_page_rows_count_only_where_the_record_has_no_field(make_job: Make, catalogue: SmallCatalogue) -> None:
    rows = [PageError(component="Pilot", code="1099", message="page"), PageError(component="DDM", code=100)]
    without = read_record(JobEvidence(pandaid=1, page_errors=rows), catalogue)
    assert without is not None
    assert (without.component, without.code, without.message) == ("pilot", 1099, "page")
    beside = read_record(make_job({"piloterrorcode": 1305}, page_errors=rows), catalogue)
    assert beside is not None
    assert beside.code == 1305
    assert [(item.component, item.code) for item in beside.triples] == [("pilot", 1305), ("dataservice", 100)]


@pytest.mark.parametrize(
    ("word", "component"),
    [("Job dispatch", "jobdispatcher"), ("DDM", "dataservice"), ("exe,", ""), ("Execution", "executor"),
     ("trans:", "transform"), ("Task Buffer", "taskbuffer"), ("Harvester worker", "supervisor"), ("", ""), ("nonsense", "")],
)  # fmt: skip
def test_the_words_of_all_page_generations_are_known(word: str, component: str) -> None:
    assert component_word(word) == component


def test_the_joined_error_text_is_read_where_no_field_came_along(catalogue: SmallCatalogue) -> None:
    job = JobEvidence(
        job={"jobstatus": "failed", "errorinfo": "executor:2002 payload failed with 1, pilot:1305 Failed to execute"}
    )
    verdict = read_record(job, catalogue)
    assert verdict is not None
    assert (verdict.component, verdict.code) == ("pilot", 1305)
    assert verdict.text_of("executor") == "payload failed with 1"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **{name: ANYTHING for pair in FIELDS.values() for name in pair},
            "jobstatus": ANYTHING, "jobsubstatus": ANYTHING, "jobinfo": ANYTHING, "errorinfo": ANYTHING,
        },
    )
)  # fmt: skip
def test_a_record_of_any_types_never_raises(record: dict[str, Any]) -> None:
    read_record(JobEvidence(job=record), SmallCatalogue())
    read_record(JobEvidence(job={**record, "jobstatus": "failed"}), SmallCatalogue())
