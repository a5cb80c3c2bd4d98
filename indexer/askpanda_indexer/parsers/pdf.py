"""PDF: the text of each page, headed by the bookmarks where there are some."""

import io
import logging
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from askpanda_indexer.page import Block, Page, Section, Unreadable

#: Pages that are read; a longer document is said to be cut.
MOST_PAGES = 1500
#: Characters of one page: more is a drawing made of letters.
LONGEST_PAGE = 40_000

_GAP = re.compile(r"\n\s*\n+")
_HYPHEN = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_NUMBERS = re.compile(r"\d+")


def parse_pdf(data: bytes, name: str) -> Page:
    """Raises Unreadable for what is encrypted, broken, or pictures of text only."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise Unreadable("PDF is read with the package pypdf, which is not installed") from error
    # Its remarks on other people's files are nothing that the reader of the report can change.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("it is encrypted")
        pages = [page.extract_text()[:LONGEST_PAGE] for page in reader.pages[:MOST_PAGES]]
        marks = _bookmarks(reader)
        total = len(reader.pages)
        title = str((reader.metadata.title if reader.metadata else "") or "").strip()
        date = reader.metadata.modification_date or reader.metadata.creation_date if reader.metadata else None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError, NotImplementedError) as error:
        raise Unreadable(f"it is no PDF that can be read ({type(error).__name__})") from error
    title = title if len(title) > 3 else PurePosixPath(name).stem
    sections = _sections(title, [_text(page) for page in _without_running_heads(pages)], marks)
    if not sections:
        raise Unreadable("there is no text in it, only pictures")
    cut = [f"only its first {MOST_PAGES} of {total} pages are read"] if total > MOST_PAGES else []
    return Page(title, sections, cut, as_of=date.strftime("%Y-%m-%d") if date else "")


def _bookmarks(reader: Any) -> dict[int, list[tuple[int, str]]]:
    """(level, title) of the bookmarks by the number of their page."""
    found: dict[int, list[tuple[int, str]]] = {}

    def walk(nodes: list[Any], level: int) -> None:
        for node in nodes:
            if isinstance(node, list):
                if level < 6:
                    walk(node, level + 1)
            elif (number := reader.get_destination_page_number(node)) is not None and str(node.title or "").strip():
                found.setdefault(number, []).append((level, " ".join(str(node.title).split())))

    try:
        walk(reader.outline, 0)
    except Exception:  # a damaged table of contents costs the headings, not the text
        return {}
    return found


def _without_running_heads(pages: list[str]) -> list[str]:
    """Pages without the first and last lines that most of them have in common, page numbers set aside."""
    edges: Counter[str] = Counter()
    split = [page.strip().split("\n") for page in pages]
    for lines in split:
        edges.update({_NUMBERS.sub("#", line.strip()) for line in (*lines[:2], *lines[-2:]) if line.strip()})
    often = {line for line, count in edges.items() if len(pages) >= 4 and count > len(pages) / 2}
    kept = []
    for lines in split:
        middle = range(2, len(lines) - 2)
        kept.append("\n".join(x for i, x in enumerate(lines) if i in middle or _NUMBERS.sub("#", x.strip()) not in often))
    return kept


def _text(page: str) -> str:
    return _HYPHEN.sub("", page.replace("\x00", ""))


def _sections(title: str, pages: list[str], marks: dict[int, list[tuple[int, str]]]) -> list[Section]:
    sections: list[Section] = []
    path: list[tuple[int, str]] = []
    for number, text in enumerate(pages):
        for level, heading in marks.get(number, ()):
            path = [known for known in path if known[0] < level] + [(level, heading)]
        headings = [title, *(heading for _, heading in path if heading != title)] if path else [title, f"Page {number + 1}"]
        blocks = [Block("text", " ".join(part.split())) for part in _GAP.split(text) if part.strip()]
        if blocks:
            # Readers open a PDF at a page by this fragment.
            sections.append(Section(headings, f"page={number + 1}", blocks))
    return sections
