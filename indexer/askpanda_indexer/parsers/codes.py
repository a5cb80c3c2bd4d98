"""Error modules of pilot and server: a section a code. The module is read as a syntax tree and never run."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from askpanda_indexer.page import Block, Page, Section, Unreadable

_CONSTANT = re.compile(r"^(?:EC_)?[A-Z]\w+$")


@dataclass(slots=True)
class _Code:
    name: str
    number: int
    line: int
    messages: list[str] = field(default_factory=list)


def parse_codes(text: str, name: str) -> Page:
    """Constants with a whole number, what dictionaries say of them, and the comments that stand by them.

    Understands `NAME = 1150`, `EC_Kill = 100`, `{NAME: "text"}`, `{1150: "text"}`, `{"NAME": 2}` and
    `{"name": [1150, "text"]}` at any depth. Raises Unreadable where the module is no Python or holds no code.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable("it is no Python that can be read") from error
    codes: dict[str, _Code] = {}
    texts: list[tuple[str | int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            _assigned(node, codes)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                _entry(key, value, codes, texts)
    by_number = {code.number: code for code in codes.values()}
    for key_, said in texts:
        code = codes.get(key_) if isinstance(key_, str) else by_number.get(key_)
        if code is None and isinstance(key_, int):
            code = codes[str(key_)] = by_number[key_] = _Code("", key_, 0)
        if code is not None and said not in code.messages:
            code.messages.append(said)
    if not codes:
        raise Unreadable("there are no error codes in it")
    lines = text.splitlines()
    title = f"Error codes of {name}" if "/" in name else f"Error codes of {PurePosixPath(name).name}"
    return Page(
        title, [_section(title, code, lines) for code in sorted(codes.values(), key=lambda code: (code.number, code.name))]
    )


def _assigned(node: ast.Assign | ast.AnnAssign, codes: dict[str, _Code]) -> None:
    number = _number(node.value)
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if number is not None and isinstance(target, ast.Name) and _CONSTANT.match(target.id):
            codes.setdefault(target.id, _Code(target.id, number, node.lineno))


def _entry(key: ast.expr | None, value: ast.expr, codes: dict[str, _Code], texts: list[tuple[str | int, str]]) -> None:
    word = _word(key)
    if word is None:
        return
    if (said := _string(value)) is not None:
        texts.append((word, said))
    elif isinstance(word, str) and (number := _number(value)) is not None and word.isidentifier():
        codes.setdefault(word, _Code(word, number, value.lineno))
    elif isinstance(word, str) and isinstance(value, ast.List | ast.Tuple) and len(value.elts) >= 2:
        number, said = _number(value.elts[0]), _string(value.elts[1])
        if number is not None and said is not None:
            codes.setdefault(word, _Code(word, number, value.lineno)).messages.append(said)


def _word(key: ast.expr | None) -> str | int | None:
    if isinstance(key, ast.Name):
        return key.id
    if isinstance(key, ast.Attribute):
        return key.attr
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str | int) else None


def _number(value: ast.expr | None) -> int | None:
    found = value.value if isinstance(value, ast.Constant) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 1_000_000 else None


def _string(value: ast.expr) -> str | None:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return " ".join(value.value.split()) or None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        left, right = _string(value.left), _string(value.right)
        return f"{left} {right}" if left and right else None
    return None


def _section(title: str, code: _Code, lines: list[str]) -> Section:
    said = list(code.messages)
    if code.line and (comment := _comment(lines, code.line)) and comment not in said:
        said.append(comment)
    heading = f"{code.number} {code.name.removeprefix('EC_')}".strip()
    text = f"Error code {code.number}" + (f" ({code.name})" if code.name else "")
    anchor = f"L{code.line}" if code.line else ""
    return Section([title, heading], anchor, [Block("text", f"{text}: {'; '.join(said)}" if said else f"{text}.")])


def _comment(lines: list[str], line: int) -> str:
    """The comment behind an assignment, else the one right above it."""
    here = lines[line - 1] if line <= len(lines) else ""
    _, mark, behind = here.partition("#")
    if mark:
        return behind.strip()
    above = lines[line - 2].strip() if line >= 2 else ""
    return above.lstrip("# ").strip() if above.startswith("#") else ""
