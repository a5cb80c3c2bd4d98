"""The lines that prove a verdict, best first."""

from askpanda.pipeline.parcels import Brief, Words
from askpanda.pipeline.wording.verdicts import place, quoted
from askpanda.schema.answer import Block, Diagnosis, FollowUp, Sections


def which_line(brief: Brief, diagnosis: Diagnosis) -> Words:
    """The line that says it, with what stands around it, and the rest of the evidence."""
    if not diagnosis.evidence:
        text = (
            f"No line says it: {diagnosis.component} {diagnosis.code} stands in the job's record, and no log was read. "
            "What it means is from the error catalogue."
        )
        return Words(sections=Sections(description=text), verbatim=True)
    best = diagnosis.evidence[0]
    blocks = []
    for line in diagnosis.evidence[:2]:
        if line.window is not None:
            data = {
                "language": "text",
                "code": line.window.text,
                "start": line.window.start,
                "highlight": [line.line, line.end or line.line],
            }
            blocks.append(Block(kind="code", title=f"{line.file}, line {line.line}", data=data))
    cite = brief.cite("log") or brief.cite("record")
    description = f"{place(best)[0].upper()}{place(best)[1:]}, says so: {quoted(best)}{cite}."
    details = all_lines(diagnosis) if len(diagnosis.evidence) > 1 else ""
    offers = [FollowUp(question="What can be done about it?", why="The recommendations, one by one")]
    return Words(sections=Sections(description=description, details=details), blocks=blocks, follow_ups=offers, verbatim=True)


def all_lines(diagnosis: Diagnosis) -> str:
    """The whole evidence as a list."""
    lines = "\n".join(f"- {place(line)}: {quoted(line)}" for line in diagnosis.evidence)
    return f"All of the evidence, best first:\n{lines}"
