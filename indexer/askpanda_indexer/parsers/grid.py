"""Tables as Markdown: what readers, answers and models all read."""


def markdown_table(rows: list[list[str]], title: str = "") -> str:
    """Rows of cells, the first being the head; short rows are filled up."""
    width = max(len(row) for row in rows)
    lines = [_line(row, width) for row in rows]
    lines.insert(1, "|" + "---|" * width)
    return "\n".join([*([title, ""] if title else []), *lines])


def _line(row: list[str], width: int) -> str:
    cells = [" ".join(cell.split()).replace("|", "\\|") for cell in row] + [""] * (width - len(row))
    return "| " + " | ".join(cells) + " |"
