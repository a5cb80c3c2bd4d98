"""Failed jobs in groups: each job once, the same cause in one group, and what a group has in common."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.diagnosis import Cluster, clusters, shared
from askpanda.diagnosis.clusters import Common
from tests.unit.diagnosis.conftest import SmallCatalogue


def job(number: int, site: str = "SITE_A", **record: Any) -> dict[str, Any]:
    return {"pandaid": number, "jobstatus": "failed", "computingsite": site, **record}


def groups(rows: list[dict[str, Any]]) -> list[Cluster]:
    return clusters(rows, SmallCatalogue())


def stage_in(number: int, site: str, host: str) -> dict[str, Any]:
    file = f"mc:EVNT.{number}._000{number}.root from root://{host}:1094//a/b/{number}.root"
    diag = f"Failed to stage-in file: {file} timed out after {number} s"
    return job(number, site, piloterrorcode=1099, piloterrordiag=diag)


def test_jobs_that_differ_in_ids_paths_and_hosts_are_one_group() -> None:
    found = groups([stage_in(1, "SITE_A", "se1.site.org"), stage_in(27, "SITE_B", "door9.other.edu")])
    assert [(group.component, group.code, group.count) for group in found] == [("pilot", 1099, 2)]


def test_payload_failures_are_told_apart_by_the_payloads_own_codes() -> None:
    same = {"piloterrorcode": 1305, "piloterrordiag": "Failed to execute payload"}
    found = groups([job(1, **same, transexitcode="137"), job(2, **same, transexitcode="1"), job(3, **same, transexitcode="1")])
    assert [(group.code, group.jobs) for group in found] == [(1305, [2, 3]), (1305, [1])]


def test_counts_sum_to_the_failed_jobs_and_no_job_is_counted_twice() -> None:
    rows = [stage_in(n, "A", "x.y.z") for n in range(1, 5)] + [job(9, piloterrorcode=1201), job(9, piloterrorcode=1201)]
    rows += [job(10, jobstatus="finished"), job(11)]
    found = groups(rows)
    assert sum(group.count for group in found) == 6  # four, 9 once, and 11, which has no error
    assert abs(sum(group.share for group in found) - 1) < 1e-9


def test_what_one_group_has_in_common_and_the_others_have_not_is_said_first() -> None:
    bad = [job(n, "SITE_X", piloterrorcode=1201, wn=f"slot1_{n}@node7", endtime="2026-03-10 12:00:00") for n in range(1, 11)]
    other = [job(n, f"SITE_{n}", piloterrorcode=1305, wn=f"wn{n}") for n in range(20, 40)]
    first = next(group for group in groups([*bad, *other]) if group.code == 1201)
    assert {(common.what, common.value) for common in first.common} >= {("site", "SITE_X"), ("worker node", "node7")}
    assert all(common.share == 1 and common.others == 0 for common in first.common)
    assert any("together" in sentence for sentence in first.sentences())


def test_what_as_many_have_is_one_sentence_and_each_share_is_said() -> None:
    common = [Common("file", "a.root", 1, 0), Common("site", "SITE_X", 1, 0.22), Common("task", "5", 1, 0.22)]
    assert shared([*common, Common("platform", "x86_64", 0.9, 0.6), Common("owner", "Ann", 1, 0.001)]) == [
        "All of them have the file a.root and the owner Ann, which none of the other failed jobs have.",
        "All of them have the site SITE_X and the task 5, each of which only 22% of the other failed jobs have.",
        "90% of them have the platform x86_64.",
    ]


def test_what_all_failed_jobs_share_explains_no_group() -> None:
    rows = [job(n, "SITE_X", piloterrorcode=code, jeditaskid=5) for n, code in enumerate([1201] * 5 + [1305] * 5, 1)]
    assert all(not group.common for group in groups(rows))


def test_two_jobs_have_nothing_in_common_yet() -> None:
    assert groups([job(1, piloterrorcode=1201), job(2, piloterrorcode=1201)])[0].common == []


def test_four_of_five_are_enough_and_three_are_not() -> None:
    def site_of(most: int) -> list[str]:
        rows = [job(n, "SITE_X" if n <= most else f"SITE_{n}", piloterrorcode=1201) for n in range(1, 6)]
        return [common.what for common in groups(rows)[0].common if common.what == "site"]

    assert site_of(4) == ["site"]
    assert site_of(3) == []


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.lists(st.integers(), max_size=2)
ROWS = st.dictionaries(
    st.sampled_from(
        ["pandaid", "piloterrorcode", "piloterrordiag", "computingsite", "wn", "endtime", "proddblock", "exeerrorcode"]
    ),
    VALUES,
).map(lambda row: {"jobstatus": "failed", **row})


@settings(max_examples=100, deadline=None)
@given(st.lists(ROWS, max_size=12))
def test_no_records_break_the_groups_and_sums_are_exact(rows: list[dict[str, Any]]) -> None:
    found = groups(rows)
    jobs = [number for group in found for number in group.jobs]
    assert len(jobs) == len(set(jobs)) == sum(group.count for group in found)
    assert all(isinstance(sentence, str) for group in found for sentence in group.sentences())
