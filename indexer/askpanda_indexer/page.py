"""What a parser makes of a file: sections in reading order, each of blocks that belong together."""

from dataclasses import dataclass, field
from typing import Literal

#: `text` may be parted between sentences; the others are kept whole as long as they are of a sane size.
BlockKind = Literal["text", "code", "table", "list", "note", "definition"]


#: Words up to which a block is kept whole; a table of 3,000 rows is parted between rows, its first row repeated.
WHOLE_LIMIT = 600


#: Characters that nobody calls one word.
LONGEST_WORD = 40


def size(text: str) -> int:
    """Words, as readers count them; what has no blanks (base64) counts by its length."""
    return max(len(text.split()), len(text) // LONGEST_WORD)


@dataclass(slots=True)
class Block:
    kind: BlockKind
    text: str

    @property
    def size(self) -> int:
        return size(self.text)


def code_block(code: str, language: str = "") -> Block:
    """Code between Markdown fences, so that whoever shows the passage shows it as code."""
    fence = "```"
    while fence in code:
        fence += "`"
    return Block("code", f"{fence}{language}\n{code.strip(chr(10))}\n{fence}")


@dataclass(slots=True)
class Section:
    """`headings` from the page's own title down; `anchor` is the fragment of the section's address.

    A section that is a thing of its own (a ticket, a thread) has an address and a date of its own.
    """

    headings: list[str]
    anchor: str = ""
    blocks: list[Block] = field(default_factory=list)
    url: str = ""
    as_of: str = ""


@dataclass(slots=True)
class Page:
    title: str
    sections: list[Section]
    warnings: list[str] = field(default_factory=list)  # sentences for the report
    url: str = ""  # where the page names its own address
    sources: list[str] = field(default_factory=list)  # what it was written from: addresses, or "SOURCE PATH"
    as_of: str = ""  # where the page names its own date
    keywords: str = ""  # words to be found by that its text does not say


class Unreadable(Exception):
    """A file that cannot be indexed; the message says why, in a few words after the file's name."""
