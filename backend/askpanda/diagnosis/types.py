"""What diagnosis gives to the floors above, and what it needs of the catalogue."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from askpanda.schema.answer import Advice as RetryAdvice
from askpanda.schema.answer import Diagnosis, ErrorCode, Outcome, Party


class Entry(Protocol):
    """The part of a catalogue entry that diagnosis reads; texts may be empty."""

    @property
    def name(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def party(self) -> Party: ...
    @property
    def transient(self) -> bool | None: ...
    @property
    def retry(self) -> RetryAdvice: ...
    @property
    def meaning(self) -> str: ...
    @property
    def raised(self) -> str: ...
    @property
    def causes(self) -> list[str]: ...
    @property
    def user(self) -> list[str]: ...
    @property
    def expert(self) -> list[str]: ...
    @property
    def scenarios(self) -> list[str]: ...
    @property
    def log_keys(self) -> list[str]: ...


class Catalogue(Protocol):
    """`askpanda.catalogue.Catalogue`, or anything that answers the same way."""

    def get(self, component: str, code: int) -> "Entry | None": ...


@dataclass(frozen=True, slots=True)
class Triple:
    """One component's error as the record (or the page) has it. `field` is where `text` stands."""

    component: str
    code: int
    text: str
    field: str


@dataclass(slots=True)
class RecordVerdict:
    """What the record alone says.

    `message` is the record's own text for the primary error, `text_field` the field it stands in; `triples` are all
    components with a code, the primary one first, and `hidden` those that the monitor hides. `transform` is the
    transformation's name where it is one of the experiment's own (`Sim_tf.py`), which writes a job report and a log for
    each step.
    """

    outcome: Outcome
    component: str
    code: int
    entry: Entry | None
    secondary: list[ErrorCode] = field(default_factory=list)
    message: str = ""
    text_field: str = ""
    triples: list[Triple] = field(default_factory=list)
    hidden: list[Triple] = field(default_factory=list)
    transform: str = ""

    def text_of(self, component: str) -> str:
        """The record's text for a component, also a hidden one, or ""."""
        return next((triple.text for triple in [*self.triples, *self.hidden] if triple.component == component), "")

    def code_of(self, component: str) -> int | None:
        """The code of a component, also a hidden one, or None."""
        return next((triple.code for triple in [*self.triples, *self.hidden] if triple.component == component), None)


@dataclass(slots=True)
class Advice:
    """The words of the user's and the expert's part, made from rule, catalogue and record: no number of their own.

    `report_to` is whom to tell: user, site, DDM, software, PanDA operations, or "" for nobody; `report` is a text
    that can be sent there. `counts` says whether the attempt counts against the user.
    """

    problem: str = ""
    causes: list[str] = field(default_factory=list)
    recommendations: list[str] = field(default_factory=list)
    analysis: str = ""
    steps: list[str] = field(default_factory=list)
    scenarios: list[str] = field(default_factory=list)
    report_to: str = ""
    report: str = ""
    counts: str = ""


Basis = Literal["log", "record", "catalogue"]


@dataclass(slots=True)
class Verdict:
    """The finished finding. `notes` are sentences for the reader (what could not be read, whose log it was).

    `proof` is the place in `diagnosis.evidence` of the piece that the cause rests on, `stopped` that of the last words of a
    program that stood still; None where there is none.
    """

    diagnosis: Diagnosis
    advice: Advice
    notes: list[str] = field(default_factory=list)
    entry: Entry | None = None
    proof: int | None = None
    stopped: int | None = None
