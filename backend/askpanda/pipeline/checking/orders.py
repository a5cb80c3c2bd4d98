"""Whether a sentence sends the reader somewhere, or has them run something, on the word of a page, a log or a record.

What a log says may be quoted. What to open and what to run comes from our own advice, the catalogue and the documents only:
an order that somebody wrote into a job's log or onto a page stays data even where a model obeys it.
"""

import re
from collections.abc import Callable
from functools import cache

from askpanda.pipeline.kept import OWN, is_knowledge, pieces_of
from askpanda.pipeline.routing.rules import load

#: Sections that tell what to do: all that stands there is meant to be done.
ADVICE = frozenset({"user.recommendations", "expert.steps"})
_SECTION = re.compile(r"^## ([\w.]+)\n(.*?)(?=^## |\Z)", re.S | re.M)
_CODE = re.compile(r"```[^\n]*\n(.*?)(?:```|$)|`([^`\n]+)`", re.S)
_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s)>\]\"'`]+|\bwww\.[^\s)>\]\"'`]+|\b[\w-]+(?:\.[\w-]+)+/[^\s)>\]\"'`]+", re.I)


@cache
def _rules() -> tuple[re.Pattern[str], re.Pattern[str]]:
    rules = load("orders")
    return re.compile("|".join(rules["verbs"]), re.I), re.compile("|".join(rules["commands"]), re.I)


def advice_of(evidence: str) -> str:
    """The pieces of a prompt's evidence that may tell people what to do."""
    kept: list[str] = []
    for label, text in pieces_of(evidence):
        if is_knowledge(label):
            kept.append(text)
        elif label == OWN:
            kept += [body for name, body in _SECTION.findall(text) if name in ADVICE]
    return "\n".join(kept)


def foreign_orders(sentence: str, section: str, advice: Callable[[str], bool], allowed: Callable[[str], bool]) -> list[str]:
    """The commands and addresses that the reader is sent to by nobody of ours; `advice` looks a text up in what is ours."""
    verbs, commands = _rules()
    wrong: list[str] = []
    for fenced, span in _CODE.findall(sentence):
        code = (fenced or span).strip()
        if commands.search(code) and not all(advice(line) for line in code.splitlines() if line.strip()):
            wrong.append(code)
    if section in ADVICE or verbs.search(sentence):
        addresses = [address.rstrip(".,;:!?") for address in _ADDRESS.findall(sentence)]
        wrong += [address for address in addresses if not allowed(address) and not advice(address)]
    return wrong
