"""What README and docs/ name is there: settings, commands, targets, files, fields of an experiment, sources, routes."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from askpanda.cli import cli
from askpanda.experiments import KNOWN, Experiment, load
from askpanda.settings import table
from askpanda_indexer.sources import known
from tests.bigpanda.modes import MODES
from tests.bigpanda.shape import NAMES

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "tests" / "bigpanda" / "README.md"]
#: Settings of make run alone (tests/demo.py).
OF_THE_DEMO = {"ASKPANDA_DEMO_PORT"}


@pytest.fixture(params=PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def page(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_every_setting_that_is_named_is_one(page: Path) -> None:
    settings = {name for name, _, _ in table()} | OF_THE_DEMO
    named = set(
        re.findall(r"\b(?:ASKPANDA|OPENAI|MISTRAL|ANTHROPIC|OLLAMA|COMPATIBLE|GOOGLE)_[A-Z_]+[A-Z]\b", page.read_text())
    )
    assert named <= settings


def test_every_target_of_make_that_is_named_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)\b(?=[`\s]*[#;,.:)`\n]|`)", page.read_text())) - {"it"} <= targets


def test_every_command_that_is_named_is_one(page: Path) -> None:
    for words in re.findall(r"(?:\.venv/bin/|`)askpanda ([a-z]+(?: [a-z]+)?)", page.read_text()):
        first, *rest = words.split()
        group = cli.get_command(click.Context(cli), first)
        assert group is not None, words
        if rest and isinstance(group, click.Group):
            assert rest[0] in group.commands, words


def test_every_file_that_is_linked_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not urlsplit(target).scheme:
            assert (page.parent / target).exists(), target


def test_every_file_that_is_named_is_there(page: Path) -> None:
    roots = "backend|indexer|corpus|extension|tests|benchmarks|docs|scripts"
    for target in re.findall(rf"`((?:{roots})/[\w./-]+)`", page.read_text()):
        if not target.startswith("extension/dist"):
            assert list(ROOT.glob(re.sub(r"\b[A-Z]+\b", "*", target).rstrip("/"))), target


def test_the_page_on_experiments_has_all_of_them_and_every_field() -> None:
    text = (ROOT / "docs" / "experiments.md").read_text()
    rows = {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)`.*$", text, re.M)}
    assert set(rows) == {*KNOWN, *Experiment.model_fields}
    for name in KNOWN:
        for address in load(name).monitors:
            assert f"`{urlsplit(address).netloc}`" in rows[name]
    for action in ("kill", "retry", "change", "reassign", "delete", "set_queue_status"):
        assert f"`{action}`" in rows["instead"]
    for whose in ("user", "site", "ddm", "system", "unknown", "any"):
        assert f"`{whose}`" in rows["contacts"]


def test_sources_that_are_named_are_known() -> None:
    text = (ROOT / "README.md").read_text()
    also = re.search(r"askpanda index add ([\w-]+)` \(also ([^)]*)\)", text)
    assert also is not None
    assert {also[1], *re.findall(r"`([\w-]+)`", also[2])} <= set(known())


def test_the_local_monitors_page_knows_its_deployments_and_modes() -> None:
    text = (ROOT / "tests" / "bigpanda" / "README.md").read_text()
    assert {name for name in NAMES if f"`{name}`" in text} == set(NAMES) - {"atlas"}
    for modes in re.findall(r'--modes "([^"]+)"', text):
        assert {word.split("=")[0] for word in modes.split(",")} <= set(MODES)
