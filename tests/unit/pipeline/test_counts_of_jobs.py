"""Counts, rates and a site's health: the first sentence is the answer, and what is not known is said instead of all jobs."""

import re
from pathlib import Path

from live_kit import Ask, is_sourced, table, with_cric

from tests.bigpanda.serving import Monitor


def first(text: str) -> str:
    return re.split(r"(?<=\.) ", text)[0]


def states(monitor: Monitor, **query: str) -> list[str]:
    return [one.record["jobstatus"] for one in monitor.world.select(query)]


def test_a_rate_is_answered_by_the_rate(ask: Ask, monitor: Monitor) -> None:
    answer = ask("what is the failure rate at CERN in the last 2 days?")
    is_sourced(answer)
    of_cern = states(monitor, computingsite="CERN", days="2")
    failed, finished = of_cern.count("failed"), of_cern.count("finished")
    assert first(answer.text).startswith(f"**{round(100 * failed / (failed + finished), 1)} %** of the jobs")
    assert f"{failed} of {failed + finished}" in first(answer.text)


def test_a_count_is_answered_by_the_count_in_its_state(ask: Ask, monitor: Monitor) -> None:
    failed = states(monitor, computingsite="MWT2", hours="6").count("failed")
    assert re.match(
        rf"\*\*{failed}\*\* of \d+ jobs at MWT2 failed in the last 6 hours",
        ask("how many jobs failed at MWT2 in the last 6 hours").text,
    )
    running = states(monitor, computingsite="MWT2", jobstatus="running").count("running")
    assert re.match(rf"\*\*{running}\*\* jobs at MWT2 are running now\.", ask("how many jobs are running at MWT2").text)


def test_a_cloud_stands_for_its_queues(tmp_path: Path, monitor: Monitor) -> None:
    answer = with_cric(tmp_path, monitor.url)("how many jobs finished in the DE cloud in the last 2 days")
    finished = states(monitor, computingsite="DESY-HH|DESY-HH_TEST|MPPMU|MPPMU_LOCAL", days="2").count("finished")
    assert finished
    assert answer.text.startswith(f"**{finished}** of")
    assert "in the DE cloud" in first(answer.text)


def test_a_place_that_nobody_knows_is_said_with_the_nearest(tmp_path: Path, monitor: Monitor) -> None:
    ask = with_cric(tmp_path, monitor.url)
    for question in ("how many jobs failed at DESY-HHH today", "how is DESY-HHH doing?"):
        answer = ask(question)
        assert "None of the 14 queues of CRIC has the name or the site DESY-HHH; the nearest are" in answer.text
        assert "DESY-HH" in answer.text


def test_a_sites_health_begins_with_the_share_that_fails_and_says_whose_side_that_is(ask: Ask, monitor: Monitor) -> None:
    answer = ask("how is MWT2 doing?")
    is_sourced(answer)
    of_site = states(monitor, computingsite="MWT2", hours="12")
    failed, finished = of_site.count("failed"), of_site.count("finished")
    assert f"{failed} of the {failed + finished} jobs that ended" in first(answer.text)
    sides = re.search(r"Of (\d+) errors?, by whose side they usually are on: (.*?)\.", answer.text)
    assert sides is not None
    assert (
        sum(int(n) for n in re.findall(r"(\d+) of", sides[2]))
        == int(sides[1])
        == sum(row[2] for row in table(answer, "Errors"))
    )


def test_a_list_that_the_monitor_cut_is_called_so(tmp_path: Path, monitor: Monitor) -> None:
    summary = [{"field": "jobstatus", "list": [{"kname": "finished", "kvalue": 17000}, {"kname": "failed", "kvalue": 3000}]}]
    page = {"selectionsummary": summary, "errsByCount": [], "jobs": []}
    from pipeline_kit import assistant, run, turn

    made = assistant(tmp_path)
    _, asked = run(made, turn("how many jobs failed in the last 2 days?"))
    _, answer = run(
        made,
        turn(
            "how many jobs failed in the last 2 days?",
            resources={one.path: {"status": 200, "json": page} for one in asked.requests},
            round=1,
        ),
    )
    assert "**3000** of 20000 jobs" in answer.text
    assert "only the latest ones" in answer.text
