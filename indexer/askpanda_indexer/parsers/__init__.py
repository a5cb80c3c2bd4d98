"""One parser a format. `parse` chooses by the file's name."""

from collections.abc import Callable
from pathlib import PurePosixPath

from askpanda_indexer.page import Page

Parser = Callable[[str, str], Page]


def _rst(text: str, name: str) -> Page:
    # docutils takes a while to import: only where there is reStructuredText.
    from askpanda_indexer.parsers.rst import parse_rst

    return parse_rst(text, name)


def _markdown(text: str, name: str) -> Page:
    from askpanda_indexer.parsers.markdown import parse_markdown

    return parse_markdown(text, name)


def _html(text: str, name: str) -> Page:
    from askpanda_indexer.parsers.html import parse_html

    return parse_html(text, name)


def _plain(text: str, name: str) -> Page:
    from askpanda_indexer.parsers.plain import parse_plain

    return parse_plain(text, name)


def _openapi(text: str, name: str) -> Page:
    from askpanda_indexer.parsers.openapi import parse_openapi

    return parse_openapi(text, name)


BY_NAME: dict[str, Parser] = {"rst": _rst, "markdown": _markdown, "html": _html, "plain": _plain, "openapi": _openapi}
BY_ENDING: dict[str, Parser] = {
    ".rst": _rst, ".rest": _rst, ".md": _markdown, ".markdown": _markdown, ".html": _html, ".htm": _html, ".xhtml": _html,
    ".txt": _plain, ".text": _plain,
}  # fmt: skip


def parser_for(name: str) -> Parser | None:
    """The parser for a file of this name; None where its kind is not read."""
    return BY_ENDING.get(PurePosixPath(name).suffix.lower())
