"""OpenAPI descriptions: a section an operation, with its parameters as a table."""

from collections.abc import Mapping
from typing import Any

import yaml

from askpanda_indexer.page import Block, Page, Section, Unreadable
from askpanda_indexer.parsers.grid import markdown_table

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_openapi(text: str, name: str) -> Page:
    """YAML or JSON, version 2 or 3. Raises Unreadable where it is neither."""
    try:
        data = yaml.load(text, Loader=_YAML)  # noqa: S506 - a safe loader, in C where there is one
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable("it is no YAML or JSON") from error
    if not isinstance(data, Mapping) or not isinstance(data.get("paths"), Mapping):
        raise Unreadable("it is no OpenAPI description (no `paths`)")
    info = _mapping(data.get("info"))
    title = str(info.get("title") or name)
    first = Section([title])
    if said := str(info.get("description") or "").strip():
        first.blocks.append(Block("text", said))
    page = Page(title, [first])
    for path, operations in data["paths"].items():
        for method, operation in _mapping(operations).items():
            if method in _METHODS and isinstance(operation, Mapping):
                page.sections.append(_operation(title, str(method), str(path), operation))
    page.sections = [section for section in page.sections if section.blocks]
    return page


def _operation(title: str, method: str, path: str, operation: Mapping[str, Any]) -> Section:
    tags = [str(tag) for tag in operation.get("tags") or []][:1]
    section = Section([title, *tags, f"{method.upper()} {path}"])
    for key in ("summary", "description"):
        if said := str(operation.get(key) or "").strip():
            section.blocks.append(Block("text", said))
    rows = [["Parameter", "In", "Type", "Required", "Meaning"]]
    for parameter in operation.get("parameters") or []:
        p = _mapping(parameter)
        kind = p.get("type") or _mapping(p.get("schema")).get("type") or ""
        required = "yes" if p.get("required") else "no"
        rows.append([str(p.get("name", "")), str(p.get("in", "")), str(kind), required, str(p.get("description") or "")])
    for media in _mapping(_mapping(operation.get("requestBody")).get("content")).values():
        schema = _mapping(_mapping(media).get("schema"))
        needed = schema.get("required") or []
        for field, about in _mapping(schema.get("properties")).items():
            a = _mapping(about)
            required = "yes" if field in needed else "no"
            rows.append([str(field), "body", str(a.get("type", "")), required, str(a.get("description") or "")])
    if len(rows) > 1:
        section.blocks.append(Block("table", markdown_table(rows)))
    answers = [
        f"- {status}: {_mapping(answer).get('description') or ''}".rstrip(": ")
        for status, answer in _mapping(operation.get("responses")).items()
    ]
    if answers:
        section.blocks.append(Block("list", "\n".join(["Responses:", *answers])))
    return section


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
