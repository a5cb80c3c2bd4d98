"""The corpus as sources: guides, the error catalogue (one passage an entry), the glossary (one passage a term)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import yaml
from haystack.dataclasses import Document

from askpanda_indexer.reading import Skipped
from askpanda_indexer.sources import FolderSource, Item, Source, SourceFailed, instant

_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _as_of() -> str:
    """The date that catalogue and glossary give themselves."""
    about = yaml.load(files("askpanda_corpus").joinpath("about.yaml").read_text("utf-8"), Loader=_YAML)  # noqa: S506 - safe
    return instant(str(about["as_of"]))


def corpus_sources() -> list[Source]:
    """Everything that comes with the product."""
    with as_file(files("askpanda_corpus").joinpath("guides")) as folder:
        guides = FolderSource("guides", "corpus/guides", Path(folder), endings=[".md"])
    return [guides, ErrorSource(), GlossarySource()]


@dataclass(slots=True)
class ErrorSource:
    """Every entry of the error catalogue as one passage, headed `Error codes > COMPONENT > CODE NAME`."""

    name: str = "errors"
    place: str = "corpus/errors"

    def prepare(self) -> None:
        return None

    def items(self) -> Iterator[Item | Skipped]:
        from askpanda.catalogue import load

        catalogue = load()
        for component in catalogue.components():
            for entry in catalogue.component(component):
                data = {name: getattr(entry, name) for name in _entry_fields(entry)} | {"source_url": entry.source_url}
                group = f"{entry.group}/" if entry.group else ""
                yield Item(f"{entry.component}/{group}{entry.code}", json.dumps(data, default=str).encode())

    def documents(self, item: Item, data: bytes, digest: str) -> tuple[list[Document], list[str]]:
        entry = json.loads(data)
        section, text = entry_text(entry)
        meta = {
            "path": f"errors/{item.path}", "section": section,
            "title": f"{entry['component']} {entry['code']} {entry['name']}".strip(),
            "url": str(entry.get("source_url") or ""), "source": self.name, "as_of": _as_of(),
            "kind": "error", "hash": digest, "component": entry["component"], "code": entry["code"],
        }  # fmt: skip
        return [Document(id=f"errors/{item.path}#0", content=f"{section}\n\n{text}", meta=meta)], []


def _entry_fields(entry: Any) -> list[str]:
    return list(getattr(entry, "__dataclass_fields__", None) or type(entry).model_fields)


def entry_text(entry: dict[str, Any]) -> tuple[str, str]:
    """Heading path and text of one catalogue entry."""
    component = str(entry["component"])
    group = f" > {entry['group']}" if entry.get("group") else ""
    section = f"Error codes > {component}{group} > {entry['code']} {entry['name']}".rstrip()
    whose = {"user": "the user's job", "site": "the site", "ddm": "data management", "system": "a central service"}
    lines = [f"{component} error {entry['code']} ({entry['name']}): {entry['message']}"]
    if entry.get("aliases"):
        lines.append("Also called " + ", ".join(str(alias) for alias in entry["aliases"]) + ".")
    for field, label in (("meaning", "Meaning"), ("raised", "Raised")):
        if entry.get(field):
            lines.append(f"{label}: {entry[field]}")
    if entry.get("causes"):
        lines.append("Likely causes:\n" + "\n".join(f"- {cause}" for cause in entry["causes"]))
    if entry.get("user"):
        lines.append("What a user can do:\n" + "\n".join(f"- {step}" for step in entry["user"]))
    if entry.get("expert"):
        lines.append("What an expert checks:\n" + "\n".join(f"- {step}" for step in entry["expert"]))
    facts = []
    if entry.get("party") in whose:
        facts.append(f"The problem is with {whose[entry['party']]}.")
    if entry.get("transient") is not None:
        facts.append("It may pass by itself." if entry["transient"] else "It does not pass by itself.")
    if facts:
        lines.append(" ".join(facts))
    return section, "\n\n".join(lines)


@dataclass(slots=True)
class GlossarySource:
    """Every term of the glossary as one passage, headed `Glossary > TERM`."""

    name: str = "glossary"
    place: str = "corpus/glossary.yaml"

    def prepare(self) -> None:
        return None

    def items(self) -> Iterator[Item | Skipped]:
        file = files("askpanda_corpus").joinpath("glossary.yaml")
        if not file.is_file():
            return
        try:
            entries = yaml.load(file.read_text("utf-8"), Loader=_YAML)  # noqa: S506 - a safe loader, in C where there is one
        except yaml.YAMLError as error:
            raise SourceFailed(f"glossary: {self.place} is no YAML ({str(error).splitlines()[0]}).") from error
        for entry in entries or []:
            if isinstance(entry, dict) and entry.get("term") and entry.get("definition"):
                name = "".join(c if c.isalnum() else "-" for c in str(entry["term"]).lower()).strip("-")
                yield Item(name, json.dumps(entry, default=str).encode())

    def documents(self, item: Item, data: bytes, digest: str) -> tuple[list[Document], list[str]]:
        entry = json.loads(data)
        term = str(entry["term"])
        aliases = [str(alias) for alias in entry.get("aliases") or []]
        also = f" (also {', '.join(aliases)})" if aliases else ""
        section = f"Glossary > {term}"
        source = str(entry.get("source") or entry.get("url") or "")
        meta = {
            "path": f"glossary/{item.path}", "section": section, "title": term, "source": self.name, "as_of": _as_of(),
            "url": source if source.startswith(("https://", "http://")) else "", "kind": "document", "hash": digest,
        }  # fmt: skip
        content = f"{section}\n\n{term}{also}: {entry['definition']}"
        return [Document(id=f"glossary/{item.path}#0", content=content, meta=meta)], []
