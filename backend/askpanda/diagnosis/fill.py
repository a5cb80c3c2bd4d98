"""Sentences with values: what a rule read from its line, with units, and nothing that was not read."""

import re
from typing import Any

from askpanda.diagnosis.rules import Rule
from askpanda.schema.values import duration, megabytes, size

_NAME = re.compile(r"\{(\w+)\}")
_OPENED = {")": "(", "]": "[", "}": "{", ">": "<"}


def values_of(rule: Rule, text: str) -> dict[str, str]:
    """The named values of a line, and what follows from them: `peak_kb` gives `peak_mb`, `size_b` gives `size`."""
    if rule.read is None:
        return {}
    match = rule.read.search(text)
    if match is None:
        return {}
    values: dict[str, str] = {}
    for name, value in match.groupdict().items():
        if value:
            values[name] = _trimmed(value)
    for name, value in list(values.items()):
        if name.endswith("_kb") and value.isdigit():
            values[name.removesuffix("_kb") + "_mb"] = str(megabytes(int(value)))
        elif name.endswith("_b") and value.isdigit():
            values[name.removesuffix("_b")] = size(int(value))
        elif name == "seconds" and value.isdigit():
            values["time"] = duration(int(value))
    return values


def _trimmed(value: str) -> str:
    """Without the punctuation that closes what stands around it: quotes and brackets that the value did not open."""
    while value:
        last = value[-1]
        lonely = (last in "'\"" and value.count(last) % 2) or (
            last in _OPENED and value.count(last) > value.count(_OPENED[last])
        )
        if last not in " \t,;:" and not lonely:
            break
        value = value[:-1]
    return value


def sentence(templates: tuple[str, ...], values: dict[str, Any]) -> str:
    """The first template whose names are all known, filled; "" where none is."""
    for text in templates:
        names = _NAME.findall(text)
        if all(values.get(name) for name in names):
            filled = _NAME.sub(lambda match: str(values[match[1]]), text).strip()
            return filled if filled.endswith((".", "!", "?", "…")) else filled + "."
    return ""
