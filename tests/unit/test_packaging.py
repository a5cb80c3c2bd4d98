"""A wheel must hold every package; the list in pyproject.toml is written by hand because the folders' names differ."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_package_is_in_the_distribution() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = {"askpanda_corpus"}
    for name in ("askpanda", "askpanda_indexer"):
        folder = ROOT / tool["package-dir"][name]
        found |= {".".join((name, *init.parent.relative_to(folder).parts)) for init in folder.rglob("__init__.py")}
    assert set(tool["packages"]) == found


def test_no_locked_file_names_an_index() -> None:
    for lock in ("requirements.lock", "requirements-test.lock", "extension/package-lock.json"):
        text = (ROOT / lock).read_text()
        assert '"resolved"' not in text
        assert "--index-url" not in text
        assert "--find-links" not in text
