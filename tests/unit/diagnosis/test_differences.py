"""What sets a failed job apart from the finished ones of its task, and what does not."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from askpanda.diagnosis import differences

FAILED = {
    "computingsite": "SITE_X", "modificationhost": "slot1_3@node7.x.org", "atlasrelease": "Atlas-25.0.1", "maxpss": 4_200_000,
    "durationsec": 3600, "ninputdatafiles": 1, "inputfilebytes": 2 * 10**9,
}  # fmt: skip
FINISHED = [
    {
        "computingsite": f"SITE_{n % 2}", "modificationhost": f"node{n}.y.org", "atlasrelease": "Atlas-25.0.1",
        "maxpss": 1_900_000 + n, "durationsec": 3000 + 100 * n, "ninputdatafiles": 1, "inputfilebytes": 2 * 10**9,
    }
    for n in range(10)
]  # fmt: skip


def apart(job: dict[str, Any], finished: list[dict[str, Any]]) -> set[str]:
    return {one.what for one in differences(job, finished) if one.sets_apart}


def test_another_site_and_more_memory_set_it_apart_and_the_same_release_does_not() -> None:
    assert apart(FAILED, FINISHED) == {"site", "memory (PSS)"}
    site = next(one for one in differences(FAILED, FINISHED) if one.what == "site")
    assert (site.own, site.finished, site.same) == ("SITE_X", "SITE_0 (5), SITE_1 (5)", 0)
    memory = next(one for one in differences(FAILED, FINISHED) if one.what == "memory (PSS)")
    assert (memory.own, memory.finished) == ("4102 MB", "1855 MB to 1855 MB, half of them up to 1855 MB")


def test_a_node_of_its_own_tells_nothing_for_every_job_has_one() -> None:
    assert "worker node" not in apart(FAILED, FINISHED)
    same = next(one for one in differences(FAILED, [{"modificationhost": "other@node7.x.org"}]) if one.what == "worker node")
    assert same.same == 1


def test_two_finished_jobs_are_too_few_to_say_anything() -> None:
    assert apart(FAILED, FINISHED[:2]) == set()


def test_what_was_not_measured_is_not_compared() -> None:
    unmeasured = {**FAILED, "maxpss": 0, "durationsec": None}
    assert not {one.what for one in differences(unmeasured, FINISHED)} & {"memory (PSS)", "wall time"}
    assert differences(FAILED, []) == []


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers(), max_size=2)
ROWS = st.dictionaries(st.sampled_from([*FAILED, "wn", "corecount", "nevents", "cpuconsumptiontime"]), VALUES)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.lists(ROWS, max_size=6))
def test_no_record_breaks_it(job: dict[str, Any], finished: list[dict[str, Any]]) -> None:
    assert all(one.own and one.finished for one in differences(job, finished))
