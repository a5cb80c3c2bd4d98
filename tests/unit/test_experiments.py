"""An experiment is a file: every one that comes with the product is whole, and a broken one is said in one line."""

from pathlib import Path

import pytest
import yaml

from askpanda.errors import ConfigurationError
from askpanda.experiments import KNOWN, load
from askpanda.pipeline.routing.rules import load as rules
from askpanda.pipeline.wording.fitting import fitted
from askpanda.schema.answer import Sections, UserSections
from askpanda.settings import Settings
from askpanda_indexer.sources import known as known_sources

OWN = {"name": "Mine", "monitors": ["https://panda.example.org"], "link_hosts": ["panda.example.org"], "topics": ["axions"]}


@pytest.mark.parametrize("name", KNOWN)
def test_every_experiment_of_the_product_is_whole(name: str) -> None:
    one = load(name)
    hosts = {address.split("//")[1].split(":")[0].split("/")[0] for address in one.monitors}
    assert hosts <= set(one.link_hosts), "its own monitor may be linked to"
    assert all(address.startswith("https://") for address in one.monitors)
    assert set(one.documents) <= set(known_sources())
    assert set(one.instead) <= set(rules("actions"))
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
        (yaml.safe_dump({**OWN, "colour": "red"}), "colour"),
        (yaml.safe_dump({**OWN, "link_hosts": "panda.example.org"}), "link_hosts"),
        (yaml.safe_dump({"name": "Mine"}), "monitors"),
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
