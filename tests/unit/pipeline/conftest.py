"""The repository's root on the path, so that these tests reach the local monitor also when they are run alone; and questions
to an assistant that reads that monitor."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_kit import Ask, Way, fetching, reading, with_cric

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.bigpanda import running_monitor
from tests.bigpanda.serving import Monitor


@pytest.fixture(scope="module")
def monitor() -> Iterator[Monitor]:
    """A local monitor, for the tests of one file."""
    with running_monitor() as running:
        yield running


@pytest.fixture(params=[fetching, reading, with_cric])
def way(request: pytest.FixtureRequest) -> Way:
    """How the monitor is read; a file of tests that wants fewer ways has its own `way`."""
    made: Way = request.param
    return made


@pytest.fixture
def ask(way: Way, tmp_path: Path, monitor: Monitor) -> Ask:
    return way(tmp_path, monitor.url)
