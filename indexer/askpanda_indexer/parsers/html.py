"""HTML: the main part of a page, without what surrounds it."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PageElement, PreformattedString

from askpanda_indexer.page import Block, Page, Section, Unreadable, code_block
from askpanda_indexer.parsers.grid import markdown_table

_AWAY = [
    "script", "style", "nav", "header", "footer", "aside", "form", "noscript", "template", "svg", "iframe", "object", "button",
    "select", "input", "textarea", "dialog",
]  # fmt: skip
_HEADING = re.compile(r"h[1-6]\Z")
_BLOCK_TEXT = """p div section article main ul ol li dl dt dd table pre blockquote h1 h2 h3 h4 h5 h6 figure figcaption details
summary address hr tr body html center fieldset"""
_BLOCK = frozenset(_BLOCK_TEXT.split())
_NOTE = re.compile(r"\b(?:admonition|note|warning|alert|callout|tip|important)\b", re.IGNORECASE)
#: The sign that documentation tools hang on a heading for its link.
_PILCROW = re.compile(r"[¶#🔗\uf0c1]+\s*$")
#: Deeper pages are made by machines to harm; Python's own stack is the limit.
MAX_DEPTH = 200


#: HTML allows these end tags to be left out, which minifiers do: what begins ends what is open of the second list, unless
#: something of the third stands between.
_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset(["li"]), frozenset(["ul", "ol", "menu", "table"])),
    **dict.fromkeys(["dt", "dd"], (frozenset(["dt", "dd"]), frozenset(["dl", "table"]))),
    **dict.fromkeys(["td", "th"], (frozenset(["td", "th"]), frozenset(["tr", "table"]))),
    "tr": (frozenset(["tr"]), frozenset(["table"])),
    **dict.fromkeys(["thead", "tbody", "tfoot"], (frozenset(["thead", "tbody", "tfoot"]), frozenset(["table"]))),
    **dict.fromkeys(_BLOCK - {"html", "body", "li", "dt", "dd", "tr"}, (frozenset(["p"]), _BLOCK - {"p"})),
}
#: Elements above an open one that are looked at: text is not wrapped in more.
MOST_WRAPPED = 32


class _Soup(BeautifulSoup):
    """`html.parser` would nest every item without an end tag in the one before it."""

    def handle_starttag(self, name: str, *more: Any, **named: Any) -> Tag | None:
        ended, between = _ENDS.get(name, (frozenset(), frozenset()))
        node: Tag | None = self.currentTag
        for _ in range(MOST_WRAPPED if ended else 0):
            if node is None or node.name in between:
                break
            if node.name in ended:
                self.handle_endtag(node.name)
                break
            node = node.parent
        return super().handle_starttag(name, *more, **named)


def parse_html(text: str, name: str) -> Page:
    """Sections by h1 to h6, with the ids that can be linked to; a page without headings is one section."""
    soup = _Soup(text, "html.parser")
    for tag in soup.find_all(_AWAY):
        tag.decompose()
    for tag in soup.select("[hidden], [aria-hidden=true], .headerlink, .toctree-wrapper, .sphinxsidebar"):
        tag.decompose()
    found = soup.title.get_text(" ", strip=True) if soup.title else ""
    canonical = soup.find("link", rel="canonical")
    url = str(canonical.get("href") or "") if isinstance(canonical, Tag) else ""
    main = soup.select_one("main, [role=main], article, div.body, #content, #mw-content-text") or soup.body or soup
    heading = main.find("h1")
    title = _words(heading) if isinstance(heading, Tag) else ""
    title = title or found or PurePosixPath(name).stem
    section = Section([title])
    page = Page(title, [section], url=url if url.startswith(("https://", "http://")) else "")
    headings: list[tuple[int, str]] = []
    try:
        for item in _items(main, 0):
            if isinstance(item, Block):
                page.sections[-1].blocks.append(item)
                continue
            level, words, anchor = item
            while headings and headings[-1][0] >= level:
                headings.pop()
            headings.append((level, words))
            path = [text for _, text in headings]
            page.sections.append(Section(path if path[0] == title or level == 1 else [title, *path], anchor))
    except RecursionError as error:
        raise Unreadable("its elements are nested too deeply") from error
    page.sections = [s for s in page.sections if s.blocks]
    return page


def _items(node: Tag, depth: int) -> Iterator[Block | tuple[int, str, str]]:
    """Blocks and headings (level, words, anchor) below an element, in order; loose words are gathered to paragraphs."""
    if depth > MAX_DEPTH:
        raise Unreadable("its elements are nested too deeply")
    loose: list[str] = []
    for child in node.children:
        if isinstance(child, Tag) and (child.name in _BLOCK or child.find(list(_BLOCK))):
            if words := " ".join("".join(loose).split()):
                yield Block("text", words)
            loose = []
            yield from _element(child, depth)
        else:
            loose.append(_inline(child))
    if words := " ".join("".join(loose).split()):
        yield Block("text", words)


def _element(tag: Tag, depth: int) -> Iterator[Block | tuple[int, str, str]]:
    if _HEADING.match(tag.name):
        if words := _words(tag):
            yield int(tag.name[1]), words, _anchor(tag)
    elif tag.name == "pre":
        if code := tag.get_text().strip("\n"):
            yield code_block(code)
    elif tag.name == "table":
        rows = [[_words(cell) for cell in row.find_all(["td", "th"])] for row in tag.find_all("tr")]
        if rows := [row for row in rows if any(row)]:
            yield Block("table", markdown_table(rows))
    elif tag.name in ("ul", "ol"):
        items = [_whole(item, depth + 1, "\n") for item in tag.find_all("li", recursive=False)]
        marks = [f"{i}. " if tag.name == "ol" else "- " for i in range(1, len(items) + 1)]
        if items:
            lines = [mark + item.replace("\n", "\n" + " " * len(mark)) for mark, item in zip(marks, items, strict=True)]
            yield Block("list", "\n".join(lines))
    elif tag.name == "dl":
        term = ""
        for child in tag.find_all(["dt", "dd"], recursive=False):
            if child.name == "dt":
                term = _words(child)
            else:
                below = _whole(child, depth + 1, "\n").replace("\n", "\n    ")
                yield Block("definition", f"{term}\n    {below}")
    elif tag.name in ("div", "blockquote", "details") and _NOTE.search(" ".join(tag.get_attribute_list("class") or [""])):
        if words := _whole(tag, depth + 1, "\n\n"):
            yield Block("note", words)
    else:
        yield from _items(tag, depth + 1)


def _whole(tag: Tag, depth: int, joint: str) -> str:
    """All of an element as one text: code keeps its lines, a list within a list its marks."""
    if tag.find(list(_BLOCK)) is None:
        return " ".join("".join(_inline(child) for child in tag.children).split())
    return joint.join(item.text if isinstance(item, Block) else item[1] for item in _items(tag, depth))


def _inline(node: PageElement) -> str:
    if isinstance(node, Tag):
        if node.name in ("br", "wbr"):
            return " " if node.name == "br" else ""
        return f"`{node.get_text()}`" if node.name in ("code", "kbd", "samp", "tt") else node.get_text(" ")
    if isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
        return str(node)
    return ""


def _words(tag: Tag) -> str:
    return _PILCROW.sub("", " ".join(tag.get_text(" ").split())).strip()


def _anchor(tag: Tag) -> str:
    """The id on the heading, else on the section around it (Sphinx), else of a named link in it."""
    around = tag.parent
    if tag.get("id"):
        return str(tag["id"])
    if around is not None and around.name in ("section", "div") and around.get("id"):
        return str(around["id"])
    named = tag.find(["a", "span"], attrs={"id": True}) or tag.find("a", attrs={"name": True})
    return str(named.get("id") or named.get("name")) if isinstance(named, Tag) else ""
