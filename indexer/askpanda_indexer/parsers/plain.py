"""Plain text: paragraphs apart by blank lines; what is indented is kept as it stands."""

import re
from pathlib import PurePosixPath

from askpanda_indexer.page import Block, Page, Section, code_block

_GAP = re.compile(r"\n[ \t]*\n+")


def parse_plain(text: str, name: str) -> Page:
    """One section, headed by the file's name."""
    title = PurePosixPath(name).name
    blocks: list[Block] = []
    for paragraph in _GAP.split(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")):
        if not paragraph.strip():
            continue
        indented = all(line.startswith(("  ", "\t")) for line in paragraph.splitlines() if line.strip())
        blocks.append(code_block(paragraph) if indented else Block("text", paragraph.strip()))
    return Page(title, [Section([title], "", blocks)])
