"""Whose monitor it is: ATLAS's, or another deployment of the same code with jobs, queues, names and a log store of its own.

What differs by deployment was read in panda-bigmon-core (core/settings/config.py `DEPLOYMENT`, `MON_VO`, `LOGS_PROVIDER`;
core/views.py; core/filebrowser): the VO in titles and cells, the menu, where the queues come from, where the logs lie.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Data = dict[str, Any]
HERE = Path(__file__).parent


#: Those of the public talks.
_SHOWN = {
    6519134287: "stage-in from a storage that redirects nowhere (pilot 1324)",
    6518760159: "the payload could not open its input files (pilot 1305, executor 2002, transform 223)",
    6800730400: "killed for using too much memory (pilot 1235)",
    6802258254: "the user's ROOT macro ran out of memory (pilot 1305, exit 220)",
    6715819744: "stage-out that timed out (pilot 1152)",
    6798544333: "a job that runs",
}


@dataclass(frozen=True)
class Shape:
    """One deployment. `home` holds its jobs/ and tasks/; `record` is what its jobs have where ATLAS's have something else."""

    name: str
    home: Path
    vo: str
    #: The name under which the real one answers.
    host: str
    viewer: str
    #: `rucio` (a tarball), `s3` (a folder of an object store) or `gs` (another one, which the file browser does not open);
    #: a queue's own `logs` wins, as it does where LOGS_PROVIDER is `cric`.
    logs: str = "rucio"
    #: Jobs to begin with, and what is the matter with each; the first one is the demo's.
    shown: dict[int, str] = field(default_factory=dict)
    #: The pilot's own module for the experiment (pilot3, pilot/user).
    pilot_user: str = "atlas"
    pandaserver: str = "pandaserver.cern.ch"
    record: Data = field(default_factory=dict)
    task: Data = field(default_factory=dict)
    sites: Data = field(default_factory=dict)
    #: What the list of queues holds of a queue beside `sites`.
    queues: Data = field(default_factory=dict)

    @property
    def atlas(self) -> bool:
        """ATLAS's pages have what the others have not, and its queues are in a CRIC beside the monitor."""
        return self.name == "atlas"


def _read(path: Path) -> Data:
    loaded: Data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@cache
def shape(name: str = "atlas") -> Shape:
    """`atlas`, or one of elsewhere/. FileNotFoundError for another name."""
    if name == "atlas":
        return Shape(
            name, HERE, "ATLAS", "bigpanda.cern.ch", "Lena Berg", shown=_SHOWN,
            sites=_read(HERE / "data" / "sites.yaml"), queues=_read(HERE / "data" / "cric.yaml"),
        )  # fmt: skip
    home = HERE / "elsewhere" / name
    return Shape(name=name, home=home, **_read(home / "monitor.yaml"))


NAMES = ("atlas", *sorted(path.parent.name for path in (HERE / "elsewhere").glob("*/monitor.yaml")))
