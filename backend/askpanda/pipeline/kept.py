"""What a model was, or would have been, given to word an answer, as it is kept: another model words the same later."""

import re

from askpanda.schema.answer import Answer
from askpanda.schema.base import Contract

#: Labels in the evidence: our own words, what was said before, what is marked on the page, the job's record.
OWN, EARLIER = "answer in our own words", "earlier in this conversation"
HIGHLIGHTED, RECORD = "text that the reader highlighted", "record of the job"
#: How the labels of evidence lines, of sources and of tables begin.
PROOF, SOURCE, TABLE = "proof from ", "source [", "table "
_PIECE = re.compile(r"^<<< ([^\n]*)\n(.*?)\n>>>$", re.S | re.M)
_KNOWLEDGE = re.compile(rf"{re.escape(SOURCE)}\d+\] (?:document|error)\b")


def fenced(label: str, text: str) -> str:
    """One piece of the evidence; neither may hold what closes a fence."""
    return f"<<< {label}\n{text}\n>>>"


def pieces_of(evidence: str) -> list[tuple[str, str]]:
    """(label, text) of each piece."""
    return _PIECE.findall(evidence)


def is_knowledge(label: str) -> bool:
    """Whether a piece is from the documents or the catalogue, the same for every job, and not from a record or a log."""
    return _KNOWLEDGE.match(label) is not None


class Kept(Contract):
    """Everything for one wording. Nothing of it is fetched or found again; secrets are cut, names are still real.

    `answer` is the whole answer in our own words, `evidence` all that a model's words may be taken from, `told` what of it a
    model is told, `people` and
    `hosts` the names that get stand-ins for a model outside, `tails` our own ends of sections that the model words;
    `everybodys` says that nothing of one person is in it, so that its words serve every reader.
    """

    answer: Answer
    question: str
    evidence: str
    told: str = ""
    language: str = "en"
    audience: str = "user"
    people: list[str] = []
    hosts: list[str] = []
    monitor: str = ""
    tails: dict[str, str] = {}
    everybodys: bool = False

    def __deepcopy__(self, memo: object) -> "Kept":  # type: ignore[override]
        """Never changed once made, and too large to be copied for every component."""
        return self
