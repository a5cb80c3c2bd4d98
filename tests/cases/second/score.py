"""Scores a diagnosis on the second author's jobs: `python -m tests.cases.second.score [tune|held] [--misses]`."""

import sys
from pathlib import Path

from tests.cases.written.book import Book
from tests.cases.written.score import main

SECOND = Book(Path(__file__).parent)

if __name__ == "__main__":
    sys.exit(main(SECOND))
