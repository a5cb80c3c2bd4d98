"""The retrieval set: questions with the passages that answer them, and what a ranking is worth by them.

Questions over the corpus are always measured; those over the public documentation only where a checkout is: in the
environment (ASKPANDA_PANDA_DOCS) or beside the repository.
"""

import hashlib
import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

CASES = Path(__file__).parent / "cases" / "retrieval"


@dataclass(frozen=True, slots=True)
class Case:
    """A question; `needed` has one entry for each passage it wants, each a set of (path, heading) of equal worth."""

    question: str
    kind: str
    source: str
    needed: tuple[frozenset[tuple[str, str]], ...]
    fact: str = ""  # what a text must say, word for word, to be of use: an option, a number, a command

    @property
    def held(self) -> bool:
        """In the half that nothing is tuned on."""
        return hashlib.sha256(self.question.encode()).digest()[0] % 2 == 1


def cases(source: str) -> list[Case]:
    """The questions of one file; a file is named after its source."""
    rows = yaml.safe_load((CASES / f"{source}.yaml").read_text("utf-8"))
    return [
        Case(row["q"], row["kind"], source, tuple(_alternatives(source, line) for line in row["at"]), row.get("fact", ""))
        for row in rows
    ]


def _alternatives(source: str, line: str) -> frozenset[tuple[str, str]]:
    found = set()
    for alternative in line.split(" | "):
        path, _, heading = alternative.partition(" :: ")
        prefix = "" if source == "corpus" else f"{source}/"
        found.add((prefix + path.strip(), heading.strip()))
    return frozenset(found)


def panda_docs() -> Path | None:
    """A checkout of the public documentation, where there is one."""
    named = os.environ.get("ASKPANDA_PANDA_DOCS")
    beside = Path(__file__).parents[2] / "shared" / "docs" / "panda-docs"
    place = Path(named) if named else beside
    return place if place.is_dir() else None


def gains(case: Case, ranked: Sequence[tuple[str, str]]) -> list[int]:
    """For each place of a ranking (path, heading path): 1 where it brings a needed passage that was not there yet."""
    missing = list(case.needed)
    result = []
    for path, section in ranked:
        heading = section.rpartition(" > ")[2].strip()
        got = next((n for n in missing if (path, heading) in n or (path, "") in n), None)
        if got is not None:
            missing.remove(got)
        result.append(1 if got is not None else 0)
    return result


Search = Callable[[str, int], Iterable[tuple[str, str]]]


def figures(cases_: Sequence[Case], search: Search) -> dict[str, float]:
    """Recall at 1, 5 and 10, MRR and nDCG at 10, as means over the questions."""
    sums = dict.fromkeys(("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"), 0.0)
    for case in cases_:
        got = gains(case, list(search(case.question, 10)))
        wanted = len(case.needed)
        for k in (1, 5, 10):
            # One passage cannot hold two answers: what is asked of the first place is one of them.
            sums[f"recall@{k}"] += sum(got[:k]) / min(wanted, k)
        sums["mrr@10"] += next((1 / (i + 1) for i, g in enumerate(got[:10]) if g), 0.0)
        ideal = sum(1 / math.log2(i + 2) for i in range(wanted))
        sums["ndcg@10"] += sum(g / math.log2(i + 2) for i, g in enumerate(got[:10])) / ideal
    return {name: total / max(len(cases_), 1) for name, total in sums.items()}


def facts(cases_: Sequence[Case], texts: Callable[[str, int], Iterable[str]]) -> float:
    """The share of questions whose fact stands in one of the first five texts."""
    said = [any(case.fact.lower() in text.lower() for text in texts(case.question, 5)) for case in cases_]
    return sum(said) / max(len(said), 1)
