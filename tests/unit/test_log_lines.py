"""askpanda.log holds our lines, and none of what libraries say of addresses and prompts."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from askpanda.api import logs


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name in logs.OWN:
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("level", ["debug", "info"])
def test_a_librarys_information_is_not_kept_whatever_its_name(tmp_path: Path, level: str) -> None:
    logs.configure(tmp_path / "log", level)
    logging.getLogger("some.new.client").info("POST https://model.example/?key=abc with the prompt")
    logging.getLogger("some.new.client").warning("the connection was lost")
    logging.getLogger("askpanda.run").info("an answer ended")
    lines = [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()]
    assert lines == ["the connection was lost", "an answer ended"]


def test_an_errors_message_is_left_out_and_its_place_is_kept(tmp_path: Path) -> None:
    logs.configure(tmp_path / "log", "info")
    try:
        raise ValueError("what somebody asked")
    except ValueError:
        logging.getLogger("askpanda.run").exception("the pipeline broke")
    text = (tmp_path / "log").read_text()
    assert "what somebody asked" not in text
    assert "ValueError" in text
    assert "test_log_lines.py" in text
