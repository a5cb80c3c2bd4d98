"""The `askpanda` command: no server needed, errors as one line, exit codes 0, 1 and 2, quick to start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from askpanda.terminal import plain


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ASKPANDA_")}
    return {**clean, "ASKPANDA_STATE_DIR": str(tmp_path), "COLUMNS": "100"}


def run(env: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "askpanda.cli", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_help_names_every_command_also_those_of_other_packages(state: dict[str, str]) -> None:
    ended = run(state, "--help")
    assert ended.returncode == 0
    for command in ("serve", "ask", "diagnose", "search", "errors", "token", "pair", "index", "usage", "purge"):
        assert f"\n  {command} " in ended.stdout


def test_nothing_slow_is_imported_for_help(state: dict[str, str]) -> None:
    code = (
        "import sys; from click.testing import CliRunner; from askpanda.cli import cli;"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0;"
        "print([m for m in ('haystack', 'flask', 'sqlalchemy', 'pydantic', 'rich', 'openai') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], env=state, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "[]"


def test_the_help_of_serve_lists_every_setting(state: dict[str, str]) -> None:
    from askpanda.settings import Settings

    shown = run(state, "serve", "--help").stdout
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias.choices[0] if field.validation_alias else f"ASKPANDA_{name.upper()}"  # type: ignore[union-attr]
        assert str(variable) in shown


@pytest.mark.parametrize(
    ("words", "status", "hint"),
    [
        (["nonsense"], 2, "--help"),
        (["ask"], 2, "QUESTION"),
        (["ask", "x", "--job", "minus"], 2, "--job"),
        (["ask", ""], 1, "question"),
        (["ask", "x" * 4001], 1, "4000"),
        (["search", "x", "-k", "0"], 2, "-k"),
        (["diagnose", "/no/such/file.json"], 2, "does not exist"),
        (["errors", "nothing"], 1, "pilot"),
        (["errors", "pilot", "1306424"], 1, "nearest"),
        (["errors", "pilot", "x"], 2, "CODE"),
        (["token", "create", ""], 2, "owner"),
        (["pair", "--as", "a\nb"], 2, "owner"),
    ],
)
def test_an_error_is_one_line_on_stderr_that_says_what_to_do(
    state: dict[str, str], words: list[str], status: int, hint: str
) -> None:
    ended = run(state, *words)
    assert ended.returncode == status
    assert ended.stdout == ""
    assert ended.stderr.startswith("askpanda: ")
    assert ended.stderr.count("\n") == 1
    assert hint.lower() in ended.stderr.lower()


def test_a_broken_setting_is_named(state: dict[str, str]) -> None:
    ended = run({**state, "ASKPANDA_RATE_LIMIT": "none"}, "usage")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "ASKPANDA_RATE_LIMIT" in ended.stderr


def test_tokens_and_codes_stand_last_on_their_line_and_work(state: dict[str, str]) -> None:
    from askpanda.database import Database, tokens
    from askpanda.settings import Settings

    made = run(state, "token", "create", "alice")
    code = run(state, "pair", "--as", "bob")
    assert made.stdout.count("\n") == code.stdout.count("\n") == 1
    database = Database(Settings(state_dir=Path(state["ASKPANDA_STATE_DIR"])))
    assert tokens.owner_of(database, made.stdout.split()[-1]) == "alice"
    assert tokens.redeem(database, code.stdout.split()[-1], "")[1] == "bob"


def test_errors_are_listed_and_explained(state: dict[str, str]) -> None:
    listed = json.loads(run(state, "errors", "pilot", "--json").stdout)["errors"]
    assert [entry["code"] for entry in listed] == sorted(entry["code"] for entry in listed)
    one = json.loads(run(state, "errors", "pilot", "1150", "--json").stdout)
    assert one in listed
    assert one["name"] == "LOOPINGJOB"
    shown = run(state, "errors", "pilot").stdout
    assert all(str(entry["code"]) in shown for entry in listed)
    explained = " ".join(run(state, "errors", "pilot", "1150").stdout.split())
    assert "LOOPINGJOB" in explained
    for told in (one["category"], *one["prevention"], one["source"], "https://github.com/PanDAWMS/pilot3/blob/HEAD/pilot/"):
        assert told in explained


def test_usage_and_purge_speak_of_what_is_there(state: dict[str, str]) -> None:
    from askpanda.database import Database, answers, usage
    from askpanda.schema.answer import ModelCall
    from askpanda.settings import Settings

    assert "No model" in run(state, "usage").stdout
    database = Database(Settings(state_dir=Path(state["ASKPANDA_STATE_DIR"])))
    usage.record(database, "alice", [ModelCall(model="openai/x", input_tokens=1000, cost_usd=0.5)])
    assert json.loads(run(state, "usage", "--json").stdout)["usage"][0]["cost_usd"] == 0.5
    assert "1,000" in run(state, "usage").stdout
    answers.begin(database, "alice", "old?", "{}")
    assert "0 conversations" in run(state, "purge").stdout
    assert "1 conversations" in run(state, "purge", "--days", "0").stdout


def test_a_logs_control_characters_never_reach_the_terminal() -> None:
    hostile = "a\x1b[2Jb\x1b]0;title\x07c\x9b31md\re\tf\ng"
    assert not set(plain(hostile)) & {chr(c) for c in [*range(9), *range(11, 32), *range(127, 160)]}
    assert plain("\x1b[31mred\x1b[0m\tand plain\n") == "red\tand plain\n"
