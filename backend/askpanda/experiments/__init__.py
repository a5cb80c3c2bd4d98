"""An experiment is a file of settings: its monitors, what an answer may link to, its words, and what it does not have."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from askpanda.errors import ConfigurationError

#: The ones that come with the product; any other is a file of one's own.
KNOWN = ("atlas", "rubin", "epic", "panda")
#: What people ask to be done (`pipeline/rules/actions.yaml`).
Action = Literal["kill", "retry", "change", "reassign", "delete", "set_queue_status"]
#: Whose problem something is; `any` stands for those that are not named.
Whose = Literal["user", "site", "ddm", "system", "unknown", "any"]
_LARGEST = 1 << 20
_ADDRESS = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.I)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+|\[[0-9a-f:.]+\]", re.I)


def _monitor(text: str) -> str:
    if not _ADDRESS.fullmatch(text.rstrip("/")):
        raise ValueError(f"{text!r} is no monitor's address; write https://host or https://host:port")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no host; write its name alone, such as panda.example.org")
    return text


def _url(text: str) -> str:
    if text and not re.match(r"https?://[^\s/]+", text):
        raise ValueError(f"{text!r} is no address; write https://… or leave it empty")
    return text


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
    `askpanda index add` takes. `contacts` are sentences on whom to tell, by whose problem it is. `instead` is keyed by the
    actions of `pipeline/rules/actions.yaml`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60)
    monitors: list[Annotated[str, AfterValidator(_monitor)]] = Field(min_length=1)
    link_hosts: list[Annotated[str, AfterValidator(_host)]]
    cric: Annotated[str, AfterValidator(_url)] = ""
    documents: list[str] = []
    topics: list[str] = []
    absent: list[str] = []
    contacts: dict[Whose, str] = {}
    instead: dict[Action, Instead] = {}

    @property
    def greeting(self) -> str:
        """` of Rubin`, nothing for ATLAS and for PanDA alone."""
        return "" if self.name in ("ATLAS", "PanDA") else f" of {self.name}"

    def contact(self, whose: str) -> str:
        """Whom to tell here of a problem of a party; "" where the file says nothing."""
        return next((text for key, text in self.contacts.items() if key == whose), self.contacts.get("any", ""))


@cache
def load(wanted: str) -> Experiment:
    """The experiment of a word (`KNOWN`) or of a file. Raises ConfigurationError, in one line, for what cannot be used."""
    text = _text(wanted)
    try:
        return Experiment.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"ASKPANDA_EXPERIMENT: {wanted}{where} is not YAML: see docs/experiments.md.") from error
    except ValidationError as error:
        one = error.errors(include_input=False, include_url=False)[0]
        line = _line(text, one["loc"])
        where = f", line {line}" if line else ""
        raise ConfigurationError(f"ASKPANDA_EXPERIMENT: {wanted}{where}: {_said(one)} See docs/experiments.md.") from error


def _text(wanted: str) -> str:
    if wanted in KNOWN:
        return files("askpanda.experiments").joinpath(f"{wanted}.yaml").read_text(encoding="utf-8")
    try:
        path = Path(wanted).expanduser()
        size = path.stat().st_size if path.is_file() else None
        if size is not None and size <= _LARGEST and path.suffix in (".yaml", ".yml"):
            return path.read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigurationError(_refusal(wanted, "nor a file that can be read")) from error
    if size is None:
        why = "nor a file that can be read"
    elif path.suffix not in (".yaml", ".yml"):
        why = "nor a file whose name ends in .yaml"
    else:
        why = "nor a file of settings: it is larger than 1 MB"
    raise ConfigurationError(_refusal(wanted, why))


def _refusal(wanted: str, why: str) -> str:
    return f"ASKPANDA_EXPERIMENT={wanted!r} is neither one of {', '.join(KNOWN)} {why}."


def _said(error: Mapping[str, Any]) -> str:
    """What is wrong with which field, in a sentence."""
    *before, last = [part for part in error["loc"] if part != "[key]"] or ["the file"]
    name = ".".join(map(str, (*before, last)))
    fields = Instead.model_fields if before and before[0] == "instead" else Experiment.model_fields
    match error["type"]:
        case "extra_forbidden":
            return f"there is no field {name}; there are {', '.join(fields)}."
        case "missing":
            return f"{name} is missing."
        case "literal_error":
            return f"{before[0] if before else name} has no {last!r}; there are {error['ctx']['expected']}."
        case "value_error":
            return f"{name}: {error['ctx']['error']}."
        case _:
            return f"{name}: {error['msg']}."


def _line(text: str, place: Sequence[Any]) -> int:
    """The line of a field, from 1; that of the nearest thing around it where it is missing, 0 where there is nothing."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = node.start_mark.line + 1 if place and node is not None else 0
    found = False
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                break
            line, node, found = pair[0].start_mark.line + 1, pair[1], True
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line if found else 0
