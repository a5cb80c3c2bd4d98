"""Questions are read in many threads at once; what a word is stemmed to must not depend on it."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from askpanda.stores.text import stem

WORDS = [f"{start}{end}" for start in ("relat", "condit", "valid", "oper", "hope", "sens", "electr") for end in
         ("ional", "iveness", "ization", "ator", "fulness", "itivity", "icalness", "ing", "ed", "s")] * 20  # fmt: skip


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Threads take turns within a word."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_switching")
def test_threads_do_not_stem_each_others_words() -> None:
    uncached = stem.__wrapped__
    alone = [uncached(word) for word in WORDS]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: [uncached(word) for word in WORDS], range(8)))
    assert all(stems == alone for stems in together)
