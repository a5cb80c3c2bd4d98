"""An experiment is a file of settings: its monitors, what an answer may link to, its words, and what it does not have."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from askpanda.errors import ConfigurationError

#: The ones that come with the product; any other is a file of one's own.
KNOWN = ("atlas", "rubin", "epic", "panda")


class Instead(BaseModel):
    """How one action is done here; what is left out is done as everywhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str | None = None
    job: str | None = None
    who: str | None = None
    note: str | None = None


class Experiment(BaseModel):
    """`topics` are words that a question may be about; a sentence of ours that names one of `absent` does not hold here.

    `cric` is the address of a list of queues; without one the monitor's own list is read. `documents` are what
    `askpanda index add` takes. `instead` is keyed by the actions of `pipeline/rules/actions.yaml`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    monitors: list[str]
    link_hosts: list[str]
    cric: str = ""
    documents: list[str] = []
    topics: list[str] = []
    absent: list[str] = []
    instead: dict[str, Instead] = {}

    @property
    def greeting(self) -> str:
        """` of Rubin`, nothing for ATLAS and for PanDA alone."""
        return "" if self.name in ("ATLAS", "PanDA") else f" of {self.name}"


@cache
def load(wanted: str) -> Experiment:
    """The experiment of a word (`KNOWN`) or of a file. Raises ConfigurationError, in one line, for what cannot be used."""
    try:
        text = _text(wanted)
        return Experiment.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"ASKPANDA_EXPERIMENT={wanted!r} is neither one of {', '.join(KNOWN)} nor a file that can be read."
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"ASKPANDA_EXPERIMENT: {wanted}{where} is not YAML: see docs/experiments.md.") from error
    except ValidationError as error:
        one = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(map(str, one["loc"])) or "the file"
        raise ConfigurationError(f"ASKPANDA_EXPERIMENT: {wanted}: {name}: {one['msg']}. See docs/experiments.md.") from error


def _text(wanted: str) -> str:
    if wanted in KNOWN:
        return files("askpanda.experiments").joinpath(f"{wanted}.yaml").read_text(encoding="utf-8")
    path = Path(wanted).expanduser()
    if path.suffix not in (".yaml", ".yml") or path.stat().st_size > 1 << 20:
        raise OSError(wanted)
    return path.read_text(encoding="utf-8")
