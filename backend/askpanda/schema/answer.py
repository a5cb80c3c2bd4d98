"""What a client gets: the answer, field by field. Every field is always there, empty where there is nothing."""

from typing import Any, Literal

from pydantic import Field

from askpanda.schema.base import Contract

Status = Literal["answered", "needs", "refused", "failed", "interrupted"]
Intent = Literal[
    "documentation", "job_failure", "job_status", "task_summary", "task_failures", "queue_metadata", "site_health",
    "statistics", "error_code_lookup", "error_code_list", "log_request", "followup", "smalltalk", "off_topic",
    "injection_attempt", "action_request",
]  # fmt: skip
#: What leaves a conversation where it was.
ASIDES: frozenset[Intent] = frozenset({"smalltalk", "off_topic", "injection_attempt"})
Party = Literal["user", "site", "system", "ddm", "unknown"]
Outcome = Literal["failed", "closed", "cancelled", "holding"]
Advice = Literal["yes", "no", "wait"]
Actor = Literal["user", "automatic", "none"]
Confidence = Literal["high", "medium", "low"]
BlockKind = Literal["table", "cluster", "plot", "timeline", "image", "code"]
CitationKind = Literal["document", "error", "log", "record", "analysis", "live"]


class ResourceRequest(Contract):
    """A path on the monitor's own origin that would help, and how to read it."""

    path: str
    as_: Literal["json", "text"] = Field(alias="as")


class UserSections(Contract):
    problem: str = ""
    causes: list[str] = []
    recommendations: list[str] = []


class ExpertSections(Contract):
    analysis: str = ""
    steps: list[str] = []
    scenarios: list[str] = []


class Sections(Contract):
    description: str = ""
    user: UserSections = UserSections()
    expert: ExpertSections = ExpertSections()
    problems: list[str] = []
    details: str = ""


class Block(Contract):
    kind: BlockKind
    title: str = ""
    data: dict[str, Any] = {}


class Window(Contract):
    """The lines around a decisive one; `start` is the number of the window's first line."""

    start: int
    text: str


class EvidenceLine(Contract):
    """One piece of proof: lines `line` to `end` of `file` (counted by LF, from 1), or a `field` of the record."""

    file: str
    text: str
    line: int | None = None
    end: int | None = None
    field: str | None = None
    window: Window | None = None


class Retry(Contract):
    advice: Advice
    actor: Actor
    reason: str = ""
    attempt: int | None = None
    max_attempts: int | None = None


class ErrorCode(Contract):
    component: str
    code: int


class Diagnosis(Contract):
    outcome: Outcome
    component: str
    code: int
    name: str = ""
    category: str = ""
    party: Party = "unknown"
    transient: bool | None = None
    retry: Retry
    confidence: Confidence = "low"
    cause: str = ""
    evidence: list[EvidenceLine] = []
    secondary: list[ErrorCode] = []
    signature: str = ""

    def wire(self) -> dict[str, Any]:
        """The JSON shape of the contract: line, field and window of a piece of evidence only where they mean something."""
        data = self.model_dump(by_alias=True)
        for evidence in data["evidence"]:
            for optional in ("line", "end", "field", "window"):
                if evidence[optional] is None:
                    del evidence[optional]
        return data


class Citation(Contract):
    n: int
    kind: CitationKind
    title: str
    url: str = ""
    path: str = ""
    section: str = ""
    excerpt: str = ""
    as_of: str = ""


class FollowUp(Contract):
    question: str
    why: str = ""


Purpose = Literal["answer", "routing", "embedding"]


class PaidCall(Contract):
    """One call, as the usage counts it. `cached_tokens` are those of `input_tokens` that the provider had already; `failed`
    calls may cost as well.

    `estimated`: the tokens are not the provider's count, as of a call that was cut off; `priced` is False where nobody knows
    what it costs, and `cost_usd` says nothing.
    """

    model: str
    purpose: Purpose | Literal["indexing"] = "answer"  # indexing: vectors of the index, which no answer asked for
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    cached_tokens: int = 0
    failed: bool = False
    estimated: bool = False
    priced: bool = True


class ModelCall(PaidCall):
    """One call that an answer made."""

    purpose: Purpose = "answer"


class Usage(Contract):
    calls: list[ModelCall] = []


class Entities(Contract):
    """What the question is about. Only what was found is sent: serialise with `exclude_defaults`."""

    job_ids: list[int] = []
    task_ids: list[int] = []
    site: str | None = None
    queue: str | None = None
    cloud: str | None = None
    user: str | None = None
    object: Literal["jobs", "pilots", "errors"] | None = None
    status: str | None = None
    window: str | None = None
    error_code: int | None = None
    component: str | None = None
    file: str | None = None
    action: Literal["kill", "retry", "change", "reassign", "delete", "set_queue_status"] | None = None


class Answer(Contract):
    status: Status
    requests: list[ResourceRequest] = []
    conversation_id: str = ""
    message_id: str = ""
    intent: Intent = "documentation"
    entities: dict[str, Any] = {}
    text: str = ""
    sections: Sections = Sections()
    blocks: list[Block] = []
    diagnosis: Diagnosis | None = None
    citations: list[Citation] = []
    follow_ups: list[FollowUp] = []
    warnings: list[str] = []
    usage: Usage = Usage()
    timings: dict[str, float] = {}

    def wire(self) -> dict[str, Any]:
        """The JSON shape of the contract (`as`, not `as_`; the diagnosis in its own wire shape)."""
        data = self.model_dump(by_alias=True)
        if self.diagnosis is not None:
            data["diagnosis"] = self.diagnosis.wire()
        for call in data["usage"]["calls"]:  # what is said of a call only where there is something to say
            for name, usual in (("cached_tokens", 0), ("failed", False), ("estimated", False), ("priced", True)):
                if call[name] == usual:
                    del call[name]
        return data
