"""A monitor for each test file, and a reader of its pages."""

from datetime import datetime

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from tests.bigpanda import create_monitor

NOW = datetime(2026, 3, 10, 12)


class Reader:
    """A client that gives pages as soup."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **headers: str):
        """The answer; keyword `mode` sets the mode header."""
        return self.client.get(path, headers={"X-Monitor-Mode": headers["mode"]} if headers else {})

    def page(self, path: str, **headers: str) -> BeautifulSoup:
        """The page at a path, which must answer 200."""
        answer = self.get(path, **headers)
        assert answer.status_code == 200, (path, answer.status_code)
        return BeautifulSoup(answer.data, "html.parser")

    def json(self, path: str, **headers: str):
        """The data at a path."""
        answer = self.get(path, **headers)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.json


@pytest.fixture(scope="module")
def monitor() -> Reader:
    app = create_monitor(now=NOW)
    return Reader(app.test_client())
