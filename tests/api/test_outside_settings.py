"""Settings that cannot work are said in one line, at once, and nothing is left running."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port


def askpanda(folder: Path, env: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ASKPANDA_")}
    own = {"ASKPANDA_STATE_DIR": str(folder / "state"), "ASKPANDA_PORT": str(free_port())}
    command = [sys.executable, "-m", "askpanda.cli", *words]
    # reads its output to the end, which a process that was left running would hold open
    return subprocess.run(command, env={**clean, **own, **env}, capture_output=True, text=True, timeout=60, check=False)


def says_one_line(ended: "subprocess.CompletedProcess[str]", word: str) -> None:
    assert ended.returncode == 1
    assert ended.stderr.startswith("askpanda: ")
    assert ended.stderr.count("\n") == 1
    assert word in ended.stderr


@pytest.mark.parametrize(
    ("env", "word"),
    [
        ({"ASKPANDA_HOST": "0.0.0.0", "ASKPANDA_TRUSTED_HOSTS": ""}, "TRUSTED_HOSTS"),
        ({"ASKPANDA_HOST": "0.0.0.0", "ASKPANDA_TRUSTED_HOSTS": "*"}, "TRUSTED_HOSTS"),
        ({"ASKPANDA_HOST": "::"}, "TRUSTED_HOSTS"),
        ({"ASKPANDA_DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"ASKPANDA_DATABASE_URL": "nosuch://host/name"}, "DATABASE_URL"),
        ({"ASKPANDA_STATE_DIR": "/dev/null/x"}, "STATE_DIR"),
        ({"ASKPANDA_MODEL": "nobody/x"}, "ASKPANDA_MODEL"),
        ({"ASKPANDA_MODEL": "openai/x", "ASKPANDA_EGRESS": "remote", "OPENAI_API_KEY": ""}, "OPENAI_API_KEY"),
        ({"ASKPANDA_MODEL": "compatible/x", "COMPATIBLE_BASE_URL": "http://models.example/v1"}, "EGRESS"),
        ({"ASKPANDA_EMBEDDINGS": "nobody/x"}, "EMBEDDINGS"),
        ({"ASKPANDA_MONITOR_URL": "ftp://monitor.example"}, "MONITOR_URL"),
        ({"ASKPANDA_HOST": "no.such.host.invalid", "ASKPANDA_TRUSTED_HOSTS": "x"}, "ASKPANDA_HOST"),
    ],
)
def test_a_fresh_backend_says_what_is_wrong_and_ends(tmp_path: Path, env: dict[str, str], word: str) -> None:
    says_one_line(askpanda(tmp_path, env, "serve"), word)


def test_an_address_of_the_database_is_not_repeated(tmp_path: Path) -> None:
    ended = askpanda(tmp_path, {"ASKPANDA_DATABASE_URL": "nosuch://me:hunter22@host/name"}, "serve")
    says_one_line(ended, "DATABASE_URL")
    assert "hunter22" not in ended.stderr


@pytest.mark.parametrize(
    "text", ["[1]", "7", '{"job": {"a": NaN}}', '{"job": ' + "[" * 40 + "]" * 40 + "}", '{"pandaid": "x"}']
)
def test_a_context_file_is_held_to_what_the_server_takes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "context.json"
    file.write_text(text)
    says_one_line(askpanda(tmp_path, {}, "ask", "why did this fail?", "--context", str(file)), "")


def test_a_context_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "context.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps({"job": {"jobstatus": "failed", "piloterrorcode": 1099}}).encode())
    ended = askpanda(tmp_path, {}, "ask", "why did this fail?", "--context", str(file), "--json")
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["diagnosis"]["code"] == 1099
