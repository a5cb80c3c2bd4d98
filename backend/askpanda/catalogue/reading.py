"""From the corpus's YAML files to entries.

Parsing a megabyte of YAML takes a good part of a second, so the parsed form is kept beside the files the way Python
keeps its bytecode: in `__pycache__`, valid for exactly the bytes it was made from, and never needed.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import MISSING, fields
from hashlib import blake2b
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_args

import yaml

from askpanda.catalogue.entry import SCRIPTS, Category, Entry
from askpanda.catalogue.names import COMPONENTS
from askpanda.errors import ConfigurationError
from askpanda.schema.answer import Advice, Party

FORMAT = "2"
"""Counted up when `Entry` or the checks change, so that parsed forms of an older program are not believed."""

_LISTS = ("aliases", "causes", "user", "expert", "scenarios", "prevention", "log_keys", "see_also")
_TEXTS = ("group", "name", "message", "meaning", "raised", "source")
_REQUIRED = {"code", "message", "category", "party", "transient", "retry", "meaning", "source"}
_CHOICES: dict[str, tuple[Any, ...]] = {
    "category": get_args(Category),
    "party": get_args(Party),
    "retry": get_args(Advice),
    "transient": (True, False, None),
    "group": ("", *SCRIPTS),
}
_FIELDS = {field.name for field in fields(Entry)}
_SEE_ALSO = re.compile(rf"(?:{'|'.join(COMPONENTS)}):\d+")


def read_entries(folder: Traversable) -> list[Entry]:
    """All entries of the YAML files in `folder`, in no particular order.

    Raises ConfigurationError, naming file and code, for a file that cannot be read or breaks the rules of `Entry`.
    """
    try:
        sources = sorted(
            (item.name, item.read_bytes()) for item in folder.iterdir() if item.name.endswith(".yaml") and item.is_file()
        )
    except OSError as error:
        raise ConfigurationError(f"The error catalogue cannot be read: {error}. Reinstall askpanda.") from error
    digest = blake2b(FORMAT.encode(), digest_size=16)
    for name, content in sources:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    kept = folder / "__pycache__" / "errors.json" if isinstance(folder, Path) else None
    entries = _recall(kept, digest.hexdigest()) if kept else None
    if entries is None:
        entries = [entry for name, content in sources for entry in _parse(name, content)]
        if kept:
            _keep(kept, digest.hexdigest(), entries)
    return entries


def _recall(path: Path, digest: str) -> list[Entry] | None:
    try:
        kept = json.loads(path.read_bytes())
        if kept["digest"] != digest:
            return None
        return [Entry(*values) for values in kept["entries"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, digest: str, entries: list[Entry]) -> None:
    names = [field.name for field in fields(Entry)]
    body = {"digest": digest, "entries": [[getattr(entry, name) for name in names] for entry in entries]}
    # A read-only installation, or a full disk, costs time at the next start and nothing else.
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".errors-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(body, file, ensure_ascii=False)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def _parse(name: str, content: bytes) -> Iterator[Entry]:
    try:
        document = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe)
    except (yaml.YAMLError, UnicodeError) as error:
        raise ConfigurationError(f"The error catalogue's file {name} is not YAML: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("entries"), list):
        raise ConfigurationError(f"The error catalogue's file {name} wants `component` and a list `entries`.")
    if document.get("component") not in COMPONENTS:
        raise ConfigurationError(f"{name}: component {document.get('component')!r} is not one of {', '.join(COMPONENTS)}.")
    for raw in document["entries"]:
        fault = _fault(raw)
        if fault:
            code = raw.get("code") if isinstance(raw, dict) else raw
            raise ConfigurationError(f"{name}, code {code!r}: {fault}")
        yield Entry(**{field: _value(field, raw, document["component"]) for field in _FIELDS})


def _value(field: str, raw: dict[str, Any], component: str) -> Any:
    if field == "component":
        return component
    if field in _LISTS:
        return list(raw.get(field, []))
    return raw.get(field, False if field == "legacy" else "")


def _fault(raw: Any) -> str | None:
    """What is wrong with one raw entry, as the end of a sentence."""
    if not isinstance(raw, dict):
        return "an entry is a mapping of fields."
    if odd := sorted(str(field) for field in raw if field not in _FIELDS or field == "component"):
        return f"unknown field {', '.join(odd)}."
    if missing := sorted(_REQUIRED - raw.keys()):
        return f"{', '.join(missing)} missing."
    if type(raw["code"]) is not int or raw["code"] < 1:
        return "the code is a positive number."
    if type(raw.get("legacy", False)) is not bool:
        return "legacy is true or false."
    for field in _TEXTS:
        if not isinstance(raw.get(field, ""), str):
            return f"{field} is a text."
    for field in _LISTS:
        items = raw.get(field, [])
        if not isinstance(items, list) or not all(isinstance(item, str) and item.strip() for item in items):
            return f"{field} is a list of texts."
    for field, choices in _CHOICES.items():
        if field in raw and not any(raw[field] is choice or raw[field] == choice for choice in choices):
            return f"{field} {raw[field]!r} is not one of {', '.join(map(str, choices))}."
    for other in raw.get("see_also", []):
        if not _SEE_ALSO.fullmatch(other):
            return f"see_also wants component:code, not {other!r}."
    if not raw["message"].strip() or not raw["meaning"].strip():
        return "message and meaning are not empty."
    return None


assert all(field.default is MISSING for field in fields(Entry)), "positional parsed forms need every field"
