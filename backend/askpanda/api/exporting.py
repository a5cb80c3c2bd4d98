"""A conversation as a file that its reader keeps or hands on."""

import re
from typing import Any

from askpanda.api.wire import dumps

#: What comes between a conversation's words and its file's name.
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9]+")
_FENCE = re.compile(r"^(`{3,}|~{3,})", re.M)
NAME_LENGTH = 60


def file_name(conversation: dict[str, Any], ending: str) -> str:
    """ASCII letters, digits and dashes alone, so that no header and no file system trips over it."""
    words = _NOT_IN_A_NAME.sub("-", conversation["title"]).strip("-").lower()[:NAME_LENGTH].strip("-")
    return f"ask-panda-{words or 'conversation'}.{ending}"


def as_json(conversation: dict[str, Any]) -> str:
    return dumps(conversation)


def as_markdown(conversation: dict[str, Any]) -> str:
    """Questions and answers in their order, each answer with sources, notes, and what other models said."""
    out = [f"# {_line(conversation['title'])}", f"Ask PanDA, {conversation['created']} to {conversation['updated']} (UTC)."]
    for message in conversation["messages"]:
        if message["role"] == "user":
            out += ["---", f"**Asked** ({message['created']}):", _quoted(message["text"])]
            continue
        out += _answer(message["answer"], message["text"])
        judged = message.get("feedback")
        if judged:
            comment = f": {_line(judged['comment'])}" if judged["comment"] else "."
            out.append(f"*Its reader found this {'helpful' if judged['helpful'] else 'not helpful'}{comment}*")
        for other in message.get("comparisons", []):
            if other["answer"]:
                out += [f"**The same evidence in the words of {_line(other['model'])}:**", *_answer(other["answer"], "")]
    return "\n\n".join(part for part in out if part) + "\n"


def _answer(answer: dict[str, Any] | None, text: str) -> list[str]:
    if answer is None:
        return [text or "*(This answer is still being made.)*"]
    out = [_closed(answer["text"])]
    out += [_table(block) for block in answer.get("blocks", []) if block["kind"] == "table"]
    proofs = (answer.get("diagnosis") or {}).get("evidence", [])
    if proofs:
        out.append("**Proof**")
        out += [f"{_where(proof)}\n\n{_indented(proof['text'])}" for proof in proofs[:5]]
    if answer["citations"]:
        out += ["**Sources**", "\n".join(_source(citation) for citation in answer["citations"])]
    out += [f"*Note: {_line(warning)}*" for warning in answer["warnings"]]
    return out


def _source(citation: dict[str, Any]) -> str:
    place = citation["url"] or citation["path"]
    return f"{citation['n']}. {_line(citation['title'])}" + (f" ({_line(place)})" if place else "")


def _where(proof: dict[str, Any]) -> str:
    place = f"line {proof['line']}" if "line" in proof else f"field {proof.get('field', '')}"
    return f"{_line(proof['file'])}, {place}:"


def _table(block: dict[str, Any]) -> str:
    """A table block as a Markdown table; a cell is one line without bars."""
    columns, rows = block["data"].get("columns") or [], block["data"].get("rows") or []
    names = [_cell(c.get("title") or c.get("name") if isinstance(c, dict) else c) for c in columns]
    if not names or not rows:
        return ""
    lines = [names, ["---"] * len(names)]
    lines += [[_cell(cell) for cell in (row.values() if isinstance(row, dict) else row)] for row in rows]
    return f"**{_line(block['title'])}**\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    return "" if value is None else _line(str(value)).replace("|", "\\|")


def _line(text: str) -> str:
    """Text of others within one line of ours: it begins no markup and no second line."""
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", " ".join(str(text).split()))


def _quoted(text: str) -> str:
    return "\n".join(f"> {_line(line)}" for line in text.splitlines() or [""])


def _indented(text: str) -> str:
    """As code by indentation: no fence of the text's own ends it."""
    return "\n".join(f"    {line}" for line in text.splitlines() or [""])


def _closed(text: str) -> str:
    """With a fence that was left open closed, so that what follows is not code."""
    marks = _FENCE.findall(text)
    return f"{text}\n{marks[-1]}" if len(marks) % 2 else text
