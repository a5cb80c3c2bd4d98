"""PDF: the text of each page, headed as its letters are set or as its bookmarks say."""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from askpanda_indexer.page import Block, Page, Section, Unreadable, code_block

#: Pages that are read; a longer document is said to be cut.
MOST_PAGES = 1500
#: Characters of one page: more is a drawing made of letters.
LONGEST_PAGE = 40_000
#: A heading's letters are so much larger than those of the text; it is so long at most.
LARGER, LONGEST_HEADING = 1.15, 100
#: With more headings than this share of all lines the document is a set of slides, and letters of all sizes mean nothing.
MOST_HEADINGS = 0.2
#: Lines in a row that are so much shorter than the column are rows of a table, commands or addresses.
SHORT, FEWEST_ROWS = 0.75, 3

_NUMBERS = re.compile(r"\d+")
_NUMBERED = re.compile(r"((?:[1-9]|[1-3]\d|[A-H])(?:\.\d{1,2}){0,4})\.?\s+(?=[A-Z])")
#: Dots that lead to a page's number: a table of contents repeats the headings and says nothing.
_LEADERS = re.compile(r"(?:\s*\.){5,}\s*\w*\s*\Z")
_BULLET = re.compile(r"\s*[•▪‣●○◦]\s*")
_MONO = re.compile(r"mono|courier|typewriter|consol|cmtt", re.IGNORECASE)


@dataclass(slots=True)
class _Line:
    """A line of a page with the size of its largest letters (points; 0: nothing is known) and the kind of all of them."""

    text: str = ""
    size: float = 0.0
    bold: bool = True
    mono: bool = True

    def add(self, text: str, size: float, font: str) -> None:
        self.text += text
        if text.strip():
            self.size = max(self.size, size)
            self.bold = self.bold and "bold" in font.lower()
            self.mono = self.mono and bool(_MONO.search(font))


#: Level (smaller is higher) and words of a heading.
_Heading = tuple[tuple[float, int], str]


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
        pages = [_lines(page) for page in reader.pages[:MOST_PAGES]]
        marks = _bookmarks(reader)
        total = len(reader.pages)
        title = str((reader.metadata.title if reader.metadata else "") or "").strip()
        date = reader.metadata.modification_date or reader.metadata.creation_date if reader.metadata else None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError, NotImplementedError) as error:
        raise Unreadable(f"it is no PDF that can be read ({type(error).__name__})") from error
    pages = _without_running_heads(pages)
    title = title if len(title) > 3 else _set_title(pages) or PurePosixPath(name).stem
    sections = _sections(title, pages, marks)
    if not sections:
        raise Unreadable("there is no text in it, only pictures")
    cut = [f"only its first {MOST_PAGES} of {total} pages are read"] if total > MOST_PAGES else []
    return Page(title, sections, cut, as_of=date.strftime("%Y-%m-%d") if date else "")


def _lines(page: Any) -> list[_Line]:
    """The lines of one page in the order in which they were written: column by column in what people set."""
    lines = [_Line()]
    length = 0

    def visit(text: str, matrix: Any, text_matrix: Any, font: Any, size: Any) -> None:
        nonlocal length
        length += len(text)
        if length > LONGEST_PAGE:
            return
        try:
            # A page may be drawn upside down or on its side, and its font be of size 1 in a larger frame.
            points = abs(float(size) * (float(text_matrix[3]) or float(text_matrix[1])) * (float(matrix[3]) or 1.0))
        except (TypeError, ValueError, IndexError):
            points = 0.0
        called = str((font or {}).get("/BaseFont", ""))
        for number, part in enumerate(text.replace("\x00", "").split("\n")):
            if number:
                lines.append(_Line())
            lines[-1].add(part, round(2 * points) / 2, called)

    page.extract_text(visitor_text=visit)
    return [line for line in lines if not _LEADERS.search(line.text)]


def _bookmarks(reader: Any) -> dict[int, list[_Heading]]:
    """Headings of the bookmarks by the number of their page."""
    found: dict[int, list[_Heading]] = {}

    def walk(nodes: list[Any], level: int) -> None:
        for node in nodes:
            if isinstance(node, list):
                if level < 6:
                    walk(node, level + 1)
            elif (number := reader.get_destination_page_number(node)) is not None and str(node.title or "").strip():
                found.setdefault(number, []).append(((0.0, level), " ".join(str(node.title).split())))

    try:
        walk(reader.outline, 0)
    except Exception:  # a damaged table of contents costs the headings, not the text
        return {}
    return found


def _without_running_heads(pages: list[list[_Line]]) -> list[list[_Line]]:
    """Pages without the first and last lines that most of them have in common, page numbers set aside."""
    edges: Counter[str] = Counter()
    split = [_trimmed(lines) for lines in pages]
    for lines in split:
        edges.update({_NUMBERS.sub("#", line.text.strip()) for line in (*lines[:2], *lines[-2:]) if line.text.strip()})
    often = {line for line, count in edges.items() if len(pages) >= 4 and count > len(pages) / 2}
    kept = []
    for lines in split:
        middle = range(2, len(lines) - 2)
        kept.append([x for i, x in enumerate(lines) if i in middle or _NUMBERS.sub("#", x.text.strip()) not in often])
    return kept


def _trimmed(lines: list[_Line]) -> list[_Line]:
    there = [i for i, line in enumerate(lines) if line.text.strip()]
    return lines[there[0] : there[-1] + 1] if there else []


def _sections(title: str, pages: list[list[_Line]], marks: dict[int, list[_Heading]]) -> list[Section]:
    """A section a heading and page: readers open a PDF at a page."""
    is_heading = _headings(pages)
    sections: list[Section] = []
    path: list[_Heading] = []
    for number, lines in enumerate(pages):
        if not is_heading:
            for mark in marks.get(number, ()):
                path = _below(path, mark)
        headed = bool(is_heading) or bool(path)
        for heading, group in groupby(lines, key=lambda line: is_heading.get(id(line))):
            if heading is not None:
                path = _below(path, (heading, " ".join(" ".join(line.text for line in group).split())))
                continue
            words = [title, *(words for _, words in path if words != title)] if headed else [title, f"Page {number + 1}"]
            if blocks := list(_blocks(list(group))):
                sections.append(Section(words, f"page={number + 1}", blocks))
    return sections


def _below(path: list[_Heading], heading: _Heading) -> list[_Heading]:
    return [known for known in path if known[0] < heading[0]] + [heading]


def _headings(pages: list[list[_Line]]) -> dict[int, tuple[float, int]]:
    """The level of each line that is a heading, by the line's id: larger than the text, or bold and numbered."""
    sizes: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            sizes[line.size] += len(line.text)
    if not sizes:
        return {}
    usual = sizes.most_common(1)[0][0]
    found: dict[int, tuple[float, int]] = {}
    count = 0
    for lines in pages:
        for line in lines:
            text = line.text.strip()
            count += bool(text)
            if not 3 <= len(text) <= LONGEST_HEADING or sum(c.isalpha() for c in text) < 3 or text[-1] in ",;":
                continue
            numbered = _NUMBERED.match(text)
            if (usual and line.size >= LARGER * usual) or (numbered and line.bold and line.size >= usual > 0):
                found[id(line)] = (-line.size, numbered[1].count(".") if numbered else 0)
    return found if len(found) <= MOST_HEADINGS * count else {}


def _set_title(pages: list[list[_Line]]) -> str:
    """The words of the first page in letters that are larger than all others of the document; empty where there are none."""
    largest = max((line.size for lines in pages for line in lines if line.text.strip()), default=0.0)
    where = [(n, line.text) for n, lines in enumerate(pages) for line in lines if line.size == largest and line.text.strip()]
    words = " ".join(" ".join(text for _, text in where).split())
    alone = largest > 0 and all(n == 0 for n, _ in where) and any(0 < x.size < largest for lines in pages for x in lines)
    return words if alone and 3 < len(words) <= 2 * LONGEST_HEADING else ""


def _blocks(lines: list[_Line]) -> Iterator[Block]:
    """Running text as paragraphs; what stands in short lines, or is set as code, keeps its lines."""
    lengths = sorted(len(line.text) for line in lines)
    width = lengths[int(0.9 * len(lengths))] if lengths else 0
    kinds = ["mono" if x.mono and x.size else "row" if _is_row(x.text, width) else "text" for x in lines]
    for kind, run in groupby(range(len(lines)), key=kinds.__getitem__):
        # A single short line is the end of a paragraph that has no full stop.
        if kind == "row" and len(numbers := list(run)) < FEWEST_ROWS:
            for number in numbers:
                kinds[number] = "text"
    for kind, those in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0]):
        texts = [line.text for _, line in those]
        if kind == "text":
            yield from _paragraphs(texts)
        else:
            yield code_block("\n".join(text.rstrip() for text in texts))


def _is_row(text: str, width: int) -> bool:
    text = text.strip()
    return bool(text) and len(text) < SHORT * width and text[-1] not in ".!?:;,-" and not _BULLET.match(text)


def _paragraphs(texts: list[str]) -> Iterator[Block]:
    """Lines made one, hyphens at their ends undone; points of a list keep together, a line each."""
    points: list[str] = []
    held = ""
    for text in [*texts, ""]:
        point = _BULLET.match(text)
        if not text.strip() or point:
            held = " ".join(held.split())
            if held.startswith("- "):
                points.append(held)
            elif held:
                yield Block("text", held)
            if points and not point:
                yield Block("list", "\n".join(points))
                points = []
            held = _BULLET.sub("- ", text, count=1) if point else ""
        elif re.search(r"[a-z]-\Z", held) and text.lstrip()[:1].islower():
            held = held[:-1] + text.strip()
        else:
            held = f"{held} {text.strip()}" if held else text.strip()
