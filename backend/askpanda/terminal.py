"""What the command line shows to a person. Texts of logs and documents stay text: no colours, no markup of theirs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from askpanda.schema.answer import Answer, Block

#: Escape sequences of a log could redraw the terminal or answer in the reader's name; tabs and line ends may stay.
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INDENT = (0, 0, 0, 2)
#: The first lines decide; the rest is there for who wants to see everything.
EVIDENCE_SHOWN = 5
#: Characters that a model's wording wants beside another's.
COLUMN_WIDTH = 60
#: Purposes of calls that are not plain words.
_PURPOSES = {"embedding": "vectors of questions", "indexing": "vectors of the index"}
_PASSES = {True: "may pass another time", False: "will not pass by itself", None: "not known whether it passes by itself"}


def plain(text: object) -> str:
    return _CONTROL.sub("", str(text))


def _console() -> Console:
    return Console(soft_wrap=False, highlight=False)


def _heading(text: str) -> RenderableType:
    return Text(f"\n{text}", style="bold")


def _points(items: Iterable[str]) -> RenderableType:
    points = Table.grid(padding=(0, 1))
    for item in items:
        points.add_row("•", Text(plain(item)))
    return Padding(points, _INDENT)


def show_answer(answer: Answer, *, expert: bool) -> None:
    """Text (which holds the evidence), blocks, sources and follow-ups; the expert's part first where it was asked for."""
    out = _console()
    out.print(Markdown(plain(_text(answer, expert)), hyperlinks=False))
    for block in answer.blocks:
        out.print(*_block(block))
    _sources(out, answer)
    if answer.requests:
        out.print(_heading("More could be said with these pages of the monitor (set ASKPANDA_MONITOR_URL to have them read)"))
        out.print(_points(request.path for request in answer.requests))
    if answer.follow_ups:
        out.print(_heading("You could ask"))
        out.print(_points(f"{follow.question}" + (f"  ({follow.why})" if follow.why else "") for follow in answer.follow_ups))
    for warning in answer.warnings:
        out.print(Text(f"\nNote: {plain(warning)}", style="yellow"))


def _sources(out: Console, answer: Answer) -> None:
    if answer.citations:
        out.print(_heading("Sources"))
    for citation in answer.citations:
        place = citation.url or citation.path
        out.print(Text(f"  [{citation.n}] {plain(citation.title)}" + (f"  {plain(place)}" if place else "")))


def show_comparison(answers: Sequence[tuple[str, Answer]]) -> None:
    """Each model's wording beside the others' where the terminal is wide enough, else below each other; the sources once."""
    out = _console()
    texts = [Markdown(plain(answer.text), hyperlinks=False) for _, answer in answers]
    if out.width >= COLUMN_WIDTH * len(answers):
        beside = Table(box=None, pad_edge=False, padding=(0, 2))
        for name, _ in answers:
            beside.add_column(Text(plain(name), style="bold"), ratio=1, overflow="fold")
        beside.add_row(*texts)
        out.print(beside)
    else:
        for (name, _), text in zip(answers, texts, strict=True):
            out.print(Rule(plain(name), align="left"), text)
    _sources(out, answers[0][1])
    costs = Table("model", box=None, pad_edge=False)
    for title in ("seconds", "input tokens", "output tokens", "cost (US$)"):
        costs.add_column(title, justify="right")
    for name, answer in answers:
        calls = [call for call in answer.usage.calls if call.purpose == "answer"]
        tokens = (f"{sum(getattr(call, field) for call in calls):,}" for field in ("input_tokens", "output_tokens"))
        seconds = answer.timings.get("model", 0.0) / 1000
        unpriced, estimated = sum(not call.priced for call in calls), any(call.estimated for call in calls)
        cost = _cost(sum(call.cost_usd for call in calls), unpriced, estimated)
        costs.add_row(Text(plain(name)), f"{seconds:.1f}", *tokens, cost)
    out.print(Padding(costs, (1, 0, 0, 0)))
    for name, answer in answers:
        for warning in answer.warnings:
            out.print(Text(f"\n{plain(name)}: {plain(warning)}", style="yellow"))


def _text(answer: Answer, expert: bool) -> str:
    part = answer.sections.expert
    if not expert or not (part.analysis or part.steps or part.scenarios):
        return answer.text
    lines = [part.analysis]
    lines += ["", "**Steps**", "", *(f"{n}. {step}" for n, step in enumerate(part.steps, 1))] if part.steps else []
    lines += ["", "**Scenarios**", "", *(f"- {scenario}" for scenario in part.scenarios)] if part.scenarios else []
    return "\n".join([*lines, "", "---", "", answer.text])


def _block(block: Block) -> list[RenderableType]:
    title = [_heading(plain(block.title))] if block.title else []
    data = block.data
    rows = data.get("rows")
    if isinstance(rows, list) and rows:
        return [*title, _table(data.get("columns") or data.get("header") or [], rows)]
    if block.kind == "code":
        code = plain(data.get("code") or data.get("text") or "")
        return [
            *title,
            Padding(Syntax(code, str(data.get("language") or "text"), background_color="default", word_wrap=True), _INDENT),
        ]
    if block.kind == "image":
        return [*title, Text(f"  (picture: {plain(data.get('alt') or data.get('name') or block.title)})", style="dim")]
    return [*title, *(Text(f"  {plain(name)}: {plain(value)}") for name, value in data.items())]


def _table(columns: Sequence[Any], rows: Sequence[Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    names = [plain(c.get("title") or c.get("name")) if isinstance(c, Mapping) else plain(c) for c in columns]
    first = rows[0]
    for name in names or (list(first) if isinstance(first, Mapping) else ["" for _ in first]):
        table.add_column(Text(str(name)), overflow="fold")
    for row in rows:
        cells = list(row.values()) if isinstance(row, Mapping) else list(row)
        table.add_row(*(Text(plain("" if cell is None else cell)) for cell in cells))
    return table


def _evidence(out: Console, lines: Sequence[Mapping[str, Any]]) -> None:
    if not lines:
        return
    out.print(_heading("Evidence"))
    for line in lines[:EVIDENCE_SHOWN]:
        place = f":{line['line']}" if line.get("line") is not None else f" {line.get('field') or ''}"
        out.print(Text(f"  {plain(line['file'])}{plain(place)}", style="cyan"))
        out.print(Padding(Text(plain(line["text"])), (0, 0, 0, 4)))
    if len(lines) > EVIDENCE_SHOWN:
        out.print(Text(f"  and {len(lines) - EVIDENCE_SHOWN} more: --json has them all", style="dim"))


def show_diagnosis(found: Mapping[str, Any]) -> None:
    """What `diagnose_here` found."""
    out = _console()
    diagnosis, advice = found["diagnosis"], found["advice"]
    out.print(Rule(plain(f"{diagnosis['component']} {diagnosis['code']} {diagnosis['name']}"), align="left"))
    out.print(Text(plain(diagnosis["cause"]), style="bold"))
    retry = diagnosis["retry"]
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_row("Outcome", plain(diagnosis["outcome"]))
    facts.add_row("Whose problem", plain(diagnosis["party"]))
    facts.add_row("Transient", _PASSES[diagnosis["transient"]])
    facts.add_row("Retry", Text(plain(f"{retry['advice']}. {retry['reason']}".strip())))
    facts.add_row("Confidence", plain(diagnosis["confidence"]))
    out.print(Padding(facts, (1, 0, 0, 0)))
    _evidence(out, diagnosis["evidence"])
    titles = {"causes": "Likely causes", "recommendations": "What to do", "steps": "What an expert checks"}
    for name, title in titles.items():
        if advice[name]:
            out.print(_heading(title))
            out.print(_points(advice[name]))
    for note in found["notes"]:
        out.print(Text(f"\nNote: {plain(note)}", style="yellow"))


def show_passages(hits: Sequence[Any]) -> None:
    out = _console()
    if not hits:
        out.print("Nothing was found.")
    for number, hit in enumerate(hits, 1):
        out.print(Text(f"\n{number}. {plain(hit.title)}", style="bold"), Text(f"({hit.score:.2f})", style="dim"))
        out.print(Text(f"   {plain(hit.path)}" + (f"  {plain(hit.url)}" if hit.url else ""), style="cyan"))
        out.print(Padding(Text(plain(hit.text)), (0, 0, 0, 3)))


def show_entries(entries: Sequence[Any]) -> None:
    rows = [(entry.component, entry.code, entry.name, entry.message) for entry in entries]
    _console().print(_table(["component", "code", "name", "message"], rows))


def show_entry(entry: Any) -> None:
    """One error code with everything that the catalogue knows."""
    out = _console()
    out.print(Rule(plain(f"{entry.component} {entry.code} {entry.name}"), align="left"))
    out.print(Text(plain(entry.message), style="bold"))
    for text in (entry.meaning, entry.raised):
        if text:
            out.print(Padding(Text(plain(text)), (1, 0, 0, 0)))
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_row("Category", plain(entry.category))
    facts.add_row("Whose problem", plain(entry.party))
    facts.add_row("Transient", _PASSES[entry.transient])
    facts.add_row("Retry", plain(entry.retry))
    if entry.aliases:
        facts.add_row("Also called", plain(", ".join(entry.aliases)))
    if entry.legacy:
        facts.add_row("Met in", "older job records only; today's software does not set it")
    out.print(Padding(facts, (1, 0, 0, 0)))
    titles = {
        "causes": "Causes", "user": "What a user can do", "expert": "What an expert checks", "scenarios": "Scenarios",
        "prevention": "How to keep it from happening again", "log_keys": "Words in the logs", "see_also": "See also",
    }  # fmt: skip
    for name, title in titles.items():
        if getattr(entry, name):
            out.print(_heading(title))
            out.print(_points(getattr(entry, name)))
    out.print(Text(f"\nSource: {plain(entry.source)}", style="dim"))
    if entry.source_url:
        out.print(Text(f"  {plain(entry.source_url)}", style="dim"))


def show_usage(rows: Sequence[Mapping[str, Any]], days: int) -> None:
    """One line for each day, model and purpose."""
    out = _console()
    if not rows:
        out.print(f"No model was used in the last {days} days.")
        return
    table = Table("day", box=None, pad_edge=False)
    table.add_column("model", overflow="fold")
    table.add_column("for", no_wrap=True)
    for name in ("calls", "failed", "input tokens", "output tokens", "cost (US$)"):
        table.add_column(name, justify="right")
    for row in rows:
        numbers = (f"{row[name]:,}" for name in ("calls", "failed", "input_tokens", "output_tokens"))
        cost = _cost(row["cost_usd"], row["unpriced"])
        table.add_row(row["day"], Text(plain(row["model"])), row["purpose"], *numbers, cost)
    out.print(table)
    unpriced, estimated = (sum(row[name] for row in rows) for name in ("unpriced", "estimated"))
    out.print(f"Together US$ {_cost(sum(row['cost_usd'] for row in rows), unpriced)}")
    for purpose, words in _PURPOSES.items():
        if any(row["purpose"] == purpose for row in rows):
            out.print(f"{purpose} is for {words}.")
    if estimated:
        out.print(f"Calls that were cut off, or not counted by their provider, are estimated: {estimated}.")
    if unpriced:
        out.print("A model without a known price can be given one: ASKPANDA_PRICES.")


def show_answers_cost(rows: Sequence[Mapping[str, Any]], days: int) -> None:
    """One line for each answer that asked a model."""
    out = _console()
    if not rows:
        out.print(f"No answer of the last {days} days that is still kept asked a model.")
        return
    table = Table("time (UTC)", "question", "calls", box=None, pad_edge=False)
    table.add_column("cost (US$)", justify="right")
    for row in rows:
        calls = ", ".join(f"{call['purpose']}: {call['model']}" for call in row["calls"])
        unpriced = sum(not call.get("priced", True) for call in row["calls"])
        estimated = any(call.get("estimated") for call in row["calls"])
        question = Text(plain(" ".join(row["question"].split())[:60]))
        table.add_row(row["created"], question, Text(plain(calls)), _cost(row["cost_usd"], unpriced, estimated))
    out.print(table)


def _cost(usd: float, unpriced: int, estimated: bool = False) -> str:
    """A cost, whether it is an estimate, and how many calls are not in it."""
    known = f"{'about ' if estimated and usd else ''}{usd:.4f}"
    if not unpriced:
        return known
    return f"{known} + {unpriced} unknown" if usd else "unknown"
