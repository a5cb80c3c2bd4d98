"""The long quiet part of a program's output, made from the collections' filler.yaml (the second author's head says how)."""

import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

_WORD = re.compile(r"<<([^<>]+)>>")


@cache
def fills() -> dict[str, dict[str, Any]]:
    """What can be printed, by name."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(Path(__file__).parent.parent.glob("*/filler.yaml")):
        found |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def fill(random: Random, name: str, *words: str) -> list[str]:
    """The lines of `@name words`. KeyError for a name or a word that is not there."""
    form = fills()[name]
    given = {str(place): word for place, word in enumerate(words, 1)}
    rounds = int(words[0]) if words and words[0].isdigit() else 0
    lines = [_put(line, given, random) for line in form.get("head", [])]
    for number in range(rounds):
        lines += _round(form, given | {"n": str(number), "m": str(number + 1)}, random)
    return lines + [_put(line, given, random) for line in form.get("tail", [])]


def _round(form: dict[str, Any], words: dict[str, str], random: Random) -> list[str]:
    words |= {name: _drawn(how, random) for name, how in form.get("words", {}).items()}
    lines = [random.choice(form["one_of"])] if "one_of" in form else list(form.get("each", []))
    if random.random() < form.get("rate", 0):
        lines[-1:-1] = random.choice(form["sometimes"]).split("\n")
    return [_put(line, words, random) for line in lines]


def _put(line: str, words: dict[str, str], random: Random) -> str:
    def word(found: re.Match[str]) -> str:
        name, _, width = found[1].partition(":")
        if name in words:
            return f"{words[name]:<{width[1:]}}" if width.startswith("-") else f"{words[name]:>{width or 0}}"
        return _drawn(found[1], random)

    return _WORD.sub(word, line)


def _drawn(how: str, random: Random) -> str:
    kind, _, rest = how.partition(":")
    if kind == "pick":
        return random.choice(rest.split("|"))
    low, high = rest.split(":")
    if kind == "int":
        return str(random.randint(int(low), int(high)))
    if kind == "flt":
        return f"{random.uniform(float(low), float(high)):.4f}"
    raise KeyError(how)
