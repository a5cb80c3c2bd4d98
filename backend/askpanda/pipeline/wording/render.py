"""Sections as Markdown: the `text` of an answer, and the pieces in which sections are streamed."""

from collections.abc import Iterator, Mapping

from askpanda.schema.answer import Sections

#: Section names in reading order: (name, heading in the text, whether it is a list).
LAYOUT: tuple[tuple[str, str, bool], ...] = (
    ("description", "", False),
    ("user.problem", "What happened", False),
    ("user.causes", "Causes", True),
    ("user.recommendations", "What you can do", True),
    ("expert.analysis", "For experts", False),
    ("expert.steps", "What to check", True),
    ("expert.scenarios", "Where this is seen", True),
    ("problems", "Problems", True),
    ("details", "", False),
)
LISTS = frozenset(name for name, _, is_list in LAYOUT if is_list)
NAMES = tuple(name for name, _, _ in LAYOUT)


def get(sections: Sections, name: str) -> str | list[str]:
    """One section by its dotted name."""
    value: object = sections
    for part in name.split("."):
        value = getattr(value, part)
    return value  # type: ignore[return-value]


def with_section(sections: Sections, name: str, value: str | list[str]) -> Sections:
    """A copy with one section replaced."""
    if "." not in name:
        return sections.model_copy(update={name: value})
    outer, inner = name.split(".")
    part = getattr(sections, outer).model_copy(update={inner: value})
    return sections.model_copy(update={outer: part})


def with_tails(sections: Sections, tails: Mapping[str, str]) -> Sections:
    """The sections with what belongs to their ends; only of sections that are texts, not lists."""
    for name, tail in tails.items():
        if tail:
            sections = with_section(sections, name, f"{get(sections, name)} {tail}".strip())
    return sections


def markdown(sections: Sections) -> str:
    """The whole answer as Markdown, empty sections left out."""
    parts: list[str] = []
    for name, heading, is_list in LAYOUT:
        value = get(sections, name)
        if not value:
            continue
        if heading:
            parts.append(f"### {heading}")
        parts.append("\n".join(f"- {item}" for item in value) if is_list else str(value).strip())
    return "\n\n".join(parts)


def pieces(sections: Sections) -> Iterator[tuple[str, str]]:
    """(section, text) in reading order, as they go to the reader; a list goes item by item, `- item` and a line's end."""
    for name in NAMES:
        yield from pieces_of(sections, name)


def pieces_of(sections: Sections, name: str) -> Iterator[tuple[str, str]]:
    """The pieces of one section."""
    value = get(sections, name)
    if name in LISTS:
        for item in value:
            yield name, f"- {item}\n"
    elif value:
        yield name, str(value)
