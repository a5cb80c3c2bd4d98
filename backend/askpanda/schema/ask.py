"""What a client sends: the question and what the page it was asked on knows."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator

from askpanda.schema.base import Contract

PageKind = Literal["job", "task", "jobs", "tasks", "errors", "site", "user", "filebrowser", "harvester", "home", "other"]
FetchFailure = Literal["timeout", "network", "blocked", "too_large"]

QUESTION_LIMIT = 4000


class PageError(Contract):
    """One row of a page's error table. Pages print anything in the code column, so it is read leniently."""

    component: str = ""
    code: int | str | None = None
    message: str | None = ""
    description: str | None = ""


class LogText(Contract):
    """A log the client already holds: its text, or the id of an upload."""

    name: str
    text: str | None = None
    upload: str | None = None


class Resource(Contract):
    """What came back for one path that an earlier answer asked for."""

    status: int | None = None
    content_type: str | None = None
    json_: Any = Field(default=None, alias="json")
    text: str | None = None
    upload: str | None = None
    error: FetchFailure | None = None


class PageContext(Contract):
    """What the page knows; all optional. `job` and `task` are the monitor's own JSON objects."""

    monitor: str | None = None
    url: str | None = None
    viewer: str | None = None
    page: PageKind | None = None
    pandaid: int | None = None
    jeditaskid: int | None = None
    site: str | None = None
    status: str | None = None
    errors: list[PageError] = []
    selection: str | None = None
    job: dict[str, Any] | None = None
    task: dict[str, Any] | None = None
    logs: list[LogText] = []

    @field_validator("errors", "logs", mode="before")
    @classmethod
    def _null_is_empty(cls, value: Any) -> Any:
        return [] if value is None else value


class HistoryTurn(Contract):
    role: Literal["user", "assistant"]
    content: str


class AskRequest(Contract):
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=QUESTION_LIMIT)]
    conversation_id: str | None = None
    continues: str | None = None
    history: list[HistoryTurn] = []
    audience: Literal["user", "expert"] = "user"
    language: str | None = None
    model: str | None = None
    can_fetch: bool = False  # the client comes back with what is needed, so a model words only the last round
    context: PageContext = PageContext()
    resources: dict[str, Resource] = {}

    @field_validator("context", mode="before")
    @classmethod
    def _null_is_no_context(cls, value: Any) -> Any:
        return {} if value is None else value
