"""An experiment is a file: every one that comes with the product is whole, and a broken one is said in one line."""

from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest
import yaml

from askpanda.errors import ConfigurationError
from askpanda.experiments import KNOWN, Action, load
from askpanda.pipeline.routing.rules import load as rules
from askpanda.pipeline.wording.fitting import fitted
from askpanda.schema.answer import Sections, UserSections
from askpanda.settings import Settings
from askpanda_indexer.sources import known as known_sources
from tests.bigpanda.shape import NAMES, shape

OWN = {"name": "Mine", "monitors": ["https://panda.example.org"], "link_hosts": ["panda.example.org"], "topics": ["axions"]}


@pytest.mark.parametrize("name", KNOWN)
def test_every_experiment_of_the_product_is_whole(name: str) -> None:
    one = load(name)
    hosts = {address.split("//")[1].split(":")[0].split("/")[0] for address in one.monitors}
    assert hosts <= set(one.link_hosts), "its own monitor may be linked to"
    assert all(address.startswith("https://") for address in one.monitors)
    assert set(one.documents) <= set(known_sources())
    assert set(one.instead) <= set(rules("actions")) == set(get_args(Action))
    assert one.contacts or name == "panda", "whom to tell is known, but for a PanDA of nobody's"
    settings = Settings(experiment=name)
    assert (settings.allowed_monitors, settings.link_hosts, settings.cric_url) == (one.monitors, one.link_hosts, one.cric)


def test_what_is_set_explicitly_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(OWN))
    monkeypatch.setenv("ASKPANDA_EXPERIMENT", str(file))
    assert Settings().allowed_monitors == OWN["monitors"]
    monkeypatch.setenv("ASKPANDA_ALLOWED_MONITORS", "https://other.example.org")
    assert Settings().allowed_monitors == ["https://other.example.org"]
    assert Settings().link_hosts == OWN["link_hosts"]
    assert Settings(cric_url="https://cric.example.org").cric_url == "https://cric.example.org"
    monkeypatch.setenv("ASKPANDA_EXPERIMENT", "atlas")
    monkeypatch.setenv("ASKPANDA_CRIC_URL", "")
    assert Settings().cric_url == "", "set to nothing is set"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "line 1 is not YAML"),
        ("- a list", "valid dictionary"),
        ("", "valid dictionary"),
        (
            "name: Mine\nmonitors: ['https://p.example.org']\ncolour: red\nlink_hosts: []\n",
            "line 3: there is no field colour; there are",
        ),
        ("name: Mine\nlink_hosts: p.example.org\nmonitors: ['https://p.example.org']\n", "line 2: link_hosts:"),
        ("name: Mine\nlink_hosts: []\n", "monitors is missing"),
        (
            "name: Mine\nlink_hosts: []\nmonitors:\n  - p.example.org\n",
            "line 4: monitors.0: 'p.example.org' is no",
        ),
        ("name: Mine\nmonitors: []\nlink_hosts: []\n", "line 2: monitors:"),
        (yaml.safe_dump({**OWN, "link_hosts": ["https://p.example.org/x"]}), "is no host; write its name alone"),
        (yaml.safe_dump({**OWN, "cric": "cric.example.org"}), "cric: 'cric.example.org' is no address"),
        (yaml.safe_dump({**OWN, "instead": {"kil": {"task": "x"}}}), "instead has no 'kil'; there are 'kill', 'retry'"),
        (
            yaml.safe_dump({**OWN, "instead": {"kill": {"how": "x"}}}),
            "no field instead.kill.how; there are task,",
        ),
        (yaml.safe_dump({**OWN, "contacts": {"boss": "x"}}), "contacts has no 'boss'; there are 'user', 'site'"),
        (yaml.safe_dump({**OWN, "name": ""}), "name:"),
        ("name: A\nname: B\n", "missing"),
    ],
)
def test_a_broken_file_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        Settings(experiment=str(file))
    assert said in caught.value.message
    assert "ASKPANDA_EXPERIMENT" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("wanted", ["cms", "/nowhere/x.yaml", "/etc/passwd", "", "../atlas", "/dev/zero.yaml"])
def test_what_is_no_experiment_names_the_ones_that_are(wanted: str) -> None:
    if not wanted:
        assert Settings(experiment=wanted).allowed_monitors, "empty is not set"
        return
    with pytest.raises(ConfigurationError, match="atlas, rubin, epic, panda"):
        Settings(experiment=wanted)


def test_each_has_a_local_monitor_in_its_shape() -> None:
    assert set(NAMES) == set(KNOWN)
    for name in KNOWN:
        assert shape(name).host in [urlsplit(address).hostname for address in load(name).monitors]


def test_a_file_that_is_no_settings_says_why(tmp_path: Path) -> None:
    for name, text, said in (
        ("mine.txt", "name: x", "ends in .yaml"),
        ("large.yaml", "#" * (1 << 20) + "##", "larger than 1 MB"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(ConfigurationError, match=said):
            load(str(tmp_path / name))
    with pytest.raises(ConfigurationError, match="can be read"):
        load(str(tmp_path))


def test_sentences_about_what_an_experiment_does_not_have_are_left_out() -> None:
    sections = Sections(
        description="The queue is set offline in CRIC. Its disk is full.",
        user=UserSections(problem="CRIC is away.", causes=["ATLAS policy", "a full disk", "the pathena's option"]),
    )
    left = fitted(sections, load("epic"), "why?", "")
    assert left.description == "Its disk is full."
    assert left.user.causes == ["a full disk"]
    assert left.user.problem == "CRIC is away.", "nothing is no answer"
    assert fitted(sections, load("atlas"), "why?", "") == sections
    assert fitted(sections, load("epic"), "what is CRIC?", "").description == sections.description
    assert fitted(sections, load("epic"), "why?", "cric: no such queue").description == sections.description
