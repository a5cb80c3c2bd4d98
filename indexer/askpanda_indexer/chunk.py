"""Sections to chunks of about 200 words: what one search result shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from askpanda_indexer.page import LONGEST_WORD, WHOLE_LIMIT, Block, Page, Section, size

#: Words of a chunk: filled up to TARGET, never above LIMIT unless one block that is kept whole is larger.
TARGET, LIMIT = 200, 240

#: Characters of type-setting: words with them are not the words that people type. Ligatures as in PDF, soft hyphens,
#: blanks of no width.
_TYPESET = str.maketrans(
    {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
    | dict.fromkeys([0xAD, 0x200B, 0x2060, 0xFEFF], "")
)
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+(?=[\w\"'`(\-*])")


@dataclass(slots=True)
class Chunk:
    """`content` is the heading path, a blank line, the text."""

    section: str
    anchor: str
    text: str
    url: str = ""
    as_of: str = ""

    @property
    def content(self) -> str:
        return f"{self.section}\n\n{self.text}"


def chunks(page: Page) -> Iterator[Chunk]:
    """The page's chunks in reading order."""
    for section in page.sections:
        path = " > ".join(" ".join(heading.split()) for heading in section.headings if heading.strip()) or page.title
        path = path.translate(_TYPESET)
        for text in _pack(section):
            yield Chunk(path, section.anchor, text.translate(_TYPESET), section.url, section.as_of)


def _pack(section: Section) -> Iterator[str]:
    pieces = [piece for block in section.blocks for piece in _pieces(block)]
    held: list[str] = []
    total = 0
    for i, piece in enumerate(pieces):
        # What introduces a list, a table or code ends in a colon and belongs to what follows.
        following = pieces[i + 1].size if i + 1 < len(pieces) and piece.text.rstrip().endswith(":") else 0
        fits = total + piece.size <= TARGET or total + piece.size + following <= LIMIT
        if held and not fits:
            yield "\n\n".join(held)
            held, total = [], 0
        held.append(piece.text)
        total += piece.size
    if held:
        yield "\n\n".join(held)


def _pieces(block: Block) -> Iterator[Block]:
    """A block as it is, or in pieces where it is too large to be one chunk."""
    if not block.text.strip():
        return
    limit = LIMIT if block.kind in ("text", "list") else WHOLE_LIMIT
    if block.size <= limit:
        yield block
        return
    if block.kind == "text":
        yield from (Block("text", text) for text in _filled(_SENTENCE.split(block.text), " "))
        return
    lines = block.text.split("\n")
    head: list[str] = []
    tail: list[str] = []
    if block.kind == "table" and len(lines) > 2 and set(lines[1]) <= set("|-: +="):
        head = lines[:2]
    elif block.kind == "code" and lines[0].startswith("```"):
        head, tail = lines[:1], lines[-1:]
    for text in _filled(lines[len(head) : len(lines) - len(tail)], "\n"):
        yield Block(block.kind, "\n".join([*head, text, *tail]))


def _filled(parts: list[str], joint: str) -> Iterator[str]:
    held: list[str] = []
    total = 0
    for part in parts:
        for piece in _cut(part):
            words = size(piece)
            if held and total + words > TARGET:
                yield joint.join(held)
                held, total = [], 0
            held.append(piece)
            total += words
    if held:
        yield joint.join(held)


def _cut(part: str) -> Iterator[str]:
    """A "sentence" of thousands of words is no sentence: cut where the words end; one endless word by characters."""
    words = part.split()
    if len(words) <= LIMIT and len(part) <= LIMIT * LONGEST_WORD:
        yield part
        return
    for i in range(0, len(words), TARGET):
        text = " ".join(words[i : i + TARGET])
        for j in range(0, len(text), LIMIT * LONGEST_WORD):
            yield text[j : j + LIMIT * LONGEST_WORD]
