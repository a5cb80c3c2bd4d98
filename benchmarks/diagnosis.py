"""How often the diagnosis is right on our own failed jobs, per group and half: tests/cases/jobs, second and third.

Groups are printed for the tune half only; of the held half totals, so that nobody tunes on it.
"""

from collections.abc import Callable
from functools import partial

from benchmarks.figure import Figure
from tests.cases.jobs.casebook import Half
from tests.cases.jobs.score import Diagnose, Result, by, calibration, ours, run
from tests.cases.second.score import SECOND
from tests.cases.third.score import THIRD
from tests.cases.written.score import run as run_book

TARGETS = {
    "decisive@3": "≥ 0.85", "decisive@10": "≥ 0.95", "harmless@3": "≤ 0.05", "code": "≥ 0.97", "party": "≥ 0.85",
    "transient": "≥ 0.85",
}  # fmt: skip
MEASURES = ("decisive@3", "decisive@10", "harmless@3", "traps@3", "code", "party", "transient", "retry")


def figures() -> list[Figure]:
    """The figures of all collections."""
    diagnose = ours()
    return [
        *_collection("diagnosis", "", run, diagnose),
        *_collection("second author's cases", "second ", partial(run_book, book=SECOND), diagnose),
        *_collection("third author's cases", "third ", partial(run_book, book=THIRD), diagnose),
    ]


def _collection(name: str, short: str, scored: Callable[..., list[Result]], diagnose: Diagnose) -> list[Figure]:
    """One figure a measure and half, and one a group of the tune half for the decisive line."""
    found: list[Figure] = []
    halves: tuple[Half, ...] = ("held", "tune")
    for half in halves:
        results = scored(half, diagnose=diagnose)
        totals = by(results, lambda result: result.half)[half]
        for measure in MEASURES:
            note = f"{len(results)} jobs"
            found.append(Figure(f"{name} {half}: {measure}", "", [totals.share(measure)], TARGETS.get(measure, ""), note))
        found += _confidences(short + half, results)
        if half == "tune":
            for group, sums in sorted(by(results, lambda result: result.group).items()):
                said = ", ".join(f"{name} {sums.share(name):.2f}" for name in ("harmless@3", "party", "transient", "retry"))
                shares = [sums.share("decisive@3")]
                found.append(
                    Figure(f"  {short}{half} {group}: decisive@3", "", shares, "≥ 0.85", f"{len(sums.results)} jobs; {said}")
                )
    return found


def _confidences(half: str, results: list[Result]) -> list[Figure]:
    return [
        Figure(f"  {half}: party right where confidence is {word}", "", [share], note=f"{count} jobs")
        for word, (share, count) in calibration(results).items()
    ]
