"""Which site, user or task is worst: by the number of failed jobs and by their rate, each held against the jobs themselves."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from live_kit import Ask, fetching, is_sourced, reading, table

from askpanda.pipeline.wording.failing import FEW, by_number, by_rate, failing, lead_of, order_of
from tests.bigpanda import running_monitor
from tests.bigpanda.serving import Monitor


def shares(jobs: list[dict[str, Any]], field: str) -> dict[str, tuple[int, int]]:
    """{name: (failed, ended)}"""
    ended = Counter(str(job[field]) for job in jobs if job[field])
    failed = Counter(str(job[field]) for job in jobs if job[field] and job["jobstatus"] == "failed")
    return {name: (failed[name], n) for name, n in ended.items()}


@pytest.mark.parametrize(
    ("question", "noun", "field"),
    [
        ("which site is worst in the last 24 hours?", "queue", "computingsite"),
        ("what is the worst queue in the last 24 hours?", "queue", "computingsite"),
        ("which user is worst in the last 24 hours?", "user", "produsername"),
        ("worst task in the last 24 hours", "task", "jeditaskid"),
        ("quel utilisateur est le pire dans les dernières 24 heures ?", "user", "produsername"),
        ("welcher Standort ist der schlimmste in den letzten 24 Stunden?", "queue", "computingsite"),
        ("¿cuál es la peor tarea en las últimas 24 horas?", "task", "jeditaskid"),
    ],
)
def test_the_worst_is_told_by_number_and_by_rate(ask: Ask, monitor: Monitor, question: str, noun: str, field: str) -> None:
    answer = ask(question)
    is_sourced(answer)
    jobs = [one.record for one in monitor.world.select({"jobstatus": "failed|finished", "hours": "24"})]
    held = shares(jobs, field)
    most = max(failed for failed, _ in held.values())
    highest = max(failed / ended for failed, ended in held.values() if ended >= FEW)
    said = re.match(
        rf"By the number of failed jobs \*\*(.+?)\*\* is the worst {noun} in the last 24 hours: (\d+) of the (\d+) that "
        rf"finished or failed \([\d.]+ %\)\. By the rate it is \*\*(.+?)\*\* \([\d.]+ %, (\d+) of (\d+)\), "
        rf"counting {noun}s with at least {FEW} ended jobs",
        answer.text,
    )
    assert said is not None, answer.text[:300]
    assert (int(said[2]), int(said[3])) == held[said[1]] == (most, held[said[1]][1])
    failed, ended = held[said[4]]
    assert (failed, ended) == (int(said[5]), int(said[6]))
    assert failed / ended == highest
    assert {row[0]: (row[1], row[2]) for row in table(answer)} == held


def test_a_pages_filters_hold_and_its_error_is_held_against_all_that_ended(ask: Ask, monitor: Monitor) -> None:
    context = {"page": "errors", "url": f"{monitor.url}/errors/?piloterrorcode=1305&hours=24"}
    answer = ask("which site is worst here?", context=context)
    ended = Counter(
        one.record["computingsite"] for one in monitor.world.select({"jobstatus": "failed|finished", "hours": "24"})
    )
    coded = Counter(
        one.record["computingsite"]
        for one in monitor.world.select({"jobstatus": "failed", "piloterrorcode": "1305", "hours": "24"})
    )
    assert {row[0]: (row[1], row[2]) for row in table(answer)} == {name: (coded[name], n) for name, n in ended.items()}
    assert "for pilot error 1305 in the last 24 hours" in answer.text


def test_the_worst_task_of_a_list_is_told_by_its_files(ask: Ask, monitor: Monitor) -> None:
    context = {"page": "tasks", "url": f"{monitor.url}/tasks/?days=7"}
    answer = ask("which task is worst?", context=context)
    infos = {number: data["task"]["dsinfo"] for number, data in monitor.world.tasks.items()}
    most = max(info["nfilesfailed"] for info in infos.values())
    said = re.match(r"By the number of failed files \*\*(\d+)\*\* is the worst task: (\d+) of the (\d+) that", answer.text)
    assert said is not None
    assert int(said[2]) == most == infos[int(said[1])]["nfilesfailed"]


def test_few_jobs_are_no_rate_and_ties_are_one() -> None:
    every = failing({"A": 5, "B": 2, "C": 3}, {"A": 100, "B": 2, "C": 12})
    assert [one.name for one in by_number(every)] == ["A", "C", "B"]
    assert [one.name for one in by_rate(every)] == ["C", "A", "B"]
    assert "**C** (25.0 %, 3 of 12), counting queues with at least 10 ended jobs" in lead_of(every, "worst", "queue", "")
    alike = lead_of(failing({"A": 9, "C": 1}, {"A": 10, "C": 12}), "worst", "queue", " today")
    assert alike.startswith("**A** is the worst queue today, by the number of failed jobs and by their rate alike: 9 of the 10")
    assert lead_of(failing({}, {"A": 10}), "worst", "user", "") == "No user has a failed job."


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("which site is worst?", "worst"), ("which site has the highest failure rate?", "rate"),
        ("which site has the most failures?", "number"), ("sort them by failures", "number"),
        ("¿qué sitio es el peor?", "worst"), ("which site has the worst failure rate?", "rate"),
    ],
)  # fmt: skip
def test_what_is_ranked_by_is_what_is_asked(question: str, order: str) -> None:
    assert order_of(question, "rate") == order


@pytest.mark.parametrize("modes", ["json_401", "json_500"])
@pytest.mark.parametrize("way", [fetching, reading])
def test_without_the_lists_no_worst_is_named(tmp_path: Path, modes: str, way: Any) -> None:
    with running_monitor(modes) as monitor:
        answer = way(tmp_path, monitor.url)("which site is worst today?")
    assert answer.text.startswith("I do not have the jobs that ended, so I cannot give numbers.")
    assert answer.blocks == []
