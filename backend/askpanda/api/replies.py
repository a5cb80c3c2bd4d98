"""The shapes of what the routes answer besides an Answer, for `/openapi.json` and whoever reads it."""

from typing import Any, Literal

from pydantic import BaseModel

from askpanda.schema.answer import Answer, ModelCall


class Health(BaseModel):
    status: Literal["ok"]


class Ready(BaseModel):
    status: Literal["ready"]


class Uploaded(BaseModel):
    """`bytes` and `lines` are those of the unpacked file as it is kept."""

    upload: str
    bytes: int
    lines: int


class SearchQuery(BaseModel):
    q: str
    k: int = 5
    source: str | None = None


class Passage(BaseModel):
    path: str
    section: str
    title: str
    url: str
    text: str
    score: float
    source: str
    as_of: str
    kind: Literal["document", "error"]


class Passages(BaseModel):
    results: list[Passage]


class ErrorEntry(BaseModel):
    component: str
    group: str
    code: int
    name: str
    aliases: list[str]
    message: str
    category: str
    party: str
    transient: bool | None
    retry: str
    meaning: str
    raised: str
    causes: list[str]
    user: list[str]
    expert: list[str]
    scenarios: list[str]
    prevention: list[str]
    log_keys: list[str]
    see_also: list[str]
    legacy: bool
    source: str


class ErrorEntries(BaseModel):
    components: list[str]
    errors: list[ErrorEntry]


class ConversationLine(BaseModel):
    id: str
    title: str
    created: str
    updated: str


class ConversationsQuery(BaseModel):
    """`q`: words that all occur in a conversation."""

    q: str = ""


class FoundConversation(ConversationLine):
    """`excerpt` is there where words were looked for."""

    excerpt: str | None = None


class Conversations(BaseModel):
    conversations: list[FoundConversation]


class Judged(BaseModel):
    helpful: bool
    comment: str


class Comparison(BaseModel):
    """What another model made of the same evidence; no `answer` while it is being made."""

    id: str
    model: str
    status: str
    answer: Answer | None
    created: str


class Message(BaseModel):
    """`feedback` and `comparisons` are an assistant's."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    answer: Answer | None
    created: str
    feedback: Judged | None = None
    comparisons: list[Comparison] = []


class Conversation(BaseModel):
    id: str
    title: str
    created: str
    updated: str
    messages: list[Message]


class ExportQuery(BaseModel):
    format: Literal["markdown", "json"] = "markdown"


class Stopped(BaseModel):
    message_id: str
    status: str


class FeedbackGiven(BaseModel):
    message_id: str
    helpful: bool
    comment: str
    created: str


class FeedbackList(BaseModel):
    feedback: list[FeedbackGiven]


class UsageQuery(BaseModel):
    days: int = 30


class UsageLine(BaseModel):
    day: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


class PurposeLine(UsageLine):
    """`failed`, `estimated` and `unpriced` are calls: without an answer, without a count by the provider, without a price."""

    purpose: str
    cached_tokens: int
    failed: int
    estimated: int
    unpriced: int


class AnswersCost(BaseModel):
    message_id: str
    created: str
    question: str
    calls: list[ModelCall]
    cost_usd: float


class UsageReport(BaseModel):
    usage: list[UsageLine]
    purposes: list[PurposeLine]
    answers: list[AnswersCost]


class ModelLine(BaseModel):
    name: str
    provider: str
    remote: bool


class Models(BaseModel):
    models: list[ModelLine]
    default: str


class Paired(BaseModel):
    token: str
    owner: str


class Description(BaseModel):
    openapi: str
    paths: dict[str, Any]
