"""One local monitor and two backends for all acceptance tests: one that reads the monitor itself, one that cannot."""

from collections.abc import Iterator

import pytest

from tests.backend import Backend, running_backend
from tests.bigpanda import running_monitor
from tests.bigpanda.serving import Monitor

MANY = {"ASKPANDA_RATE_LIMIT": "100000"}


@pytest.fixture(scope="package")
def monitor() -> Iterator[Monitor]:
    with running_monitor() as running:
        yield running


@pytest.fixture(scope="package")
def alone() -> Iterator[Backend]:
    """Two workers and no monitor: what a newcomer starts."""
    with running_backend(MANY) as backend:
        yield backend


@pytest.fixture(scope="package")
def reading(monitor: Monitor) -> Iterator[Backend]:
    """Two workers that read the monitor themselves, as the command line does."""
    own = {"ASKPANDA_MONITOR_URL": monitor.url, "ASKPANDA_ALLOWED_MONITORS": monitor.url}
    with running_backend({**MANY, **own}) as backend:
        yield backend
