"""The settings are one table; what is written about them comes from it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from askpanda.settings import Settings, markdown, table

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_documentation_of_settings_is_the_table() -> None:
    assert (DOCS / "settings.md").read_text() == markdown(), "run: .venv/bin/python -m askpanda.settings > docs/settings.md"


def test_every_setting_says_what_it_does() -> None:
    assert [name for name, _, text in table() if len(text) < 10] == []


def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKPANDA_TRUSTED_HOSTS", "askpanda.example.org, 127.0.0.1")
    assert Settings().trusted_hosts == ["askpanda.example.org", "127.0.0.1"]


def test_none_can_always_be_chosen_and_the_first_model_is_the_default() -> None:
    assert Settings(model="ollama/llama3, openai/gpt-5").models == ["ollama/llama3", "openai/gpt-5", "none"]


@pytest.mark.parametrize(
    ("name", "value"), [("ASKPANDA_PORT", "70000"), ("ASKPANDA_STORE", "lucene"), ("ASKPANDA_EGRESS", "all")]
)
def test_a_wrong_value_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()
