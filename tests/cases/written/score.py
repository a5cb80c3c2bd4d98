"""Scores a diagnosis on the jobs of an author: `python -m tests.cases.second.score [tune|held] [--misses]`, and third.

Scored as the first collection is (tests.cases.jobs.score); here also every line that healthy work printed counts as harmless.
Of the held half only totals are printed.
"""

import argparse

from tests.cases.jobs.casebook import Half
from tests.cases.jobs.score import Diagnose, Result, misses, ours, proves, score, table
from tests.cases.written.book import Book, WrittenCase


def run(half: Half | None = None, diagnose: Diagnose | None = None, *, book: Book) -> list[Result]:
    """Scores all jobs of a half; `diagnose` is the product's where none is given."""
    call = diagnose or ours()
    return [scored(one, call) for one in book.cases(half)]


def scored(one: WrittenCase, diagnose: Diagnose) -> Result:
    """One job. A line of ordinary work among the first three is harmless and a trap, unless the same piece proves something."""
    found = diagnose(one.evidence())
    result = score(one, found)
    for line in found.evidence[:3] if found else []:
        if (line.end or line.line) in one.ordinary.get(line.file, frozenset()) and not proves(one, line):
            result.harmless += 1
            result.trapped += 1
    return result


def main(book: Book) -> int:
    """Prints the table, and the tune half's misses where asked."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.cases.{book.folder.name}.score")
    parser.add_argument("half", nargs="?", choices=["tune", "held"])
    parser.add_argument("--misses", action="store_true")
    given = parser.parse_args()
    results = run(given.half, book=book)
    print(table(results))
    if given.misses:
        print(misses(results, book.case))
    return 0


__all__ = ["main", "run", "scored"]
