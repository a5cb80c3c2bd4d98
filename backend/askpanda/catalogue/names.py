"""What people and job records call the components, and what the monitor calls them."""

import re

from askpanda.catalogue.entry import SCRIPTS

COMPONENTS = (
    "pilot", "executor", "transform", "dataservice", "jobdispatcher", "taskbuffer", "brokerage", "supervisor",
    "athena", "pilotexit", "wrapper",
)  # fmt: skip
"""The monitor's components, most telling first, then those that it does not list."""

_OTHER_NAMES = {
    "executor": "exe exec execution payload usercode userscript wnscript wnscripts workernodescript",
    "transform": "trans trf transformation transexit",
    "dataservice": "ddm datamanagement distributeddatamanagement adder setupper",
    "jobdispatcher": "dispatcher jobdispatch watcher",
    "taskbuffer": "buffer",
    "brokerage": "broker jobbrokerage",
    "supervisor": "sup harvester harvesterworker worker batchsystem",
    "athena": "athenaexit",
    "pilotexit": "pilotshell pilotshellexit pilotprocess",
    "wrapper": "pilotwrapper",
}
# What may stand after a component's name without changing it: "pilot error codes", "piloterrorcode", "superrordiag".
_TAIL = re.compile(r"(?:errors?|error)?(?:codes?|diags?|numbers?|messages?)?$")


def _fold(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


_LOOKUP: dict[str, tuple[str, str]] = {name: (name, "") for name in COMPONENTS}
_LOOKUP |= {other: (name, "") for name, others in _OTHER_NAMES.items() for other in others.split()}
_LOOKUP |= {_fold(script): ("executor", script) for script in SCRIPTS}


def resolve(name: str) -> tuple[str, str] | None:
    """The component, and the worker-node script if `name` is one: `exe` → `("executor", "")`, `runGen` →
    `("executor", "runGen")`, `task buffer` → `("taskbuffer", "")`, `superrorcode` → `("supervisor", "")`.

    None for a name that means no component.
    """
    folded = _fold(name)
    return _LOOKUP.get(folded) or _LOOKUP.get(_TAIL.sub("", folded))
