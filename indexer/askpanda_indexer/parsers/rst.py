"""reStructuredText through docutils' own tree; what only Sphinx knows is tolerated, and read where it holds text.

Nothing is ever included from other files and raw HTML is left out: a page is text, not a program.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles, states

from askpanda_indexer.page import WHOLE_LIMIT, Block, Page, Section, code_block
from askpanda_indexer.parsers.grid import markdown_table

_CODE_TEXT = """code-block code sourcecode prompt code-tab highlight parsed-literal doctest console ipython"""
#: Directives whose content is shown letter by letter; the argument is a language, or a tab's language and title.
_CODE = frozenset(_CODE_TEXT.split())
_NOTHING_TEXT = """toctree contents sectnum raw include literalinclude meta index currentmodule highlight only-html default-role
tabularcolumns automodule autoclass autofunction autosummary openapi swaggerv2doc bibliography title mermaid graphviz digraph
graph uml plantuml"""
#: Directives that stand for something outside the page, or steer how it looks.
_NOTHING = frozenset(_NOTHING_TEXT.split())
_OWN_TEXT = """note warning important tip hint caution danger attention error admonition topic sidebar epigraph highlights
pull-quote compound container figure image math list-table csv-table table replace unicode date class role parsed-literal
line-block header footer target-notes"""
#: Left to docutils itself.
_OWN = frozenset(_OWN_TEXT.split())
#: Their argument is a version.
_OF_VERSION = {
    "versionadded": "New in version", "versionchanged": "Changed in version", "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}  # fmt: skip
#: Their argument steers how it looks.
_UNTITLED = frozenset(["only", "tabs", "tab-set", "grid", "cssclass", "hlist", "container"])
_SETTINGS = {
    "report_level": 5, "halt_level": 5, "file_insertion_enabled": False, "raw_enabled": False, "doctitle_xform": False,
    "docinfo_xform": False, "sectsubtitle_xform": False, "smart_quotes": False, "syntax_highlight": "none",
    "_disable_config": True, "warning_stream": False, "line_length_limit": 1_000_000, "embed_stylesheet": False,
    "auto_id_prefix": "id",  # as Sphinx sets it, so that the second "Usage" of a page has the same anchor there and here
}  # fmt: skip
_DIRECTIVE = re.compile(r"^\s*\.\.\s+(?:\|[^|\n]+\|\s+)?([\w][\w:.+\-]*?)\s?::", re.MULTILINE)
_ROLE = re.compile(r":([\w][\w:.+\-]*):`")
_REFERENCE = re.compile(r"^(?P<text>.*?)\s*<[^<>]*>$", re.DOTALL)
_SKIPPED_LEVEL = "Inconsistent title style"
#: Complaints of docutils that a reader of the passage would not notice.
_HARMLESS = re.compile(
    r"Undefined substitution|Unknown target name|Duplicate (?:implicit|explicit) target|Duplicate target|"
    r"Unknown interpreted text role|No role entry|No directive entry|Title underline too short|Title overline too short|"
    r"file and URL|Inconsistent title style|Title level inconsistent|Hyperlink target|unexpected indent|"
    r"Unexpected indentation|ends without a blank line|"
    r"Possible title underline|Explicit markup ends|Inline \w+ start-string|indirect hyperlink|"
    r"\"include\" directive|\"raw\" directive|\"csv-table\" directive|Enumerated list start value|Anonymous hyperlink mismatch",
    re.IGNORECASE,
)


class _AnyOption(dict[str, Any]):
    """Options of directives that we do not know: every name, any value."""

    def __init__(self) -> None:
        super().__init__(any=directives.unchanged)

    def __missing__(self, name: str) -> Any:
        return directives.unchanged


class _Tolerant(Directive):
    has_content = True
    optional_arguments = 100
    final_argument_whitespace = True
    option_spec = _AnyOption()


class _Code(_Tolerant):
    def run(self) -> list[nodes.Node]:
        # A tab's title says whom the code is for.
        title = " ".join(self.arguments[1:]) if self.name == "code-tab" else self.options.get("caption", "")
        label = [nodes.paragraph("", "", nodes.Text(f"{title}:"))] if title else []
        text = "\n".join(self.content)
        language = self.arguments[0] if self.arguments and self.name != "parsed-literal" else ""
        return [*label, nodes.literal_block(text, text, language=language)] if text.strip() else []


class _Container(_Tolerant):
    """Content is more reStructuredText; the argument (a tab's title, a version) is its first words."""

    def run(self) -> list[nodes.Node]:
        box = nodes.container()
        title = f"{_OF_VERSION.get(self.name, '')} {' '.join(self.arguments)}".strip()
        if title and self.name not in _UNTITLED:
            box += nodes.paragraph("", "", nodes.Text(f"{title}:" if self.content else title))
        self.state.nested_parse(self.content, self.content_offset, box, match_titles=False)
        return [box]


class _Nothing(_Tolerant):
    def run(self) -> list[nodes.Node]:
        caption = self.options.get("caption", "") if self.name == "literalinclude" else ""
        return [nodes.paragraph("", "", nodes.Text(caption))] if caption else []


class _Rubric(_Tolerant):
    """docutils' own does not know the options that Sphinx added."""

    def run(self) -> list[nodes.Node]:
        inline, messages = self.state.inline_text(" ".join(self.arguments), self.lineno)
        return [nodes.rubric("", "", *inline), *messages]


def _role(
    name: str, rawtext: str, text: str, lineno: int, inliner: states.Inliner, options: Any = None, content: Any = None
) -> tuple[list[Any], list[Any]]:
    """Any role that docutils does not know: its text, without the target of a reference."""
    match = _REFERENCE.match(text)
    shown = match["text"] if match and match["text"] else text.lstrip("~!").rpartition("/")[2] if name == "doc" else text
    return [nodes.inline(rawtext, shown.replace("\x00", ""))], []


#: What docutils knows by itself, by its registry of canonical names.
_ROLES_THERE = frozenset(getattr(roles, "_role_registry", {}))


def _prepare(text: str) -> None:
    """Make every directive and role of this text known to docutils, which is the only way not to lose their content."""
    for name in set(_DIRECTIVE.findall(text)):
        known = name.lower()
        if known in _OWN:
            continue
        kind = _Rubric if known == "rubric" else _Code if known in _CODE else _Nothing if known in _NOTHING else _Container
        directives.register_directive(name, kind)
    for name in set(_ROLE.findall(text)):
        if name.lower() not in _ROLES_THERE:
            roles.register_local_role(name.lower(), _role)


def parse_rst(text: str, name: str) -> Page:
    """Sections with the ids that Sphinx gives them too."""
    _prepare(text)
    tree = publish_doctree(text, source_path=name, settings_overrides=_SETTINGS)
    page = Page("", [])
    root = Section([])
    page.sections.append(root)
    _walk(tree, [], root, page)
    page.title = next((s.headings[0] for s in page.sections if s.headings), PurePosixPath(name).stem)
    for section in page.sections:
        section.headings = section.headings or [page.title]
    page.sections = [section for section in page.sections if section.blocks]
    # Messages stand in the tree where they arose, or are collected on it by a transform.
    for message in {id(m): m for m in [*tree.findall(nodes.system_message), *tree.transform_messages]}.values():
        said = message.astext().splitlines()[0] if message.astext() else ""
        if message.get("level", 0) >= 3 and not _HARMLESS.search(message.astext()):
            page.warnings.append(f"line {message.get('line', '?')}: {said.partition(') ')[2] or said}")
    return page


def _walk(node: nodes.Element, headings: list[str], section: Section, page: Page) -> Section:
    """Blocks of a node's children into the section they stand in; the section that the next sibling belongs to."""
    for child in node.children:
        if isinstance(child, nodes.section):
            title = child.next_node(nodes.title)
            below = [*headings, " ".join(_text(title).split()) if title else ""]
            inner = Section(below, child["ids"][0] if child["ids"] else "")
            page.sections.append(inner)
            _walk(child, below, inner, page)
        elif isinstance(child, nodes.title):
            continue
        elif isinstance(child, nodes.rubric) and (words := _text(child)):
            # A rubric is a heading that Sphinx leaves out of the contents.
            section = Section([*headings, words], section.anchor)
            page.sections.append(section)
        elif isinstance(child, nodes.system_message) and _SKIPPED_LEVEL in child.astext():
            # docutils gives such a heading up and goes on with its text; to a reader it is a heading all the same.
            lost = child.next_node(nodes.literal_block)
            lines = [line for line in lost.astext().splitlines() if re.search(r"\w", line)] if lost else []
            section = Section([*headings, *lines[:1]], section.anchor)
            page.sections.append(section)
        else:
            section.blocks.extend(_blocks(child))
    return section


def _blocks(node: nodes.Node) -> Iterator[Block]:
    """A body element as blocks; containers are looked into."""
    if isinstance(node, (nodes.bullet_list, nodes.enumerated_list)):
        yield from _list(node)
    elif isinstance(node, nodes.definition_list):
        items = [_definition(item) for item in node.children]
        whole = Block("definition", "\n".join(items))
        if whole.size <= WHOLE_LIMIT:
            yield whole
        else:
            yield from (Block("definition", item) for item in items)
    elif isinstance(node, nodes.option_list):
        lines = [f"{_text(item.children[0])}  {_text(item.children[1])}" for item in _elements(node)]
        yield Block("definition", "\n".join(lines))
    elif isinstance(node, nodes.field_list):
        yield Block("definition", "\n".join(f"{_text(f.children[0])}: {_text(f.children[1])}" for f in _elements(node)))
    elif isinstance(node, nodes.table):
        yield from _table(node)
    elif isinstance(node, (nodes.literal_block, nodes.doctest_block, nodes.math_block)):
        yield code_block(node.astext(), node.get("language", ""))
    elif isinstance(node, nodes.line_block):
        yield Block("text", _text(node))
    elif isinstance(node, nodes.Admonition):
        label = "" if isinstance(node, nodes.admonition) else f"{type(node).__name__.capitalize()}: "
        yield Block("note", label + "\n\n".join(block.text for c in node.children for block in _blocks(c)))
    elif isinstance(node, (nodes.system_message, nodes.Invisible, nodes.raw, nodes.substitution_definition)):
        return
    elif isinstance(node, nodes.image):
        if node.get("alt"):
            yield Block("text", node["alt"])
    elif isinstance(node, nodes.TextElement):
        if words := _text(node):
            yield Block("text", words)
    elif isinstance(node, nodes.Element):
        for child in node.children:
            yield from _blocks(child)


def _elements(node: nodes.Element) -> list[nodes.Element]:
    return [child for child in node.children if isinstance(child, nodes.Element) and len(child.children) > 1]


def _list(node: nodes.Element) -> Iterator[Block]:
    """The list as one block, or a block an item where it is long."""
    items = [_item(child, number) for number, child in enumerate(node.children, 1) if isinstance(child, nodes.list_item)]
    whole = Block("list", "\n".join(items))
    if whole.size <= 200:
        yield whole
    else:
        yield from (Block("list", item) for item in items)


def _item(node: nodes.Element, number: int) -> str:
    mark = f"{number}. " if isinstance(node.parent, nodes.enumerated_list) else "- "
    text = "\n".join(block.text for child in node.children for block in _blocks(child))
    return mark + text.replace("\n", "\n" + " " * len(mark))


def _definition(item: nodes.Node) -> str:
    if not isinstance(item, nodes.Element):
        return ""
    term = ", ".join(_text(child) for child in item.children if isinstance(child, (nodes.term, nodes.classifier)))
    below = [block.text for child in item.children if isinstance(child, nodes.definition) for block in _blocks(child)]
    return term + "\n" + "\n".join("    " + line for text in below for line in text.split("\n"))


def _table(node: nodes.table) -> Iterator[Block]:
    title = next((_text(child) for child in node.children if isinstance(child, nodes.title)), "")
    rows = [[_cell(entry) for entry in row.children] for row in node.findall(nodes.row)]
    if rows:
        yield Block("table", markdown_table(rows, title))


def _cell(entry: nodes.Node) -> str:
    if not isinstance(entry, nodes.Element):
        return ""
    return " ".join(" ".join(block.text.split()) for child in entry.children for block in _blocks(child))


def _text(node: nodes.Node) -> str:
    """Words of an element; what docutils could not resolve (|br|) is left out, code keeps its marks."""
    if isinstance(node, nodes.Text):
        return str(node)
    if isinstance(node, nodes.literal):
        return f"`{node.astext()}`"
    if isinstance(node, nodes.math):
        return node.astext()
    if isinstance(node, (nodes.substitution_reference, nodes.system_message, nodes.raw, nodes.footnote_reference)):
        return ""
    if isinstance(node, nodes.problematic):
        shown = node.astext()
        return "" if shown.startswith("|") else shown
    if isinstance(node, nodes.image):
        return str(node.get("alt", ""))
    if isinstance(node, nodes.line):
        return "".join(_text(child) for child in node.children) + "\n"
    joined = "".join(_text(child) for child in node.children)
    if isinstance(node, nodes.paragraph):
        return " ".join(joined.split())  # where the author's lines end means nothing
    return joined.strip() if isinstance(node, (nodes.title, nodes.term, nodes.line_block)) else joined
