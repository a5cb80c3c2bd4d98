"""Markdown (CommonMark and tables), with YAML front matter where there is some."""

import re
from pathlib import PurePosixPath
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from askpanda_indexer.page import Block, BlockKind, Page, Section, code_block

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_TAG = re.compile(r"<[^>]*>")
_ANCHOR = re.compile(r"\s*\{#([\w\-:.]+)\}\s*$")
_CLOSED_BY = {"bullet_list_open": "list", "ordered_list_open": "list", "table_open": "table", "blockquote_open": "note"}
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def front_matter(text: str) -> tuple[dict[str, Any], str, str]:
    """Front matter as a dictionary, the text below it, and what is wrong with the front matter (or nothing)."""
    match = _FRONT_MATTER.match(text.removeprefix("\ufeff"))
    if not match:
        return {}, text, ""
    rest = text.removeprefix("\ufeff")[match.end() :]
    try:
        data = yaml.load(match[1], Loader=_YAML)  # noqa: S506 - a safe loader, in C where there is one
    except yaml.YAMLError as error:
        return {}, rest, f"its front matter is no YAML ({str(error).splitlines()[0]})"
    return (data, rest, "") if isinstance(data, dict) else ({}, rest, "")


def slug(heading: str, seen: dict[str, int]) -> str:
    """The anchor that GitHub gives a heading; the second of the same name ends in -1."""
    base = _NOT_IN_SLUG.sub("", heading.strip().lower()).replace(" ", "-")
    count = seen.get(base, 0)
    seen[base] = count + 1
    return f"{base}-{count}" if count else base


def parse_markdown(text: str, name: str) -> Page:
    """Front matter keys that are read: title, summary, keywords, sources, url, updated or as_of."""
    front, body, wrong = front_matter(text)
    lines = body.splitlines(keepends=True)
    title = str(front.get("title") or "").strip()
    headings: list[str] = [title] if title else []
    levels: list[int] = [0] if title else []
    section = Section(list(headings) or [PurePosixPath(name).stem])
    page = Page(title, [section], [wrong] if wrong else [])
    if summary := str(front.get("summary") or "").strip():
        section.blocks.append(Block("text", summary))
    seen: dict[str, int] = {}
    tokens = _markdown.parse(body)
    i = 0
    while i < len(tokens):
        token = tokens[i]
        end = _end(tokens, i)
        if token.type == "heading_open":
            level = int(token.tag[1])
            words = _inline(tokens[i + 1])
            anchor = _ANCHOR.search(words)
            words = _ANCHOR.sub("", words)
            # A first heading that repeats the front matter's title is that title, and what stands above and below it
            # belongs together.
            repeats = level == 1 and title and words.casefold() == title.casefold()
            if repeats and section is page.sections[0]:
                section.anchor = anchor[1] if anchor else slug(words, seen)
                i = end + 1
                continue
            if not repeats:
                while levels and levels[-1] >= level:
                    levels.pop()
                    headings.pop()
                headings.append(words)
                levels.append(level)
            section = Section(list(headings), anchor[1] if anchor else slug(words, seen))
            page.sections.append(section)
            page.title = page.title or words
        elif token.type in ("fence", "code_block"):
            section.blocks.append(code_block(token.content, (token.info.split() or [""])[0]))
        elif token.type == "html_block":
            if words := " ".join(_TAG.sub(" ", token.content).split()):
                section.blocks.append(Block("text", words))
        elif token.type == "paragraph_open":
            if words := _inline(tokens[i + 1]):
                section.blocks.append(Block("text", words))
        elif token.type in _CLOSED_BY and token.map:
            kind: BlockKind = _CLOSED_BY[token.type]  # type: ignore[assignment]
            # As it was written: lists and tables read well in Markdown, and answers are Markdown too.
            written = "".join(lines[token.map[0] : token.map[1]]).strip("\n")
            section.blocks.append(Block(kind, written))
        i = end + 1
    page.title = page.title or PurePosixPath(name).stem
    sources = front.get("sources") or []
    page.sources = [str(source) for source in (sources if isinstance(sources, list) else [sources])]
    page.url = str(front.get("url") or "")
    page.as_of = str(front.get("as_of") or front.get("updated") or "")
    keywords = front.get("keywords") or []
    page.keywords = " ".join(str(word) for word in keywords) if isinstance(keywords, list) else str(keywords)
    page.sections = [s for s in page.sections if s.blocks]
    return page


def _end(tokens: list[Token], start: int) -> int:
    """Index of the token that closes the one at `start`."""
    depth = 0
    for i in range(start, len(tokens)):
        depth += tokens[i].nesting
        if depth == 0:
            return i
    return len(tokens) - 1


def _inline(token: Token) -> str:
    """The words of one inline token; code keeps its marks, links their text, images their description."""
    out: list[str] = []
    for child in token.children or []:
        if child.type == "code_inline":
            out.append(f"`{child.content}`")
        elif child.type in ("softbreak", "hardbreak"):
            out.append("\n" if child.type == "hardbreak" else " ")
        elif child.type == "image":
            out.append(child.content)
        elif child.type == "html_inline":
            continue
        elif child.content:
            out.append(child.content)
    return "".join(out).strip()
