"""What the heading of a table's column says of the numbers below it."""

import re

from askpanda.pipeline.checking.names import said_of
from askpanda.pipeline.checking.vocabulary import table


def head(column: str) -> tuple[str, float, str, str]:
    """(kind, scale, state, measure) of a table's column."""
    found = said_of(column, {"count", "time", "bytes", "date"})
    state = found["state"][0][2] if found.get("state") else ""
    unit = re.search(r"\((h|s|%|MB|GB)\)", column)
    noun = table().any_noun.search(column)
    if unit:
        kind, scale = table().units[unit[1].casefold()]
        return kind, scale, "", next((name for _, _, name in found.get(f"attr/{kind}", [])), "")
    times = next((name for _, _, name in found.get("attr/date", [])), "")
    return (noun.lastgroup or "") if noun else "", 1.0, state, times
