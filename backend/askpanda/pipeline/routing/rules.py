"""The rules as data: read once, compiled once. `concepts_in` says which concepts a folded question names."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def load(name: str) -> Any:
    """One file of `pipeline/rules`, parsed."""
    return yaml.safe_load(files("askpanda.pipeline").joinpath("rules", f"{name}.yaml").read_text(encoding="utf-8"))


def warm_up() -> None:
    """Reads and compiles everything now rather than at the first question (a quarter of a second)."""
    concepts()
    names = ("intents", "derived", "entities", "ellipsis", "reference", "spelling", "checking", "states")
    for name in (*names, "actions", "job_facts", "queue_fields", "queue_words"):
        load(name)


@cache
def concepts() -> dict[str, re.Pattern[str]]:
    """Concept → one pattern for all its languages, those of talk and the topic words `specific` and `generic` among them."""
    table = {**load("concepts"), **load("talk"), **load("topics")}
    return {name: re.compile("|".join(patterns)) for name, patterns in table.items()}


def concepts_in(folded: str) -> set[str]:
    """Every concept that the folded text names."""
    return {name for name, pattern in concepts().items() if pattern.search(folded)}


def holds(rule: dict[str, Any], known: set[str]) -> bool:
    """Whether a rule's `all`, `any` and `none` agree with what is known."""
    if not all(word in known for word in rule.get("all", ())) or any(word in known for word in rule.get("none", ())):
        return False
    options = rule.get("any")
    return options is None or any(word in known for word in options)


def derive(known: set[str]) -> None:
    """Adds the concepts of derived.yaml to `known`."""
    for rule in load("derived"):
        if holds(rule, known):
            known.add(rule["concept"])
