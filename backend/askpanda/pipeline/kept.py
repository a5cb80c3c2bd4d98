"""What a model was, or would have been, given to word an answer, as it is kept: another model words the same later."""

from askpanda.schema.answer import Answer
from askpanda.schema.base import Contract

#: Labels in the evidence: what was said before, what is marked on the page, the job's record.
EARLIER, HIGHLIGHTED, RECORD = "earlier in this conversation", "text that the reader highlighted", "record of the job"
#: How the labels of evidence lines, of sources and of tables begin.
PROOF, SOURCE, TABLE = "proof from ", "source [", "table "


class Kept(Contract):
    """Everything for one wording. Nothing of it is fetched or found again; secrets are cut, names are still real.

    `answer` is the whole answer in our own words, `evidence` all that a model's words may be taken from, `people` and
    `hosts` the names that get stand-ins for a model outside, `tails` our own ends of sections that the model words.
    """

    answer: Answer
    question: str
    evidence: str
    language: str = "en"
    audience: str = "user"
    people: list[str] = []
    hosts: list[str] = []
    monitor: str = ""
    tails: dict[str, str] = {}

    def __deepcopy__(self, memo: object) -> "Kept":  # type: ignore[override]
        """Never changed once made, and too large to be copied for every component."""
        return self
