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


def _mbox(text: str, name: str) -> Page:
    from askpanda_indexer.parsers.mail import parse_mbox

    return parse_mbox(text, name)


def _csv(text: str, name: str) -> Page:
    from askpanda_indexer.parsers.exports import parse_csv

    return parse_csv(text, name)


def _data(text: str, name: str) -> Page:
    from askpanda_indexer.parsers.data import parse_data

    return parse_data(text, name)


def _codes(text: str, name: str) -> Page:
    from askpanda_indexer.parsers.codes import parse_codes

    return parse_codes(text, name)


def _pdf(data: bytes, name: str) -> Page:
    from askpanda_indexer.parsers.pdf import parse_pdf

    return parse_pdf(data, name)


BY_NAME: dict[str, Parser] = {
    "rst": _rst, "markdown": _markdown, "html": _html, "plain": _plain, "openapi": _openapi,
    "mbox": _mbox, "csv": _csv, "data": _data, "codes": _codes,
}  # fmt: skip
BY_ENDING: dict[str, Parser] = {
    ".rst": _rst, ".rest": _rst, ".md": _markdown, ".markdown": _markdown, ".html": _html, ".htm": _html, ".xhtml": _html,
    ".txt": _plain, ".text": _plain, ".mbox": _mbox, ".mbx": _mbox, ".csv": _csv, ".json": _data,
}  # fmt: skip

#: Read where somebody names the very file; in a folder such files are programs and settings.
BY_ENDING_ALONE: dict[str, Parser] = {".py": _codes, ".yaml": _openapi, ".yml": _openapi}

#: What is no text: these get the bytes.
BINARY: dict[str, Callable[[bytes, str], Page]] = {".pdf": _pdf}
#: Endings that are read in a folder.
ENDINGS = [*BY_ENDING, *BINARY]


def parser_for(name: str, alone: bool = False) -> Parser | None:
    """The parser for a file of this name, `alone` where it was named itself; None where its kind is not read."""
    ending = PurePosixPath(name).suffix.lower()
    return BY_ENDING.get(ending) or (BY_ENDING_ALONE.get(ending) if alone else None)
