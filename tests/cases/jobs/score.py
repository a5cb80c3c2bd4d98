"""Scores a diagnosis on the cases: `python -m tests.cases.jobs.score [--half tune] [--group NAME] [--misses FILE]`.

Of the held half only totals are printed: who tunes must not see where it misses.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askpanda.schema.answer import Diagnosis, EvidenceLine
from askpanda.schema.evidence import JobEvidence
from tests.cases.jobs.casebook import Case, Half, cases
from tests.cases.jobs.casebook import case as build_case

Diagnose = Callable[[JobEvidence], Diagnosis | None]
#: A piece of evidence longer than this proves nothing: anybody can show a whole file.
SPAN = 40
MEASURES = ("decisive@3", "decisive@10", "code", "party", "transient", "retry")


@dataclass(slots=True)
class Result:
    """What one case scored. `shown` and `trapped` count lines among the first three."""

    case: str
    group: str
    half: Half
    right: dict[str, bool]
    shown: int
    trapped: int
    harmless: int
    confidence: str
    said: str = ""  # for the report: what was said and shown first


@dataclass(slots=True)
class Sums:
    """Shares over some results."""

    results: list[Result] = field(default_factory=list)

    def share(self, measure: str) -> float:
        """How many results have the measure right, 0 to 1; `traps@3` and `harmless@3` are shares of the lines shown."""
        if measure in ("traps@3", "harmless@3"):
            lines = sum(result.shown for result in self.results)
            wrong = sum(result.trapped if measure == "traps@3" else result.harmless for result in self.results)
            return wrong / lines if lines else 0.0
        return sum(result.right[measure] for result in self.results) / len(self.results) if self.results else 0.0


def proves(case: Case, line: EvidenceLine) -> bool:
    """Does this piece of evidence hold a decisive line, or a field of the record that proves the cause?"""
    if line.file == "job.json":
        return line.field in case.fields
    return any(_covers(line, mark.file, mark.line) for mark in case.decisive)


def misleads(case: Case, line: EvidenceLine) -> str:
    """`harmless` or `consequence` where the piece of evidence is only that; "" where it proves something or is neither."""
    if proves(case, line):
        return ""
    return next(
        (mark.kind for mark in case.traps if line.line and mark.file == line.file and mark.line == (line.end or line.line)), ""
    )


def _covers(line: EvidenceLine, file: str, number: int) -> bool:
    if line.line is None or line.file != file:
        return False
    end = line.end or line.line
    return line.line <= number <= end and end - line.line < SPAN


def score(case: Case, found: Diagnosis | None) -> Result:
    """One case against one diagnosis (None: nothing was said, all of it is missed)."""
    if found is None:
        return Result(case.id, case.group, case.half, dict.fromkeys(MEASURES, False), 0, 0, 0, "none", "nothing was said")
    first = found.evidence[:3]
    kinds = [misleads(case, line) for line in first]
    right = {
        "decisive@3": any(proves(case, line) for line in first),
        "decisive@10": any(proves(case, line) for line in found.evidence[:10]),
        "code": f"{found.component}:{found.code}" in case.codes,
        "party": found.party in case.party,
        "transient": found.transient in case.transient,
        "retry": found.retry.advice in case.retry,
    }
    said = f"{found.component}:{found.code} {found.party} transient={found.transient} retry={found.retry.advice}"
    said += f" ({found.confidence})"
    shown = "\n".join(f"      {line.file}:{line.line or line.field} {line.text[:170]!r}" for line in first)
    return Result(
        case.id, case.group, case.half, right, len(first), sum(map(bool, kinds)), kinds.count("harmless"), found.confidence,
        f"{said}\n{shown}",
    )  # fmt: skip


def ours() -> Diagnose:
    """The product's diagnosis with the full catalogue."""
    from askpanda import catalogue
    from askpanda.diagnosis import diagnose

    loaded = catalogue.load()

    def found(evidence: JobEvidence) -> Diagnosis | None:
        verdict = diagnose(evidence, loaded)
        return verdict.diagnosis if verdict else None

    return found


def run(half: Half | None = None, group: str | None = None, diagnose: Diagnose | None = None) -> list[Result]:
    """Scores all cases of a half and group; `diagnose` is the product's where none is given."""
    call = diagnose or ours()
    return [score(case, call(case.evidence())) for case in cases(half, group)]


def by(results: Iterable[Result], key: Callable[[Result], Any]) -> dict[Any, Sums]:
    """Results put together by a key."""
    found: dict[Any, Sums] = defaultdict(Sums)
    for result in results:
        found[key(result)].results.append(result)
    return dict(found)


def calibration(results: Iterable[Result]) -> dict[str, tuple[float, int]]:
    """For each confidence: share of right parties, and how many cases had it."""
    return {
        word: (sums.share("party"), len(sums.results)) for word, sums in sorted(by(results, lambda r: r.confidence).items())
    }


def table(results: list[Result]) -> str:
    """The scores per half and group as text; the held half as totals only."""
    columns = [*MEASURES, "traps@3", "harmless@3"]
    rows = [f"{'':34}{'cases':>6}" + "".join(f"{name:>13}" for name in columns)]

    def row(name: str, sums: Sums) -> str:
        return f"{name:34}{len(sums.results):>6}" + "".join(f"{sums.share(column):>13.2f}" for column in columns)

    for half, sums in sorted(by(results, lambda r: r.half).items(), reverse=True):
        if half == "tune":
            rows += [row(f"  {half} {group}", part) for group, part in sorted(by(sums.results, lambda r: r.group).items())]
        rows.append(row(f"{half} TOTAL", sums))
        said = ", ".join(f"{word} {right:.2f} of {count}" for word, (right, count) in calibration(sums.results).items())
        rows.append(f"  party right by confidence: {said}")
    return "\n".join(rows)


def misses(results: list[Result], build: Callable[[str], Case] = build_case) -> str:
    """What the tune half's cases missed, for those who tune. The held half is never told. `build` makes a case by its id."""
    said = []
    for result in results:
        wrong = [name for name, right in result.right.items() if not right]
        if result.half != "tune" or not (wrong or result.trapped):
            continue
        case = build(result.case)
        said.append(f"## {result.case} [{result.group}] wrong: {', '.join(wrong) or 'none'}; traps shown: {result.trapped}")
        said.append(f"   variant: {case.variant}")
        said.append(
            f"   expected: {'|'.join(sorted(case.codes))} party={'|'.join(sorted(case.party))}"
            f" transient={sorted(map(str, case.transient))} retry={'|'.join(sorted(case.retry))} fields={sorted(case.fields)}"
        )
        said += [f"      {mark.file}:{mark.line} {mark.text[:170]!r}" for mark in case.decisive[:4]]
        said.append(f"   said: {result.said}")
    return "\n".join(said)


def main() -> int:
    """Prints the table; writes the tune half's misses where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.cases.jobs.score")
    parser.add_argument("--half", choices=["tune", "held"])
    parser.add_argument("--group")
    parser.add_argument("--misses", type=Path)
    given = parser.parse_args()
    results = run(given.half, given.group)
    print(table(results))
    if given.misses:
        given.misses.write_text(misses(results) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

__all__ = ["Result", "Sums", "by", "calibration", "misleads", "misses", "proves", "run", "score", "table"]
