"""One backend with two real workers for most tests of a run; tests that break it start their own."""

import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.backend import Backend, running_backend

HOUSE = (sys.executable, "-m", "tests.api.house")


@pytest.fixture(scope="session")
def house() -> Iterator[Backend]:
    with running_backend({"ASKPANDA_RATE_LIMIT": "100000"}, command=HOUSE) as backend:
        yield backend


@pytest.fixture(scope="session")
def other_token(house: Backend) -> str:
    return house.token_of("somebody else")


@pytest.fixture
def api(house: Backend) -> Iterator[httpx.Client]:
    with house.client() as client:
        yield client


@pytest.fixture
def other(house: Backend, other_token: str) -> Iterator[httpx.Client]:
    with house.client(other_token) as client:
        yield client
